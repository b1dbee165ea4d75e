#include "cache/memory.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

static void *counted(struct memory *memory, void *at, size_t size)
{
    if (at == NULL)
        return NULL;
    memory->used += size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
    return at;
}

void *memory_alloc(struct memory *memory, size_t size)
{
    return counted(memory, malloc(size), size);
}

void *memory_alloc_lines(struct memory *memory, size_t size)
{
    void *at = NULL;

    if (posix_memalign(&at, CACHE_LINE, size) != 0)
        return NULL;
    memset(at, 0, size);
    return counted(memory, at, size);
}

void memory_free(struct memory *memory, void *at, size_t size)
{
    if (at == NULL)
        return;
    memory->used -= size;
    free(at);
}
