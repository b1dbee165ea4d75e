/* Keys that come and go, against a plain list: who is dead is gone, who lives stays. */
#include "cache/expire.h"

#include <stdio.h>
#include <stdlib.h>

#include "cache/due.h"
#include "cache/inside.h"
#include "cache/keyspace.h"
#include "cache/random.h"
#include "cache/walk.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define KEYS 20000u

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct settings *settings;
static struct cache *cache;
static struct random dice = {.state = 11};
static char filler[6000];
static bool there[KEYS];
static int64_t ends[KEYS]; /* ENTRY_FOREVER: never */
static int64_t now;
static int64_t skew;

static unsigned scale(void)
{
    const char *percent = getenv("CROFT_TEST_SCALE");

    return percent == NULL ? 100 : (unsigned)atoi(percent);
}

static void begin(void)
{
    settings = settings_new();
    cache = cache_new(&(struct cache_setup){
        .count = 1, .keyhash = &keyhash, .settings = settings, .seed = 7, .now = NOW});
    now = NOW;
    skew = 0;
}

static void end(void)
{
    cache_free(cache);
    settings_free(settings);
}

static struct bytes key_of(unsigned number, char *room)
{
    cache_select(cache, number % 3);
    return bytes_new(room, (size_t)sprintf(room, "key:%012u", number));
}

static void set(unsigned number, size_t len, int64_t expiry)
{
    char room[32];
    const struct bytes key = key_of(number, room);

    keyspace_set(cache, key, keyspace_hash(cache, key), bytes_new(filler, len), expiry);
    if (expiry != KEEP_EXPIRY)
        ends[number] = expiry;
    else if (!there[number])
        ends[number] = ENTRY_FOREVER;
    there[number] = true;
}

static void expire(unsigned number, int64_t expiry)
{
    char room[32];
    const struct bytes key = key_of(number, room);

    if (!there[number])
        return;
    keyspace_expire(cache, key, keyspace_hash(cache, key), expiry);
    ends[number] = expiry;
}

static void drop(unsigned number)
{
    char room[32];
    const struct bytes key = key_of(number, room);

    keyspace_delete(cache, key, keyspace_hash(cache, key));
    there[number] = false;
}

static void clear(unsigned database)
{
    unsigned i;

    cache_select(cache, database);
    keyspace_clear(cache);
    for (i = database; i < KEYS; i += 3)
        there[i] = false;
}

/* A time to live, or a date. */
static int64_t some_end(void)
{
    const int64_t end = now + 1 + (int64_t)random_below(&dice, 1ULL << random_below(&dice, 26));

    return random_below(&dice, 2) == 0 ? end : deadline_date(end + skew);
}

static void change(unsigned number)
{
    const size_t len = (size_t)random_below(&dice, 1u << random_below(&dice, 13)) % sizeof(filler);

    switch (random_below(&dice, 8)) {
    case 0:
        drop(number);
        break;
    case 1:
        set(number, len, ENTRY_FOREVER);
        break;
    case 2:
        set(number, len, KEEP_EXPIRY);
        break;
    case 3:
    case 4:
        expire(number, random_below(&dice, 4) == 0 ? ENTRY_FOREVER : some_end());
        break;
    default:
        set(number, len, some_end());
    }
}

static void pass(int64_t milliseconds)
{
    unsigned i;

    now += milliseconds;
    cache_set_now(cache, now);
    for (i = 0; i < KEYS; i++)
        there[i] &= ends[i] == ENTRY_FOREVER || deadline_steady(ends[i], skew) >= now;
}

static void set_wall_clock(int64_t ahead)
{
    skew = ahead;
    cache_set_skew(cache, skew);
    pass(0);
}

/* By milliseconds or hours, ahead or back. */
static void jump(void)
{
    const int64_t by = (int64_t)random_below(&dice, 1ULL << random_below(&dice, 26));

    set_wall_clock(random_below(&dice, 2) == 0 ? skew + by : skew - by);
}

static uint64_t alive(bool expiring)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < KEYS; i++)
        sum += there[i] && (!expiring || ends[i] != ENTRY_FOREVER);
    return sum;
}

static uint64_t counted(void)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < 3; i++) {
        cache_select(cache, i);
        sum += keyspace_count(cache);
    }
    return sum;
}

static bool is_found(unsigned number)
{
    char room[32];
    const struct bytes key = key_of(number, room);

    return keyspace_peek(cache, key, keyspace_hash(cache, key)) != NULL;
}

/* After housekeeping, in the last millisecond of a tick: all that ended before that tick is gone. */
static bool agrees(void)
{
    struct cache_report report;
    uint64_t unfiled, walked;
    bool right;
    unsigned i;

    while (cache_turn(cache, 8))
        ;
    walked = walk_bytes(cache, &unfiled);
    cache_report(cache, &report);
    right = counted() == alive(false) && cache->expiring == alive(true) && unfiled == 0 &&
            walked == report.memory_used;
    for (i = 0; i < KEYS; i++)
        right &= is_found(i) == there[i];
    return right;
}

/* The last millisecond that is due, so that what is dead is due as well. */
static int64_t to_end_of_tick(void)
{
    return 256 - (now & 255);
}

static void the_dead_are_gone(void)
{
    unsigned round, i;
    bool right = true;

    begin();
    for (round = 0; round < 2 * scale(); round++) {
        const unsigned changes = (unsigned)random_below(&dice, 4000);

        for (i = 0; i < changes; i++) {
            change((unsigned)random_below(&dice, KEYS));
            if (random_below(&dice, 100) == 0)
                cache_turn(cache, 1);
        }
        if (random_below(&dice, 20) == 0)
            clear((unsigned)random_below(&dice, 3));
        if (random_below(&dice, 20) == 0)
            keyspace_swap(cache, 0, 0);
        if (random_below(&dice, 4) == 0)
            jump();
        pass((int64_t)random_below(&dice, 1ULL << random_below(&dice, 24)));
        pass(to_end_of_tick());
        right &= agrees();
    }
    ok(right, "and nobody else, whatever happens to keys and clocks and however much time passes");
    ok(cache_stats(cache)->expired_keys > 1000, "and there were many (%llu)",
       (unsigned long long)cache_stats(cache)->expired_keys);
    end();
}

static void many_at_once_are_taken_in_turns(void)
{
    uint64_t before, most = 0;
    unsigned i;

    begin();
    for (i = 0; i < KEYS; i++)
        set(i, 40, NOW + 1000);
    cache_set_now(cache, NOW + 3000);
    do {
        before = counted();
        cache_turn(cache, 8);
        if (before - counted() > most)
            most = before - counted();
    } while (counted() > 0);
    ok(most <= 256, "at most %llu in a turn", (unsigned long long)most);
    while (cache_turn(cache, 8))
        ;
    ok(!cache_is_untidy(cache), "then nothing is left to do");
    end();
}

/* What was cleared lies in its pages for a while, and may be due. */
static void the_cleared_do_no_harm(void)
{
    unsigned i;

    begin();
    for (i = 0; i < KEYS; i++)
        set(i, 40, NOW + 1000);
    clear(0);
    clear(1);
    cache_set_now(cache, NOW + 1300);
    while (expire_some(cache, 8))
        ;
    is_int(counted(), 0, "the others are gone");
    while (cache_turn(cache, 8))
        ;
    is_int(cache_stats(cache)->expired_keys, KEYS / 3, "and counted");
    end();
}

#define HOUR INT64_C(3600000)

/* The first third has a time to live, the second a date, the last one no end. */
static void fill_thirds(void)
{
    unsigned i;

    for (i = 0; i < KEYS; i++)
        set(i, 40,
            i < KEYS / 3       ? now + HOUR + i
            : i < KEYS / 3 * 2 ? deadline_date(now + skew + HOUR + i)
                               : ENTRY_FOREVER);
}

static void tidy(void)
{
    while (cache_turn(cache, 8))
        ;
}

static void the_wall_clock_moves_dates_alone(void)
{
    const unsigned third = KEYS / 3;
    unsigned turns = 0;

    begin();
    fill_thirds();
    tidy();
    set_wall_clock(24 * HOUR);
    ok(!is_found(third) && is_found(0), "a date has come at once, a time to live has not");
    while (cache_turn(cache, 8))
        turns++;
    is_int(counted(), KEYS - third, "in some turns all of them are gone");
    ok(turns > KEYS / 2048, "of which none took long: there were %u", turns);
    ok(!cache_is_untidy(cache), "then nothing is left to do");
    end();
    begin();
    fill_thirds();
    set_wall_clock(-24 * HOUR);
    pass(2 * HOUR + to_end_of_tick());
    tidy();
    is_int(counted(), KEYS - third, "set back, a time to live ends as it would have");
    pass(22 * HOUR + to_end_of_tick());
    tidy();
    is_int(counted(), KEYS - third, "and a date is still far away");
    pass(2 * HOUR + to_end_of_tick());
    ok(agrees(), "until it comes");
    is_int(counted(), KEYS - 2 * third, "as it does");
    end();
}

int main(void)
{
    the_dead_are_gone();
    the_wall_clock_moves_dates_alone();
    many_at_once_are_taken_in_turns();
    the_cleared_do_no_harm();
    return tap_done();
}
