/* Counting within bounds, and with an end. */
#include <float.h>
#include <math.h>

#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/number.h"
#include "cache/text.h"
#include "cache/until.h"

/* A whole number, or one that need not be. */
union amount {
    int64_t whole;
    long double real;
};

struct options {
    bool real;
    bool only_new;
    bool only_existing;
    bool saturate;
    bool persist;
    bool only_without_expiry; /* ENX */
    uint32_t increment_word;
    uint32_t low_word; /* 0: no such bound */
    uint32_t high_word;
    const struct until *until;
    uint32_t until_word;
};

/* What is counted, and between what. */
struct sum {
    union amount before;
    union amount increment;
    union amount low;
    union amount high;
    union amount after;
    bool within; /* nothing was cut off */
};

/* --- options --- */

/* Options that have a number behind them: where that is. NULL: another one. */
static uint32_t *operand_of(const struct args *args, uint32_t index, struct options *options)
{
    const bool real = args_say(args, index, "byfloat");

    if (args_say(args, index, "lbound"))
        return &options->low_word;
    if (args_say(args, index, "ubound"))
        return &options->high_word;
    if (!real && !args_say(args, index, "byint"))
        return NULL;
    options->real = real;
    return &options->increment_word;
}

static bool read_flag(const struct args *args, uint32_t index, struct options *options)
{
    if (args_say(args, index, "saturate"))
        options->saturate = true;
    else if (args_say(args, index, "enx"))
        options->only_without_expiry = true;
    else if (args_say(args, index, "persist") && options->until == NULL)
        options->persist = true;
    else if (args_say(args, index, "nx") && !options->only_existing)
        options->only_new = true;
    else if (args_say(args, index, "xx") && !options->only_new)
        options->only_existing = true;
    else
        return false;
    return true;
}

static bool read_option(const struct args *args, uint32_t *index, struct options *options)
{
    const struct until *until = until_find(args_word(args, *index));
    uint32_t *operand;

    if (read_flag(args, *index, options))
        return true;
    operand = operand_of(args, *index, options);
    if (operand == NULL && (until == NULL || options->until != NULL || options->persist))
        return false;
    if (*index + 1 >= args->count || (operand != NULL && *operand != 0))
        return false;
    ++*index;
    if (operand != NULL) {
        *operand = *index;
    } else {
        options->until = until;
        options->until_word = *index;
    }
    return true;
}

static bool read_options(const struct args *args, struct options *options, struct reply *reply)
{
    uint32_t i;

    for (i = 2; i < args->count; i++)
        if (!read_option(args, &i, options)) {
            reply_error(reply, ERROR_SYNTAX);
            return false;
        }
    if (options->only_without_expiry && options->until == NULL) {
        reply_error(reply, options->persist ? ERROR_SYNTAX : "ERR ENX flag requires an expiration");
        return false;
    }
    return true;
}

/* --- numbers --- */

/* `index` 0: nothing was said, and the amount stays. "inf" is a bound, but no increment. */
static bool read_amount(const struct args *args, uint32_t index, bool real, const char *name,
                        union amount *amount, struct reply *reply)
{
    if (index == 0)
        return true;
    if (real ? number_parse_long(args_word(args, index), &amount->real)
             : number_parse(args_word(args, index), &amount->whole))
        return true;
    reply_errorf(reply,
                 real ? "ERR %s is not a valid float" : "ERR %s is not an integer or out of range",
                 name);
    return false;
}

static bool read_amounts(const struct args *args, const struct options *options, struct sum *sum,
                         struct reply *reply)
{
    const bool real = options->real;

    if (real)
        *sum = (struct sum){.low.real = -LDBL_MAX, .high.real = LDBL_MAX};
    else
        *sum = (struct sum){.increment.whole = 1, .low.whole = INT64_MIN, .high.whole = INT64_MAX};
    if (!read_amount(args, options->increment_word, real, "value", &sum->increment, reply) ||
        !read_amount(args, options->low_word, real, "LBOUND", &sum->low, reply) ||
        !read_amount(args, options->high_word, real, "UBOUND", &sum->high, reply))
        return false;
    if (real ? sum->low.real > sum->high.real : sum->low.whole > sum->high.whole) {
        reply_error(reply, "ERR LBOUND can't be greater than UBOUND");
        return false;
    }
    return true;
}

static bool read_before(const struct entry *entry, bool real, struct sum *sum, struct reply *reply)
{
    if (!text_accept(entry, reply))
        return false;
    if (entry == NULL)
        return true; /* zero */
    if (real ? number_parse_long(entry_text(entry), &sum->before.real)
             : number_parse(entry_text(entry), &sum->before.whole))
        return true;
    reply_error(reply, real ? ERROR_NOT_FLOAT : ERROR_NOT_INTEGER);
    return false;
}

static void add_whole(struct sum *sum)
{
    const __int128 exact = (__int128)sum->before.whole + sum->increment.whole;

    sum->within = exact >= sum->low.whole && exact <= sum->high.whole;
    if (sum->within)
        sum->after.whole = (int64_t)exact;
    else
        sum->after.whole = exact > sum->high.whole ? sum->high.whole : sum->low.whole;
}

static void add_real(struct sum *sum)
{
    const long double exact = sum->before.real + sum->increment.real;

    sum->within = exact >= sum->low.real && exact <= sum->high.real;
    sum->after.real = exact;
    if (!sum->within)
        sum->after.real = exact > sum->high.real ? sum->high.real : sum->low.real;
}

/* --- answering --- */

static void answer_real(long double value, struct reply *reply)
{
    char digits[NUMBER_LONG];
    const struct bytes text = bytes_new(digits, number_print_long(digits, value));

    if (reply->protocol < 3) {
        reply_bulk(reply, text);
        return;
    }
    reply_raw(reply, ",", 1);
    reply_raw(reply, text.at, text.len);
    reply_raw(reply, "\r\n", 2);
}

/* How far it got; false when that cannot be said. */
static bool answer(const struct options *options, const struct sum *sum, bool changed,
                   struct reply *reply)
{
    int64_t whole = 0;
    long double real = 0;

    if (changed && !options->real &&
        __builtin_sub_overflow(sum->after.whole, sum->before.whole, &whole)) {
        reply_error(reply, "ERR applied increment would overflow");
        return false;
    }
    if (changed && options->real)
        real = sum->after.real - sum->before.real;
    if (isinf(real) || isnan(real)) {
        reply_error(reply, "ERR applied increment would be Infinity");
        return false;
    }
    reply_array(reply, 2);
    if (options->real) {
        answer_real(changed ? sum->after.real : sum->before.real, reply);
        answer_real(real, reply);
    } else {
        reply_int(reply, changed ? sum->after.whole : sum->before.whole);
        reply_int(reply, whole);
    }
    return true;
}

static bool store(struct cache *cache, const struct args *args, const struct options *options,
                  const struct sum *sum, int64_t expiry)
{
    char digits[NUMBER_LONG];
    const size_t len = options->real ? number_print_long(digits, sum->after.real)
                                     : number_print(digits, sum->after.whole);

    return keyspace_set(cache, args_word(args, 1), args->hash, bytes_new(digits, len), expiry);
}

/* When the key is to expire; what it has may stay. */
static bool read_expiry(const struct cache *cache, const struct args *args,
                        const struct options *options, const struct entry *entry, int64_t *expiry,
                        struct reply *reply)
{
    const bool has_expiry = entry != NULL && entry_expiry(entry) != ENTRY_FOREVER;

    *expiry = options->persist ? ENTRY_FOREVER : KEEP_EXPIRY;
    if (options->until == NULL)
        return true;
    if (!until_read(cache, args, options->until_word, options->until, "increx", expiry, reply))
        return false;
    if (options->only_without_expiry && has_expiry)
        *expiry = KEEP_EXPIRY;
    return true;
}

static void change(struct cache *cache, const struct args *args, const struct options *options,
                   const struct sum *sum, int64_t expiry, struct reply *reply)
{
    const size_t before = reply->len;

    if (!answer(options, sum, true, reply))
        return;
    if (expiry != KEEP_EXPIRY && cache_is_over(cache, expiry)) {
        keyspace_delete(cache, args_word(args, 1), args->hash);
    } else if (!store(cache, args, options, sum, expiry)) {
        reply_cut(reply, before);
        reply_error(reply, ERROR_OOM);
    }
}

static void cmd_increx(struct cache *cache, struct args *args, struct reply *reply)
{
    struct options options = {0};
    const struct entry *entry;
    struct sum sum;
    int64_t expiry;

    if (!read_options(args, &options, reply) || !read_amounts(args, &options, &sum, reply))
        return;
    entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    if (!read_expiry(cache, args, &options, entry, &expiry, reply) ||
        !read_before(entry, options.real, &sum, reply))
        return;
    (options.real ? add_real : add_whole)(&sum);
    if ((entry == NULL ? options.only_existing : options.only_new) ||
        (!sum.within && !options.saturate))
        answer(&options, &sum, false, reply);
    else
        change(cache, args, &options, &sum, expiry, reply);
}

/* clang-format off */
static const struct command rows[] = {
    /* name     arity  flags                    keys           route      gather  */
    { "increx",   -2,  WRITES | DENYOOM | FAST, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_increx, .key_flags = "RW access update", .categories = CATEGORY_STRING,
      DOC("string", "8.8.0", "O(1)", "Counts within bounds, and says when that ends",
          "key [BYFLOAT float|BYINT number] [SATURATE] [LBOUND lowerbound] [UBOUND upperbound] "
          "[NX|XX] [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|"
          "PERSIST] [ENX]") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family increx_family = {rows};
