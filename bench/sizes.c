#include "bench/sizes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/amount.h"

#define ROWS 4096u

/* Evenly spaced between 0 and 1, none of them either. */
static double quantile(uint32_t row)
{
    return (row + 0.5) / ROWS;
}

static void set_row(struct size *row, double bytes)
{
    char line[SIZES_LINE + 1];
    int len;

    row->bytes = bytes < 1 ? 1 : bytes > SIZES_LARGEST ? SIZES_LARGEST : (uint32_t)bytes;
    len = snprintf(line, sizeof(line), "%u\r\n", row->bytes);
    memcpy(row->line, line, sizeof(row->line));
    row->line_len = (uint8_t)len;
}

/* Where the normal distribution reaches `share`; halving is quick enough for a table. */
static double normal_inverse(double share)
{
    double low = -10, high = 10;

    for (int i = 0; i < 60; i++) {
        const double middle = (low + high) / 2;

        if (erfc(-middle / sqrt(2)) / 2 < share)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void fill_lognormal(struct sizes *sizes, double median, double sigma)
{
    for (uint32_t i = 0; i < ROWS; i++)
        set_row(&sizes->rows[i], round(median * exp(sigma * normal_inverse(quantile(i)))));
    sizes->mask = ROWS - 1;
}

static void fill_range(struct sizes *sizes, double low, double high)
{
    const uint32_t rows = low == high ? 1 : ROWS;

    for (uint32_t i = 0; i < rows; i++)
        set_row(&sizes->rows[i], low + floor(quantile(i) * (high - low + 1)));
    sizes->mask = rows - 1;
}

static bool parse_lognormal(struct sizes *sizes, const char *text)
{
    double median, sigma;
    char rest;

    if (sscanf(text, "lognormal:%lf,%lf%c", &median, &sigma, &rest) != 2)
        return false;
    if (!(median >= 1 && median <= SIZES_LARGEST && sigma >= 0 && sigma <= 10))
        return false;
    fill_lognormal(sizes, median, sigma);
    return true;
}

static bool parse_range(struct sizes *sizes, const char *text)
{
    char low_text[32];
    const char *dash = strchr(text, '-');
    const char *high_text = dash == NULL ? text : dash + 1;
    uint64_t low, high;

    snprintf(low_text, sizeof(low_text), "%.*s",
             (int)(dash == NULL ? strlen(text) : (size_t)(dash - text)), text);
    if (!amount_parse(low_text, &low) || !amount_parse(high_text, &high))
        return false;
    if (low < 1 || low > high || high > SIZES_LARGEST)
        return false;
    fill_range(sizes, (double)low, (double)high);
    return true;
}

static void find_ends(struct sizes *sizes)
{
    sizes->smallest = sizes->rows[0].bytes; /* the quantiles rise */
    sizes->largest = sizes->rows[sizes->mask].bytes;
}

bool sizes_init(struct sizes *sizes, const char *text, struct why *why)
{
    const bool lognormal = strncmp(text, "lognormal:", 10) == 0;

    sizes->rows = calloc(ROWS, sizeof(*sizes->rows));
    if (sizes->rows == NULL) {
        why_set(why, "no memory for the table of value sizes");
        return false;
    }
    if (!(lognormal ? parse_lognormal(sizes, text) : parse_range(sizes, text))) {
        why_set(why, "'%s' is no value size: say 64, 1-1024 or lognormal:200,1.5 (1 byte to 64mb)",
                text);
        sizes_fini(sizes);
        return false;
    }
    find_ends(sizes);
    return true;
}

void sizes_fini(struct sizes *sizes)
{
    free(sizes->rows);
    sizes->rows = NULL;
}

double sizes_mean(const struct sizes *sizes)
{
    double sum = 0;

    for (uint32_t i = 0; i <= sizes->mask; i++)
        sum += sizes->rows[i].bytes;
    return sum / (sizes->mask + 1.0);
}
