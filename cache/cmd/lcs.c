/* What two texts have in common: the longest row of bytes that comes in both in the same order. */
#include <stdlib.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/entry.h"
#include "cache/foreign.h"
#include "conf/settings.h"

struct options {
    bool only_length;
    bool ranges;
    bool lengths_of_ranges;
    int64_t range_min;
};

/* How long the longest is for each pair of beginnings of both texts: a row for each of a's. */
struct table {
    struct bytes a;
    struct bytes b;
    uint32_t *cells;
};

static uint32_t *cell(const struct table *table, size_t i, size_t j)
{
    return &table->cells[i * (table->b.len + 1) + j];
}

/* --- options --- */

static bool read_options(const struct args *args, struct options *options, struct reply *reply)
{
    uint32_t i;

    for (i = 3; i < args->count; i++)
        if (args_say(args, i, "len")) {
            options->only_length = true;
        } else if (args_say(args, i, "idx")) {
            options->ranges = true;
        } else if (args_say(args, i, "withmatchlen")) {
            options->lengths_of_ranges = true;
        } else if (args_say(args, i, "minmatchlen") && i + 1 < args->count) {
            if (!args_int(args, ++i, &options->range_min, reply))
                return false;
        } else {
            reply_error(reply, ERROR_SYNTAX);
            return false;
        }
    if (options->only_length && options->ranges)
        reply_error(reply, "ERR If you want both the length and indexes, please just use IDX.");
    return !(options->only_length && options->ranges);
}

/* --- the table --- */

static bool make_table(const struct cache *cache, struct table *table, struct reply *reply)
{
    const uint64_t limit = (uint64_t)cache_settings(cache)->proto_max_bulk_len;
    uint64_t size;

    if (__builtin_mul_overflow(table->a.len + 1, (table->b.len + 1) * sizeof(uint32_t), &size) ||
        size > limit) {
        reply_error(reply, "ERR Insufficient memory, transient memory for LCS exceeds "
                           "proto-max-bulk-len");
        return false;
    }
    table->cells = malloc(size);
    if (table->cells == NULL)
        reply_error(reply, "ERR Insufficient memory, failed allocating transient memory for LCS");
    return table->cells != NULL;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void fill_table(const struct table *table)
{
    size_t i, j;

    memset(table->cells, 0, (table->b.len + 1) * sizeof(uint32_t));
    for (i = 1; i <= table->a.len; i++) {
        *cell(table, i, 0) = 0;
        for (j = 1; j <= table->b.len; j++)
            *cell(table, i, j) = table->a.at[i - 1] == table->b.at[j - 1]
                                     ? *cell(table, i - 1, j - 1) + 1
                                     : larger(*cell(table, i - 1, j), *cell(table, i, j - 1));
    }
}

/* --- the way back through it, from both ends to the beginnings --- */

struct place {
    size_t i;
    size_t j;
};

/* One step; true when a byte was met that both have. */
static bool step_back(const struct table *table, struct place *place)
{
    if (table->a.at[place->i - 1] == table->b.at[place->j - 1]) {
        place->i--;
        place->j--;
        return true;
    }
    if (*cell(table, place->i - 1, place->j) > *cell(table, place->i, place->j - 1))
        place->i--;
    else
        place->j--;
    return false;
}

static void answer_text(const struct table *table, uint32_t len, struct reply *reply)
{
    struct place place = {table->a.len, table->b.len};
    char *text = malloc((size_t)len + 1);
    uint32_t left = len;

    if (text == NULL) {
        reply_error(reply, "ERR Insufficient memory, failed allocating transient memory for LCS");
        return;
    }
    while (left > 0)
        if (step_back(table, &place))
            text[--left] = table->a.at[place.i];
    reply_bulk(reply, bytes_new(text, len));
    free(text);
}

/* From the last byte to the first, in a text. */
static void answer_range(size_t first, size_t len, struct reply *reply)
{
    reply_array(reply, 2);
    reply_int(reply, (int64_t)first);
    reply_int(reply, (int64_t)(first + len - 1));
}

static void answer_match(const struct options *options, const struct place *place, size_t len,
                         struct reply *reply)
{
    reply_array(reply, options->lengths_of_ranges ? 3 : 2);
    answer_range(place->i, len, reply);
    answer_range(place->j, len, reply);
    if (options->lengths_of_ranges)
        reply_int(reply, (int64_t)len);
}

/* Bytes in a row in both, the last row first; returns how many were told. */
static size_t answer_matches(const struct table *table, const struct options *options,
                             struct reply *reply)
{
    struct place place = {table->a.len, table->b.len};
    size_t count = 0;

    while (place.i > 0 && place.j > 0) {
        struct place start = place;
        size_t len = 0;

        while (place.i > 0 && place.j > 0 && step_back(table, &place)) {
            start = place;
            len++;
        }
        if (len > 0 && (int64_t)len >= options->range_min) {
            answer_match(options, &start, len, reply);
            count++;
        }
    }
    return count;
}

static void answer_ranges(const struct table *table, const struct options *options, uint32_t len,
                          struct reply *reply)
{
    struct reply matches;
    size_t count;

    reply_init(&matches);
    count = answer_matches(table, options, &matches);
    reply_map(reply, 2);
    reply_text(reply, "matches");
    reply_array(reply, count);
    reply_raw(reply, matches.at, matches.len);
    reply_inherit(reply, &matches);
    reply_text(reply, "len");
    reply_int(reply, len);
    reply_fini(&matches);
}

static void answer(const struct table *table, const struct options *options, struct reply *reply)
{
    const uint32_t len = *cell(table, table->a.len, table->b.len);

    if (options->ranges)
        answer_ranges(table, options, len, reply);
    else if (options->only_length)
        reply_int(reply, len);
    else
        answer_text(table, len, reply);
}

static bool is_text(const struct source *source)
{
    return !source->exists || source->type == TYPE_TEXT;
}

static void cmd_lcs(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct source a = foreign_read(cache, args, 1);
    const struct source b = foreign_read(cache, args, 2);
    struct table table = {a.text, b.text, NULL};
    struct options options = {0};

    if (!is_text(&a) || !is_text(&b)) {
        reply_error(reply, "ERR The specified keys must contain string values");
        return;
    }
    if (!read_options(args, &options, reply) || !make_table(cache, &table, reply))
        return;
    fill_table(&table);
    answer(&table, &options, reply);
    free(table.cells);
}

/* clang-format off */
static const struct command rows[] = {
    /* name   arity  flags           keys           route     gather  */
    { "lcs",    -3,  READS | ATOMIC, KEYS(1, 2, 1), TO_FIRST, AS_IS,
      .on_cache = cmd_lcs, .key_flags = "RO access", .categories = CATEGORY_STRING,
      DOC("string", "7.0.0", "O(N*M) for N and M bytes", "Says what two texts have in common",
          "key1 key2 [LEN] [IDX] [MINMATCHLEN len#integer] [WITHMATCHLEN]") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family lcs_family = {rows};
