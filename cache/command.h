/*
 * command - a row for each command: what it is called, what it needs, where it runs, what to say of
 * it.
 *
 * A command is one row and one function in one file of a cmd/ folder; each such file exports one
 * family. COMMAND, COMMAND DOCS, HELP and routing all read the rows.
 *
 * Owner   rows are constant; the table of names is made once at start and then only read.
 * Memory  the table keeps pointers to rows.
 * Cost    finding a command is one small hash of its name and one comparison.
 * Errors  two rows with one name stop the program at start: that is a bug.
 */
#ifndef CACHE_COMMAND_H
#define CACHE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/args.h"
#include "cache/reply.h"

struct cache;
struct session;
struct loop;
struct host;
struct request;

/* What COMMAND INFO calls flags, and a few that only croft reads. */
enum {
    WRITES = 1 << 0,
    READS = 1 << 1,
    DENYOOM = 1 << 2,
    ADMIN = 1 << 3,
    PUBSUB = 1 << 4,
    NOSCRIPT = 1 << 5,
    BLOCKING = 1 << 6,
    LOADING = 1 << 7,
    STALE = 1 << 8,
    SKIP_MONITOR = 1 << 9,
    SKIP_SLOWLOG = 1 << 10,
    ASKING = 1 << 11,
    FAST = 1 << 12,
    NO_AUTH = 1 << 13, /* may be sent before AUTH */
    MAY_REPLICATE = 1 << 14,
    SENTINEL = 1 << 15,
    ONLY_SENTINEL = 1 << 16,
    NO_MANDATORY_KEYS = 1 << 17,
    PROTECTED = 1 << 18, /* only with enable-debug-command */
    NO_ASYNC_LOADING = 1 << 19,
    NO_MULTI = 1 << 20,
    ALLOW_BUSY = 1 << 21,
    CONTAINER = 1 << 22, /* only a roof over its subcommands "name|sub" */
    INTERNAL = 1 << 23,  /* sent between threads; no client can name it */
    SLICED = 1 << 25,    /* may take several turns: see cache_run; atomic per key only */
    UNBROKEN = 1 << 27,  /* may take several turns; nothing of its host's runs in between */
    BEHIND = 1 << 26,    /* waits until all earlier commands of its connection are answered */
    ATOMIC = 1 << 24,    /* sees and changes several shards at once: their hosts are reserved */
};

/* ACL categories that do not follow from the flags and the group. */
enum {
    CATEGORY_KEYSPACE = 1 << 0,
    CATEGORY_DANGEROUS = 1 << 1,
    CATEGORY_CONNECTION = 1 << 2,
    CATEGORY_STRING = 1 << 3,
    CATEGORY_ADMIN = 1 << 4,
    CATEGORY_SLOW = 1 << 5,
};

/* Where a command runs. */
enum command_route {
    HERE,        /* on the loop that parsed it: .on_session */
    ONE_SHARD,   /* on the owner of its first key: .on_cache */
    MULTI_SHARD, /* split by the owners of its keys: .on_cache for each part */
    TO_FIRST,    /* on the owner of its first key, to whom the others' are brought: see foreign.h */
    TO_LAST,     /* on the owner of its last key, likewise */
    TO_OWNERS,   /* on each owner, with all words, told which of all the keys there are */
    ALL_SHARDS,  /* .on_cache on every shard */
    ALL_LOOPS,   /* .on_loop on every loop */
    EVERYWHERE,  /* .on_cache on every shard and .on_loop on every loop */
    BY_CURSOR,   /* on the shard that SCAN's cursor names: .on_cache */
};

/* How the parts of an answer become one. */
enum command_gather {
    AS_IS,    /* one part: its answer is the answer */
    ADD_UP,   /* integers are summed */
    ALL_OK,   /* +OK, or the first error */
    BY_KEY,   /* one element per key, in the order of the keys */
    LEAST,    /* the smallest of integers */
    APPEND,   /* arrays are put one behind the other */
    GATHERED, /* .on_gathered makes the answer */
    PICK_ONE, /* parts answer [weight, element]; one element is chosen by weight */
};

struct command_keys {
    int16_t first; /* 0: no keys */
    int16_t last;  /* negative counts from the end */
    int16_t step;
};

struct command {
    const char *name; /* lower case; a subcommand is "client|id" */
    int16_t arity;    /* words with the name; negative: at least */
    uint32_t flags;
    struct command_keys keys;
    enum command_route route;
    enum command_gather gather;

    /* One of these, as the route says. */
    void (*on_cache)(struct cache *, struct args *, struct reply *);
    void (*on_session)(struct session *, struct args *, struct reply *);
    void (*on_loop)(struct loop *, struct args *, struct reply *);
    /* A message between loops that is answered later, by courier_answer. */
    void (*on_message)(struct loop *, struct request *);
    /* Instead of .on_cache, for a row that needs to know who runs the shard. */
    void (*on_host)(struct host *, unsigned shard, struct args *, struct reply *);
    /* GATHERED: `parts` are linked by net.next; writes into whole's reply. Runs on the asking loop.
     */
    void (*on_gathered)(struct loop *, struct request *whole, struct request *parts);
    /* What must be refused before the command is split or sent: runs on the loop, before routing,
     * and sees all the words. True when it has answered, with an error; that is all then. Or NULL.
     */
    bool (*check)(struct args *, struct reply *);
    /* HERE, answered later: the handler keeps the request and calls dispatch_answered in the end.
     */
    void (*on_taken)(struct session *, struct request *whole);

    /* What people and tools are told. */
    uint32_t categories;
    const char *group;
    const char *since;
    const char *complexity;
    const char *summary;
    const char *syntax; /* "key value [NX|XX] [EX seconds]": see net/cmd/introspection.c */
    const char
        *key_flags; /* "RO access": flags of the key specification, NULL when there are no keys */
    uint8_t keys_counted_at;    /* index of the word that says how many keys there are, or 0 */
    const char *more_key_flags; /* of all keys but the first, when theirs are other ones, or NULL */
    const char *key_notes;      /* what COMMAND INFO remarks on the key specification, or NULL */
    const char *deprecated;     /* since when it should not be used, or NULL */
    const char *replaced_by;    /* what to use instead */
    bool internals;             /* it is for tests of the server, not for its users */
    const char *tips;           /* "request_policy:all_shards response_policy:agg_sum", or NULL */
};

#define NO_KEYS \
    {           \
        0, 0, 0 \
    }
#define KEYS(first, last, step) \
    {                           \
        first, last, step       \
    }
#define DOC(group_, since_, complexity_, summary_, syntax_)                           \
    .group = group_, .since = since_, .complexity = complexity_, .summary = summary_, \
    .syntax = syntax_

/* A family is the rows of one file, ended by a row without a name. */
struct command_family {
    const struct command *rows;
};

struct command_table;

/* There are never more rows than this. */
#define COMMAND_ROWS_MAX 512

/* `families` ends with a NULL. */
struct command_table *command_table_new(const struct command_family *const *families);
/* Before anybody looks: from now on `command`, in any letter case, is called `name`; an empty one takes
 * it away. The name must live as long as the table. What it is called in statistics, and what COMMAND tells, stays. NULL, or what is wrong. */
const char *command_rename(struct command_table *table, const char *command, const char *name);

void command_table_free(struct command_table *table);

/* By name in any letter case; NULL when unknown. Never finds INTERNAL rows or subcommands. */
const struct command *command_find(const struct command_table *table, struct bytes name);

/* By the name that its row has, in lower case, whatever it is called now. */
const struct command *command_row(const struct command_table *table, const char *name);

/* The same for the commands that most requests are: of one shard, in constant time, without a check
 * before it, and with as many words as it should have. NULL for all others. Tells command_index as well. */
const struct command *command_find_usual(const struct command_table *table, struct bytes name,
                                         uint32_t words, uint16_t *index);

/* The subcommand `sub` of a CONTAINER; NULL when unknown. */
const struct command *command_find_sub(const struct command_table *table,
                                       const struct command *container, struct bytes sub);

/* Is it one of the container's subcommands? */
bool command_is_under(const struct command *command, const struct command *container);

/* The container's first subcommand among the rows from *place on, which ends up behind it; NULL when
 * there is none left. And how many there are. */
const struct command *command_next_sub(const struct command_table *table,
                                       const struct command *container, size_t *place);
size_t command_count_subs(const struct command_table *table, const struct command *container);

/* By full name as COMMAND INFO takes it: "get", "client|id"; NULL when unknown. */
const struct command *command_find_full(const struct command_table *table, struct bytes name);

/* All rows that clients can name, in order of declaration; subcommands behind their containers. */
size_t command_count(const struct command_table *table); /* top level only */
const struct command *command_at(const struct command_table *table, size_t index);
size_t command_rows(const struct command_table *table); /* with subcommands */

/* A number for each row that clients can name, below COMMAND_ROWS_MAX: its place in the order of
 * declaration. */
unsigned command_index(const struct command_table *table, const struct command *command);

bool command_is_sub(const struct command *command);

/* Does the number of words fit? */
static inline bool command_arity_fits(const struct command *command, uint32_t words)
{
    return command->arity >= 0 ? words == (uint32_t)command->arity
                               : words >= (uint32_t)-command->arity;
}

/* The index of the last key among the words. */
uint32_t command_last_key(const struct command *command, const struct args *args);

#endif
