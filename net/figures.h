/*
 * figures - numbers as INFO writes them: a line "name:value" each.
 *
 * Owner   the caller; they only append to `text`.
 * Memory  none but the text's.
 * Cost    a printf.
 * Errors  none.
 */
#ifndef NET_FIGURES_H
#define NET_FIGURES_H

#include <stdint.h>

#include "cache/reply.h"

void figures_number(struct reply *text, const char *name, uint64_t value);
void figures_zeros(struct reply *text, const char *const *names); /* 0 for each, up to a NULL */
void figures_percent(struct reply *text, const char *name, uint64_t part, uint64_t whole);

/* "1.50M", as people like it; and both, the second as "name_human". */
void figures_human(struct reply *text, const char *name, uint64_t bytes);
void figures_number_and_human(struct reply *text, const char *name, uint64_t bytes);

/* With six digits behind the point. */
void figures_seconds(struct reply *text, const char *name, uint64_t microseconds);

#endif
