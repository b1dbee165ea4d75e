/*
 * rules - which commands are compared in another way than byte by byte, which are left out, and
 * why. Each dialect has its own: that of Redis 7.0 compares all that is not named, others only
 * what Redis 7.0 does not know, and what that needs.
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
    COMPARE_WORDS,  /* errors in own words */
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

struct dialect;

/* "redis-7.0" for NULL; NULL when there is none of that name. */
const struct dialect *dialect_named(const char *name);

/* Is everything compared that is not named, mistakes in the protocol, too? */
bool dialect_is_whole(const struct dialect *);

/* Prints all rules, for people. */
void dialect_print(const struct dialect *);

/* Never NULL. */
const struct rule *rule_of(const struct dialect *, const char *name, size_t len);

#endif
