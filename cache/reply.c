#include "cache/reply.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/number.h"

/* A mark, any number of 64 bits, and the line break. */
#define HEADER_ROOM (1 + NUMBER_DIGITS + 2)
/* Longer error sentences are cut; a word that a client sent may be of any length. */
#define ERROR_ROOM 512

static bool is_spilled(const struct reply *reply)
{
    return reply->at != reply->slot;
}

static void use_slot(struct reply *reply)
{
    reply->at = reply->slot;
    reply->len = 0;
    reply->capacity = REPLY_SLOT;
}

void reply_init(struct reply *reply)
{
    use_slot(reply);
    reply_reset(reply, 2);
    reply->loans = NULL;
}

void reply_fini(struct reply *reply)
{
    assert(reply->loans == NULL);
    free(reply_take_spill(reply));
}

char *reply_take_spill(struct reply *reply)
{
    char *spill = is_spilled(reply) ? reply->at : NULL;

    use_slot(reply);
    return spill;
}

void reply_break(struct reply *reply)
{
    reply->special = REPLY_SPECIAL | REPLY_BROKEN;
}

void reply_mend(struct reply *reply)
{
    assert(reply_is_broken(reply) && reply->loans == NULL);
    free(reply_take_spill(reply));
    reply_reset(reply, reply->protocol);
    reply_error(reply, ERROR_NO_ANSWER);
}

static bool resize(struct reply *reply, size_t capacity)
{
    char *at = is_spilled(reply) ? realloc(reply->at, capacity) : malloc(capacity);

    if (at == NULL)
        return false;
    if (!is_spilled(reply))
        memcpy(at, reply->slot, reply->len);
    reply->at = at;
    reply->capacity = capacity;
    if (capacity > REPLY_SPILL_KEPT)
        reply->special |= REPLY_SPECIAL;
    return true;
}

/* At least doubles, so that appending costs a constant per byte. */
static bool grow(struct reply *reply, size_t len)
{
    const size_t needed = reply->len + len;
    const size_t doubled = reply->capacity * 2;

    if (reply_is_broken(reply))
        return false;
    if (resize(reply, needed > doubled ? needed : doubled) || resize(reply, needed))
        return true;
    reply_break(reply);
    return false;
}

/* Kept here, so that the writers below have it inlined. NULL: what was to be written is lost. */
static inline char *room(struct reply *reply, size_t len)
{
    if (__builtin_expect(len > reply->capacity - reply->len, 0) && !grow(reply, len))
        return NULL;
    return reply->at + reply->len;
}

char *reply_reserve(struct reply *reply, size_t len)
{
    return room(reply, len);
}

void reply_cut(struct reply *reply, size_t len)
{
    struct loan *loan;

    assert(len <= reply->len);
    reply->len = len;
    for (loan = reply->loans; loan != NULL && loan->place > len; loan = loan->next) {
        loan->place = len;
        loan->text.len = 0;
    }
}

struct loan *reply_take_loans(struct reply *reply)
{
    struct loan *loans = NULL, *loan;

    while ((loan = reply->loans) != NULL) {
        reply->loans = loan->next;
        loan->next = loans;
        loans = loan;
    }
    return loans;
}

void reply_add_loan(struct reply *reply, struct loan *loan)
{
    loan->place = reply->len;
    loan->next = reply->loans;
    reply->loans = loan;
    reply->special |= REPLY_SPECIAL;
}

static inline char *put_line_break(char *at)
{
    at[0] = '\r';
    at[1] = '\n';
    return at + 2;
}

/* Most numbers in answers have one or two digits. */
static inline char *put_number(char *at, uint64_t value)
{
    if (value < 10) {
        *at = (char)('0' + value);
        return at + 1;
    }
    if (value < 100) {
        at[0] = (char)('0' + value / 10);
        at[1] = (char)('0' + value % 10);
        return at + 2;
    }
    return at + number_print_unsigned(at, value);
}

/* The line that says what follows, and how much. */
static inline char *put_header(char *at, char mark, uint64_t value)
{
    *at = mark;
    return put_line_break(put_number(at + 1, value));
}

static inline void write_header(struct reply *reply, char mark, uint64_t value)
{
    char *at = room(reply, HEADER_ROOM);

    if (__builtin_expect(at == NULL, 0))
        return;
    reply->len += (size_t)(put_header(at, mark, value) - at);
}

/* Exact for lengths below 100, because those are the ones that may still fit the slot. */
static inline size_t bulk_room(size_t len)
{
    return len + (len < 10 ? 6 : len < 100 ? 7 : HEADER_ROOM + 2);
}

void reply_raw(struct reply *reply, const void *at, size_t len)
{
    char *end;

    if (len == 0 || (end = room(reply, len)) == NULL)
        return;
    memcpy(end, at, len);
    reply->len += len;
}

#define WRITE_LITERAL(reply, text) reply_raw(reply, text, sizeof(text) - 1)

void reply_ok(struct reply *reply)
{
    WRITE_LITERAL(reply, "+OK\r\n");
}

void reply_int(struct reply *reply, int64_t value)
{
    char *at = room(reply, HEADER_ROOM), *end;

    if (__builtin_expect(at == NULL, 0))
        return;
    if (value >= 0) {
        end = put_header(at, ':', (uint64_t)value);
    } else {
        *at = ':';
        end = put_line_break(at + 1 + number_print(at + 1, value));
    }
    reply->len += (size_t)(end - at);
}

/* The header of a short bulk: at most five characters, but eight are written. */
#define SHORT_BULK 64
#define SHORT_HEADER 8

static inline size_t put_short_header(char *at, size_t len)
{
    /* clang-format off */
#define TEN(tens) \
    "$" tens "0\r\n", "$" tens "1\r\n", "$" tens "2\r\n", "$" tens "3\r\n", "$" tens "4\r\n", \
    "$" tens "5\r\n", "$" tens "6\r\n", "$" tens "7\r\n", "$" tens "8\r\n", "$" tens "9\r\n"
    static const char headers[70][SHORT_HEADER] = {
        TEN(""), TEN("1"), TEN("2"), TEN("3"), TEN("4"), TEN("5"), TEN("6"),
    };
#undef TEN
    /* clang-format on */

    memcpy(at, headers[len], SHORT_HEADER);
    return len < 10 ? 4 : 5;
}

static __attribute__((noinline)) void write_any_bulk(struct reply *reply, struct bytes value)
{
    char *start = room(reply, bulk_room(value.len));
    char *at;

    if (start == NULL)
        return;
    at = put_header(start, '$', value.len);
    bytes_copy(at, value.at, value.len);
    at = put_line_break(at + value.len);
    reply->len += (size_t)(at - start);
}

_Static_assert(SHORT_HEADER + SHORT_BULK <= REPLY_SLOT, "a short one always fits an empty reply");

static inline bool fits_short(const struct reply *reply, size_t len)
{
    return reply->len == 0 || reply->capacity - reply->len >= SHORT_HEADER + len;
}

void reply_bulk(struct reply *reply, struct bytes value)
{
    char *at = reply->at + reply->len;
    size_t header;

    if (value.len > SHORT_BULK || !fits_short(reply, value.len)) {
        write_any_bulk(reply, value);
        return;
    }
    header = put_short_header(at, value.len);
    bytes_copy_short(at + header, value.at, value.len);
    put_line_break(at + header + value.len);
    reply->len += header + value.len + 2;
}

void reply_lend(struct reply *reply, struct large *large, struct bytes text)
{
    struct loan *loan = large_lend(large, text);

    if (loan == NULL) {
        reply_break(reply);
        return;
    }
    write_header(reply, '$', text.len);
    reply_add_loan(reply, loan);
    WRITE_LITERAL(reply, "\r\n");
}

void reply_text(struct reply *reply, const char *text)
{
    reply_bulk(reply, bytes_of(text));
}

void reply_bulk_int(struct reply *reply, int64_t value)
{
    char digits[NUMBER_DIGITS];

    reply_bulk(reply, bytes_new(digits, number_print(digits, value)));
}

void reply_null(struct reply *reply)
{
    if (reply->protocol >= 3)
        WRITE_LITERAL(reply, "_\r\n");
    else
        WRITE_LITERAL(reply, "$-1\r\n");
}

void reply_null_array(struct reply *reply)
{
    if (reply->protocol >= 3)
        WRITE_LITERAL(reply, "_\r\n");
    else
        WRITE_LITERAL(reply, "*-1\r\n");
}

void reply_array(struct reply *reply, size_t count)
{
    write_header(reply, '*', count);
}

void reply_map(struct reply *reply, size_t pairs)
{
    if (reply->protocol >= 3)
        write_header(reply, '%', pairs);
    else
        write_header(reply, '*', pairs * 2);
}

void reply_set(struct reply *reply, size_t count)
{
    write_header(reply, reply->protocol >= 3 ? '~' : '*', count);
}

void reply_bool(struct reply *reply, bool value)
{
    if (reply->protocol >= 3)
        reply_raw(reply, value ? "#t\r\n" : "#f\r\n", 4);
    else
        reply_int(reply, value);
}

void reply_double(struct reply *reply, double value)
{
    char text[NUMBER_DOUBLE];
    const size_t len = number_print_double(text, value);

    if (reply->protocol < 3) {
        reply_bulk(reply, bytes_new(text, len));
        return;
    }
    WRITE_LITERAL(reply, ",");
    reply_raw(reply, text, len);
    WRITE_LITERAL(reply, "\r\n");
}

void reply_verbatim(struct reply *reply, struct bytes text)
{
    if (reply->protocol < 3) {
        reply_bulk(reply, text);
        return;
    }
    write_header(reply, '=', text.len + 4);
    WRITE_LITERAL(reply, "txt:");
    reply_raw(reply, text.at, text.len);
    WRITE_LITERAL(reply, "\r\n");
}

static bool is_line_break(char c)
{
    return c == '\r' || c == '\n';
}

/* One line after its mark, whatever the text holds. */
static void write_line(struct reply *reply, char mark, const char *text, size_t len)
{
    char *at = room(reply, 1 + len + 2);
    size_t i;

    if (at == NULL)
        return;
    *at++ = mark;
    for (i = 0; i < len; i++)
        *at++ = is_line_break(text[i]) ? ' ' : text[i];
    put_line_break(at);
    reply->len += 1 + len + 2;
}

void reply_simple(struct reply *reply, const char *text)
{
    write_line(reply, '+', text, strlen(text));
}

void reply_lines(struct reply *reply, const char *const *lines, size_t count)
{
    size_t i;

    reply_array(reply, count);
    for (i = 0; i < count; i++)
        reply_simple(reply, lines[i]);
}

/* Line breaks at the end say nothing; Redis drops them rather than send spaces. */
void reply_error(struct reply *reply, const char *text)
{
    size_t len = strlen(text);

    while (len > 0 && is_line_break(text[len - 1]))
        len--;
    write_line(reply, '-', text, len);
    reply->failed = true;
    reply->special |= REPLY_SPECIAL;
}

void reply_errorf(struct reply *reply, const char *format, ...)
{
    char text[ERROR_ROOM];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    reply_error(reply, text);
}

void reply_format(struct reply *reply, const char *format, va_list list)
{
    char *at = reply_reserve(reply, REPLY_FORMATTED);
    int len;

    if (at == NULL)
        return;
    len = vsnprintf(at, REPLY_FORMATTED, format, list);
    reply_advance(reply, len < REPLY_FORMATTED ? (size_t)len : REPLY_FORMATTED - 1);
}
