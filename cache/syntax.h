/*
 * syntax - what a row says of its arguments, "key value [NX|XX] [EX seconds]", as a tree that
 * COMMAND DOCS can walk.
 *
 *     key             lower case: an argument; its name tells its type
 *     NX              upper case: a word to be written just so; before an argument it is its token
 *     [ ]             may be left out
 *     ( )             belongs together
 *     a|b             one of them
 *     key...          may be repeated; so may (a b)... and [c]...
 *
 * What people need not see (see syntax_show):
 *
 *     name=[NX|XX]    the name of a group, which otherwise is that of its first member
 *     value#integer   the type of an argument whose name does not tell it
 *     [c]@6.2.0       since when it may be said; !2.8.12: since when it should not
 *     [GET a]...*     with each repetition its token is repeated
 *
 * Inside brackets an alternative reaches to the next | or bracket; outside it is one word, with its
 * token if it has one.
 *
 * Owner   the caller; pure function. Names and tokens are views of the text.
 * Memory  SYNTAX_NODES nodes in place.
 * Cost    one pass.
 * Errors  false for a text that does not follow these rules: a bug in the row that says it.
 */
#ifndef CACHE_SYNTAX_H
#define CACHE_SYNTAX_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"

#define SYNTAX_NODES 96
#define SYNTAX_NONE (-1)

enum syntax_type {
    SYNTAX_STRING,
    SYNTAX_INTEGER,
    SYNTAX_DOUBLE,
    SYNTAX_KEY,
    SYNTAX_PATTERN,
    SYNTAX_UNIX_TIME,
    SYNTAX_TOKEN, /* only the token itself */
    SYNTAX_ONE_OF,
    SYNTAX_BLOCK,
};

struct syntax_node {
    enum syntax_type type;
    bool optional;
    bool multiple;
    bool again;         /* so is the token */
    struct bytes name;  /* of a group: that of its first member. A token's is in upper case */
    struct bytes token; /* empty: none */
    struct bytes since; /* empty: not said */
    struct bytes deprecated;
    int16_t first; /* of the members, for SYNTAX_ONE_OF and SYNTAX_BLOCK */
    int16_t next;  /* behind this one, in the same group */
};

struct syntax {
    int16_t first; /* SYNTAX_NONE: no arguments */
    int16_t count; /* of nodes used */
    struct syntax_node nodes[SYNTAX_NODES];
};

bool syntax_parse(struct syntax *syntax, const char *text);

/* The text as people are to see it, in at most `room` bytes with a terminating zero. */
void syntax_show(const char *text, char *into, size_t room);

/* How many nodes there are from `first` on, in one group. */
uint32_t syntax_length(const struct syntax *syntax, int16_t first);

/* As COMMAND DOCS calls it: "unix-time". */
const char *syntax_type_name(enum syntax_type type);

#endif
