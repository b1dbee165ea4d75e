#include "net/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Only there when the program was linked, or started, with jemalloc. */
extern int mallctl(const char *name, void *old, size_t *old_len, void *new, size_t new_len)
    __attribute__((weak));

static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    uint64_t pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %" SCNu64, &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void name_allocator(char *into, size_t size)
{
    const char *version = NULL;
    size_t len = sizeof(version);

    if (mallctl == NULL || mallctl("version", &version, &len, NULL, 0) != 0 || version == NULL) {
        snprintf(into, size, "libc");
        return;
    }
    /* "5.3.0-0-g54eaed1d..." */
    snprintf(into, size, "jemalloc-%.*s", (int)strcspn(version, "-"), version);
}

static void name_system(char *into, size_t size)
{
    struct utsname name;

    if (uname(&name) != 0)
        snprintf(into, size, "unknown");
    else
        snprintf(into, size, "%s %s %s", name.sysname, name.release, name.machine);
}

void process_tell(struct process_report *report)
{
    struct rusage self = {0}, children = {0};

    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    *report = (struct process_report){
        .pid = getpid(),
        .rss = resident_bytes(),
        .memory_total = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE),
        .cpu_user_us = process_microseconds(&self.ru_utime),
        .cpu_sys_us = process_microseconds(&self.ru_stime),
        .children_user_us = process_microseconds(&children.ru_utime),
        .children_sys_us = process_microseconds(&children.ru_stime),
    };
    name_system(report->system, sizeof(report->system));
    name_allocator(report->allocator, sizeof(report->allocator));
}
