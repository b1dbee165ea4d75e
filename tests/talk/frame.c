#include "tests/talk/frame.h"

#include <stdlib.h>
#include <string.h>

static const char line_types[] = "+-:,(#_";
static const char bulk_types[] = "$=!";
static const char aggregate_types[] = "*%~>";

static bool type_in(char type, const char *types)
{
    return type != '\0' && strchr(types, type) != NULL;
}

long frame_header(const char *bytes, size_t len)
{
    const char *newline = memchr(bytes, '\n', len);

    if (newline == NULL)
        return FRAME_INCOMPLETE;
    return newline > bytes && newline[-1] == '\r' ? newline + 1 - bytes : FRAME_BROKEN;
}

static bool declared(const char *bytes, long header, long *count)
{
    char *end;

    *count = strtol(bytes + 1, &end, 10);
    return end > bytes + 1 && end == bytes + header - 2 && *count >= -1;
}

static long bulk_length(const char *bytes, size_t len, long header, long size)
{
    long whole = size < 0 ? header : header + size + 2;

    if ((size_t)whole > len)
        return FRAME_INCOMPLETE;
    return memcmp(bytes + whole - 2, "\r\n", 2) == 0 ? whole : FRAME_BROKEN;
}

static long aggregate_length(const char *bytes, size_t len, long header, long count)
{
    long whole = header;

    if (*bytes == '%')
        count *= 2;
    for (; count > 0; count--) {
        long part = frame_length(bytes + whole, len - (size_t)whole);

        if (part <= 0)
            return part;
        whole += part;
    }
    return whole;
}

long frame_length(const char *bytes, size_t len)
{
    long header = len == 0 ? FRAME_INCOMPLETE : frame_header(bytes, len);
    long count;

    if (len > 0 && !type_in(*bytes, line_types) && !type_in(*bytes, bulk_types) &&
        !type_in(*bytes, aggregate_types))
        return FRAME_BROKEN;
    if (header <= 0 || type_in(*bytes, line_types))
        return header;
    if (!declared(bytes, header, &count))
        return FRAME_BROKEN;
    return type_in(*bytes, bulk_types) ? bulk_length(bytes, len, header, count)
                                       : aggregate_length(bytes, len, header, count);
}

long frame_children(const char *bytes, size_t len)
{
    long header = len == 0 ? FRAME_INCOMPLETE : frame_header(bytes, len);
    long count;

    if (header <= 0 || !type_in(*bytes, aggregate_types) || !declared(bytes, header, &count))
        return -1;
    return *bytes == '%' ? 2 * count : count;
}

void frame_face(const char *bytes, size_t len, struct text *face)
{
    long header = frame_header(bytes, len);
    bool bulk = type_in(*bytes, bulk_types);

    if (type_in(*bytes, aggregate_types) && frame_children(bytes, len) >= 0) {
        text_add(face, bytes, len);
    } else if (!type_in(*bytes, line_types) && bytes[1] == '-') {
        text_format(face, "%cnil", *bytes);
    } else {
        text_add_char(face, *bytes);
        text_add(face, bytes + (bulk ? header : 1), len - (size_t)(bulk ? header : 1) - 2);
    }
}

static void print_scalar(const char *bytes, size_t len, struct text *out)
{
    struct text face = {0};

    frame_face(bytes, len, &face);
    text_escape(out, face.data, face.len);
    if (face.len > 0 && face.data[face.len - 1] == ' ') {
        out->len--;
        text_format(out, "\\x20");
    }
    text_fini(&face);
}

static void print_at(const char *bytes, size_t len, int depth, struct text *out)
{
    long children = frame_children(bytes, len);
    long at = frame_header(bytes, len);

    text_format(out, "< %*s", 2 * depth, "");
    if (children < 0)
        print_scalar(bytes, len, out);
    else
        text_add(out, bytes, (size_t)at - 2);
    text_add_char(out, '\n');
    for (; children > 0; children--) {
        long part = frame_length(bytes + at, len - (size_t)at);

        print_at(bytes + at, (size_t)part, depth + 1, out);
        at += part;
    }
}

void frame_print(const char *bytes, size_t len, struct text *out)
{
    print_at(bytes, len, 0, out);
}
