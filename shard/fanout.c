#include "shard/fanout.h"

#include <stdlib.h>

#include "cache/number.h"
#include "cache/panic.h"

/* --- splitting --- */

/* The keys of a command: their positions, and how many words each brings along. */
struct span {
    uint32_t first;
    uint32_t last;
    uint32_t step;
    uint32_t keys;
};

static struct span span_of(const struct request *whole)
{
    const struct command *command = whole->cargo.command;
    struct span span;

    span.first = (uint32_t)command->keys.first;
    span.last = command_last_key(command, whole->cargo.args.count);
    span.step = (uint32_t)command->keys.step;
    span.keys = (span.last - span.first) / span.step + 1;
    return span;
}

/* Finds the owner of each key and the hash of the first key of each owner. */
static unsigned find_owners(const struct shards *shards, const struct request *whole,
                            const struct span *span, uint8_t *owners, uint64_t *hashes,
                            uint32_t *counts)
{
    unsigned distinct = 0;
    uint32_t i;

    for (i = 0; i < span->keys; i++) {
        uint64_t hash;
        const unsigned owner = shards_route(
            shards, args_word(&whole->cargo.args, span->first + i * span->step), &hash);

        owners[i] = (uint8_t)owner;
        if (counts[owner]++ == 0) {
            hashes[owner] = hash;
            distinct++;
        }
    }
    return distinct;
}

static struct fanout *fanout_new(struct request *whole)
{
    struct fanout *fanout = must_calloc(1, sizeof(*fanout));

    fanout->whole = whole;
    whole->net.fanout = fanout;
    return fanout;
}

/* Parts are kept in ascending order of the thread they go to, then of the shard. */
static void add_part(struct fanout *fanout, struct request *part)
{
    struct request **place = &fanout->parts;

    while (*place != NULL && ((*place)->cargo.target < part->cargo.target ||
                              ((*place)->cargo.target == part->cargo.target &&
                               (*place)->cargo.shard < part->cargo.shard)))
        place = &(*place)->net.next;
    part->net.next = *place;
    *place = part;
    fanout->part_count++;
}

static struct request *new_part(struct pool *pool, const struct request *whole,
                                struct fanout *fanout)
{
    struct request *part = pool_make(pool, whole->cargo.home, whole->cargo.reply.protocol);

    part->net.fanout = fanout;
    part->net.part = true;
    part->cargo.command = whole->cargo.command;
    part->cargo.database = whole->cargo.database;
    return part;
}

/* Each part carries the large blocks that its words lie in; blocks come in the order of the words.
 */
static void deal_larges(struct fanout *fanout, const struct span *span)
{
    struct args *args = &fanout->whole->cargo.args;
    struct large **ends[SHARDS_MAX];
    struct request *part;
    uint32_t i;

    for (part = fanout->parts; part != NULL; part = part->net.next)
        ends[part->cargo.shard] = &part->cargo.args.larges;
    for (i = 0; i < span->keys * span->step && args->larges != NULL; i++) {
        struct large *large = args->larges;
        struct large ***end = &ends[fanout->owners[i / span->step]];

        if (args_word(args, span->first + i).at != large->at)
            continue;
        args->larges = large->next;
        large->next = NULL;
        **end = large;
        *end = &large->next;
    }
}

/* Gives each owner a part; its words are a slice of one array: the name, then what belongs to its
 * keys. */
static void make_parts(const struct shards *shards, struct pool *pool, struct fanout *fanout,
                       const struct span *span, const uint64_t *hashes, const uint32_t *counts,
                       struct bytes **ends)
{
    struct bytes *words = fanout->words;
    unsigned shard;

    for (shard = 0; shard < shards_count(shards); shard++) {
        struct request *part;

        if (counts[shard] == 0)
            continue;
        part = new_part(pool, fanout->whole, fanout);
        part->cargo.shard = (uint16_t)shard;
        part->cargo.target = (uint16_t)shards_thread_of(shards, shard);
        part->cargo.args.words = words;
        part->cargo.args.count = 1 + counts[shard] * span->step;
        part->cargo.args.hash = hashes[shard];
        words[0] = args_word(&fanout->whole->cargo.args, 0);
        ends[shard] = words + 1;
        words += part->cargo.args.count;
        add_part(fanout, part);
    }
}

static void deal_words(const struct fanout *fanout, const struct span *span, struct bytes **ends)
{
    const struct bytes *words = fanout->whole->cargo.args.words;
    uint32_t i, j;

    for (i = 0; i < span->keys; i++)
        for (j = 0; j < span->step; j++)
            *ends[fanout->owners[i]]++ = words[span->first + i * span->step + j];
}

static void send_to(const struct shards *shards, struct request *whole, unsigned shard,
                    uint64_t hash)
{
    whole->cargo.shard = (uint16_t)shard;
    whole->cargo.target = (uint16_t)shards_thread_of(shards, shard);
    whole->cargo.args.hash = hash;
}

/* A single shard owns all keys: only the first one's hash has a use. */
static void send_to_only(const struct shards *shards, struct request *whole)
{
    const struct bytes key =
        args_word(&whole->cargo.args, (uint32_t)whole->cargo.command->keys.first);
    uint64_t hash;

    shards_route(shards, key, &hash);
    send_to(shards, whole, 0, hash);
}

static struct fanout *split(const struct shards *shards, struct pool *pool, struct request *whole)
{
    const struct span span = span_of(whole);
    uint8_t *owners = must_malloc(span.keys);
    uint32_t counts[SHARDS_MAX] = {0};
    uint64_t hashes[SHARDS_MAX];
    struct bytes *ends[SHARDS_MAX];
    const unsigned distinct = find_owners(shards, whole, &span, owners, hashes, counts);
    struct fanout *fanout;

    if (distinct == 1) {
        send_to(shards, whole, owners[0], hashes[owners[0]]);
        free(owners);
        return NULL;
    }
    fanout = fanout_new(whole);
    fanout->owners = owners;
    fanout->words = must_malloc((distinct + span.keys * span.step) * sizeof(struct bytes));
    make_parts(shards, pool, fanout, &span, hashes, counts, ends);
    deal_words(fanout, &span, ends);
    if (whole->cargo.args.larges != NULL)
        deal_larges(fanout, &span);
    return fanout;
}

struct fanout *fanout_split(const struct shards *shards, struct pool *pool, struct request *whole)
{
    if (shards_count(shards) > 1)
        return split(shards, pool, whole);
    send_to_only(shards, whole);
    return NULL;
}

static void add_spread_part(struct fanout *fanout, struct pool *pool, unsigned shard,
                            unsigned thread)
{
    struct request *part = new_part(pool, fanout->whole, fanout);

    part->cargo.args = fanout->whole->cargo.args;
    part->cargo.args.larges = NULL; /* many look into them: nobody may keep them */
    part->cargo.shard = (uint16_t)shard;
    part->cargo.target = (uint16_t)thread;
    add_part(fanout, part);
}

struct fanout *fanout_spread(const struct shards *shards, struct pool *pool, struct request *whole,
                             bool all_shards, bool all_loops)
{
    struct fanout *fanout = fanout_new(whole);
    unsigned i;

    for (i = 0; all_shards && i < shards_count(shards); i++)
        add_spread_part(fanout, pool, i, shards_thread_of(shards, i));
    for (i = 0; all_loops && i < shards_loops(shards); i++)
        add_spread_part(fanout, pool, REQUEST_NO_SHARD, i);
    return fanout;
}

bool fanout_has_hosts(const struct fanout *fanout)
{
    const struct request *part = fanout->parts;

    for (; part->net.next != NULL; part = part->net.next)
        if (part->cargo.target != part->net.next->cargo.target)
            return true;
    return false;
}

/* --- gathering --- */

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
    const struct span span = span_of(fanout->whole);
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
    reply_array(reply, span.keys);
    for (i = 0; i < span.keys; i++) {
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

static const struct request *first_failed(const struct request *part)
{
    while (part != NULL && !part->cargo.reply.failed)
        part = part->net.next;
    return part;
}

static void write_answer(struct fanout *fanout, struct random *random, struct loop *loop)
{
    struct request *whole = fanout->whole;
    struct reply *reply = &whole->cargo.reply;
    const struct request *failed = first_failed(fanout->parts);

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
    case AS_IS:
        assert(!"a row with several parts says how to gather them");
    }
}

static void move_larges(struct large **from, struct large **to)
{
    struct large *large;

    while ((large = *from) != NULL) {
        *from = large->next;
        large->next = *to;
        *to = large;
    }
}

/* Blocks that no shard kept, and loans that have no place in the answer: they are part of the whole
 * then, the loans without text. */
static void bring_home(struct request *part, struct request *whole)
{
    struct loan *loan;

    move_larges(&part->cargo.args.larges, &whole->cargo.args.larges);
    move_larges(&part->cargo.args.spare, &whole->cargo.args.spare);
    while ((loan = part->cargo.reply.loans) != NULL) {
        part->cargo.reply.loans = loan->next;
        loan->text.len = 0;
        reply_add_loan(&whole->cargo.reply, loan);
    }
}

void fanout_gather(struct fanout *fanout, struct pool *pool, struct random *random,
                   struct loop *loop)
{
    assert(fanout->waiting == 0);
    write_answer(fanout, random, loop);
    fanout->whole->net.fanout = NULL;
    while (fanout->parts != NULL) {
        struct request *part = fanout->parts;

        bring_home(part, fanout->whole);
        fanout->parts = part->net.next;
        fanout->whole->cargo.nanoseconds += part->cargo.nanoseconds;
        pool_give_back(pool, &part);
    }
    free(fanout->owners);
    free(fanout->words);
    free(fanout);
}
