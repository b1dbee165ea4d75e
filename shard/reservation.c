#include "shard/reservation.h"

#include "shard/outbox.h"

void reservation_init(struct reservation *reservation)
{
    *reservation = (struct reservation){0};
    request_list_init(&reservation->waiting);
    request_list_init(&reservation->batch);
    request_list_init(&reservation->holds);
}

void reservation_add(struct reservation *reservation, struct request *whole)
{
    whole->net.lined = true;
    request_list_push(&reservation->waiting, &whole);
}

static void count_one(struct reservation *reservation, const struct request *request, int by)
{
    uint16_t *counted = &reservation->counts[request->cargo.target];

    *counted = (uint16_t)(*counted + by);
}

static void count(struct reservation *reservation, const struct request *whole, int by)
{
    unsigned step;

    if (whole->net.fanout == NULL) {
        count_one(reservation, whole, by);
        return;
    }
    for (step = FANOUT_BEFORE; step < FANOUT_STEPS; step++) {
        const struct request *part = fanout_list(whole->net.fanout, (enum fanout_step)step);

        for (; part != NULL; part = part->net.next)
            count_one(reservation, part, by);
    }
}

static bool is_stepped(const struct request *whole)
{
    return whole->net.fanout != NULL && fanout_is_stepped(whole->net.fanout);
}

/* Room is kept in the rings for so many requests of a batch, and one that releases. */
static bool fits(const struct reservation *reservation)
{
    unsigned thread;

    for (thread = 0; thread < RESERVATION_THREADS; thread++)
        if (reservation->counts[thread] >= OUTBOX_RESERVED)
            return false;
    return true;
}

bool reservation_begin(struct reservation *reservation)
{
    struct request *whole;
    unsigned stepped = 0;

    if (reservation->active || reservation->waiting.first == NULL)
        return false;
    reservation->active = true;
    reservation->refused = false;
    reservation->starved = false;
    reservation->next = 0;
    reservation->writes = false;
    memset(reservation->counts, 0, sizeof(reservation->counts));
    while ((whole = reservation->waiting.first) != NULL && stepped < RESERVATION_STEPPED) {
        count(reservation, whole, 1);
        if (!fits(reservation)) {
            count(reservation, whole, -1);
            break;
        }
        whole = request_list_pop(&reservation->waiting);
        stepped += is_stepped(whole);
        reservation->writes |= (whole->cargo.command->flags & WRITES) != 0;
        request_list_push(&reservation->batch, &whole);
    }
    assert(reservation->batch.first != NULL);
    return true;
}

bool reservation_next(struct reservation *reservation, unsigned *thread)
{
    while (reservation->next < RESERVATION_THREADS)
        if (reservation->counts[reservation->next++] > 0) {
            *thread = reservation->next - 1;
            return true;
        }
    return false;
}

struct request *reservation_take(struct reservation *reservation)
{
    struct request *whole = NULL;

    if (reservation->current == NULL)
        whole = request_list_pop(&reservation->batch);
    if (whole != NULL && is_stepped(whole))
        reservation->current = whole;
    return whole;
}

bool reservation_done(struct reservation *reservation, const struct request *whole)
{
    if (reservation->current != whole)
        return false;
    reservation->current = NULL;
    return true;
}

void reservation_end(struct reservation *reservation)
{
    assert(reservation->active && reservation->holds.first == NULL);
    assert(reservation->batch.first == NULL && reservation->current == NULL);
    reservation->active = false;
}
