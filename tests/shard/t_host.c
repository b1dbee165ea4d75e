/* A host that a test feeds and steps. What ran is written down as one letter per request. */
#include "shard/host.h"

#include <stdio.h>

#include "shard/batch.h"
#include "conf/settings.h"
#include "shard/pool.h"
#include "tests/shard/rows.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define SHARDS 3

static const struct keyhash keyhash = {.secret = {1, 2}};
static struct inbox *inboxes[2];
static struct outbox *outbox;
static struct host *host;
static struct pool pool;
static char ran[256];
static size_t ran_len;

static void write_down(struct host *at, unsigned shard, struct args *args, struct reply *reply)
{
    (void)at;
    (void)shard;
    ran[ran_len++] = (char)args->asker;
    ran[ran_len] = '\0';
    reply_int(reply, (int64_t)args->asker);
}

static void tell_time(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)args;
    reply_int(reply, cache_now(cache) * 10 + cache_index(cache));
}

static const struct command write_command = {.name = "write", .on_host = write_down};
/* Three slices. */
static void take_turns(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)cache;
    ran[ran_len++] = '.';
    ran[ran_len] = '\0';
    args->progress = (void *)((uintptr_t)args->progress + 1);
    if ((uintptr_t)args->progress < 3)
        return;
    args->progress = NULL;
    reply_int(reply, 3);
}

static const struct command long_command = {
    .name = "long", .flags = SLICED, .on_cache = take_turns};
static const struct command unbroken_command = {
    .name = "unbroken", .flags = UNBROKEN, .on_cache = take_turns};
static const struct command time_command = {.name = "time", .on_cache = tell_time};

static struct shard *make_shard(unsigned index)
{
    const struct cache_setup setup = {
        .index = index, .count = SHARDS, .keyhash = &keyhash, .now = NOW};

    return shard_new(&setup);
}

static struct moments moments = {.counted = true};

/* Thread 0 runs the host; thread 1 only asks. */
static void begin(void)
{
    struct why why;
    unsigned i;

    for (i = 0; i < 2; i++) {
        inboxes[i] = inbox_new(INBOX_STEPPED, 2, &why);
        inbox_open(inboxes[i], 1 - i, outbox_ring_size(OUTBOX_LIMIT));
    }
    outbox = outbox_new(0, 2, inboxes, OUTBOX_LIMIT);
    host = host_new(0, SHARDS, outbox, &moments);
    host_add(host, 0, make_shard(0));
    host_add(host, 2, make_shard(2));
    pool_init(&pool, 0);
    ran_len = 0;
    ran[0] = '\0';
}

static void end(void)
{
    pool_fini(&pool);
    host_free(host);
    outbox_free(outbox);
    inbox_free(inboxes[0]);
    inbox_free(inboxes[1]);
}

static struct request *make(const struct command *command, uint16_t shard)
{
    struct request *request = pool_make(&pool, 2);

    request->cargo.command = command;
    request->cargo.shard = shard;
    return request;
}

static void ask(char letter, const void *holder, bool linked)
{
    struct request *request = make(&write_command, 2);

    request->cargo.args.asker = (uint64_t)letter;
    request->cargo.holder = holder;
    request->cargo.linked = linked;
    host_accept(host, &request);
}

static void ask_all(const char *letters)
{
    for (; *letters != '\0'; letters++)
        ask(*letters, NULL, false);
}

static void hold(const void *holder, enum request_hold way)
{
    struct request *request = make(&host_hold_command, 0);

    request->cargo.holder = holder;
    request->cargo.hold = (uint8_t)way;
    host_accept(host, &request);
}

static unsigned step(void)
{
    struct request *request, *next;
    unsigned answered = 0;

    while (host_step(host, NOW))
        ;
    for (request = host_answered(host); request != NULL; request = next, answered++) {
        next = request->link;
        assert(request->cargo.answered);
        pool_give_back(&pool, &request);
    }
    return answered;
}

static void requests_run_in_order(void)
{
    unsigned batches = 1, i;

    begin();
    ok(host_is_idle(host) && !host_has_arrived(host), "nothing to do at first");
    ask_all("abc");
    ok(!host_is_idle(host) && host_has_arrived(host), "then something");
    is_int(step(), 3, "all are answered");
    is_text(ran, "abc", "in order");
    for (i = 0; i < 100; i++)
        ask('x', NULL, false);
    while (host_step(host, NOW))
        batches++;
    is_int(batches, 4, "100 in four batches of at most 32");
    is_int(step(), 100, "and all are answered");
    end();
}

static void a_linked_run_is_one_batch(void)
{
    unsigned i;

    begin();
    for (i = 0; i < BATCH_MIXED + 8; i++)
        ask('x', NULL, i >= 30 && i < 37);
    host_step(host, NOW);
    is_int(ran_len, 38, "a batch is longer when it would cut a run");
    step();
    is_int(ran_len, BATCH_MIXED + 8, "the rest is the next");
    end();
}

static void it_runs_where_it_should(void)
{
    struct request *request;

    begin();
    request = make(&time_command, 2);
    host_accept(host, &request);
    host_step(host, NOW + 7);
    request = host_answered(host);
    is_bytes(request->cargo.reply.at, request->cargo.reply.len, ":17000000000072\r\n", 17,
             "on its shard, at the time of the turn");
    pool_give_back(&pool, &request);
    ok(host_answered(host) == NULL, "and there is no other answer");
    end();
}

static void answers_for_others_are_sent_home(void)
{
    struct request *batch[1 + INBOX_LINKED_MAX];
    struct request *request;

    begin();
    request = make(&time_command, 0);
    request->cargo.home = 1;
    host_accept(host, &request);
    host_step(host, NOW);
    ok(host_answered(host) == NULL, "it is not this thread's");
    outbox_publish(outbox, NULL);
    is_int(inbox_take(inboxes[1], batch, 1), 1, "it is in the ring to its home");
    ok(batch[0]->cargo.answered, "answered");
    pool_give_back(&pool, &batch[0]);
    end();
}

static void who_reserves_is_alone(void)
{
    const int mine = 0, yours = 0;

    begin();
    ask_all("a");
    hold(&mine, HOLD_TAKE);
    ask_all("bcd");
    ask('1', &mine, false);
    is_int(step(), 3, "what came before, the reservation, and what runs under it");
    is_text(ran, "a1", "what came after waits");
    ok(!host_is_idle(host) && !host_has_arrived(host), "without keeping the thread busy");
    ask('x', &yours, false);
    ask_all("e");
    ask('2', &mine, false);
    step();
    is_text(ran, "a12", "also what comes later");
    hold(&mine, HOLD_RELEASE);
    ask_all("f");
    is_int(step(), 7, "the end lets all run");
    is_text(ran, "a12bcdxef", "in the order in which they came");
    ok(host_is_idle(host), "and nothing waits");
    end();
}

static void reservations_follow_one_another(void)
{
    const int mine = 0, yours = 0;

    begin();
    hold(&mine, HOLD_TAKE);
    ask_all("a");
    hold(&yours, HOLD_TAKE);
    ask_all("b");
    ask('1', &mine, false);
    step();
    is_text(ran, "1", "the first has it");
    hold(&mine, HOLD_RELEASE);
    step();
    is_text(ran, "1a", "then what came before the second");
    ask('2', &yours, false);
    ask_all("c");
    step();
    is_text(ran, "1a2", "and the second has it");
    hold(&yours, HOLD_RELEASE);
    step();
    is_text(ran, "1a2bc", "then the rest");
    end();
}

static void linked_runs_stay_together_when_deferred(void)
{
    const int mine = 0;

    begin();
    hold(&mine, HOLD_TAKE);
    ask('a', NULL, true);
    ask('b', NULL, true);
    ask('c', NULL, false);
    ask_all("d");
    step();
    hold(&mine, HOLD_RELEASE);
    ask_all("e");
    step();
    is_text(ran, "abcde", "nothing comes between them");
    end();
}

static void others_run_between_the_slices(void)
{
    struct request *request;

    begin();
    request = make(&long_command, 2);
    host_accept(host, &request);
    ask_all("a");
    is_int(step(), 1, "who is not through is not answered");
    ok(host_is_in_midst(host) && !host_has_arrived(host) && !host_is_idle(host),
       "the rest of it waits for a turn");
    ask_all("b");
    step();
    host_go_on(host, NOW);
    ask_all("c");
    is_int(step(), 1, "still not");
    host_go_on(host, NOW);
    is_text(ran, ".ab.c.", "each turn runs a slice, and others");
    ok(host_is_idle(host), "then it is through");
    is_int(step(), 1, "and is answered");
    end();
}

static void slices_wait_for_reservations(void)
{
    const int mine = 0;
    struct request *request;

    begin();
    request = make(&long_command, 2);
    host_accept(host, &request);
    hold(&mine, HOLD_TAKE);
    step();
    ok(!host_is_in_midst(host), "while the host is reserved it does not go on");
    host_go_on(host, NOW);
    ask('1', &mine, false);
    hold(&mine, HOLD_RELEASE);
    step();
    host_go_on(host, NOW);
    host_go_on(host, NOW);
    is_text(ran, ".1..", "but after that");
    step();
    end();
}

static void ask_unbroken(const void *holder, bool linked)
{
    struct request *request = make(&unbroken_command, 2);

    request->cargo.holder = holder;
    request->cargo.linked = linked;
    host_accept(host, &request);
}

static void nothing_runs_between_some_slices(void)
{
    begin();
    ask_all("a");
    ask_unbroken(NULL, true);
    ask('b', NULL, false);
    ask_all("c");
    is_int(step(), 1, "who came before it is answered");
    ok(host_is_in_midst(host) && !host_has_arrived(host) && !host_is_idle(host),
       "it goes on before anybody else");
    host_go_on(host, NOW);
    ask_all("d");
    is_int(step(), 0, "whoever arrives meanwhile");
    host_go_on(host, NOW);
    ok(host_has_arrived(host), "then they are run");
    is_int(step(), 4, "and answered");
    is_text(ran, "a...bcd", "in the order in which they came");
    ok(host_is_idle(host), "nothing is left");
    end();
}

static void nothing_runs_between_slices_under_a_reservation(void)
{
    const int mine = 0;

    begin();
    hold(&mine, HOLD_TAKE);
    ask_all("x");
    ask_unbroken(&mine, true);
    ask('1', &mine, false);
    ask_unbroken(&mine, false);
    hold(&mine, HOLD_RELEASE);
    ask_unbroken(NULL, false);
    ask_all("y");
    while (!host_is_idle(host)) {
        step();
        host_go_on(host, NOW);
    }
    step();
    is_text(ran, "...1...x...y",
            "those who hold it go on, one after the other; then the others do");
    end();
}

static void one_message_stops_it(void)
{
    struct request *request;

    begin();
    ok(!host_is_told_to_stop(host), "nobody has said so");
    request = make(&host_stop_command, REQUEST_NO_SHARD);
    host_accept(host, &request);
    is_int(step(), 1, "the message is answered");
    ok(host_is_told_to_stop(host), "and heard");
    end();
}

static void report(struct host *at, unsigned shard, struct args *args, struct reply *reply)
{
    struct shard_report told = {.index = 99};

    (void)args;
    host_report(at, shard, &told);
    reply_int(reply, (int64_t)told.index);
    reply_int(reply, (int64_t)told.thread);
    reply_int(reply, (int64_t)told.queue);
    reply_int(reply, (int64_t)told.queue_peak);
    reply_int(reply, (int64_t)told.turns);
    reply_int(reply, (int64_t)told.longest_us);
}

static void it_tells_of_itself(void)
{
    const struct command report_command = {.name = "report", .on_host = report};
    struct request *request, *next;

    begin();
    ask_all("ab");
    request = make(&report_command, 2);
    host_accept(host, &request);
    ask_all("cde");
    host_step(host, NOW);
    for (request = host_answered(host); request != NULL; request = next) {
        next = request->link;
        if (request->cargo.command == &report_command)
            is_bytes(request->cargo.reply.at, request->cargo.reply.len,
                     ":2\r\n:0\r\n:3\r\n:6\r\n:0\r\n:0\r\n", 24,
                     "who, where, how many wait, did, turns, the longest");
        pool_give_back(&pool, &request);
    }
    host_reset_stats(host, 2);
    ask_all("a");
    step();
    ok(!host_has_expiring(host) && !host_tidy(host, NOW, 10), "nothing is left to tidy");
    end();
}

/* --- what took long --- */

static void set(uint16_t shard, struct bytes key, struct bytes value)
{
    struct request *request = pool_make(&pool, 2);
    struct bytes *words = pool_words(request, 3);

    words[0] = bytes_of("set");
    words[1] = key;
    words[2] = value;
    request->cargo.command = row_of(words[0]);
    request->cargo.shard = shard;
    request->cargo.args.hash = keyhash_of(&keyhash, key);
    host_accept(host, &request);
    step();
}

/* Room for something very large is made by evicting thousands: no machine does that in a millisecond. */
static void long_evictions_are_noted(void)
{
    static const char large[600000];
    char key[32];
    struct settings *settings = settings_new();
    struct cache *cache;
    struct shard *shard;

    begin();
    shard = make_shard(1);
    cache = shard_cache(shard);
    host_add(host, 1, shard);
    settings->maxmemory_policy = POLICY_ALLKEYS_RANDOM;
    settings->latency_monitor_threshold = 1;
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof(key), "key:%d", i);
        set(1, bytes_of(key), bytes_of(key));
    }
    ok(host_spikes(host)->series[SPIKE_EVICTION] == NULL, "nobody has looked for spikes");
    host_adopt(host, 1, settings);
    cache_set_limit(cache, cache_charge(cache));
    set(1, bytes_of("large"), bytes_new(large, sizeof(large)));
    ok(host_spikes(host)->series[SPIKE_EVICTION] != NULL, "evicting thousands is one");
    end();
    settings_free(settings);
}

int main(void)
{
    requests_run_in_order();
    a_linked_run_is_one_batch();
    it_runs_where_it_should();
    answers_for_others_are_sent_home();
    who_reserves_is_alone();
    reservations_follow_one_another();
    linked_runs_stay_together_when_deferred();
    others_run_between_the_slices();
    slices_wait_for_reservations();
    nothing_runs_between_some_slices();
    nothing_runs_between_slices_under_a_reservation();
    one_message_stops_it();
    it_tells_of_itself();
    long_evictions_are_noted();
    return tap_done();
}
