#include "shard/host.h"

#include <stdlib.h>

#include "cache/clock.h"
#include "cache/ensure.h"
#include "cache/foreign.h"
#include "cache/hotkeys.h"
#include "cache/panic.h"
#include "cache/walk.h"
#include "shard/attention.h"
#include "shard/batch.h"
#include "shard/stopwatch.h"
#include "shard/treasury.h"

#define SAMPLED 256 /* of so many commands one is looked at for HOTKEYS */

struct host {
    unsigned thread;
    bool stop;
    struct outbox *outbox;
    struct moments *moments;
    const void *holder; /* whose reservation; NULL: nobody's */
    uint64_t released;  /* the last one under which something was written */
    struct request_list arrived;
    struct request_list deferred;
    struct request_list late; /* deferred ones that the batch under way has set free and run */
    struct request *unbroken; /* a long one that goes on before anything else is run */
    bool cut;                 /* the last batch ended with that: its rest is back in arrived */
    struct request_list unfinished; /* long ones, of which each turn runs a slice */
    struct request_list answered;
    struct request_list answered_parts;
    uint64_t waiting;  /* deferred, unfinished, or taken and not run yet */
    uint64_t arrivals; /* that were run since there were none */
    uint64_t waiting_peak;
    uint64_t usual_ns;      /* that usual ones of the batch under way took, ... */
    unsigned usual_count;   /* ... of which there were so many */
    uint64_t suspicious_ns; /* for those of one batch; UINT64_MAX: nobody asks */
    uint64_t spike_ns;      /* for what the host does by itself */
    struct spikes spikes;
    unsigned unsampled; /* commands since one was looked at, which keys are read most */
    bool in_run;        /* of linked ones that are ATOMIC, ... */
    bool admitted;      /* ... for which there is memory, or is not */
    struct stopwatch watch;
    int64_t now;
    unsigned count;
    struct till *tills;     /* by index of all; NULL: there is one shard, and it has all */
    bool limited;           /* there is something to settle */
    struct shard *shards[]; /* by index of all; NULL: another host's */
};

const struct command host_stop_command = {.name = "host|stop", .arity = 1, .flags = INTERNAL};
const struct command host_hold_command = {.name = "host|hold", .arity = 1, .flags = INTERNAL};

static void run_dated(struct host *host, unsigned index, struct args *args, struct reply *reply)
{
    struct dated *dated = args->hidden;
    struct cache *cache = shard_cache(host->shards[index]);

    dated->released = host->released;
    cache_set_now(cache, host->now);
    cache_run(cache, dated->command, args, reply, dated->database);
}

const struct command host_dated_command = {
    .name = "host|dated", .arity = 1, .flags = INTERNAL, .on_host = run_dated};

static void on_loans_back(struct host *host, unsigned index, struct args *args, struct reply *reply)
{
    (void)reply;
    host_take_back(host, index, args->hidden);
}

const struct command host_loan_command = {
    .name = "host|loan", .arity = 1, .flags = INTERNAL, .on_host = on_loans_back};

struct host *host_new(unsigned thread, unsigned shards_in_all, struct outbox *outbox,
                      struct moments *moments)
{
    struct host *host = must_calloc(1, sizeof(*host) + shards_in_all * sizeof(host->shards[0]));

    host->thread = thread;
    host->outbox = outbox;
    host->moments = moments;
    host->count = shards_in_all;
    request_list_init(&host->arrived);
    request_list_init(&host->deferred);
    request_list_init(&host->late);
    request_list_init(&host->unfinished);
    request_list_init(&host->answered);
    request_list_init(&host->answered_parts);
    return host;
}

void host_free(struct host *host)
{
    unsigned i;

    assert(host_is_idle(host) && host->answered.first == NULL);
    for (i = 0; i < host->count; i++)
        if (host->shards[i] != NULL)
            shard_free(host->shards[i]);
    spikes_fini(&host->spikes);
    free(host->tills);
    free(host);
}

/* From how long on somebody wants to know of a command, or of what the host does by itself. */
static void adopt_suspicion(struct host *host, struct cache *cache)
{
    struct attention attention;

    attention_adopt(&attention, cache_settings(cache));
    cache_time_evictions(cache, attention.spike_ns != UINT64_MAX);
    host->suspicious_ns = attention_ns(&attention);
    host->spike_ns = attention.spike_ns;
}

void host_add(struct host *host, unsigned index, struct shard *shard)
{
    assert(index < host->count && host->shards[index] == NULL);
    host->shards[index] = shard;
    adopt_suspicion(host, shard_cache(shard));
}

void host_open_till(struct host *host, unsigned index, struct treasury *treasury)
{
    struct cache *cache = shard_cache(host->shards[index]);

    if (host->tills == NULL)
        host->tills = must_calloc(host->count, sizeof(host->tills[0]));
    till_open(&host->tills[index], treasury, index, host->count);
    till_apply(&host->tills[index], cache);
    host->limited = cache_is_limited(cache);
}

void host_accept(struct host *host, struct request **request)
{
    request_list_push(&host->arrived, request);
}

void host_accept_run(struct host *host, struct request *first, struct request *last)
{
    *host->arrived.last = first;
    host->arrived.last = &last->link;
    last->link = NULL;
}

/* The clock of all its shards. */
static void set_now(struct host *host, int64_t now)
{
    unsigned i;

    if (now == host->now)
        return;
    host->now = now;
    for (i = 0; i < host->count; i++)
        if (host->shards[i] != NULL)
            cache_set_now(shard_cache(host->shards[i]), now);
}

/* `share`: what a usual one took; of others it is known. */
static void answer(struct host *host, struct request *request, uint32_t share)
{
    request->cargo.answered = true;
    if (request->cargo.usual)
        request->cargo.nanoseconds = share;
    if (request->cargo.home != host->thread)
        outbox_return(host->outbox, &request);
    else if (__builtin_expect(!request->cargo.usual, 0) && request->net.part)
        request_list_push(&host->answered_parts, &request);
    else
        request_list_push(&host->answered, &request);
}

/* The same for usual requests of this very thread, all that a batch has run: they are still linked in
 * that order. */
static void answer_own(struct host *host, const struct batch *batch, uint32_t share)
{
    struct request *last = batch->requests[batch->count - 1];
    unsigned i;

    for (i = 0; i < batch->count; i++) {
        batch->requests[i]->cargo.answered = true;
        batch->requests[i]->cargo.nanoseconds = share;
    }
    last->link = NULL;
    *host->answered.last = batch->requests[0];
    host->answered.last = &last->link;
}

/* Who asks for the time of the last release must not be told an earlier one. */
static void hold_or_release(struct host *host, const struct request *request)
{
    host->holder = request->cargo.hold == HOLD_TAKE ? request->cargo.holder : NULL;
    if (request->cargo.hold == HOLD_RELEASE)
        host->released = moments_next(host->moments);
}

/* Is there memory for what is about to be written? A word for each shard: `at` is which, `len` how many
 * pages. */
static bool ensure_all(struct host *host, const struct args *args)
{
    uint32_t i;

    for (i = 0; i < args->count; i++)
        if (!ensure_there_are(shard_cache(host->shards[(uintptr_t)args_word(args, i).at]),
                              args_word(args, i).len))
            return false;
    return true;
}

/* May something be written, whichever shards it is for? */
static bool admits(struct host *host)
{
    bool all = true;
    unsigned i;

    for (i = 0; i < host->count; i++)
        if (host->shards[i] != NULL)
            all &= cache_admit(shard_cache(host->shards[i]), 0);
    return all;
}

static bool receive_for_till(struct host *host, struct request *request)
{
    const unsigned index = request->cargo.shard;

    return till_receive(&host->tills[index], shard_cache(host->shards[index]), request);
}

/* The rest of it is run before anything else. */
static bool pause(struct host *host, struct request *request)
{
    assert(host->unbroken == NULL);
    host->unbroken = request;
    return false;
}

/* What is neither a data command nor anything else for a shard alone. True: it is to be answered. */
static __attribute__((noinline)) bool run_unusual(struct host *host, struct request *request)
{
    const struct command *command = request->cargo.command;
    bool done = true;

    if (command == &host_dated_command) {
        command->on_host(host, request->cargo.shard, &request->cargo.args, &request->cargo.reply);
        if (request->cargo.args.progress != NULL)
            return pause(host, request);
    } else if (command == &host_hold_command) {
        hold_or_release(host, request);
        request->cargo.reply.failed =
            host->holder != NULL && !(admits(host) && ensure_all(host, &request->cargo.args));
    } else if (command->on_host != NULL) {
        command->on_host(host, request->cargo.shard, &request->cargo.args, &request->cargo.reply);
    } else if (treasury_owns(request)) {
        done = receive_for_till(host, request);
    } else {
        assert(command == &host_stop_command);
        host->stop = true;
    }
    host->waiting--;
    return done;
}

/* The rest of it is run later; those who were linked with it need not wait for that. */
static __attribute__((noinline)) bool put_off(struct host *host, struct request *request)
{
    if (request->cargo.command->flags & UNBROKEN)
        return pause(host, request);
    assert((request->cargo.command->flags & SLICED) && request->cargo.holder == NULL);
    request->cargo.linked = false;
    request_list_push(&host->unfinished, &request);
    return false;
}

static size_t bytes_of_words(const struct args *args)
{
    size_t sum = 0;
    uint32_t i;

    for (i = 0; i < args->count; i++)
        sum += args_word(args, i).len;
    return sum;
}

/* Those that are linked to it stand behind it in whatever list it was taken from. */
static bool ensure_run(struct host *host, const struct request *request)
{
    while (ensure_there_are(shard_cache(host->shards[request->cargo.shard]),
                            ensure_pages(&request->cargo.args))) {
        if (!request->cargo.linked)
            return true;
        request = request->link;
    }
    return false;
}

/* All parts of a linked run find memory, or none does. Under a reservation that was asked before. */
static bool admit_run(struct host *host, struct request *request)
{
    if (!host->in_run)
        host->admitted = admits(host) &&
                         cache_admit(shard_cache(host->shards[request->cargo.shard]),
                                     bytes_of_words(&request->cargo.args)) &&
                         ensure_run(host, request);
    host->in_run = request->cargo.linked;
    return host->admitted;
}

/* Could a key of another shard not be fetched? */
static bool lacks_foreign(const struct args *args)
{
    return args->hidden != NULL && foreign_is_lost(args->hidden);
}

static __attribute__((noinline)) void run_atomic(struct host *host, struct request *request)
{
    if ((request->cargo.command->flags & DENYOOM) && request->cargo.holder == NULL &&
        request->cargo.args.progress == NULL && !admit_run(host, request))
        reply_error(&request->cargo.reply, ERROR_OOM);
    else if (lacks_foreign(&request->cargo.args))
        reply_error(&request->cargo.reply, ERROR_OOM);
    else
        shard_run(host->shards[request->cargo.shard], request);
}

/* True when it is through, and can be answered. */
static inline bool run(struct host *host, struct request *request)
{
    if (__builtin_expect(request->cargo.command->on_cache != NULL, 1)) {
        if (__builtin_expect(request->cargo.command->flags & ATOMIC, 0))
            run_atomic(host, request);
        else
            shard_run(host->shards[request->cargo.shard], request);
        if (__builtin_expect(request->cargo.args.progress != NULL, 0))
            return put_off(host, request);
        host->waiting--;
        return true;
    }
    return run_unusual(host, request);
}

static bool must_wait(const struct host *host, const struct request *request)
{
    return host->holder != NULL && request->cargo.holder != host->holder;
}

/* What is not usual is timed on its own. */
static bool run_timed(struct host *host, struct request *request)
{
    bool done;

    if (request->cargo.usual) {
        host->usual_count++;
        return run(host, request);
    }
    host->usual_ns += stopwatch_lap(&host->watch);
    done = run(host, request);
    request_took(request, stopwatch_lap(&host->watch));
    return done;
}

/* Those who waited for the end of a reservation, until another one begins. */
static void run_deferred(struct host *host)
{
    while (host->deferred.first != NULL && host->unbroken == NULL &&
           !must_wait(host, host->deferred.first)) {
        struct request *request = request_list_pop(&host->deferred);

        if (run_timed(host, request))
            request_list_push(&host->late, &request);
    }
}

/* True when it has run, and is through. */
static bool run_or_defer(struct host *host, struct request *request)
{
    bool done;

    if (must_wait(host, request)) {
        request_list_push(&host->deferred, &request);
        return false;
    }
    done = run_timed(host, request);
    if (host->deferred.first != NULL)
        run_deferred(host);
    return done;
}

/* What the shards have told ahead is of no use any more. */
static void look_ahead(struct host *host)
{
    unsigned i;

    for (i = 0; i < host->count; i++)
        if (host->shards[i] != NULL)
            cache_look_ahead(shard_cache(host->shards[i]));
}

/* When all that had arrived is taken it is known how much that was. */
static void count_arrivals(struct host *host, unsigned taken)
{
    host->arrivals += taken;
    if (host->arrived.first != NULL)
        return;
    if (host->arrivals + host->waiting > host->waiting_peak)
        host->waiting_peak = host->arrivals + host->waiting;
    host->arrivals = 0;
}

/* Usual requests, as long as nobody has reserved the host. How many. */
static unsigned run_usual(struct host *host, struct batch *batch)
{
    unsigned done;

    if (host->holder != NULL || host->deferred.first != NULL)
        return 0;
    done = batch_run(batch, host->thread, host->shards, &host->arrived);
    count_arrivals(host, done);
    host->usual_count = done;
    return done;
}

/* Requests of a batch, from one on, have not been taken. */
static __attribute__((noinline)) void put_back(struct host *host, const struct batch *batch,
                                               unsigned from)
{
    unsigned i;

    host->cut = true;
    host->waiting -= batch->count - from;
    for (i = batch->count; i > from; i--) {
        struct request *request = batch->requests[i - 1];

        request->link = host->arrived.first;
        if (host->arrived.first == NULL)
            host->arrived.last = &request->link;
        host->arrived.first = request;
    }
}

/* Any others. Those who have run are the first in the batch then. How many. */
static unsigned run_mixed(struct host *host, struct batch *batch)
{
    unsigned done = 0, i;

    batch_take(batch, host->thread, host->shards, &host->arrived);
    count_arrivals(host, batch->count);
    host->waiting += batch->count;
    for (i = 0; i < batch->count && host->unbroken == NULL; i++)
        if (run_or_defer(host, batch->requests[i]))
            batch->requests[done++] = batch->requests[i];
    if (__builtin_expect(host->unbroken != NULL, 0))
        put_back(host, batch, i);
    return done;
}

static unsigned run_batch(struct host *host, struct batch *batch)
{
    const unsigned usual = run_usual(host, batch);

    return usual > 0 ? usual : run_mixed(host, batch);
}

static size_t weight(const struct request *request)
{
    return bytes_of_words(&request->cargo.args) + request->cargo.reply.len;
}

/* Usual commands take no time worth telling. If one batch of them did, the processor was taken away,
 * or memory had to be found for it: that is told of the weightiest. Its answer becomes special, so
 * that the loop looks twice. */
static __attribute__((noinline)) void suspect(struct host *host, struct request **done,
                                              unsigned count)
{
    struct request *heaviest = NULL;
    unsigned i;

    for (i = 0; i < count; i++)
        if (done[i]->cargo.usual && (heaviest == NULL || weight(done[i]) > weight(heaviest)))
            heaviest = done[i];
    if (heaviest == NULL)
        return;
    heaviest->cargo.usual = false;
    heaviest->cargo.nanoseconds = 0;
    heaviest->cargo.reply.special = true;
    request_took(heaviest, host->usual_ns);
    host->usual_ns = 0;
}

/* Sends the answers; the time that the usual ones took is shared out evenly among them. */
static void answer_all(struct host *host, const struct batch *batch, unsigned count)
{
    const uint32_t share =
        host->usual_count == 0 ? 0 : (uint32_t)(host->usual_ns / host->usual_count);
    struct request *request;
    unsigned i;

    if (batch->plain && !batch->foreign) {
        answer_own(host, batch, share);
        return;
    }
    for (i = 0; i < count; i++)
        answer(host, batch->requests[i], share);
    while ((request = request_list_pop(&host->late)) != NULL)
        answer(host, request, share);
}

/* One of the commands since the last sample stands for all of them. */
static __attribute__((noinline)) void sample(struct host *host, struct request **done,
                                             unsigned count)
{
    const uint64_t chance = host->watch.turns * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    const struct request *request = done[chance % count];
    const struct args *args = &request->cargo.args;
    const unsigned reads = host->unsampled;

    host->unsampled = 0;
    if (request->cargo.usual && (request->cargo.command->flags & READS))
        hotkeys_note(host_hotkeys(host, request->cargo.shard), args_word(args, 1), args->hash,
                     request->cargo.database, reads);
}

static void settle_all(struct host *host)
{
    unsigned i;

    for (i = 0; i < host->count; i++) {
        struct request *purse =
            host->shards[i] == NULL
                ? NULL
                : till_settle(&host->tills[i], shard_cache(host->shards[i]), host->now);

        if (purse != NULL)
            answer(host, purse, 0);
    }
}

static void note_spike(struct host *host, const struct cache *cache, enum spike_event event,
                       uint64_t nanoseconds)
{
    if (nanoseconds >= host->spike_ns)
        spikes_note(&host->spikes, event, cache_wall(cache) / 1000, nanoseconds);
}

static __attribute__((noinline)) void note_evictions(struct host *host)
{
    unsigned i;

    for (i = 0; i < host->count; i++)
        if (host->shards[i] != NULL)
            note_spike(host, shard_cache(host->shards[i]), SPIKE_EVICTION,
                       cache_longest_eviction_ns(shard_cache(host->shards[i])));
}

/* After anything that may have changed how much is used. */
static inline void settle(struct host *host)
{
    if (__builtin_expect(host->spike_ns != UINT64_MAX, 0))
        note_evictions(host);
    if (__builtin_expect(host->limited, 0))
        settle_all(host);
}

bool host_step(struct host *host, int64_t now)
{
    struct batch batch;
    unsigned done;
    uint64_t all;

    if (!host_has_arrived(host))
        return false;
    stopwatch_start(&host->watch, false);
    host->usual_ns = 0;
    host->usual_count = 0;
    set_now(host, now);
    host->in_run &= host->cut;
    host->cut = false;
    look_ahead(host);
    done = run_batch(host, &batch);
    all = stopwatch_stop(&host->watch);
    host->usual_ns += all - (host->watch.lap - host->watch.start);
    if (__builtin_expect(host->usual_ns >= host->suspicious_ns, 0))
        suspect(host, batch.requests, done);
    host->unsampled += done;
    if (host->unsampled >= SAMPLED && done > 0)
        sample(host, batch.requests, done);
    answer_all(host, &batch, done);
    settle(host);
    return host_has_arrived(host);
}

bool host_is_in_midst(const struct host *host)
{
    if (host->unbroken != NULL)
        return true;
    return host->unfinished.first != NULL && !must_wait(host, host->unfinished.first);
}

/* The next to go on. For one that is unbroken time stands still. */
static struct request *take_unfinished(struct host *host, int64_t now)
{
    struct request *request = host->unbroken;

    host->unbroken = NULL;
    if (request != NULL)
        return request;
    set_now(host, now);
    return request_list_pop(&host->unfinished);
}

/* Those who have waited for it come before those who arrived later. */
static void run_waiting(struct host *host)
{
    struct request *request;

    run_deferred(host);
    while ((request = request_list_pop(&host->late)) != NULL)
        answer(host, request, 0);
}

void host_go_on(struct host *host, int64_t now)
{
    struct request *request;
    bool done;

    if (!host_is_in_midst(host))
        return;
    stopwatch_start(&host->watch, true);
    request = take_unfinished(host, now);
    done = run(host, request);
    request_took(request, stopwatch_lap(&host->watch));
    if (done) {
        answer(host, request, 0);
        run_waiting(host);
    }
    stopwatch_stop(&host->watch);
    settle(host);
}

static bool turn(struct host *host, struct cache *cache, unsigned budget)
{
    bool more = false;
    unsigned work;

    if (__builtin_expect(host->spike_ns == UINT64_MAX, 1))
        return cache_turn(cache, budget);
    for (work = 0; work < CACHE_WORKS; work++) {
        const uint64_t start = clock_mono_ns();

        more |= cache_work(cache, (enum cache_work)work, budget);
        if (work == CACHE_EXPIRES || work == CACHE_COMPACTS)
            note_spike(host, cache, work == CACHE_EXPIRES ? SPIKE_EXPIRE : SPIKE_DEFRAG,
                       clock_mono_ns() - start);
    }
    return more;
}

static bool tidy(struct host *host, unsigned budget)
{
    bool more = false;
    unsigned i;

    for (i = 0; i < host->count; i++) {
        if (host->shards[i] == NULL || !cache_is_untidy(shard_cache(host->shards[i])))
            continue;
        more |= turn(host, shard_cache(host->shards[i]), budget);
    }
    return more;
}

static bool is_untidy(const struct host *host)
{
    unsigned i;

    for (i = 0; i < host->count; i++)
        if (host->shards[i] != NULL && cache_is_untidy(shard_cache(host->shards[i])))
            return true;
    return false;
}

bool host_tidy(struct host *host, int64_t now, unsigned budget)
{
    bool more;

    if (host->unbroken != NULL || !is_untidy(host))
        return false;
    stopwatch_start(&host->watch, true);
    set_now(host, now);
    more = tidy(host, budget);
    stopwatch_stop(&host->watch);
    settle(host);
    return more;
}

bool host_has_expiring(const struct host *host)
{
    unsigned i;

    for (i = 0; i < host->count; i++)
        if (host->shards[i] != NULL && cache_has_expiring(shard_cache(host->shards[i])))
            return true;
    return false;
}

struct request *host_answered(struct host *host)
{
    return request_list_take(&host->answered);
}

struct request *host_answered_part(struct host *host)
{
    return request_list_pop(&host->answered_parts);
}

bool host_is_told_to_stop(const struct host *host)
{
    return host->stop;
}

bool host_has_arrived(const struct host *host)
{
    return host->arrived.first != NULL && host->unbroken == NULL;
}

bool host_is_idle(const struct host *host)
{
    return host->arrived.first == NULL && host->deferred.first == NULL &&
           host->unfinished.first == NULL && host->unbroken == NULL;
}

static uint64_t arrived(const struct host *host)
{
    const struct request *request = host->arrived.first;
    uint64_t count = 0;

    for (; request != NULL; request = request->link)
        count++;
    return count;
}

/* Who asks one shard asks all, one behind the other: those that are asked next do not count. */
static uint64_t queue_without_questions(const struct host *host, unsigned index)
{
    const uint64_t waiting = host->waiting + arrived(host);
    uint64_t questions = 1;
    unsigned i;

    for (i = index + 1; i < host->count; i++)
        questions += host->shards[i] != NULL;
    return waiting > questions ? waiting - questions : 0;
}

void host_report(struct host *host, unsigned index, struct shard_report *report)
{
    cache_report(shard_cache(host->shards[index]), &report->cache);
    report->index = index;
    report->thread = host->thread;
    report->turns = host->watch.turns;
    report->longest_us = stopwatch_longest(&host->watch) / 1000;
    report->longest_cpu_us = host->watch.longest_cpu_ns / 1000;
    report->queue = queue_without_questions(host, index);
    report->queue_peak = host->waiting_peak;
}

uint64_t host_longest_lately_us(struct host *host)
{
    return stopwatch_lately(&host->watch) / 1000;
}

uint64_t host_walk(struct host *host, unsigned index, uint64_t *unfiled)
{
    return walk_bytes(shard_cache(host->shards[index]), unfiled);
}

struct hotkeys *host_hotkeys(struct host *host, unsigned index)
{
    return cache_hotkeys(shard_cache(host->shards[index]));
}

struct spikes *host_spikes(struct host *host)
{
    return &host->spikes;
}

void host_reset_stats(struct host *host, unsigned index)
{
    cache_reset_stats(shard_cache(host->shards[index]));
    stopwatch_reset(&host->watch);
    host->waiting_peak = 0;
}

void host_take_back(struct host *host, unsigned index, struct loan *loans)
{
    cache_take_back(shard_cache(host->shards[index]), loans);
}

void host_adopt(struct host *host, unsigned index, const struct settings *settings)
{
    struct cache *cache = shard_cache(host->shards[index]);

    cache_adopt(cache, settings);
    adopt_suspicion(host, cache);
    if (host->tills == NULL)
        return;
    till_apply(&host->tills[index], cache);
    host->limited = cache_is_limited(cache);
}

void host_set_skew(struct host *host, unsigned index, int64_t skew)
{
    cache_set_skew(shard_cache(host->shards[index]), skew);
}
