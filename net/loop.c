#include "net/loop.h"

#include <stdlib.h>

#include "cache/panic.h"
#include "net/dispatch.h"
#include "net/journal.h"
#include "net/throttle.h"

#define COMMANDS_AT_ONCE 200
#define COMMANDS_SENT_AT_ONCE 8192 /* to other threads: fifty clients with 100 each, but not all */
#define TIDY_BUDGET 8u
#define TIDY_IDLE_BUDGET 256u
#define DRAIN_MILLISECONDS 2000 /* for clients that do not read their last replies */
#define TICK_MILLISECONDS 1000

struct loop *loop_new(unsigned index, const struct server_facts *facts,
                      const struct settings *settings, struct log *log)
{
    struct loop *loop = must_calloc(1, sizeof(*loop));

    loop->index = index;
    loop->facts = facts;
    loop->log = log;
    blocks_init(&loop->blocks);
    if (index == 0)
        loop->journal = journal_new();
    loop_adopt_settings(loop, settings);
    loop->next_id = index + 1;
    loop->todo_last = &loop->todo;
    loop->dirty_last = &loop->dirty;
    loop->courier = courier_new(facts->shards, index, loop);
    loop->exchange = exchange_new();
    loop->commands_each = 16;
    if (index == 0) {
        loop->loads = must_calloc(shards_loops(facts->shards), sizeof(*loop->loads));
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    courier_free(loop->courier);
    blocks_fini(&loop->blocks);
    exchange_free(loop->exchange);
    tally_fini(&loop->tally);
    journal_free(loop->journal);
    spikes_fini(&loop->spikes);
    monitors_fini(&loop->monitors);
    free(loop->loads);
    throttle_free(loop->throttle);
    free(loop);
}

void loop_set_watchful(struct loop *loop)
{
    loop->watchful =
        loop->attention.each || loop->monitors.count > 0 || loop->waiting.pause != PAUSE_NONE;
}

void loop_adopt_settings(struct loop *loop, const struct settings *settings)
{
    loop->settings = settings;
    blocks_suit(&loop->blocks, settings->maxmemory);
    loop->tally.coarse = !settings->latency_tracking;
    attention_adopt(&loop->attention, settings);
    burden_adopt(loop, settings);
    loop_set_watchful(loop);
    if (loop->journal != NULL)
        journal_trim(loop->journal, settings);
}

/* --- lists --- */

void loop_todo(struct conn *conn)
{
    struct loop *loop = conn->loop;

    if (conn->in_todo)
        return;
    conn->in_todo = true;
    conn->next_todo = NULL;
    *loop->todo_last = conn;
    loop->todo_last = &conn->next_todo;
}

void loop_dirty(struct conn *conn)
{
    struct loop *loop = conn->loop;

    if (conn->in_dirty)
        return;
    conn->in_dirty = true;
    conn->next_dirty = NULL;
    *loop->dirty_last = conn;
    loop->dirty_last = &conn->next_dirty;
}

/* What it carried and was lent goes back. */
static __attribute__((noinline)) void unload(struct loop *loop, struct request *request)
{
    if (request->net.carried != 0)
        arrival_take_back(&loop->blocks, request);
    blocks_return(&loop->blocks, reply_take_loans(&request->cargo.reply));
}

void loop_give_back(struct loop *loop, struct request *request)
{
    if (request->net.input != NULL)
        block_drop(&loop->blocks, &request->net.input);
    if (__builtin_expect(request->net.carried != 0 || request->cargo.reply.loans != NULL, 0))
        unload(loop, request);
    courier_give_back(loop->courier, &request);
}

void loop_stall(struct conn *conn, struct request *blocker, bool barrier)
{
    conn->stalled = true;
    conn->barrier = barrier;
    conn->blocker = blocker;
    conn->next_stalled = conn->loop->stalled;
    conn->loop->stalled = conn;
}

static bool still_stalled(const struct conn *conn)
{
    if (conn->dead)
        return false;
    if (conn->blocker == NULL)
        return waiting_is_paused(conn->loop, conn->parked->cargo.command);
    return conn->barrier ? !conn->blocker->net.home : conn->blocker->net.lined;
}

/* Lets those go on whose blocker lets them. Before answers are sent: blockers end with that. */
static void release_stalled(struct loop *loop)
{
    struct conn **place = &loop->stalled;

    while (*place != NULL) {
        struct conn *conn = *place;

        if (still_stalled(conn)) {
            place = &conn->next_stalled;
            continue;
        }
        *place = conn->next_stalled;
        conn->stalled = false;
        if (!conn->dead) {
            loop_dirty(conn);
            dispatch_resume(conn);
        }
    }
}

static struct conn *take_todo(struct loop *loop)
{
    struct conn *conn = loop->todo;

    loop->todo = NULL;
    loop->todo_last = &loop->todo;
    return conn;
}

/* --- connections --- */

/* From the moment it is told to, and for ever. */
bool loop_is_draining(const struct loop *loop)
{
    return loop->drain_deadline_ms != 0;
}

/* What is counted from now on is of this second, not of all the time that nothing happened. */
static void stir(struct loop *loop, int64_t now)
{
    loop->active = true;
    if (loop->quiet)
        loop->rates.last_ms = now;
    loop->quiet = false;
}

struct conn *loop_adopt(struct loop *loop, struct transport *transport, bool unix_socket,
                        int64_t now)
{
    struct conn *conn = conn_new(loop, transport, loop->next_id);

    if (conn == NULL)
        return NULL;
    loop->next_id += shards_loops(loop->facts->shards);
    conn->session.unix_socket = unix_socket;
    conn->session.created_ms = now;
    conn->session.active_ms = now;
    conn->next = loop->conns;
    conn->back = &loop->conns;
    if (conn->next != NULL)
        conn->next->back = &conn->next;
    loop->conns = conn;
    loop->conn_count++;
    loop->stats.total_connections_received++;
    stir(loop, now);
    if (loop_is_draining(loop)) {
        conn->ended = true;
        loop_dirty(conn);
    }
    return conn;
}

void loop_readable(struct conn *conn)
{
    conn->readable = true;
    if (!conn->dead)
        loop_todo(conn);
}

void loop_writable(struct conn *conn)
{
    if (conn->dead || !conn->writing)
        return;
    conn->writing = false;
    conn->transport->ops->want_write(conn->transport, false);
    loop_dirty(conn);
}

void loop_hung_up(struct conn *conn)
{
    conn->hung_up = true;
    loop_readable(conn);
}

struct conn *loop_find(struct loop *loop, uint64_t id)
{
    struct conn *conn = loop->conns;

    while (conn != NULL && conn->session.id != id)
        conn = conn->next;
    return conn;
}

/* --- the end --- */

static void on_drain(struct loop *loop, struct request *request)
{
    struct conn *conn;

    loop->drain = request;
    loop->drain_deadline_ms = loop->now_ms + DRAIN_MILLISECONDS;
    if (loop->listener != NULL)
        loop->stop_accepting(loop->listener);
    waiting_ring(loop, true);
    for (conn = loop->conns; conn != NULL; conn = conn->next) {
        conn->ended = true;
        loop_dirty(conn);
    }
}

static void kill_all(struct loop *loop)
{
    while (loop->conns != NULL)
        conn_kill(loop->conns);
}

/* What was sent, or will not be, is no longer looked at. */
static void return_loans(struct loop *loop)
{
    if (__builtin_expect(loop->blocks.loans != NULL, 0))
        courier_return_loans(loop->courier, &loop->blocks.loans);
}

static void finish_drain(struct loop *loop)
{
    if (loop->drain == NULL)
        return;
    if (loop->now_ms >= loop->drain_deadline_ms)
        kill_all(loop);
    return_loans(loop);
    if (loop->conns != NULL || courier_pool(loop->courier)->out > 0 || loop->blocks.loans != NULL)
        return;
    courier_retire(loop->courier);
    courier_answer(loop->courier, &loop->drain);
}

static void on_exit_told(struct loop *loop, struct args *args, struct reply *reply)
{
    (void)args;
    (void)reply;
    loop->over = true;
}

static void on_closed_told(struct loop *loop, struct args *args, struct reply *reply)
{
    const struct bytes word = args_word(args, 0); /* at: which loop; len: how many */

    (void)reply;
    loop->loads[(uintptr_t)word.at] -= (unsigned)word.len;
}

const struct command loop_drain_command = {
    .name = "loop|drain", .flags = INTERNAL, .on_message = on_drain};
const struct command loop_exit_command = {
    .name = "loop|exit", .flags = INTERNAL, .on_loop = on_exit_told};
const struct command loop_closed_command = {
    .name = "loop|closed", .flags = INTERNAL, .on_loop = on_closed_told};

/* The first loop spreads connections, so it wants to know how many have ended. */
static void tell_closed(struct loop *loop)
{
    struct request *request;

    if (loop->closed == 0 || loop_is_draining(loop))
        return;
    if (loop->index == 0) {
        loop->loads[0] -= loop->closed;
        loop->closed = 0;
        return;
    }
    request = courier_make(loop->courier, 2);
    if (request == NULL) /* the next turn tells it */
        return;
    request->cargo.command = &loop_closed_command;
    pool_words(request, 1)[0] = (struct bytes){(const char *)(uintptr_t)loop->index, loop->closed};
    loop->closed = 0;
    courier_send_to_loop(loop->courier, request, 0);
}

/* --- the turn --- */

/* So many connections are received for at once that their commands, as far as the last ones tell,
 * are not more than `left`. */
static unsigned stride(const struct loop *loop, size_t left)
{
    const size_t count = left * 16 / loop->commands_each;
    const unsigned most = exchange_most(loop->exchange);

    return count < 1 ? 1 : count > most ? most : (unsigned)count;
}

/* A mean over the last few, in sixteenths of a command. */
static void learn(struct loop *loop, size_t commands, unsigned conns)
{
    const size_t each = commands * 16 / conns;

    loop->commands_each = (unsigned)((loop->commands_each * 7 + each + 7) / 8);
    if (loop->commands_each == 0)
        loop->commands_each = 1;
}

static unsigned take_from_list(struct conn **list, struct conn **conns, unsigned most)
{
    unsigned count = 0;

    while (*list != NULL && count < most) {
        struct conn *conn = *list;

        *list = conn->next_todo;
        conn->in_todo = false;
        conns[count++] = conn;
    }
    return count;
}

/* Back to where they came from: what they sent is here, and parsed when there is room for it. */
static void put_back(struct conn **list, struct conn **conns, unsigned count)
{
    while (count > 0) {
        struct conn *conn = conns[--count];

        conn->in_todo = true;
        conn->next_todo = *list;
        *list = conn;
    }
}

static void parse(struct conn *conn)
{
    conn_parse(conn);
    /* Those who go on, are at their end or wait for nothing are looked at when the turn ends. */
    if (!conn->dead && (conn->readable || conn->ended || conn->order.length == 0))
        loop_dirty(conn);
}

/* Those of the list that are read before their commands are run: so many that these form batches,
 * so few that they are still in the processor's cache when they are answered. Returns the rest. */
static struct conn *read_and_parse(struct loop *loop, struct conn *list)
{
    const struct pool *pool = courier_pool(loop->courier);
    const size_t enough =
        pool->out + (courier_hosts(loop->courier) ? COMMANDS_AT_ONCE : COMMANDS_SENT_AT_ONCE);
    struct conn *conns[EXCHANGE_MOST];

    while (list != NULL && pool->out < enough) {
        const size_t before = pool->out;
        const unsigned count = take_from_list(&list, conns, stride(loop, enough - before));
        unsigned i;

        exchange_receive(loop->exchange, conns, count);
        for (i = 0; i < count && pool->out < enough; i++)
            parse(conns[i]);
        learn(loop, pool->out - before, i);
        put_back(&list, conns + i, count - i);
    }
    return list;
}

static bool take_answers(struct loop *loop)
{
    struct request *request;
    bool any = courier_receive(loop->courier);

    any |= courier_run_hosted(loop->courier, loop->now_ms);
    while ((request = courier_ready(loop->courier)) != NULL)
        dispatch_answered_all(loop, request);
    return any;
}

static unsigned take_dirty(struct loop *loop, struct conn **conns, unsigned most)
{
    unsigned count = 0;

    while (loop->dirty != NULL && count < most) {
        struct conn *conn = loop->dirty;

        loop->dirty = conn->next_dirty;
        conn->in_dirty = false;
        conns[count++] = conn;
    }
    if (loop->dirty == NULL)
        loop->dirty_last = &loop->dirty;
    return count;
}

/* Sends what is due; the dead are freed now that no list of this turn holds them. */
static void flush_dirty(struct loop *loop)
{
    struct conn *conns[EXCHANGE_MOST];
    unsigned count, i;

    while ((count = take_dirty(loop, conns, EXCHANGE_MOST)) > 0) {
        exchange_flush(loop->exchange, conns, count);
        for (i = 0; i < count; i++)
            if (conns[i]->dead && !conns[i]->in_dirty) {
                conns[i]->next_dirty = loop->dead;
                loop->dead = conns[i];
            }
    }
}

/* Takes the dead out of the list of what is to be done. */
static void forget_dead(struct loop *loop)
{
    struct conn **place = &loop->todo;

    while (*place != NULL) {
        if ((*place)->dead)
            *place = (*place)->next_todo;
        else
            place = &(*place)->next_todo;
    }
    loop->todo_last = place;
}

static void free_dead(struct loop *loop)
{
    if (loop->dead == NULL)
        return;
    forget_dead(loop);
    release_stalled(loop);
    while (loop->dead != NULL) {
        struct conn *conn = loop->dead;

        loop->dead = conn->next_dirty;
        conn_free(conn);
    }
}

/* From bytes to bytes, for some of the connections in the list; returns the rest. */
static struct conn *serve(struct loop *loop, struct conn *conn, bool *any)
{
    *any |= conn != NULL;
    conn = read_and_parse(loop, conn);
    courier_publish(loop->courier, loop->now_ms);
    *any |= take_answers(loop);
    release_stalled(loop);
    flush_dirty(loop);
    return_loans(loop);
    return conn;
}

bool loop_step(struct loop *loop, int64_t now)
{
    struct conn *conn = take_todo(loop);
    bool any = false;

    loop->now_ms = now;
    if (__builtin_expect(loop->waiting.alarm_ms != 0, 0) && loop->waiting.alarm_ms <= now)
        waiting_ring(loop, false);
    do
        conn = serve(loop, conn, &any);
    while (conn != NULL);
    burden_check(loop);
    monitor_flush(loop);
    free_dead(loop);
    tell_closed(loop);
    finish_drain(loop);
    courier_publish(loop->courier, now);
    loop->stats.turns += any;
    if (any)
        stir(loop, now);
    return courier_tidy(loop->courier, now, TIDY_BUDGET) || loop->todo != NULL ||
           loop->dirty != NULL || courier_has_work(loop->courier);
}

bool loop_may_sleep(struct loop *loop)
{
    return courier_may_sleep(loop->courier);
}

void loop_rise(struct loop *loop)
{
    courier_rise(loop->courier);
}

/* The sooner one; 0: never. */
static int64_t sooner_alarm(int64_t one, int64_t other)
{
    return one == 0 || (other != 0 && other < one) ? other : one;
}

int64_t loop_alarm_ms(const struct loop *loop)
{
    const int64_t alarm = sooner_alarm(loop->waiting.alarm_ms, loop->burden.alarm_ms);

    return sooner_alarm(alarm, courier_alarm_ms(loop->courier));
}

bool loop_is_over(const struct loop *loop)
{
    return loop->over;
}

/* --- now and then --- */

static int64_t sooner(int64_t one, int64_t other)
{
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* How long it may stay without the password, if it is. */
static int64_t stranger_left(const struct conn *conn, int64_t now)
{
    const int64_t timeout = conn->loop->settings->auth_timeout * 1000;

    return session_needs_auth(&conn->session) ? conn->session.stranger_ms + timeout - now
                                              : INT64_MAX;
}

/* Ends those who have not said the password in time. In how many milliseconds the next may be due;
 * -1: never. */
static int64_t end_strangers(struct loop *loop, int64_t now)
{
    const bool any = loop->settings->requirepass[0] != '\0' && loop->settings->auth_timeout > 0;
    struct conn *conn, *next;
    int64_t due = -1;

    for (conn = loop->conns; any && conn != NULL; conn = next) {
        const int64_t left = stranger_left(conn, now);

        next = conn->next;
        if (left < 0) {
            log_write(loop->log, LOG_VERBOSE, "Closing a client that has not given the password");
            conn_kill(conn);
        } else if (left != INT64_MAX) {
            due = sooner(due, left < TICK_MILLISECONDS ? TICK_MILLISECONDS : left + 1);
        }
    }
    return due;
}

/* In how many milliseconds the next may be due; -1: never. */
static int64_t end_idle(struct loop *loop, int64_t now)
{
    const int64_t timeout = loop->settings->timeout * 1000;
    struct conn *conn, *next;
    int64_t due = -1;

    for (conn = loop->conns; timeout > 0 && conn != NULL; conn = next) {
        const int64_t left = conn->session.active_ms + timeout - now;

        next = conn->next;
        if (left >= 0 || conn->order.length > 0) {
            due = sooner(due, left < TICK_MILLISECONDS ? TICK_MILLISECONDS : left + 1);
            continue;
        }
        log_write(loop->log, LOG_VERBOSE, "Closing idle client");
        conn_kill(conn);
    }
    return due;
}

static uint64_t per_second(uint64_t now, uint64_t before, int64_t milliseconds)
{
    return milliseconds <= 0 || now < before ? 0 : (now - before) * 1000 / (uint64_t)milliseconds;
}

static void sample_rates(struct loop *loop, int64_t now)
{
    const struct net_stats *stats = &loop->stats;
    const struct net_stats *last = &loop->rates.last;
    const int64_t milliseconds = now - loop->rates.last_ms;

    loop->rates.ops =
        per_second(stats->total_commands_processed, last->total_commands_processed, milliseconds);
    loop->rates.input_bytes =
        per_second(stats->total_net_input_bytes, last->total_net_input_bytes, milliseconds);
    loop->rates.output_bytes =
        per_second(stats->total_net_output_bytes, last->total_net_output_bytes, milliseconds);
    loop->rates.last = *stats;
    loop->rates.last_ms = now;
}

/*
 * A reset that is there before the bytes ahead of it were read is told as "readable", once. Sending
 * a reply finds out; who gets none has to be asked. True: somebody is to be looked at again.
 */
static bool look_after(struct loop *loop)
{
    struct conn *conn;
    bool again = false;

    for (conn = loop->conns; conn != NULL; conn = conn->next) {
        again |= conn->over_soft_ms != 0 || conn->unsure;
        if (conn->over_soft_ms != 0)
            loop_dirty(conn);
        if (conn->unsure)
            loop_readable(conn);
        else
            conn_shrink(conn);
    }
    return again;
}

/* Gives memory back that was not needed lately. True: there is more, or may be; or something is to be
 * told for which there was no memory. */
static bool trim(struct loop *loop)
{
    larges_trim(&loop->blocks.larges);
    return_loans(loop);
    return courier_trim(loop->courier) || loop->blocks.larges.kept > 0 ||
           loop->blocks.loans != NULL || loop->closed > 0 || loop->monitors.owed > 0;
}

int64_t loop_tick(struct loop *loop, int64_t now)
{
    bool again = loop->active || loop_is_draining(loop);
    int64_t due;

    loop->now_ms = now;
    loop->quiet = !loop->active;
    loop->active = false;
    due = sooner(end_idle(loop, now), end_strangers(loop, now));
    sample_rates(loop, now);
    if (loop->waiting.first != NULL)
        waiting_ring(loop, false);
    again |= look_after(loop);
    again |= trim(loop);
    burden_check(loop);
    if (courier_has_expiring(loop->courier)) {
        courier_tidy(loop->courier, now, TIDY_IDLE_BUDGET);
        again = true;
    }
    return again ? TICK_MILLISECONDS : due;
}
