#include "bench/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench/connection.h"
#include "bench/now.h"
#include "bench/schedule.h"

#define EVENTS 256
#define SECOND UINT64_C(1000000000)
#define PATIENCE (30 * SECOND)  /* a server that is silent for so long is lost */
#define LOOK_UP (SECOND / 5)    /* how long a wait may last before we look at shared_stop */
#define FILL_BYTES (256u << 10) /* of values on their way on one connection while filling */
#define FILL_DEPTH 64u
#define OPEN_DEPTH 1024u /* an open loop lets this many wait on one connection */

struct worker {
    struct world *world;
    struct connection *connections;
    size_t count, turn; /* turn: whose it is to send, in an open loop */
    int epoll;
    struct dice dice;
    struct schedule schedule;
    struct batch batch;
    char *input;
    uint64_t first_key, key_count; /* its share, to fill */

    /* the phase */
    const struct phase *phase;
    struct tally tally;
    uint64_t left, deadline; /* requests not sent yet; when to send no more */
    uint64_t outstanding;    /* on all connections */
    uint64_t heard;          /* when something last came in */
    uint64_t next_key;       /* to fill */
    _Atomic uint64_t shared_done;
};

/* The share of `index` when `total` is dealt out as evenly as can be: where it begins. */
static uint64_t share_begin(uint64_t total, uint64_t index, uint64_t of)
{
    return total / of * index + (index < total % of ? index : total % of);
}

static uint64_t fill_depth(const struct worker *worker)
{
    const uint64_t fit = FILL_BYTES / worker->world->phrase->sizes.largest;

    return fit < 1 ? 1 : fit > FILL_DEPTH ? FILL_DEPTH : fit;
}

static size_t most_outstanding(const struct worker *worker)
{
    const struct options *options = worker->world->options;
    uint64_t most = options->pipeline;

    if (options->fill && fill_depth(worker) > most)
        most = fill_depth(worker);
    if (options->rate > 0 && most < OPEN_DEPTH)
        most = OPEN_DEPTH;
    return most;
}

static bool watch(const struct worker *worker, struct connection *connection, int operation,
                  uint32_t events, struct why *why)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};

    if (epoll_ctl(worker->epoll, operation, connection->socket, &event) == 0)
        return true;
    why_errno(why, "cannot watch a connection");
    return false;
}

static bool open_connections(struct worker *worker, size_t count, struct why *why)
{
    const struct world *world = worker->world;

    worker->connections = calloc(count, sizeof(*worker->connections));
    if (worker->connections == NULL) {
        why_set(why, "no memory for %zu connections", count);
        return false;
    }
    while (worker->count < count) {
        struct connection *connection = &worker->connections[worker->count];

        if (!connection_open(connection, world->options, world->phrase, most_outstanding(worker),
                             why))
            return false;
        worker->count++;
        if (!watch(worker, connection, EPOLL_CTL_ADD, EPOLLIN, why))
            return false;
    }
    return true;
}

/* One burst of `pipeline` requests per arrival. */
static bool prepare_schedule(struct worker *worker)
{
    const struct options *options = worker->world->options;
    const double bursts = options->rate / (double)(options->threads * options->pipeline);

    return options->rate == 0 || schedule_init(&worker->schedule, bursts, options->poisson);
}

static bool allocate(struct worker *worker, struct why *why)
{
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    worker->input = malloc(CONNECTION_INPUT);
    if (worker->epoll >= 0 && worker->input != NULL && prepare_schedule(worker) &&
        phrase_make_batch(worker->world->phrase, &worker->batch, most_outstanding(worker)))
        return true;
    why_errno(why, "cannot get what a thread needs");
    return false;
}

static void seed(struct worker *worker, uint64_t index)
{
    worker->dice.state = worker->world->options->seed;
    worker->dice.state = dice_roll(&worker->dice) + index;
    worker->dice.state = dice_roll(&worker->dice);
}

struct worker *worker_new(struct world *world, uint64_t index, struct why *why)
{
    const struct options *options = world->options;
    struct worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL) {
        why_set(why, "no memory for a thread");
        return NULL;
    }
    worker->world = world;
    worker->epoll = -1;
    seed(worker, index);
    worker->first_key = share_begin(options->keys, index, options->threads);
    worker->key_count = share_begin(options->keys, index + 1, options->threads) - worker->first_key;
    if (allocate(worker, why) &&
        open_connections(worker,
                         share_begin(options->connections, index + 1, options->threads) -
                             share_begin(options->connections, index, options->threads),
                         why))
        return worker;
    worker_free(worker);
    return NULL;
}

void worker_free(struct worker *worker)
{
    for (size_t i = 0; i < worker->count; i++)
        connection_close(&worker->connections[i]);
    free(worker->connections);
    if (worker->epoll >= 0)
        close(worker->epoll);
    schedule_fini(&worker->schedule);
    batch_fini(&worker->batch);
    free(worker->input);
    free(worker);
}

static void add_request(struct worker *worker, struct connection *connection, uint64_t due)
{
    const struct world *world = worker->world;
    struct expected expected = {.since = due & INT64_MAX};
    uint64_t key, roll;

    if (worker->phase->is_fill) {
        expected.digits =
            phrase_set(world->phrase, &worker->batch, worker->next_key++, dice_roll(&worker->dice));
    } else {
        key = keys_pick(world->keys, &worker->dice);
        roll = dice_roll(&worker->dice);
        expected.is_get = (double)(roll >> 32) < world->options->get_share * 0x1p32;
        expected.digits = expected.is_get ? phrase_get(world->phrase, &worker->batch, key)
                                          : phrase_set(world->phrase, &worker->batch, key, roll);
    }
    connection_expect(connection, expected);
}

/* Sends up to `requests`, all due at the same time. */
static bool send_requests(struct worker *worker, struct connection *connection, uint64_t requests,
                          uint64_t due, struct why *why)
{
    if (requests > worker->left)
        requests = worker->left;
    for (uint64_t i = 0; i < requests; i++)
        add_request(worker, connection, due);
    worker->left -= requests;
    worker->outstanding += requests;
    if (!connection_send(connection, &worker->batch, worker->world->phrase, &worker->tally, why))
        return false;
    return !connection_is_blocked(connection) ||
           watch(worker, connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT, why);
}

static bool is_over(struct worker *worker, uint64_t now)
{
    if (now >= worker->deadline ||
        atomic_load_explicit(&worker->world->shared_stop, memory_order_relaxed))
        worker->left = 0;
    return worker->left == 0;
}

/* The next batch of a closed loop, if there is to be one. */
static bool go_on(struct worker *worker, struct connection *connection, struct why *why)
{
    const uint64_t now = now_ns();
    const uint64_t depth =
        worker->phase->is_fill ? fill_depth(worker) : worker->world->options->pipeline;

    return is_over(worker, now) || send_requests(worker, connection, depth, now, why);
}

static bool flush(struct worker *worker, struct connection *connection, struct why *why)
{
    if (!connection_flush(connection, &worker->tally, why))
        return false;
    return connection_is_blocked(connection) ||
           watch(worker, connection, EPOLL_CTL_MOD, EPOLLIN, why);
}

static bool receive(struct worker *worker, struct connection *connection, struct why *why)
{
    const uint32_t before = connection_outstanding(connection);

    if (!connection_receive(connection, worker->input, &worker->tally, why))
        return false;
    worker->outstanding -= before - connection_outstanding(connection);
    return true;
}

static bool serve(struct worker *worker, const struct epoll_event *event, bool closed_loop,
                  struct why *why)
{
    struct connection *connection = event->data.ptr;

    if ((event->events & EPOLLOUT) != 0 && !flush(worker, connection, why))
        return false;
    if ((event->events & ~(uint32_t)EPOLLOUT) == 0)
        return true;
    if (!receive(worker, connection, why))
        return false;
    return !closed_loop || connection_outstanding(connection) > 0 || go_on(worker, connection, why);
}

static bool is_patient(const struct worker *worker, uint64_t now, struct why *why)
{
    if (worker->outstanding == 0 || now < worker->heard + PATIENCE)
        return true;
    why_set(why, "the server owes replies and was silent for 30 seconds");
    return false;
}

/* Waits, `most` nanoseconds if nothing happens, and serves what is ready. */
static bool wait_and_serve(struct worker *worker, uint64_t most, bool closed_loop, struct why *why)
{
    const struct timespec timeout = {(time_t)(most / SECOND), (long)(most % SECOND)};
    struct epoll_event events[EVENTS];
    const int ready = epoll_pwait2(worker->epoll, events, EVENTS, &timeout, NULL);

    if (ready < 0 && errno != EINTR) {
        why_errno(why, "cannot wait for replies");
        return false;
    }
    if (ready <= 0)
        return is_patient(worker, now_ns(), why);
    for (int i = 0; i < ready; i++)
        if (!serve(worker, &events[i], closed_loop, why))
            return false;
    worker->heard = now_ns();
    atomic_store_explicit(&worker->shared_done, tally_requests(&worker->tally),
                          memory_order_relaxed);
    return true;
}

static bool run_closed(struct worker *worker, struct why *why)
{
    for (size_t i = 0; i < worker->count; i++)
        if (!go_on(worker, &worker->connections[i], why))
            return false;
    while (worker->outstanding > 0)
        if (!wait_and_serve(worker, LOOK_UP, true, why))
            return false;
    return true;
}

/* The next connection that is not full; NULL when all are. */
static struct connection *take_turn(struct worker *worker)
{
    for (size_t i = 0; i < worker->count; i++) {
        struct connection *connection = &worker->connections[worker->turn];

        worker->turn = worker->turn + 1 == worker->count ? 0 : worker->turn + 1;
        if (connection_has_room(connection, worker->world->options->pipeline))
            return connection;
    }
    return NULL;
}

/* Sends all that is due; `*full` when it could not. */
static bool send_due(struct worker *worker, bool *full, struct why *why)
{
    const uint64_t burst = worker->world->options->pipeline;
    uint64_t now = now_ns();

    *full = false;
    while (schedule_due(&worker->schedule) <= now && !is_over(worker, now)) {
        const uint64_t due = schedule_due(&worker->schedule);
        struct connection *connection = take_turn(worker);

        if (connection == NULL) {
            *full = true;
            return true;
        }
        if (!send_requests(worker, connection, burst, due, why))
            return false;
        histogram_add(&worker->tally.late, now - due, burst);
        schedule_advance(&worker->schedule, &worker->dice);
        now = now_ns();
    }
    return true;
}

/* How long to wait: until the next request is due, unless there is none or no room for it. */
static uint64_t time_to_wait(const struct worker *worker, bool full)
{
    const uint64_t now = now_ns(), due = schedule_due(&worker->schedule);
    const uint64_t until = full || due > worker->deadline ? worker->deadline : due;

    if (worker->left == 0 || until > now + LOOK_UP)
        return LOOK_UP;
    return until > now ? until - now : 0;
}

static void count_unsent(struct worker *worker, uint64_t end)
{
    const double behind = (double)end - worker->schedule.due;

    if (behind > 0 && worker->phase->seconds > 0)
        worker->tally.unsent =
            (uint64_t)(behind / worker->schedule.gap) * worker->world->options->pipeline;
}

static bool run_open(struct worker *worker, struct why *why)
{
    bool full;

    prctl(PR_SET_TIMERSLACK, 1);
    schedule_start(&worker->schedule, now_ns());
    do {
        if (!send_due(worker, &full, why))
            return false;
        if (!wait_and_serve(worker, time_to_wait(worker, full), false, why))
            return false;
    } while (!is_over(worker, now_ns()) || worker->outstanding > 0);
    count_unsent(worker, worker->deadline);
    return true;
}

static void begin(struct worker *worker, const struct phase *phase)
{
    const uint64_t now = now_ns();

    worker->phase = phase;
    worker->left = phase->is_fill        ? worker->key_count
                   : phase->requests > 0 ? phase->requests
                                         : UINT64_MAX;
    worker->deadline = phase->seconds > 0 ? now + (uint64_t)(phase->seconds * 1e9) : UINT64_MAX;
    worker->next_key = worker->first_key;
    worker->heard = now;
    tally_init(&worker->tally);
    worker->tally.began = now;
    atomic_store_explicit(&worker->shared_done, 0, memory_order_relaxed);
}

bool worker_run(struct worker *worker, const struct phase *phase, struct why *why)
{
    const uint64_t cpu = now_thread_cpu();
    bool good;

    begin(worker, phase);
    if (phase->is_fill || worker->world->options->rate == 0)
        good = run_closed(worker, why);
    else
        good = run_open(worker, why);
    worker->tally.ended = now_ns();
    worker->tally.cpu = worker->tally.busiest_cpu = now_thread_cpu() - cpu;
    if (!good)
        atomic_store_explicit(&worker->world->shared_stop, true, memory_order_relaxed);
    return good;
}

const struct tally *worker_tally(const struct worker *worker)
{
    return &worker->tally;
}

uint64_t worker_done(const struct worker *worker)
{
    return atomic_load_explicit(&worker->shared_done, memory_order_relaxed);
}
