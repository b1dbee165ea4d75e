/*
 * Expiry by the clock on the wall. That a key is still there shortly before its time is not tested:
 * a busy machine may take that long. That it is gone after its time always is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

enum { TTL_MS = 30, LATE_MS = 20 };

static void wait_until(int64_t ms)
{
    while (child_now_ms() < ms)
        child_sleep_ms(ms - child_now_ms());
}

/* --- every way to look at a key that is over --- */

struct look {
    const char *name;
    const char *command;
    const char *expected;
};

static const struct look looks[] = {
    {"get", "GET %s", "$nil"},
    {"mget", "MGET %s %s", "*2 $nil $nil"},
    {"exists", "EXISTS %s", ":0"},
    {"ttl", "TTL %s", ":-2"},
    {"pttl", "PTTL %s", ":-2"},
    {"pexpiretime", "PEXPIRETIME %s", ":-2"},
    {"type", "TYPE %s", "+none"},
    {"strlen", "STRLEN %s", ":0"},
    {"getrange", "GETRANGE %s 0 -1", "$"},
    {"del", "DEL %s", ":0"},
    {"unlink", "UNLINK %s", ":0"},
    {"touch", "TOUCH %s", ":0"},
    {"persist", "PERSIST %s", ":0"},
    {"expire", "EXPIRE %s 100", ":0"},
    {"getdel", "GETDEL %s", "$nil"},
    {"getex", "GETEX %s PERSIST", "$nil"},
    {"rename", "RENAME %s other", "-ERR no such key"},
    {"copy", "COPY %s other", ":0"},
    {"set", "SET %s v XX", "$nil"},
    {"incr", "INCR %s", ":1"},
    {"append", "APPEND %s ab", ":2"},
    {"setrange", "SETRANGE %s 0 abc", ":3"},
    {"setnx", "SETNX %s v", ":1"},
    {"getset", "GETSET %s v", "$nil"},
    {"set", "SET %s v NX GET", "$nil"},
    {"incrbyfloat", "INCRBYFLOAT %s 1.5", "$1.5"},
};

enum { LOOKS = sizeof(looks) / sizeof(looks[0]) };

static void look_at(redisContext *peer, const struct look *look, int index)
{
    char key[32];

    snprintf(key, sizeof(key), "gone:%d", index);
    if (peer_knows(peer, look->name))
        ok(says(peer, look->expected, look->command, key, key), "to %s it is gone", look->command);
    else
        tap_skip(1, "there is no %s", look->name);
}

static void nobody_sees_a_key_after_its_time(redisContext *peer)
{
    for (int i = 0; i < LOOKS; i++)
        says(peer, "+OK", "SET gone:%d 7 PX %d", i, (int)TTL_MS);
    wait_until(child_now_ms() + TTL_MS + LATE_MS);
    for (int i = 0; i < LOOKS; i++)
        look_at(peer, &looks[i], i);
}

/* --- many, each at its own time --- */

static void each_goes_at_its_time(redisContext *peer)
{
    enum { COUNT = 300 };
    const int count = child_scaled(COUNT);
    int64_t over[COUNT * 10];
    bool right = true;

    for (int i = 0; i < count && i < COUNT * 10; i++) {
        const int ttl = 1 + i % 40;

        right = right && says(peer, "+OK", "SET each:%d %d PX %d", i, i, ttl);
        over[i] = child_now_ms() + ttl + LATE_MS;
    }
    for (int i = 0; i < count && i < COUNT * 10; i++) {
        wait_until(over[i]);
        right = right && says(peer, "$nil", "GET each:%d", i);
    }
    ok(right, "%d keys are gone after their time, each", count);
}

static void long_ones_stay(redisContext *peer)
{
    long long ttl;

    ok(says(peer, "+OK", "SET stays v EX 1000"), "a key for 1000 seconds");
    ok(says(peer, "+OK", "SET kept v PX 40") && says(peer, ":1", "PERSIST kept") &&
           says(peer, "+OK", "SET longer v PX 40") && says(peer, ":1", "EXPIRE longer 500") &&
           says(peer, "+OK", "SET again v PX 40") && says(peer, "+OK", "SET again w"),
       "and some that were to go soon, but were persuaded");
    child_sleep_ms(40 + LATE_MS);
    ttl = ask_int(peer, "TTL stays");
    ok(ttl > 900 && ttl <= 1000, "has most of its time left: %lld s", ttl);
    ok(says(peer, "*4 $v $v $v $w", "MGET stays kept longer again"), "all of them stay");
    ok(says(peer, ":-1", "TTL kept") && says(peer, ":-1", "TTL again"), "for ever, or");
    ttl = ask_int(peer, "TTL longer");
    ok(ttl > 400 && ttl <= 500, "for longer: %lld s", ttl);
}

static void the_past_is_now(redisContext *peer)
{
    says(peer, "+OK", "MSET p:1 v p:2 v p:3 v p:4 v p:5 v");
    ok(says(peer, ":1", "PEXPIREAT p:1 1000") && says(peer, "$nil", "GET p:1"),
       "PEXPIREAT in the past removes");
    ok(says(peer, ":1", "EXPIREAT p:2 1") && says(peer, ":0", "EXISTS p:2"), "so does EXPIREAT");
    ok(says(peer, ":1", "EXPIRE p:3 0") && says(peer, ":-2", "TTL p:3"), "and EXPIRE 0");
    ok(says(peer, ":1", "PEXPIRE p:4 -5") && says(peer, ":0", "DEL p:4"), "and a negative one");
    ok(says(peer, "+OK", "SET p:5 w PXAT 1000") && says(peer, "$nil", "GET p:5"),
       "a value that was over before it was set is not there");
}

/* --- nobody asks for them --- */

static void fill(redisContext *peer, int count)
{
    for (int i = 0; i < count; i++)
        redisAppendCommand(peer, "SET idle:%d %0100d PX %d", i, i, 50 + i % 200);
    for (int i = 0; i < count; i++)
        peer_expect(peer, "+OK");
}

static bool wait_for_size(redisContext *peer, long long wanted)
{
    const int64_t start = child_now_ms();
    long long size;

    while ((size = ask_int(peer, "DBSIZE")) != wanted && child_now_ms() - start < CHILD_PATIENCE_MS)
        child_sleep_ms(100);
    if (size != wanted)
        tap_note("DBSIZE is %lld", size);
    return size == wanted;
}

static void idle_memory_returns(redisContext *peer)
{
    const int count = child_scaled(5000);
    long long before, full, after;

    says(peer, "+OK", "FLUSHALL");
    says(peer, "+OK", "SET lasting v");
    says(peer, "+OK", "CONFIG RESETSTAT");
    before = peer_info(peer, "used_memory");
    fill(peer, count);
    full = peer_info(peer, "used_memory");
    ok(wait_for_size(peer, 1), "%d keys nobody asks for go by themselves", count);
    is_int(peer_info(peer, "expired_keys"), count, "and are counted");
    after = peer_info(peer, "used_memory");
    ok(full <= before || after - before < (full - before) / 2 || count < 5000,
       "their memory is free again: %lld, %lld, %lld bytes", before, full, after);
    ok(says(peer, "*1 $lasting", "KEYS *") && says(peer, "$lasting", "RANDOMKEY"),
       "only what lasts is left");
}

static bool is_empty_scan(redisContext *peer)
{
    char cursor[32] = "0";

    do {
        char *text = ask(peer, "SCAN %s COUNT 100", cursor);
        const bool none =
            text != NULL && sscanf(text, "*2 $%31s *0", cursor) == 1 && strstr(text, "*0") != NULL;

        free(text);
        if (!none)
            return false;
    } while (strcmp(cursor, "0") != 0);
    return true;
}

static void scans_do_not_find_them(redisContext *peer)
{
    says(peer, "+OK", "FLUSHALL");
    for (int i = 0; i < 200; i++)
        says(peer, "+OK", "SET scan:%d v PX 5", i);
    child_sleep_ms(5 + LATE_MS);
    ok(is_empty_scan(peer), "SCAN finds none of them");
    ok(says(peer, "*0", "KEYS scan:*") && says(peer, "$nil", "RANDOMKEY"), "nor KEYS, RANDOMKEY");
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};
    redisContext *peer;

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    peer = peer_open(&child);
    nobody_sees_a_key_after_its_time(peer);
    each_goes_at_its_time(peer);
    long_ones_stay(peer);
    the_past_is_now(peer);
    scans_do_not_find_them(peer);
    idle_memory_returns(peer);
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
