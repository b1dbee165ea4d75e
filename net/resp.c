#include "net/resp.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/bytes.h"
#include "cache/number.h"
#include "conf/words.h"

#define HEADER_MAX 32 /* a length never needs more characters than this */
#define UNAUTHENTICATED_WORDS 10
#define CUT_ANYWHERE 4096 /* with so many bytes in front of it a word need not be quoted */
#define UNAUTHENTICATED_BULK 16384

enum stage {
    START,  /* the first byte decides */
    COUNT,  /* *3\r\n */
    LENGTH, /* $5\r\n */
    WORD,   /* hello\r\n */
    END,    /* \r\n behind a word that is elsewhere */
    LINE,   /* an inline command */
};

void resp_init(struct resp *resp)
{
    resp->spans = resp->few;
    resp->capacity = RESP_FEW;
    resp_next_command(resp);
}

void resp_fini(struct resp *resp)
{
    if (resp->spans != resp->few)
        free(resp->spans);
    resp->spans = resp->few;
}

void resp_next_command(struct resp *resp)
{
    resp->at = 0;
    resp->count = 0;
    resp->stage = START;
    if (resp->capacity > 64) { /* a rare long command does not keep its memory */
        resp_fini(resp);
        resp->capacity = RESP_FEW;
    }
}

static enum resp_event fail(struct resp *resp, const char *text)
{
    snprintf(resp->error, sizeof(resp->error), "Protocol error: %s", text);
    return RESP_ERROR;
}

static __attribute__((noinline)) bool grow(struct resp *resp)
{
    struct resp_span *few = resp->spans == resp->few ? NULL : resp->spans;
    struct resp_span *spans = realloc(few, 2 * resp->capacity * sizeof(*spans));

    if (spans == NULL)
        return false;
    if (few == NULL)
        memcpy(spans, resp->few, sizeof(resp->few));
    resp->spans = spans;
    resp->capacity *= 2;
    return true;
}

/* False: no memory. */
static bool add_span(struct resp *resp, uint32_t at, uint32_t len)
{
    if (__builtin_expect(resp->count == resp->capacity, 0) && !grow(resp))
        return false;
    resp->spans[resp->count++] = (struct resp_span){at, len};
    return true;
}

/*
 * The number of a header line that begins at `at` behind its type byte. Length of the line with its
 * end, 0: not all here, -1: not a number.
 */
static int read_header(const char *bytes, size_t len, uint32_t at, int64_t *value)
{
    const char *line = bytes + at + 1;
    const size_t here = len - at - 1;
    size_t i = 0;

    while (i < here && ((line[i] >= '0' && line[i] <= '9') || (line[i] == '-' && i == 0)))
        i++;
    if (i > HEADER_MAX)
        return -1;
    if (i + 1 >= here)
        return i < here && line[i] != '\r' ? -1 : 0;
    if (line[i] != '\r' || line[i + 1] != '\n' || !number_parse(bytes_new(line, i), value))
        return -1;
    return (int)i + 3;
}

static inline bool is_line_end(const char *at)
{
    uint16_t two;

    memcpy(&two, at, sizeof(two));
    return two == htobe16('\r' << 8 | '\n');
}

/* Is it a digit? Then its value. */
static inline unsigned digit(char c)
{
    return (unsigned)((unsigned char)c - '0');
}

/* The number of a header, "$5\r\n" to "$999\r\n" at `at`, which it moves behind it. Negative:
 * something else. */
static inline int read_usual_header(const char **at)
{
    const char *line = *at;
    unsigned value = digit(line[1]);

    if (value > 9)
        return -1;
    if (is_line_end(line + 2)) {
        *at = line + 4;
        return (int)value;
    }
    if (value == 0 || digit(line[2]) > 9)
        return -1;
    value = value * 10 + digit(line[2]);
    if (is_line_end(line + 3)) {
        *at = line + 5;
        return (int)value;
    }
    if (digit(line[3]) > 9 || !is_line_end(line + 4))
        return -1;
    *at = line + 6;
    return (int)(value * 10 + digit(line[3]));
}

#define USUAL_HEADER 6 /* bytes that read_usual_header may look at */

/* The usual header without a loop, any other with one. Results as of read_header. */
static int read_any_header(const char *bytes, size_t len, uint32_t at, int64_t *value)
{
    const char *end = bytes + at;
    int usual;

    if (len - at < USUAL_HEADER || (usual = read_usual_header(&end)) < 0)
        return read_header(bytes, len, at, value);
    *value = usual;
    return (int)(end - (bytes + at));
}

static enum resp_event parse_count(struct resp *resp, const struct resp_limits *limits,
                                   const char *bytes, size_t len)
{
    int64_t count;
    const int used = read_any_header(bytes, len, resp->at, &count);

    if (used == 0)
        return RESP_MORE;
    if (used < 0 || count > INT_MAX)
        return fail(resp, "invalid multibulk length");
    if (limits->unauthenticated && count > UNAUTHENTICATED_WORDS)
        return fail(resp, "unauthenticated multibulk length");
    resp->at += (uint32_t)used;
    if (count <= 0)
        return RESP_NOTHING;
    resp->left = (int32_t)count;
    resp->stage = LENGTH;
    return RESP_COMMAND; /* goes on */
}

static enum resp_event expected_dollar(struct resp *resp, char got)
{
    char text[32];

    snprintf(text, sizeof(text), "expected '$', got '%c'",
             (unsigned char)got < ' ' || (unsigned char)got == 127 ? ' ' : got);
    return fail(resp, text);
}

static enum resp_event parse_length(struct resp *resp, const struct resp_limits *limits,
                                    const char *bytes, size_t len)
{
    int64_t length;
    int used;

    if (resp->at >= len)
        return RESP_MORE;
    if (bytes[resp->at] != '$')
        return expected_dollar(resp, bytes[resp->at]);
    used = read_any_header(bytes, len, resp->at, &length);
    if (used == 0)
        return RESP_MORE;
    if (used < 0 || length < 0 || length > limits->bulk)
        return fail(resp, "invalid bulk length");
    if (limits->unauthenticated && length > UNAUTHENTICATED_BULK)
        return fail(resp, "unauthenticated bulk length");
    resp->at += (uint32_t)used;
    resp->bulk = (uint32_t)length;
    resp->stage = WORD;
    return RESP_COMMAND; /* goes on */
}

static enum resp_event parse_word(struct resp *resp, const char *bytes, size_t len)
{
    const char *end;

    if (len - resp->at < (size_t)resp->bulk + 2)
        return RESP_MORE;
    end = bytes + resp->at + resp->bulk;
    if (end[0] != '\r' || end[1] != '\n')
        return fail(resp, "invalid bulk length");
    if (!add_span(resp, resp->at, resp->bulk))
        return RESP_NO_MEMORY;
    resp->at += resp->bulk + 2;
    resp->left--;
    resp->stage = LENGTH;
    return RESP_COMMAND; /* goes on */
}

static enum resp_event parse_end(struct resp *resp, const char *bytes, size_t len)
{
    const char *end = bytes + resp->at;

    if (len - resp->at < 2)
        return RESP_MORE;
    if (end[0] != '\r' || end[1] != '\n')
        return fail(resp, "invalid bulk length");
    resp->at += 2;
    resp->left--;
    resp->stage = LENGTH;
    return RESP_COMMAND; /* goes on */
}

/* As much of the word as is here. */
static enum resp_event skip_word(struct resp *resp, size_t len)
{
    const size_t here = len - resp->at;
    const uint32_t gone = here < resp->bulk ? (uint32_t)here : resp->bulk;

    resp->at += gone;
    resp->bulk -= gone;
    if (resp->bulk > 0)
        return RESP_MORE;
    resp->stage = END;
    return RESP_COMMAND; /* goes on */
}

/* `keep`: whether words are wanted, or only that they go by. */
static inline enum resp_event parse_words(struct resp *resp, const struct resp_limits *limits,
                                          const char *bytes, size_t len, bool keep)
{
    enum resp_event event = RESP_COMMAND;

    while (resp->left > 0 && event == RESP_COMMAND) {
        if (resp->stage == LENGTH)
            event = parse_length(resp, limits, bytes, len);
        else if (resp->stage == END)
            event = parse_end(resp, bytes, len);
        if (event == RESP_COMMAND && resp->stage == WORD)
            event = keep ? parse_word(resp, bytes, len) : skip_word(resp, len);
    }
    return event;
}

/* Words of an inline command are never longer unquoted than quoted: they are put back into the
 * line. */
static enum resp_event split_line(struct resp *resp, char *bytes, size_t line)
{
    struct words words;
    uint32_t at = 0;
    bool enough;
    size_t i;

    if (!words_split(&words, bytes, line))
        return errno == ENOMEM ? RESP_NO_MEMORY : fail(resp, "unbalanced quotes in request");
    for (i = 0; i < words.count && add_span(resp, at, (uint32_t)words.len[i]); i++) {
        assert(at + words.len[i] <= line);
        memcpy(bytes + at, words.at[i], words.len[i]);
        at += (uint32_t)words.len[i];
    }
    enough = i == words.count;
    words_free(&words);
    if (!enough)
        return RESP_NO_MEMORY;
    return resp->count > 0 ? RESP_COMMAND : RESP_NOTHING;
}

static enum resp_event parse_line(struct resp *resp, char *bytes, size_t len)
{
    const size_t from = resp->at;
    const char *newline = memchr(bytes + from, '\n', len - from);
    size_t line = newline == NULL ? len : (size_t)(newline - bytes);
    const char *zero = memchr(bytes + from, '\0', line - from);

    /* Whichever comes first: it must not matter how the bytes were cut. */
    if (zero != NULL && (size_t)(zero - bytes) <= RESP_INLINE_MAX)
        return fail(resp, "zero byte in inline request");
    if (line > RESP_INLINE_MAX)
        return fail(resp, "too big inline request");
    if (newline == NULL) {
        resp->at = (uint32_t)len;
        return RESP_MORE;
    }
    resp->at = (uint32_t)line + 1;
    if (line > 0 && bytes[line - 1] == '\r')
        line--;
    return split_line(resp, bytes, line);
}

/* --- commands that are all here --- */

#define NO_LENGTH ((size_t)1 << 30) /* more than can be there */
#define EIGHT 8                     /* characters that are looked at as one number */

/* A number with `byte` where bytes_load8 has the character of that place. */
static inline uint64_t in_place(unsigned place, uint64_t byte)
{
    return byte << 8 * place;
}

static inline unsigned byte_at(uint64_t word, unsigned place)
{
    return (unsigned)(word >> 8 * place) & 0xff;
}

/* Are the first `len` characters what they should be, and the digit or two from `place` on, less
 * '0', below ten? Adding six lifts what is not into the upper half of its byte. */
static inline bool fits(uint64_t word, unsigned len, unsigned place, unsigned digits)
{
    const uint64_t ones = in_place(place, digits == 1 ? 0x01 : 0x0101);
    const uint64_t all = ~UINT64_C(0) >> 8 * (EIGHT - len);

    return ((word | (word + 0x06 * ones)) & (all & ~(0x0f * ones))) == 0;
}

/* Both digits at once: 10 times the first and the second meet in the second byte. */
static inline unsigned two_digits(uint64_t word, unsigned place)
{
    return ((unsigned)(word >> 8 * place) & 0xffff) * (10 << 8 | 1) >> 8 & 0xff;
}

static size_t read_other_header(const char *bytes, size_t *at)
{
    const char *end = bytes + *at + 2;
    int length;

    if (!is_line_end(bytes + *at) || *end != '$' || (length = read_usual_header(&end)) < 0)
        return NO_LENGTH;
    *at = (size_t)(end - bytes);
    return (size_t)length;
}

/* The line break behind a word and the header of the next, of which eight characters are here: with
 * one digit or two, as most have, read as one number. Moves behind them. */
static inline size_t read_next_header(const char *bytes, size_t *at)
{
    const uint64_t word = bytes_load8(bytes + *at);
    const uint64_t two = word ^ bytes_load8("\r\n$00\r\n");
    const uint64_t one = word ^ bytes_load8("\r\n$0\r\n\0");

    if (__builtin_expect(fits(two, 7, 3, 2) && byte_at(two, 3) != 0, 1)) {
        *at += 7;
        return two_digits(two, 3);
    }
    if (fits(one, 6, 3, 1)) {
        *at += 6;
        return byte_at(one, 3);
    }
    return read_other_header(bytes, at);
}

/* The header at `at` and the word behind it, which something follows. */
static inline bool read_word(const char *bytes, size_t len, size_t *at, struct bytes *word)
{
    size_t length;

    if (*at > len - EIGHT)
        return false;
    length = read_next_header(bytes, at);
    *word = bytes_new(bytes + *at, length);
    *at += length;
    return true;
}

size_t resp_usual_rest(const char *bytes, size_t len, struct bytes words[RESP_FEW], uint32_t count)
{
    size_t at = EIGHT + words[0].len;
    uint32_t i;

    /* Most have two words or three: they need no loop. */
    if (count > 1 && !read_word(bytes, len, &at, &words[1]))
        return 0;
    if (count > 2 && !read_word(bytes, len, &at, &words[2]))
        return 0;
    for (i = 3; i < count; i++)
        if (!read_word(bytes, len, &at, &words[i]))
            return 0;
    return at <= len - 2 && is_line_end(bytes + at) ? at + 2 : 0;
}

size_t resp_usual(const char *bytes, size_t len, struct bytes words[RESP_FEW], uint32_t *count)
{
    uint64_t start;
    uint32_t all;

    if (len < EIGHT)
        return 0;
    start = bytes_load8(bytes) ^ bytes_load8("*0\r\n$0\r\n");
    all = byte_at(start, 1);
    if (!fits(start & ~in_place(1, 0x0f), 8, 5, 1) || all - 1 >= RESP_FEW)
        return 0;
    words[0] = bytes_new(bytes + EIGHT, byte_at(start, 5));
    *count = all;
    return resp_usual_rest(bytes, len, words, all);
}

enum resp_event resp_parse(struct resp *resp, const struct resp_limits *limits, char *bytes,
                           size_t len)
{
    enum resp_event event;

    if (len == 0)
        return RESP_MORE;
    if (resp->stage == START)
        resp->stage = bytes[0] == '*' ? COUNT : LINE;
    if (resp->stage == LINE)
        return parse_line(resp, bytes, len);
    if (resp->stage == COUNT) {
        event = parse_count(resp, limits, bytes, len);
        if (event != RESP_COMMAND)
            return event;
    }
    return parse_words(resp, limits, bytes, len, true);
}

enum resp_event resp_skip(struct resp *resp, const struct resp_limits *limits, const char *bytes,
                          size_t len, size_t *used)
{
    const uint32_t start = resp->at;
    const enum resp_event event = parse_words(resp, limits, bytes, len, false);

    *used = resp->at - start;
    resp->at = start;
    return event;
}

bool resp_cut(struct resp *resp, size_t here)
{
    const size_t kept = here - resp->at;
    const uint32_t len = kept < resp->bulk ? (uint32_t)kept : resp->bulk;

    if (resp->stage != WORD)
        return resp->stage == LENGTH;
    if (kept < RESP_QUOTED && kept < resp->bulk && resp->at < CUT_ANYWHERE)
        return false;
    if (!add_span(resp, resp->at, len))
        return false;
    resp->bulk -= len;
    resp->at += len;
    if (resp->bulk == 0)
        resp->stage = END;
    return true;
}

uint32_t resp_words(const struct resp *resp)
{
    return resp->count + (uint32_t)resp->left;
}

size_t resp_word(const struct resp *resp)
{
    return resp->stage == WORD ? resp->bulk : 0;
}

bool resp_lift(struct resp *resp)
{
    assert(resp->stage == WORD);
    if (!add_span(resp, RESP_ELSEWHERE, resp->bulk))
        return false;
    resp->stage = END;
    return true;
}

size_t resp_wants(const struct resp *resp, size_t len)
{
    const size_t needed = (size_t)resp->at + resp->bulk + 2;

    return resp->stage == WORD && resp->left == 1 && needed > len ? needed - len : 0;
}
