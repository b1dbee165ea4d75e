/*
 * order - keeps the replies of one connection in the order of its questions.
 *
 * Owner   the loop of the connection.
 * Memory  a list through request->net.next.
 * Cost    constant per request.
 * Errors  none.
 */
#ifndef NET_ORDER_H
#define NET_ORDER_H

#include "shard/request.h"

struct order {
    struct request *first;
    struct request **last;
    unsigned length;
};

void order_init(struct order *order) ON_NET;

/* The request takes its place behind all earlier ones. */
void order_append(struct order *order, struct request *request) ON_NET;

/* The same for `count` requests linked by net.next, from the place at order->last on; `last` is the
 * last one's net.next. */
static inline void order_append_run(struct order *order, struct request **last,
                                    unsigned count) ON_NET;

/* The oldest `count` requests leave the order; what comes behind them is `next`. */
static inline void order_leave(struct order *order, struct request *next, unsigned count) ON_NET;

/* The oldest request, if its answer is home; it leaves the order. Otherwise NULL. */
struct request *order_next(struct order *order) ON_NET;

static inline void order_append_run(struct order *order, struct request **last, unsigned count)
{
    *last = NULL;
    order->last = last;
    order->length += count;
}

static inline void order_leave(struct order *order, struct request *next, unsigned count)
{
    order->first = next;
    if (next == NULL)
        order->last = &order->first;
    order->length -= count;
}

#endif
