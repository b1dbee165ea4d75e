#include "cache/ensure.h"

#include "cache/inside.h"

/* Around a word: the entry's own fields, and its share of a spill. */
#define AROUND 64
/* Slots are rounded up, pages need not be filled, and of mixed ones there may be several with gaps too
 * short: in all no worse than a quarter of each page. */
#define WASTE 4
#define CLASSES_MOST 64 /* each size of slot has a page that it fills next */
#define OF_THE_MAP 8    /* a new one, spills, and entries that are moved meanwhile */

size_t ensure_pages(const struct args *args)
{
    const size_t entries = args->count / 2;
    size_t bytes = 0;
    uint32_t i;

    for (i = 1; i < args->count; i++) {
        const size_t len = args_word(args, i).len;

        bytes += AROUND + (len <= MEMORY_SLOT_MAX ? len : 0);
    }
    return WASTE * bytes / PAGES_SIZE + (entries < CLASSES_MOST ? entries : CLASSES_MOST) +
           OF_THE_MAP;
}

bool ensure_counts(struct bytes key, struct bytes value)
{
    return entry_fits_inside(key, value.len);
}

bool ensure_there_are(struct cache *cache, size_t pages)
{
    return memory_ensure(&cache->memory, pages);
}
