/* Reports made by hand go in, what the process takes in all comes out. */
#include "net/footprint.h"

#include <stdlib.h>

#include "tests/tap/tap.h"

static struct server_facts facts = {.startup_memory = 100};
static struct info *info;
static struct footprint sum;

static void make(void)
{
    info = calloc(1, sizeof(*info));
    info->facts = &facts;
    info->shard_count = 2;
    info->loop_count = 2;
    info->process.rss = 9000;
    info->shards[0].cache = (struct cache_report){
        .memory_used = 1000, .memory_peak = 3000, .memory_held = 1500, .memory_overhead = 300};
    info->shards[0].cache.databases[0].keys = 7;
    info->shards[0].cache.databases[0].overhead = 300;
    info->shards[1].cache = (struct cache_report){
        .memory_used = 500, .memory_peak = 500, .memory_held = 700, .memory_overhead = 200};
    info->shards[1].cache.databases[0].keys = 1;
    info->shards[1].cache.databases[0].overhead = 150;
    info->shards[1].cache.databases[9].keys = 2;
    info->shards[1].cache.databases[9].overhead = 50;
    info->loops[0].memory = 80;
    info->loops[1].memory = 320;
}

static void parts_add_up(void)
{
    footprint_sum(info, &sum);
    is_int(sum.used, 1900, "data and clients are in use");
    is_int(sum.peak, 3900, "shards' peaks are added");
    is_int(sum.held, 2600, "so is what they hold");
    is_int(sum.resident, 2600, "which may all be resident");
    is_int(sum.keys, 10, "keys of all databases");
    is_int(sum.startup + sum.clients, sum.buffers, "loops' memory is of startup or of clients");
    is_int(sum.clients, 300, "and that is theirs");
    is_int(sum.startup + sum.clients + footprint_tables(info, 0) + footprint_tables(info, 9),
           sum.overhead, "overhead is startup, clients and tables");
    is_int(sum.overhead + sum.dataset, sum.used, "all else is data");
    is_int((int64_t)footprint_dataset_percent(&sum), 55,
           "told as a part of what came since startup");
}

static void databases_are_apart(void)
{
    is_int(footprint_keys(info, 0), 8, "keys of a database on all shards");
    is_int(footprint_tables(info, 0), 450, "and their tables");
    is_int(footprint_keys(info, 9), 2, "another one's");
    is_int(footprint_keys(info, 1), 0, "and of none");
}

static void what_is_odd_stays_in_bounds(void)
{
    facts.startup_memory = 1000;
    info->process.rss = 2000;
    info->shards[0].cache.memory_peak = 0;
    footprint_sum(info, &sum);
    is_int(sum.startup, 400, "startup is never more than is there now");
    is_int(sum.clients, 0, "so clients' part is not negative");
    is_int(sum.resident, 2000, "no more is resident than of the whole process");
    is_int(sum.peak, sum.used, "the peak is at least now");
    ok(footprint_ratio(1, 0) == 0 && footprint_percent(1, 0) == 0, "nothing is a part of nothing");
}

int main(void)
{
    make();
    parts_add_up();
    databases_are_apart();
    what_is_odd_stays_in_bounds();
    free(info);
    return tap_done();
}
