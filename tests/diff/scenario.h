/*
 * scenario - one conversation: the requests that are sent without waiting, and how each answer is
 * compared.
 *
 * Owner   the program; reused.
 * Memory  all requests in one text.
 * Cost    linear in the bytes.
 * Errors  none.
 */
#ifndef TESTS_DIFF_SCENARIO_H
#define TESTS_DIFF_SCENARIO_H

#include <stdint.h>

#include "tests/diff/grammar.h"
#include "tests/diff/sentence.h"

struct said {
    size_t at;
    size_t len;
    struct production *production; /* NULL when it was read from a file */
    enum comparison comparison;
    bool raw; /* no RESP request */
};

struct scenario {
    const struct dialect *dialect; /* stays */
    uint64_t seed;
    struct text bytes;
    struct said *said;
    size_t count;
    size_t room;
    uint64_t cuts;   /* not 0: writes end at places that this decides */
    bool ends;       /* the server closes the connection after the last answer */
    bool configures; /* settings are to be put back */
    bool buries;     /* keys may have been over from the beginning */
    bool scans;      /* whole scans follow, with these options */
    struct sentence scan;
};

void scenario_clear(struct scenario *);
void scenario_fini(struct scenario *);

/* What is added to `bytes` between these two is a request. */
void scenario_begin(struct scenario *);
void scenario_end(struct scenario *, struct production *, enum comparison, bool raw);

/* A copy without the requests that are not kept. */
void scenario_select(const struct scenario *from, const bool *keep, struct scenario *to);

/* The rule for a request of these words. */
const struct rule *scenario_rule(const struct scenario *, const struct sentence *);

/* The words of a request that is not raw. */
void scenario_words(const struct scenario *, size_t index, struct sentence *);

#endif
