/*
 * values - what people never type and programs do: the keys, texts and numbers of the requests.
 *
 * Owner   the writer.
 * Memory  constant pools, and samples that the oracle made: values that nobody would guess.
 * Cost    a few rolls each.
 * Errors  none.
 */
#ifndef TESTS_DIFF_VALUES_H
#define TESTS_DIFF_VALUES_H

#include "bench/dice.h"
#include "tests/talk/text.h"

#define SAMPLES_MAX 64

struct samples {
    struct text dumps[SAMPLES_MAX];
    size_t dumps_count;
    struct text sketches[SAMPLES_MAX]; /* HyperLogLogs */
    size_t sketches_count;
};

/* Makes keys on the server and asks for what they became. False when it does not answer. */
bool samples_ask(struct samples *, int port);
void samples_fini(struct samples *);

static inline bool chance(struct dice *dice, unsigned percent)
{
    return dice_below(dice, 100) < percent;
}

/* Each adds one value. */
void value_text(struct dice *, struct text *out);
void value_long(struct dice *, struct text *out); /* about 64 KiB */
void value_word(struct dice *, struct text *out);
void value_number(struct dice *, struct text *out); /* one that most commands take */
void value_nasty_number(struct dice *, struct text *out);
void value_double(struct dice *, struct text *out);
void value_key_name(struct dice *, struct text *out);
void value_pattern(struct dice *, struct text *out);
void value_encoding(struct dice *, struct text *out); /* of BITFIELD */
void value_dump(struct dice *, const struct samples *, struct text *out);
void value_sketch(struct dice *, const struct samples *, struct text *out);

/* So far away that nobody sees it come: from now on, or since 1970; in units of `unit` ms. */
void value_time_left(struct dice *, unsigned unit, struct text *out);
void value_time(struct dice *, unsigned unit, struct text *out);

#endif
