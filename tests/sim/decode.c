#include "tests/sim/decode.h"

#include <string.h>

#define NESTED_MAX 8

/* The length of the line with its end; 0: not all here, -1: a bare line end in it. */
static ssize_t line_length(struct bytes bytes)
{
    size_t i;

    for (i = 0; i < bytes.len; i++) {
        if (bytes.at[i] == '\n')
            return DECODE_BROKEN;
        if (bytes.at[i] != '\r')
            continue;
        if (i + 1 == bytes.len)
            return DECODE_MORE;
        return bytes.at[i + 1] == '\n' ? (ssize_t)i + 2 : DECODE_BROKEN;
    }
    return DECODE_MORE;
}

/* Digits with at most a minus in front, no zero ahead of others, nothing else. */
static bool read_number(struct bytes text, int64_t *value)
{
    const bool negative = text.len > 0 && text.at[0] == '-';
    size_t i = negative;

    *value = 0;
    if (i == text.len || text.len > 20 || (text.at[i] == '0' && (text.len > 1 || negative)))
        return false;
    for (; i < text.len; i++) {
        const int digit = text.at[i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, negative ? -digit : digit, value))
            return false;
    }
    return true;
}

static struct bytes header_text(struct bytes bytes, ssize_t line)
{
    return bytes_new(bytes.at + 1, (size_t)line - 3);
}

static ssize_t blob(struct bytes bytes, ssize_t line, int64_t len)
{
    const size_t whole = (size_t)line + (size_t)len + 2;

    if (bytes.len < whole)
        return DECODE_MORE;
    return memcmp(bytes.at + whole - 2, "\r\n", 2) == 0 ? (ssize_t)whole : DECODE_BROKEN;
}

static ssize_t reply_length(struct bytes bytes, unsigned protocol, unsigned depth);

static ssize_t elements(struct bytes bytes, ssize_t line, int64_t count, unsigned protocol,
                        unsigned depth)
{
    size_t at = (size_t)line;

    if (depth == NESTED_MAX)
        return DECODE_BROKEN;
    for (; count > 0; count--) {
        const ssize_t one =
            reply_length(bytes_new(bytes.at + at, bytes.len - at), protocol, depth + 1);

        if (one <= 0)
            return one;
        at += (size_t)one;
    }
    return (ssize_t)at;
}

static bool is_one_of(struct bytes text, const char *a, const char *b)
{
    return bytes_equal(text, bytes_of(a)) || bytes_equal(text, bytes_of(b));
}

static ssize_t third_only(struct bytes bytes, ssize_t line, unsigned depth)
{
    const struct bytes text = header_text(bytes, line);
    int64_t value;

    switch (bytes.at[0]) {
    case '_':
        return text.len == 0 ? line : DECODE_BROKEN;
    case '#':
        return is_one_of(text, "t", "f") ? line : DECODE_BROKEN;
    case ',':
        return text.len > 0 ? line : DECODE_BROKEN;
    case '=':
        if (!read_number(text, &value) || value < 4)
            return DECODE_BROKEN;
        return blob(bytes, line, value);
    case '%':
    case '~':
        if (!read_number(text, &value) || value < 0)
            return DECODE_BROKEN;
        return elements(bytes, line, bytes.at[0] == '%' ? 2 * value : value, 3, depth);
    default:
        return DECODE_BROKEN;
    }
}

static ssize_t reply_length(struct bytes bytes, unsigned protocol, unsigned depth)
{
    const ssize_t line = line_length(bytes);
    int64_t value = 0;
    bool is_number;

    if (line <= 0)
        return line;
    is_number = read_number(header_text(bytes, line), &value);
    switch (bytes.at[0]) {
    case '+':
    case '-':
        return line > 3 ? line : DECODE_BROKEN;
    case ':':
        return is_number ? line : DECODE_BROKEN;
    case '$':
    case '*':
        if (!is_number || value < (protocol == 2 ? -1 : 0))
            return DECODE_BROKEN;
        if (value < 0)
            return line;
        return bytes.at[0] == '$' ? blob(bytes, line, value)
                                  : elements(bytes, line, value, protocol, depth);
    default:
        return protocol == 3 ? third_only(bytes, line, depth) : DECODE_BROKEN;
    }
}

ssize_t decode_reply(struct bytes bytes, unsigned protocol)
{
    return bytes.len == 0 ? DECODE_MORE : reply_length(bytes, protocol, 0);
}

bool decode_int(struct bytes reply, int64_t *value)
{
    const ssize_t line = line_length(reply);

    return line > 0 && reply.at[0] == ':' && read_number(header_text(reply, line), value);
}

bool decode_text(struct bytes reply, struct bytes *text)
{
    const ssize_t line = line_length(reply);
    int64_t len;

    *text = bytes_new(NULL, 0);
    if (line <= 0)
        return false;
    if (reply.at[0] == '_')
        return true;
    if (reply.at[0] != '$' || !read_number(header_text(reply, line), &len))
        return false;
    if (len >= 0)
        *text = bytes_new(reply.at + line, (size_t)len);
    return true;
}

bool decode_array(struct bytes reply, int64_t *count, struct bytes *elements_at)
{
    const ssize_t line = line_length(reply);

    if (line <= 0 || reply.at[0] != '*' || !read_number(header_text(reply, line), count))
        return false;
    *elements_at = bytes_new(reply.at + line, reply.len - (size_t)line);
    return *count >= 0;
}
