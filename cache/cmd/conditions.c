/* Deleting what is still as it was believed to be. SET knows the same conditions. */
#include "cache/cache.h"
#include "cache/condition.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/text.h"

static void cmd_digest(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);
    char digits[CONDITION_DIGITS];

    if (!text_accept(entry, reply))
        return;
    if (entry == NULL) {
        reply_null(reply);
        return;
    }
    condition_digest(entry_text(entry), digits);
    reply_bulk(reply, bytes_new(digits, sizeof(digits)));
}

static void delete_if(struct cache *cache, struct args *args, const struct condition *condition,
                      struct reply *reply)
{
    const struct entry *entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    struct bytes text;

    if (entry == NULL) {
        reply_int(reply, 0);
        return;
    }
    if (condition->kind != CONDITION_NONE && !text_accept(entry, reply))
        return;
    text = text_of(entry);
    reply_int(reply, condition_holds(condition, &text) &&
                         keyspace_delete(cache, args_word(args, 1), args->hash));
}

static void cmd_delex(struct cache *cache, struct args *args, struct reply *reply)
{
    struct condition condition = {.kind = CONDITION_NONE};

    if (args->count > 2 && (args->count != 4 || !condition_is(args, 2))) {
        reply_error(reply, ERROR_SYNTAX);
        return;
    }
    if (args->count == 2 || condition_read(args, 2, &condition, reply))
        delete_if(cache, args, &condition, reply);
}

static void cmd_delifeq(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct condition condition = {.kind = CONDITION_TEXT, .text = args_word(args, 2)};

    delete_if(cache, args, &condition, reply);
}

/* clang-format off */

static const struct command rows[] = {
    /* name     arity  flags          keys           route      gather  */
    { "digest",    2,  READS | FAST,  KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_digest, .key_flags = "RO access",
      TEXT_DOC("8.4.0", "O(N) for N bytes", "Says the XXH3 of a text", "key") },
    { "delex",    -2,  WRITES | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_delex, .key_flags = "RW delete",
      TEXT_DOC("8.4.0", "O(1), with a digest O(N) for N bytes", "Deletes a key if its text is as given",
           "key [IFEQ value|IFNE value|IFDEQ digest|IFDNE digest]") },
    { "delifeq",   3,  WRITES | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_delifeq, .key_flags = "RW access delete",
      TEXT_DOC("9.0.0", "O(1)", "Deletes a key if its text is as given", "key value") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family conditions_family = {rows};
