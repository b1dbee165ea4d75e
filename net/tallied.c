#include "net/tallied.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void tallied_commands(const struct info *info, struct reply *text)
{
    const struct command_table *table = info->facts->commands;
    size_t i;

    for (i = 0; i < command_rows(table); i++) {
        const struct tally_command *tally = &info->tally.commands[i];
        const double usec = (double)tally->nanoseconds / 1000;

        if (tally->calls + tally->rejected > 0)
            info_line(text,
                      "cmdstat_%s:calls=%" PRIu64 ",usec=%.0f,usec_per_call=%.2f,"
                      "rejected_calls=%" PRIu64 ",failed_calls=%" PRIu64,
                      command_at(table, i)->name, tally->calls, usec,
                      tally->calls == 0 ? 0.0 : usec / (double)tally->calls, tally->rejected,
                      tally->failed);
    }
}

static int by_code(const void *a, const void *b)
{
    return strcmp(((const struct tally_error *)a)->code, ((const struct tally_error *)b)->code);
}

void tallied_errors(const struct info *info, struct reply *text)
{
    struct tally_error errors[TALLY_ERRORS];
    unsigned i;

    memcpy(errors, info->tally.errors, sizeof(errors));
    qsort(errors, info->tally.error_count, sizeof(errors[0]), by_code);
    for (i = 0; i < info->tally.error_count; i++)
        info_line(text, "errorstat_%s:count=%" PRIu64, errors[i].code, errors[i].count);
}

static void add_percentiles(const struct durations *durations, const char *list, struct reply *text)
{
    char *end;
    double percent;

    for (percent = strtod(list, &end); end != list; percent = strtod(list, &end)) {
        char item[64];

        snprintf(item, sizeof(item), "%sp%g=%.3f", *(text->at + text->len - 1) == ':' ? "" : ",",
                 percent, (double)durations_percentile(durations, percent) / 1000);
        reply_raw(text, item, strlen(item));
        list = end;
    }
}

void tallied_latencies(const struct info *info, struct reply *text)
{
    const struct command_table *table = info->facts->commands;
    char *list = settings_value(info->settings, "latency-tracking-info-percentiles");
    size_t i;

    if (list == NULL)
        reply_break(text);
    for (i = 0; list != NULL && i < command_rows(table); i++) {
        const struct durations *durations = info->tally.commands[i].durations;
        const char *name = command_at(table, i)->name;

        if (durations == NULL)
            continue;
        reply_raw(text, "latency_percentiles_usec_", strlen("latency_percentiles_usec_"));
        reply_raw(text, name, strlen(name));
        reply_raw(text, ":", 1);
        add_percentiles(durations, list, text);
        reply_raw(text, "\r\n", 2);
    }
    free(list);
}
