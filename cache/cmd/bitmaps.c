/* A text as a row of bits: the first is the highest of the first byte. */
#include <stdlib.h>

#include "cache/bits.h"
#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/foreign.h"
#include "cache/keyspace.h"
#include "cache/text.h"

/* --- one bit --- */

#define ERROR_BIT "ERR bit is not an integer or out of range"

static void cmd_setbit(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *old;
    struct entry *entry;
    uint64_t offset;
    int64_t bit;
    bool before;

    if (!bits_offset(cache, args, 2, 0, &offset, reply))
        return;
    if (!number_parse(args_word(args, 3), &bit) || bit < 0 || bit > 1) {
        reply_error(reply, ERROR_BIT);
        return;
    }
    old = keyspace_peek(cache, args_word(args, 1), args->hash);
    if (!text_accept(old, reply))
        return;
    entry = text_grow(cache, args, (size_t)(offset / 8) + 1, reply);
    if (entry == NULL)
        return;
    before = bits_get(entry_text(entry), offset);
    bits_set(entry_value_at(entry), offset, bit == 1);
    reply_int(reply, before);
}

static void cmd_getbit(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry;
    uint64_t offset;

    if (!bits_offset(cache, args, 2, 0, &offset, reply))
        return;
    entry = keyspace_read(cache, args_word(args, 1), args->hash);
    if (text_accept(entry, reply))
        reply_int(reply, bits_get(text_of(entry), offset));
}

/* --- ranges of them --- */

/* BYTE or BIT at `index`, or nothing there. */
static bool read_unit(const struct args *args, uint32_t index, int64_t *unit, struct reply *reply)
{
    *unit = 8;
    if (index >= args->count || args_say(args, index, "byte"))
        return true;
    *unit = 1;
    if (args_say(args, index, "bit"))
        return true;
    reply_error(reply, ERROR_SYNTAX);
    return false;
}

/* From a range in units to one in bits; false: empty. */
static bool range_of_bits(struct range *range, struct bytes text, int64_t unit)
{
    if (!text_range(range, (int64_t)text.len * (8 / unit)))
        return false;
    range->start *= unit;
    range->end = range->end * unit + unit - 1;
    return true;
}

static void count_all(struct bytes text, struct reply *reply)
{
    reply_int(reply, (int64_t)bits_count(text, 0, (uint64_t)text.len * 8));
}

static void count_range(struct bytes text, const struct args *args, struct reply *reply)
{
    struct range range;
    int64_t unit;

    if (args->count == 3 || args->count > 5) {
        reply_error(reply, ERROR_SYNTAX);
        return;
    }
    if (!args_int(args, 2, &range.start, reply) || !args_int(args, 3, &range.end, reply))
        return;
    if (text_range_is_backward(&range)) {
        reply_int(reply, 0); /* Redis does not look at the unit any more */
        return;
    }
    if (!read_unit(args, 4, &unit, reply))
        return;
    if (!range_of_bits(&range, text, unit))
        reply_int(reply, 0);
    else
        reply_int(reply, (int64_t)bits_count(text, (uint64_t)range.start, (uint64_t)range.end + 1));
}

/* A missing key is answered before the options are read, because Redis does so. */
static void cmd_bitcount(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    if (entry == NULL)
        reply_int(reply, 0);
    else if (!text_accept(entry, reply))
        return;
    else if (args->count == 2)
        count_all(entry_text(entry), reply);
    else
        count_range(entry_text(entry), args, reply);
}

struct search {
    bool bit;
    bool has_end;
    int64_t unit;
    struct range range;
};

static bool read_search(const struct args *args, struct search *search, struct reply *reply)
{
    search->range = (struct range){0, -1};
    search->has_end = args->count > 4;
    search->unit = 8;
    if (args->count > 6) {
        reply_error(reply, ERROR_SYNTAX);
        return false;
    }
    if (args->count > 3 && !args_int(args, 3, &search->range.start, reply))
        return false;
    if (!read_unit(args, 5, &search->unit, reply))
        return false;
    return args->count <= 4 || args_int(args, 4, &search->range.end, reply);
}

/* Behind a text without a given end all is clear. */
static int64_t find(struct bytes text, struct search *search)
{
    uint64_t found, end;

    if (!range_of_bits(&search->range, text, search->unit))
        return -1;
    end = (uint64_t)search->range.end + 1;
    found = bits_find(text, (uint64_t)search->range.start, end, search->bit);
    if (found < end)
        return (int64_t)found;
    return search->bit || search->has_end ? -1 : (int64_t)end;
}

static void cmd_bitpos(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct entry *entry;
    struct search search;
    int64_t bit;

    if (!args_int(args, 2, &bit, reply))
        return;
    if (bit != 0 && bit != 1) {
        reply_error(reply, "ERR The bit argument must be 1 or 0.");
        return;
    }
    entry = keyspace_read(cache, args_word(args, 1), args->hash);
    search.bit = bit == 1;
    if (entry == NULL)
        reply_int(reply, search.bit ? -1 : 0);
    else if (text_accept(entry, reply) && read_search(args, &search, reply))
        reply_int(reply, find(entry_text(entry), &search));
}

/* --- BITOP --- */

enum operation { OPERATION_AND, OPERATION_OR, OPERATION_XOR, OPERATION_NOT };

static bool read_operation(const struct args *args, enum operation *operation, struct reply *reply)
{
    static const char *const names[] = {"and", "or", "xor", "not"};
    unsigned i;

    for (i = OPERATION_AND; i <= OPERATION_NOT; i++)
        if (args_say(args, 1, names[i])) {
            *operation = (enum operation)i;
            return true;
        }
    reply_error(reply, ERROR_SYNTAX);
    return false;
}

static bool check_bitop(struct args *args, struct reply *reply)
{
    enum operation operation;

    if (!read_operation(args, &operation, reply))
        return true;
    if (operation == OPERATION_NOT && args->count != 4) {
        reply_error(reply, "ERR BITOP NOT must be called with a single source key.");
        return true;
    }
    return false;
}

#define SOURCE 3 /* word of the first one */

/* How long the longest of them is; false when one is no text. */
static bool measure(struct cache *cache, const struct args *args, size_t *longest,
                    struct reply *reply)
{
    struct source source;
    uint32_t i;

    *longest = 0;
    for (i = SOURCE; i < args->count; i++) {
        if (!foreign_text(cache, args, i, &source, reply))
            return false;
        if (source.text.len > *longest)
            *longest = source.text.len;
    }
    return true;
}

/* Behind its end a text is zero bytes. */
static void combine(char *into, size_t len, struct bytes text, enum operation operation)
{
    size_t i;

    if (operation == OPERATION_AND) {
        for (i = 0; i < text.len; i++)
            into[i] &= text.at[i];
        memset(into + text.len, 0, len - text.len);
    } else if (operation == OPERATION_OR) {
        for (i = 0; i < text.len; i++)
            into[i] |= text.at[i];
    } else {
        for (i = 0; i < text.len; i++)
            into[i] ^= text.at[i];
    }
}

static void combine_all(struct cache *cache, const struct args *args, enum operation operation,
                        char *into, size_t len)
{
    uint32_t i;

    memset(into, operation == OPERATION_NOT ? 0xff : 0, len);
    for (i = SOURCE; i < args->count; i++)
        combine(into, len, foreign_peek(cache, args, i).text,
                i == SOURCE && operation == OPERATION_AND ? OPERATION_OR : operation);
}

static void store_or_delete(struct cache *cache, const struct args *args, struct bytes result,
                            struct reply *reply)
{
    const struct bytes key = args_word(args, 2);

    if (result.len == 0)
        keyspace_delete(cache, key, args->hash);
    else if (!keyspace_set(cache, key, args->hash, result, ENTRY_FOREVER)) {
        reply_error(reply, ERROR_OOM);
        return;
    }
    reply_int(reply, (int64_t)result.len);
}

static void cmd_bitop(struct cache *cache, struct args *args, struct reply *reply)
{
    enum operation operation;
    char *result;
    size_t len;

    if (!read_operation(args, &operation, reply) || !measure(cache, args, &len, reply))
        return;
    result = malloc(len + 1);
    if (result == NULL) {
        reply_error(reply, ERROR_OOM);
        return;
    }
    combine_all(cache, args, operation, result, len);
    store_or_delete(cache, args, bytes_new(result, len), reply);
    free(result);
}

/* clang-format off */
static const struct command rows[] = {
    /* name      arity  flags             keys           route      gather  */
    { "setbit",     4,  WRITES | DENYOOM, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_setbit, .key_flags = "RW access update",
      DOC("bitmap", "2.2.0", "O(1)", "Sets or clears a bit and says what it was",
          "key offset value#integer") },
    { "getbit",     3,  READS | FAST,     KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_getbit, .key_flags = "RO access",
      DOC("bitmap", "2.2.0", "O(1)", "Reads a bit", "key offset") },
    { "bitcount",  -2,  READS,            KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_bitcount, .key_flags = "RO access",
      DOC("bitmap", "2.6.0", "O(N) for N bytes", "Counts the bits that are set",
          "key index=[start end index_unit=[BYTE|BIT]@7.0.0]") },
    { "bitpos",    -3,  READS,            KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_bitpos, .key_flags = "RO access",
      DOC("bitmap", "2.8.7", "O(N) for N bytes", "Finds the first bit that is set, or clear",
          "key bit index=[start end_index=[end index_unit=[BYTE|BIT]@7.0.0]]") },
    { "bitop",     -4,  WRITES | DENYOOM | ATOMIC, KEYS(2, -1, 1), TO_FIRST, AS_IS,
      .on_cache = cmd_bitop, .check = check_bitop, .key_flags = "OW update",
      .more_key_flags = "RO access",
      DOC("bitmap", "2.6.0", "O(N) for N bytes", "Combines texts bit by bit",
          "operation destkey key...") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family bitmaps_family = {rows};
