/* Copies that only replies hold: whoever is lent one gives it back, and nothing of it stays counted. */
#include "cache/cache.h"

#include <string.h>

#include "cache/inside.h"
#include "cache/large.h"
#include "cache/pages.h"
#include "conf/settings.h"
#include "tests/tap/tap.h"

#define MIB ((size_t)1 << 20)

static const struct keyhash keyhash = {.secret = {1, 2}};
static const struct settings settings;
static char text[3 * MIB];

static struct cache *make(void)
{
    const struct cache_setup setup = {
        .index = 5, .count = 7, .keyhash = &keyhash, .settings = &settings};

    return cache_new(&setup);
}

static void a_copy_is_lent_and_comes_back(struct cache *cache, size_t len)
{
    const size_t used = cache->memory.used, blocks = cache->memory.blocks;
    struct loan *loan = cache_lend_copy(cache, bytes_new(text, len));

    ok(loan != NULL && loan->text.len == len && memcmp(loan->text.at, text, len) == 0,
       "%zu bytes are lent", len);
    ok(loan->large->loose && loan->large->keeper == 5, "nothing but the loan holds them");
    ok(cache->memory.used == used && cache->memory.loose >= len, "they are no data, but counted");
    cache_take_back(cache, loan);
    ok(cache->memory.loose == 0 && cache->memory.blocks == blocks, "and gone when they come back");
}

/* Copies of about a page are one. */
static void pages_are_used_again(struct cache *cache)
{
    const size_t len = PAGES_SIZE - sizeof(struct large);
    struct loan *loan = cache_lend_copy(cache, bytes_new(text, len));
    const char *at = loan->text.at;

    cache_take_back(cache, loan);
    loan = cache_lend_copy(cache, bytes_new(text, len - 100));
    ok(loan->text.at == at, "the next copy lies where the last one lay");
    cache_take_back(cache, loan);
}

static void many_come_back_at_once(struct cache *cache)
{
    struct loan *list = NULL;
    unsigned i;

    for (i = 0; i < 1000; i++) {
        struct loan *loan = cache_lend_copy(cache, bytes_new(text, 100 + i * 70));

        loan->next = list;
        list = loan;
    }
    cache_take_back(cache, list);
    ok(cache->memory.loose > 0, "a thousand that come back at once take a while");
    for (i = 0; i < 1000 && cache->memory.loose > 0; i++)
        cache_turn(cache, 100);
    is_int(cache->memory.loose, 0, "and then all are there");
}

int main(void)
{
    struct cache *cache = make();
    size_t i;

    for (i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7 + i / 251);
    a_copy_is_lent_and_comes_back(cache, 0);
    a_copy_is_lent_and_comes_back(cache, 1000);
    a_copy_is_lent_and_comes_back(cache, PAGES_SIZE - sizeof(struct large));
    a_copy_is_lent_and_comes_back(cache, PAGES_SIZE);
    a_copy_is_lent_and_comes_back(cache, sizeof(text));
    pages_are_used_again(cache);
    many_come_back_at_once(cache);
    cache_free(cache);
    return tap_done();
}
