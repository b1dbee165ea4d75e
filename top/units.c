#include "top/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Commas between each three digits. */
static const char *grouped(char into[UNITS_TEXT], double number, const char *unit)
{
    char digits[UNITS_TEXT];
    const int len = snprintf(digits, sizeof(digits), "%.0f", number);
    int used = 0;

    for (int i = 0; i < len && used < UNITS_TEXT - 6; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            into[used++] = ',';
        into[used++] = digits[i];
    }
    snprintf(into + used, (size_t)(UNITS_TEXT - used), "%s", unit);
    return into;
}

const char *units_count(char into[UNITS_TEXT], double count)
{
    if (count < 99.95) {
        const bool whole = count < 0.05 || count - (double)(int64_t)count < 0.05 ||
                           count - (double)(int64_t)count >= 0.95;

        snprintf(into, UNITS_TEXT, whole ? "%.0f" : "%.1f", count);
        return into;
    }
    if (count < 1e5)
        return grouped(into, count, "");
    if (count < 1e7)
        return grouped(into, count / 1e3, " k");
    if (count < 1e10)
        return grouped(into, count / 1e6, " M");
    return grouped(into, count / 1e9, " G");
}

const char *units_bytes(char into[UNITS_TEXT], double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit = 0;

    while (bytes >= 1023.5 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    snprintf(into, UNITS_TEXT, unit > 0 && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes,
             units[unit]);
    return into;
}

const char *units_time(char into[UNITS_TEXT], double us, bool ascii)
{
    if (us < 0.9995)
        snprintf(into, UNITS_TEXT, "%.0f ns", us * 1000);
    else if (us < 999.5)
        snprintf(into, UNITS_TEXT, us < 9.95 ? "%.1f %s" : "%.0f %s", us, ascii ? "us" : "µs");
    else if (us < 999500)
        snprintf(into, UNITS_TEXT, us < 9950 ? "%.1f ms" : "%.0f ms", us / 1000);
    else
        snprintf(into, UNITS_TEXT, "%.1f s", us / 1000000);
    return into;
}

const char *units_percent(char into[UNITS_TEXT], double part, double whole)
{
    /* All is not said of what is only nearly all. */
    const bool nearly = part < whole && part * 1000 > whole * 995;

    if (whole <= 0)
        snprintf(into, UNITS_TEXT, "-");
    else
        snprintf(into, UNITS_TEXT, nearly ? "%.2f %%" : "%.1f %%", 100 * part / whole);
    return into;
}

const char *units_span(char into[UNITS_TEXT], uint64_t seconds)
{
    if (seconds < 120)
        snprintf(into, UNITS_TEXT, "%" PRIu64 " s", seconds);
    else if (seconds < 7200)
        snprintf(into, UNITS_TEXT, "%" PRIu64 " min", seconds / 60);
    else if (seconds < 172800)
        snprintf(into, UNITS_TEXT, "%" PRIu64 " h", seconds / 3600);
    else
        snprintf(into, UNITS_TEXT, "%" PRIu64 " days", seconds / 86400);
    return into;
}
