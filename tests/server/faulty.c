/*
 * Put in front of a server's libraries it makes system calls fail as the plan says that FAULTS names;
 * see faults.h. What has no plan goes to the kernel, or libc, as it is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/server/faults.h"

enum { ALLOC_FROM = 8192 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *at, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct faults_plan *plan;

static __attribute__((constructor)) void look(void)
{
    const char *path = getenv("FAULTS");
    const int fd =
        path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    void *at = fd < 0 ? MAP_FAILED
                      : (void *)syscall(SYS_mmap, NULL, sizeof(*plan), PROT_READ | PROT_WRITE,
                                        MAP_SHARED, fd, 0);

    if (fd >= 0)
        syscall(SYS_close, fd);
    plan = at == MAP_FAILED ? NULL : at;
}

/* Every n-th fails, spread evenly; errno is set. */
static bool fails(enum fault fault)
{
    struct faults_call *call = plan == NULL ? NULL : &plan->of[fault];
    unsigned long number;
    int error;

    if (call == NULL || (error = __atomic_load_n(&call->error, __ATOMIC_RELAXED)) == 0)
        return false;
    number = __atomic_add_fetch(&call->calls, 1, __ATOMIC_RELAXED);
    if (number * call->per_mille / 1000 == (number - 1) * call->per_mille / 1000)
        return false;
    __atomic_add_fetch(&call->injected, 1, __ATOMIC_RELAXED);
    errno = error;
    return true;
}

static size_t shortened(enum fault fault, size_t len)
{
    const unsigned most =
        plan == NULL ? 0 : __atomic_load_n(&plan->of[fault].most, __ATOMIC_RELAXED);

    return most == 0 || most > len ? len : most;
}

/* --- sockets --- */

int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    return fails(FAULT_ACCEPT) ? -1 : (int)syscall(SYS_accept4, fd, address, len, flags);
}

ssize_t recv(int fd, void *into, size_t len, int flags)
{
    if (fails(FAULT_RECV))
        return -1;
    return syscall(SYS_recvfrom, fd, into, shortened(FAULT_RECV, len), flags, NULL, NULL);
}

ssize_t send(int fd, const void *from, size_t len, int flags)
{
    if (fails(FAULT_SEND))
        return -1;
    return syscall(SYS_sendto, fd, from, shortened(FAULT_SEND, len), flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (fails(FAULT_SEND))
        return -1;
    if (shortened(FAULT_SEND, SIZE_MAX) != SIZE_MAX && message->msg_iovlen > 0)
        return syscall(SYS_sendto, fd, message->msg_iov[0].iov_base,
                       shortened(FAULT_SEND, message->msg_iov[0].iov_len), flags, NULL, 0);
    return syscall(SYS_sendmsg, fd, message, flags);
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
    if (fails(FAULT_EPOLL))
        return -1;
    return (int)syscall(SYS_epoll_pwait, fd, events, most, timeout, NULL, 0);
}

/* --- files --- */

int open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list list;

    va_start(list, flags);
    mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    return fails(FAULT_OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int mkostemp(char *pattern, int flags)
{
    int (*next)(char *, int) = (int (*)(char *, int))dlsym(RTLD_NEXT, "mkostemp");

    return fails(FAULT_OPEN) ? -1 : next(pattern, flags);
}

int mkstemp(char *pattern)
{
    return mkostemp(pattern, 0);
}

/* Waking a thread is a write, too, which cannot fail so. */
static bool is_file(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int fd, const void *from, size_t len)
{
    if (!is_file(fd))
        return syscall(SYS_write, fd, from, len);
    if (fails(FAULT_WRITE))
        return -1;
    return syscall(SYS_write, fd, from, shortened(FAULT_WRITE, len));
}

int fsync(int fd)
{
    return fails(FAULT_FSYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    return fails(FAULT_RENAME) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* --- memory --- */

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if ((flags & MAP_ANONYMOUS) != 0 && fails(FAULT_MAP))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

int mprotect(void *at, size_t size, int protection)
{
    if ((protection & PROT_WRITE) != 0 && fails(FAULT_MAP))
        return -1;
    return (int)syscall(SYS_mprotect, at, size, protection);
}

void *mremap(void *at, size_t size, size_t wanted, int flags, ...)
{
    return wanted > size && fails(FAULT_MAP) ? MAP_FAILED
                                             : (void *)syscall(SYS_mremap, at, size, wanted, flags);
}

int madvise(void *at, size_t size, int advice)
{
    if (advice == MADV_POPULATE_WRITE && fails(FAULT_MAP))
        return -1;
    return (int)syscall(SYS_madvise, at, size, advice);
}

static bool lacks(size_t size)
{
    return fails(FAULT_SMALL) || (size >= ALLOC_FROM && fails(FAULT_ALLOC));
}

void *malloc(size_t size)
{
    return lacks(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return lacks(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
    return lacks(size) ? NULL : __libc_realloc(at, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return lacks(size) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **at, size_t alignment, size_t size)
{
    if (lacks(size))
        return ENOMEM;
    *at = __libc_memalign(alignment, size);
    return *at == NULL ? ENOMEM : 0;
}
