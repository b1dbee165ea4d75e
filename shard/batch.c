#include "shard/batch.h"

_Static_assert(BATCH_MIXED + INBOX_LINKED_MAX <= BATCH_MOST, "linked ones have room behind others");

static inline struct cache *cache_of(struct shard *const *shards, const struct request *request)
{
    return shard_cache(shards[request->cargo.shard]);
}

/* Its words are in another processor's cache. */
static inline void ask_for_words(struct batch *batch, const struct request *request)
{
    const uintptr_t key = (uintptr_t)request->cargo.words[1].at; /* or nothing: there may be none */

    batch->foreign = true;
    __builtin_prefetch((const void *)key);
    __builtin_prefetch((const void *)(key + 64));
}

static inline const struct bucket *ask_for_bucket(struct batch *batch, unsigned thread,
                                                  struct shard *const *shards,
                                                  const struct request *request)
{
    if (request->cargo.home != thread)
        ask_for_words(batch, request);
    return cache_prefetch_bucket(cache_of(shards, request), request->cargo.database,
                                 request->cargo.args.hash);
}

static inline void note_miss(struct batch *batch, unsigned nth, uint32_t spill)
{
    batch->misses[batch->missed].nth = nth;
    batch->misses[batch->missed].spill = spill;
    batch->missed++;
}

/* The entries of the requests from `nth` up to `end`, as far as their buckets tell. */
static inline void ask_for_entries(struct batch *batch, struct shard *const *shards, unsigned nth,
                                   unsigned end)
{
    for (; nth < end; nth++) {
        const struct request *request = batch->requests[nth];
        union batch_foreseen *foreseen = &batch->foreseen[nth];
        uint32_t spill;

        if (foreseen->bucket == NULL)
            continue;
        spill = cache_prefetch_entry(cache_of(shards, request), foreseen->bucket,
                                     request->cargo.args.hash, &foreseen->likely);
        if (__builtin_expect(spill != 0, 0))
            note_miss(batch, nth, spill);
    }
}

/* Those that were not in their buckets, now that more is here. */
static void look_farther(struct batch *batch, struct shard *const *shards)
{
    const unsigned count = batch->missed;
    unsigned i;

    batch->missed = 0;
    for (i = 0; i < count; i++) {
        const unsigned nth = batch->misses[i].nth;
        const struct request *request = batch->requests[nth];
        const uint32_t spill =
            cache_prefetch_spilled(cache_of(shards, request), batch->misses[i].spill,
                                   request->cargo.args.hash, &batch->foreseen[nth].likely);

        if (spill != 0)
            note_miss(batch, nth, spill);
    }
}

/* Has any of them given memory back? */
static inline bool run(struct batch *batch, struct shard *const *shards, unsigned nth, unsigned end)
{
    bool given = false;

    for (; nth < end; nth++) {
        struct request *request = batch->requests[nth];

        shard_run_usual(shards[request->cargo.shard], request, batch->foreseen[nth].likely);
        given |= cache_has_given(cache_of(shards, request));
    }
    return given;
}

/* Takes a few more, if they are usual ones. */
static inline struct request *take_step(struct batch *batch, unsigned thread,
                                        struct shard *const *shards, struct request *request)
{
    unsigned nth = batch->count, end = nth + BATCH_STEP;

    if (end > BATCH_MOST)
        end = BATCH_MOST;
    for (; nth < end && request != NULL && request->cargo.usual; nth++, request = request->link) {
        batch->requests[nth] = request;
        batch->foreseen[nth].bucket = ask_for_bucket(batch, thread, shards, request);
    }
    batch->count = nth;
    return request;
}

/* From one of many, whose entry is where it was foreseen: nothing has run yet. */
static inline void learn(const struct batch *batch, struct shard *const *shards)
{
    cache_learn(cache_of(shards, batch->requests[0]), batch->foreseen[0].likely);
}

/*
 * Those from `nth` up to `end` have given memory back, which may be what is foreseen for those behind
 * them: for those up to `near` that is entries, beyond that buckets. What was asked for is here all the
 * same.
 */
static __attribute__((noinline)) void forget(struct batch *batch, unsigned thread,
                                             struct shard *const *shards, unsigned nth,
                                             unsigned end, unsigned near)
{
    for (; nth < end; nth++)
        cache_look_ahead(cache_of(shards, batch->requests[nth]));
    for (; nth < near; nth++)
        batch->foreseen[nth].likely = NULL;
    for (; nth < batch->count; nth++)
        batch->foreseen[nth].bucket = ask_for_bucket(batch, thread, shards, batch->requests[nth]);
    batch->missed = 0;
}

static void cut_off(struct request_list *arrived, struct request *rest)
{
    arrived->first = rest;
    if (rest == NULL)
        arrived->last = &arrived->first;
}

/* Each has its bucket asked for in one step, its entry in the next, spills and theirs in the two
 * after that, and is run at the end of the last. */
__attribute__((flatten)) unsigned batch_run(struct batch *batch, unsigned thread,
                                            struct shard *const *shards,
                                            struct request_list *arrived)
{
    struct request *next = arrived->first;
    unsigned asked = 0, ready = 0, done = 0;

    batch->count = 0;
    batch->plain = true;
    batch->foreign = false;
    batch->missed = 0;
    do {
        const unsigned taken = batch->count;

        if (batch->missed > 0)
            look_farther(batch, shards);
        ask_for_entries(batch, shards, asked, taken);
        next = take_step(batch, thread, shards, next);
        if (done == 0 && ready > 0)
            learn(batch, shards);
        if (run(batch, shards, done, ready))
            forget(batch, thread, shards, done, ready, taken);
        done = ready;
        ready = asked;
        asked = taken;
    } while (done < batch->count);
    cut_off(arrived, next);
    return batch->count;
}

void batch_take(struct batch *batch, unsigned thread, struct shard *const *shards,
                struct request_list *arrived)
{
    struct request *request = arrived->first;
    unsigned count = 0;

    for (; request != NULL && (count < BATCH_MIXED || batch->requests[count - 1]->cargo.linked);
         request = request->link) {
        batch->foreseen[count].bucket = request->cargo.command->on_cache == NULL
                                            ? NULL
                                            : ask_for_bucket(batch, thread, shards, request);
        batch->requests[count++] = request;
    }
    cut_off(arrived, request);
    batch->count = count;
    batch->plain = false;
    batch->missed = 0;
    ask_for_entries(batch, shards, 0, count);
    look_farther(batch, shards);
}
