#include "tests/talk/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

void words_fini(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        text_fini(&words->items[i]);
    free(words->items);
    *words = (struct words){0};
}

static struct text *next_word(struct words *words)
{
    words->items = realloc(words->items, (words->count + 1) * sizeof(*words->items));
    if (words->items == NULL)
        tap_bail("no memory for words");
    words->items[words->count] = (struct text){0};
    return &words->items[words->count++];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads behind an opening quote, up to and with the closing one. */
static bool quoted(struct text *word, const char **at, const char *end, char quote)
{
    while (*at < end) {
        if (**at == quote) {
            (*at)++;
            return *at == end || is_blank(**at);
        }
        if (quote == '\'' && end - *at > 1 && (*at)[0] == '\\' && (*at)[1] == '\'')
            (*at)++;
        text_add_char(word, quote == '"' ? text_unescape_char(at, end) : *(*at)++);
    }
    return false;
}

static bool word(struct text *word, const char **at, const char *end)
{
    while (*at < end && !is_blank(**at)) {
        char c = *(*at)++;

        if (c == '"' || c == '\'')
            return quoted(word, at, end, c);
        text_add_char(word, c);
    }
    return true;
}

bool words_split(struct words *words, const char *line, size_t len)
{
    const char *end = line + len;

    for (;;) {
        while (line < end && is_blank(*line))
            line++;
        if (line == end)
            return true;
        if (!word(next_word(words), &line, end))
            return false;
    }
}

void words_request(const struct words *words, struct text *out)
{
    text_format(out, "*%zu\r\n", words->count);
    for (size_t i = 0; i < words->count; i++) {
        text_format(out, "$%zu\r\n", words->items[i].len);
        text_add(out, words->items[i].data, words->items[i].len);
        text_add(out, "\r\n", 2);
    }
}

/* At "${name}": adds the value and answers the length of what it replaces, else 0. */
static size_t expand_variable(const char *at, const char *end, words_lookup lookup, void *context,
                              struct text *out)
{
    const char *close =
        end - at > 3 && at[0] == '$' && at[1] == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
    const struct text *value =
        close == NULL ? NULL : lookup(context, at + 2, (size_t)(close - at - 2));

    if (value == NULL)
        return 0;
    text_add(out, value->data, value->len);
    return (size_t)(close + 1 - at);
}

static bool all_digits(const char *at, const char *end)
{
    for (const char *digit = at; digit < end; digit++)
        if (!isdigit((unsigned char)*digit))
            return false;
    return at < end;
}

/* At "{text*N}": adds text N times and answers the length of what it replaces, else 0. */
static size_t expand_repeat(const char *at, const char *end, struct text *out)
{
    const char *close = *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
    const char *star = close == NULL ? NULL : memrchr(at, '*', (size_t)(close - at));

    if (star == NULL || star == at + 1 || !all_digits(star + 1, close))
        return 0;
    for (unsigned long left = strtoul(star + 1, NULL, 10); left > 0; left--)
        text_add(out, at + 1, (size_t)(star - at - 1));
    return (size_t)(close + 1 - at);
}

void words_expand(const char *line, size_t len, words_lookup lookup, void *context,
                  struct text *out)
{
    const char *end = line + len;

    while (line < end) {
        size_t done = expand_variable(line, end, lookup, context, out);

        if (done == 0)
            done = expand_repeat(line, end, out);
        if (done == 0)
            text_add_char(out, *line);
        line += done ? done : 1;
    }
}
