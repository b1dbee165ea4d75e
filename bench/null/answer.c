#include "bench/null/answer.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD 8 /* digits at both ends of a value */
#define MOST_ARGUMENTS 9

struct cursor {
    const char *at, *end;
    bool lost; /* else, what is missing may still come */
};

struct found {
    size_t count;
    const char *key;
    size_t key_len, value_len;
};

static void learn_length(struct answer *answer, size_t len)
{
    answer->value_len = len;
    answer->head_len =
        (size_t)snprintf(answer->head, sizeof(answer->head), "$%hu\r\n", (unsigned short)len);
}

void answer_init(struct answer *answer)
{
    learn_length(answer, 0);
}

/* A letter, digits and the end of the line. */
static bool take_count(struct cursor *cursor, char letter, size_t most, size_t *count)
{
    size_t number = 0;

    if (cursor->at < cursor->end && *cursor->at != letter)
        cursor->lost = true;
    if (cursor->lost || cursor->at == cursor->end)
        return false;
    for (cursor->at++; cursor->at < cursor->end && *cursor->at != '\r'; cursor->at++) {
        number = number * 10 + (size_t)(*cursor->at - '0');
        if (*cursor->at < '0' || *cursor->at > '9' || number > most) {
            cursor->lost = true;
            return false;
        }
    }
    if (cursor->end - cursor->at < 2)
        return false;
    cursor->at += 2;
    *count = number;
    return true;
}

static bool take_bulk(struct cursor *cursor, const char **bytes, size_t *len)
{
    if (!take_count(cursor, '$', ANSWER_VALUE, len) ||
        (size_t)(cursor->end - cursor->at) < *len + 2)
        return false;
    *bytes = cursor->at;
    cursor->at += *len + 2;
    return true;
}

static bool take_array(struct cursor *cursor, struct found *found)
{
    const char *bytes;
    size_t len;

    if (!take_count(cursor, '*', MOST_ARGUMENTS, &found->count))
        return false;
    for (size_t i = 0; i < found->count; i++) {
        if (!take_bulk(cursor, &bytes, &len))
            return false;
        if (i == 1) {
            found->key = bytes;
            found->key_len = len;
        } else if (i == 2) {
            found->value_len = len;
        }
    }
    return true;
}

static bool take_line(struct cursor *cursor)
{
    const char *end = memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));

    if (end != NULL)
        cursor->at = end + 1;
    return end != NULL;
}

static size_t say(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return len;
}

static size_t say_value(const struct answer *answer, const struct found *found, char *out)
{
    const size_t len = answer->value_len, head = say(out, answer->head, answer->head_len);
    const char *digits = found->key + found->key_len - WORD;
    char *value = out + head;

    if (len < WORD) {
        memcpy(value, digits + WORD - len, len);
    } else {
        memset(value, 'z', len);
        memcpy(value, digits, WORD);
        if (len >= 2 * WORD)
            memcpy(value + len - WORD, digits, WORD);
    }
    return head + len + say(value + len, "\r\n", 2);
}

static size_t reply(struct answer *answer, const struct found *found, char *out)
{
    if (found->count == 2 && found->key_len >= WORD)
        return say_value(answer, found, out);
    if (found->count > 2 && found->value_len != answer->value_len)
        learn_length(answer, found->value_len);
    return say(out, "+OK\r\n", 5);
}

size_t answer_all(struct answer *answer, const char *in, size_t in_len, char *out, size_t room,
                  size_t *out_len)
{
    struct cursor cursor = {in, in + in_len, false};
    const char *done = in;
    size_t used = 0;

    while (cursor.at < cursor.end && room - used >= ANSWER_ROOM) {
        struct found found = {0};

        if (*cursor.at == '*') {
            if (!take_array(&cursor, &found))
                break;
            used += reply(answer, &found, out + used);
        } else {
            if (!take_line(&cursor))
                break;
            used += say(out + used, "+null\r\n", 7);
        }
        done = cursor.at;
    }
    *out_len = used;
    return cursor.lost ? ANSWER_LOST : (size_t)(done - in);
}
