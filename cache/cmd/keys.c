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

/* UNLINK is the same: giving one value back costs no turn worth speaking of. */
static void cmd_del(struct cache *cache, struct args *args, struct reply *reply)
{
    int64_t deleted = 0;
    uint32_t i;

    for (i = 1; i < args->count; i++)
        deleted += keyspace_delete(cache, args_word(args, i), hash_of(cache, args, i));
    reply_int(reply, deleted);
}

/* TOUCH is the same: looking at a key is what touching it means. */
static void cmd_exists(struct cache *cache, struct args *args, struct reply *reply)
{
    int64_t found = 0;
    uint32_t i;

    for (i = 1; i < args->count; i++)
        found += keyspace_read(cache, args_word(args, i), hash_of(cache, args, i)) != NULL;
    reply_int(reply, found);
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
    { "del",     -2,  WRITES,        KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_del, .key_flags = "RM delete", .tips = ADDED_UP,
      GENERIC("1.0.0", PER_KEY, "Deletes keys and says how many there were", "key...") },
    { "unlink",  -2,  WRITES | FAST, KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_del, .key_flags = "RM delete", .tips = ADDED_UP,
      GENERIC("4.0.0", PER_KEY, "Deletes keys without holding up others", "key...") },
    { "exists",  -2,  READS | FAST,  KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_exists, .key_flags = "RO", .tips = ADDED_UP,
      GENERIC("1.0.0", PER_KEY, "Says how many of the named keys are there", "key...") },
    { "touch",   -2,  READS | FAST,  KEYS(1, -1, 1), MULTI_SHARD, ADD_UP,
      .on_cache = cmd_exists, .key_flags = "RO", .tips = ADDED_UP,
      GENERIC("3.2.1", PER_KEY, "Marks keys as just used and says how many there are", "key...") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family keys_family = {rows};
