#include "net/order.h"

void order_init(struct order *order)
{
    order->first = NULL;
    order->last = &order->first;
    order->length = 0;
}

void order_append(struct order *order, struct request *request)
{
    request->net.next = NULL;
    *order->last = request;
    order->last = &request->net.next;
    order->length++;
}

struct request *order_next(struct order *order)
{
    struct request *request = order->first;

    if (request == NULL || !request->net.home)
        return NULL;
    order->first = request->net.next;
    if (order->first == NULL)
        order->last = &order->first;
    order->length--;
    return request;
}
