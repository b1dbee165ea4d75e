#include "cache/panic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void panic(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    fputs("croft: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    abort();
}

void *must_malloc(size_t size)
{
    void *at = malloc(size);

    if (at == NULL)
        panic("out of memory allocating %zu bytes", size);
    return at;
}

void *must_calloc(size_t count, size_t size)
{
    void *at = calloc(count, size);

    if (at == NULL)
        panic("out of memory allocating %zu times %zu bytes", count, size);
    return at;
}

void *must_realloc(void *at, size_t size)
{
    void *moved = realloc(at, size);

    if (moved == NULL)
        panic("out of memory allocating %zu bytes", size);
    return moved;
}

void *must_aligned(size_t alignment, size_t size)
{
    void *at = NULL;

    if (posix_memalign(&at, alignment, size) != 0)
        panic("out of memory allocating %zu bytes", size);
    memset(at, 0, size);
    return at;
}
