#include "cache/region.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "cache/mapping.h"

/* What a region may have at most, without taking the addresses that others need. */
static size_t fair_share(size_t size, unsigned sharers)
{
    struct rlimit limit;
    size_t share;

    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return size;
    share = (size_t)limit.rlim_cur / 2 / (sharers == 0 ? 1 : sharers);
    return share < size ? share : size;
}

void region_reserve(struct region *region, size_t size, size_t piece, unsigned sharers)
{
    *region = (struct region){0};
    size = fair_share(size, sharers);
    if (size < piece)
        size = piece;
    for (; size >= piece && region->start == NULL; size /= 2) {
        region->size = size & ~(piece - 1);
        region->start = mapping_new_aligned(region->size, piece, PROT_NONE);
    }
    if (region->start == NULL)
        region->size = 0;
}

void region_release(struct region *region)
{
    mapping_drop(region->start, region->size);
    *region = (struct region){0};
}

bool region_commit(char *at, size_t size)
{
    return mprotect(at, size, PROT_READ | PROT_WRITE) == 0;
}

/* A fresh mapping in its place takes back what was promised, too. */
bool region_drop(char *at, size_t size)
{
    return mapping_renew(at, size, PROT_NONE) != NULL;
}
