/*
 * grammar - what can be said to a server: its commands and their arguments, as COMMAND DOCS tells.
 *
 * Owner   the program.
 * Memory  on the heap, released by grammar_fini.
 * Cost    of no concern.
 * Errors  false, and one sentence in `why`.
 */
#ifndef TESTS_DIFF_GRAMMAR_H
#define TESTS_DIFF_GRAMMAR_H

#include "tests/diff/rules.h"
#include "tests/talk/text.h"

enum argument_kind {
    ARGUMENT_TEXT,
    ARGUMENT_INTEGER,
    ARGUMENT_DOUBLE,
    ARGUMENT_KEY,
    ARGUMENT_PATTERN,
    ARGUMENT_UNIX_TIME,
    ARGUMENT_TOKEN,
    ARGUMENT_ONE_OF,
    ARGUMENT_BLOCK,
};

struct argument {
    char *name;
    char *token; /* comes first, NULL when there is none */
    enum argument_kind kind;
    bool optional;
    bool multiple;
    bool multiple_token; /* the token is repeated, too */
    struct argument *children;
    size_t count;
};

struct production {
    char *name; /* "get", "client|id" */
    char *group;
    struct argument *arguments;
    size_t count;
    const struct rule *rule;
    bool container; /* only its subcommands can be said */
    bool allocates; /* makes values as long as a number says */
    bool expires;   /* takes a time that counts from now */
    unsigned long tried;
    unsigned long succeeded;
};

struct grammar {
    const struct dialect *dialect;
    struct production *items;
    size_t count;
    struct production unknown; /* for what is no command */
    bool among;                /* what only differs from Redis may be said, too */
};

bool grammar_ask(struct grammar *, const struct dialect *, int port, struct text *why);
void grammar_fini(struct grammar *);

struct production *grammar_find(const struct grammar *, const char *name, size_t len);

/* May a request under this rule be said? */
bool grammar_allows(const struct grammar *, const struct rule *);

/* Leaves only what the other grammar has, too. */
void grammar_intersect(struct grammar *, const struct grammar *other);

#endif
