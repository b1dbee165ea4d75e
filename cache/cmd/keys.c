#include <stdlib.h>

#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/type/type.h"

static uint64_t hash_of(const struct cache *cache, const struct args *args, uint32_t index)
{
    return index == 1 ? args->hash : keyspace_hash(cache, args_word(args, index));
}

static void cmd_type(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    reply_simple(reply, entry == NULL ? "none" : type_name(entry));
}

/* --- many keys: a slice at a time --- */

#define SLICE_KEYS 64
#define AT_ONCE 16 /* keys whose cache misses overlap */

/* How far a long one has come. */
struct progress {
    uint32_t next; /* word */
    int64_t sum;
};

/* What is done with each key; its answers are added up. */
typedef bool each_key(struct cache *cache, struct bytes key, uint64_t hash);

static int64_t run_few(struct cache *cache, const struct args *args, each_key *each, uint32_t from,
                       uint32_t count)
{
    uint64_t hashes[AT_ONCE];
    int64_t sum = 0;
    uint32_t i;

    for (i = 0; i < count; i++)
        hashes[i] = hash_of(cache, args, from + i);
    if (count > 1)
        keyspace_foresee(cache, hashes, count);
    for (i = 0; i < count; i++)
        sum += each(cache, args_word(args, from + i), hashes[i]);
    return sum;
}

static int64_t run_words(struct cache *cache, const struct args *args, each_key *each,
                         uint32_t from, uint32_t to)
{
    int64_t sum = 0;

    for (; to - from > AT_ONCE; from += AT_ONCE)
        sum += run_few(cache, args, each, from, AT_ONCE);
    return sum + run_few(cache, args, each, from, to - from);
}

static void go_on(struct cache *cache, struct args *args, each_key *each, struct reply *reply)
{
    struct progress *progress = args->progress;
    const uint32_t from = progress->next;

    progress->next = args->count - from <= SLICE_KEYS ? args->count : from + SLICE_KEYS;
    progress->sum += run_words(cache, args, each, from, progress->next);
    if (progress->next < args->count)
        return;
    reply_int(reply, progress->sum);
    free(progress);
    args->progress = NULL;
}

static bool begin(struct args *args)
{
    struct progress *progress = malloc(sizeof(*progress));

    if (progress == NULL)
        return false;
    *progress = (struct progress){.next = 1};
    args->progress = progress;
    return true;
}

static void with_each(struct cache *cache, struct args *args, each_key *each, struct reply *reply)
{
    /* Without memory to note how far it is, a long one does not pause. */
    if (args->count <= SLICE_KEYS || (args->progress == NULL && !begin(args)))
        reply_int(reply, run_words(cache, args, each, 1, args->count));
    else
        go_on(cache, args, each, reply);
}

/* UNLINK is the same: giving one value back costs no turn worth speaking of. */
static void cmd_del(struct cache *cache, struct args *args, struct reply *reply)
{
    with_each(cache, args, keyspace_delete, reply);
}

static bool is_there(struct cache *cache, struct bytes key, uint64_t hash)
{
    return keyspace_read(cache, key, hash) != NULL;
}

/* TOUCH is the same: looking at a key is what touching it means. */
static void cmd_exists(struct cache *cache, struct args *args, struct reply *reply)
{
    with_each(cache, args, is_there, reply);
}

/* clang-format off */
#define GENERIC(since, complexity, summary, syntax) \
    .categories = CATEGORY_KEYSPACE, DOC("generic", since, complexity, summary, syntax)
#define PER_KEY "O(N) for N keys"
#define ADDED_UP "request_policy:multi_shard response_policy:agg_sum"

static const struct command rows[] = {
    /* name    arity  flags          keys            route        gather  */
    { "type",     2,  READS | FAST,  KEYS(1, 1, 1),  ONE_SHARD,   AS_IS,
      .on_cache = cmd_type, .key_flags = "RO",
      GENERIC("1.0.0", "O(1)", "Says what type of value a key holds", "key") },
    { "del",     -2,  WRITES | SLICED, KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_del, .key_flags = "RM delete", .tips = ADDED_UP,
      GENERIC("1.0.0", PER_KEY, "Deletes keys and says how many there were", "key...") },
    { "unlink",  -2,  WRITES | FAST | SLICED, KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_del, .key_flags = "RM delete", .tips = ADDED_UP,
      GENERIC("4.0.0", PER_KEY, "Deletes keys without holding up others", "key...") },
    { "exists",  -2,  READS | FAST | SLICED, KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_exists, .key_flags = "RO", .tips = ADDED_UP,
      GENERIC("1.0.0", PER_KEY, "Says how many of the named keys are there", "key...") },
    { "touch",   -2,  READS | FAST | SLICED, KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_exists, .key_flags = "RO", .tips = ADDED_UP,
      GENERIC("3.2.1", PER_KEY, "Marks keys as just used and says how many there are", "key...") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family keys_family = {rows};
