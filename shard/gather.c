#include "shard/gather.h"

#include "cache/number.h"

static struct bytes answer_of(const struct request *part)
{
    return bytes_new(part->cargo.reply.at, part->cargo.reply.len);
}

/* The number behind the type byte, and where its line ends. */
static int64_t header(struct bytes answer, size_t *end)
{
    const char *stop = memchr(answer.at, '\r', answer.len);
    int64_t value;

    assert(stop != NULL);
    if (!number_parse(bytes_new(answer.at + 1, (size_t)(stop - answer.at) - 1), &value))
        assert(!"a part's answer is well formed");
    *end = (size_t)(stop - answer.at) + 2;
    return value;
}

static void gather_sum(const struct request *parts, struct reply *reply)
{
    int64_t sum = 0;
    size_t end;

    for (; parts != NULL; parts = parts->net.next)
        sum += header(answer_of(parts), &end);
    reply_int(reply, sum);
}

static void gather_least(const struct request *parts, struct reply *reply)
{
    int64_t least = INT64_MAX;
    size_t end;

    for (; parts != NULL; parts = parts->net.next) {
        const int64_t value = header(answer_of(parts), &end);

        least = value < least ? value : least;
    }
    reply_int(reply, least);
}

/* The length of the bulk or null at the start of `rest`. */
static size_t element_length(struct bytes rest)
{
    size_t end;
    int64_t length;

    assert(rest.len > 0);
    if (rest.at[0] == '_')
        return 3;
    length = header(rest, &end);
    return length < 0 ? end : end + (size_t)length + 2;
}

/* What of a part's answer is not gathered yet. */
struct rest {
    struct bytes bytes;
    struct loan *loans;
    size_t place; /* of the bytes, in the answer */
};

static void skip(struct rest *rest, size_t length)
{
    assert(length <= rest->bytes.len);
    rest->bytes = bytes_new(rest->bytes.at + length, rest->bytes.len - length);
    rest->place += length;
}

static void move(struct rest *rest, size_t length, struct reply *reply)
{
    reply_raw(reply, rest->bytes.at, length);
    skip(rest, length);
}

/* An element whose text is lent has only its first line and an end among the bytes. */
static void move_lent(struct rest *rest, struct reply *reply)
{
    struct loan *loan = rest->loans;

    rest->loans = loan->next;
    move(rest, loan->place - rest->place, reply);
    reply_add_loan(reply, loan);
    move(rest, 2, reply);
}

/* All that is left, with what is lent between. */
static void move_all(struct rest *rest, struct reply *reply)
{
    struct loan *loan;

    while ((loan = rest->loans) != NULL) {
        rest->loans = loan->next;
        move(rest, loan->place - rest->place, reply);
        reply_add_loan(reply, loan);
    }
    move(rest, rest->bytes.len, reply);
}

/* Arrays one behind the other. */
static void gather_append(struct request *parts, struct reply *reply)
{
    struct request *part;
    int64_t count = 0;
    size_t end;

    for (part = parts; part != NULL; part = part->net.next)
        count += header(answer_of(part), &end);
    reply_array(reply, (size_t)count);
    for (part = parts; part != NULL; part = part->net.next) {
        struct rest rest = {answer_of(part), reply_take_loans(&part->cargo.reply), 0};

        header(rest.bytes, &end);
        skip(&rest, end);
        move_all(&rest, reply);
    }
}

static bool is_lent(const struct rest *rest)
{
    const char *stop;

    if (rest->loans == NULL)
        return false;
    stop = memchr(rest->bytes.at, '\n', rest->bytes.len);
    return stop != NULL && rest->loans->place == rest->place + (size_t)(stop + 1 - rest->bytes.at);
}

/* Each key's element, from the part of its owner, in the order of the keys. */
static void gather_by_key(const struct fanout *fanout, struct reply *reply)
{
    struct rest rests[SHARDS_MAX];
    struct request *part;
    uint32_t i;

    for (part = fanout->parts; part != NULL; part = part->net.next) {
        struct rest *rest = &rests[part->cargo.shard];
        size_t end;

        *rest = (struct rest){answer_of(part), reply_take_loans(&part->cargo.reply), 0};
        header(rest->bytes, &end);
        skip(rest, end);
    }
    reply_array(reply, fanout->keys);
    for (i = 0; i < fanout->keys; i++) {
        struct rest *rest = &rests[fanout->owners[i]];

        if (is_lent(rest))
            move_lent(rest, reply);
        else
            move(rest, element_length(rest->bytes), reply);
    }
}

/* Parts answer [weight, element]; the element of the part that owns the drawn ticket. */
static void gather_pick_one(const struct request *parts, struct random *random, struct reply *reply)
{
    const struct request *part;
    int64_t total = 0;
    int64_t ticket;
    size_t skip, end;

    for (part = parts; part != NULL; part = part->net.next) {
        struct bytes answer = answer_of(part);

        header(answer, &skip);
        total += header(bytes_new(answer.at + skip, answer.len - skip), &end);
    }
    ticket = total == 0 ? 0 : (int64_t)random_below(random, (uint64_t)total);
    for (part = parts; part != NULL; part = part->net.next) {
        struct bytes answer = answer_of(part);
        int64_t weight;

        header(answer, &skip);
        weight = header(bytes_new(answer.at + skip, answer.len - skip), &end);
        if (ticket >= weight && part->net.next != NULL && total != 0) {
            ticket -= weight;
            continue;
        }
        reply_raw(reply, answer.at + skip + end, answer.len - skip - end);
        return;
    }
}

static bool is_any_broken(const struct request *part)
{
    while (part != NULL && !reply_is_broken(&part->cargo.reply))
        part = part->net.next;
    return part != NULL;
}

static const struct request *first_failed(const struct request *part)
{
    while (part != NULL && !part->cargo.reply.failed)
        part = part->net.next;
    return part;
}

void gather_answers(struct fanout *fanout, struct random *random, struct loop *loop)
{
    struct request *whole = fanout->whole;
    struct reply *reply = &whole->cargo.reply;
    const struct request *failed = first_failed(fanout->parts);

    if (is_any_broken(fanout->parts) && !(whole->cargo.command->flags & INTERNAL)) {
        reply_break(reply);
        return;
    }
    if (failed != NULL) {
        reply_raw(reply, failed->cargo.reply.at, failed->cargo.reply.len);
        reply->failed = true;
        return;
    }
    switch (whole->cargo.command->gather) {
    case ADD_UP:
        gather_sum(fanout->parts, reply);
        break;
    case BY_KEY:
        gather_by_key(fanout, reply);
        break;
    case APPEND:
        gather_append(fanout->parts, reply);
        break;
    case PICK_ONE:
        gather_pick_one(fanout->parts, random, reply);
        break;
    case GATHERED:
        whole->cargo.command->on_gathered(loop, whole, fanout->parts);
        break;
    case ALL_OK:
        reply_ok(reply);
        break;
    case LEAST:
        gather_least(fanout->parts, reply);
        break;
    case AS_IS:
        assert(fanout->parts->net.next == NULL && fanout->parts->cargo.reply.loans == NULL);
        reply_raw(reply, fanout->parts->cargo.reply.at, fanout->parts->cargo.reply.len);
    }
}
