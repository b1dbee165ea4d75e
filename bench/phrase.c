#include "bench/phrase.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY "key:000000000000"
#define KEY_DIGITS 12
#define WORD 8 /* digits in one word */

static void write_stencil(struct stencil *stencil, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void write_stencil(struct stencil *stencil, const char *format, ...)
{
    const char *key;
    va_list list;

    va_start(list, format);
    stencil->len = (size_t)vsnprintf(stencil->bytes, sizeof(stencil->bytes), format, list);
    va_end(list);
    key = strstr(stencil->bytes, KEY);
    stencil->digits = key == NULL ? 0 : (size_t)(key - stencil->bytes) + strlen("key:");
}

static void say_resp(struct phrase *phrase, uint64_t ttl)
{
    char seconds[24];
    const int len = snprintf(seconds, sizeof(seconds), "%" PRIu64, ttl);

    write_stencil(&phrase->get, "*2\r\n$3\r\nGET\r\n$16\r\n%s\r\n", KEY);
    write_stencil(&phrase->set, "*%d\r\n$3\r\nSET\r\n$16\r\n%s\r\n$", ttl > 0 ? 5 : 3, KEY);
    if (ttl > 0)
        write_stencil(&phrase->set_tail, "\r\n$2\r\nEX\r\n$%d\r\n%s\r\n", len, seconds);
    else
        write_stencil(&phrase->set_tail, "\r\n");
}

static void say_memcached(struct phrase *phrase, uint64_t ttl)
{
    write_stencil(&phrase->get, "get %s\r\n", KEY);
    write_stencil(&phrase->set, "set %s 0 %" PRIu64 " ", KEY, ttl);
    write_stencil(&phrase->set_tail, "\r\n");
}

bool phrase_init(struct phrase *phrase, enum protocol protocol, uint64_t keys,
                 const char *value_size, uint64_t ttl, struct why *why)
{
    *phrase = (struct phrase){.protocol = protocol, .many_keys = keys > 100000000};
    if (!sizes_init(&phrase->sizes, value_size, why))
        return false;
    phrase->filler = malloc(phrase->sizes.largest);
    if (phrase->filler == NULL) {
        why_set(why, "no memory for values of %u bytes", phrase->sizes.largest);
        sizes_fini(&phrase->sizes);
        return false;
    }
    memset(phrase->filler, 'z', phrase->sizes.largest);
    if (protocol == PROTOCOL_RESP)
        say_resp(phrase, ttl);
    else
        say_memcached(phrase, ttl);
    return true;
}

void phrase_fini(struct phrase *phrase)
{
    sizes_fini(&phrase->sizes);
    free(phrase->filler);
    phrase->filler = NULL;
}

static uint64_t add_stencil(const struct phrase *phrase, const struct stencil *stencil,
                            struct batch *batch, uint64_t key)
{
    char *digits = batch->bytes + batch->len + stencil->digits;
    const uint64_t word = keys_eight_digits(key % 100000000);

    batch_add(batch, stencil->bytes, stencil->len);
    if (phrase->many_keys) {
        const uint64_t first = keys_eight_digits(key / 100000000);

        memcpy(digits, (const char *)&first + 4, 4);
    }
    memcpy(digits + KEY_DIGITS - WORD, &word, WORD);
    return word;
}

uint64_t phrase_get(const struct phrase *phrase, struct batch *batch, uint64_t key)
{
    return add_stencil(phrase, &phrase->get, batch, key);
}

/* Short values show the last digits they have room for. */
static void add_short_value(struct batch *batch, const char *filler, size_t len, uint64_t word)
{
    if (len < WORD) {
        batch_add(batch, (const char *)&word + WORD - len, len);
        return;
    }
    batch_add(batch, (const char *)&word, WORD);
    batch_add(batch, filler, len - WORD);
    if (len >= 2 * WORD)
        memcpy(batch->bytes + batch->len - WORD, &word, WORD);
}

static void refer_to_value(struct batch *batch, const char *filler, size_t len, uint64_t word)
{
    batch_add(batch, (const char *)&word, WORD);
    batch_refer(batch, filler, len - 2 * WORD);
    batch_add(batch, (const char *)&word, WORD);
}

uint64_t phrase_set(const struct phrase *phrase, struct batch *batch, uint64_t key, uint64_t roll)
{
    const struct size *size = sizes_draw(&phrase->sizes, roll);
    const uint64_t word = add_stencil(phrase, &phrase->set, batch, key);

    batch_add(batch, size->line, SIZES_LINE);
    batch->len -= SIZES_LINE - size->line_len;
    if (size->bytes <= PHRASE_COPIED)
        add_short_value(batch, phrase->filler, size->bytes, word);
    else
        refer_to_value(batch, phrase->filler, size->bytes, word);
    batch_add(batch, phrase->set_tail.bytes, phrase->set_tail.len);
    return word;
}

bool phrase_make_batch(const struct phrase *phrase, struct batch *batch, size_t requests)
{
    const size_t largest = phrase->sizes.largest;
    const size_t copied = largest < PHRASE_COPIED ? largest : PHRASE_COPIED;

    return batch_init(batch, requests * (PHRASE_ROOM + copied),
                      largest > PHRASE_COPIED ? requests : 0);
}
