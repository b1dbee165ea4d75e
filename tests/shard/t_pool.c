#include "shard/pool.h"

#include "tests/tap/tap.h"

static void requests_are_used_again(void)
{
    struct request *first, *second, *again;
    struct pool pool;

    pool_init(&pool, 0);
    first = pool_make(&pool, 2);
    second = pool_make(&pool, 2);
    is_int(pool.out, 2, "two are out");
    again = second;
    pool_give_back(&pool, &first);
    pool_give_back(&pool, &second);
    ok(first == NULL && second == NULL, "giving back leaves nothing behind");
    first = pool_make(&pool, 2);
    ok(first == again, "the last is used first");
    is_int(pool.made, 2, "and no more are made");
    pool_give_back(&pool, &first);
    is_int(pool.out, 0, "all are back");
    pool_fini(&pool);
}

static void soil(struct request *request)
{
    static const struct command command;

    request->net.home = request->net.lined = request->net.part = request->net.muted = true;
    request->cargo.command = &command;
    request->cargo.args.hash = request->cargo.args.asker = 99;
    request->cargo.args.hidden = request;
    request->cargo.holder = request;
    request->cargo.hold = HOLD_RELEASE;
    request->cargo.answered = request->cargo.linked = true;
    request->cargo.shard = 5;
    reply_error(&request->cargo.reply, "ERR");
}

static void a_used_request_is_as_new(void)
{
    struct request *request;
    struct pool pool;

    pool_init(&pool, 4);
    request = pool_make(&pool, 2);
    soil(request);
    pool_give_back(&pool, &request);
    request = pool_make(&pool, 3);
    ok(!request->net.home && !request->net.lined && !request->net.part && !request->net.muted,
       "nothing is known of where it was");
    ok(request->cargo.command == NULL && request->cargo.args.count == 0, "nor what it said");
    ok(request->cargo.args.hash == 0 && request->cargo.args.asker == 0 &&
           request->cargo.args.hidden == NULL,
       "nor for whom");
    ok(request->cargo.holder == NULL && request->cargo.hold == HOLD_NONE, "it reserves nothing");
    ok(!request->cargo.answered && !request->cargo.linked, "it is not answered");
    is_int(request->cargo.shard, REQUEST_NO_SHARD, "it is for no shard");
    is_int(request->cargo.home, 4, "its home is its maker");
    is_int(request->cargo.reply.len, 0, "its slot is empty");
    is_int(request->cargo.reply.protocol, 3, "and speaks as asked");
    ok(!request->cargo.reply.failed, "and has not failed");
    pool_give_back(&pool, &request);
    pool_fini(&pool);
}

static void idle_requests_keep_no_long_answer(void)
{
    struct request *request, *used;
    struct pool pool;

    pool_init(&pool, 0);
    used = request = pool_make(&pool, 2);
    memset(reply_reserve(&request->cargo.reply, 1000000), 'x', 1000000);
    pool_give_back(&pool, &request);
    ok(used->cargo.reply.capacity <= REPLY_SPILL_KEPT, "a megabyte does not wait in the pool");
    pool_fini(&pool);
}

#define MANY 1000

static void give_all_back(struct pool *pool, struct request **requests)
{
    unsigned i;

    for (i = 0; i < MANY; i++)
        pool_give_back(pool, &requests[i]);
}

static void a_burst_does_not_stay(void)
{
    struct request *requests[MANY], *request;
    struct pool pool;
    unsigned i;

    pool_init(&pool, 0);
    for (i = 0; i < MANY; i++)
        requests[i] = pool_make(&pool, 2);
    pool_trim(&pool, MANY);
    give_all_back(&pool, requests);
    pool_trim(&pool, MANY);
    is_int(pool.made, MANY, "what was in use since the last time is kept");
    request = pool_make(&pool, 2);
    ok(pool_trim(&pool, 100), "then some go");
    ok(pool_trim(&pool, 100), "and there is more to do");
    is_int(pool.made, MANY - 200, "then so many go at once");
    ok(!pool_trim(&pool, MANY), "until it is done");
    is_int(pool.made, POOL_KEPT + 2, "but some stay");
    pool_give_back(&pool, &request);
    pool_fini(&pool);
}

static void words_have_room(void)
{
    struct request *request;
    struct bytes *words;
    struct pool pool;
    unsigned i;

    pool_init(&pool, 0);
    request = pool_make(&pool, 2);
    ok(pool_words(request, REQUEST_WORDS) == request->cargo.words, "a few are inside");
    is_int(request->cargo.args.count, REQUEST_WORDS, "and counted");
    pool_give_back(&pool, &request);
    request = pool_make(&pool, 2);
    words = pool_words(request, 1000);
    ok(words != request->cargo.words && words == request->cargo.args.words, "many are elsewhere");
    for (i = 0; i < 1000; i++)
        words[i] = bytes_of("word");
    is_int(request->cargo.args.count, 1000, "and counted");
    pool_give_back(&pool, &request);
    request = pool_make(&pool, 2);
    ok(request->cargo.args.words == request->cargo.words, "and given back");
    pool_give_back(&pool, &request);
    pool_fini(&pool);
}

static void they_do_not_share_a_line(void)
{
    struct request *first, *second;
    struct pool pool;

    pool_init(&pool, 0);
    first = pool_make(&pool, 2);
    second = pool_make(&pool, 2);
    ok((uintptr_t)first % 64 == 0 && (uintptr_t)second % 64 == 0, "each begins a cache line");
    pool_give_back(&pool, &first);
    pool_give_back(&pool, &second);
    pool_fini(&pool);
}

int main(void)
{
    requests_are_used_again();
    a_used_request_is_as_new();
    idle_requests_keep_no_long_answer();
    a_burst_does_not_stay();
    words_have_room();
    they_do_not_share_a_line();
    return tap_done();
}
