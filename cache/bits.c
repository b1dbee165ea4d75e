#include "cache/bits.h"

#include "cache/cache.h"
#include "conf/settings.h"

static bool read_offset(struct bytes word, unsigned width, int64_t *offset)
{
    const bool in_fields = width > 0 && word.len > 0 && word.at[0] == '#';

    if (!in_fields)
        return number_parse(word, offset);
    if (!number_parse(bytes_new(word.at + 1, word.len - 1), offset))
        return false;
    *offset = (int64_t)((uint64_t)*offset * width); /* wraps around, as in Redis */
    return true;
}

bool bits_offset(const struct cache *cache, const struct args *args, uint32_t index, unsigned width,
                 uint64_t *offset, struct reply *reply)
{
    int64_t number;

    if (!read_offset(args_word(args, index), width, &number) || number < 0 ||
        number / 8 >= cache_settings(cache)->proto_max_bulk_len) {
        reply_error(reply, "ERR bit offset is not an integer or out of range");
        return false;
    }
    *offset = (uint64_t)number;
    return true;
}

static uint64_t word_at(struct bytes text, uint64_t byte)
{
    uint64_t word;

    memcpy(&word, text.at + byte, sizeof(word));
    return word;
}

uint64_t bits_count(struct bytes text, uint64_t start, uint64_t end)
{
    uint64_t count = 0;

    for (; start < end && start % 8 != 0; start++)
        count += bits_get(text, start);
    for (; start + 64 <= end; start += 64)
        count += (uint64_t)__builtin_popcountll(word_at(text, start / 8));
    for (; start + 8 <= end; start += 8)
        count += (uint64_t)__builtin_popcount((uint8_t)text.at[start / 8]);
    for (; start < end; start++)
        count += bits_get(text, start);
    return count;
}

uint64_t bits_find(struct bytes text, uint64_t start, uint64_t end, bool bit)
{
    const uint64_t dull = bit ? 0 : UINT64_MAX; /* a word without one */

    for (; start < end && start % 8 != 0; start++)
        if (bits_get(text, start) == bit)
            return start;
    while (start + 64 <= end && word_at(text, start / 8) == dull)
        start += 64;
    while (start + 8 <= end && (uint8_t)text.at[start / 8] == (uint8_t)dull)
        start += 8;
    while (start < end && bits_get(text, start) != bit)
        start++;
    return start;
}

/* Byte by byte: nine at most. */
uint64_t bits_read(struct bytes text, uint64_t place, unsigned width)
{
    uint64_t value = 0;

    while (width > 0) {
        const unsigned in_byte = 8 - (unsigned)(place % 8);
        const unsigned take = width < in_byte ? width : in_byte;
        const uint8_t byte = place / 8 < text.len ? (uint8_t)text.at[place / 8] : 0;

        value = value << take | (byte >> (in_byte - take) & ((1u << take) - 1));
        place += take;
        width -= take;
    }
    return value;
}

void bits_write(char *at, uint64_t place, unsigned width, uint64_t value)
{
    while (width > 0) {
        const unsigned in_byte = 8 - (unsigned)(place % 8);
        const unsigned take = width < in_byte ? width : in_byte;
        const unsigned mask = ((1u << take) - 1) << (in_byte - take);
        const unsigned part = (unsigned)(value >> (width - take)) << (in_byte - take) & mask;

        at[place / 8] = (char)(((uint8_t)at[place / 8] & ~mask) | part);
        place += take;
        width -= take;
    }
}
