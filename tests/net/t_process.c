#include <string.h>

#include "net/process.h"
#include "tests/tap/tap.h"

static void the_process_knows_itself(void)
{
    struct process_report report;

    process_tell(&report);
    ok(report.pid > 0, "pid");
    ok(report.rss > 100000, "resident bytes: %lu", (unsigned long)report.rss);
    ok(report.memory_total > report.rss, "the machine has more than we use");
    ok(strncmp(report.system, "Linux ", 6) == 0, "%s", report.system);
    ok(strcmp(report.allocator, "libc") == 0 || strncmp(report.allocator, "jemalloc-", 9) == 0,
       "%s", report.allocator);
}

int main(void)
{
    the_process_knows_itself();
    return tap_done();
}
