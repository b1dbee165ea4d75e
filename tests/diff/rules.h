/*
 * rules - which commands are compared in another way than byte by byte, which are left out, and
 * why.
 *
 * Owner   constant.
 * Memory  a table.
 * Cost    linear; asked once per command.
 * Errors  none.
 */
#ifndef TESTS_DIFF_RULES_H
#define TESTS_DIFF_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum comparison {
    COMPARE_BYTES,
    COMPARE_SET,    /* the elements in any order */
    COMPARE_PAIRS,  /* pairs of elements in any order */
    COMPARE_NEAR,   /* a time that is left, or in which something ends, counted from now */
    COMPARE_SHAPE,  /* an error to the byte, else only the type */
    COMPARE_NOTHING /* left out: never said */
};

struct rule {
    const char *name; /* "get", "client|id", or "client|" for all its subcommands */
    enum comparison comparison;
    unsigned weight; /* how often it is said; RULE_USUAL for most */
    bool only_among; /* left out only where another server is the oracle */
    bool refuses;    /* seldom or never succeeds here */
    const char *reason;
};

#define RULE_USUAL 20

/* Never NULL. */
const struct rule *rule_of(const char *name, size_t len);

/* Prints the whole table, for people. */
void rules_print(void);

#endif
