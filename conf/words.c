#include "conf/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is being read: the rest of the line, and the word so far. */
struct reader {
    const char *at;
    const char *end;
    char *word;
    size_t len;
};

static bool has(const struct reader *reader, size_t bytes)
{
    return (size_t)(reader->end - reader->at) >= bytes;
}

static bool is_blank(char c)
{
    return isspace((unsigned char)c) != 0;
}

static void put(struct reader *reader, char c)
{
    reader->word[reader->len++] = c;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_hex(const struct reader *reader)
{
    return has(reader, 4) && reader->at[1] == 'x' && hex_digit(reader->at[2]) >= 0 &&
           hex_digit(reader->at[3]) >= 0;
}

static char unescaped(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'a':
        return '\a';
    default:
        return c;
    }
}

/* At a backslash inside double quotes. */
static void read_escape(struct reader *reader)
{
    if (is_hex(reader)) {
        put(reader, (char)(hex_digit(reader->at[2]) * 16 + hex_digit(reader->at[3])));
        reader->at += 4;
    } else {
        put(reader, unescaped(reader->at[1]));
        reader->at += 2;
    }
}

/* Behind the closing quote comes a blank or nothing. */
static bool ends_well(struct reader *reader)
{
    reader->at++;
    return !has(reader, 1) || is_blank(*reader->at);
}

static bool read_double_quoted(struct reader *reader)
{
    reader->at++;
    while (has(reader, 1)) {
        if (*reader->at == '"')
            return ends_well(reader);
        if (*reader->at == '\\' && has(reader, 2))
            read_escape(reader);
        else
            put(reader, *reader->at++);
    }
    return false;
}

static bool read_single_quoted(struct reader *reader)
{
    reader->at++;
    while (has(reader, 1)) {
        if (*reader->at == '\'')
            return ends_well(reader);
        if (*reader->at == '\\' && has(reader, 2) && reader->at[1] == '\'')
            reader->at++;
        put(reader, *reader->at++);
    }
    return false;
}

static bool ends_bare(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Quotes may begin in the middle of a word, and end it. */
static bool read_word(struct reader *reader)
{
    reader->len = 0;
    while (has(reader, 1) && !ends_bare(*reader->at)) {
        if (*reader->at == '"')
            return read_double_quoted(reader);
        if (*reader->at == '\'')
            return read_single_quoted(reader);
        put(reader, *reader->at++);
    }
    return true;
}

static void skip_blanks(struct reader *reader)
{
    while (has(reader, 1) && is_blank(*reader->at))
        reader->at++;
}

/* Doubles the room whenever it is a power of two and full. */
static bool grow(struct words *words)
{
    const size_t room = words->count == 0 ? 1 : words->count * 2;
    char **at;
    size_t *len;

    if ((words->count & (words->count - 1)) != 0)
        return true;
    at = realloc(words->at, room * sizeof(*words->at));
    if (at == NULL)
        return false;
    words->at = at;
    len = realloc(words->len, room * sizeof(*words->len));
    if (len == NULL)
        return false;
    words->len = len;
    return true;
}

bool words_add(struct words *words, const char *word, size_t len)
{
    char *copy = grow(words) ? malloc(len + 1) : NULL;

    if (copy == NULL)
        return false;
    memcpy(copy, word, len);
    copy[len] = '\0';
    words->at[words->count] = copy;
    words->len[words->count++] = len;
    return true;
}

static bool read_all(struct reader *reader, struct words *words)
{
    for (skip_blanks(reader); has(reader, 1); skip_blanks(reader)) {
        if (!read_word(reader))
            return false;
        if (!words_add(words, reader->word, reader->len)) {
            errno = ENOMEM;
            return false;
        }
    }
    return true;
}

bool words_split(struct words *words, const char *line, size_t len)
{
    /* No word is longer than its line. */
    const size_t used = strnlen(line, len);
    struct reader reader = {line, line + used, malloc(used + 1), 0};
    bool split;

    *words = (struct words){0, NULL, NULL};
    if (reader.word == NULL) {
        errno = ENOMEM;
        return false;
    }
    errno = 0;
    split = read_all(&reader, words);
    free(reader.word);
    if (!split) {
        const int error = errno;

        words_free(words);
        errno = error;
    }
    return split;
}

void words_free(struct words *words)
{
    size_t i;

    for (i = 0; i < words->count; i++)
        free(words->at[i]);
    free(words->at);
    free(words->len);
    *words = (struct words){0, NULL, NULL};
}

/* A word that can be written as it is; one that begins with # would look like a comment. */
static bool is_plain(const char *word, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (!isgraph((unsigned char)word[i]) || strchr("\"'\\", word[i]) != NULL)
            return false;
    return len > 0 && word[0] != '#';
}

static void write_escaped(FILE *out, char c)
{
    static const char names[] = "nrtba";
    static const char codes[] = "\n\r\t\b\a";
    const char *known = c == '\0' ? NULL : strchr(codes, c);

    if (known != NULL)
        fprintf(out, "\\%c", names[known - codes]);
    else if (c == '"' || c == '\\')
        fprintf(out, "\\%c", c);
    else if (isprint((unsigned char)c))
        fputc(c, out);
    else
        fprintf(out, "\\x%02x", (unsigned char)c);
}

char *words_quote(const char *word, size_t len)
{
    const bool plain = is_plain(word, len);
    char *text = NULL;
    size_t used;
    size_t i;
    FILE *out = open_memstream(&text, &used);

    if (out == NULL)
        return NULL;
    if (plain)
        fwrite(word, 1, len, out);
    else
        fputc('"', out);
    for (i = 0; !plain && i < len; i++)
        write_escaped(out, word[i]);
    if (!plain)
        fputc('"', out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
