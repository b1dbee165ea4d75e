#include "cache/random.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

void random_seed(struct random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t random_next(struct random *random)
{
    uint64_t word = random->state += UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */

    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

/* The high half of a product scales without dividing. */
uint64_t random_below(struct random *random, uint64_t bound)
{
    assert(bound > 0);
    return (uint64_t)((unsigned __int128)random_next(random) * bound >> 64);
}

bool random_secret(void *into, size_t len, struct why *why)
{
    char *at = into;

    while (len > 0) {
        const ssize_t got = getrandom(at, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            why_errno(why, "cannot get random bytes from the kernel");
            return false;
        }
        at += got;
        len -= (size_t)got;
    }
    return true;
}
