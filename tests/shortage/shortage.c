#include "tests/shortage/shortage.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static _Thread_local struct {
    bool on;
    unsigned paused;
    uint64_t given;
    uint64_t refused;
    uint64_t asked;
    uint64_t failed;
} here;

void shortage_after(uint64_t given, uint64_t refused)
{
    here.given = given;
    here.refused = refused;
    here.asked = 0;
    here.failed = 0;
    here.on = true;
}

uint64_t shortage_end(uint64_t *refused)
{
    here.on = false;
    if (refused != NULL)
        *refused = here.failed;
    return here.asked;
}

void shortage_pause(void)
{
    here.paused++;
}

void shortage_go_on(void)
{
    here.paused--;
}

static bool is_refused(void)
{
    if (!here.on || here.paused > 0)
        return false;
    here.asked++;
    if (here.given > 0) {
        here.given--;
        return false;
    }
    if (here.refused == 0)
        return false;
    here.refused--;
    here.failed++;
    errno = ENOMEM;
    return true;
}

/* The linker gives what is called f to __wrap_f, and the real one the name __real_f. */
#define LED(result, name, parameters, arguments, none) \
    result __real_##name parameters;                   \
    result __wrap_##name parameters;                   \
    result __wrap_##name parameters                    \
    {                                                  \
        if (is_refused())                              \
            return none;                               \
        return __real_##name arguments;                \
    }

LED(void *, malloc, (size_t size), (size), NULL)
LED(void *, calloc, (size_t count, size_t size), (count, size), NULL)
LED(void *, realloc, (void *at, size_t size), (at, size), NULL)
LED(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL)
LED(int, posix_memalign, (void **at, size_t alignment, size_t size), (at, alignment, size), ENOMEM)
LED(char *, strdup, (const char *text), (text), NULL)
LED(char *, strndup, (const char *text, size_t len), (text, len), NULL)
LED(FILE *, open_memstream, (char **text, size_t *len), (text, len), NULL)
LED(void *, mmap, (void *at, size_t size, int protection, int flags, int fd, off_t offset),
    (at, size, protection, flags, fd, offset), MAP_FAILED)
LED(int, mprotect, (void *at, size_t size, int protection), (at, size, protection), -1)

/* Its last argument is there for MREMAP_FIXED alone, which nobody here uses. */
void *__real_mremap(void *at, size_t size, size_t new_size, int flags, ...);
void *__wrap_mremap(void *at, size_t size, size_t new_size, int flags, ...);
void *__wrap_mremap(void *at, size_t size, size_t new_size, int flags, ...)
{
    if (is_refused())
        return MAP_FAILED;
    return __real_mremap(at, size, new_size, flags);
}
