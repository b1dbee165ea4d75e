#include "tests/model/instrument.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "tests/model/machine.h"

#define SITE ((uintptr_t)__builtin_return_address(0))

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
    (void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

#define PLAIN(name, size, write)        \
    void name(void *at);                \
    void name(void *at)                 \
    {                                   \
        machine_plain(at, size, write); \
    }

PLAIN(__tsan_read1, 1, false)
PLAIN(__tsan_read2, 2, false)
PLAIN(__tsan_read4, 4, false)
PLAIN(__tsan_read8, 8, false)
PLAIN(__tsan_read16, 16, false)
PLAIN(__tsan_write1, 1, true)
PLAIN(__tsan_write2, 2, true)
PLAIN(__tsan_write4, 4, true)
PLAIN(__tsan_write8, 8, true)
PLAIN(__tsan_write16, 16, true)

void __tsan_write_range(void *at, size_t size);
void __tsan_write_range(void *at, size_t size)
{
    machine_plain(at, size, true);
}

void __tsan_read_range(void *at, size_t size);
void __tsan_read_range(void *at, size_t size)
{
    machine_plain(at, size, false);
}

int __tsan_atomic32_load(int *at, int order);
int __tsan_atomic32_load(int *at, int order)
{
    return (int)machine_atomic(
        &(struct machine_op){.kind = LOAD, .site = SITE, .at = (uint32_t *)at, .order = order});
}

void __tsan_atomic32_store(int *at, int value, int order);
void __tsan_atomic32_store(int *at, int value, int order)
{
    machine_atomic(&(struct machine_op){.kind = STORE,
                                        .site = SITE,
                                        .at = (uint32_t *)at,
                                        .order = order,
                                        .value = (uint32_t)value});
}

int __tsan_atomic32_exchange(int *at, int value, int order);
int __tsan_atomic32_exchange(int *at, int value, int order)
{
    return (int)machine_atomic(&(struct machine_op){.kind = EXCHANGE,
                                                    .site = SITE,
                                                    .at = (uint32_t *)at,
                                                    .order = order,
                                                    .value = (uint32_t)value});
}

int __tsan_atomic32_fetch_add(int *at, int value, int order);
int __tsan_atomic32_fetch_add(int *at, int value, int order)
{
    return (int)machine_atomic(&(struct machine_op){
        .kind = ADD, .site = SITE, .at = (uint32_t *)at, .order = order, .value = (uint32_t)value});
}

int __tsan_atomic32_compare_exchange_strong(int *at, int *expected, int value, int order,
                                            int failed_order);
int __tsan_atomic32_compare_exchange_strong(int *at, int *expected, int value, int order,
                                            int failed_order)
{
    struct machine_op op = {.kind = COMPARE,
                            .site = SITE,
                            .at = (uint32_t *)at,
                            .order = order,
                            .value = (uint32_t)value,
                            .expected = (uint32_t)*expected,
                            .failed_order = failed_order};
    const uint32_t done = machine_atomic(&op);

    *expected = (int)op.expected;
    return (int)done;
}

/* As clang calls it: what was found. */
int __tsan_atomic32_compare_exchange_val(int *at, int expected, int value, int order,
                                         int failed_order);
int __tsan_atomic32_compare_exchange_val(int *at, int expected, int value, int order,
                                         int failed_order)
{
    struct machine_op op = {.kind = COMPARE,
                            .site = SITE,
                            .at = (uint32_t *)at,
                            .order = order,
                            .value = (uint32_t)value,
                            .expected = (uint32_t)expected,
                            .failed_order = failed_order};

    machine_atomic(&op);
    return (int)op.expected;
}

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    machine_atomic(&(struct machine_op){.kind = FENCE, .site = SITE, .order = order});
}

/* --- the system, as the code under test finds it (linked with --wrap) --- */

static long futex(uintptr_t site, uint32_t *word, int what, uint32_t value)
{
    struct machine_op op = {.site = site, .at = word, .order = __ATOMIC_RELAXED};

    if (what == FUTEX_WAKE_PRIVATE) {
        op.kind = FUTEX_WAKES;
        machine_atomic(&op);
        return 1;
    }
    op.kind = FUTEX_WAITS;
    op.expected = value;
    if (machine_atomic(&op))
        return 0;
    errno = EAGAIN;
    return -1;
}

long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    uint32_t *word;
    uint32_t value;
    int what;

    if (number != SYS_futex)
        return -1;
    va_start(arguments, number);
    word = va_arg(arguments, uint32_t *);
    what = va_arg(arguments, int);
    value = (uint32_t)va_arg(arguments, int);
    va_end(arguments);
    return futex(SITE, word, what, value);
}

static uint32_t *written; /* the one eventfd of the execution */

int __wrap_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags)
{
    (void)count, (void)flags;
    written = machine_alloc(sizeof(*written));
    return 0;
}

ssize_t __wrap_write(int fd, const void *at, size_t size);
ssize_t __wrap_write(int fd, const void *at, size_t size)
{
    (void)fd, (void)at;
    machine_atomic(&(struct machine_op){.kind = EXCHANGE, .site = SITE, .at = written, .value = 1});
    return (ssize_t)size;
}

static bool is_readable(void *word)
{
    return *(uint32_t *)word != 0;
}

void instrument_await_eventfd(void)
{
    machine_await(is_readable, written);
    machine_atomic(&(struct machine_op){.kind = EXCHANGE, .site = SITE, .at = written, .value = 0});
}

/* cache/panic.h */
void *__wrap_must_calloc(size_t count, size_t size);
void *__wrap_must_calloc(size_t count, size_t size)
{
    return machine_alloc(count * size);
}

void *__wrap_must_aligned(size_t alignment, size_t size);
void *__wrap_must_aligned(size_t alignment, size_t size)
{
    (void)alignment;
    return machine_alloc(size);
}
