/*
 * writer - makes up a scenario from a seed: the same seed and grammar, the same bytes.
 *
 * Owner   the program.
 * Memory  what one scenario needs, reused.
 * Cost    about a microsecond per request.
 * Errors  none.
 */
#ifndef TESTS_DIFF_WRITER_H
#define TESTS_DIFF_WRITER_H

#include "tests/diff/scenario.h"
#include "tests/diff/values.h"

#define WRITER_KEYS 12

/* What a key is mostly used for: commands that expect something are mostly sent to what has it. */
enum key_use { USE_TEXT, USE_NUMBER, USE_BITS, USE_SKETCH, USES };

struct writer {
    struct grammar *grammar;
    const struct samples *samples;
    unsigned weights; /* sum */
    struct dice dice;
    struct {
        struct text name;
        enum key_use use;
    } keys[WRITER_KEYS];
    size_t keys_count;
    bool long_values; /* may be made in this scenario: not where LCS would take hours for them */
    enum key_use use; /* of the key in the request at hand */
    struct production *production;
    struct sentence sentence;
    size_t numkeys_at; /* the word that says how many keys follow, 0: there is none */
    size_t keys_said;  /* behind it */
};

void writer_init(struct writer *, struct grammar *, const struct samples *);
void writer_fini(struct writer *);
void writer_write(struct writer *, uint64_t seed, struct scenario *);

#endif
