/* About how many different elements there were. */
#include <stdio.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/foreign.h"
#include "cache/hll.h"
#include "cache/keyspace.h"
#include "cache/text.h"
#include "conf/settings.h"

#define ERROR_CORRUPT "INVALIDOBJ Corrupted HLL object detected"

static size_t sparse_max(const struct cache *cache)
{
    return (size_t)cache_settings(cache)->hll_sparse_max_bytes;
}

#define ERROR_NOT_ONE "WRONGTYPE Key is not a valid HyperLogLog string value."

/* A missing key is fine. */
static bool accept(const struct entry *entry, struct reply *reply)
{
    if (!text_accept(entry, reply))
        return false;
    if (entry == NULL || hll_is(entry_text(entry)))
        return true;
    reply_error(reply, ERROR_NOT_ONE);
    return false;
}

static bool load(struct hll *hll, const struct entry *entry, struct reply *reply)
{
    if (entry == NULL)
        hll_init(hll);
    else if (!hll_load(hll, entry_text(entry))) {
        reply_error(reply, ERROR_CORRUPT);
        return false;
    }
    return true;
}

/* --- PFADD --- */

/* True when something changed; one that turns out to be broken is left as it was. */
static bool add_all(const struct cache *cache, const struct args *args, struct hll *hll,
                    struct reply *reply)
{
    bool changed = false;
    uint32_t i;

    for (i = 2; i < args->count; i++) {
        const enum hll_result result = hll_add(hll, args_word(args, i), sparse_max(cache));

        if (result == HLL_CORRUPT) {
            reply_error(reply, ERROR_CORRUPT);
            return false;
        }
        changed |= result == HLL_CHANGED;
    }
    return changed;
}

static void cmd_pfadd(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    const bool is_new = entry == NULL;
    struct hll hll;
    bool changed;

    if (!accept(entry, reply))
        return;
    if (!is_new && args->count == 2) { /* nothing to add: what is in it is not looked at */
        reply_int(reply, 0);
        return;
    }
    if (!load(&hll, entry, reply))
        return;
    changed = add_all(cache, args, &hll, reply) || is_new;
    if (reply->failed)
        return;
    if (changed) {
        hll_forget_count(&hll);
        if (!text_store(cache, args, hll_text(&hll), reply))
            return;
    }
    reply_int(reply, changed);
}

/* --- PFCOUNT --- */

/* The count is kept in the text, so that the next one who asks has it at once. */
static void keep_count(struct cache *cache, struct args *args, uint64_t count, struct reply *reply)
{
    struct entry *entry = text_grow(cache, args, 0, reply);

    if (entry == NULL)
        return;
    hll_write_count(entry_value_at(entry), count);
    reply_int(reply, (int64_t)count);
}

/* Adds up the keys from word `first` on; says whether one of them was dense. */
static bool merge_all(struct cache *cache, const struct args *args, uint8_t *registers, bool *dense,
                      struct reply *reply)
{
    struct source source;
    uint32_t i;

    memset(registers, 0, HLL_REGISTERS);
    *dense = false;
    for (i = 1; i < args->count; i++) {
        if (!foreign_text(cache, args, i, &source, reply))
            return false;
        if (!source.exists)
            continue;
        if (!hll_is(source.text)) {
            reply_error(reply, ERROR_NOT_ONE);
            return false;
        }
        *dense |= hll_is_dense(source.text);
        if (!hll_merge(source.text, registers)) {
            reply_error(reply, ERROR_CORRUPT);
            return false;
        }
    }
    return true;
}

static void count_all(struct cache *cache, struct args *args, struct reply *reply)
{
    uint8_t registers[HLL_REGISTERS];
    bool dense;

    if (merge_all(cache, args, registers, &dense, reply))
        reply_int(reply, (int64_t)hll_count(registers));
}

static void count_one(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);
    uint8_t registers[HLL_REGISTERS];
    uint64_t count;

    if (!accept(entry, reply))
        return;
    if (entry == NULL)
        reply_int(reply, 0);
    else if (hll_known_count(entry_text(entry), &count))
        reply_int(reply, (int64_t)count);
    else if (!hll_registers(entry_text(entry), registers))
        reply_error(reply, ERROR_CORRUPT);
    else
        keep_count(cache, args, hll_count(registers), reply);
}

static void cmd_pfcount(struct cache *cache, struct args *args, struct reply *reply)
{
    if (args->count == 2)
        count_one(cache, args, reply);
    else
        count_all(cache, args, reply);
}

/* --- PFMERGE --- */

static bool raise_all(const struct cache *cache, struct hll *hll, const uint8_t *registers)
{
    unsigned i;

    for (i = 0; i < HLL_REGISTERS; i++)
        if (registers[i] != 0 && hll_raise(hll, i, registers[i], sparse_max(cache)) == HLL_CORRUPT)
            return false;
    return true;
}

/* The first key is one of those that are merged, too. */
static void cmd_pfmerge(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry;
    uint8_t registers[HLL_REGISTERS];
    struct hll hll;
    bool dense;

    if (!merge_all(cache, args, registers, &dense, reply))
        return;
    entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    if (!load(&hll, entry, reply))
        return;
    if ((dense && !hll_to_dense(&hll)) || !raise_all(cache, &hll, registers)) {
        reply_error(reply, ERROR_CORRUPT);
        return;
    }
    hll_forget_count(&hll);
    if (text_store(cache, args, hll_text(&hll), reply))
        reply_ok(reply);
}

/* --- for those who look inside --- */

static void answer_registers(struct cache *cache, struct args *args, struct hll *hll,
                             struct reply *reply)
{
    uint8_t registers[HLL_REGISTERS];
    unsigned i;

    if (!hll_registers(hll_text(hll), registers) || !hll_to_dense(hll)) {
        reply_error(reply, ERROR_CORRUPT);
        return;
    }
    if (!text_store(cache, args, hll_text(hll), reply))
        return;
    reply_array(reply, HLL_REGISTERS);
    for (i = 0; i < HLL_REGISTERS; i++)
        reply_int(reply, registers[i]);
}

static void answer_runs(const struct hll *hll, struct reply *reply)
{
    char text[HLL_REGISTERS * 8];
    struct hll_run run;
    size_t place = 0;
    size_t len = 0;

    if (hll_is_dense(hll_text(hll))) {
        reply_error(reply, "ERR HLL encoding is not sparse");
        return;
    }
    while (hll_next_run(hll_text(hll), &place, &run)) {
        const char *format = run.value > 0    ? "v:%u,%u "
                             : run.bytes == 2 ? "Z:%.0u%u "
                                              : "z:%.0u%u ";

        len += (size_t)snprintf(text + len, sizeof(text) - len, format, run.value, run.length);
    }
    reply_bulk(reply, bytes_new(text, len == 0 ? 0 : len - 1));
}

static void make_dense(struct cache *cache, struct args *args, struct hll *hll, struct reply *reply)
{
    const bool was_dense = hll_is_dense(hll_text(hll));

    if (!hll_to_dense(hll))
        reply_error(reply, ERROR_CORRUPT);
    else if (was_dense || text_store(cache, args, hll_text(hll), reply))
        reply_int(reply, !was_dense);
}

static void debug(struct cache *cache, struct args *key, struct args *args, struct hll *hll,
                  struct reply *reply)
{
    if (args_say(args, 1, "getreg"))
        answer_registers(cache, key, hll, reply);
    else if (args_say(args, 1, "decode"))
        answer_runs(hll, reply);
    else if (args_say(args, 1, "encoding"))
        reply_simple(reply, hll_is_dense(hll_text(hll)) ? "dense" : "sparse");
    else if (args_say(args, 1, "todense"))
        make_dense(cache, key, hll, reply);
    else
        reply_errorf(reply, "ERR Unknown PFDEBUG subcommand '%.*s'", (int)args_word(args, 1).len,
                     args_word(args, 1).at);
}

static void cmd_pfdebug(struct cache *cache, struct args *args, struct reply *reply)
{
    struct args key = *args; /* as if the key were the first word */
    const struct entry *entry = keyspace_read(cache, args_word(args, 2), args->hash);
    struct hll hll;

    key.words = args->words + 1;
    if (entry == NULL)
        reply_error(reply, "ERR The specified key does not exist");
    else if (accept(entry, reply) && load(&hll, entry, reply))
        debug(cache, &key, args, &hll, reply);
}

/* Do sparse and dense agree with each other, and with how many elements there are? */
static void cmd_pfselftest(struct cache *cache, struct args *args, struct reply *reply)
{
    uint8_t registers[2][HLL_REGISTERS];
    struct hll sparse, dense;
    uint32_t i;
    double count;

    (void)cache;
    (void)args;
    hll_init(&sparse);
    hll_init(&dense);
    hll_to_dense(&dense);
    for (i = 0; i < 1000; i++) {
        hll_add(&sparse, bytes_new((const char *)&i, sizeof(i)), HLL_ROOM);
        hll_add(&dense, bytes_new((const char *)&i, sizeof(i)), 0);
    }
    hll_registers(hll_text(&sparse), registers[0]);
    hll_registers(hll_text(&dense), registers[1]);
    count = (double)hll_count(registers[0]);
    if (memcmp(registers[0], registers[1], HLL_REGISTERS) != 0)
        reply_error(reply, "ERR TESTFAILED dense and sparse differ");
    else if (count < 950 || count > 1050)
        reply_errorf(reply, "ERR TESTFAILED 1000 elements were counted as %.0f", count);
    else
        reply_ok(reply);
}

/* clang-format off */
static const struct command rows[] = {
    /* name        arity  flags                     keys            route       gather  */
    { "pfadd",       -2,  WRITES | DENYOOM | FAST,  KEYS(1, 1, 1),  ONE_SHARD,  AS_IS,
      .on_cache = cmd_pfadd, .key_flags = "RW insert",
      DOC("hyperloglog", "2.8.9", "O(1) per element", "Adds elements to those that were seen",
          "key [element]...") },
    { "pfcount",     -2,  READS | ATOMIC,           KEYS(1, -1, 1), TO_FIRST,   AS_IS,
      .on_cache = cmd_pfcount, .key_flags = "RW access",
      .key_notes = "RW because it may change the internal representation of the key, and propagate "
                   "to replicas",
      DOC("hyperloglog", "2.8.9", "O(1) when nothing was added since", "Says how many elements were seen",
          "key...") },
    { "pfmerge",     -2,  WRITES | DENYOOM | ATOMIC, KEYS(1, -1, 1), TO_FIRST,  AS_IS,
      .on_cache = cmd_pfmerge, .key_flags = "RW access insert", .more_key_flags = "RO access",
      DOC("hyperloglog", "2.8.9", "O(N) for N keys", "Adds up what was seen under several keys",
          "destkey sourcekey...") },
    { "pfdebug",      3,  WRITES | DENYOOM | ADMIN, KEYS(2, 2, 1),  ONE_SHARD,  AS_IS,
      .on_cache = cmd_pfdebug, .key_flags = "RW access",
      .internals = true,
      DOC("hyperloglog", "2.8.9", "N/A", "Looks inside a HyperLogLog", "subcommand key") },
    { "pfselftest",   1,  ADMIN,                    NO_KEYS,        ALL_SHARDS, ALL_OK,
      .on_cache = cmd_pfselftest,
      .internals = true,
      DOC("hyperloglog", "2.8.9", "N/A", "Tries out whether counting works", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family hyperloglog_family = {rows};
