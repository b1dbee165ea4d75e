/*
 * main - croft-sim: what croft's eviction finds, next to exact policies and to the future.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/sim/loads.h"
#include "bench/sim/reference.h"
#include "bench/sim/replay.h"
#include "bench/sim/subject.h"
#include "bench/sim/table.h"

#define SHARES_MOST 8
#define EXTRA 36 /* bytes that an object costs beside its value */
#define WARMUP 0.3

struct wanted {
    const char *loads; /* "all", "none" or one name */
    const char *tsv;
    size_t requests;
    double scale; /* of made-up sizes */
    double shares[SHARES_MOST];
    unsigned share_count;
    unsigned port; /* of a server to replay to; 0: none */
    bool only_footprint;
    struct subject subject;
};

/* What runs in croft's own cache. */
static const struct {
    const char *name, *policy, *goal;
} subjects[] = {
    {"croft", "allkeys-lru", "objects"},
    {"croft-bytes", "allkeys-lru", "bytes"},
    {"croft-lfu", "allkeys-lfu", "objects"},
    {"croft-random", "allkeys-random", "objects"},
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static bool is_simulation(const struct wanted *wanted)
{
    return wanted->port == 0 && !wanted->only_footprint;
}

static void head(const struct wanted *wanted, struct table *table)
{
    unsigned i;

    for (i = 0; i < REFERENCES; i++)
        table->columns[table->column_count++] = reference_names[i];
    for (i = 0; i < SUBJECTS; i++)
        table->columns[table->column_count++] = subjects[i].name;
    table->lru = LRU;
    table->lfu = LFU;
    if (is_simulation(wanted))
        table_print_head(table);
}

static void run_one(const struct wanted *wanted, const struct trace *trace, double share,
                    struct table *table)
{
    const uint64_t capacity = (uint64_t)((double)trace_footprint(trace) * share);
    const size_t warmup = (size_t)((double)trace->count * WARMUP);
    struct row *row = &table->rows[table->row_count++];
    unsigned i;

    *row = (struct row){.trace = trace->name, .share = share};
    for (i = 0; i < REFERENCES; i++)
        row->scores[i] = reference_run(i, trace, capacity, warmup);
    for (i = 0; i < SUBJECTS; i++) {
        struct subject subject = wanted->subject;

        subject.policy = subjects[i].policy;
        subject.goal = subjects[i].goal;
        row->scores[REFERENCES + i] = subject_run(&subject, trace, capacity, warmup);
    }
    table_print_row(table, row);
}

/* One line, for the program that started the server. */
static bool replay(const struct wanted *wanted, const struct trace *trace, struct why *why)
{
    const size_t warmup = (size_t)((double)trace->count * WARMUP);
    struct score score;

    if (!replay_run(&score, trace, wanted->port, EXTRA, warmup, why))
        return false;
    printf("%s %.6f %.6f\n", trace->name, score_objects(&score), score_bytes(&score));
    return true;
}

static void simulate(const struct wanted *wanted, const struct trace *trace, struct table *table)
{
    unsigned i;

    for (i = 0; i < wanted->share_count && table->row_count < TABLE_ROWS; i++)
        run_one(wanted, trace, wanted->shares[i], table);
}

static bool run_all(const struct wanted *wanted, struct trace *trace, double scale,
                    struct table *table, struct why *why)
{
    bool good = true;

    trace_finish(trace, scale, EXTRA);
    if (wanted->only_footprint)
        printf("%s %lu\n", trace->name, (unsigned long)trace_footprint(trace));
    else if (wanted->port != 0)
        good = replay(wanted, trace, why);
    else
        simulate(wanted, trace, table);
    trace_fini(trace);
    return good;
}

static bool run_loads(const struct wanted *wanted, struct table *table, struct why *why)
{
    const bool all = strcmp(wanted->loads, "all") == 0;
    bool known = all || strcmp(wanted->loads, "none") == 0;
    unsigned i;

    for (i = 0; loads_names[i] != NULL; i++) {
        struct trace trace;

        if (!all && strcmp(wanted->loads, loads_names[i]) != 0)
            continue;
        known = true;
        trace_init(&trace, loads_names[i]);
        loads_make(&trace, loads_names[i], wanted->requests, wanted->subject.seed);
        if (!run_all(wanted, &trace, wanted->scale, table, why))
            return false;
    }
    if (!known)
        why_set(why, "there is no load %s", wanted->loads);
    return known;
}

/* `path` or `path=scale`; the trace is called what the file is, up to a dot. */
static bool run_file(const struct wanted *wanted, char *argument, struct table *table,
                     struct why *why)
{
    char *equals = strrchr(argument, '=');
    const double scale = equals != NULL ? atof(equals + 1) : 1;
    struct trace trace;
    char *name;

    if (equals != NULL)
        *equals = '\0';
    name = strrchr(argument, '/');
    name = name != NULL ? name + 1 : argument;
    trace_init(&trace, name);
    if (!trace_load(&trace, argument, why))
        return false;
    name[strcspn(name, ".")] = '\0';
    return run_all(wanted, &trace, scale, table, why);
}

static void set_shares(struct wanted *wanted, char *text)
{
    char *word = strtok(text, ",");

    wanted->share_count = 0;
    for (; word != NULL && wanted->share_count < SHARES_MOST; word = strtok(NULL, ","))
        wanted->shares[wanted->share_count++] = atof(word) / 100;
}

static void print_help(void)
{
    printf(
        "usage: croft-sim [options] [FILE[=SCALE] ...]\n\n"
        "Traces are lines `key size`, also gzipped; sizes are multiplied by SCALE.\n\n"
        "  --loads NAME      made-up loads: all, none or one (all without files, else none)\n"
        "  --requests N      of each load (160000)\n"
        "  --scale X         times its sizes (1)\n"
        "  --shares A,B,..   cache sizes in percent of the footprint (1,3,10,30)\n"
        "  --samples N       maxmemory-samples (5)\n"
        "  --pace N          requests per second (20000)\n"
        "  --seed N          another choice (1)\n"
        "  --tsv FILE        miss ratios of everything\n"
        "  --replay PORT     instead, ask the server there for the same: GET, after a miss SET;\n"
        "                    prints name, misses of objects, misses of bytes\n"
        "  --footprint       instead, print name and bytes of all objects\n");
}

static bool parse(struct wanted *wanted, int argc, char **argv)
{
    static const struct option options[] = {
        {"loads", required_argument, NULL, 'l'},   {"requests", required_argument, NULL, 'n'},
        {"scale", required_argument, NULL, 'x'},   {"shares", required_argument, NULL, 's'},
        {"samples", required_argument, NULL, 'k'}, {"pace", required_argument, NULL, 'p'},
        {"seed", required_argument, NULL, 'r'},    {"tsv", required_argument, NULL, 't'},
        {"replay", required_argument, NULL, 'R'},  {"footprint", no_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'l')
            wanted->loads = optarg;
        else if (option == 'n')
            wanted->requests = strtoul(optarg, NULL, 10);
        else if (option == 's')
            set_shares(wanted, optarg);
        else if (option == 'k')
            wanted->subject.samples = optarg;
        else if (option == 'p')
            wanted->subject.pace = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'r')
            wanted->subject.seed = strtoul(optarg, NULL, 10);
        else if (option == 'x')
            wanted->scale = atof(optarg);
        else if (option == 'R')
            wanted->port = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'F')
            wanted->only_footprint = true;
        else if (option == 't')
            wanted->tsv = optarg;
        else
            return false;
    }
    if (wanted->loads == NULL)
        wanted->loads = optind == argc ? "all" : "none";
    return true;
}

static int fail(const struct why *why)
{
    fprintf(stderr, "croft-sim: %s\n", why->text);
    return 1;
}

int main(int argc, char **argv)
{
    static struct table table;
    struct wanted wanted = {
        .requests = 160000,
        .scale = 1,
        .shares = {0.01, 0.03, 0.1, 0.3},
        .share_count = 4,
        .subject = {.samples = "5", .pace = 20000, .seed = 1},
    };
    struct why why = {""};
    int i;

    if (!parse(&wanted, argc, argv)) {
        print_help();
        return 1;
    }
    head(&wanted, &table);
    for (i = optind; i < argc; i++)
        if (!run_file(&wanted, argv[i], &table, &why))
            return fail(&why);
    if (!run_loads(&wanted, &table, &why))
        return fail(&why);
    if (is_simulation(&wanted))
        table_print_summary(&table);
    if (wanted.tsv != NULL && !table_write(&table, wanted.tsv, &why))
        return fail(&why);
    return 0;
}
