#include "cache/limit.h"

#include "cache/clock.h"
#include "cache/command.h"
#include "cache/compact.h"
#include "cache/evict.h"
#include "cache/inside.h"
#include "cache/keyspace.h"
#include "conf/settings.h"

#define PER_COMMAND 64 /* evictions: each frees as much as a small write takes, and more */
#define DIG_BUCKETS 64
#define MOVES_MOST 256  /* steps in a row */
#define MOVES_GRANTED 8 /* by a command, and by a key that is evicted */
#define FIRST_KEYS 4096 /* an empty cache needs about as much for its first key */
#define PAGES_AT_ONCE \
    (512u << 10) /* the first page of each kind, and some to spare, are not yet bad use */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t limit_charge(const struct cache *cache)
{
    const struct memory *memory = &cache->memory;
    const size_t free = memory->larges.kept + memory->pages.kept * PAGES_SIZE;
    const size_t held = memory_held(memory) - memory->loose - free + pages_reserve(&memory->pages);
    const size_t counted = held > PAGES_AT_ONCE ? (held - PAGES_AT_ONCE) / 13 * 12 : 0;
    const size_t used = memory->used;

    return counted > used ? least(counted, used + used / 4) : used;
}

void limit_set(struct cache *cache, size_t line)
{
    cache->limit.line = line;
    cache->limit.stuck = false;
    larges_suit(&cache->memory.larges, line, LARGES_KEPT);
    pages_suit(&cache->memory.pages, line);
}

static bool evicts(const struct cache *cache)
{
    return cache->settings != NULL && cache->settings->maxmemory_policy != POLICY_NOEVICTION;
}

static size_t charge_of_next(const struct cache *cache)
{
    return cache->memory.used == 0 ? FIRST_KEYS : limit_charge(cache);
}

static bool is_above(const struct cache *cache, size_t charge, size_t bytes)
{
    const size_t line = cache->limit.line;

    return charge > line || bytes > line - charge;
}

static void grant_moves(struct cache *cache)
{
    struct limit *limit = &cache->limit;

    limit->moves += MOVES_GRANTED;
    if (limit->moves > MOVES_MOST)
        limit->moves = MOVES_MOST;
}

/* Entries move together where it is pages that are too much, and not what is in them. Not forever: blocks
 * of odd sizes may move and move, and leave as many gaps as before. */
static bool move_together(struct cache *cache)
{
    if (cache->memory.used > cache->limit.line || cache->limit.moves == 0 || !compact_now(cache))
        return false;
    cache->limit.moves--;
    return true;
}

/* What was cleared goes first. */
static bool free_something(struct cache *cache)
{
    if (cache->graves != NULL) {
        cache_dig(cache, DIG_BUCKETS);
        return true;
    }
    if (move_together(cache))
        return true;
    grant_moves(cache);
    return evicts(cache) && evict_one(cache);
}

/* Eviction that is under way suffices for a small write: it frees more than that takes. */
static bool is_getting_there(const struct cache *cache, size_t before, size_t bytes)
{
    return bytes < LIMIT_LARGE && (cache->graves != NULL || limit_charge(cache) < before);
}

static uint64_t begin(const struct cache *cache)
{
    return __builtin_expect(cache->limit.timed, 0) ? clock_mono_ns() : 0;
}

static void end(struct cache *cache, uint64_t start)
{
    struct limit *limit = &cache->limit;

    if (start != 0 && clock_mono_ns() - start > limit->longest_ns)
        limit->longest_ns = clock_mono_ns() - start;
}

static bool make_room(struct cache *cache, size_t bytes)
{
    const size_t before = limit_charge(cache);
    unsigned evicted;

    for (evicted = 0; is_above(cache, charge_of_next(cache), bytes); evicted++) {
        if (evicted == 0)
            grant_moves(cache);
        else if (evicted >= PER_COMMAND && is_getting_there(cache, before, bytes))
            return true;
        if (!free_something(cache)) {
            cache->limit.stuck = true;
            return false;
        }
    }
    cache->limit.stuck = false;
    return true;
}

bool limit_admit(struct cache *cache, size_t bytes)
{
    const uint64_t start = begin(cache);
    const bool admitted = make_room(cache, bytes);

    end(cache, start);
    return admitted;
}

bool limit_forbids(struct cache *cache, size_t bytes)
{
    if (bytes < LIMIT_LARGE || cache->limit.line == LIMIT_NONE ||
        !is_above(cache, limit_charge(cache), bytes))
        return false;
    cache->limit.missing = bytes;
    return true;
}

bool limit_is_exceeded(const struct cache *cache)
{
    return cache->limit.line != LIMIT_NONE && !cache->limit.stuck && evicts(cache) &&
           is_above(cache, limit_charge(cache), 0);
}

void limit_settle(struct cache *cache, unsigned most)
{
    const uint64_t start = begin(cache);

    for (; most > 0 && limit_is_exceeded(cache); most--)
        cache->limit.stuck = !free_something(cache);
    end(cache, start);
}

/* A handler that was refused memory has changed nothing: it may be called again. */
static void run_again(struct cache *cache, const struct command *command, struct args *args,
                      struct reply *reply, size_t before)
{
    const size_t missing = cache->limit.missing;

    if (!evicts(cache) || missing > cache->limit.line || !limit_admit(cache, missing))
        return;
    cache->limit.missing = 0;
    reply_cut(reply, before);
    reply->failed = false;
    command->on_cache(cache, args, reply);
}

void limit_run(struct cache *cache, const struct command *command, struct args *args,
               struct reply *reply)
{
    const bool writes = command->flags & DENYOOM;
    const size_t before = reply->len;

    /* What runs on several shards was admitted, or not, by who sees all of these. */
    if (writes && !(command->flags & ATOMIC) && !limit_admit(cache, 0)) {
        reply_error(reply, ERROR_OOM);
        return;
    }
    cache->limit.missing = 0;
    command->on_cache(cache, args, reply);
    if (__builtin_expect(reply->failed && cache->limit.missing > 0, 0))
        run_again(cache, command, args, reply, before);
    if (writes)
        limit_settle(cache, PER_COMMAND);
}
