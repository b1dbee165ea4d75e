#include "cache/cursor.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/tap/tap.h"

static struct cursor cursor_of(uint64_t number)
{
    struct cursor cursor = {0};
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    ok(cursor_parse(bytes_of(text), &cursor), "%s is a cursor", text);
    return cursor;
}

static void small_maps_have_small_numbers(void)
{
    is_int(cursor_number((struct cursor){0, 0}), 0, "the start is 0");
    is_int(cursor_number((struct cursor){0, 3}), 3, "the start of another shard is its index");
    is_int(cursor_number((struct cursor){1ULL << 63, 0}), 64, "the second half of a map");
    is_int(cursor_number((struct cursor){1ULL << 62, 5}), 2 * 64 + 5, "the second quarter");
    is_int(cursor_number((struct cursor){3ULL << 62, 5}), 3 * 64 + 5, "the last quarter");
}

static void numbers_come_back(void)
{
    static const uint64_t numbers[] = {0, 1, 63, 64, 65, 1000000007, 1ULL << 63, UINT64_MAX};
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ok(cursor_number(cursor_of(numbers[i])) == numbers[i], "and says the same again");
}

static bool leads_to(struct cursor from, uint64_t position, unsigned shards, struct cursor to)
{
    const struct cursor next = cursor_next(from, position, shards);

    return next.position == to.position && next.shard == to.shard;
}

static void shards_are_walked_one_after_the_other(void)
{
    const uint64_t half = 1ULL << 63;

    ok(leads_to((struct cursor){0, 1}, half, 3, (struct cursor){half, 1}), "on in the same shard");
    ok(leads_to((struct cursor){half, 1}, 0, 3, (struct cursor){0, 2}), "on to the next one");
    ok(leads_to((struct cursor){half, 2}, 0, 3, (struct cursor){0, 0}), "and to the end");
}

static void any_text_has_a_route(void)
{
    is_int(cursor_route(bytes_of("2"), 4), 2, "a cursor names its shard");
    is_int(cursor_route(bytes_of("66"), 4), 2, "wherever in it");
    is_int(cursor_route(bytes_of("7"), 4), 0, "one that names none goes anywhere");
    is_int(cursor_route(bytes_of("x"), 4), 0, "and so does what is no cursor");
}

static void what_is_no_number_is_refused(void)
{
    struct cursor cursor = {5, 5};

    ok(!cursor_parse(bytes_of("x"), &cursor), "a letter");
    ok(!cursor_parse(bytes_of(" 0"), &cursor), "a blank");
    ok(!cursor_parse(bytes_of("18446744073709551616"), &cursor), "more than 64 bits");
    ok(cursor.position == 5 && cursor.shard == 5, "and nothing is touched");
}

int main(void)
{
    small_maps_have_small_numbers();
    numbers_come_back();
    shards_are_walked_one_after_the_other();
    any_text_has_a_route();
    what_is_no_number_is_refused();
    return tap_done();
}
