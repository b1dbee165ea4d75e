/*
 * sim - thousands of small worlds, each with its own seed: loops, shards, clients and their
 * connections in one thread, stepped in an order drawn from the seed. What goes wrong once goes
 * wrong again with the same seed.
 *
 *     sim [--seeds N] [--first S]      N worlds from seed S on
 *     sim --minutes N [--first S]      as many as there is time for, with a line per minute
 *     sim --kept FILE                  before those, the seeds of that file
 *     sim --seed S                     one, told step by step on standard error
 *         [--steps N]                  more steps than these are too many
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/clock.h"
#include "cache/log.h"
#include "net/families.h"
#include "tests/sim/world.h"
#include "tests/tap/tap.h"

#define PER_CHECK 500  /* worlds for one line of TAP */
#define PATIENCE 120   /* seconds for a world: an endless loop in the server makes no step */
#define TWICE_EVERY 50 /* worlds are run again now and then: the same must happen */
#define MINUTE 60000000

struct options {
    uint64_t seeds;
    uint64_t first;
    uint64_t steps;
    uint64_t minutes; /* 0: as many worlds as `seeds` says */
    const char *kept; /* a file; NULL: none */
    bool one;
};

/* For the last words, which a signal says: the one place without a world at hand. */
static uint64_t current_seed;

/* There only in builds with a sanitizer. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void last_words(void)
{
    fflush(stdout);
    fprintf(stderr, "# replay: build/dev/tests/sim/sim --seed %llu\n",
            (unsigned long long)current_seed);
    fflush(stderr);
}

static void on_abort(int number)
{
    (void)number;
    printf("not ok - seed %llu\n", (unsigned long long)current_seed);
    last_words();
    _exit(1);
}

static void prepare_last_words(void)
{
    signal(SIGABRT, on_abort);
    signal(SIGALRM, on_abort);
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(last_words);
}

static uint64_t number_of(const char *text)
{
    char *end;
    const unsigned long long value = text == NULL ? 0 : strtoull(text, &end, 10);

    if (text == NULL || *text == '\0' || *end != '\0')
        tap_bail("not a number: %s", text == NULL ? "(nothing)" : text);
    return value;
}

static struct options read_options(char **words)
{
    struct options options = {.seeds = 1000, .first = 1, .steps = 2000000};

    for (words++; *words != NULL; words += 2) {
        const bool is_file = strcmp(*words, "--kept") == 0;
        const uint64_t value = is_file ? 0 : number_of(words[1]);

        if (is_file)
            options.kept = words[1];
        else if (strcmp(*words, "--seeds") == 0)
            options.seeds = value;
        else if (strcmp(*words, "--minutes") == 0)
            options.minutes = value;
        else if (strcmp(*words, "--first") == 0)
            options.first = value;
        else if (strcmp(*words, "--steps") == 0)
            options.steps = value;
        else if (strcmp(*words, "--seed") == 0)
            options =
                (struct options){.seeds = 1, .first = value, .steps = options.steps, .one = true};
        else
            tap_bail("usage: sim [--seeds N | --minutes N] [--first S] [--kept FILE] [--seed S] "
                     "[--steps N]");
    }
    return options;
}

static void run_one(const struct world_setup *setup, struct world_tally *tally)
{
    uint64_t hash;

    current_seed = setup->seed;
    alarm(PATIENCE);
    hash = world_run(setup, tally);
    if (setup->seed % TWICE_EVERY == 0 && world_run(setup, tally) != hash) {
        fprintf(stderr, "# seed %llu: twice the same is not the same\n",
                (unsigned long long)setup->seed);
        abort();
    }
}

static bool has_leaked(void)
{
    return __lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0;
}

static void show_progress(const struct options *options, uint64_t done)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%llu of %llu%s", (unsigned long long)done,
                (unsigned long long)options->seeds, done == options->seeds ? "\n" : "");
}

/* What once went wrong must not go wrong again. A seed on each line; what is behind it is a comment. */
static void run_kept(const char *path, struct world_setup *setup, struct world_tally *tally)
{
    FILE *file = fopen(path, "r");
    char line[256], *end;

    if (file == NULL)
        tap_bail("cannot read %s", path);
    while (fgets(line, sizeof(line), file) != NULL) {
        setup->seed = strtoull(line, &end, 10);
        if (end != line)
            run_one(setup, tally);
    }
    fclose(file);
    ok(!has_leaked(), "the seeds that were kept");
}

/* Returns how many worlds there were. */
static uint64_t run_for(const struct options *options, struct world_setup *setup,
                        struct world_tally *tally)
{
    const int64_t start = clock_mono_us();
    uint64_t minute, count = 0;

    for (minute = 1; minute <= options->minutes; minute++) {
        const uint64_t before = count;

        for (; clock_mono_us() - start < (int64_t)minute * MINUTE; count++) {
            setup->seed = options->first + count;
            run_one(setup, tally);
        }
        ok(!has_leaked(), "minute %llu of %llu: up to seed %llu, %.0f worlds in a second",
           (unsigned long long)minute, (unsigned long long)options->minutes,
           (unsigned long long)setup->seed, (double)(count - before) / 60);
        fflush(stdout);
    }
    return count;
}

static uint64_t run_seeds(const struct options *options, struct world_setup *setup,
                          struct world_tally *tally)
{
    uint64_t i;

    for (i = 0; i < options->seeds; i++) {
        setup->seed = options->first + i;
        run_one(setup, tally);
        if (i % 10 == 9 || i + 1 == options->seeds)
            show_progress(options, i + 1);
        if (i % PER_CHECK == PER_CHECK - 1 || i + 1 == options->seeds)
            ok(!has_leaked(), "up to seed %llu", (unsigned long long)setup->seed);
    }
    return options->seeds;
}

static uint64_t run_all(const struct options *options, struct log *log, struct world_tally *tally)
{
    struct world_setup setup = {
        .steps = options->steps,
        .verbose = options->one,
        .log = log,
        .commands = command_table_new(families),
        .settings = settings_new(),
    };
    uint64_t count;

    if (options->kept != NULL)
        run_kept(options->kept, &setup, tally);
    count =
        options->minutes > 0 ? run_for(options, &setup, tally) : run_seeds(options, &setup, tally);
    command_table_free((struct command_table *)setup.commands);
    settings_free((struct settings *)setup.settings);
    return count;
}

static void sum_up(uint64_t worlds, const struct world_tally *tally, int64_t us)
{
    tap_note("%llu worlds, %llu steps, %llu connections, %llu commands, %llu waited in line, "
             "%llu times a loop stood in for a host that slept",
             (unsigned long long)worlds, (unsigned long long)tally->steps,
             (unsigned long long)tally->connections, (unsigned long long)tally->commands,
             (unsigned long long)tally->lined, (unsigned long long)tally->borrows);
    tap_note("%llu MGETs over several shards, and none saw half of an MSET",
             (unsigned long long)tally->mgets);
    tap_note(
        "memory ran out now and then in %llu worlds: %llu allocations were refused, %llu commands "
        "were answered so; shards were counted byte by byte %llu times",
        (unsigned long long)tally->starving, (unsigned long long)tally->refused,
        (unsigned long long)tally->without, (unsigned long long)tally->walks);
    tap_note("%.0f worlds in a second", (double)worlds * 1e6 / (double)(us > 0 ? us : 1));
}

int main(int count, char **words)
{
    const struct options options = read_options(words);
    const int64_t start = clock_mono_us();
    struct world_tally tally = {0};
    struct why why;
    struct log *log = log_open("/dev/null", LOG_NOTHING, &why);

    uint64_t worlds;

    (void)count;
    prepare_last_words();
    worlds = run_all(&options, log, &tally);
    sum_up(worlds, &tally, clock_mono_us() - start);
    log_close(log);
    return tap_done();
}
