#include "shard/courier.h"

#include <stdlib.h>

#include "cache/cursor.h"
#include "cache/ensure.h"
#include "cache/panic.h"
#include "shard/reservation.h"
#include "shard/treasury.h"
#include "shard/warning.h"

#define TAKE_MOST 128u
#define RECEIVE_MOST 1024u /* requests of a turn */
#define TRIM_BUDGET 16384u
#define SHORT_WORDS 64 /* so many are run in one go */

struct courier {
    struct shards *shards;
    struct loop *loop;
    struct host *host; /* NULL: this thread hosts no shard */
    struct inbox *inbox;
    struct outbox *outbox;
    unsigned thread;
    struct pool pool;
    struct random random; /* for answers that are any of several */
    struct request_list ready;
    struct reservation reservation;
    struct warning warning;
    int64_t now; /* of the last courier_publish */
};

struct courier *courier_new(struct shards *shards, unsigned thread, struct loop *loop)
{
    struct courier *courier = must_calloc(1, sizeof(*courier));

    courier->shards = shards;
    courier->loop = loop;
    courier->thread = thread;
    courier->host = shards_host(shards, thread);
    courier->inbox = shards_inbox(shards, thread);
    courier->outbox = shards_outbox(shards, thread);
    pool_init(&courier->pool, thread);
    random_seed(&courier->random, shards_seed(shards, thread));
    request_list_init(&courier->ready);
    reservation_init(&courier->reservation);
    warning_init(&courier->warning);
    return courier;
}

void courier_free(struct courier *courier)
{
    pool_fini(&courier->pool);
    free(courier);
}

struct request *courier_make(struct courier *courier, uint8_t protocol)
{
    return pool_make(&courier->pool, protocol);
}

struct request *courier_next(struct courier *courier)
{
    return pool_next(&courier->pool);
}

void courier_take(struct courier *courier, struct request *request, uint8_t protocol,
                  uint32_t count)
{
    pool_take(&courier->pool, request, protocol, count);
}

void courier_take_usual(struct courier *courier, struct request *request, uint8_t protocol)
{
    pool_take_usual(&courier->pool, request, protocol);
}

void courier_give_back(struct courier *courier, struct request **request)
{
    pool_give_back(&courier->pool, request);
}

void courier_give_back_usual(struct courier *courier, struct request *first, struct request *last,
                             unsigned count)
{
    pool_give_back_usual(&courier->pool, first, last, count);
}

/* --- sending --- */

static void on_home(struct courier *courier, struct request *request);

/* A part for this very loop is run at once. */
static void run_on_loop(struct courier *courier, struct request *request)
{
    request->cargo.command->on_loop(courier->loop, &request->cargo.args, &request->cargo.reply);
    request->cargo.answered = true;
}

/* One request, or a run of linked ones for one thread. True when they wait in line. */
static bool send_run(struct courier *courier, struct request_list *run)
{
    struct request *request;

    if (run->first->cargo.target != courier->thread)
        return !outbox_send(courier->outbox, run);
    while ((request = request_list_pop(run)) != NULL) {
        if (request->cargo.shard != REQUEST_NO_SHARD) {
            host_accept(courier->host, &request);
        } else {
            run_on_loop(courier, request);
            on_home(courier, request);
        }
    }
    return false;
}

static bool send_one(struct courier *courier, struct request *request)
{
    struct request_list run;

    if (request->cargo.target == courier->thread && request->cargo.shard != REQUEST_NO_SHARD) {
        host_accept(courier->host, &request);
        return false;
    }

    request_list_init(&run);
    request_list_push(&run, &request);
    return send_run(courier, &run);
}

static bool same_host(const struct request *a, const struct request *b)
{
    return b != NULL && a->cargo.target == b->cargo.target && a->cargo.shard != REQUEST_NO_SHARD &&
           b->cargo.shard != REQUEST_NO_SHARD;
}

/* Adds one to a run; `linked`: another one follows it there. */
static void add_to_run(struct fanout *fanout, struct request_list *run, struct request *part,
                       const void *holder, bool linked)
{
    part->cargo.linked = linked;
    part->cargo.holder = holder;
    fanout->waiting++;
    request_list_push(run, &part);
}

/*
 * Sends a list of parts; those for shards of one host are linked, so that nothing comes between
 * them. `holder`: whose reservation they run under, or NULL. True when some wait in line.
 */
static bool send_list(struct courier *courier, struct fanout *fanout, struct request *part,
                      const void *holder)
{
    bool lined = false;

    while (part != NULL) {
        struct request_list run;
        bool linked;

        request_list_init(&run);
        do {
            struct request *next = part->net.next;

            linked = same_host(part, next);
            add_to_run(fanout, &run, part, holder, linked);
            part = next;
        } while (linked);
        lined |= send_run(courier, &run);
    }
    return lined;
}

/* All steps in one run, for the one host that is concerned. */
static bool send_steps(struct courier *courier, struct fanout *fanout, const void *holder)
{
    struct request_list run;
    struct request *last = NULL;
    unsigned step;

    request_list_init(&run);
    for (step = FANOUT_BEFORE; step < FANOUT_STEPS; step++) {
        struct request *part = fanout_list(fanout, (enum fanout_step)step);

        for (; part != NULL; part = part->net.next) {
            last = part;
            add_to_run(fanout, &run, part, holder, true);
        }
    }
    last->cargo.linked = false;
    return send_run(courier, &run);
}

static bool send_parts(struct courier *courier, struct fanout *fanout, const void *holder)
{
    fanout->waiting = 1; /* gathering must wait for the last send */
    fanout->step = FANOUT_STEPS;
    if (fanout->before != NULL)
        return send_steps(courier, fanout, holder);
    return send_list(courier, fanout, fanout->parts, holder);
}

/* True when there was one more step to send. */
static bool send_next_step(struct courier *courier, struct fanout *fanout)
{
    struct request *list = fanout_next(fanout);

    if (list == NULL)
        return false;
    send_list(courier, fanout, list, &courier->reservation);
    return true;
}

static void run_batch(struct courier *courier);
static void reserve_next(struct courier *courier);

static void answer_questions(struct courier *courier)
{
    struct request *question;

    while ((question = warning_answer(&courier->warning)) != NULL)
        courier_answer(courier, &question);
}

static void close_read(struct courier *courier, struct fanout *fanout)
{
    fanout->open = false;
    if (warning_close(&courier->warning))
        reserve_next(courier);
    answer_questions(courier);
}

/*
 * What was read on several hosts may be of two states. It is read once more, under a reservation,
 * unless commands of the same connection were sent behind it: those must not be overtaken. Then it was
 * open, so no write has begun meanwhile: what was released is of one that had all its hosts already
 * when this was asked, and was seen on each.
 */
static bool read_again(struct courier *courier, struct fanout *fanout)
{
    struct request *whole = fanout->whole;

    if (fanout->open)
        close_read(courier, fanout);
    if (fanout->dated == NULL || !fanout_is_doubtful(fanout) || whole->net.next != NULL)
        return false;
    fanout_renew(fanout);
    reservation_add(&courier->reservation, whole);
    return true;
}

/* A part is home, or all are sent: the last of these goes on with the next step, or gathers. */
static void one_less(struct courier *courier, struct fanout *fanout)
{
    struct request *whole = fanout->whole;
    bool others_waited;

    if (--fanout->waiting > 0 || send_next_step(courier, fanout) || read_again(courier, fanout))
        return;
    fanout_gather(fanout, &courier->pool, &courier->random, courier->loop);
    others_waited = reservation_done(&courier->reservation, whole);
    request_list_push(&courier->ready, &whole);
    if (others_waited)
        run_batch(courier);
}

/* --- commands that write on several hosts --- */

static void send_hold(struct courier *courier, struct request *request, enum request_hold hold)
{
    request->cargo.hold = (uint8_t)hold;
    request->cargo.answered = false;
    send_one(courier, request);
}

/* What parts of the batch for that thread will write, in pages of each shard. */
static void add_need(const struct request *part, unsigned thread, size_t *needs)
{
    if (part->cargo.target == thread && part->cargo.shard != REQUEST_NO_SHARD)
        needs[part->cargo.shard] += ensure_pages(&part->cargo.args);
}

static void add_needs(const struct courier *courier, unsigned thread, size_t *needs)
{
    const struct request *whole = courier->reservation.batch.first, *part;

    for (; whole != NULL; whole = whole->link) {
        if (!(whole->cargo.command->flags & DENYOOM))
            continue;
        if (whole->net.fanout == NULL)
            add_need(whole, thread, needs);
        else
            for (part = whole->net.fanout->parts; part != NULL; part = part->net.next)
                add_need(part, thread, needs);
    }
}

/* A word for each shard: see host_hold_command. False: no memory. */
static bool note_needs(const struct courier *courier, unsigned thread, struct request *request)
{
    const unsigned shards = shards_count(courier->shards);
    size_t needs[SHARDS_MAX] = {0};
    unsigned count = 0, shard;
    struct bytes *words;

    add_needs(courier, thread, needs);
    for (shard = 0; shard < shards; shard++)
        count += needs[shard] > 0;
    words = pool_words(request, count);
    if (words == NULL)
        return false;
    for (shard = 0; shard < shards; shard++)
        if (needs[shard] > 0)
            *words++ = (struct bytes){(const char *)(uintptr_t)shard, needs[shard]};
    return true;
}

/* False: no memory. */
static bool reserve(struct courier *courier, unsigned thread)
{
    struct request *request = courier_make(courier, 2);

    if (request != NULL && !note_needs(courier, thread, request))
        pool_give_back(&courier->pool, &request);
    if (request == NULL)
        return false;
    request->net.part = true;
    request->cargo.command = &host_hold_command;
    request->cargo.holder = &courier->reservation;
    request->cargo.shard = 0; /* for a host, not for the loop on the same thread */
    request->cargo.target = (uint16_t)thread;
    send_hold(courier, request, HOLD_TAKE);
    return true;
}

/* There is no memory for it, here or on one of the hosts: nothing of it is done. */
static void refuse(struct courier *courier, struct request *whole)
{
    if (whole->net.fanout != NULL)
        fanout_free(whole->net.fanout, &courier->pool);
    reply_error(&whole->cargo.reply, ERROR_OOM);
    whole->cargo.answered = true;
    request_list_push(&courier->ready, &whole);
}

static void release_all(struct courier *courier)
{
    struct reservation *reservation = &courier->reservation;
    const bool changed = reservation->writes && !reservation->starved;
    struct request *request;

    if (changed)
        warning_extend(&courier->warning, courier->now);
    while ((request = request_list_pop(&reservation->holds)) != NULL)
        send_hold(courier, request, changed ? HOLD_RELEASE : HOLD_RELEASE_UNCHANGED);
    reservation_end(reservation);
}

static void run_under_reservation(struct courier *courier, struct request *whole)
{
    const struct reservation *reservation = &courier->reservation;
    struct fanout *fanout = whole->net.fanout;

    whole->net.lined = false;
    if (reservation->starved || (reservation->refused && (whole->cargo.command->flags & DENYOOM))) {
        reservation_done(&courier->reservation, whole);
        refuse(courier, whole);
    } else if (fanout == NULL) {
        whole->cargo.holder = &courier->reservation;
        send_one(courier, whole);
    } else if (fanout_is_stepped(fanout)) {
        send_next_step(courier, fanout);
    } else {
        send_parts(courier, fanout, &courier->reservation);
        one_less(courier, fanout);
    }
}

/* Goes on with the batch until all of it is sent, or something in it takes more than one step. */
static void run_batch(struct courier *courier)
{
    struct request *whole;

    while ((whole = reservation_take(&courier->reservation)) != NULL)
        run_under_reservation(courier, whole);
    if (courier->reservation.current == NULL)
        release_all(courier);
}

/* Reserves the next host or, when all are, sends what they were reserved for. */
static void reserve_next(struct courier *courier)
{
    unsigned thread;

    if (reservation_next(&courier->reservation, &thread)) {
        if (reserve(courier, thread))
            return;
        courier->reservation.starved = true;
    }
    run_batch(courier);
}

static const struct command warn_command = {.name = "courier|warn", .flags = INTERNAL};
static const struct command calm_command = {.name = "courier|calm", .flags = INTERNAL};

/* A message for each other loop; false: no memory for all of them. */
static bool make_for_others(struct courier *courier, struct request_list *messages)
{
    unsigned count;

    request_list_init(messages);
    for (count = 1; count < shards_loops(courier->shards); count++) {
        struct request *request = courier_make(courier, 2);

        if (request == NULL)
            break;
        request->net.part = true;
        request_list_push(messages, &request);
    }
    return count == shards_loops(courier->shards);
}

/* All of them, or, without memory, none. */
static bool tell_others(struct courier *courier, const struct command *command)
{
    struct request_list messages;
    const bool enough = make_for_others(courier, &messages);
    struct request *request;
    unsigned loop;

    for (loop = 0; (request = request_list_pop(&messages)) != NULL; loop++) {
        if (!enough) {
            pool_give_back(&courier->pool, &request);
            continue;
        }
        loop += loop == courier->thread;
        request->cargo.command = command;
        courier_send_to_loop(courier, request, loop);
    }
    return enough;
}

/* What writes on several hosts waits until nobody reads there who cannot do it again. */
static void begin_batch(struct courier *courier)
{
    if (!courier->reservation.writes || courier->warning.given) {
        reserve_next(courier);
        return;
    }
    if (!tell_others(courier, &warn_command)) {
        courier->reservation.starved = true;
        run_batch(courier);
        return;
    }
    if (warning_ask(&courier->warning, shards_loops(courier->shards) - 1))
        reserve_next(courier);
}

static void on_warned_home(struct courier *courier, struct request *request)
{
    const bool asked = request->cargo.command == &warn_command;

    pool_give_back(&courier->pool, &request);
    if (asked && warning_answered(&courier->warning))
        reserve_next(courier);
}

/* Another loop's. */
static void on_warned(struct courier *courier, struct request *request)
{
    if (request->cargo.command == &warn_command) {
        warning_hear(&courier->warning, &request);
        answer_questions(courier);
    } else {
        warning_unhear(&courier->warning);
        courier_answer(courier, &request);
    }
}

static bool is_warning(const struct request *request)
{
    return request->cargo.command == &warn_command || request->cargo.command == &calm_command;
}

/* Nothing was written on several hosts lately. */
static void calm_down(struct courier *courier)
{
    if (courier->reservation.active || !warning_has_ended(&courier->warning, courier->now))
        return;
    if (tell_others(courier, &calm_command)) /* else later */
        warning_take_back(&courier->warning);
}

static void on_hold_home(struct courier *courier, struct request *request)
{
    if (request->cargo.hold != HOLD_TAKE) {
        pool_give_back(&courier->pool, &request);
        return;
    }
    courier->reservation.refused |= request->cargo.reply.failed;
    request_list_push(&courier->reservation.holds, &request);
    reserve_next(courier);
}

/* The treasury's messages are sent whatever else is under way. */
static void send_for_treasury(void *context, unsigned shard, struct request *request)
{
    struct courier *courier = context;

    request->cargo.target = (uint16_t)shards_thread_of(courier->shards, shard);
    if (request->cargo.target == courier->thread)
        host_accept(courier->host, &request);
    else
        outbox_slip(courier->outbox, &request);
}

/* A request of this loop is home. */
static void on_home(struct courier *courier, struct request *request)
{
    if (!request->net.part) {
        request_list_push(&courier->ready, &request);
    } else if (request->cargo.command == &host_hold_command) {
        on_hold_home(courier, request);
    } else if (is_warning(request)) {
        on_warned_home(courier, request);
    } else if (__builtin_expect(treasury_owns(request), 0)) {
        treasury_home(shards_treasury(courier->shards), request, send_for_treasury, courier);
    } else {
        one_less(courier, request->net.fanout);
    }
}

static enum courier_way send_fanout(struct courier *courier, struct fanout *fanout)
{
    const bool lined = send_parts(courier, fanout, NULL);

    one_less(courier, fanout);
    return lined ? WAY_BARRIER : WAY_FREE;
}

static enum courier_way send_whole(struct courier *courier, struct request *request)
{
    return send_one(courier, request) ? WAY_LINED : WAY_FREE;
}

/* What may take several turns lets others run in between: nothing of this connection's must. */
static bool is_long(const struct request *request)
{
    return (request->cargo.command->flags & SLICED) && request->cargo.args.count > SHORT_WORDS;
}

/* Sets a one-shard request's hash, shard and target. */
static inline void route(struct courier *courier, struct request *request, struct bytes key)
{
    const unsigned shard = shards_route(courier->shards, key, &request->cargo.args.hash);

    request->cargo.shard = (uint16_t)shard;
    request->cargo.target = (uint16_t)shards_thread_of(courier->shards, shard);
}

static enum courier_way send_by_cursor(struct courier *courier, struct request *request)
{
    const unsigned shard =
        cursor_route(args_word(&request->cargo.args, 1), shards_count(courier->shards));

    request->cargo.shard = (uint16_t)shard;
    request->cargo.target = (uint16_t)shards_thread_of(courier->shards, shard);
    send_whole(courier, request);
    return WAY_BARRIER; /* it may take several turns */
}

void courier_send_to_loop(struct courier *courier, struct request *request, unsigned thread)
{
    request->cargo.shard = REQUEST_NO_SHARD;
    request->cargo.target = (uint16_t)thread;
    send_one(courier, request);
}

/* All loans of the first one's keeper leave the list. */
static struct loan *take_of_one_keeper(struct loan **loans)
{
    const uint32_t keeper = (*loans)->large->keeper;
    struct loan *taken = NULL;
    struct loan *loan;

    while ((loan = *loans) != NULL) {
        if (loan->large->keeper != keeper) {
            loans = &loan->next;
            continue;
        }
        *loans = loan->next;
        loan->next = taken;
        taken = loan;
    }
    return taken;
}

/* False: no memory. */
static bool send_loans(struct courier *courier, struct loan *loans, unsigned shard)
{
    struct request *request = courier_make(courier, 2);

    if (request == NULL)
        return false;
    request->cargo.command = &host_loan_command;
    request->cargo.args.hidden = loans;
    request->cargo.shard = (uint16_t)shard;
    request->cargo.target = (uint16_t)shards_thread_of(courier->shards, shard);
    send_one(courier, request);
    return true;
}

/* They wait for memory, at the end. */
static void put_back(struct loan **loans, struct loan *taken)
{
    while (*loans != NULL)
        loans = &(*loans)->next;
    *loans = taken;
}

void courier_return_loans(struct courier *courier, struct loan **loans)
{
    while (*loans != NULL) {
        const unsigned keeper = (*loans)->large->keeper;
        struct loan *taken = take_of_one_keeper(loans);

        if (shards_thread_of(courier->shards, keeper) == courier->thread) {
            host_take_back(courier->host, keeper, taken);
        } else if (!send_loans(courier, taken, keeper)) {
            put_back(loans, taken);
            return;
        }
    }
}

void courier_answer(struct courier *courier, struct request **request)
{
    (*request)->cargo.answered = true;
    outbox_return(courier->outbox, request);
}

/* Must it wait for a reservation? So does what must not overtake such. */
static bool must_reserve(const struct request *request, const struct fanout *fanout, bool behind)
{
    const bool atomic = request->cargo.command->flags & ATOMIC;

    assert(atomic || !behind);
    return behind ||
           (atomic && fanout != NULL && (fanout_has_hosts(fanout) || fanout_is_stepped(fanout)));
}

/* As long as somebody writes on several hosts, whoever reads there lets nothing follow, so that it can
 * be done again. */
static enum courier_way send_dated(struct courier *courier, struct fanout *fanout)
{
    bool open;

    if (!fanout_date(fanout, moments_next(shards_moments(courier->shards)))) {
        refuse(courier, fanout->whole);
        return WAY_FREE;
    }
    open = warning_open(&courier->warning);
    fanout->open = open;
    return send_fanout(courier, fanout) == WAY_BARRIER || !open ? WAY_BARRIER : WAY_WATCHED;
}

/* Must its parts see one state of all hosts? */
static bool must_date(const struct request *request, const struct fanout *fanout)
{
    return request->cargo.command->gather == BY_KEY && fanout != NULL && fanout_has_hosts(fanout);
}

static enum courier_way send_multi(struct courier *courier, struct request *request, bool behind)
{
    const bool alone = is_long(request);
    struct fanout *fanout;
    enum courier_way way;

    if (!fanout_split(courier->shards, &courier->pool, request)) {
        refuse(courier, request);
        return WAY_FREE;
    }
    fanout = request->net.fanout;
    if (must_reserve(request, fanout, behind)) {
        reservation_add(&courier->reservation, request);
        return WAY_QUEUED;
    }
    if (must_date(request, fanout))
        return send_dated(courier, fanout);
    way = fanout == NULL ? send_whole(courier, request) : send_fanout(courier, fanout);
    return alone ? WAY_BARRIER : way;
}

static bool spread(struct courier *courier, struct request *request)
{
    const enum command_route where = request->cargo.command->route;

    return fanout_spread(courier->shards, &courier->pool, request, where != ALL_LOOPS,
                         where != ALL_SHARDS);
}

static enum courier_way send_spread(struct courier *courier, struct request *request, bool behind)
{
    if (must_reserve(request, request->net.fanout, behind)) {
        reservation_add(&courier->reservation, request);
        return WAY_QUEUED;
    }
    send_fanout(courier, request->net.fanout);
    return WAY_BARRIER;
}

static enum courier_way send_to_all(struct courier *courier, struct request *request, bool behind)
{
    if (spread(courier, request))
        return send_spread(courier, request, behind);
    refuse(courier, request);
    return WAY_FREE;
}

static enum courier_way send_to_shard(struct courier *courier, struct request *request)
{
    const uint32_t first = (uint32_t)request->cargo.command->keys.first;

    route(courier, request, args_word(&request->cargo.args, first));
    return send_whole(courier, request);
}

bool courier_route_usual(struct courier *courier, struct request *request)
{
    route(courier, request, request->cargo.words[1]);
    return __builtin_expect(request->cargo.target == courier->thread, 1);
}

bool courier_send_usual(struct courier *courier, struct request *request)
{
    return !send_one(courier, request);
}

void courier_accept(struct courier *courier, struct request *first, struct request *last,
                    unsigned taken)
{
    pool_count_usual(&courier->pool, taken);
    if (first != NULL)
        host_accept_run(courier->host, first, last);
}

enum courier_way courier_send(struct courier *courier, struct request *request, bool behind)
{
    const enum command_route where = request->cargo.command->route;

    switch (where) {
    case ONE_SHARD:
        return send_to_shard(courier, request);
    case MULTI_SHARD:
    case TO_FIRST:
    case TO_LAST:
    case TO_OWNERS:
        return send_multi(courier, request, behind);
    case BY_CURSOR:
        return send_by_cursor(courier, request);
    case ALL_SHARDS:
    case ALL_LOOPS:
    case EVERYWHERE:
        return send_to_all(courier, request, behind);
    case HERE:
        break;
    }
    assert(!"a request for this loop is not sent");
    return WAY_FREE;
}

bool courier_tell_word(struct courier *courier, const struct command *command, void *hidden,
                       struct bytes word)
{
    struct request *request = courier_make(courier, 2);

    if (request == NULL)
        return false;
    request->cargo.command = command;
    request->cargo.args.hidden = hidden;
    pool_words(request, 1)[0] = word;
    if (!spread(courier, request)) {
        courier_give_back(courier, &request);
        return false;
    }
    send_spread(courier, request, false);
    return true;
}

bool courier_tell(struct courier *courier, const struct command *command, void *hidden)
{
    return courier_tell_word(courier, command, hidden, bytes_new(NULL, 0));
}

/* --- receiving --- */

static void take_in(struct courier *courier, struct request *request)
{
    if (request->cargo.home == courier->thread) {
        if (!request->net.part || !treasury_owns(request))
            outbox_home(courier->outbox, request->cargo.target);
        on_home(courier, request);
    } else if (request->cargo.shard != REQUEST_NO_SHARD) {
        host_accept(courier->host, &request);
    } else if (is_warning(request)) {
        on_warned(courier, request);
    } else if (request->cargo.command->on_message != NULL) {
        request->cargo.command->on_message(courier->loop, request);
    } else {
        run_on_loop(courier, request);
        outbox_return(courier->outbox, &request);
    }
}

static unsigned receive_some(struct courier *courier)
{
    struct request *batch[TAKE_MOST + INBOX_LINKED_MAX];
    const unsigned count = inbox_take(courier->inbox, batch, TAKE_MOST);
    unsigned i;

    for (i = 0; i < count; i++)
        take_in(courier, batch[i]);
    return count;
}

/* The more there is at once, the fewer connections get their answers in two parts. */
bool courier_receive(struct courier *courier)
{
    unsigned count, all = 0;

    do {
        count = receive_some(courier);
        all += count;
    } while (count >= TAKE_MOST && all < RECEIVE_MOST);
    return all > 0;
}

bool courier_hosts(const struct courier *courier)
{
    return courier->host != NULL;
}

bool courier_has_work(const struct courier *courier)
{
    return courier->host != NULL &&
           (host_has_arrived(courier->host) || host_is_in_midst(courier->host));
}

/* Parts that were answered; what follows from that may be for this very host. */
static void take_parts(struct courier *courier)
{
    struct request *request;

    while ((request = host_answered_part(courier->host)) != NULL)
        on_home(courier, request);
}

bool courier_run_hosted(struct courier *courier, int64_t now)
{
    if (!courier_has_work(courier))
        return false;
    while (host_has_arrived(courier->host)) {
        host_step(courier->host, now);
        take_parts(courier);
    }
    host_go_on(courier->host, now);
    take_parts(courier);
    return true;
}

bool courier_tidy(struct courier *courier, int64_t now, unsigned budget)
{
    return courier->host != NULL && host_tidy(courier->host, now, budget);
}

bool courier_trim(struct courier *courier)
{
    return pool_trim(&courier->pool, TRIM_BUDGET);
}

bool courier_has_expiring(const struct courier *courier)
{
    return courier->host != NULL && host_has_expiring(courier->host);
}

struct request *courier_ready(struct courier *courier)
{
    struct request *first = courier->host == NULL ? NULL : host_answered(courier->host);

    return first != NULL ? first : request_list_take(&courier->ready);
}

void courier_publish(struct courier *courier, int64_t now)
{
    struct outbox_borrowed borrowed;
    unsigned i;

    courier->now = now;
    if (reservation_begin(&courier->reservation))
        begin_batch(courier);
    else if (__builtin_expect(courier->warning.given, 0))
        calm_down(courier);
    borrowed.first = shards_loops(courier->shards);
    borrowed.end = shards_main(courier->shards);
    borrowed.count = 0;
    outbox_publish(courier->outbox, &borrowed);
    for (i = 0; i < borrowed.count; i++)
        shards_stand_in(courier->shards, borrowed.threads[i], now);
}

int64_t courier_alarm_ms(const struct courier *courier)
{
    return courier->reservation.active ? 0 : courier->warning.until_ms;
}

void courier_retire(struct courier *courier)
{
    courier->warning.given = false;
    courier->warning.until_ms = 0;
}

bool courier_may_sleep(struct courier *courier)
{
    return inbox_may_sleep(courier->inbox);
}

void courier_rise(struct courier *courier)
{
    inbox_rise(courier->inbox);
}

int courier_fd(const struct courier *courier)
{
    return inbox_fd(courier->inbox);
}

const struct pool *courier_pool(const struct courier *courier)
{
    return &courier->pool;
}

const struct outbox_stats *courier_stats(const struct courier *courier)
{
    return outbox_stats(courier->outbox);
}
