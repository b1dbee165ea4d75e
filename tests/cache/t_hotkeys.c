/* Which keys are found to be read most, among many others. */
#include <stdio.h>
#include <string.h>

#include "cache/hotkeys.h"
#include "cache/random.h"
#include "tests/tap/tap.h"

static struct hotkeys hotkeys;

static void read_key(const char *key, unsigned database, uint64_t reads)
{
    uint64_t hash = database + 1;
    const char *at;

    for (at = key; *at != '\0'; at++)
        hash = hash * 31 + (unsigned char)*at;
    hotkeys_note(&hotkeys, bytes_of(key), hash, database, reads);
}

static const struct hotkey *find(const char *key, unsigned database)
{
    unsigned i;

    for (i = 0; i < HOTKEYS_KEPT; i++)
        if (hotkeys.places[i].reads > 0 && hotkeys.places[i].database == database &&
            bytes_equal(bytes_new(hotkeys.places[i].key, hotkeys.places[i].len), bytes_of(key)))
            return &hotkeys.places[i];
    return NULL;
}

static void a_few_are_counted_exactly(void)
{
    read_key("a", 0, 1);
    read_key("a", 0, 64);
    read_key("a", 1, 3);
    read_key("b", 0, 1);
    is_int(find("a", 0)->reads, 65, "reads of a key are summed up");
    is_int(find("a", 1)->reads, 3, "apart from those of its namesake in another database");
    is_int(find("b", 0)->reads, 1, "and of other keys");
}

static void what_is_read_often_is_found(void)
{
    struct random random;
    char key[32];
    unsigned i;

    random_seed(&random, 1);
    for (i = 0; i < 20000; i++) {
        if (i % 10 == 0) {
            read_key("hot", 0, 1);
        } else {
            snprintf(key, sizeof(key), "cold:%u", (unsigned)random_below(&random, 100000));
            read_key(key, 0, 1);
        }
    }
    ok(find("hot", 0) != NULL, "one in ten reads is found among thousands of others");
    ok(find("hot", 0)->reads >= 2000 && find("hot", 0)->reads < 3000, "and counted about right");
}

static void the_past_fades(void)
{
    const uint64_t before = find("hot", 0)->reads;
    unsigned i;

    for (i = 0; i < HOTKEYS_FADE; i++)
        read_key("new", 0, 1);
    ok(find("hot", 0)->reads <= before / 2, "what is no longer read fades");
}

static void long_keys_are_left_out(void)
{
    char key[HOTKEYS_KEY + 2];

    memset(key, 'k', sizeof(key));
    key[HOTKEYS_KEY + 1] = '\0';
    read_key(key, 0, 1000000);
    ok(find(key, 0) == NULL, "a key that is too long is left out");
    key[HOTKEYS_KEY] = '\0';
    read_key(key, 0, 1000000);
    ok(find(key, 0) != NULL, "one that just fits is not");
}

int main(void)
{
    a_few_are_counted_exactly();
    what_is_read_often_is_found();
    the_past_fades();
    long_keys_are_left_out();
    return tap_done();
}
