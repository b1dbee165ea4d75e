#include "net/order.h"

void order_init(struct order *order)
{
    order->first = NULL;
    order->last = &order->first;
    order->length = 0;
}

void order_append(struct order *order, struct request *request)
{
    *order->last = request;
    order_append_run(order, &request->net.next, 1);
}

struct request *order_next(struct order *order)
{
    struct request *request = order->first;

    if (request == NULL || !request->net.home)
        return NULL;
    order_leave(order, request->net.next, 1);
    return request;
}
