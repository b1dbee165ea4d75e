#include "shard/shards.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/clock.h"
#include "cache/panic.h"
#include "shard/batch.h"
#include "shard/filler.h"
#include "shard/inbox.h"
#include "shard/treasury.h"

#define FEW 5    /* threads with large rings: main, and two loops with two hosts, say */
#define CROWD 16 /* from here on the rings are small */
#define IDLE_MILLISECONDS 1000
#define TAKE_MOST BATCH_MIXED
#define TURN_MOST 512u /* requests: some 80 microseconds' worth */
#define TIDY_BUDGET 8u
#define TIDY_IDLE_BUDGET 256u

struct worker {
    struct shards *shards;
    pthread_t id;
    unsigned thread;
    bool started;
    bool looks_after; /* it sleeps no longer than until dead keys are to be looked for */
};

struct shards {
    struct shards_setup setup;
    unsigned threads;
    uint16_t thread_of[SHARDS_MAX]; /* that runs the shard */
    struct inbox **inboxes;
    struct outbox **outboxes;
    struct host **hosts; /* by thread */
    struct worker *workers;
    struct moments moments;
    struct request *tells;     /* main's, one for each thread */
    struct treasury *treasury; /* the first loop's; NULL: there is one shard */
    struct filler *filler;     /* NULL: there is none */
};

struct moments *shards_moments(struct shards *shards)
{
    return &shards->moments;
}

unsigned shards_count(const struct shards *shards)
{
    return shards->setup.shards;
}

unsigned shards_loops(const struct shards *shards)
{
    return shards->setup.loops;
}

unsigned shards_threads(const struct shards *shards)
{
    return shards->threads;
}

unsigned shards_main(const struct shards *shards)
{
    return shards->threads - 1 - shards->setup.inspected;
}

unsigned shards_inspector(const struct shards *shards)
{
    assert(shards->setup.inspected);
    return shards->threads - 1;
}

bool shards_are_hosted(const struct shards *shards)
{
    return shards->setup.hosted;
}

const struct keyhash *shards_keyhash(const struct shards *shards)
{
    return &shards->setup.keyhash;
}

unsigned shards_thread_of(const struct shards *shards, unsigned shard)
{
    return shards->thread_of[shard];
}

int64_t shards_skew(const struct shards *shards)
{
    return shards->setup.skew;
}

uint64_t shards_seed(const struct shards *shards, unsigned thread)
{
    return shards->setup.seed + SHARDS_MAX + thread;
}

struct host *shards_host(struct shards *shards, unsigned thread)
{
    return shards->hosts[thread];
}

struct inbox *shards_inbox(struct shards *shards, unsigned thread)
{
    return shards->inboxes[thread];
}

struct treasury *shards_treasury(struct shards *shards)
{
    return shards->treasury;
}

struct outbox *shards_outbox(struct shards *shards, unsigned thread)
{
    return shards->outboxes[thread];
}

/* --- routing --- */

/* Not zero when one of eight bytes is a '{'. */
static inline uint64_t braces(const char *at)
{
    const uint64_t word = bytes_load8(at) ^ UINT64_C(0x7b7b7b7b7b7b7b7b);

    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

/* May a key have a '{' in it? Two looks that overlap see all of most keys. */
static inline bool may_be_tagged(struct bytes key)
{
    if (key.len - 8 > 8)
        return true;
    return (braces(key.at) | braces(key.at + key.len - 8)) != 0;
}

/* What is between the first '{' and the next '}', unless that is nothing; else the whole key. */
static struct bytes routed_part(struct bytes key)
{
    const char *open = memchr(key.at, '{', key.len);
    const char *end = key.at + key.len;
    const char *close;

    if (open == NULL)
        return key;
    close = memchr(open + 1, '}', (size_t)(end - open - 1));
    if (close == NULL || close == open + 1)
        return key;
    return bytes_new(open + 1, (size_t)(close - open - 1));
}

/* The top bits choose the shard; the map uses others. */
static unsigned shard_of_hash(const struct shards *shards, uint64_t hash)
{
    return (unsigned)((hash >> 48) * shards->setup.shards >> 16);
}

static __attribute__((noinline)) unsigned route_by_tag(const struct shards *shards,
                                                       struct bytes key, uint64_t *hash)
{
    const struct bytes part = routed_part(key);

    *hash = keyhash_of(&shards->setup.keyhash, key);
    return shard_of_hash(shards,
                         part.len == key.len ? *hash : keyhash_of(&shards->setup.keyhash, part));
}

unsigned shards_route(const struct shards *shards, struct bytes key, uint64_t *hash)
{
    if (shards->setup.shards == 1) {
        *hash = keyhash_of(&shards->setup.keyhash, key);
        return 0;
    }
    if (__builtin_expect(may_be_tagged(key), 0))
        return route_by_tag(shards, key, hash);
    *hash = keyhash_of(&shards->setup.keyhash, key);
    return shard_of_hash(shards, *hash);
}

/* --- making --- */

static void place_shards(struct shards *shards)
{
    const struct shards_setup *setup = &shards->setup;
    unsigned i;

    for (i = 0; i < setup->shards; i++)
        shards->thread_of[i] = (uint16_t)(setup->hosted ? i % setup->loops : setup->loops + i);
}

static bool is_loop(const struct shards *shards, unsigned thread)
{
    return thread < shards->setup.loops;
}

static bool is_host(const struct shards *shards, unsigned thread)
{
    return !is_loop(shards, thread) && thread < shards_main(shards);
}

static bool is_inspector(const struct shards *shards, unsigned thread)
{
    return thread > shards_main(shards);
}

/* Does `from` ever send to `to`? Hosts of their own have nothing to say to each other. */
static bool talk(const struct shards *shards, unsigned from, unsigned to)
{
    return from != to && !(is_host(shards, from) && is_host(shards, to));
}

static enum inbox_kind kind_of(const struct shards *shards, unsigned thread)
{
    if (shards->setup.stepped)
        return INBOX_STEPPED;
    return is_loop(shards, thread) || is_inspector(shards, thread) ? INBOX_EVENTFD : INBOX_FUTEX;
}

/* Between those who carry requests; the inspector asks little. */
static unsigned limit_of(const struct shards *shards)
{
    const unsigned carriers = shards_main(shards) + 1;

    if (shards->setup.limit != 0)
        return shards->setup.limit;
    if (carriers <= FEW)
        return OUTBOX_LIMIT;
    return carriers <= CROWD ? OUTBOX_LIMIT_MEDIUM : OUTBOX_LIMIT_SMALL;
}

static unsigned ring_size(const struct shards *shards, unsigned from, unsigned to)
{
    if (is_inspector(shards, from) || is_inspector(shards, to))
        return outbox_ring_size(OUTBOX_LIMIT_SMALL);
    return outbox_ring_size(limit_of(shards));
}

static bool make_inboxes(struct shards *shards, struct why *why)
{
    unsigned from, to;

    for (to = 0; to < shards->threads; to++) {
        shards->inboxes[to] = inbox_new(kind_of(shards, to), shards->threads, why);
        if (shards->inboxes[to] == NULL)
            return false;
        for (from = 0; from < shards->threads; from++)
            if (talk(shards, from, to))
                inbox_open(shards->inboxes[to], from, ring_size(shards, from, to));
    }
    return true;
}

static void make_outboxes(struct shards *shards)
{
    unsigned thread;

    for (thread = 0; thread < shards->threads; thread++)
        shards->outboxes[thread] =
            outbox_new(thread, shards->threads, shards->inboxes,
                       is_inspector(shards, thread) ? OUTBOX_LIMIT_SMALL : limit_of(shards));
}

static struct host *host_of(struct shards *shards, unsigned thread)
{
    if (shards->hosts[thread] == NULL)
        shards->hosts[thread] =
            host_new(thread, shards->setup.shards, shards->outboxes[thread], &shards->moments);
    return shards->hosts[thread];
}

static void make_shards(struct shards *shards)
{
    unsigned i;

    shards->moments.counted = shards->setup.stepped;
    for (i = 0; i < shards->setup.shards; i++) {
        const struct cache_setup setup = {
            .index = i,
            .count = shards->setup.shards,
            .keyhash = &shards->setup.keyhash,
            .settings = shards->setup.settings,
            .seed = shards->setup.seed + i,
            .now = shards->setup.now,
            .skew = shards->setup.skew,
            .filler = filler_descriptor(shards->filler),
        };

        host_add(host_of(shards, shards_thread_of(shards, i)), i, shard_new(&setup));
        if (shards->treasury != NULL)
            host_open_till(host_of(shards, shards_thread_of(shards, i)), i, shards->treasury);
    }
}

struct shards *shards_new(const struct shards_setup *setup, struct why *why)
{
    struct shards *shards = must_calloc(1, sizeof(*shards));

    assert(setup->shards >= 1 && setup->shards <= SHARDS_MAX);
    assert(setup->loops >= 1 && setup->loops <= LOOPS_MAX);
    shards->setup = *setup;
    shards->threads = setup->loops + (setup->hosted ? 0 : setup->shards) + 1 + setup->inspected;
    place_shards(shards);
    shards->inboxes = must_calloc(shards->threads, sizeof(*shards->inboxes));
    shards->outboxes = must_calloc(shards->threads, sizeof(*shards->outboxes));
    shards->hosts = must_calloc(shards->threads, sizeof(*shards->hosts));
    shards->workers = must_calloc(shards->threads, sizeof(*shards->workers));
    shards->tells = must_calloc(shards->threads, sizeof(*shards->tells));
    if (!make_inboxes(shards, why)) {
        shards_free(shards);
        return NULL;
    }
    make_outboxes(shards);
    shards->treasury = treasury_new(setup->shards);
    if (!setup->stepped)
        shards->filler = filler_new();
    make_shards(shards);
    return shards;
}

void shards_free(struct shards *shards)
{
    unsigned i;

    filler_free(shards->filler);
    for (i = 0; i < shards->threads; i++) {
        if (shards->hosts[i] != NULL)
            host_free(shards->hosts[i]);
        if (shards->outboxes[i] != NULL)
            outbox_free(shards->outboxes[i]);
        if (shards->inboxes[i] != NULL)
            inbox_free(shards->inboxes[i]);
    }
    treasury_free(shards->treasury);
    free(shards->inboxes);
    free(shards->outboxes);
    free(shards->hosts);
    free(shards->workers);
    free(shards->tells);
    free(shards);
}

/* --- hosts with a thread of their own --- */

static unsigned take(struct shards *shards, unsigned thread)
{
    struct request *batch[TAKE_MOST + INBOX_LINKED_MAX];
    const unsigned count = inbox_take(shards->inboxes[thread], batch, TAKE_MOST);
    unsigned i;

    for (i = 0; i < count; i++)
        host_accept(shards->hosts[thread], &batch[i]);
    return count;
}

/* Batches until there is nothing left to take, or enough was: answers are seen after each by those
 * who are awake; who sleeps is woken for all of them. How many requests there were. */
static unsigned run_batches(struct shards *shards, unsigned thread, int64_t now)
{
    struct host *host = shards->hosts[thread];
    unsigned taken, all = 0;

    do {
        taken = take(shards, thread);
        all += taken;
        while (host_step(host, now))
            ;
        outbox_show(shards->outboxes[thread]);
    } while (taken >= TAKE_MOST && all < TURN_MOST);
    return all;
}

/* One turn; *more: there is something to do at once. How many requests it took. */
static unsigned turn(struct shards *shards, unsigned thread, int64_t now, bool *more)
{
    struct host *host = shards->hosts[thread];
    const unsigned taken = run_batches(shards, thread, now);

    host_go_on(host, now);
    outbox_publish(shards->outboxes[thread], NULL);
    *more = host_tidy(host, now, TIDY_BUDGET) || host_is_in_midst(host) || host_has_arrived(host);
    return taken;
}

bool shards_host_turn(struct shards *shards, unsigned thread, int64_t now)
{
    bool more;

    return turn(shards, thread, now, &more) > 0 || more;
}

/* Must its thread know of what another has done in its place? */
static bool must_know(const struct shards *shards, unsigned thread)
{
    const struct host *host = shards->hosts[thread];

    return host_is_told_to_stop(host) ||
           (host_has_expiring(host) && !shards->workers[thread].looks_after);
}

void shards_stand_in(struct shards *shards, unsigned thread, int64_t now)
{
    bool more;

    turn(shards, thread, now, &more);
    inbox_return(shards->inboxes[thread], more || must_know(shards, thread));
}

/* Nothing to do: sleeps until woken. One that slept its time out looks for dead keys. */
static void rest(struct shards *shards, unsigned thread)
{
    struct host *host = shards->hosts[thread];
    struct inbox *inbox = shards->inboxes[thread];
    const bool expiring = host_has_expiring(host);

    shards->workers[thread].looks_after = expiring;
    if (!inbox_may_sleep(inbox))
        return;
    inbox_sleep(inbox, expiring ? IDLE_MILLISECONDS : -1);
    if (inbox_rise(inbox) && expiring)
        host_tidy(host, clock_steady_ms(), TIDY_IDLE_BUDGET);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct shards *shards = worker->shards;
    struct host *host = shards->hosts[worker->thread];

    while (!host_is_told_to_stop(host)) {
        if (!shards_host_turn(shards, worker->thread, clock_steady_ms()))
            rest(shards, worker->thread);
    }
    return NULL;
}

static bool start_worker(struct shards *shards, unsigned thread, struct why *why)
{
    struct worker *worker = &shards->workers[thread];
    char name[16];
    int error;

    worker->shards = shards;
    worker->thread = thread;
    if (shards->setup.processors != NULL && !processors_pin(shards->setup.processors, thread, why))
        return false;
    error = pthread_create(&worker->id, NULL, work, worker);
    if (error != 0) {
        why_set(why, "cannot start the thread of a shard: %s", strerror(error));
        return false;
    }
    snprintf(name, sizeof(name), "croft-shard-%u", (thread - shards->setup.loops) % 1000u);
    pthread_setname_np(worker->id, name);
    worker->started = true;
    return true;
}

bool shards_start(struct shards *shards, struct why *why)
{
    unsigned thread;

    for (thread = 0; thread < shards->threads; thread++)
        if (is_host(shards, thread) && !start_worker(shards, thread, why)) {
            shards_stop(shards);
            return false;
        }
    return shards->setup.processors == NULL || processors_keep_to(shards->setup.processors, why);
}

void shards_stop(struct shards *shards)
{
    unsigned thread;

    for (thread = 0; thread < shards->threads; thread++) {
        if (!shards->workers[thread].started)
            continue;
        shards_tell(shards, thread, 1, &host_stop_command);
        pthread_join(shards->workers[thread].id, NULL);
        shards->workers[thread].started = false;
    }
}

static void tell(struct shards *shards, unsigned thread, const struct command *command)
{
    struct request *request = &shards->tells[thread];
    struct request_list run;

    request->cargo.command = command;
    request->cargo.shard = REQUEST_NO_SHARD;
    request->cargo.home = (uint16_t)shards_main(shards);
    request->cargo.target = (uint16_t)thread;
    request->cargo.answered = false;
    request_list_init(&run);
    request_list_push(&run, &request);
    outbox_send(shards->outboxes[shards_main(shards)], &run);
}

static struct request *await(struct inbox *inbox)
{
    struct request *batch[1 + INBOX_LINKED_MAX];

    while (inbox_take(inbox, batch, 1) == 0) {
        if (inbox_may_sleep(inbox))
            inbox_sleep(inbox, -1);
        inbox_rise(inbox);
    }
    return batch[0];
}

void shards_tell(struct shards *shards, unsigned first, unsigned count,
                 const struct command *command)
{
    const unsigned self = shards_main(shards);
    unsigned i;

    for (i = 0; i < count; i++)
        tell(shards, first + i, command);
    outbox_publish(shards->outboxes[self], NULL);
    for (i = 0; i < count; i++)
        outbox_home(shards->outboxes[self], await(shards->inboxes[self])->cargo.target);
}
