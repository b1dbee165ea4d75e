/*
 * table - results of several traces, cache sizes and policies: printed, summed up, written as TSV.
 *
 * Owner   one thread.
 * Errors  table_write: false and the reason in `why`.
 */
#ifndef BENCH_SIM_TABLE_H
#define BENCH_SIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/sim/score.h"
#include "conf/why.h"

#define TABLE_COLUMNS 16
#define TABLE_ROWS 512

struct row {
    const char *trace;
    double share; /* of the footprint that the cache may hold */
    struct score scores[TABLE_COLUMNS];
};

struct table {
    const char *columns[TABLE_COLUMNS];
    unsigned column_count;
    unsigned lru, lfu; /* columns that the others are compared with: the better of them */
    struct row rows[TABLE_ROWS];
    unsigned row_count;
};

/* A line for people: all columns of the row, misses of objects, in relation to the better of two. */
void table_print_head(const struct table *table);
void table_print_row(const struct table *table, const struct row *row);

/* Mean and worst of all rows. */
void table_print_summary(const struct table *table);

/* One line for each result: trace, share, policy, misses of objects, misses of bytes. */
bool table_write(const struct table *table, const char *path, struct why *why);

#endif
