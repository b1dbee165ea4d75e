#include "shard/reservation.h"

#include "shard/outbox.h"

void reservation_init(struct reservation *reservation)
{
    *reservation = (struct reservation){0};
    request_list_init(&reservation->waiting);
    request_list_init(&reservation->batch);
}

void reservation_add(struct reservation *reservation, struct request *whole)
{
    whole->net.lined = true;
    request_list_push(&reservation->waiting, &whole);
}

static void count(struct reservation *reservation, const struct request *whole, int by)
{
    const struct request *part = whole->net.fanout == NULL ? whole : whole->net.fanout->parts;

    for (; part != NULL; part = part == whole ? NULL : part->net.next)
        reservation->counts[part->cargo.target] =
            (uint16_t)(reservation->counts[part->cargo.target] + by);
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

    if (reservation->active || reservation->waiting.first == NULL)
        return false;
    reservation->active = true;
    reservation->next = 0;
    memset(reservation->counts, 0, sizeof(reservation->counts));
    while ((whole = reservation->waiting.first) != NULL) {
        count(reservation, whole, 1);
        if (!fits(reservation)) {
            count(reservation, whole, -1);
            break;
        }
        whole = request_list_pop(&reservation->waiting);
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

void reservation_rewind(struct reservation *reservation)
{
    reservation->next = 0;
}

struct request *reservation_take(struct reservation *reservation)
{
    return request_list_pop(&reservation->batch);
}

void reservation_end(struct reservation *reservation)
{
    assert(reservation->active && reservation->batch.first == NULL);
    reservation->active = false;
}
