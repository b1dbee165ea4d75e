#include "cache/region.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

static char *map(void *at, size_t size, int protection, int flags)
{
    void *mapped =
        mmap(at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

    return mapped == MAP_FAILED ? NULL : mapped;
}

static void unmap(char *at, size_t size)
{
    if (size > 0)
        munmap(at, size);
}

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

/* Reserves a piece more than needed and cuts off what is around the aligned part. */
static bool reserve(struct region *region, size_t size, size_t piece)
{
    char *whole = map(NULL, size + piece, PROT_NONE, 0);
    size_t before;

    if (whole == NULL)
        return false;
    before = -(uintptr_t)whole & (piece - 1);
    unmap(whole, before);
    unmap(whole + before + size, piece - before);
    *region = (struct region){whole + before, size};
    return true;
}

void region_reserve(struct region *region, size_t size, size_t piece, unsigned sharers)
{
    *region = (struct region){0};
    size = fair_share(size, sharers);
    if (size < piece)
        size = piece;
    for (; size >= piece; size /= 2)
        if (reserve(region, size & ~(piece - 1), piece))
            return;
}

void region_release(struct region *region)
{
    unmap(region->start, region->size);
    *region = (struct region){0};
}

bool region_commit(char *at, size_t size)
{
    return mprotect(at, size, PROT_READ | PROT_WRITE) == 0;
}

/* A fresh mapping in its place takes back what was promised, too. */
bool region_drop(char *at, size_t size)
{
    return map(at, size, PROT_NONE, MAP_FIXED) != NULL;
}

void *region_table(size_t size)
{
    return map(NULL, size, PROT_READ | PROT_WRITE, 0);
}

void region_table_free(void *table, size_t size)
{
    if (table != NULL)
        munmap(table, size);
}
