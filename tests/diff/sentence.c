#include "tests/diff/sentence.h"

#include <assert.h>
#include <stdio.h>

void sentence_clear(struct sentence *sentence)
{
    text_clear(&sentence->bytes);
    sentence->count = 0;
}

void sentence_begin(struct sentence *sentence)
{
    if (sentence->count < SENTENCE_WORDS)
        sentence->words[sentence->count].at = sentence->bytes.len;
}

void sentence_end(struct sentence *sentence)
{
    if (sentence->count == SENTENCE_WORDS)
        return;
    sentence->words[sentence->count].len =
        sentence->bytes.len - sentence->words[sentence->count].at;
    sentence->count++;
}

void sentence_add(struct sentence *sentence, const void *bytes, size_t len)
{
    sentence_begin(sentence);
    text_add(&sentence->bytes, bytes, len);
    sentence_end(sentence);
}

const char *sentence_word(const struct sentence *sentence, size_t index)
{
    assert(index < sentence->count);
    return sentence->bytes.data == NULL ? "" : sentence->bytes.data + sentence->words[index].at;
}

void sentence_drop(struct sentence *sentence, size_t index)
{
    for (size_t i = index; i + 1 < sentence->count; i++)
        sentence->words[i] = sentence->words[i + 1];
    sentence->count--;
}

void sentence_swap(struct sentence *sentence, size_t one, size_t other)
{
    typeof(*sentence->words) kept = sentence->words[one];

    sentence->words[one] = sentence->words[other];
    sentence->words[other] = kept;
}

void sentence_replace_by_last(struct sentence *sentence, size_t index)
{
    sentence->words[index] = sentence->words[--sentence->count];
}

/* Faster than printf: half of the work of making up a request. */
static void header(struct text *out, char type, size_t number)
{
    char digits[24], *at = digits + sizeof(digits);

    *--at = '\n';
    *--at = '\r';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    *--at = type;
    text_add(out, at, (size_t)(digits + sizeof(digits) - at));
}

void sentence_request(const struct sentence *sentence, struct text *out)
{
    header(out, '*', sentence->count);
    for (size_t i = 0; i < sentence->count; i++) {
        header(out, '$', sentence->words[i].len);
        text_add(out, sentence_word(sentence, i), sentence->words[i].len);
        text_add(out, "\r\n", 2);
    }
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '-' || c == '_' || c == '.' || c == '+' || c == '*';
}

static bool needs_quotes(const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_plain(word[i]))
            return true;
    return len == 0;
}

static void quote(const char *word, size_t len, struct text *out)
{
    text_add_char(out, '"');
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)word[i];

        /* Braces and dollars mean something in a talk file. */
        if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '{' || c == '$')
            text_format(out, "\\x%02x", c);
        else
            text_add_char(out, (char)c);
    }
    text_add_char(out, '"');
}

static bool is_run(const char *word, size_t len)
{
    for (size_t i = 1; i < len; i++)
        if (word[i] != word[0])
            return false;
    return len >= 32 && is_plain(word[0]);
}

void sentence_line(const struct sentence *sentence, struct text *out)
{
    for (size_t i = 0; i < sentence->count; i++) {
        const char *word = sentence_word(sentence, i);
        const size_t len = sentence->words[i].len;

        if (i > 0)
            text_add_char(out, ' ');
        if (is_run(word, len))
            text_format(out, "{%c*%zu}", word[0], len);
        else if (needs_quotes(word, len))
            quote(word, len, out);
        else
            text_add(out, word, len);
    }
}
