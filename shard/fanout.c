#include "shard/fanout.h"

#include <stdlib.h>

#include "cache/foreign.h"
#include "shard/gather.h"

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
    span.last = command_last_key(command, &whole->cargo.args);
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
    struct fanout *fanout = calloc(1, sizeof(*fanout));

    if (fanout == NULL)
        return NULL;
    fanout->whole = whole;
    whole->net.fanout = fanout;
    return fanout;
}

/* Kept in ascending order of the thread they go to, then of the shard. */
static void add_part(struct request **list, struct request *part)
{
    struct request **place = list;

    while (*place != NULL && ((*place)->cargo.target < part->cargo.target ||
                              ((*place)->cargo.target == part->cargo.target &&
                               (*place)->cargo.shard < part->cargo.shard)))
        place = &(*place)->net.next;
    part->net.next = *place;
    *place = part;
}

static struct request *new_part(struct pool *pool, const struct request *whole,
                                struct fanout *fanout)
{
    struct request *part = pool_make(pool, whole->cargo.reply.protocol);

    if (part == NULL)
        return NULL;
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
static bool make_parts(const struct shards *shards, struct pool *pool, struct fanout *fanout,
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
        if (part == NULL)
            return false;
        part->cargo.shard = (uint16_t)shard;
        part->cargo.target = (uint16_t)shards_thread_of(shards, shard);
        part->cargo.args.words = words;
        part->cargo.args.count = 1 + counts[shard] * span->step;
        part->cargo.args.hash = hashes[shard];
        words[0] = args_word(&fanout->whole->cargo.args, 0);
        ends[shard] = words + 1;
        words += part->cargo.args.count;
        add_part(&fanout->parts, part);
    }
    return true;
}

static void deal_words(const struct fanout *fanout, const struct span *span, struct bytes **ends)
{
    const struct bytes *words = fanout->whole->cargo.args.words;
    uint32_t i, j;

    for (i = 0; i < span->keys; i++)
        for (j = 0; j < span->step; j++)
            *ends[fanout->owners[i]]++ = words[span->first + i * span->step + j];
}

/* Gives each owner the words that belong to its keys. */
static bool split(const struct shards *shards, struct pool *pool, struct fanout *fanout,
                  const struct span *span, const uint64_t *hashes, const uint32_t *counts,
                  unsigned distinct)
{
    struct bytes *ends[SHARDS_MAX];

    fanout->words = malloc((distinct + span->keys * span->step) * sizeof(struct bytes));
    if (fanout->words == NULL || !make_parts(shards, pool, fanout, span, hashes, counts, ends))
        return false;
    deal_words(fanout, span, ends);
    return true;
}

/* --- bringing keys together --- */

static bool add_step(const struct shards *shards, struct pool *pool, struct fanout *fanout,
                     struct request **list, const struct command *command, unsigned shard,
                     uint64_t hash)
{
    struct request *part = new_part(pool, fanout->whole, fanout);

    if (part == NULL)
        return false;
    part->cargo.command = command;
    part->cargo.args = fanout->whole->cargo.args;
    part->cargo.args.larges = NULL;
    part->cargo.args.hash = hash;
    part->cargo.args.hidden = fanout->foreign;
    part->cargo.shard = (uint16_t)shard;
    part->cargo.target = (uint16_t)shards_thread_of(shards, shard);
    add_part(list, part);
    return true;
}

/* What runs where: all know all the words. Each request has the first key's hash. */
static bool bring(const struct shards *shards, struct pool *pool, struct fanout *fanout,
                  const struct span *span, const uint64_t *hashes, const uint32_t *counts)
{
    const struct command *command = fanout->whole->cargo.command;
    const bool to_owners = command->route == TO_OWNERS;
    const unsigned first = fanout->owners[0];
    const unsigned last = fanout->owners[span->keys - 1];
    const unsigned at = command->route == TO_LAST ? last : first;
    const struct command *before = to_owners ? &foreign_ask_command : &foreign_fetch_command;
    unsigned shard;

    fanout->foreign = foreign_new(fanout->owners, span->first, span->step, span->keys);
    if (fanout->foreign == NULL)
        return false;
    for (shard = 0; shard < shards_count(shards); shard++) {
        if (counts[shard] == 0)
            continue;
        if ((to_owners || shard != at) &&
            !add_step(shards, pool, fanout, &fanout->before, before, shard, hashes[first]))
            return false;
        if ((to_owners || shard == at) &&
            !add_step(shards, pool, fanout, &fanout->parts, command, shard, hashes[first]))
            return false;
    }
    return command->route != TO_LAST || first == at ||
           add_step(shards, pool, fanout, &fanout->after, &foreign_forget_command, first,
                    hashes[first]);
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

static bool split_by_owners(const struct shards *shards, struct pool *pool, struct request *whole,
                            uint8_t *owners)
{
    const struct span span = span_of(whole);
    uint32_t counts[SHARDS_MAX] = {0};
    uint64_t hashes[SHARDS_MAX];
    const unsigned distinct = find_owners(shards, whole, &span, owners, hashes, counts);
    struct fanout *fanout;

    if (distinct == 1) {
        send_to(shards, whole, owners[0], hashes[owners[0]]);
        free(owners);
        return true;
    }
    fanout = fanout_new(whole);
    if (fanout == NULL) {
        free(owners);
        return false;
    }
    fanout->owners = owners;
    fanout->keys = span.keys;
    if (whole->cargo.command->route == MULTI_SHARD
            ? !split(shards, pool, fanout, &span, hashes, counts, distinct)
            : !bring(shards, pool, fanout, &span, hashes, counts)) {
        fanout_free(fanout, pool);
        return false;
    }
    if (whole->cargo.args.larges != NULL && whole->cargo.command->route != TO_FIRST &&
        whole->cargo.command->route != TO_LAST)
        deal_larges(fanout, &span);
    return true;
}

bool fanout_split(const struct shards *shards, struct pool *pool, struct request *whole)
{
    uint8_t *owners;

    if (shards_count(shards) == 1) {
        send_to_only(shards, whole);
        return true;
    }
    owners = malloc(span_of(whole).keys);
    return owners != NULL && split_by_owners(shards, pool, whole, owners);
}

/* --- for all --- */

static bool add_spread_part(struct fanout *fanout, struct pool *pool, unsigned shard,
                            unsigned thread)
{
    struct request *part = new_part(pool, fanout->whole, fanout);

    if (part == NULL)
        return false;
    part->cargo.args = fanout->whole->cargo.args;
    part->cargo.args.larges = NULL; /* many look into them: nobody may keep them */
    part->cargo.shard = (uint16_t)shard;
    part->cargo.target = (uint16_t)thread;
    add_part(&fanout->parts, part);
    return true;
}

bool fanout_spread(const struct shards *shards, struct pool *pool, struct request *whole,
                   bool all_shards, bool all_loops)
{
    struct fanout *fanout = fanout_new(whole);
    bool enough = fanout != NULL;
    unsigned i;

    for (i = 0; enough && all_shards && i < shards_count(shards); i++)
        enough = add_spread_part(fanout, pool, i, shards_thread_of(shards, i));
    for (i = 0; enough && all_loops && i < shards_loops(shards); i++)
        enough = add_spread_part(fanout, pool, REQUEST_NO_SHARD, i);
    if (!enough && fanout != NULL)
        fanout_free(fanout, pool);
    return enough;
}

/* --- steps --- */

struct request *fanout_list(const struct fanout *fanout, enum fanout_step step)
{
    struct request *const lists[] = {fanout->before, fanout->parts, fanout->after};

    return lists[step];
}

bool fanout_has_hosts(const struct fanout *fanout)
{
    const unsigned target = fanout->parts->cargo.target;
    unsigned step;

    for (step = FANOUT_BEFORE; step < FANOUT_STEPS; step++) {
        const struct request *part = fanout_list(fanout, (enum fanout_step)step);

        for (; part != NULL; part = part->net.next)
            if (part->cargo.target != target)
                return true;
    }
    return false;
}

static unsigned count_all(const struct fanout *fanout)
{
    unsigned count = 0;
    unsigned step;

    for (step = FANOUT_BEFORE; step < FANOUT_STEPS; step++) {
        const struct request *part = fanout_list(fanout, (enum fanout_step)step);

        for (; part != NULL; part = part->net.next)
            count++;
    }
    return count;
}

bool fanout_is_stepped(const struct fanout *fanout)
{
    return fanout->before != NULL &&
           (fanout_has_hosts(fanout) || count_all(fanout) > INBOX_LINKED_MAX);
}

struct request *fanout_next(struct fanout *fanout)
{
    while (fanout->step < FANOUT_STEPS) {
        const enum fanout_step step = (enum fanout_step)fanout->step++;
        struct request *list = fanout_list(fanout, step);

        if (list != NULL && (step != FANOUT_AFTER || fanout->foreign->forget))
            return list;
    }
    return NULL;
}

/* --- bringing home --- */

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

/* --- one state for all parts --- */

bool fanout_date(struct fanout *fanout, uint64_t now)
{
    const struct request *whole = fanout->whole;
    struct request *part;
    unsigned i = 0;

    for (part = fanout->parts; part != NULL; part = part->net.next)
        i++;
    fanout->dated = calloc(i, sizeof(fanout->dated[0]));
    if (fanout->dated == NULL)
        return false;
    fanout->asked = now;
    for (part = fanout->parts, i = 0; part != NULL; part = part->net.next, i++) {
        fanout->dated[i] =
            (struct dated){.command = whole->cargo.command, .database = whole->cargo.database};
        part->cargo.command = &host_dated_command;
        part->cargo.args.hidden = &fanout->dated[i];
    }
    return true;
}

bool fanout_is_doubtful(const struct fanout *fanout)
{
    const struct request *part;
    unsigned i = 0;

    for (part = fanout->parts; part != NULL; part = part->net.next, i++)
        if (fanout->dated[i].released >= fanout->asked)
            return true;
    return false;
}

void fanout_renew(struct fanout *fanout)
{
    struct request *part;

    for (part = fanout->parts; part != NULL; part = part->net.next) {
        bring_home(part, fanout->whole);
        reply_reset(&part->cargo.reply, part->cargo.reply.protocol);
        part->cargo.command = fanout->whole->cargo.command;
        part->cargo.args.hidden = NULL;
        part->cargo.answered = false;
    }
    free(fanout->dated);
    fanout->dated = NULL;
}

static void give_back(struct fanout *fanout, struct request *list, struct pool *pool)
{
    while (list != NULL) {
        struct request *part = list;

        bring_home(part, fanout->whole);
        list = part->net.next;
        request_took(fanout->whole, part->cargo.nanoseconds);
        pool_give_back(pool, &part);
    }
}

void fanout_gather(struct fanout *fanout, struct pool *pool, struct random *random,
                   struct loop *loop)
{
    assert(fanout->waiting == 0);
    gather_answers(fanout, random, loop);
    fanout_free(fanout, pool);
}

void fanout_free(struct fanout *fanout, struct pool *pool)
{
    fanout->whole->net.fanout = NULL;
    give_back(fanout, fanout->before, pool);
    give_back(fanout, fanout->parts, pool);
    give_back(fanout, fanout->after, pool);
    free(fanout->dated);
    free(fanout->foreign);
    free(fanout->owners);
    free(fanout->words);
    free(fanout);
}
