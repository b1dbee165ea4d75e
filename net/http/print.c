#include "net/http/print.h"

#include <stdarg.h>
#include <string.h>

void print(struct reply *text, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    reply_format(text, format, list);
    va_end(list);
}

static void put(struct reply *text, const char *part)
{
    reply_raw(text, part, strlen(part));
}

void print_quoted(struct reply *text, const char *value)
{
    put(text, "\"");
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            put(text, "\\");
        reply_raw(text, value, 1);
    }
    put(text, "\"");
}

/* redis-cli writes \n, JSON writes that \\n: each backslash and each quote gets one more before it. */
static void print_byte(struct reply *text, unsigned char byte)
{
    static const char named[] = "\nn\rr\tt\aa\bb";
    const char *name = byte == '\0' ? NULL : strchr(named, byte);

    if (byte == '"')
        put(text, "\\\\\\\"");
    else if (byte == '\\')
        put(text, "\\\\\\\\");
    else if (byte >= ' ' && byte < 0x7f)
        reply_raw(text, &byte, 1);
    else if (name != NULL)
        print(text, "\\\\%c", name[1]);
    else
        print(text, "\\\\x%02x", byte);
}

void print_key(struct reply *text, struct bytes key)
{
    size_t i;

    put(text, "\"\\\"");
    for (i = 0; i < key.len; i++)
        print_byte(text, (unsigned char)key.at[i]);
    put(text, "\\\"\"");
}
