#include "conf/value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/machine.h"

/* Letters of EVENTS, in the order of their bits; A stands for the first ten. */
static const char event_letters[] = "g$lshzxetdnKEm";

static const char *const class_names[LIMIT_CLASSES] = {"normal", "slave", "pubsub"};

static bool refuse(struct why *why, const char *reason)
{
    why_set(why, "%s", reason);
    return false;
}

static bool lacks_memory(struct why *why)
{
    return refuse(why, "out of memory");
}

/* Reads digits of the given base up to the end of the text or the first other character. */
static bool read_digits(const char **text, uint64_t base, uint64_t *value)
{
    const char *begin = *text;
    uint64_t sum = 0;

    for (; **text >= '0' && (uint64_t)(**text - '0') < base; (*text)++)
        if (__builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(**text - '0'), &sum))
            return false;
    *value = sum;
    return *text != begin;
}

/* Decimal, in one way only: no plus, no blanks, no leading zeros. */
static bool read_integer(const char *text, int64_t *value)
{
    const bool negative = *text == '-';
    const char *at = text + negative;
    uint64_t size;

    if (at[0] == '0' && (negative || at[1] != '\0'))
        return false;
    if (!read_digits(&at, 10, &size) || *at != '\0' || size > (uint64_t)INT64_MAX + negative)
        return false;
    *value = (int64_t)(negative ? 0 - size : size);
    return true;
}

static bool read_unit(const char *unit, uint64_t *factor)
{
    static const struct {
        const char *name;
        uint64_t factor;
    } units[] = {
        {"", 1},        {"b", 1},        {"k", 1000},       {"kb", 1 << 10},
        {"m", 1000000}, {"mb", 1 << 20}, {"g", 1000000000}, {"gb", 1 << 30},
    };
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcasecmp(unit, units[i].name) == 0) {
            *factor = units[i].factor;
            return true;
        }
    return false;
}

static bool read_size(const char *text, int64_t *value)
{
    uint64_t number;
    uint64_t factor;

    if (!read_digits(&text, 10, &number) || !read_unit(text, &factor))
        return false;
    if (__builtin_mul_overflow(number, factor, &number) || number > INT64_MAX)
        return false;
    *value = (int64_t)number;
    return true;
}

static bool store(const struct option *option, int64_t value, int64_t *field, struct why *why)
{
    const bool octal = option->type == TYPE_OCTAL;

    if (value < option->low || value > option->high) {
        why_set(why,
                octal ? "argument must be between %" PRIo64 " and %" PRIo64 " inclusive"
                      : "argument must be between %" PRId64 " and %" PRId64 " inclusive",
                option->low, option->high);
        return false;
    }
    *field = value;
    return true;
}

static bool parse_integer(const struct option *option, const char *text, int64_t *field,
                          struct why *why)
{
    int64_t value;

    if (!read_integer(text, &value))
        return refuse(why, "argument couldn't be parsed into an integer");
    if (option->type == TYPE_CLAMPED && value < option->low)
        value = option->low;
    if (option->type == TYPE_CLAMPED && value > option->high)
        value = option->high;
    return store(option, value, field, why);
}

static bool parse_count(const struct option *option, const char *text, int64_t *field,
                        struct why *why)
{
    if (strcasecmp(text, "auto") != 0)
        return parse_integer(option, text, field, why);
    *field = SETTINGS_AUTO;
    return true;
}

static bool parse_size(const struct option *option, const char *text, int64_t *field,
                       struct why *why)
{
    int64_t value;

    if (!read_size(text, &value))
        return refuse(why, "argument must be a memory value");
    return store(option, value, field, why);
}

/* "75%"; false for anything else. */
static bool read_percent(const char *text, uint64_t *percent)
{
    if (text[0] == '0' && text[1] != '%')
        return false;
    return read_digits(&text, 10, percent) && strcmp(text, "%") == 0;
}

/* Of something that the reader of the option knows: kept as a negative number. */
static bool parse_share_of_other(const char *text, int64_t *field, struct why *why)
{
    uint64_t percent;

    if (!read_percent(text, &percent))
        return read_size(text, field) || refuse(why, "argument must be a memory or percent value");
    if (percent > 100)
        return refuse(why, "percentage argument must be less or equal to 100");
    *field = -(int64_t)percent;
    return true;
}

/* A size, or a share: of what this process may use, and then it is bytes from here on. */
static bool parse_share(const struct option *option, const char *text, int64_t *field,
                        struct why *why)
{
    uint64_t percent;

    if (option->low < 0)
        return parse_share_of_other(text, field, why);
    if (!read_percent(text, &percent) || percent > 100)
        return parse_size(option, text, field, why);
    *field = (int64_t)(machine_memory_limit() / 100 * percent);
    return true;
}

static bool parse_octal(const struct option *option, const char *text, int64_t *field,
                        struct why *why)
{
    uint64_t value;

    if (!read_digits(&text, 8, &value) || *text != '\0' || value > INT64_MAX)
        return refuse(why, "argument couldn't be parsed as an octal number");
    return store(option, (int64_t)value, field, why);
}

static bool parse_flag(const char *text, bool *field, struct why *why)
{
    const bool yes = strcasecmp(text, "yes") == 0;

    if (!yes && strcasecmp(text, "no") != 0)
        return refuse(why, "argument must be 'yes' or 'no'");
    *field = yes;
    return true;
}

/* Adds to a sentence; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) static void add(struct why *why, const char *format, ...)
{
    const size_t used = strlen(why->text);
    va_list list;

    va_start(list, format);
    vsnprintf(why->text + used, sizeof(why->text) - used, format, list);
    va_end(list);
}

static bool parse_word(const struct option *option, const char *text, int *field, struct why *why)
{
    const struct option_word *word;
    size_t i;

    for (i = 0; (word = option_word(option, i)) != NULL; i++)
        if (strcasecmp(text, word->text) == 0) {
            *field = word->value;
            return true;
        }
    why_set(why, "argument(s) must be one of the following: ");
    for (i = 0; (word = option_word(option, i)) != NULL; i++)
        add(why, "%s%s", i == 0 ? "" : ", ", word->text);
    return false;
}

static bool parse_events(const char *text, int64_t *field, struct why *why)
{
    int64_t bits = 0;

    for (; *text != '\0'; text++) {
        const char *letter = strchr(event_letters, *text);

        if (*text == 'A')
            bits |= EVENTS_ALL;
        else if (letter != NULL)
            bits |= INT64_C(1) << (letter - event_letters);
        else
            return refuse(why, "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    *field = bits;
    return true;
}

static bool parse_text(const char *text, char **field, struct why *why)
{
    char *copy = strdup(text);

    if (copy == NULL)
        return lacks_memory(why);
    free(*field);
    *field = copy;
    return true;
}

static void list_clear(struct settings_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        free(list->at[i]);
    free(list->at);
    *list = (struct settings_list){0, NULL};
}

/* An empty one; false: no memory, and it is empty. */
static bool list_fill(struct settings_list *list, size_t count, char *const *at)
{
    *list = (struct settings_list){0, calloc(count + 1, sizeof(*list->at))};
    while (list->at != NULL && list->count < count) {
        list->at[list->count] = strdup(at[list->count]);
        if (list->at[list->count] == NULL) {
            list_clear(list);
            return false;
        }
        list->count++;
    }
    return list->at != NULL;
}

/* One empty word is no words, so that a list can be emptied: bind "". */
static bool parse_list(const struct words *words, struct settings_list *field, struct why *why)
{
    const bool empty = words->count == 1 && words->len[0] == 0;
    struct settings_list list;

    if (!list_fill(&list, empty ? 0 : words->count, words->at))
        return lacks_memory(why);
    list_clear(field);
    *field = list;
    return true;
}

static int read_class(const char *name)
{
    int i;

    if (strcasecmp(name, "replica") == 0)
        return LIMIT_REPLICA;
    for (i = 0; i < LIMIT_CLASSES; i++)
        if (strcasecmp(name, class_names[i]) == 0)
            return i;
    return -1;
}

/* class hard soft seconds */
static bool parse_limit(char *const *words, struct settings_limits *limits, struct why *why)
{
    const int class = read_class(words[0]);
    struct settings_limit limit;

    if (class < 0)
        return refuse(why, "Invalid client class specified in buffer limit configuration.");
    if (!read_size(words[1], &limit.hard) || !read_size(words[2], &limit.soft) ||
        !read_integer(words[3], &limit.seconds) || limit.seconds < 0)
        return refuse(why,
                      "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    limits->of[class] = limit;
    return true;
}

static bool parse_limits(const struct words *words, struct settings_limits *field, struct why *why)
{
    const bool empty = words->count == 1 && words->len[0] == 0;
    struct settings_limits limits = *field;
    size_t i;

    if (!empty && words->count % 4 != 0)
        return refuse(why, "Wrong number of arguments in buffer limit configuration.");
    for (i = 0; i + 4 <= words->count; i += 4)
        if (!parse_limit(words->at + i, &limits, why))
            return false;
    *field = limits;
    return true;
}

/* What is written as one word, --bind "a b", is taken as several. */
static bool parse_several(const struct option *option, const struct words *words, void *field,
                          struct why *why)
{
    struct words parts = {0, NULL, NULL};
    bool parsed;

    if (words->count == 1 && words_split(&parts, words->at[0], words->len[0]) && parts.count > 0)
        words = &parts;
    else if (words->count == 1 && errno == ENOMEM)
        return lacks_memory(why);
    parsed =
        option->type == TYPE_LIST ? parse_list(words, field, why) : parse_limits(words, field, why);
    words_free(&parts);
    return parsed;
}

static bool parse_one(const struct option *option, const char *text, void *field, struct why *why)
{
    switch (option->type) {
    case TYPE_INT:
    case TYPE_CLAMPED:
        return parse_integer(option, text, field, why);
    case TYPE_COUNT:
        return parse_count(option, text, field, why);
    case TYPE_SIZE:
        return parse_size(option, text, field, why);
    case TYPE_SHARE:
        return parse_share(option, text, field, why);
    case TYPE_OCTAL:
        return parse_octal(option, text, field, why);
    case TYPE_BOOL:
        return parse_flag(text, field, why);
    case TYPE_ENUM:
        return parse_word(option, text, field, why);
    case TYPE_EVENTS:
        return parse_events(text, field, why);
    case TYPE_TEXT:
        return parse_text(text, field, why);
    case TYPE_LIST:
    case TYPE_LIMITS:
        break;
    }
    assert(!"several words");
    return false;
}

bool value_parse(const struct option *option, const struct words *words, void *field,
                 struct why *why)
{
    size_t i;

    for (i = 0; i < words->count; i++)
        if (strlen(words->at[i]) != words->len[i])
            return refuse(why, "argument must not contain a zero byte");
    if (option->type == TYPE_LIST || option->type == TYPE_LIMITS)
        return parse_several(option, words, field, why);
    if (words->count != 1)
        return refuse(why, "wrong number of arguments");
    return parse_one(option, words->at[0], field, why);
}

static void print_word(FILE *out, const struct option *option, int value)
{
    const struct option_word *word;
    size_t i;

    for (i = 0; (word = option_word(option, i)) != NULL; i++)
        if (word->value == value) {
            fputs(word->text, out);
            return;
        }
}

static void print_list(FILE *out, const struct settings_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        fprintf(out, "%s%s", i == 0 ? "" : " ", list->at[i]);
}

static void print_limits(FILE *out, const struct settings_limits *limits)
{
    int i;

    for (i = 0; i < LIMIT_CLASSES; i++)
        fprintf(out, "%s%s %" PRId64 " %" PRId64 " %" PRId64, i == 0 ? "" : " ", class_names[i],
                limits->of[i].hard, limits->of[i].soft, limits->of[i].seconds);
}

/* Redis leaves n out when it writes A. */
static void print_events(FILE *out, int64_t bits)
{
    const bool all = (bits & EVENTS_ALL) == EVENTS_ALL;
    size_t i;

    if (all)
        fputc('A', out);
    for (i = 0; event_letters[i] != '\0'; i++)
        if ((bits >> i & 1) != 0 && !(all && ((EVENTS_ALL | EVENTS_NEW) >> i & 1) != 0))
            fputc(event_letters[i], out);
}

static void print_number(FILE *out, const struct option *option, int64_t value)
{
    if (option->type == TYPE_COUNT && value == SETTINGS_AUTO)
        fputs("auto", out);
    else if (option->type == TYPE_SHARE && value < 0)
        fprintf(out, "%" PRId64 "%%", -value);
    else
        fprintf(out, option->type == TYPE_OCTAL ? "%" PRIo64 : "%" PRId64, value);
}

static void print(FILE *out, const struct option *option, const void *field)
{
    switch (option->type) {
    case TYPE_INT:
    case TYPE_CLAMPED:
    case TYPE_COUNT:
    case TYPE_SIZE:
    case TYPE_SHARE:
    case TYPE_OCTAL:
        print_number(out, option, *(const int64_t *)field);
        break;
    case TYPE_BOOL:
        fputs(*(const bool *)field ? "yes" : "no", out);
        break;
    case TYPE_ENUM:
        print_word(out, option, *(const int *)field);
        break;
    case TYPE_TEXT:
        fputs(*(char *const *)field, out);
        break;
    case TYPE_LIST:
        print_list(out, field);
        break;
    case TYPE_LIMITS:
        print_limits(out, field);
        break;
    case TYPE_EVENTS:
        print_events(out, *(const int64_t *)field);
        break;
    }
}

char *value_text(const struct option *option, const void *field)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL)
        return NULL;
    print(out, option, field);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static size_t value_size(const struct option *option)
{
    switch (option->type) {
    case TYPE_BOOL:
        return sizeof(bool);
    case TYPE_ENUM:
        return sizeof(int);
    case TYPE_LIMITS:
        return sizeof(struct settings_limits);
    default:
        return sizeof(int64_t);
    }
}

bool value_copy(const struct option *option, void *to, const void *from)
{
    if (option->type == TYPE_TEXT)
        return (*(char **)to = strdup(*(char *const *)from)) != NULL;
    if (option->type == TYPE_LIST)
        return list_fill(to, ((const struct settings_list *)from)->count,
                         ((const struct settings_list *)from)->at);
    memcpy(to, from, value_size(option));
    return true;
}

void value_clear(const struct option *option, void *field)
{
    if (option->type == TYPE_TEXT) {
        free(*(char **)field);
        *(char **)field = NULL;
    } else if (option->type == TYPE_LIST) {
        list_clear(field);
    }
}

bool value_append(struct settings_list *list, const struct words *words, struct why *why)
{
    char **at = realloc(list->at, (list->count + words->count + 1) * sizeof(*list->at));
    size_t i;

    if (at == NULL)
        return lacks_memory(why);
    list->at = at;
    for (i = 0; i < words->count; i++) {
        if ((at[list->count] = strdup(words->at[i])) == NULL)
            return lacks_memory(why);
        list->count++;
    }
    at[list->count] = NULL;
    return true;
}
