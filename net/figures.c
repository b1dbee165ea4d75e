#include "net/figures.h"

#include <inttypes.h>
#include <stdio.h>

#include "net/info.h"

#define MICROSECONDS 1000000u

void figures_number(struct reply *text, const char *name, uint64_t value)
{
    info_line(text, "%s:%" PRIu64, name, value);
}

void figures_zeros(struct reply *text, const char *const *names)
{
    for (; *names != NULL; names++)
        figures_number(text, *names, 0);
}

void figures_percent(struct reply *text, const char *name, uint64_t part, uint64_t whole)
{
    info_line(text, "%s:%.2f%%", name, whole == 0 ? 0.0 : (double)part * 100 / (double)whole);
}

/* "1.50M", as people like it. */
void figures_human(struct reply *text, const char *name, uint64_t bytes)
{
    static const char units[] = "KMGTP";
    double value = (double)bytes;
    size_t unit = 0;

    if (bytes < 1024) {
        info_line(text, "%s:%" PRIu64 "B", name, bytes);
        return;
    }
    for (value /= 1024; value >= 1024 && units[unit + 1] != '\0'; unit++)
        value /= 1024;
    info_line(text, "%s:%.2f%c", name, value, units[unit]);
}

void figures_number_and_human(struct reply *text, const char *name, uint64_t bytes)
{
    char longer[64];

    figures_number(text, name, bytes);
    snprintf(longer, sizeof(longer), "%s_human", name);
    figures_human(text, longer, bytes);
}

void figures_seconds(struct reply *text, const char *name, uint64_t microseconds)
{
    info_line(text, "%s:%" PRIu64 ".%06" PRIu64, name, microseconds / MICROSECONDS,
              microseconds % MICROSECONDS);
}
