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

/* The oldest request, if its answer is home; it leaves the order. Otherwise NULL. */
struct request *order_next(struct order *order) ON_NET;

#endif
