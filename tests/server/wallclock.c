/*
 * Put in front of a server's libraries it makes the wall clock show what the test wants: as many
 * milliseconds ahead as the file says that WALLCLOCK names. The kernel is not told, so nobody hears of
 * it before he looks.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time);

static const volatile int64_t *ahead;

static __attribute__((constructor)) void look(void)
{
    const char *path = getenv("WALLCLOCK");
    const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);

    if (fd >= 0)
        close(fd);
    ahead = at == MAP_FAILED ? NULL : at;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    const int result = (int)syscall(SYS_clock_gettime, clock, time);

    if (clock == CLOCK_REALTIME && ahead != NULL)
        time->tv_sec += *ahead / 1000;
    return result;
}
