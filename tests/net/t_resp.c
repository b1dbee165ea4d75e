/* The parser as a function of bytes. */
#include "tests/net/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/clock.h"
#include "cache/random.h"
#include "tests/tap/tap.h"

static struct resp_limits limits = {.bulk = 512 << 20};
static struct events events;

static void parse_pieces(const char *stream, size_t len, uint64_t cuts)
{
    events_pieces(&events, stream, len, cuts);
}

static void expect(const char *stream, const char *expected)
{
    parse_pieces(stream, strlen(stream), 0);
    is_text(events.text, expected, "%.60s", expected);
}

static void expect_error(const char *stream, const char *text)
{
    char expected[128];

    snprintf(expected, sizeof(expected), "!Protocol error: %s;", text);
    parse_pieces(stream, strlen(stream), 0);
    is_text(events.text, expected, "%s", text);
}

/* --- what is understood --- */

static void commands_are_understood(void)
{
    expect("*1\r\n$4\r\nPING\r\n", "PING;");
    expect("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nhello, world\r\n", "SET,k,hello, world;");
    expect("*2\r\n$0\r\n\r\n$2\r\n\r\n\r\n", ",\r\n;");
    expect("*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\nc\r\n", "a;b;c;");
    expect("*7\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n$1\r\ng\r\n",
           "a,b,c,d,e,f,g;");
}

static void some_things_are_nothing(void)
{
    expect("*0\r\n", "-;");
    expect("*-1\r\n", "-;");
    expect("*-9223372036854775808\r\nPING\r\n", "-;PING;");
    expect("\r\n", "-;");
    expect("\n", "-;");
    expect("   \t \r\n", "-;");
}

static void lines_are_understood(void)
{
    expect("PING\r\n", "PING;");
    expect("PING\n", "PING;");
    expect("  SET   k \t v  \r\n", "SET,k,v;");
    expect("SET k \"a b\"\r\n", "SET,k,a b;");
    expect("SET k 'a \"b'\r\n", "SET,k,a \"b;");
    expect("SET k \"\\x41\\n\\\"\\q\"\r\n", "SET,k,A\n\"q;");
    expect("SET k 'it\\'s'\r\n", "SET,k,it's;");
    expect("a \"\" ''\r\n", "a,,;");
    expect("a b c d e f g h\r\n", "a,b,c,d,e,f,g,h;");
    expect("$3\r\n+OK\r\n", "$3;+OK;");
}

/* --- what is refused --- */

static void counts_are_checked(void)
{
    static const char *const bad[] = {
        "*a\r\n",   "*\r\n",
        "*+1\r\n",  "* 1\r\n",
        "*01\r\n",  "*1 \r\n",
        "*0x1\r\n", "*1.0\r\n",
        "*-0\r\n",  "*--1\r\n",
        "*1-\r\n",  "*2147483648\r\n",
        "*1\n",     "*1\rx",
        "*\n",      "*1\r\r\n",
        "*-\r\n",   "*99999999999999999999\r\n",
        "**\r\n",   "*$\r\n",
        "*1x",      "*9999999999999999999999999999999999999999",
    };
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_error(bad[i], "invalid multibulk length");
    expect("*2147483647\r\n", "");
}

static void lengths_are_checked(void)
{
    static const char *const bad[] = {
        "$a\r\n",
        "$\r\n",
        "$-1\r\n",
        "$+1\r\n",
        "$ 1\r\n",
        "$01\r\n",
        "$1 \r\n",
        "$-0\r\n",
        "$1\n",
        "$1\rx",
        "$$\r\n",
        "$536870913\r\n",
        "$9223372036854775808\r\n",
        "$1\r\nab\r\n",
        "$0\r\nx\r\n",
        "$1\r\na\rb",
        "$1\r\na\n\r",
    };
    char stream[64];
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(stream, sizeof(stream), "*1\r\n%s", bad[i]);
        expect_error(stream, "invalid bulk length");
    }
    expect("*1\r\n$536870912\r\n", "");
}

static void dollars_are_expected(void)
{
    expect_error("*1\r\n+OK\r\n", "expected '$', got '+'");
    expect_error("*1\r\n*1\r\n", "expected '$', got '*'");
    expect_error("*2\r\n$3\r\nGET\r\nfoo\r\n", "expected '$', got 'f'");
    expect_error("*1\r\n\r\n", "expected '$', got ' '");
    expect_error("*1\r\n\n", "expected '$', got ' '");
}

static void quotes_are_balanced(void)
{
    expect_error("SET k \"v\r\n", "unbalanced quotes in request");
    expect_error("SET k 'v\r\n", "unbalanced quotes in request");
    expect_error("SET k \"v\"x\r\n", "unbalanced quotes in request");
    expect_error("\"\\\"\r\n", "unbalanced quotes in request");
}

static void strangers_are_kept_short(void)
{
    limits.unauthenticated = true;
    expect("*10\r\n$16384\r\n", "");
    expect_error("*11\r\n", "unauthenticated multibulk length");
    expect_error("*1\r\n$16385\r\n", "unauthenticated bulk length");
    expect_error("*2147483648\r\n", "invalid multibulk length");
    expect_error("*1\r\n$536870913\r\n", "invalid bulk length");
    limits.unauthenticated = false;
}

static void a_line(size_t len, char end, const char *expected)
{
    char *line = malloc(len + 2);

    memset(line, 'x', len);
    line[len] = end;
    parse_pieces(line, len + (end != '\0'), 0);
    ok(strncmp(events.text, expected, strlen(expected)) == 0, "a line of %zu bytes%s: %.20s", len,
       end == '\0' ? " that goes on" : "", expected);
    free(line);
}

static void lines_are_not_endless(void)
{
    a_line(RESP_INLINE_MAX - 16, '\n', "xxxx");
    a_line(RESP_INLINE_MAX, '\0', "");
    a_line(RESP_INLINE_MAX + 1, '\n', "!Protocol error: too big inline request;");
    a_line(RESP_INLINE_MAX + 1, '\0', "!Protocol error: too big inline request;");
}

/* --- the same bytes, the same events --- */

static const struct {
    const char *at;
    size_t len;
} corpus[] = {
#define STREAM(text)           \
    {                          \
        text, sizeof(text) - 1 \
    }
    STREAM("*1\r\n$4\r\nPING\r\n*0\r\n\r\nGET k\r\n"),
    STREAM("*2\r\n$3\r\nGET\r\n$0\r\n\r\n*-1\r\nPING\n"),
    STREAM("*2\r\n$1\r\n\r\r\n$2\r\n\r\n\r\n*1\r\n$1\r\n\0\r\n"),
    STREAM("SET k \"a\\x41 b\" 'c d'\r\n\r\nX\r\n"),
    STREAM("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\n*1\r\n$1\r\na\r\r\n"),
    STREAM("*1\r\n$3\r\nabcd\r\n*1\r\n"),
    STREAM("*1\r\n$3\r\nabc\rx*1\r\n"),
    STREAM("*1\r\n*1\r\n$1\r\na\r\n"),
    STREAM("*1\r\n$1x\r\n"),
    STREAM("*12345678901\r\n$1\r\n"),
    STREAM("*1\r\n$-5\r\nhello\r\n"),
    STREAM("PING\r\nECHO \"x\r\nPING\r\n"),
    STREAM("*1\nPING\r\n"),
    STREAM("a\0b c\r\nd\r\n"),
    STREAM("\r\r\n \n\n*00\r\n"),
};

static void the_same_bytes_give_the_same_events(void)
{
    struct random dice;
    size_t i, j;

    random_seed(&dice, 17);
    for (i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++) {
        const size_t len = corpus[i].len;
        bool alike = events_alike(&events, corpus[i].at, len, UINT64_MAX);
        size_t a, b;

        for (a = 0; a < len; a++) /* every one and two cuts, then many at random */
            for (b = a; b < len; b++)
                alike &= events_alike(&events, corpus[i].at, len, 1ULL << a | 1ULL << b);
        for (j = 0; j < 300; j++)
            alike &= events_alike(&events, corpus[i].at, len, random_next(&dice));
        ok(alike, "stream %zu, however it is cut", i);
    }
}

/* Streams put together from the pieces of which real and broken ones are made. */
static void random_streams_are_no_exception(void)
{
    static const char *const pieces[] = {"*",
                                         "$",
                                         "1",
                                         "2",
                                         "0",
                                         "\r\n",
                                         "\r\n",
                                         "\r",
                                         "\n",
                                         "GET",
                                         "a",
                                         "\"",
                                         "'",
                                         "\\",
                                         " ",
                                         "-",
                                         "x",
                                         "10",
                                         "$1\r\na\r\n",
                                         "*1\r\n",
                                         "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
                                         "$3\r\nabc\r\n"};
    struct random dice;
    bool alike = true;
    unsigned i;

    random_seed(&dice, 23);
    for (i = 0; i < 20000; i++) {
        char stream[256] = "";
        unsigned some = 1 + (unsigned)random_below(&dice, 8);

        while (some-- > 0)
            strcat(stream, pieces[random_below(&dice, sizeof(pieces) / sizeof(pieces[0]))]);
        if (!events_alike(&events, stream, strlen(stream),
                          i % 2 == 0 ? UINT64_MAX : random_next(&dice))) {
            tap_note("%s", stream);
            alike = false;
        }
    }
    ok(alike, "twenty thousand random streams, however they are cut");
}

/* Every line of up to six of these: no crash, no word longer than the line, no event but those
 * three. */
static void every_short_line_is_safe(void)
{
    static const char letters[] = "a \"'\\x\r0";
    const unsigned count = sizeof(letters) - 1;
    unsigned len, i, streams = 0;

    for (len = 0; len <= 6; len++) {
        unsigned all = 1;

        for (i = 0; i < len; i++)
            all *= count;
        for (i = 0; i < all; i++, streams++) {
            char line[8];
            unsigned rest = i, at;

            for (at = 0; at < len; at++, rest /= count)
                line[at] = letters[rest % count];
            line[len] = '\n';
            parse_pieces(line, len + 1, 0);
            if (events.len == 0)
                tap_bail("no event for a line");
        }
    }
    ok(true, "%u lines gave an event each", streams);
}

/* --- what it costs --- */

static void memory_grows_with_what_is_here(void)
{
    char stream[] = "*2000000000\r\n$1\r\na\r\n$1\r\nb\r\n$500000000\r\nx";
    struct resp resp;

    resp_init(&resp);
    ok(resp_parse(&resp, &limits, stream, strlen(stream)) == RESP_MORE, "two billion to come");
    is_int(resp.count, 2, "two are here");
    is_int(resp.capacity, RESP_FEW, "and have room enough");
    is_int(resp_wants(&resp, strlen(stream)), 0, "and what is announced is not asked for");
    resp_fini(&resp);
}

static void a_long_command_gives_its_memory_back(void)
{
    struct resp resp;
    char *stream = malloc(16 + 1000 * 7);
    size_t len = (size_t)sprintf(stream, "*1000\r\n");
    unsigned i;

    for (i = 0; i < 1000; i++, len += 7)
        memcpy(stream + len, "$1\r\nx\r\n", 7);
    resp_init(&resp);
    ok(resp_parse(&resp, &limits, stream, len) == RESP_COMMAND, "a thousand words");
    is_int(resp.count, 1000, "are all here");
    is_int(resp.at, len, "and nothing else");
    resp_next_command(&resp);
    is_int(resp.capacity, RESP_FEW, "they are not kept");
    resp_fini(&resp);
    free(stream);
}

/* Microseconds for a command of so many words, or one word so long, that comes byte by byte. */
static int64_t time_of(const char *stream, size_t len)
{
    char *bytes = malloc(len);
    const int64_t start = clock_mono_us();
    struct resp resp;
    size_t here;

    memcpy(bytes, stream, len);
    resp_init(&resp);
    for (here = 1; here < len; here++)
        if (resp_parse(&resp, &limits, bytes, here) != RESP_MORE)
            tap_bail("an event before its time");
    if (resp_parse(&resp, &limits, bytes, len) != RESP_COMMAND)
        tap_bail("no command");
    resp_fini(&resp);
    free(bytes);
    return clock_mono_us() - start;
}

static void byte_by_byte_is_no_attack(void)
{
    const size_t words = 20000, line = 60000;
    char *stream = malloc(200000);
    size_t len = (size_t)sprintf(stream, "*%zu\r\n", words);
    int64_t time;
    size_t i;

    for (i = 0; i < words; i++, len += 7)
        memcpy(stream + len, "$1\r\nx\r\n", 7);
    time = time_of(stream, len);
    ok(time < 1000000, "%zu words take %lld us", words, (long long)time);
    memset(stream, 'x', line);
    stream[line] = '\n';
    time = time_of(stream, line + 1);
    ok(time < 500000, "a line of %zu bytes takes %lld us", line, (long long)time);
    len = (size_t)sprintf(stream, "*1\r\n$%zu\r\n", line);
    memset(stream + len, 'x', line);
    memcpy(stream + len + line, "\r\n", 2);
    time = time_of(stream, len + line + 2);
    ok(time < 500000, "a word of %zu bytes takes %lld us", line, (long long)time);
    free(stream);
}

static void it_knows_what_is_missing(void)
{
    char stream[] = "*2\r\n$3\r\nGET\r\n$5\r\nhe";
    char more[] = "*3\r\n$3\r\nGET\r\n$5\r\nhe";
    struct resp resp;

    resp_init(&resp);
    is_int(resp_wants(&resp, 0), 0, "nothing is known at first");
    resp_parse(&resp, &limits, stream, 4);
    is_int(resp_wants(&resp, 4), 0, "nor of a word without a length");
    resp_parse(&resp, &limits, stream, strlen(stream));
    is_int(resp_wants(&resp, strlen(stream)), 5, "but of a word with one");
    resp_fini(&resp);
    resp_init(&resp);
    resp_parse(&resp, &limits, more, strlen(more));
    is_int(resp_wants(&resp, strlen(more)), 0, "if it is the last: else much more may follow");
    resp_fini(&resp);
}

int main(void)
{
    events_init(&events, &limits);
    commands_are_understood();
    some_things_are_nothing();
    lines_are_understood();
    counts_are_checked();
    lengths_are_checked();
    dollars_are_expected();
    quotes_are_balanced();
    strangers_are_kept_short();
    lines_are_not_endless();
    the_same_bytes_give_the_same_events();
    random_streams_are_no_exception();
    every_short_line_is_safe();
    memory_grows_with_what_is_here();
    a_long_command_gives_its_memory_back();
    byte_by_byte_is_no_attack();
    it_knows_what_is_missing();
    events_fini(&events);
    return tap_done();
}
