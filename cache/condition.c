#include "cache/condition.h"

#include <xxhash.h>

#include "cache/reply.h"

static const struct {
    const char *word;
    enum condition_kind kind;
    bool differs;
} kinds[] = {
    {"ifeq", CONDITION_TEXT, false},
    {"ifne", CONDITION_TEXT, true},
    {"ifdeq", CONDITION_DIGEST, false},
    {"ifdne", CONDITION_DIGEST, true},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t digest_of(struct bytes text)
{
    return XXH3_64bits(text.at, text.len);
}

void condition_digest(struct bytes text, char *digits)
{
    const uint64_t digest = digest_of(text);
    unsigned i;

    for (i = 0; i < CONDITION_DIGITS; i++)
        digits[i] = "0123456789abcdef"[digest >> (60 - 4 * i) & 15];
}

static bool read_digest(struct bytes word, uint64_t *digest)
{
    size_t i;

    *digest = 0;
    for (i = 0; i < word.len; i++) {
        const char c = bytes_lower(word.at[i]);

        if (c >= '0' && c <= '9')
            *digest = *digest << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *digest = *digest << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    return word.len == CONDITION_DIGITS;
}

bool condition_is(const struct args *args, uint32_t index)
{
    size_t i;

    for (i = 0; i < KINDS; i++)
        if (args_say(args, index, kinds[i].word))
            return index + 1 < args->count;
    return false;
}

bool condition_read(const struct args *args, uint32_t index, struct condition *condition,
                    struct reply *reply)
{
    size_t i = 0;

    while (!args_say(args, index, kinds[i].word))
        i++;
    condition->kind = kinds[i].kind;
    condition->differs = kinds[i].differs;
    condition->text = args_word(args, index + 1);
    if (condition->kind == CONDITION_TEXT || read_digest(condition->text, &condition->digest))
        return true;
    reply_error(reply, "ERR must be exactly 16 hexadecimal characters");
    return false;
}

bool condition_holds(const struct condition *condition, const struct bytes *text)
{
    bool same = false;

    if (condition->kind == CONDITION_NONE)
        return true;
    if (text != NULL && condition->kind == CONDITION_TEXT)
        same = bytes_equal(*text, condition->text);
    else if (text != NULL)
        same = digest_of(*text) == condition->digest;
    return same != condition->differs;
}
