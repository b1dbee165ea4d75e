#include "cache/mapping.h"

#include <stdint.h>
#include <sys/mman.h>

static void *map(void *at, size_t size, int protection, int flags)
{
    void *mapped =
        mmap(at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

    return mapped == MAP_FAILED ? NULL : mapped;
}

void *mapping_new(size_t size, int protection)
{
    return map(NULL, size, protection, 0);
}

/* Takes a step more than needed and cuts off what is around the aligned part. */
void *mapping_new_aligned(size_t size, size_t step, int protection)
{
    char *whole = mapping_new(size + step, protection);
    size_t before;

    if (whole == NULL)
        return NULL;
    before = -(uintptr_t)whole & (step - 1);
    mapping_drop(whole, before);
    mapping_drop(whole + before + size, step - before);
    return whole + before;
}

void *mapping_renew(void *at, size_t size, int protection)
{
    return map(at, size, protection, MAP_FIXED);
}

bool mapping_drop(void *at, size_t size)
{
    return at == NULL || size == 0 || munmap(at, size) == 0;
}
