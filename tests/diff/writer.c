#include "tests/diff/writer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(pool) (sizeof(pool) / sizeof(*(pool)))
#define PICK(dice, pool) ((pool)[dice_below(dice, COUNT(pool))])

enum { REQUESTS_MAX = 500, MALFORMED_PERCENT = 10, UNKNOWN_PERCENT = 1, DATABASES_USED = 3 };

void writer_init(struct writer *writer, struct grammar *grammar, const struct samples *samples)
{
    *writer = (struct writer){.grammar = grammar, .samples = samples};
    for (size_t i = 0; i < grammar->count; i++)
        writer->weights += grammar->items[i].rule->weight;
}

void writer_fini(struct writer *writer)
{
    for (size_t i = 0; i < WRITER_KEYS; i++)
        text_fini(&writer->keys[i].name);
    text_fini(&writer->sentence.bytes);
}

/* --- words --- */

static void add_word(struct writer *writer, const char *word)
{
    sentence_add(&writer->sentence, word, strlen(word));
}

/* Names and options may be written in any case. */
static void add_in_some_case(struct writer *writer, const char *word, size_t len)
{
    const unsigned style = (unsigned)dice_below(&writer->dice, 10);

    sentence_begin(&writer->sentence);
    for (size_t i = 0; i < len; i++) {
        const bool upper = style < 7 || (style == 9 && chance(&writer->dice, 50));

        text_add_char(&writer->sentence.bytes,
                      (char)(upper ? toupper((unsigned char)word[i]) : word[i]));
    }
    sentence_end(&writer->sentence);
}

static void add_name(struct writer *writer, const char *name)
{
    const char *bar = strchr(name, '|');

    if (bar == NULL) {
        add_in_some_case(writer, name, strlen(name));
        return;
    }
    add_in_some_case(writer, name, (size_t)(bar - name));
    add_in_some_case(writer, bar + 1, strlen(bar + 1));
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_about_sketches(const struct production *it)
{
    return it->group != NULL && strcmp(it->group, "hyperloglog") == 0;
}

static bool is_about_bits(const struct production *it)
{
    return it->group != NULL && strcmp(it->group, "bitmap") == 0;
}

static bool is_about_numbers(const struct production *it)
{
    return strncmp(it->name, "incr", 4) == 0 || strncmp(it->name, "decr", 4) == 0;
}

static bool makes_copies(const struct production *it)
{
    static const char *const names[] = {"copy", "rename", "renamenx"};

    return is_one_of(it->name, names, COUNT(names));
}

static bool writes_parts(const struct production *it)
{
    static const char *const names[] = {"append", "setrange"};

    return is_about_bits(it) || is_one_of(it->name, names, COUNT(names));
}

/* A sketch of which a part was written is broken, and then we differ (DIFFERENCES, 10): what
 * writes parts stays away from the keys of sketches, and what makes sketches stays there. */
static bool suits(const struct writer *writer, enum key_use use)
{
    const struct production *it = writer->production;

    if (is_about_sketches(it))
        return use == USE_SKETCH;
    if (writes_parts(it))
        return use != USE_SKETCH;
    if (makes_copies(it) && writer->sentence.count > 1)
        return (use == USE_SKETCH) == (writer->use == USE_SKETCH);
    return true;
}

static bool prefers(const struct writer *writer, enum key_use use)
{
    if (is_about_bits(writer->production))
        return use == USE_BITS;
    return !is_about_numbers(writer->production) || use == USE_NUMBER;
}

static void add_key(struct writer *writer)
{
    size_t index = dice_below(&writer->dice, writer->keys_count);

    for (unsigned tries = 0; tries < 6 && !prefers(writer, writer->keys[index].use); tries++)
        index = dice_below(&writer->dice, writer->keys_count);
    while (!suits(writer, writer->keys[index].use))
        index = (index + 1) % writer->keys_count;
    writer->use = writer->keys[index].use;
    writer->keys_said++;
    sentence_add(&writer->sentence, writer->keys[index].name.data, writer->keys[index].name.len);
}

static void content(struct writer *writer, struct text *out)
{
    if (writer->use == USE_NUMBER && chance(&writer->dice, 85))
        value_number(&writer->dice, out);
    else if (writer->use == USE_SKETCH && chance(&writer->dice, 85))
        value_sketch(&writer->dice, writer->samples, out);
    else if (writer->long_values && chance(&writer->dice, 3))
        value_long(&writer->dice, out);
    else
        value_text(&writer->dice, out);
}

/* One of a few words, now and then something else. */
static void one_of(struct writer *writer, const char *const *words, size_t count, struct text *out)
{
    const char *word = words[dice_below(&writer->dice, count)];

    if (chance(&writer->dice, 95))
        text_add(out, word, strlen(word));
    else
        value_word(&writer->dice, out);
}

static void parameter(struct writer *writer, struct text *out)
{
    /* What both have, with the same default. */
    static const char *const names[] = {"maxmemory-policy",
                                        "timeout",
                                        "maxmemory",
                                        "hz",
                                        "maxmemory-samples",
                                        "lfu-log-factor",
                                        "lfu-decay-time",
                                        "appendonly",
                                        "save",
                                        "slowlog-max-len",
                                        "tcp-keepalive",
                                        "nosuch",
                                        "",
                                        "lazyfree-lazy-expire"};

    one_of(writer, names, COUNT(names), out);
}

/* Of PFDEBUG. */
static void subcommand(struct writer *writer, struct text *out)
{
    static const char *const words[] = {"getreg", "DECODE", "encoding", "ToDense", "simd"};

    one_of(writer, words, COUNT(words), out);
}

static void operation(struct writer *writer, struct text *out)
{
    static const char *const words[] = {"AND", "or", "XOR", "NOT", "not", "xor", "NAND"};

    one_of(writer, words, COUNT(words), out);
}

/* Returns false when the name tells nothing. */
static bool text_by_name(struct writer *writer, const char *name, struct text *out)
{
    if (strcmp(name, "value") == 0)
        content(writer, out);
    else if (strcmp(name, "serialized-value") == 0)
        value_dump(&writer->dice, writer->samples, out);
    else if (strcmp(name, "encoding") == 0)
        value_encoding(&writer->dice, out);
    else if (strcmp(name, "operation") == 0)
        operation(writer, out);
    else if (strcmp(name, "subcommand") == 0)
        subcommand(writer, out);
    else if (strcmp(name, "parameter") == 0)
        parameter(writer, out);
    else
        return false;
    return true;
}

static void offset(struct writer *writer, struct text *out)
{
    const bool fields = strncmp(writer->production->name, "bitfield", 8) == 0;

    if (chance(&writer->dice, 4))
        value_nasty_number(&writer->dice, out);
    else
        text_format(
            out, "%s%u", fields && chance(&writer->dice, 30) ? "#" : "",
            (unsigned)dice_below(&writer->dice,
                                 writer->long_values && chance(&writer->dice, 20) ? 4000 : 120));
}

static void database(struct writer *writer, struct text *out)
{
    if (chance(&writer->dice, 90))
        text_format(out, "%u", (unsigned)dice_below(&writer->dice, DATABASES_USED));
    else if (chance(&writer->dice, 50))
        text_format(out, "%u", (unsigned)dice_below(&writer->dice, 18));
    else
        value_nasty_number(&writer->dice, out);
}

static void time_to_live(struct writer *writer, struct text *out)
{
    if (chance(&writer->dice, 60))
        text_add_char(out, '0');
    else
        value_time_left(&writer->dice, 1, out);
}

static bool has(const char *name, const char *part)
{
    return strstr(name, part) != NULL;
}

static bool is_bit(const struct writer *writer, const char *name)
{
    return strcmp(name, "bit") == 0 ||
           (strcmp(writer->production->name, "setbit") == 0 && strcmp(name, "value") == 0);
}

static void integer(struct writer *writer, const char *name, struct text *out)
{
    struct dice *dice = &writer->dice;

    if (has(name, "milliseconds"))
        value_time_left(dice, 1, out);
    else if (has(name, "seconds"))
        value_time_left(dice, 1000, out);
    else if (strcmp(name, "ttl") == 0)
        time_to_live(writer, out);
    else if (strcmp(name, "offset") == 0)
        offset(writer, out);
    else if (has(name, "index") || has(name, "db"))
        database(writer, out);
    else if (is_bit(writer, name) && chance(dice, 95))
        text_format(out, "%u", (unsigned)dice_below(dice, 2));
    else if ((strcmp(name, "start") == 0 || strcmp(name, "end") == 0) && chance(dice, 92))
        text_format(out, "%d", (int)dice_below(dice, 60) - 30);
    else if (strcmp(name, "protover") == 0 && chance(dice, 90))
        text_format(out, "%u", 2 + (unsigned)dice_below(dice, 2));
    else if (strcmp(name, "count") == 0 && chance(dice, 80))
        text_format(out, "%u", 1 + (unsigned)dice_below(dice, 20));
    else if (chance(dice, 92))
        value_number(dice, out);
    else
        value_nasty_number(dice, out);
}

/* Whatever the documentation says. */
static bool is_number_by_name(const struct writer *writer, const char *name)
{
    static const char *const names[] = {"offset", "start", "end", "db", "ttl", "count"};

    return is_bit(writer, name) || has(name, "seconds") || has(name, "index") ||
           is_one_of(name, names, COUNT(names));
}

static void value_of(struct writer *writer, const struct argument *argument, struct text *out)
{
    switch (argument->kind) {
    case ARGUMENT_INTEGER:
        integer(writer, argument->name, out);
        break;
    case ARGUMENT_DOUBLE:
        value_double(&writer->dice, out);
        break;
    case ARGUMENT_PATTERN:
        value_pattern(&writer->dice, out);
        break;
    case ARGUMENT_UNIX_TIME:
        value_time(&writer->dice, has(argument->name, "milli") ? 1 : 1000, out);
        break;
    default:
        if (is_number_by_name(writer, argument->name))
            integer(writer, argument->name, out);
        else if (!text_by_name(writer, argument->name, out))
            value_text(&writer->dice, out);
    }
}

/* --- requests --- */

static void add_arguments(struct writer *writer, const struct argument *arguments, size_t count);

static void add_argument_once(struct writer *writer, const struct argument *argument)
{
    struct sentence *sentence = &writer->sentence;

    switch (argument->kind) {
    case ARGUMENT_TOKEN:
        break;
    case ARGUMENT_KEY:
        add_key(writer);
        break;
    case ARGUMENT_ONE_OF:
        if (argument->count > 0)
            add_arguments(writer, &argument->children[dice_below(&writer->dice, argument->count)],
                          1);
        break;
    case ARGUMENT_BLOCK:
        add_arguments(writer, argument->children, argument->count);
        break;
    default:
        if (strcmp(argument->name, "numkeys") == 0) {
            writer->numkeys_at = sentence->count;
            writer->keys_said = 0;
        }
        sentence_begin(sentence);
        value_of(writer, argument, &sentence->bytes);
        sentence_end(sentence);
    }
}

static void add_token(struct writer *writer, const struct argument *argument)
{
    if (argument->token != NULL)
        add_in_some_case(writer, argument->token, strlen(argument->token));
}

/* Without it most keys are in the way. */
static bool is_replace(const struct argument *argument)
{
    return argument->token != NULL && strcmp(argument->token, "REPLACE") == 0;
}

static void add_argument(struct writer *writer, const struct argument *argument)
{
    size_t times = 1;

    if (argument->optional && chance(&writer->dice, is_replace(argument) ? 30 : 60))
        return;
    while (argument->multiple && times < 5 && chance(&writer->dice, 55))
        times++;
    add_token(writer, argument);
    for (size_t i = 0; i < times; i++) {
        if (i > 0 && argument->multiple_token)
            add_token(writer, argument);
        add_argument_once(writer, argument);
    }
}

static void add_arguments(struct writer *writer, const struct argument *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_argument(writer, &arguments[i]);
}

static struct production *any_production(struct writer *writer)
{
    unsigned long roll = dice_below(&writer->dice, writer->weights);
    struct production *it = writer->grammar->items;

    for (; roll >= it->rule->weight; it++)
        roll -= it->rule->weight;
    return writer->long_values && strcmp(it->name, "lcs") == 0 ? any_production(writer) : it;
}

/* Mostly the truth. */
static void say_numkeys(struct writer *writer)
{
    struct sentence *sentence = &writer->sentence;

    if (sentence->count == SENTENCE_WORDS || chance(&writer->dice, 10))
        return;
    sentence_begin(sentence);
    text_format(&sentence->bytes, "%zu", writer->keys_said);
    sentence_end(sentence);
    sentence_replace_by_last(sentence, writer->numkeys_at);
}

static void add_production(struct writer *writer, struct production *it)
{
    writer->production = it;
    writer->use = USE_TEXT;
    writer->numkeys_at = 0;
    add_name(writer, it->name);
    add_arguments(writer, it->arguments, it->count);
    if (writer->numkeys_at > 0)
        say_numkeys(writer);
}

/* What is put back before the next scenario. */
static void add_settings(struct writer *writer, struct production *it)
{
    static const char *const good[][2] = {{"maxmemory-policy", "allkeys-lru"},
                                          {"maxmemory-policy", "VOLATILE-ttl"},
                                          {"maxmemory-samples", "10"},
                                          {"slowlog-max-len", "64"},
                                          {"timeout", "1000"},
                                          {"TimeOut", "2000"}};
    static const char *const bad[][2] = {{"maxmemory-policy", "nosuch"},
                                         {"maxmemory-samples", "0"},
                                         {"slowlog-max-len", "many"},
                                         {"timeout", "-1"},
                                         {"nosuch", "1"},
                                         {"maxmemory", "-"}};

    writer->production = it;
    add_name(writer, it->name);
    do {
        const char *const *setting =
            chance(&writer->dice, 80) ? PICK(&writer->dice, good) : PICK(&writer->dice, bad);

        add_word(writer, setting[0]);
        add_word(writer, setting[1]);
    } while (chance(&writer->dice, 30));
}

/* COMMAND GETKEYS: a command follows. */
static void add_quoted(struct writer *writer, struct production *it)
{
    writer->production = it;
    add_name(writer, it->name);
    add_production(writer, any_production(writer));
    writer->production = it;
    if (chance(&writer->dice, 10))
        writer->sentence.count = 3 + dice_below(&writer->dice, writer->sentence.count - 2);
}

static size_t any_argument(struct writer *writer)
{
    return 1 + dice_below(&writer->dice, writer->sentence.count - 1);
}

/* Short: how much of a word an error repeats differs (DIFFERENCES, 5). */
static void value_short(struct writer *writer, struct text *out)
{
    const size_t from = out->len;

    do {
        out->len = from;
        value_text(&writer->dice, out);
    } while (out->len - from > 300);
}

static void replace_argument(struct writer *writer)
{
    struct sentence *sentence = &writer->sentence;

    sentence_begin(sentence);
    if (chance(&writer->dice, 60))
        value_nasty_number(&writer->dice, &sentence->bytes);
    else
        value_short(writer, &sentence->bytes);
    sentence_end(sentence);
    sentence_replace_by_last(sentence, 1 + dice_below(&writer->dice, sentence->count - 2));
}

static void add_something(struct writer *writer)
{
    sentence_begin(&writer->sentence);
    value_short(writer, &writer->sentence.bytes);
    sentence_end(&writer->sentence);
}

/* Something behind is said again at the end. */
static void repeat_something(struct writer *writer)
{
    struct sentence *sentence = &writer->sentence;
    const size_t index = any_argument(writer), at = sentence->words[index].at;
    const size_t len = sentence->words[index].len;
    struct text copy = {0};

    text_add(&copy, sentence->bytes.data + at, len);
    sentence_add(sentence, copy.data, len);
    text_fini(&copy);
}

static bool has_long_words(const struct sentence *sentence)
{
    for (size_t i = 0; i < sentence->count; i++)
        if (sentence->words[i].len > 300)
            return true;
    return false;
}

static void spoil(struct writer *writer)
{
    struct sentence *sentence = &writer->sentence;

    if (has_long_words(sentence))
        return;
    if (sentence->count < 2 || sentence->count + 2 > SENTENCE_WORDS) {
        add_something(writer);
        return;
    }
    switch (dice_below(&writer->dice, 7)) {
    case 0:
        sentence->count = 1 + dice_below(&writer->dice, sentence->count - 1);
        break;
    case 1:
        sentence_drop(sentence, any_argument(writer));
        break;
    case 2:
        add_something(writer);
        break;
    case 3:
        repeat_something(writer);
        break;
    case 4:
        sentence_swap(sentence, any_argument(writer), any_argument(writer));
        break;
    default:
        replace_argument(writer);
    }
}

/* The number that a word is, or 0; `#` of BITFIELD counts as nothing. */
static long long number_in(const struct sentence *sentence, size_t index)
{
    const char *word = sentence_word(sentence, index);
    const size_t len = sentence->words[index].len;
    char digits[24] = {0}, *end;
    const bool hash = len > 0 && *word == '#';
    long long number;

    if (len == 0 || len >= sizeof(digits))
        return 0;
    memcpy(digits, word + hash, len - hash);
    number = strtoll(digits, &end, 10);
    return *end == '\0' ? number : 0;
}

static void replace_all_between(struct writer *writer, long long low, long long high)
{
    struct sentence *sentence = &writer->sentence;

    for (size_t i = 1; i < sentence->count; i++) {
        const long long number = number_in(sentence, i);

        if (number < low || number > high)
            continue;
        sentence->words[i].at = sentence->bytes.len;
        sentence->words[i].len = 1;
        text_add_char(&sentence->bytes, '0');
    }
}

/* Nothing may take hundreds of megabytes, or end while it is looked at; what overflows in Redis is
 * among the DIFFERENCES. */
static void make_bearable(struct writer *writer, bool spoilt)
{
    if (strncmp(writer->production->name, "restore", 7) == 0)
        replace_all_between(writer, 9000000000000000000, INT64_MAX);
    if (strcmp(writer->production->name, "bitfield") == 0)
        replace_all_between(writer, INT64_MIN, -4000000000000000000);
    if (writer->production->allocates)
        replace_all_between(writer, 100000, 5000000000);
    if (writer->production->expires && spoilt)
        replace_all_between(writer, 1, 10000000);
}

static bool can_be_inline(const struct sentence *sentence)
{
    return sentence->bytes.len < 2000 && sentence->count > 0 && sentence->words[0].len > 0;
}

/* When Redis notices that a key is over that was so from the beginning, chance decides: what counts
 * keys may count it. */
static bool counts_the_dead(const struct scenario *scenario, const struct production *it)
{
    return scenario->buries && strcmp(it->name, "dbsize") == 0;
}

static bool buries(const struct writer *writer)
{
    const struct sentence *sentence = &writer->sentence;

    for (size_t i = 2; i < sentence->count; i++) {
        const char *word = sentence_word(sentence, i);

        if (sentence->words[i].len == 4 &&
            (strncasecmp(word, "EXAT", 4) == 0 || strncasecmp(word, "PXAT", 4) == 0))
            return true;
    }
    return false;
}

/* What there is to be set differs. */
static bool asks_for_all_settings(const struct writer *writer)
{
    const struct sentence *sentence = &writer->sentence;

    if (strcmp(writer->production->name, "config|get") != 0)
        return false;
    for (size_t i = 2; i < sentence->count; i++)
        if (memchr(sentence_word(sentence, i), '*', sentence->words[i].len) != NULL ||
            memchr(sentence_word(sentence, i), '?', sentence->words[i].len) != NULL)
            return true;
    return false;
}

static void finish(struct writer *writer, struct scenario *scenario)
{
    struct production *it = writer->production;
    const bool roughly = asks_for_all_settings(writer) || counts_the_dead(scenario, it);
    const enum comparison comparison = roughly ? COMPARE_SHAPE : it->rule->comparison;
    const bool inlined = can_be_inline(&writer->sentence) && chance(&writer->dice, 2);

    scenario_begin(scenario);
    if (inlined) {
        sentence_line(&writer->sentence, &scenario->bytes);
        text_add(&scenario->bytes, "\r\n", 2);
    } else {
        sentence_request(&writer->sentence, &scenario->bytes);
    }
    scenario_end(scenario, it, comparison, inlined);
    scenario->buries |= buries(writer);
    scenario->configures |= strcmp(it->name, "config|set") == 0;
}

static void add_unknown_subcommand(struct writer *writer)
{
    const struct grammar *grammar = writer->grammar;
    size_t index = dice_below(&writer->dice, grammar->count);

    for (size_t tries = 0; tries < grammar->count && !grammar->items[index].container; tries++)
        index = (index + 1) % grammar->count;
    add_name(writer, grammar->items[index].name);
    add_word(writer, chance(&writer->dice, 90) ? "nosuch" : "");
}

static void add_unknown(struct writer *writer)
{
    static const char *const names[] = {"nosuch",   "GETT",          "get ",      "",
                                        "se",       "foo|bar",       "client|id", "\r\n",
                                        "\xff\xfe", "CONFIG NOSUCH", "get|x",     "config|get"};

    writer->production = &writer->grammar->unknown;
    writer->use = USE_TEXT;
    if (chance(&writer->dice, 80))
        add_word(writer, PICK(&writer->dice, names));
    else
        add_unknown_subcommand(writer);
    while (chance(&writer->dice, 60))
        add_something(writer);
}

static void add_usual(struct writer *writer, struct production *it)
{
    const bool spoilt = chance(&writer->dice, MALFORMED_PERCENT);

    add_production(writer, it);
    if (spoilt)
        spoil(writer);
    make_bearable(writer, spoilt);
}

static void add_command(struct writer *writer)
{
    struct production *it = any_production(writer);

    if (strncmp(it->name, "command|getkeys", 15) == 0)
        add_quoted(writer, it);
    else if (strcmp(it->name, "config|set") == 0)
        add_settings(writer, it);
    else
        add_usual(writer, it);
}

static void add_request(struct writer *writer, struct scenario *scenario)
{
    /* What was spoilt may have become what is left out. */
    do {
        sentence_clear(&writer->sentence);
        if (chance(&writer->dice, UNKNOWN_PERCENT))
            add_unknown(writer);
        else
            add_command(writer);
    } while (!grammar_allows(writer->grammar, scenario_rule(scenario, &writer->sentence)));
    finish(writer, scenario);
}

/* --- scenarios --- */

/* A key that is there already cannot be for something else, too. */
static bool is_new_key(const struct writer *writer, size_t index)
{
    const struct text *name = &writer->keys[index].name;

    for (size_t i = 0; i < index; i++)
        if (writer->keys[i].name.len == name->len &&
            (name->len == 0 || memcmp(writer->keys[i].name.data, name->data, name->len) == 0))
            return false;
    return true;
}

static void choose_key(struct writer *writer, size_t index)
{
    do {
        text_clear(&writer->keys[index].name);
        value_key_name(&writer->dice, &writer->keys[index].name);
    } while (!is_new_key(writer, index));
    writer->keys[index].use =
        (enum key_use)(index < USES ? index : dice_below(&writer->dice, USES));
}

static void choose_keys(struct writer *writer)
{
    writer->keys_count = USES + dice_below(&writer->dice, WRITER_KEYS - USES + 1);
    for (size_t i = 0; i < writer->keys_count; i++)
        choose_key(writer, i);
}

static bool say(struct writer *writer, struct scenario *scenario, const char *name,
                const char *argument)
{
    struct production *it = grammar_find(writer->grammar, name, strlen(name));

    if (it == NULL)
        return false;
    writer->production = it;
    sentence_clear(&writer->sentence);
    add_name(writer, name);
    if (argument != NULL)
        add_word(writer, argument);
    finish(writer, scenario);
    return true;
}

static void say_all_keys(struct writer *writer, struct scenario *scenario)
{
    struct production *it = grammar_find(writer->grammar, "mget", 4);

    if (it == NULL)
        return;
    writer->production = it;
    sentence_clear(&writer->sentence);
    add_word(writer, "MGET");
    for (size_t i = 0; i < writer->keys_count; i++)
        sentence_add(&writer->sentence, writer->keys[i].name.data, writer->keys[i].name.len);
    finish(writer, scenario);
}

/* What is there in the end. */
static void take_stock(struct writer *writer, struct scenario *scenario)
{
    for (unsigned i = 0; i < DATABASES_USED; i++) {
        char database[2] = {(char)('0' + i), '\0'};

        say(writer, scenario, "select", database);
        say(writer, scenario, "dbsize", NULL);
        say(writer, scenario, "keys", "*");
        say_all_keys(writer, scenario);
    }
}

/* After these the server says why, if at all, and closes the connection. */
static void add_end(struct writer *writer, struct scenario *scenario)
{
    static const char *const ends[] = {"QUIT\r\n",
                                       "*1\r\n$4\r\nQUIT\r\n",
                                       "*2\r\n$4\r\nquit\r\n$3\r\nnow\r\n",
                                       "*abc\r\n",
                                       "*2147483648\r\n",
                                       "*9223372036854775808\r\n",
                                       "*2\r\n:3\r\n",
                                       "*1\r\n$-1\r\n",
                                       "*1\r\n$536870913\r\n",
                                       "*1\r\n$x\r\n",
                                       "*1\r\n$+1\r\n",
                                       "*1\r\n$01\r\n",
                                       "*1\r\n+OK\r\n",
                                       "* 1\r\n",
                                       "GET \"unbalanced\r\n",
                                       "GET 'unbalanced\r\n",
                                       "GET \"a\"b\r\n"};
    const char *end = PICK(&writer->dice, ends);

    scenario_begin(scenario);
    text_add(&scenario->bytes, end, strlen(end));
    scenario_end(scenario, &writer->grammar->unknown, COMPARE_BYTES, true);
    scenario->ends = true;
}

static void choose_scan(struct writer *writer, struct scenario *scenario)
{
    scenario->scans = true;
    if (chance(&writer->dice, 60)) {
        sentence_add(&scenario->scan, "MATCH", 5);
        sentence_begin(&scenario->scan);
        value_pattern(&writer->dice, &scenario->scan.bytes);
        sentence_end(&scenario->scan);
    }
    if (chance(&writer->dice, 50)) {
        sentence_add(&scenario->scan, "COUNT", 5);
        sentence_begin(&scenario->scan);
        text_format(&scenario->scan.bytes, "%u", 1 + (unsigned)dice_below(&writer->dice, 50));
        sentence_end(&scenario->scan);
    }
    if (chance(&writer->dice, 30)) {
        sentence_add(&scenario->scan, "TYPE", 4);
        sentence_begin(&scenario->scan);
        text_format(&scenario->scan.bytes, chance(&writer->dice, 70) ? "string" : "hash");
        sentence_end(&scenario->scan);
    }
}

/* Mostly long ones: there is more to go wrong. */
static size_t choose_length(struct writer *writer)
{
    if (chance(&writer->dice, 20))
        return 1 + dice_below(&writer->dice, 10);
    return 1 + dice_below(&writer->dice, REQUESTS_MAX);
}

void writer_write(struct writer *writer, uint64_t seed, struct scenario *scenario)
{
    size_t length;

    /* A roll, or the rolls of one seed would be those of the next but for the first. */
    writer->dice = (struct dice){seed};
    writer->dice = (struct dice){dice_roll(&writer->dice)};
    scenario_clear(scenario);
    scenario->seed = seed;
    length = choose_length(writer);
    writer->long_values = chance(&writer->dice, 10);
    choose_keys(writer);
    if (writer->long_values && chance(&writer->dice, 30))
        value_long(&writer->dice, &writer->keys[0].name);
    if (chance(&writer->dice, 50))
        say(writer, scenario, "hello", "3");
    for (size_t i = 0; i < length; i++)
        add_request(writer, scenario);
    if (chance(&writer->dice, 40))
        take_stock(writer, scenario);
    if (chance(&writer->dice, 6) && dialect_is_whole(scenario->dialect))
        add_end(writer, scenario);
    else if (chance(&writer->dice, 8))
        choose_scan(writer, scenario);
    if (chance(&writer->dice, 40))
        scenario->cuts = dice_roll(&writer->dice) | 1;
}
