/*
 * asks - the questions of one sample, and which answer belongs to which.
 *
 *     asks_greet --> asks_begin --> asks_take, for each answer --> ASKS_WHOLE --> asks_begin ...
 *
 * Owner   main.
 * Memory  of fixed size. The sample is the caller's.
 * Cost    a look at each answer; all questions of a sample go out together.
 * Errors  ASKS_REFUSED with a sentence: the server does not let us ask. What it merely does not know
 *         is not asked again.
 */
#ifndef TOP_ASKS_H
#define TOP_ASKS_H

#include "conf/why.h"
#include "top/line.h"
#include "top/sample.h"

enum ask { ASK_AUTH, ASK_NAME, ASK_SECTIONS, ASK_ALL, ASK_HISTOGRAM, ASK_HOTTEST };

enum asks_state { ASKS_WAIT, ASKS_WHOLE, ASKS_REFUSED };

struct asks {
    enum ask under_way[8]; /* in the order in which answers will come */
    unsigned first, count;
    bool old;           /* INFO takes one word only */
    bool no_histogram;  /* it does not know LATENCY HISTOGRAM */
    bool asked_hottest; /* INFO has said that this is croft */
    bool no_hottest;    /* nor that */
};

/* What is said once, right after connecting. Also forgets what another connection was asked. */
void asks_greet(struct asks *asks, struct line *line, const struct options *options);

/* Questions of a sample, which is emptied. */
void asks_begin(struct asks *asks, struct line *line, struct sample *sample);

/* The next answer, which is not freed. */
enum asks_state asks_take(struct asks *asks, struct line *line, const redisReply *reply,
                          struct sample *sample, struct why *why);

#endif
