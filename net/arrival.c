#include "net/arrival.h"

#include "cache/ensure.h"

#define BEHIND 16                    /* bytes that may be received behind a word */
#define AHEAD_MAX ((size_t)32 << 20) /* in blocks that are being received into */

/* Blocks that are being received into, all together, may be so much larger than what they hold. */
static size_t capacity_for(const struct blocks *blocks, size_t here, size_t wanted)
{
    const size_t all = wanted + BEHIND;
    const size_t twice = here < LARGE_MIN ? 2 * LARGE_MIN : 2 * here;

    return all <= twice || blocks->arriving + all <= AHEAD_MAX ? all : twice;
}

static void count(struct blocks *blocks, const struct large *large)
{
    blocks->arriving += large->size;
    blocks->bytes += large->size;
}

static void uncount(struct blocks *blocks, const struct large *large)
{
    blocks->arriving -= large->size;
    blocks->bytes -= large->size;
}

bool arrival_begin(struct arrival *arrival, struct blocks *blocks, struct resp *resp,
                   struct block *input, size_t parsed)
{
    const size_t from = parsed + resp->at;
    const size_t here = input->len - from;
    const size_t wanted = resp_word(resp);

    arrival->large = larges_take(&blocks->larges, capacity_for(blocks, here, wanted));
    if (arrival->large == NULL)
        return false;
    if (!resp_lift(resp)) {
        larges_give(&blocks->larges, &arrival->large);
        return false;
    }
    count(blocks, arrival->large);
    memcpy(arrival->large->at, input->at + from, here);
    arrival->large->len = here;
    arrival->wanted = wanted;
    input->len = from;
    return true;
}

static bool grow(struct arrival *arrival, struct blocks *blocks)
{
    bool grown;

    uncount(blocks, arrival->large);
    grown = larges_grow(&blocks->larges, &arrival->large,
                        capacity_for(blocks, arrival->large->len, arrival->wanted));
    count(blocks, arrival->large);
    return grown;
}

size_t arrival_room(struct arrival *arrival, struct blocks *blocks)
{
    const size_t all = arrival->wanted + BEHIND;
    size_t capacity;

    if (arrival->large->len == arrival->large->capacity && !grow(arrival, blocks))
        return 0;
    capacity = arrival->large->capacity < all ? arrival->large->capacity : all;
    return capacity - arrival->large->len;
}

struct bytes arrival_end(struct arrival *arrival, struct blocks *blocks)
{
    struct large *large = arrival->large;
    const struct bytes behind =
        bytes_new(large->at + arrival->wanted, large->len - arrival->wanted);

    blocks->arriving -= large->size;
    large->len = arrival->wanted;
    if (arrival->first == NULL)
        arrival->first = large;
    else
        arrival->last->next = large;
    arrival->last = large;
    arrival->done += large->len;
    arrival->size += large->size;
    arrival->large = NULL;
    return behind;
}

void arrival_hand_over(struct arrival *arrival, const struct resp *resp, struct request *request)
{
    struct large *large = arrival->first;
    uint32_t i;

    for (i = 0; i < resp->count; i++)
        if (resp->spans[i].at == RESP_ELSEWHERE) {
            request->cargo.args.words[i] = bytes_new(large->at, large->len);
            large = large->next;
        }
    assert(large == NULL && arrival->large == NULL);
    request->cargo.args.larges = arrival->first;
    request->net.carried = arrival->size;
    *arrival = (struct arrival){.lately = true};
}

static struct large *copy_of(struct blocks *blocks, struct request *request, struct bytes text)
{
    struct large *large = larges_take(&blocks->larges, text.len);

    if (large == NULL)
        return NULL;
    memcpy(large->at, text.at, text.len);
    large->len = text.len;
    request->net.carried += large->size;
    blocks->bytes += large->size;
    return large;
}

/* Blocks stay in the order of their words. */
bool arrival_carry(struct blocks *blocks, struct request *request, uint32_t first, uint32_t last)
{
    struct bytes *words = request->cargo.args.words;
    struct large **place = &request->cargo.args.larges;
    uint32_t i;

    for (i = first; i <= last; i += 2) {
        struct large *large;

        if (*place != NULL && (*place)->at == words[i].at) /* a key that came so */
            place = &(*place)->next;
        large = *place;
        if (ensure_counts(words[i], words[i + 1]))
            continue;
        if (large == NULL || large->at != words[i + 1].at) {
            large = copy_of(blocks, request, words[i + 1]);
            if (large == NULL)
                return false;
            words[i + 1].at = large->at;
            large->next = *place;
            *place = large;
        }
        place = &large->next;
    }
    return true;
}

void arrival_drop(struct arrival *arrival, struct blocks *blocks)
{
    if (arrival->large != NULL) {
        uncount(blocks, arrival->large);
        larges_give(&blocks->larges, &arrival->large);
    }
    blocks->bytes -= arrival->size;
    larges_give_all(&blocks->larges, &arrival->first);
    *arrival = (struct arrival){0};
}

void arrival_take_back(struct blocks *blocks, struct request *request)
{
    blocks->bytes -= request->net.carried;
    larges_give_all(&blocks->larges, &request->cargo.args.larges);
    larges_give_all(&blocks->larges, &request->cargo.args.spare);
}
