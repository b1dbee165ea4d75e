/*
 * process - what the system tells of this process and of the machine.
 *
 * Owner   pure functions. Memory the caller's. Cost a few system calls and a file of /proc.
 * Errors  none; what the system does not tell is 0.
 */
#ifndef NET_PROCESS_H
#define NET_PROCESS_H

#include <stdint.h>
#include <sys/time.h>

#include "shard/owner.h"

/* What the system tells of the process. */
struct process_report {
    int64_t pid;
    uint64_t rss;
    uint64_t memory_total; /* of the machine */
    uint64_t cpu_user_us;
    uint64_t cpu_sys_us;
    uint64_t children_user_us;
    uint64_t children_sys_us;
    char system[200];   /* "Linux 6.1.0 x86_64" */
    char allocator[64]; /* "libc", or "jemalloc-5.3.0" */
};

void process_tell(struct process_report *report) ANY_THREAD;

static inline uint64_t process_microseconds(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000000u + (uint64_t)time->tv_usec;
}

#endif
