#include "cache/hotkeys.h"

#include <string.h>

static void fade(struct hotkeys *hotkeys)
{
    unsigned i;

    for (i = 0; i < HOTKEYS_KEPT; i++)
        hotkeys->places[i].reads /= 2;
}

static bool is_it(const struct hotkey *place, struct bytes key, uint64_t hash, unsigned database)
{
    return place->hash == hash && place->database == database && place->reads > 0 &&
           bytes_equal(bytes_new(place->key, place->len), key);
}

static struct hotkey *place_of(struct hotkeys *hotkeys, struct bytes key, uint64_t hash,
                               unsigned database)
{
    struct hotkey *least = &hotkeys->places[0];
    unsigned i;

    for (i = 0; i < HOTKEYS_KEPT; i++) {
        struct hotkey *place = &hotkeys->places[i];

        if (is_it(place, key, hash, database))
            return place;
        if (place->reads < least->reads)
            least = place;
    }
    least->hash = hash;
    least->database = (uint8_t)database;
    least->len = (uint16_t)key.len;
    memcpy(least->key, key.at, key.len);
    return least;
}

void hotkeys_note(struct hotkeys *hotkeys, struct bytes key, uint64_t hash, unsigned database,
                  uint64_t reads)
{
    if (key.len > HOTKEYS_KEY)
        return;
    if (++hotkeys->noted % HOTKEYS_FADE == 0)
        fade(hotkeys);
    place_of(hotkeys, key, hash, database)->reads += reads;
}
