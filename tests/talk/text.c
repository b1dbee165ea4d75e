#include "tests/talk/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

void text_fini(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

void text_clear(struct text *text)
{
    text->len = 0;
}

static void reserve(struct text *text, size_t more)
{
    size_t room = text->room ? text->room : 64;

    while (room - text->len < more)
        room *= 2;
    if (room == text->room)
        return;
    text->data = realloc(text->data, room);
    if (text->data == NULL)
        tap_bail("no memory for %zu bytes", room);
    text->room = room;
}

void text_add(struct text *text, const void *data, size_t len)
{
    if (len == 0)
        return;
    reserve(text, len);
    memcpy(text->data + text->len, data, len);
    text->len += len;
}

void text_add_char(struct text *text, char c)
{
    text_add(text, &c, 1);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list args;
    char *formatted;
    int len;

    va_start(args, format);
    len = vasprintf(&formatted, format, args);
    va_end(args);
    if (len < 0)
        tap_bail("no memory to format a text");
    text_add(text, formatted, (size_t)len);
    free(formatted);
}

const char *text_string(struct text *text)
{
    reserve(text, 1);
    text->data[text->len] = '\0';
    return text->data;
}

static const char plain_letters[] = "rntab\\";
static const char plain_meaning[] = "\r\n\t\a\b\\";

static void escape_char(struct text *text, unsigned char c)
{
    const char *known = c == '\0' ? NULL : strchr(plain_meaning, c);

    if (known != NULL)
        text_format(text, "\\%c", plain_letters[known - plain_meaning]);
    else if (c < ' ' || c > '~')
        text_format(text, "\\x%02x", c);
    else
        text_add_char(text, (char)c);
}

void text_escape(struct text *text, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++)
        escape_char(text, bytes[i]);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c | 0x20);

    return found == NULL ? -1 : (int)(found - digits);
}

static bool hex_pair(const char *at, const char *end, char *value)
{
    if (end - at < 2 || hex_digit(at[0]) < 0 || hex_digit(at[1]) < 0)
        return false;
    *value = (char)(hex_digit(at[0]) * 16 + hex_digit(at[1]));
    return true;
}

char text_unescape_char(const char **at, const char *end)
{
    char c = *(*at)++;
    const char *known;

    if (c != '\\' || *at == end)
        return c;
    c = *(*at)++;
    if (c == 'x' && hex_pair(*at, end, &c)) {
        *at += 2;
        return c;
    }
    known = strchr(plain_letters, c);
    return known != NULL && *known != '\0' ? plain_meaning[known - plain_letters] : c;
}

void text_unescape(struct text *text, const char *data, size_t len)
{
    const char *end = data + len;

    while (data < end)
        text_add_char(text, text_unescape_char(&data, end));
}
