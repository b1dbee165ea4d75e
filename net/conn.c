#include "net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/dispatch.h"
#include "net/journal.h"
#include "net/loop.h"

#define ROOM_MIN 4096  /* less than this is not worth a receive */
#define ADOPT_MIN 8192 /* answers from here on are sent from where they were written */
#define SCANT_ROOM 256
#define SHRUNK_MAX 1024      /* half a command of so much may wait in a block of its own size */
#define STRANGER_OUTPUT 1024 /* that may be left unread without the password */
#define SKIP_FROM 16384 /* bytes of a command from which it is asked whether it is wanted at all */
#define QUERY_MAX 0xf0000000u /* offsets inside a command are 32 bits wide */

struct conn *conn_new(struct loop *loop, struct transport *transport, uint64_t id)
{
    struct conn *conn = calloc(1, sizeof(*conn));

    if (conn == NULL)
        return NULL;
    session_init(&conn->session, loop, id);
    conn->loop = loop;
    conn->transport = transport;
    transport->conn = conn;
    resp_init(&conn->resp);
    order_init(&conn->order);
    return conn;
}

/* --- the end --- */

/* What is home is given back; what is not comes home to nobody, its input pinned until then. */
static void abandon_requests(struct conn *conn)
{
    struct request *request = conn->order.first;

    while (request != NULL) {
        struct request *next = request->net.next;

        if (request->net.home || request == conn->parked)
            loop_give_back(conn->loop, request);
        else
            request->net.session = NULL;
        request = next;
    }
    order_init(&conn->order);
    conn->parked = NULL;
    conn->queued = NULL;
}

static void drop_output(struct conn *conn)
{
    while (conn->output != NULL) {
        struct block *block = conn->output;

        conn->output = block->next;
        block_drop(&conn->loop->blocks, &block);
    }
    conn->output_bytes = 0;
}

void conn_kill(struct conn *conn)
{
    struct loop *loop = conn->loop;

    if (conn->dead)
        return;
    conn->dead = true;
    monitor_leave(conn);
    abandon_requests(conn);
    drop_output(conn);
    if (conn->input != NULL)
        block_drop(&loop->blocks, &conn->input);
    arrival_drop(&conn->arrival, &loop->blocks);
    conn->transport->ops->close(conn->transport);
    conn->transport = NULL;
    *conn->back = conn->next;
    if (conn->next != NULL)
        conn->next->back = conn->back;
    loop->conn_count--;
    loop->closed++;
    loop_dirty(conn);
}

void conn_free(struct conn *conn)
{
    resp_fini(&conn->resp);
    session_fini(&conn->session);
    free(conn);
}

/* --- input --- */

static size_t buffered(const struct conn *conn)
{
    return conn->input == NULL ? 0 : conn->input->len - conn->parsed;
}

/* A new block that begins with the unparsed bytes of the present one. */
static bool move_input(struct conn *conn, size_t capacity)
{
    struct blocks *blocks = &conn->loop->blocks;
    const size_t rest = buffered(conn);
    struct block *block = block_take(blocks, capacity);

    if (block == NULL)
        return false;
    if (conn->input != NULL) {
        memcpy(block->at, conn->input->at + conn->parsed, rest);
        block_drop(blocks, &conn->input);
    }
    block->len = rest;
    conn->input = block;
    conn->parsed = 0;
    return true;
}

/* Grows to twice what is here at most, and not beyond what the command is known to need. */
static size_t next_capacity(const struct conn *conn)
{
    const size_t rest = buffered(conn);
    const size_t wants = resp_wants(&conn->resp, rest);
    size_t capacity = 2 * rest + ROOM_MIN;

    if (wants > 0 && rest + wants < capacity)
        capacity = rest + wants + ROOM_MIN;
    return capacity;
}

static bool make_room(struct conn *conn)
{
    struct block *input = conn->input;

    if (input == NULL)
        return move_input(conn, 0);
    if (conn->parsed == input->len && input->holders == 1) { /* nobody looks into it: start again */
        conn->parsed = 0;
        input->len = 0;
        return true;
    }
    if (input->capacity - input->len >= ROOM_MIN)
        return true;
    return move_input(conn, next_capacity(conn));
}

static bool is_too_large(const struct conn *conn)
{
    const size_t bytes = conn_query_bytes(conn);

    return bytes > (size_t)conn->loop->settings->client_query_buffer_limit || bytes > QUERY_MAX;
}

static void on_received(struct conn *conn, size_t len, size_t room)
{
    struct loop *loop = conn->loop;

    conn->hungry = false;
    conn->unsure = true;
    conn->session.active_ms = loop->now_ms;
    loop->stats.total_reads_processed++;
    loop->stats.total_net_input_bytes += len;
    /* A short read of a stream means that it is drained, unless the end is behind it. */
    if (len < room && !conn->hung_up)
        conn->readable = false;
    if (!is_too_large(conn))
        return;
    log_write(loop->log, LOG_WARNING,
              "Closing client that reached max query buffer length: id=%llu",
              (unsigned long long)conn->session.id);
    loop->stats.client_query_buffer_limit_disconnections++;
    conn_kill(conn);
}

static void on_not_received(struct conn *conn, ssize_t result)
{
    if (result == 0) {
        conn->ended = true;
        conn->readable = false;
    } else if (result == -EAGAIN || result == -EWOULDBLOCK) {
        conn->readable = false;
        conn->unsure = false;
    } else if (result != -EINTR) {
        conn_kill(conn);
    }
}

/* What is here is parsed first: a long pipeline must not pile up, nor count as one large question. */
static bool wants_bytes(const struct conn *conn)
{
    return conn->hungry || buffered(conn) == 0;
}

void conn_starve(struct conn *conn)
{
    log_write(conn->loop->log, LOG_WARNING,
              "Closing a client: no memory for what it sends or is sent");
    conn_kill(conn);
}

/* What was received behind a large word belongs behind what is in front of it. */
static void end_large(struct conn *conn)
{
    const struct bytes behind = arrival_end(&conn->arrival, &conn->loop->blocks);

    if (conn->input->capacity - conn->input->len < behind.len &&
        !move_input(conn, buffered(conn) + behind.len)) {
        conn_starve(conn);
        return;
    }
    memcpy(conn->input->at + conn->input->len, behind.at, behind.len);
    conn->input->len += behind.len;
    conn->hungry = false;
}

static bool large_room(struct conn *conn, struct conn_room *room)
{
    struct arrival *arrival = &conn->arrival;

    room->len = arrival_room(arrival, &conn->loop->blocks);
    if (room->len == 0) {
        conn_starve(conn);
        return false;
    }
    room->at = arrival->large->at + arrival->large->len;
    return true;
}

static void received_large(struct conn *conn, size_t len, size_t room)
{
    conn->arrival.large->len += len;
    on_received(conn, len, room);
    if (conn->dead)
        return;
    conn->hungry = true;
    if (arrival_is_complete(&conn->arrival))
        end_large(conn);
}

/* Most of a large word is not here yet: it gets a block of its own. */
static void begin_large(struct conn *conn)
{
    if (!arrival_begin(&conn->arrival, &conn->loop->blocks, &conn->resp, conn->input, conn->parsed))
        return;
    if (arrival_is_complete(&conn->arrival))
        end_large(conn);
    else
        conn_receive(conn);
}

/* Who has sent a large value lately gets room for what is in front of the next: all that is read
 * with that has to be copied. */
static size_t input_room(struct conn *conn)
{
    const size_t room = conn->input->capacity - conn->input->len;

    if (__builtin_expect(!conn->arrival.lately, 1))
        return room;
    conn->arrival.lately = false;
    return room < SCANT_ROOM ? room : SCANT_ROOM;
}

static bool usual_room(struct conn *conn, struct conn_room *room)
{
    if (!make_room(conn)) {
        conn_starve(conn);
        return false;
    }
    room->at = conn->input->at + conn->input->len;
    room->len = input_room(conn);
    return true;
}

bool conn_wants(struct conn *conn, struct conn_room *room)
{
    if (!conn->readable || !wants_bytes(conn) || conn->stalled || conn->ended || conn->dead ||
        conn->session.close_after)
        return false;
    return conn->arrival.large != NULL ? large_room(conn, room) : usual_room(conn, room);
}

void conn_received(struct conn *conn, size_t room, ssize_t result)
{
    if (result <= 0) {
        on_not_received(conn, result);
    } else if (conn->arrival.large != NULL) {
        received_large(conn, (size_t)result, room);
    } else {
        conn->input->len += (size_t)result;
        on_received(conn, (size_t)result, room);
    }
}

void conn_receive(struct conn *conn)
{
    struct conn_room room;
    ssize_t result;

    if (!conn_wants(conn, &room))
        return;
    result = conn->transport->ops->receive(conn->transport, room.at, room.len);
    conn_received(conn, room.len, result < 0 ? -errno : result);
}

void conn_shrink(struct conn *conn)
{
    const size_t rest = buffered(conn);
    struct block *shrunk;
    char *bytes;

    if (rest == 0 || rest > SHRUNK_MAX || !conn->hungry || conn->input->holders > 1 ||
        conn->input->capacity <= SHRUNK_MAX)
        return;
    bytes = malloc(rest);
    if (bytes == NULL)
        return;
    memcpy(bytes, conn->input->at + conn->parsed, rest);
    shrunk = block_adopt(&conn->loop->blocks, bytes, rest);
    if (shrunk == NULL) {
        free(bytes);
        return;
    }
    block_drop(&conn->loop->blocks, &conn->input);
    conn->input = shrunk;
    conn->parsed = 0;
}

/* May its input be looked at now? */
static bool may_parse(const struct conn *conn)
{
    return !conn->hungry && !conn->dead && !conn->stalled && !conn->session.close_after &&
           conn->order.length < CONN_IN_FLIGHT && buffered(conn) > 0;
}

/* What is long and will be refused is not kept. */
static bool is_unwanted(const struct conn *conn, const char *bytes)
{
    return (buffered(conn) >= SKIP_FROM || resp_word(&conn->resp) >= LARGE_MIN) &&
           conn->arrival.first == NULL && dispatch_would_refuse(conn, bytes);
}

/* Goes through what is here of it. */
static void skip(struct conn *conn, const struct resp_limits *limits)
{
    char *bytes = conn->input->at + conn->parsed;
    const size_t len = buffered(conn);
    size_t used;
    const enum resp_event event = resp_skip(&conn->resp, limits, bytes, len, &used);

    memmove(bytes + conn->resp.at, bytes + conn->resp.at + used, len - conn->resp.at - used);
    conn->input->len -= used;
    if (event == RESP_MORE) {
        conn->hungry = true;
        return;
    }
    if (event == RESP_ERROR) {
        dispatch_protocol_error(conn, conn->resp.error);
        return;
    }
    dispatch_refused(conn, bytes, conn->refused);
    conn->refused = 0;
    conn->parsed += conn->resp.at;
    resp_next_command(&conn->resp);
}

static void on_more(struct conn *conn, const char *bytes)
{
    const uint32_t words = resp_words(&conn->resp);

    conn->hungry = true;
    if (is_unwanted(conn, bytes)) {
        if (resp_cut(&conn->resp, buffered(conn))) {
            conn->refused = words;
            conn->hungry = false;
        }
        return;
    }
    if (resp_word(&conn->resp) >= LARGE_MIN)
        begin_large(conn);
}

/* One command, or what is in its place. */
static void parse_one(struct conn *conn)
{
    const int64_t bulk = conn->loop->settings->proto_max_bulk_len;
    const struct resp_limits limits = {
        .bulk = bulk < QUERY_MAX ? bulk : QUERY_MAX,
        .unauthenticated = session_needs_auth(&conn->session),
    };
    char *bytes = conn->input->at + conn->parsed;

    if (conn->refused > 0) {
        skip(conn, &limits);
        return;
    }
    switch (resp_parse(&conn->resp, &limits, bytes, buffered(conn))) {
    case RESP_MORE:
        on_more(conn, bytes);
        return;
    case RESP_ERROR:
        dispatch_protocol_error(conn, conn->resp.error);
        return;
    case RESP_COMMAND:
        dispatch_command(conn, bytes);
        break;
    case RESP_NOTHING:
        break;
    case RESP_NO_MEMORY:
        conn_starve(conn);
        return;
    }
    conn->parsed += conn->resp.at;
    resp_next_command(&conn->resp);
}

void conn_parse(struct conn *conn)
{
    while (may_parse(conn))
        if (!dispatch_usual(conn))
            parse_one(conn);
}

/* --- output --- */

static void append_block(struct conn *conn, struct block *block)
{
    block->next = NULL;
    if (conn->output == NULL)
        conn->output = block;
    else
        conn->output_tail->next = block;
    conn->output_tail = block;
}

/* An adopted block is full; so is one that something was sent from and that nothing is left in. */
static size_t tail_room(const struct conn *conn)
{
    const struct block *block = conn->output_tail;

    return conn->output == NULL || block->at != block->data ? 0 : block->capacity - block->len;
}

/* Without memory nothing more of this client's answers is sent: it is ended when the turn is. */
static bool new_tail(struct conn *conn)
{
    struct block *block = block_take(&conn->loop->blocks, 0);

    if (block == NULL)
        conn->choked = true;
    else
        append_block(conn, block);
    return block != NULL;
}

static void append_some(struct conn *conn, const char *bytes, size_t len)
{
    struct block *block = conn->output_tail;

    bytes_copy(block->at + block->len, bytes, len);
    block->len += len;
}

static inline __attribute__((always_inline)) void append(struct conn *conn, const char *bytes,
                                                         size_t len)
{
    conn->output_bytes += len;
    for (;;) {
        const size_t room = tail_room(conn);

        if (len <= room) {
            append_some(conn, bytes, len);
            return;
        }
        if (room > 0)
            append_some(conn, bytes, room);
        bytes += room;
        len -= room;
        if (!new_tail(conn))
            return;
    }
}

static void append_loan(struct conn *conn, struct loan *loan)
{
    struct block *block = NULL;

    if (loan->text.len > 0 && !conn->choked) {
        block = block_borrow(&conn->loop->blocks, loan);
        conn->choked = block == NULL;
    }
    if (block == NULL) {
        loan->next = NULL;
        blocks_return(&conn->loop->blocks, loan);
        return;
    }
    conn->output_bytes += loan->text.len;
    append_block(conn, block);
}

/* Apart, so that the usual answer has it inlined. */
static __attribute__((noinline)) void append_piece(struct conn *conn, const char *bytes, size_t len)
{
    if (len > 0)
        append(conn, bytes, len);
}

/* What is lent goes out between what is written. */
static __attribute__((noinline)) void append_with_loans(struct conn *conn, struct reply *reply)
{
    struct loan *loan = reply_take_loans(reply);
    size_t from = 0;

    while (loan != NULL) {
        struct loan *next = loan->next;

        append_piece(conn, reply->at + from, loan->place - from);
        from = loan->place;
        append_loan(conn, loan);
        loan = next;
    }
    append_piece(conn, reply->at + from, reply->len - from);
}

static void append_spill(struct conn *conn, char *spill, size_t len)
{
    struct block *block = block_adopt(&conn->loop->blocks, spill, len);

    conn->choked |= block == NULL;
    if (block == NULL) {
        free(spill);
        return;
    }
    conn->output_bytes += len;
    append_block(conn, block);
}

static void append_reply(struct conn *conn, struct reply *reply)
{
    const size_t len = reply->len;
    char *spill;

    conn->loop->stats.total_error_replies += reply->failed;
    if (__builtin_expect(reply->loans != NULL, 0)) {
        append_with_loans(conn, reply);
        return;
    }
    if (len >= ADOPT_MIN && (spill = reply_take_spill(reply)) != NULL) {
        append_spill(conn, spill, len);
        return;
    }
    if (len > 0)
        append(conn, reply->at, len);
}

#define SHORT_ANSWER 48

static inline bool has_room(const char *at, const char *end, size_t len)
{
    return (size_t)(end - at) >= len + SHORT_ANSWER;
}

/* Is it home, like most, and nothing to be done but to copy its answer? */
static inline bool is_plain(const struct request *request, const struct block *input)
{
    return request->net.home && !request->cargo.reply.special && request->net.input == input;
}

/* Answers of usual commands from the front on, of which one is home, that go to the last block of the
 * output. */
static __attribute__((noinline)) void collect_run(struct conn *conn)
{
    struct loop *loop = conn->loop;
    struct request *first = conn->order.first, *request = first, *last = NULL;
    struct block *input = first->net.input, *output = conn->output_tail;
    char *at = output->at + output->len;
    const char *end = at + tail_room(conn);
    const char *brim = end - 2 * SHORT_ANSWER;       /* up to here any short answer has room */
    uint32_t nanoseconds = first->cargo.nanoseconds; /* it is home: see conn_collect */
    unsigned count = 0, counted = 0, row = first->net.row;

    for (; request != NULL && is_plain(request, input); request = request->net.next, count++) {
        const struct reply *reply = &request->cargo.reply;

        if (request->net.row != row || request->cargo.nanoseconds != nanoseconds) {
            tally_count(&loop->tally, row, nanoseconds, count - counted);
            counted = count;
            row = request->net.row;
            nanoseconds = request->cargo.nanoseconds;
        }
        /* A short one is copied with what is behind it, which its slot has. */
        if (__builtin_expect(reply->len <= SHORT_ANSWER && at <= brim, 1))
            memcpy(at, reply->at, SHORT_ANSWER);
        else if (has_room(at, end, reply->len))
            memcpy(at, reply->at, reply->len);
        else
            break;
        at += reply->len;
        last = request;
    }
    if (count == 0)
        return;
    tally_count(&loop->tally, row, nanoseconds, count - counted);
    conn->output_bytes += (size_t)(at - output->at) - output->len;
    output->len = (size_t)(at - output->at);
    order_leave(&conn->order, request, count);
    courier_give_back_usual(loop->courier, first, last, count);
    input->holders -= count - 1;
    block_drop(&loop->blocks, &input);
}

/* There was no memory for all of its answer. Who has only asked is told so; who may have changed
 * something must not take that for a refusal, and is closed. */
static __attribute__((noinline)) void mend(struct conn *conn, struct request *request)
{
    const struct command *command = request->cargo.command;
    const bool only_asked =
        command != NULL && ((command->flags & READS) || command->gather == GATHERED);

    blocks_return(&conn->loop->blocks, reply_take_loans(&request->cargo.reply));
    reply_mend(&request->cargo.reply);
    conn->choked |= !request->net.muted && !only_asked;
}

static bool collect_one(struct conn *conn)
{
    struct request *request = order_next(&conn->order);

    if (request == NULL)
        return false;
    if (__builtin_expect(reply_is_broken(&request->cargo.reply), 0))
        mend(conn, request);
    if (request == conn->queued)
        conn->queued = NULL;
    tally_answer(&conn->loop->tally, request);
    journal_look(conn, request);
    if (!request->net.muted && !conn->choked)
        append_reply(conn, &request->cargo.reply);
    loop_give_back(conn->loop, request);
    return true;
}

void conn_collect(struct conn *conn)
{
    do
        if (conn->output != NULL && conn->order.first != NULL && conn->order.first->net.home)
            collect_run(conn);
    while (collect_one(conn));
}

static int fill_parts(const struct conn *conn, struct iovec *parts)
{
    const struct block *block;
    int count = 0;

    for (block = conn->output; block != NULL && count < CONN_PARTS; block = block->next, count++)
        parts[count] = (struct iovec){block->at + block->start, block->len - block->start};
    return count;
}

static void on_sent(struct conn *conn, size_t len)
{
    conn->loop->stats.total_net_output_bytes += len;
    conn->session.active_ms = conn->loop->now_ms; /* who reads is not idle */
    conn->unsure = false;
    conn->output_bytes -= len;
    while (conn->output != NULL) {
        struct block *block = conn->output;
        const size_t here = block->len - block->start;

        if (len < here) {
            block->start += len;
            return;
        }
        len -= here;
        conn->output = block->next;
        block_drop(&conn->loop->blocks, &block);
    }
}

static void wait_to_write(struct conn *conn, bool wait)
{
    if (conn->writing == wait)
        return;
    conn->writing = wait;
    conn->transport->ops->want_write(conn->transport, wait);
}

int conn_parts(const struct conn *conn, struct iovec *parts)
{
    return conn->dead || conn->writing || conn->choked ? 0 : fill_parts(conn, parts);
}

void conn_sent(struct conn *conn, ssize_t result)
{
    const size_t before = conn->output_bytes;

    conn->loop->stats.total_writes_processed++;
    if (result >= 0) {
        on_sent(conn, (size_t)result);
        /* A short send: the socket is full, and will say when it is not. */
        if (conn->output != NULL && before - conn->output_bytes < (size_t)CONN_PARTS * BLOCK_SIZE)
            wait_to_write(conn, true);
    } else if (result == -EAGAIN || result == -EWOULDBLOCK) {
        wait_to_write(conn, true);
    } else if (result != -EINTR) {
        conn_kill(conn);
    }
}

static void send_output(struct conn *conn)
{
    struct iovec parts[CONN_PARTS];
    int count;

    while ((count = conn_parts(conn, parts)) > 0) {
        const ssize_t result = conn->transport->ops->send(conn->transport, parts, count);

        conn_sent(conn, result < 0 ? -errno : result);
    }
}

/* A stranger gets answers for nothing: the more so if it does not read them. */
static bool is_over_limit(struct conn *conn)
{
    const struct settings_limit *limit =
        &conn->loop->settings->client_output_buffer_limit
             .of[conn->session.monitor ? LIMIT_PUBSUB : LIMIT_NORMAL];
    const int64_t bytes = (int64_t)conn->output_bytes;

    if ((limit->hard > 0 && bytes > limit->hard) ||
        (bytes > STRANGER_OUTPUT && session_needs_auth(&conn->session)))
        return true;
    if (limit->soft == 0 || bytes <= limit->soft) {
        conn->over_soft_ms = 0;
        return false;
    }
    if (conn->over_soft_ms == 0)
        conn->over_soft_ms = conn->loop->now_ms;
    return conn->loop->now_ms - conn->over_soft_ms > limit->seconds * 1000;
}

static void close_slow_reader(struct conn *conn)
{
    log_write(conn->loop->log, LOG_WARNING,
              "Client id=%llu scheduled to be closed ASAP for overcoming of output buffer limits.",
              (unsigned long long)conn->session.id);
    conn->loop->stats.client_output_buffer_limit_disconnections++;
    conn_kill(conn);
}

static bool is_through(const struct conn *conn)
{
    if (conn->order.length > 0 || conn->output != NULL)
        return false;
    return conn->session.close_after || (conn->ended && !may_parse(conn) && !conn->stalled);
}

/* A connection that waits for its client holds no input. */
static void drop_idle_input(struct conn *conn)
{
    if (conn->input != NULL && conn->input->holders == 1 && buffered(conn) == 0)
        block_drop(&conn->loop->blocks, &conn->input);
    if (conn->input == NULL)
        conn->parsed = 0;
}

/* Its end may have come otherwise than by reading it: a drain; then what is unread stays so. */
static bool may_receive(const struct conn *conn)
{
    return conn->readable && wants_bytes(conn) && !conn->ended && !conn->stalled &&
           !conn->session.close_after && conn->order.length < CONN_IN_FLIGHT;
}

void conn_flush(struct conn *conn)
{
    conn_collect(conn);
    send_output(conn);
    if (!conn->dead && conn->choked)
        conn_starve(conn);
    if (!conn->dead && conn->output != NULL && is_over_limit(conn))
        close_slow_reader(conn);
    if (conn->dead)
        return;
    if (is_through(conn)) {
        conn_kill(conn);
        return;
    }
    drop_idle_input(conn);
    if (may_parse(conn) || may_receive(conn))
        loop_todo(conn);
}

/* --- what CLIENT LIST tells --- */

size_t conn_query_bytes(const struct conn *conn)
{
    return buffered(conn) + arrival_bytes(&conn->arrival);
}

static size_t lent_bytes(const struct reply *reply)
{
    const struct loan *loan;
    size_t sum = 0;

    for (loan = reply->loans; loan != NULL; loan = loan->next)
        sum += loan->text.len;
    return sum;
}

/* What is away is somebody else's, all but its words. */
static size_t answer_memory(const struct request *request)
{
    if (!request->net.home)
        return 0;
    return request->cargo.reply.capacity + lent_bytes(&request->cargo.reply);
}

/* Commands under way, with the input that only they look into. */
static size_t order_memory(const struct conn *conn)
{
    const struct block *input = conn->input;
    const struct request *request;
    size_t sum = 0;

    for (request = conn->order.first; request != NULL; request = request->net.next) {
        sum += sizeof(*request) + request->net.carried + answer_memory(request);
        if (request->net.input != NULL && request->net.input != input)
            sum += request->net.input->capacity;
        input = request->net.input;
    }
    return sum;
}

size_t conn_memory(const struct conn *conn)
{
    return sizeof(*conn) + (conn->input == NULL ? 0 : conn->input->capacity) +
           arrival_bytes(&conn->arrival) + conn->output_bytes + order_memory(conn);
}
