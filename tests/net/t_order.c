#include "net/order.h"

#include "tests/tap/tap.h"

static struct request requests[100];
static struct order order;

static void begin(void)
{
    unsigned i;

    order_init(&order);
    for (i = 0; i < 100; i++) {
        requests[i].net.home = false;
        order_append(&order, &requests[i]);
    }
}

static void nothing_goes_out_of_an_empty_order(void)
{
    order_init(&order);
    ok(order_next(&order) == NULL, "there is none");
    is_int(order.length, 0, "and none is counted");
}

static void replies_wait_for_those_before_them(void)
{
    unsigned i;

    begin();
    is_int(order.length, 100, "a hundred wait");
    for (i = 1; i < 100; i++)
        requests[i].net.home = true;
    ok(order_next(&order) == NULL, "all but the first are home: none goes out");
    requests[0].net.home = true;
    for (i = 0; i < 100; i++)
        ok(order_next(&order) == &requests[i], "number %u goes out in its turn", i);
    ok(order_next(&order) == NULL, "and then there is none");
    is_int(order.length, 0, "and none is counted");
}

static void an_order_may_be_empty_in_between(void)
{
    unsigned i;
    bool right = true;

    order_init(&order);
    for (i = 0; i < 100; i++) {
        requests[i].net.home = true;
        order_append(&order, &requests[i]);
        right &= order_next(&order) == &requests[i] && order_next(&order) == NULL;
    }
    ok(right, "and be filled again");
}

int main(void)
{
    nothing_goes_out_of_an_empty_order();
    replies_wait_for_those_before_them();
    an_order_may_be_empty_in_between();
    return tap_done();
}
