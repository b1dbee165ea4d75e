/*
 * main - croft-bench: fill, warm up, measure, report.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/crew.h"
#include "bench/report.h"

struct results {
    struct tally fill, warmup, load;
};

static void init_results(struct results *results)
{
    tally_init(&results->fill);
    tally_init(&results->warmup);
    tally_init(&results->load);
}

static bool run_phases(struct crew *crew, const struct options *options, struct results *results,
                       struct why *why)
{
    const struct phase fill = {.name = "filling", .is_fill = true};
    const struct phase warmup = {.name = "warming", .seconds = options->warmup};
    const struct phase load = {
        .name = "loading", .requests = options->requests, .seconds = options->seconds};

    if (options->fill && !crew_run(crew, &fill, &results->fill, why))
        return false;
    if (options->only_fill)
        return true;
    if (options->warmup > 0 && !crew_was_stopped(crew) &&
        !crew_run(crew, &warmup, &results->warmup, why))
        return false;
    return crew_was_stopped(crew) || crew_run(crew, &load, &results->load, why);
}

static bool tell(const struct report *report, struct why *why)
{
    const char *json = report->options->json;

    if (!report->options->quiet && (json == NULL || strcmp(json, "-") != 0))
        report_table(report);
    return json == NULL || report_json(report, why);
}

static int fail(const struct why *why)
{
    fprintf(stderr, "croft-bench: %s\n", why->text);
    return 1;
}

static int run(struct world *world, struct results *results, struct why *why)
{
    const struct report report = {world->options, world->phrase, &results->fill, &results->load};
    struct crew *crew = crew_new(world, why);
    bool good;

    if (crew == NULL)
        return fail(why);
    good = run_phases(crew, world->options, results, why) && tell(&report, why);
    crew_free(crew);
    if (!good)
        return fail(why);
    return report_is_good(&report) ? 0 : 2;
}

/* As many connections as we may have. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    struct options options;
    struct phrase phrase;
    struct keys keys;
    struct world world = {.options = &options, .phrase = &phrase, .keys = &keys};
    struct results *results;
    struct why why = {""};
    int status;

    if (!options_parse(&options, argc, argv, &why))
        return fail(&why);
    if (options.help) {
        options_print_help(stdout);
        return 0;
    }
    if (!phrase_init(&phrase, options.protocol, options.keys, options.value_size, options.ttl,
                     &why))
        return fail(&why);
    raise_file_limit();
    keys_init(&keys, options.keys, options.skew);
    results = malloc(sizeof(*results));
    if (results == NULL)
        return fail(&(struct why){"no memory for the results"});
    init_results(results);
    status = run(&world, results, &why);
    free(results);
    phrase_fini(&phrase);
    return status;
}
