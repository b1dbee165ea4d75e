#include "bench/report.h"

#include <inttypes.h>
#include <string.h>

#include "bench/amount.h"

static const double percentiles[] = {50, 90, 99, 99.9, 99.99};

#define PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

static double microseconds(uint64_t nanoseconds)
{
    return (double)nanoseconds / 1000;
}

static double per_second(const struct tally *tally, uint64_t count)
{
    return tally_seconds(tally) > 0 ? (double)count / tally_seconds(tally) : 0;
}

/* Of the thread that worked most; over 1 only by the two clocks' disagreement. */
static double busy_share(const struct tally *tally)
{
    const double share =
        tally_seconds(tally) > 0 ? (double)tally->busiest_cpu / 1e9 / tally_seconds(tally) : 0;

    return share > 1 ? 1 : share;
}

static double cpu_per_request(const struct tally *tally)
{
    const uint64_t requests = tally_requests(tally);

    return requests > 0 ? microseconds(tally->cpu) / (double)requests : 0;
}

static void print_row(const struct tally *tally, const char *name,
                      const struct histogram *histogram)
{
    char total[AMOUNT_TEXT], rate[AMOUNT_TEXT];

    if (histogram->total == 0)
        return;
    printf("  %-4s %14s %12s", name, amount_print(total, histogram->total),
           amount_print(rate, (uint64_t)per_second(tally, histogram->total)));
    for (size_t i = 0; i < PERCENTILES; i++)
        printf(" %9.1f", microseconds(histogram_percentile(histogram, percentiles[i])));
    printf(" %9.1f\n", microseconds(histogram->max));
}

static void print_rows(const struct tally *tally)
{
    struct histogram both;

    printf("\n  %-4s %14s %12s %9s %9s %9s %9s %9s %9s  microseconds\n", "", "requests",
           "per second", "p50", "p90", "p99", "p99.9", "p99.99", "max");
    print_row(tally, "GET", &tally->get);
    print_row(tally, "SET", &tally->set);
    if (tally->get.total == 0 || tally->set.total == 0)
        return;
    both = tally->get;
    histogram_merge(&both, &tally->set);
    print_row(tally, "both", &both);
}

static void print_work(const struct report *report)
{
    const struct options *options = report->options;
    char address[OPTIONS_ADDRESS], keys[AMOUNT_TEXT];

    printf("%s %s: %" PRIu64 " connections on %" PRIu64 " thread%s, pipeline %" PRIu64 ", %s\n",
           options->protocol == PROTOCOL_RESP ? "resp" : "memcached",
           options_address(options, address), options->connections, options->threads,
           options->threads == 1 ? "" : "s", options->pipeline,
           options->rate > 0 ? "open loop" : "closed loop");
    printf("%.0f %% GET, %s keys ", 100 * options->get_share, amount_print(keys, options->keys));
    if (options->skew > 0)
        printf("(zipf %g), ", options->skew);
    else
        printf("(uniform), ");
    printf("values of %s bytes, %.1f on average\n", options->value_size,
           sizes_mean(&report->phrase->sizes));
}

static void print_counts(const struct tally *tally)
{
    printf("\n  %.2f s; %.1f MB/s sent, %.1f MB/s received; of %" PRIu64 " GET %.2f %% found "
           "something\n",
           tally_seconds(tally), per_second(tally, tally->bytes_sent) / 1e6,
           per_second(tally, tally->bytes_received) / 1e6, tally->get.total,
           tally->get.total == 0 ? 0 : 100.0 * (double)tally->hits / (double)tally->get.total);
    printf("  this generator: %.3f us of CPU per request, its busiest thread %.0f %% busy%s\n",
           cpu_per_request(tally), 100 * busy_share(tally),
           busy_share(tally) > 0.95 ? ": it may be the bottleneck" : "");
}

static void print_lateness(const struct options *options, const struct tally *tally)
{
    char unsent[AMOUNT_TEXT];

    if (options->rate == 0)
        return;
    printf("  of %.0f per second that were due, half were sent within %.1f us, 99 %% within %.1f "
           "us\n",
           options->rate, microseconds(histogram_percentile(&tally->late, 50)),
           microseconds(histogram_percentile(&tally->late, 99)));
    if (tally->unsent > 0)
        printf("  too much for this server: %s were due and never sent\n",
               amount_print(unsent, tally->unsent));
}

void report_table(const struct report *report)
{
    const struct tally *tally = report->options->only_fill ? report->fill : report->load;

    print_work(report);
    print_rows(tally);
    print_counts(tally);
    print_lateness(report->options, tally);
}

/* Only what came from the command line or from a server can hold anything odd. */
static void json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            fprintf(file, "\\u%04x", (unsigned char)*text);
        else
            fputc(*text, file);
    }
    fputc('"', file);
}

static void json_histogram(FILE *file, const char *name, const struct histogram *histogram)
{
    static const double curve[] = {10,   25,   50,    75,    90,     95,    99,
                                   99.5, 99.9, 99.95, 99.99, 99.995, 99.999};

    fprintf(file, "    \"%s\": {\"count\": %" PRIu64 ", \"mean_us\": %.3f, \"max_us\": %.3f", name,
            histogram->total, histogram_mean(histogram) / 1000, microseconds(histogram->max));
    for (size_t i = 0; i < PERCENTILES; i++)
        fprintf(file, ", \"p%g_us\": %.3f", percentiles[i],
                microseconds(histogram_percentile(histogram, percentiles[i])));
    fprintf(file, ",\n      \"curve_us\": [");
    for (size_t i = 0; i < sizeof(curve) / sizeof(curve[0]); i++)
        fprintf(file, "%s[%g, %.3f]", i == 0 ? "" : ", ", curve[i],
                microseconds(histogram_percentile(histogram, curve[i])));
    fprintf(file, "]}");
}

static void json_options(FILE *file, const struct options *options)
{
    char address[OPTIONS_ADDRESS];

    fprintf(file, "  \"address\": ");
    json_text(file, options_address(options, address));
    fprintf(file, ",\n  \"protocol\": \"%s\",\n  \"connections\": %" PRIu64,
            options->protocol == PROTOCOL_RESP ? "resp" : "memcached", options->connections);
    fprintf(file,
            ", \"threads\": %" PRIu64 ", \"pipeline\": %" PRIu64 ",\n  \"get_share\": %g, "
            "\"keys\": %" PRIu64 ", \"zipf\": %g, \"value_size\": ",
            options->threads, options->pipeline, options->get_share, options->keys, options->skew);
    json_text(file, options->value_size);
    fprintf(file, ", \"ttl\": %" PRIu64 ",\n  \"rate\": %g, \"seed\": %" PRIu64 ",\n", options->ttl,
            options->rate, options->seed);
}

static void json_latencies(FILE *file, const struct tally *tally)
{
    struct histogram both;

    both = tally->get;
    histogram_merge(&both, &tally->set);
    json_histogram(file, "get", &tally->get);
    fprintf(file, ",\n");
    json_histogram(file, "set", &tally->set);
    fprintf(file, ",\n");
    json_histogram(file, "both", &both);
    fprintf(file, ",\n");
    json_histogram(file, "late", &tally->late);
}

static void json_tally(FILE *file, const char *name, const struct tally *tally)
{
    fprintf(file,
            "  \"%s\": {\n    \"requests\": %" PRIu64 ", \"seconds\": %.6f, "
            "\"per_second\": %.1f,\n",
            name, tally_requests(tally), tally_seconds(tally),
            per_second(tally, tally_requests(tally)));
    fprintf(file,
            "    \"hits\": %" PRIu64 ", \"misses\": %" PRIu64 ", \"stored\": %" PRIu64
            ", \"errors\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"unsent\": %" PRIu64 ",\n",
            tally->hits, tally->misses, tally->stored, tally->errors, tally->wrong, tally->unsent);
    fprintf(file, "    \"bytes_sent\": %" PRIu64 ", \"bytes_received\": %" PRIu64 ",\n",
            tally->bytes_sent, tally->bytes_received);
    fprintf(file, "    \"generator_cpu_us\": %.4f, \"generator_busy\": %.4f,\n",
            cpu_per_request(tally), busy_share(tally));
    json_latencies(file, tally);
    fprintf(file, "\n  }");
}

static void write_json(FILE *file, const struct report *report)
{
    fprintf(file, "{\n");
    json_options(file, report->options);
    if (report->options->fill) {
        json_tally(file, "fill", report->fill);
        fprintf(file, report->options->only_fill ? "\n" : ",\n");
    }
    if (!report->options->only_fill) {
        json_tally(file, "load", report->load);
        fprintf(file, "\n");
    }
    fprintf(file, "}\n");
}

bool report_json(const struct report *report, struct why *why)
{
    const bool to_output = strcmp(report->options->json, "-") == 0;
    FILE *file = to_output ? stdout : fopen(report->options->json, "w");
    bool good;

    if (file == NULL) {
        why_errno(why, "cannot write %s", report->options->json);
        return false;
    }
    write_json(file, report);
    good = fflush(file) == 0 && !ferror(file);
    if (!good)
        why_errno(why, "cannot write %s", report->options->json);
    if (!to_output)
        fclose(file);
    return good;
}

static bool judge(const struct tally *tally, bool expect_misses)
{
    const bool missed = tally->misses > 0 && !expect_misses;

    if (tally->errors > 0)
        fprintf(stderr, "croft-bench: %" PRIu64 " errors, the first: %s\n", tally->errors,
                tally->complaint);
    if (tally->wrong > 0)
        fprintf(stderr, "croft-bench: %" PRIu64 " values were not those of their keys\n",
                tally->wrong);
    if (missed)
        fprintf(stderr,
                "croft-bench: %" PRIu64 " GET found nothing: load the keys with --fill, or say "
                "--expect-misses\n",
                tally->misses);
    return tally->errors == 0 && tally->wrong == 0 && !missed;
}

bool report_is_good(const struct report *report)
{
    const bool filled = judge(report->fill, report->options->expect_misses);

    return judge(report->load, report->options->expect_misses) && filled;
}
