/*
 * diff - says the same to several servers and compares what they answer, byte by byte.
 *
 *     diff --oracle COMMAND --other COMMAND [--other COMMAND ...]
 *
 * What is said follows the grammar that COMMAND DOCS of the first server tells, as far as the
 * others know the commands; a seed decides the rest. {port} and {dir} in the commands are replaced,
 * as for talk.
 *
 *     --commands N     so many requests, at least; CROFT_TEST_SCALE takes a share of them
 *     --first S        from this seed on
 *     --seed S         this one only, whatever N is
 *     --regressions F  before that the scenarios in this file
 *     --dialect NAME   what is said, and how it is compared: redis-7.0, or what only NAME knows
 *     --among          all are servers of ours: what only differs from Redis is compared, too
 *     --each N         each scenario is said to the oracle and N of the others, in turn (all)
 *     --failures N     gives up after so many differences (3)
 *     --rules          prints what is not compared byte by byte, and why
 *
 * A difference is shrunk and printed as a section for a talk file.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/diff/compare.h"
#include "tests/diff/shrink.h"
#include "tests/diff/transcript.h"
#include "tests/diff/writer.h"
#include "tests/tap/tap.h"

enum {
    OTHERS_MAX = 24,
    PARTS = 10,
    SUCCESSES_PERCENT = 50,        /* of all requests, at least */
    SUCCESSES_OF_EACH_PERCENT = 8, /* of each command's, where it is tried often */
    OFTEN = 300,
};

struct options {
    const char *commands[1 + OTHERS_MAX]; /* of the oracle, and the others */
    size_t count;
    const char *regressions;
    const struct dialect *dialect;
    unsigned long requests;
    uint64_t first;
    bool one;
    bool among;
    size_t each;
    unsigned failures;
};

struct run {
    const struct options *options;
    struct subject subjects[1 + OTHERS_MAX];
    struct subject *all[1 + OTHERS_MAX];
    size_t turn; /* the other that is next */
    struct grammar grammar;
    struct samples samples;
    struct scenario scenario;
    unsigned failures;
    unsigned long requests;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- options --- */

static unsigned long scaled(unsigned long count)
{
    const char *scale = getenv("CROFT_TEST_SCALE");

    return scale == NULL ? count : count * strtoul(scale, NULL, 10) / 100 + 1;
}

static void add_command(struct options *options, const char *command)
{
    if (options->count > OTHERS_MAX)
        tap_bail("more servers than %d", OTHERS_MAX);
    options->commands[options->count++] = command;
}

static void option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--oracle") == 0)
        options->commands[0] = value;
    else if (strcmp(name, "--other") == 0)
        add_command(options, value);
    else if (strcmp(name, "--regressions") == 0)
        options->regressions = value;
    else if (strcmp(name, "--dialect") == 0)
        options->dialect = dialect_named(value);
    else if (strcmp(name, "--commands") == 0)
        options->requests = scaled(strtoul(value, NULL, 10));
    else if (strcmp(name, "--each") == 0)
        options->each = strtoul(value, NULL, 10);
    else if (strcmp(name, "--failures") == 0)
        options->failures = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--first") == 0 || strcmp(name, "--seed") == 0)
        options->first = strtoull(value, NULL, 10);
    else
        tap_bail("diff: what is '%s'?", name);
    options->one |= strcmp(name, "--seed") == 0;
}

static struct options read_options(char **words)
{
    struct options options = {.dialect = dialect_named(NULL),
                              .requests = 10000,
                              .first = 1,
                              .failures = 3,
                              .count = 1,
                              .each = OTHERS_MAX};
    bool rules = false;

    for (words++; *words != NULL; words++) {
        if (strcmp(*words, "--rules") == 0) {
            rules = true;
        } else if (strcmp(*words, "--among") == 0) {
            options.among = true;
        } else if (words[1] == NULL) {
            tap_bail("diff: %s needs a value", *words);
        } else {
            option(&options, words[0], words[1]);
            words++;
        }
    }
    if (options.dialect == NULL)
        tap_bail("diff: there is no such dialect");
    if (rules) {
        dialect_print(options.dialect);
        exit(0);
    }
    if (options.commands[0] == NULL || options.count < 2)
        tap_bail("usage: diff --oracle COMMAND --other COMMAND ...");
    return options;
}

/* --- preparation --- */

static void start_all(struct run *run)
{
    for (size_t i = 0; i < run->options->count; i++) {
        subject_start(&run->subjects[i], run->options->commands[i]);
        run->all[i] = &run->subjects[i];
    }
}

static void stop_all(struct run *run)
{
    for (size_t i = 0; i < run->options->count; i++)
        ok(subject_stop(&run->subjects[i]), "%s ends well", run->options->commands[i]);
}

/* Those that are not said weigh nothing. */
static void leave_out(struct grammar *grammar)
{
    static const struct rule quiet = {"", COMPARE_NOTHING, 0, false, false, ""};
    static const struct rule within = {"", COMPARE_BYTES, 2, false, false, ""};

    for (size_t i = 0; i < grammar->count; i++) {
        struct production *it = &grammar->items[i];

        if (!grammar_allows(grammar, it->rule) || (it->container && *it->rule->name == '\0'))
            it->rule = &quiet;
        else if (it->rule->comparison == COMPARE_NOTHING)
            it->rule = &within;
    }
}

static void prepare(struct run *run)
{
    struct grammar other;
    struct text why = {0};

    start_all(run);
    run->scenario.dialect = run->options->dialect;
    if (!grammar_ask(&run->grammar, run->options->dialect, run->subjects[0].server.port, &why) ||
        !grammar_ask(&other, run->options->dialect, run->subjects[1].server.port, &why))
        tap_bail("%s", text_string(&why));
    grammar_intersect(&run->grammar, &other);
    run->grammar.among = run->options->among;
    leave_out(&run->grammar);
    grammar_fini(&other);
    if (!samples_ask(&run->samples, run->subjects[0].server.port))
        tap_bail("the oracle makes no samples");
}

static void clean_up(struct run *run)
{
    stop_all(run);
    grammar_fini(&run->grammar);
    samples_fini(&run->samples);
    scenario_fini(&run->scenario);
}

/* --- what differs --- */

/* To make that smaller would take as long again for each try. */
static void report_silence(struct run *run, const struct subject *other, const char *title)
{
    tap_note("%s: '%s' does not answer to the end; what comes first without an answer is number "
             "%zu of %zu",
             title, other->command, compare_answers(&run->scenario, run->all[0], other),
             run->scenario.count);
}

static void report(struct run *run, struct subject *other, const char *title)
{
    struct subject *const oracle = run->all[0];
    const bool again = shrink(&run->scenario, oracle, other);

    if (!again)
        tap_note("'%s' answers the same when it is asked again", other->command);
    transcript_print(stderr, title, &run->scenario, oracle, other);
    fflush(stderr);
}

/* The first request that has no answer is why. */
static _Noreturn void bail_in_silence(const struct scenario *scenario, const struct subject *oracle,
                                      const char *title)
{
    struct text request = {0};
    size_t index = 0, len;

    while (index < scenario->count && compare_answer(oracle, index, &len) != NULL)
        index++;
    if (index < scenario->count)
        text_escape(&request, scenario->bytes.data + scenario->said[index].at,
                    scenario->said[index].len);
    tap_bail("%s: the oracle does not answer to the end: %s", title, text_string(&request));
}

/* True when all have answered the same. */
static bool play(struct run *run, const char *title, struct subject *const *subjects, size_t count)
{
    subject_hear(subjects, count, &run->scenario);
    if (subjects[0]->silent)
        bail_in_silence(&run->scenario, subjects[0], title);
    compare_count(&run->scenario, subjects[0]);
    run->requests += run->scenario.count;
    for (size_t i = 1; i < count; i++) {
        if (compare_answers(&run->scenario, subjects[0], subjects[i]) == COMPARE_SAME)
            continue;
        run->failures++;
        if (subjects[i]->silent)
            report_silence(run, subjects[i], title);
        else
            report(run, subjects[i], title);
        return false;
    }
    return true;
}

/* The oracle and those of the others whose turn it is. */
static size_t choose(struct run *run, struct subject **chosen)
{
    const size_t others = run->options->count - 1;
    const size_t each = run->options->each < others ? run->options->each : others;

    chosen[0] = run->all[0];
    for (size_t i = 1; i <= each; i++) {
        chosen[i] = run->all[1 + run->turn];
        run->turn = (run->turn + 1) % others;
    }
    return each + 1;
}

static void play_regressions(struct run *run)
{
    const char *path = run->options->regressions;
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    char title[200] = "";

    if (path == NULL)
        return;
    if (file == NULL)
        tap_bail("cannot read %s", path);
    while (transcript_read(file, title, &run->scenario))
        ok(play(run, title, run->all, run->options->count), "%s", title);
    fclose(file);
}

static bool play_seed(struct run *run, struct writer *writer, uint64_t seed)
{
    struct subject *chosen[1 + OTHERS_MAX];
    const size_t count = choose(run, chosen);
    char title[64];

    snprintf(title, sizeof(title), "seed %llu", (unsigned long long)seed);
    writer_write(writer, seed, &run->scenario);
    return play(run, title, chosen, count);
}

static void show_progress(const struct run *run, uint64_t seed)
{
    if (isatty(STDERR_FILENO) && seed % 50 == 0)
        fprintf(stderr, "\rseed %llu, %lu of %lu requests, %u differences",
                (unsigned long long)seed, run->requests, run->options->requests, run->failures);
}

/* Seeds until so many requests were made; answers the next seed. */
static uint64_t play_until(struct run *run, struct writer *writer, uint64_t seed,
                           unsigned long requests)
{
    bool same = true;
    const uint64_t first = seed;

    do {
        same &= play_seed(run, writer, seed);
        show_progress(run, seed);
        seed++;
    } while (!run->options->one && run->requests < requests &&
             run->failures < run->options->failures);
    ok(same, "the same answers to the seeds %llu to %llu", (unsigned long long)first,
       (unsigned long long)seed - 1);
    return seed;
}

static void play_seeds(struct run *run)
{
    struct writer writer;
    uint64_t seed = run->options->first;
    const unsigned long from = run->requests, wanted = run->options->requests;

    writer_init(&writer, &run->grammar, &run->samples);
    for (unsigned part = 1; part <= PARTS && run->failures < run->options->failures; part++) {
        seed = play_until(run, &writer, seed, from + wanted * part / PARTS);
        if (run->options->one)
            break;
    }
    writer_fini(&writer);
}

/* --- summary --- */

static unsigned percent(unsigned long part, unsigned long whole)
{
    return whole == 0 ? 0 : (unsigned)(100 * part / whole);
}

static bool succeeds_enough(const struct production *it)
{
    return it->tried < OFTEN || it->rule->refuses ||
           percent(it->succeeded, it->tried) >= SUCCESSES_OF_EACH_PERCENT;
}

/* A grammar whose requests are all refused would prove nothing. */
static void sum_up(const struct run *run)
{
    unsigned long tried = 0, succeeded = 0;
    bool each = true;

    tap_note("%-28s %10s %10s", "command", "tried", "successes");
    for (size_t i = 0; i < run->grammar.count; i++) {
        const struct production *it = &run->grammar.items[i];

        if (it->tried == 0)
            continue;
        tap_note("%-28s %10lu %9u%%", it->name, it->tried, percent(it->succeeded, it->tried));
        tried += it->tried;
        succeeded += it->succeeded;
        each &= succeeds_enough(it);
    }
    tap_note("%-28s %10lu %9u%%", "all", tried, percent(succeeded, tried));
    if (tried < 10 * OFTEN)
        return;
    ok(percent(succeeded, tried) >= SUCCESSES_PERCENT, "most requests succeed");
    ok(each, "and many of each command");
}

int main(int count, char **words)
{
    const struct options options = read_options(words);
    struct run run = {.options = &options};
    const double start = now();

    (void)count;
    prepare(&run);
    play_regressions(&run);
    play_seeds(&run);
    sum_up(&run);
    tap_note("%lu requests to each of %zu servers in %.1f s, %u differences", run.requests,
             options.count, now() - start, run.failures);
    clean_up(&run);
    return tap_done();
}
