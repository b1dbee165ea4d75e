#include "tests/diff/values.h"

#include <string.h>

#include "tests/talk/frame.h"
#include "tests/talk/wire.h"

#define COUNT(pool) (sizeof(pool) / sizeof(*(pool)))
#define PICK(dice, pool) ((pool)[dice_below(dice, COUNT(pool))])

static void add(struct text *out, const char *word)
{
    text_add(out, word, strlen(word));
}

static void random_bytes(struct dice *dice, size_t len, struct text *out)
{
    for (; len > 0; len--)
        text_add_char(out, (char)dice_below(dice, 256));
}

static void run(struct dice *dice, size_t len, struct text *out)
{
    const char letter = (char)('a' + dice_below(dice, 4));

    for (; len > 0; len--)
        text_add_char(out, letter);
}

void value_word(struct dice *dice, struct text *out)
{
    static const char *const words[] = {
        "a",          "b",        "hello", "world", "foo",  "bar",   "foobar", "hello world",
        "x",          "ohmytext", "list",  "get",   "set",  "nx",    "xx",     "and",
        "or",         "on",       "off",   "yes",   "no",   "0",     "1",      "2",
        "3",          "-1",       "10",    "*",     "GET",  "ASYNC", "SYNC",   "ch",
        "withscores", "LIMIT",    "COUNT", "MATCH", "TYPE", "string"};

    add(out, PICK(dice, words));
}

static void strange_text(struct dice *dice, struct text *out)
{
    static const struct {
        const char *bytes;
        size_t len;
    } texts[] = {{"", 0},
                 {"\r\n", 2},
                 {"a\r\nb", 4},
                 {"\0", 1},
                 {"a\0b\0", 4},
                 {"+OK\r\n", 5},
                 {"$-1\r\n", 5},
                 {"*3\r\n$3\r\nSET\r\n", 13},
                 {"\xff\xfe\x80", 3},
                 {"gr\xc3\xbc\xc3\x9f dich", 11},
                 {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 9},
                 {"\xf0\x9f\x98\x80", 4},
                 {"'\"\\ {}", 6},
                 {" leading", 8},
                 {"trailing ", 9},
                 {"\t", 1},
                 {"%s%n%d", 6},
                 {"[", 1},
                 {"\\", 1}};
    const size_t index = dice_below(dice, COUNT(texts));

    text_add(out, texts[index].bytes, texts[index].len);
}

void value_text(struct dice *dice, struct text *out)
{
    const unsigned roll = (unsigned)dice_below(dice, 1000);

    if (roll < 400)
        value_word(dice, out);
    else if (roll < 550)
        strange_text(dice, out);
    else if (roll < 700)
        value_number(dice, out);
    else if (roll < 780)
        value_nasty_number(dice, out);
    else if (roll < 880)
        random_bytes(dice, dice_below(dice, 50), out);
    else if (roll < 960)
        run(dice, dice_below(dice, 100), out);
    else
        random_bytes(dice, dice_below(dice, 600), out);
}

void value_long(struct dice *dice, struct text *out)
{
    run(dice, 65530 + dice_below(dice, 12), out);
}

void value_number(struct dice *dice, struct text *out)
{
    const unsigned roll = (unsigned)dice_below(dice, 100);

    if (roll < 50)
        text_format(out, "%d", (int)dice_below(dice, 10));
    else if (roll < 75)
        text_format(out, "%d", (int)dice_below(dice, 400) - 200);
    else if (roll < 90)
        text_format(out, "%lld", (long long)(int32_t)dice_roll(dice));
    else
        text_format(out, "%lld", (long long)dice_roll(dice));
}

void value_nasty_number(struct dice *dice, struct text *out)
{
    static const char *const numbers[] = {"9223372036854775807",
                                          "9223372036854775808",
                                          "-9223372036854775808",
                                          "-9223372036854775809",
                                          "9223372036854775806",
                                          "-9223372036854775807",
                                          "18446744073709551615",
                                          "18446744073709551616",
                                          "99999999999999999999999999",
                                          "4294967295",
                                          "4294967296",
                                          "2147483647",
                                          "2147483648",
                                          "-2147483648",
                                          "-2147483649",
                                          "4611686018427387904",
                                          "9223372036854775",
                                          "-9223372036854775",
                                          "9223372036854776",
                                          "0",
                                          "-0",
                                          "+0",
                                          "+1",
                                          "01",
                                          "007",
                                          "-01",
                                          " 1",
                                          "1 ",
                                          "1\n",
                                          "--1",
                                          "-",
                                          "+",
                                          "",
                                          "1.0",
                                          "1.",
                                          ".5",
                                          "0.1",
                                          "1e3",
                                          "1e400",
                                          "-1e400",
                                          "1e-400",
                                          "0x10",
                                          "0b1",
                                          "nan",
                                          "-nan",
                                          "inf",
                                          "-inf",
                                          "+inf",
                                          "Infinity",
                                          "1,000",
                                          "1_0",
                                          "one",
                                          "#1",
                                          "(1",
                                          "[1",
                                          "-1",
                                          "256",
                                          "255",
                                          "65536",
                                          "1a",
                                          "a1",
                                          "0.0",
                                          "-0.0",
                                          "3.0e3",
                                          "1E2",
                                          "17179869184",
                                          "9007199254740993"};

    if (chance(dice, 3))
        text_add(out, "1\0", 2);
    else
        add(out, PICK(dice, numbers));
}

void value_double(struct dice *dice, struct text *out)
{
    static const char *const doubles[] = {"1.5",        "0.1",
                                          "-0.1",       "3.14159",
                                          "1e10",       "-1e-5",
                                          "5.0e3",      "1e17",
                                          "1e18",       "123456789.123",
                                          "0.00000001", "99999999999999.9",
                                          "-5",         "10",
                                          "1.7e308",    "4e-320",
                                          "0.3",        "2.50",
                                          "100",        "0.1000000000000000055511151231257827",
                                          "1e-17",      "12345678901234567",
                                          "1e21",       "-3.0"};

    if (chance(dice, 60))
        add(out, PICK(dice, doubles));
    else if (chance(dice, 60))
        text_format(out, "%.*f", (int)dice_below(dice, 8),
                    (dice_fraction(dice) - 0.5) * (double)(1 + dice_below(dice, 100000)));
    else if (chance(dice, 50))
        value_number(dice, out);
    else
        value_nasty_number(dice, out);
}

void value_key_name(struct dice *dice, struct text *out)
{
    static const char *const names[] = {
        "key", "user:1000",     "{tag}", "{tag}:a", "a{tag}b", "{}x", "{",
        "}{",  "foo{{bar}}zap", "*",     "k?",      "[abc]",   "\\",  "-1"};

    if (chance(dice, 60))
        text_format(out, "k%u", (unsigned)dice_below(dice, 30));
    else if (chance(dice, 50))
        add(out, PICK(dice, names));
    else if (chance(dice, 70))
        strange_text(dice, out);
    else if (chance(dice, 90))
        random_bytes(dice, dice_below(dice, 40), out);
    else
        run(dice, 40 + dice_below(dice, 300), out);
}

void value_pattern(struct dice *dice, struct text *out)
{
    static const char *const patterns[] = {
        "*",      "k*",     "k?",    "k[0-5]", "k[^1-3]*", "*1*",    "",    "\\*",    "?",
        "[a-z]*", "*\\",    "**k**", "k1",     "[",        "[k",     "[^",  "k[1",    "k[9-0]",
        "??",     "{tag}*", "*{*",   "[\\k]*", "k[0-",     "user:*", "x*x", "*[^a]?*"};

    if (chance(dice, 40))
        add(out, "*");
    else if (chance(dice, 85))
        add(out, PICK(dice, patterns));
    else
        value_key_name(dice, out);
}

void value_encoding(struct dice *dice, struct text *out)
{
    static const char *const strange[] = {"u64", "i65", "u0",  "i0", "u", "i",   "x8",
                                          "U8",  "I8",  "u-1", "8",  "",  "u08", "i+8"};

    if (chance(dice, 95))
        text_format(out, "%c%u", chance(dice, 50) ? 'u' : 'i',
                    1 + (unsigned)dice_below(dice, chance(dice, 50) ? 63 : 16));
    else
        add(out, PICK(dice, strange));
}

void value_time_left(struct dice *dice, unsigned unit, struct text *out)
{
    static const char *const over[] = {"0",
                                       "-1",
                                       "-1000",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "9223372036854775",
                                       "1.5",
                                       "abc",
                                       "",
                                       "+100000",
                                       " 1000000",
                                       "18446744073709551616"};

    /* So many that two are as good as never so near that it matters which was set when. */
    if (chance(dice, 88))
        text_format(out, "%llu",
                    (unsigned long long)(1000 + dice_below(dice, 1000000000)) * 1000000 / unit);
    else
        add(out, PICK(dice, over));
}

void value_time(struct dice *dice, unsigned unit, struct text *out)
{
    static const char *const over[] = {"0",    "-1", "9223372036854775807", "-9223372036854775808",
                                       "1000", "x",  "9223372036854775808", "9223372036854775"};

    if (chance(dice, 75))
        text_format(out, "%llu",
                    (unsigned long long)(4000000000 + dice_below(dice, 30)) * 1000 / unit);
    else if (chance(dice, 50))
        text_format(out, "%llu",
                    (unsigned long long)(1 + dice_below(dice, 1500000000)) * 1000 / unit);
    else
        add(out, PICK(dice, over));
}

static const struct text *any(struct dice *dice, const struct text *samples, size_t count)
{
    return &samples[dice_below(dice, count)];
}

/* Now and then not as it was. */
void value_dump(struct dice *dice, const struct samples *samples, struct text *out)
{
    const struct text *one = any(dice, samples->dumps, samples->dumps_count);
    const size_t from = out->len;

    text_add(out, one->data, one->len);
    if (out->len == from || chance(dice, 80))
        return;
    if (chance(dice, 50))
        out->data[from + dice_below(dice, out->len - from)] ^= (char)(1 << dice_below(dice, 8));
    else
        out->len -= dice_below(dice, out->len - from);
}

void value_sketch(struct dice *dice, const struct samples *samples, struct text *out)
{
    const struct text *one = any(dice, samples->sketches, samples->sketches_count);

    text_add(out, one->data, one->len);
}

/* --- samples --- */

static void ask(struct wire *wire, const char *command, const char *key, const struct text *value)
{
    text_format(&wire->out, "*%d\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", value == NULL ? 2 : 3,
                strlen(command), command, strlen(key), key);
    if (value == NULL)
        return;
    text_format(&wire->out, "$%zu\r\n", value->len);
    text_add(&wire->out, value->data, value->len);
    text_add(&wire->out, "\r\n", 2);
}

/* Sends, and keeps the text of the last of `replies` answers. */
static bool answer(struct wire *wire, unsigned replies, struct text *kept)
{
    size_t len = 0;

    wire_flush(wire, wire->out.len);
    for (; replies > 0; replies--) {
        if (!wire_value(wire, &len))
            return false;
        if (replies == 1) {
            const size_t header = (size_t)frame_header(wire_front(wire), len);

            text_add(kept, wire_front(wire) + header, len - header - 2);
        }
        wire_take(wire, len);
    }
    return true;
}

static bool sample_dump(struct wire *wire, struct dice *dice, struct samples *samples)
{
    struct text value = {0};
    bool answered;

    if (samples->dumps_count % 3 == 0)
        value_number(dice, &value);
    else
        value_text(dice, &value);
    ask(wire, "SET", "sample", &value);
    ask(wire, "DUMP", "sample", NULL);
    answered = answer(wire, 2, &samples->dumps[samples->dumps_count++]);
    text_fini(&value);
    return answered;
}

static bool sample_sketch(struct wire *wire, struct dice *dice, struct samples *samples)
{
    /* From none to more than fit into a sparse one. */
    const unsigned elements = (unsigned)dice_below(dice, 1u << (1 + samples->sketches_count % 12));
    struct text value = {0};
    bool answered;

    ask(wire, "DEL", "sketch", NULL);
    ask(wire, "PFADD", "sketch", NULL);
    for (unsigned i = 0; i < elements; i++) {
        text_clear(&value);
        text_format(&value, "%u", (unsigned)dice_below(dice, 1000000));
        ask(wire, "PFADD", "sketch", &value);
    }
    ask(wire, "GET", "sketch", NULL);
    answered = answer(wire, elements + 3, &samples->sketches[samples->sketches_count++]);
    text_fini(&value);
    return answered;
}

bool samples_ask(struct samples *samples, int port)
{
    struct dice dice = {1};
    struct wire wire;
    bool answered = wire_open(&wire, port);

    while (answered && samples->dumps_count < SAMPLES_MAX)
        answered = sample_dump(&wire, &dice, samples);
    while (answered && samples->sketches_count < SAMPLES_MAX / 2)
        answered = sample_sketch(&wire, &dice, samples);
    wire_close(&wire);
    return answered;
}

void samples_fini(struct samples *samples)
{
    for (size_t i = 0; i < SAMPLES_MAX; i++) {
        text_fini(&samples->dumps[i]);
        text_fini(&samples->sketches[i]);
    }
    *samples = (struct samples){0};
}
