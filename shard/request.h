/*
 * request - the one kind of message. It carries its own reply slot and always comes home to the
 * loop that made it.
 *
 *      pool --> held by loop --> line or ring --> held by host --> ring --> held by loop --> pool
 *                                                  runs it
 *
 * Owner   whoever holds it; handed over through `struct request **`, which leaves NULL behind. What
 *         is grouped under `net` stays the loop's even while the request travels.
 * Memory  one object of a few cache lines, with room for REQUEST_WORDS words and a small answer.
 *         The words are views into the loop's input, on loan until the request is home.
 * Cost    none.
 * Errors  a request in the wrong place is a bug and stops the program.
 */
#ifndef SHARD_REQUEST_H
#define SHARD_REQUEST_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/args.h"
#include "cache/command.h"
#include "cache/reply.h"
#include "shard/owner.h"

#define REQUEST_WORDS 5
#define REQUEST_LINE 64
#define REQUEST_NO_SHARD UINT16_MAX /* for a thread rather than a shard */

/* Several hosts are reserved before a command that writes on all of them runs on any. */
enum request_hold {
    HOLD_NONE,              /* an ordinary request */
    HOLD_TAKE,              /* reserve the host for `holder`; nothing runs */
    HOLD_RELEASE,           /* end the reservation */
    HOLD_RELEASE_UNCHANGED, /* end one under which nothing was written */
};

struct request {
    /* Stays with the loop that made it, even in flight. */
    struct {
        struct request *next; /* the reply that goes out after this one; in the pool: a free one */
        struct session *session; /* who asked; NULL once they have gone, and for parts */
        struct block *input;     /* what its words look into, pinned until home */
        struct fanout *fanout;   /* what it is the whole of, or a part of */
        struct bytes *spare;     /* words that did not fit below; freed when home */
        size_t carried;          /* bytes of the large blocks that it left with */
        uint16_t row;            /* command_index of its command, when it has one */
        bool home;               /* answered and back */
        bool lined;              /* waits in line for room in a ring */
        bool part;               /* of a fanout, rather than the whole */
        bool muted;              /* CLIENT REPLY: its answer is not sent */
    } net;

    /* Travels: belongs to whoever holds the request. In the order that makes a usual request and its
     * answer touch few lines of the processors' caches: see below. */
    _Alignas(REQUEST_LINE) struct request *link; /* in whatever list the holder keeps */
    struct {
        const struct command *command;
        uint16_t shard;  /* whose data, or REQUEST_NO_SHARD */
        uint16_t home;   /* thread that made it */
        uint16_t target; /* thread it is for */
        uint8_t database;
        uint8_t hold;
        uint32_t nanoseconds; /* that it took to run, as far as 32 bits tell */
        bool answered;
        bool linked; /* the next request in the ring must run right behind this one */
        bool usual;  /* see pool_take_usual */
        struct args args;
        const void *holder; /* with a hold: whose */
        _Alignas(16) struct bytes words[REQUEST_WORDS];
        struct reply reply;
    } cargo;
};

/*
 *     line 0   net: never leaves the loop's processor
 *          1   who, what and where; count and hash of the words
 *          2   what few commands need
 *          3   the words behind the name
 *          4   the answer, and what is known of it
 *          5   the rest of the answer
 */
_Static_assert(offsetof(struct request, link) == 1 * REQUEST_LINE, "net has a line of its own");
_Static_assert(offsetof(struct request, cargo.args.asker) == 2 * REQUEST_LINE,
               "rare things follow");
_Static_assert(offsetof(struct request, cargo.words[1]) == 3 * REQUEST_LINE, "then what is asked");
_Static_assert(offsetof(struct request, cargo.reply) == 4 * REQUEST_LINE, "then the answer");
_Static_assert(sizeof(struct request) == 6 * REQUEST_LINE, "and no more than that");

/* It was written by another processor and is needed soon: those of its lines that usually are. */
static inline void request_prefetch(const struct request *request)
{
    __builtin_prefetch((const char *)request + 1 * REQUEST_LINE);
    __builtin_prefetch((const char *)request + 3 * REQUEST_LINE);
    __builtin_prefetch((const char *)request + 4 * REQUEST_LINE);
    __builtin_prefetch((const char *)request + 5 * REQUEST_LINE);
}

/* It has run for so long, or that much longer. */
static inline void request_took(struct request *request, uint64_t nanoseconds)
{
    const uint64_t sum = request->cargo.nanoseconds + nanoseconds;

    request->cargo.nanoseconds = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

/* A first-in first-out list through request->link; for one thread. */
struct request_list {
    struct request *first;
    struct request **last;
};

static inline void request_list_init(struct request_list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

static inline void request_list_push(struct request_list *list, struct request **request)
{
    (*request)->link = NULL;
    *list->last = *request;
    list->last = &(*request)->link;
    *request = NULL;
}

static inline struct request *request_list_pop(struct request_list *list)
{
    struct request *request = list->first;

    if (request == NULL)
        return NULL;
    list->first = request->link;
    if (list->first == NULL)
        list->last = &list->first;
    return request;
}

/* The whole list, linked by `link`; it is empty then. */
static inline struct request *request_list_take(struct request_list *list)
{
    struct request *first = list->first;

    request_list_init(list);
    return first;
}

#endif
