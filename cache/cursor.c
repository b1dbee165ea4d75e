#include "cache/cursor.h"

#include <assert.h>

#include "cache/number.h"

/* Swaps neighbours of one bit, of two, of four; then whole bytes. */
static uint64_t reverse(uint64_t bits)
{
    bits = (bits >> 1 & 0x5555555555555555u) | (bits & 0x5555555555555555u) << 1;
    bits = (bits >> 2 & 0x3333333333333333u) | (bits & 0x3333333333333333u) << 2;
    bits = (bits >> 4 & 0x0f0f0f0f0f0f0f0fu) | (bits & 0x0f0f0f0f0f0f0f0fu) << 4;
    return __builtin_bswap64(bits);
}

bool cursor_parse(struct bytes text, struct cursor *cursor)
{
    uint64_t number;

    if (!number_parse_cursor(text, &number))
        return false;
    cursor->shard = (unsigned)(number % CURSOR_SHARDS);
    cursor->position = reverse(number / CURSOR_SHARDS);
    return true;
}

uint64_t cursor_number(struct cursor cursor)
{
    const uint64_t place = reverse(cursor.position);

    assert(cursor.shard < CURSOR_SHARDS);
    assert(place <= UINT64_MAX / CURSOR_SHARDS); /* no map has 2^58 buckets */
    return place * CURSOR_SHARDS + cursor.shard;
}

struct cursor cursor_next(struct cursor cursor, uint64_t position, unsigned shards)
{
    if (position != 0)
        return (struct cursor){position, cursor.shard};
    if (cursor.shard + 1 < shards)
        return (struct cursor){0, cursor.shard + 1};
    return (struct cursor){0, 0};
}

unsigned cursor_route(struct bytes text, unsigned shards)
{
    struct cursor cursor;

    if (!cursor_parse(text, &cursor) || cursor.shard >= shards)
        return 0;
    return cursor.shard;
}
