/*
 * warning - writes on several hosts are near, so that whoever reads on several lets nothing follow.
 *
 *     a loop that is about to write              every loop, that one among them
 *     asks: may I? ----------------------------> is warned; answers as soon as no read is open
 *     has all answers: it writes                 opens no read while anybody has warned it
 *     has not written for WARNING_MILLISECONDS
 *     takes it back ---------------------------> may open reads again
 *
 *     An open read is one on several hosts behind which its connection may send something: it cannot be done
 *     once more. So none is under way while anybody writes on several hosts, whatever the clocks say. Asking
 *     holds nothing that somebody else needs, and reads end by themselves: nobody waits for ever.
 *
 * Owner   the loop's courier, which sends and answers.
 * Memory  none.
 * Cost    a message to each other loop and back, before the first write after a rest and after the last.
 * Errors  none.
 */
#ifndef SHARD_WARNING_H
#define SHARD_WARNING_H

#include "shard/request.h"

#define WARNING_MILLISECONDS 100

struct warning {
    /* for those who read */
    unsigned warned_by;            /* so many loops */
    unsigned open;                 /* reads that are under way */
    struct request_list questions; /* not answered yet */
    /* for those who write */
    bool given;
    bool own;         /* this loop's own reads are waited for, too */
    unsigned missing; /* answers */
    int64_t until_ms; /* when it can be taken back */
};

void warning_init(struct warning *warning) ON_NET;

/* A read on several hosts: may it be open? It is, then, until it is home for the first time. */
bool warning_open(struct warning *warning) ON_NET;

/* That was the last open read: questions that wait can be answered now, and so can this loop itself;
 * true when that was all that it had to wait for. */
bool warning_close(struct warning *warning) ON_NET;

/* Another loop asks; the question is the warning's until it can be answered. */
void warning_hear(struct warning *warning, struct request **question) ON_NET;
/* It has taken its warning back. */
void warning_unhear(struct warning *warning) ON_NET;
/* One that can be answered; NULL when there is none. */
struct request *warning_answer(struct warning *warning) ON_NET;

/* This loop is about to write and has asked `others`. True: there is nothing to wait for. */
bool warning_ask(struct warning *warning, unsigned others) ON_NET;
/* One of them has answered. True: that was all. */
bool warning_answered(struct warning *warning) ON_NET;

/* It has written. */
void warning_extend(struct warning *warning, int64_t now) ON_NET;
/* Nothing was written for long: the others are to be told that it is taken back. */
bool warning_has_ended(const struct warning *warning, int64_t now) ON_NET;
void warning_take_back(struct warning *warning) ON_NET;

#endif
