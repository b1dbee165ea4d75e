/* Which commands are taken together, in what order hosts are reserved, and how much fits. */
#include <stdlib.h>

#include "shard/outbox.h"
#include "shard/reservation.h"
#include "tests/tap/tap.h"

#define MANY (OUTBOX_RESERVED + 10)

static struct reservation reservation;
static struct request requests[MANY];
static const struct command command = {.name = "mset", .flags = WRITES | ATOMIC};

static struct request *add(unsigned index, unsigned target)
{
    struct request *request = &requests[index];

    request->net.fanout = NULL;
    request->cargo.command = &command;
    request->cargo.target = (uint16_t)target;
    reservation_add(&reservation, request);
    return request;
}

static unsigned take_all(unsigned from)
{
    struct request *request;
    unsigned taken = 0;

    while ((request = reservation_take(&reservation)) != NULL) {
        assert(request == &requests[from + taken]); /* in their order */
        taken++;
    }
    return taken;
}

static void nobody_waits(void)
{
    reservation_init(&reservation);
    ok(!reservation_begin(&reservation), "without commands there is no batch");
}

static void hosts_come_in_ascending_order(void)
{
    unsigned thread = 0;

    reservation_init(&reservation);
    ok(add(0, 7)->net.lined, "a command that waits says so");
    add(1, 3);
    add(2, 7);
    ok(reservation_begin(&reservation), "commands that wait form a batch");
    ok(!reservation_begin(&reservation), "only one at a time");
    ok(reservation_next(&reservation, &thread) && thread == 3, "the lowest host is reserved first");
    ok(reservation_next(&reservation, &thread) && thread == 7, "then the next");
    ok(!reservation_next(&reservation, &thread), "each once");
    is_int(take_all(0), 3, "all commands are in it, in their order");
    reservation_end(&reservation);
    ok(!reservation_begin(&reservation), "then nobody waits");
}

static void a_batch_fits_the_room_kept_for_it(void)
{
    unsigned i;

    reservation_init(&reservation);
    for (i = 0; i < MANY; i++)
        add(i, 1);
    reservation_begin(&reservation);
    is_int(take_all(0), OUTBOX_RESERVED - 1, "one place is left for the release");
    reservation_end(&reservation);
    ok(reservation_begin(&reservation), "the others form the next batch");
    is_int(take_all(OUTBOX_RESERVED - 1), MANY - (OUTBOX_RESERVED - 1), "all of them");
    reservation_end(&reservation);
}

static void who_comes_later_waits_for_the_next(void)
{
    reservation_init(&reservation);
    add(0, 1);
    reservation_begin(&reservation);
    add(1, 2);
    is_int(take_all(0), 1, "a command that comes during a batch is not in it");
    reservation_end(&reservation);
    ok(reservation_begin(&reservation), "but in the one after it");
    is_int(take_all(1), 1, "alone");
    reservation_end(&reservation);
}

int main(void)
{
    nobody_waits();
    hosts_come_in_ascending_order();
    a_batch_fits_the_room_kept_for_it();
    who_comes_later_waits_for_the_next();
    return tap_done();
}
