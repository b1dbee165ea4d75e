/* Requests that change what was looked at ahead of those behind them. */
#include "shard/batch.h"

#include <stdio.h>

#include "cache/keyspace.h"
#include "cache/random.h"
#include "shard/pool.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define NAMES 3000
#define ROUNDS 60u

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct shard *shards[1];
static struct pool pool;
static struct random dice;
static struct batch batch;
static unsigned length[NAMES]; /* of each key's value; 0: it is not there */
static char names[NAMES][24];
static char values[256];

static void put(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)reply;
    keyspace_set(cache, args_word(args, 1), args->hash, args_word(args, 2), ENTRY_FOREVER);
}

static void drop(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)reply;
    keyspace_delete(cache, args_word(args, 1), args->hash);
}

static void tell(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    reply_int(reply, entry == NULL ? 0 : (int64_t)entry_len(entry));
}

static const struct command put_command = {.name = "put", .on_cache = put};
static const struct command drop_command = {.name = "drop", .on_cache = drop};
static const struct command tell_command = {.name = "tell", .on_cache = tell};

static void begin(void)
{
    const struct cache_setup setup = {.count = 1, .keyhash = &keyhash, .now = NOW};
    unsigned i;

    shards[0] = shard_new(&setup);
    pool_init(&pool, 0);
    random_seed(&dice, 20240607);
    for (i = 0; i < NAMES; i++)
        snprintf(names[i], sizeof(names[i]), "key number %u", i);
}

static void end(void)
{
    pool_fini(&pool);
    shard_free(shards[0]);
}

static void ask(struct request_list *arrived, const struct command *command, unsigned key,
                unsigned len)
{
    struct request *request = pool_next(&pool);

    pool_take_usual(&pool, request, 2);
    pool_count_usual(&pool, 1);
    request->cargo.command = command;
    request->cargo.shard = 0;
    request->cargo.words[1] = bytes_of(names[key]);
    request->cargo.words[2] = bytes_new(values, len);
    request->cargo.args.count = 3;
    request->cargo.args.hash = keyhash_of(&keyhash, bytes_of(names[key]));
    request->cargo.nanoseconds = length[key]; /* what is to be answered */
    request_list_push(arrived, &request);
}

static void ask_anything(struct request_list *arrived, unsigned rate)
{
    const unsigned key = (unsigned)random_below(&dice, NAMES);
    const unsigned way = (unsigned)random_below(&dice, 100);
    const unsigned len = 1 + (unsigned)random_below(&dice, sizeof(values) - 1);

    if (way < 50) {
        ask(arrived, &tell_command, key, 0);
    } else if (way < rate) {
        ask(arrived, &put_command, key, len);
        length[key] = len;
    } else {
        ask(arrived, &drop_command, key, 0);
        length[key] = 0;
    }
}

/* Gives back what has run; how many were told something else than they should be. */
static unsigned count_wrong(void)
{
    unsigned wrong = 0, i;

    for (i = 0; i < batch.count; i++) {
        struct request *request = batch.requests[i];
        char right[16];
        const int len = snprintf(right, sizeof(right), ":%u\r\n", request->cargo.nanoseconds);

        wrong += request->cargo.command == &tell_command &&
                 !bytes_equal(bytes_new(request->cargo.reply.at, request->cargo.reply.len),
                              bytes_new(right, (size_t)len));
        pool_give_back(&pool, &request);
    }
    return wrong;
}

static void each_sees_what_those_before_it_have_done(void)
{
    struct request_list arrived;
    unsigned round, i, ran = 0, wrong = 0;

    begin();
    request_list_init(&arrived);
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < 2 * BATCH_MOST + 5; i++) /* it grows, then it shrinks */
            ask_anything(&arrived, round < ROUNDS / 2 ? 90 : 60);
        while (arrived.first != NULL) {
            cache_look_ahead(shard_cache(shards[0]));
            ran += batch_run(&batch, 0, shards, &arrived);
            wrong += count_wrong();
        }
    }
    is_int(ran, ROUNDS * (2 * BATCH_MOST + 5), "all have run");
    is_int(wrong, 0, "each is told what was written last");
    end();
}

static void it_ends_where_an_unusual_one_begins(void)
{
    struct request_list arrived;
    unsigned i;

    begin();
    request_list_init(&arrived);
    for (i = 0; i < 20; i++)
        ask(&arrived, &drop_command, i, 0);
    arrived.first->link->link->cargo.usual = false;
    cache_look_ahead(shard_cache(shards[0]));
    is_int(batch_run(&batch, 0, shards, &arrived), 2, "those before it have run");
    count_wrong();
    is_int(batch_run(&batch, 0, shards, &arrived), 0, "it does not run like them");
    batch_take(&batch, 0, shards, &arrived);
    is_int(batch.count, 18, "but is taken with what follows");
    ok(arrived.first == NULL && !batch.plain, "and nothing is left");
    count_wrong();
    end();
}

int main(void)
{
    each_sees_what_those_before_it_have_done();
    it_ends_where_an_unusual_one_begins();
    return tap_done();
}
