#include "cache/region.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

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

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* since Linux 5.14 */
#endif

/* A filler that does not keep up is not waited for. */
void region_ask(int filler, char *at, size_t size)
{
    const struct region_piece piece = {at, size};
    const ssize_t written = write(filler, &piece, sizeof(piece));

    (void)written;
}

/* The last page comes last. */
bool region_is_there(char *at, size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char there = 0;

    return mincore(at + size - page, page, &there) == 0 && (there & 1u);
}

bool region_fill(const struct region_piece *piece)
{
    return madvise(piece->at, piece->size, MADV_POPULATE_WRITE) == 0;
}
