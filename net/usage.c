#include "net/usage.h"

#include <inttypes.h>
#include <stdlib.h>

#include "net/figures.h"
#include "net/footprint.h"

static void print_usage(const struct info *info, const struct footprint *sum, struct reply *text)
{
    figures_number_and_human(text, "used_memory", sum->used);
    figures_number_and_human(text, "used_memory_rss", sum->rss);
    figures_number_and_human(text, "used_memory_peak", sum->peak);
    figures_percent(text, "used_memory_peak_perc", sum->used, sum->peak);
    figures_number(text, "used_memory_overhead", sum->overhead);
    figures_number(text, "used_memory_startup", sum->startup);
    figures_number(text, "used_memory_data", sum->used - sum->buffers);
    figures_number(text, "used_memory_dataset", sum->dataset);
    info_line(text, "used_memory_dataset_perc:%.2f%%", footprint_dataset_percent(sum));
    figures_number(text, "allocator_allocated", sum->used);
    figures_number(text, "allocator_active", sum->held);
    figures_number(text, "allocator_resident", sum->resident);
    figures_number_and_human(text, "total_system_memory", info->process.memory_total);
}

/* There are no scripts yet, hence nothing of theirs in memory. */
static void scripts_memory(struct reply *text)
{
    figures_number(text, "used_memory_lua", 0);
    figures_number(text, "used_memory_vm_eval", 0);
    figures_human(text, "used_memory_lua_human", 0);
    figures_number(text, "used_memory_scripts_eval", 0);
    figures_number(text, "number_of_cached_scripts", 0);
    figures_number(text, "number_of_functions", 0);
    figures_number(text, "number_of_libraries", 0);
    figures_number(text, "used_memory_vm_functions", 0);
    figures_number_and_human(text, "used_memory_vm_total", 0);
    figures_number(text, "used_memory_functions", 0);
    figures_number_and_human(text, "used_memory_scripts", 0);
}

static void limits(const struct info *info, struct reply *text)
{
    char *policy = settings_value(info->settings, "maxmemory-policy");

    figures_number_and_human(text, "maxmemory", (uint64_t)info->settings->maxmemory);
    if (policy == NULL)
        reply_break(text);
    else
        info_line(text, "maxmemory_policy:%s", policy);
    free(policy);
}

/* How many times as much one is as the other, and how much more. */
static void beyond(struct reply *text, const char *name, uint64_t more, uint64_t less)
{
    info_line(text, "%s_ratio:%.2f", name, footprint_ratio(more, less));
    info_line(text, "%s_bytes:%" PRId64, name, (int64_t)(more - less));
}

/* What is held beyond what was asked for: by the allocator, of which no more can be resident than
 * it holds, and by the process. */
static void fragmentation(const struct footprint *sum, struct reply *text)
{
    beyond(text, "allocator_frag", sum->held, sum->used);
    beyond(text, "allocator_rss", sum->resident, sum->held);
    beyond(text, "rss_overhead", sum->rss, sum->resident);
    beyond(text, "mem_fragmentation", sum->rss, sum->used);
}

void usage_print(const struct info *info, struct reply *text)
{
    static const char *const replicas[] = {
        "mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves", NULL};
    static const char *const none[] = {"mem_cluster_links", "mem_aof_buffer", NULL};
    static const char *const behind[] = {"active_defrag_running", "lazyfree_pending_objects",
                                         "lazyfreed_objects", NULL};
    struct footprint sum;

    footprint_sum(info, &sum);
    print_usage(info, &sum, text);
    scripts_memory(text);
    limits(info, text);
    fragmentation(&sum, text);
    figures_number(text, "mem_not_counted_for_evict", sum.buffers);
    figures_zeros(text, replicas);
    figures_number(text, "mem_clients_normal", sum.clients);
    figures_zeros(text, none);
    info_line(text, "mem_allocator:%s", info->process.allocator);
    figures_zeros(text, behind);
}
