#include <string.h>

#include "conf/settings.h"
#include "net/process.h"
#include "tests/tap/tap.h"

static void the_process_knows_itself(const struct settings *settings)
{
    struct process_report report;

    process_tell(settings, &report);
    ok(report.pid > 0, "pid");
    ok(report.rss > 100000, "resident bytes: %lu", (unsigned long)report.rss);
    ok(report.memory_total > report.rss, "the machine has more than we use");
    ok(strncmp(report.system, "Linux ", 6) == 0, "%s", report.system);
    ok(strcmp(report.allocator, "libc") == 0 || strncmp(report.allocator, "jemalloc-", 9) == 0,
       "%s", report.allocator);
    is_text(report.supervisor, "no", "nobody supervises");
}

int main(void)
{
    struct settings *settings = settings_new();

    the_process_knows_itself(settings);
    settings_free(settings);
    return tap_done();
}
