#include "bench/amount.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <string.h>

static bool scale_of(const char *unit, uint64_t *scale)
{
    static const struct {
        const char *unit;
        uint64_t scale;
    } units[] = {{"", 1},         {"k", 1000},     {"m", 1000000}, {"g", 1000000000},
                 {"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcasecmp(unit, units[i].unit) == 0) {
            *scale = units[i].scale;
            return true;
        }
    return false;
}

bool amount_parse(const char *text, uint64_t *amount)
{
    char *unit;
    uint64_t number, scale;

    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    number = strtoull(text, &unit, 10);
    if (errno != 0 || !scale_of(unit, &scale) || number > UINT64_MAX / scale)
        return false;
    *amount = number * scale;
    return true;
}

bool amount_parse_real(const char *text, double *amount)
{
    char *end;
    const double number = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(number))
        return false;
    *amount = number;
    return true;
}

char *amount_print(char *into, uint64_t amount)
{
    char digits[24];
    const int len = snprintf(digits, sizeof(digits), "%" PRIu64, amount);
    char *at = into;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return into;
}
