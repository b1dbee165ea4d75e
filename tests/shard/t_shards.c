#include "shard/shards.h"

#include <stdio.h>
#include <time.h>

#include "tests/tap/tap.h"

static const struct keyhash keyhash = {.secret = {0x0706050403020100, 0x0f0e0d0c0b0a0908}};

static struct shards *make(unsigned loops, unsigned count, bool hosted, bool stepped)
{
    const struct shards_setup setup = {.loops = loops,
                                       .shards = count,
                                       .hosted = hosted,
                                       .stepped = stepped,
                                       .keyhash = keyhash,
                                       .now = 1700000000000};
    struct why why;
    struct shards *shards = shards_new(&setup, &why);

    if (shards == NULL)
        tap_bail("%s", why.text);
    return shards;
}

static unsigned route(const struct shards *shards, const char *key)
{
    uint64_t hash;

    return shards_route(shards, bytes_of(key), &hash);
}

static void threads_have_numbers(void)
{
    struct shards *shards = make(2, 5, false, true);

    is_int(shards_threads(shards), 8, "two loops, five hosts and main");
    is_int(shards_main(shards), 7, "main is the last");
    is_int(shards_thread_of(shards, 0), 2, "the first shard's follows the loops");
    is_int(shards_thread_of(shards, 4), 6, "and the last shard's is before main");
    ok(shards_host(shards, 1) == NULL, "a loop hosts nothing");
    ok(shards_host(shards, 2) != NULL, "a shard has its host");
    ok(shards_host(shards, 7) == NULL, "main hosts nothing");
    ok(!shards_are_hosted(shards), "which is what it says");
    is_int(shards_count(shards), 5, "so many shards");
    is_int(shards_loops(shards), 2, "and so many loops");
    shards_free(shards);
}

static void loops_may_be_hosts(void)
{
    struct shards *shards = make(3, 2, true, true);

    is_int(shards_threads(shards), 4, "three loops and main");
    is_int(shards_thread_of(shards, 1), 1, "a shard belongs to the loop of its number");
    ok(shards_host(shards, 1) != NULL, "which hosts it");
    ok(shards_host(shards, 2) == NULL, "one loop more than shards hosts nothing");
    ok(shards_are_hosted(shards), "which is what it says");
    shards_free(shards);
    shards = make(2, 5, true, true);
    is_int(shards_thread_of(shards, 4), 0, "with more shards than loops it goes round");
    shards_free(shards);
}

static void keys_are_spread_evenly(unsigned count)
{
    struct shards *shards = make(1, count, true, true);
    unsigned per_shard[SHARDS_MAX] = {0};
    const unsigned keys = 2000 * count;
    unsigned i, least = keys, most = 0;
    char key[32];

    for (i = 0; i < keys; i++) {
        snprintf(key, sizeof(key), "user:%u", i);
        per_shard[route(shards, key)]++;
    }
    for (i = 0; i < count; i++) {
        least = per_shard[i] < least ? per_shard[i] : least;
        most = per_shard[i] > most ? per_shard[i] : most;
    }
    ok(least > 1750 && most < 2250, "%u shards have %u to %u of 2000 each", count, least, most);
    shards_free(shards);
}

/* Both go the same way; with 64 shards that is no chance. */
static void go_together(const struct shards *shards, const char *a, const char *b, bool together)
{
    is_int(route(shards, a) == route(shards, b), together, "%s and %s go %s", a, b,
           together ? "together" : "apart");
}

static void tags_route(void)
{
    struct shards *shards = make(1, 64, true, true);
    uint64_t hash;

    go_together(shards, "{user1}:name", "{user1}:mail", true);
    go_together(shards, "a{user1}b", "user1", true);
    go_together(shards, "{user1}{user2}", "user1", true);
    go_together(shards, "x{user1}y{user2}", "user1", true);
    go_together(shards, "{{user1}}", "{user1", true);
    go_together(shards, "{}user1", "user1", false);
    go_together(shards, "{}{user1}", "user1", false);
    go_together(shards, "{user1", "user1", false);
    go_together(shards, "}user1{", "user1", false);
    go_together(shards, "{user1}:name", "{user2}:name", false);
    shards_route(shards, bytes_of("{user1}:name"), &hash);
    ok(hash == keyhash_of(&keyhash, bytes_of("{user1}:name")), "the hash is that of the whole key");
    ok(route(shards, "") < 64 && route(shards, "{") < 64 && route(shards, "{}") < 64,
       "any key goes somewhere");
    shards_free(shards);
}

static void one_shard_owns_everything(void)
{
    struct shards *shards = make(1, 1, true, true);

    is_int(route(shards, "a") + route(shards, "b") + route(shards, "{c}"), 0, "and is number 0");
    shards_free(shards);
}

static void threads_start_and_stop_by_message(unsigned loops, unsigned count)
{
    struct shards *shards = make(loops, count, false, false);
    struct why why;

    ok(shards_start(shards, &why), "%u threads start", count);
    shards_stop(shards);
    ok(true, "and stop");
    shards_stop(shards);
    ok(true, "stopping twice does no harm");
    shards_free(shards);
}

static void hosted_shards_start_nothing(void)
{
    struct shards *shards = make(2, 4, true, false);
    struct why why;

    ok(shards_start(shards, &why), "nothing is started");
    shards_stop(shards);
    shards_free(shards);
}

static bool both_sleep(struct shards *shards)
{
    unsigned tries;

    for (tries = 0; tries < 20000; tries++) {
        if (inbox_is_sleeping(shards_inbox(shards, 1)) &&
            inbox_is_sleeping(shards_inbox(shards, 2)))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    return false;
}

static void threads_sleep_and_wake(void)
{
    struct shards *shards = make(1, 2, false, false);
    struct why why;

    shards_start(shards, &why);
    ok(both_sleep(shards), "with nothing to do they sleep");
    shards_stop(shards);
    ok(outbox_stats(shards_outbox(shards, shards_main(shards)))->wakeups > 0,
       "the message that ends them wakes them");
    shards_free(shards);
}

static void another_may_stand_in_for_a_sleeper(void)
{
    struct shards *shards = make(1, 2, false, false);
    struct why why;

    shards_start(shards, &why);
    ok(both_sleep(shards) && inbox_borrow(shards_inbox(shards, 1)), "one that sleeps is borrowed");
    shards_stand_in(shards, 1, 1700000000001);
    ok(inbox_is_sleeping(shards_inbox(shards, 1)), "with nothing to do it sleeps on afterwards");
    ok(inbox_borrow(shards_inbox(shards, 2)), "another one is borrowed");
    inbox_return(shards_inbox(shards, 2), false);
    shards_stop(shards);
    ok(true, "and both end");
    shards_free(shards);
}

int main(void)
{
    threads_have_numbers();
    loops_may_be_hosts();
    keys_are_spread_evenly(2);
    keys_are_spread_evenly(7);
    keys_are_spread_evenly(64);
    tags_route();
    one_shard_owns_everything();
    threads_start_and_stop_by_message(1, 1);
    threads_start_and_stop_by_message(3, 16);
    hosted_shards_start_nothing();
    threads_sleep_and_wake();
    another_may_stand_in_for_a_sleeper();
    return tap_done();
}
