#include "bench/sim/table.h"

#include <math.h>
#include <stdio.h>

typedef double ratio(const struct score *score);

static double relative(const struct table *table, const struct row *row, unsigned column,
                       ratio *part)
{
    const double base = fmin(part(&row->scores[table->lru]), part(&row->scores[table->lfu]));

    return base > 0 ? part(&row->scores[column]) / base : 1;
}

static double seconds(const struct score *score)
{
    return score->seconds;
}

void table_print_head(const struct table *table)
{
    unsigned column;

    printf("%-24s", "misses / better of two");
    for (column = 0; column < table->column_count; column++)
        printf("%12s", table->columns[column]);
    printf("\n");
}

void table_print_row(const struct table *table, const struct row *row)
{
    unsigned column;

    printf("%-16s %6.3g %%", row->trace, row->share * 100);
    for (column = 0; column < table->column_count; column++)
        printf("%12.3f", relative(table, row, column, score_objects));
    printf("\n");
    fflush(stdout);
}

static void print_mean(const struct table *table, const char *title, ratio *part)
{
    unsigned column, row;

    printf("%-24s", title);
    for (column = 0; column < table->column_count; column++) {
        double sum = 0;

        for (row = 0; row < table->row_count; row++)
            sum += relative(table, &table->rows[row], column, part);
        printf("%12.3f", sum / table->row_count);
    }
    printf("\n");
}

static void print_worst(const struct table *table, const char *title, ratio *part)
{
    unsigned column, row;

    printf("%-24s", title);
    for (column = 0; column < table->column_count; column++) {
        double worst = 0;

        for (row = 0; row < table->row_count; row++)
            worst = fmax(worst, relative(table, &table->rows[row], column, part));
        printf("%12.3f", worst);
    }
    printf("\n");
}

static void print_seconds(const struct table *table)
{
    unsigned column, row;

    printf("%-24s", "seconds of CPU");
    for (column = 0; column < table->column_count; column++) {
        double sum = 0;

        for (row = 0; row < table->row_count; row++)
            sum += seconds(&table->rows[row].scores[column]);
        printf("%12.2f", sum);
    }
    printf("\n");
}

void table_print_summary(const struct table *table)
{
    print_mean(table, "objects, mean", score_objects);
    print_worst(table, "objects, worst", score_objects);
    print_mean(table, "bytes, mean", score_bytes);
    print_worst(table, "bytes, worst", score_bytes);
    print_seconds(table);
}

bool table_write(const struct table *table, const char *path, struct why *why)
{
    FILE *file = fopen(path, "w");
    unsigned column, row;

    if (file == NULL) {
        why_errno(why, "cannot write %s", path);
        return false;
    }
    fprintf(file, "trace\tshare\tpolicy\tobject_misses\tbyte_misses\n");
    for (row = 0; row < table->row_count; row++)
        for (column = 0; column < table->column_count; column++) {
            const struct row *at = &table->rows[row];

            fprintf(file, "%s\t%g\t%s\t%.5f\t%.5f\n", at->trace, at->share, table->columns[column],
                    score_objects(&at->scores[column]), score_bytes(&at->scores[column]));
        }
    if (fclose(file) != 0) {
        why_errno(why, "cannot write %s", path);
        return false;
    }
    return true;
}
