/* Several shards under one limit: whatever each is sent, in whatever order messages arrive, they never use
 * more than the limit and the slack, and what some do not need others get. */
#include "shard/treasury.h"

#include <stdio.h>
#include <stdlib.h>

#include "cache/data_families.h"
#include "cache/random.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define MOST 16
#define MIB (1024 * 1024)

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct settings settings;
static struct treasury *treasury;
static unsigned shards;
static struct till tills[MOST];
static struct cache *caches[MOST];
static struct random dice;
static int64_t now;

/* Under way: to a till, or home. */
static struct message {
    struct request *request;
    bool home;
} messages[4 * MOST];
static unsigned message_count;

static void send_out(void *context, unsigned shard, struct request *request)
{
    (void)context;
    assert(request->cargo.shard == shard && treasury_owns(request));
    messages[message_count++] = (struct message){request, false};
}

static void begin(unsigned count, int64_t maxmemory, int policy)
{
    unsigned i;

    shards = count;
    now = NOW;
    settings = (struct settings){
        .maxmemory = maxmemory, .maxmemory_policy = policy, .maxmemory_samples = 5};
    treasury = treasury_new(shards);
    message_count = 0;
    random_seed(&dice, count);
    for (i = 0; i < shards; i++) {
        const struct cache_setup setup = {.index = i,
                                          .count = shards,
                                          .keyhash = &keyhash,
                                          .seed = i,
                                          .now = NOW,
                                          .settings = &settings};

        caches[i] = cache_new(&setup);
        till_open(&tills[i], treasury, i, shards);
        till_apply(&tills[i], caches[i]);
    }
}

static void end(void)
{
    unsigned i;

    for (i = 0; i < shards; i++)
        cache_free(caches[i]);
    treasury_free(treasury);
}

static void settle(unsigned shard)
{
    struct request *purse = till_settle(&tills[shard], caches[shard], now);

    if (purse != NULL)
        messages[message_count++] = (struct message){purse, true};
}

/* One message, any. */
static void deliver(void)
{
    const unsigned chosen = (unsigned)random_below(&dice, message_count);
    const struct message message = messages[chosen];
    const unsigned shard = message.request->cargo.shard;

    messages[chosen] = messages[--message_count];
    if (message.home) {
        treasury_home(treasury, message.request, send_out, NULL);
        return;
    }
    if (till_receive(&tills[shard], caches[shard], message.request))
        messages[message_count++] = (struct message){message.request, true};
    settle(shard);
}

static void run(unsigned shard, const char *name, struct bytes *words, uint32_t count,
                struct reply *reply)
{
    const struct command *row = strings_family.rows;
    struct args args = {.words = words, .count = count};

    while (strcmp(row->name, name) != 0)
        row++;
    args.hash = keyhash_of(&keyhash, words[1]);
    reply_reset(reply, 2);
    cache_run(caches[shard], row, &args, reply, 0);
    settle(shard);
}

static bool set(unsigned shard, unsigned key, size_t len)
{
    static char filler[4096];
    struct reply reply;
    char name[32];
    struct bytes words[3] = {bytes_of("set"), bytes_of(name), {filler, len}};

    reply_init(&reply);
    words[1].len = (size_t)sprintf(name, "key:%08u", key);
    run(shard, "set", words, 3, &reply);
    reply_fini(&reply);
    return !reply.failed;
}

static uint64_t used(void)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < shards; i++)
        sum += cache_charge(caches[i]);
    return sum;
}

static uint64_t slack(void)
{
    return shards * (uint64_t)MIB / 2;
}

static void pass_time(void)
{
    unsigned i;

    now++;
    for (i = 0; i < shards; i++) {
        cache_set_now(caches[i], now);
        cache_turn(caches[i], 8);
        settle(i);
    }
}

/* Commands, messages and time in any order. `hot`: shards that get nearly all. */
static void stir(unsigned hot, unsigned steps, bool *kept, unsigned *refused)
{
    unsigned i;

    for (i = 0; i < steps; i++) {
        const bool anywhere = random_below(&dice, 100) == 0;

        if (!set((unsigned)random_below(&dice, anywhere ? shards : hot),
                 (unsigned)random_below(&dice, 1000000), random_below(&dice, 400)))
            (*refused)++;
        *kept &= used() <= (uint64_t)settings.maxmemory + slack();
        if (message_count > 0 && random_below(&dice, 3) > 0)
            deliver();
        if (random_below(&dice, 20) == 0)
            pass_time();
    }
}

static void a_hot_shard_gets_what_others_do_not_need(unsigned count, int64_t maxmemory)
{
    bool kept = true;
    unsigned refused = 0;
    uint64_t hot;

    begin(count, maxmemory, POLICY_ALLKEYS_LRU);
    stir(1, (unsigned)(maxmemory / 60), &kept, &refused);
    hot = cache_charge(caches[0]);
    ok(kept, "%u shards, %lld bytes: never above the limit", count, (long long)maxmemory);
    ok(hot >= (uint64_t)maxmemory / 10 * 9, "... one that is hot has %llu of these",
       (unsigned long long)hot);
    is_int(refused, 0, "... and nobody is refused");
    stir(count, (unsigned)(maxmemory / 30), &kept, &refused);
    ok(kept && cache_charge(caches[0]) < 2 * (uint64_t)maxmemory / count + MIB / 4,
       "... when all are, it has its share: %llu", (unsigned long long)cache_charge(caches[0]));
    is_int(refused, 0, "... still without a refusal");
    end();
}

static void noeviction_uses_it_all(void)
{
    bool kept = true;
    unsigned refused = 0;

    begin(8, 4 * MIB, POLICY_NOEVICTION);
    stir(1, 14000, &kept, &refused);
    is_int(refused, 0, "while others have memory to spare nobody is refused");
    stir(1, 30000, &kept, &refused);
    ok(kept && refused > 1000, "in the end one is, and the limit is kept");
    ok(used() > 4 * MIB / 10 * 9, "when nearly all is used: %llu", (unsigned long long)used());
    end();
}

static void the_limit_may_change(void)
{
    bool kept = true;
    unsigned refused = 0, i;

    begin(4, 8 * MIB, POLICY_ALLKEYS_LRU);
    stir(1, 100000, &kept, &refused);
    settings.maxmemory = 2 * MIB;
    for (i = 0; i < shards; i++)
        till_apply(&tills[i], caches[i]);
    for (i = 0; i < 2000; i++)
        pass_time();
    ok(used() <= 2 * MIB + slack(), "a smaller limit is reached: %llu", (unsigned long long)used());
    stir(4, 50000, &kept, &refused);
    ok(kept, "and kept");
    settings.maxmemory = 0;
    for (i = 0; i < shards; i++)
        till_apply(&tills[i], caches[i]);
    stir(4, 100, &(bool){true}, &refused);
    ok(refused == 0 && !cache_is_limited(caches[0]), "none is no limit");
    end();
}

int main(void)
{
    ok(treasury_new(1) == NULL, "one shard has it all");
    a_hot_shard_gets_what_others_do_not_need(2, 2 * MIB);
    a_hot_shard_gets_what_others_do_not_need(4, 8 * MIB);
    a_hot_shard_gets_what_others_do_not_need(16, 16 * MIB);
    noeviction_uses_it_all();
    the_limit_may_change();
    return tap_done();
}
