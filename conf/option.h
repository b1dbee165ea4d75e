/*
 * option - the rows of options.def as a table. Private to conf/.
 *
 * Owner   the program; the table is constant.
 * Memory  none.
 * Cost    finding a name compares it with up to two hundred others: for start and CONFIG only.
 * Errors  NULL for a name that is not there.
 */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/settings.h"

enum option_kind {
    KIND_OPTION,
    KIND_KNOWN,
    KIND_REFUSED,
    KIND_ALIAS,
    KIND_REPEATED,
    KIND_FORBIDDEN
};

enum option_type {
    TYPE_INT,
    TYPE_CLAMPED,
    TYPE_COUNT,
    TYPE_SIZE,
    TYPE_SHARE,
    TYPE_OCTAL,
    TYPE_BOOL,
    TYPE_ENUM,
    TYPE_TEXT,
    TYPE_LIST,
    TYPE_LIMITS,
    TYPE_EVENTS,
};

/* UNUSED: checked and kept as in Redis, but without effect here; KNOWN ones are all so. */
enum option_when { START = 0, LIVE = 1, PROTECTED = 2, SHOWN = 4, UNUSED = 8 };

struct option {
    const char *name;
    const char *field;    /* its name in C, which WORD rows refer to */
    const char *standard; /* the default, as one would write it */
    const char *other;    /* ALIAS: the target; REFUSED: the accepted value */
    const char *help;
    enum option_kind kind;
    enum option_type type;
    unsigned when;
    size_t place; /* OPTION, REPEATED: offset in struct settings */
    int64_t low;  /* REPEATED: how many words */
    int64_t high;
};

struct option_word {
    const char *field;
    const char *text;
    int value;
};

/* By number, in the order of OPTION, KNOWN, REFUSED, ALIAS, REPEATED, FORBIDDEN; NULL behind the last. */
const struct option *option_at(size_t index);

/* By name in any case; an alias finds its target. */
const struct option *option_find(const char *name);

/* Which of the remembered texts is that of a KNOWN row. */
size_t option_known(const struct option *);

/* The words of an ENUM; NULL behind the last. */
const struct option_word *option_word(const struct option *, size_t index);

#endif
