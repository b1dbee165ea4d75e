#include "shard/outbox.h"

#include <stdlib.h>

#include "cache/panic.h"

#define BRIEF_MOST \
    32u /* requests, one batch, that are run sooner than a thread is woken for them */

struct lane {
    struct inbox *inbox;
    struct request_list line;
    unsigned in_flight;
    unsigned fresh; /* requests since the last publishing ... */
    bool lengthy;   /* ... of which some may take a while */
    bool touched;
};

struct outbox {
    unsigned self;
    unsigned threads;
    unsigned limit;
    unsigned touched_count;
    struct outbox_stats stats;
    uint16_t *touched;
    struct lane lanes[];
};

unsigned outbox_ring_size(unsigned limit)
{
    unsigned size = 1;

    while (size < 2 * (limit + OUTBOX_RESERVED + INBOX_LINKED_MAX + OUTBOX_SLIPS))
        size *= 2;
    return size;
}

struct outbox *outbox_new(unsigned self, unsigned threads, struct inbox **inboxes, unsigned limit)
{
    struct outbox *outbox = must_calloc(1, sizeof(*outbox) + threads * sizeof(outbox->lanes[0]));
    unsigned i;

    assert(limit > 0);
    outbox->self = self;
    outbox->threads = threads;
    outbox->limit = limit;
    outbox->touched = must_calloc(threads, sizeof(outbox->touched[0]));
    for (i = 0; i < threads; i++) {
        outbox->lanes[i].inbox = inboxes[i];
        request_list_init(&outbox->lanes[i].line);
    }
    return outbox;
}

void outbox_free(struct outbox *outbox)
{
    free(outbox->touched);
    free(outbox);
}

static void touch(struct outbox *outbox, unsigned target)
{
    if (outbox->lanes[target].touched)
        return;
    outbox->lanes[target].touched = true;
    outbox->touched[outbox->touched_count++] = (uint16_t)target;
}

static void push(struct outbox *outbox, unsigned target, struct request *request)
{
    if (!inbox_push(outbox->lanes[target].inbox, outbox->self, &request))
        assert(!"a ring has room for everything in flight");
    touch(outbox, target);
}

void outbox_slip(struct outbox *outbox, struct request **request)
{
    push(outbox, (*request)->cargo.target, *request);
    *request = NULL;
}

/* How many requests at the head of the list must stay together. */
static unsigned run_length(const struct request_list *list)
{
    const struct request *request = list->first;
    unsigned length = 0;

    while (request != NULL) {
        length++;
        if (!request->cargo.linked)
            break;
        request = request->link;
    }
    return length;
}

/* Does it take no longer than to look up a key, or to write a short one? */
static bool is_brief(const struct request *request)
{
    return request->cargo.usual && (request->cargo.command->flags & (FAST | DENYOOM));
}

static void push_run(struct outbox *outbox, unsigned target, struct request_list *list,
                     unsigned length)
{
    struct lane *lane = &outbox->lanes[target];

    lane->in_flight += length;
    lane->fresh += length;
    outbox->stats.sent += length;
    for (; length > 0; length--) {
        struct request *request = request_list_pop(list);

        request->net.lined = false;
        lane->lengthy |= !is_brief(request);
        push(outbox, target, request);
    }
}

/* A run longer than the limit goes when nothing else is in flight: the rings have room for that. */
static bool fits(const struct outbox *outbox, const struct lane *lane, unsigned length)
{
    return lane->in_flight == 0 || lane->in_flight + length <= outbox->limit;
}

static void wait_in_line(struct outbox *outbox, struct lane *lane, struct request_list *run)
{
    struct request *request;

    while ((request = request_list_pop(run)) != NULL) {
        request->net.lined = true;
        outbox->stats.lined++;
        request_list_push(&lane->line, &request);
    }
}

static bool is_reserved_for(const struct request_list *run)
{
    return run->first->cargo.holder != NULL && run->first->cargo.hold != HOLD_TAKE;
}

bool outbox_send(struct outbox *outbox, struct request_list *run)
{
    const unsigned target = run->first->cargo.target;
    struct lane *lane = &outbox->lanes[target];
    const unsigned length = run_length(run);

    assert(length <= INBOX_LINKED_MAX && target != outbox->self);
    if (is_reserved_for(run) || (lane->line.first == NULL && fits(outbox, lane, length))) {
        push_run(outbox, target, run, length);
        return true;
    }
    wait_in_line(outbox, lane, run);
    return false;
}

void outbox_return(struct outbox *outbox, struct request **request)
{
    const unsigned target = (*request)->cargo.home;

    assert((*request)->cargo.answered);
    (*request)->cargo.linked = false; /* it comes home alone */
    push(outbox, target, *request);
    *request = NULL;
}

void outbox_home(struct outbox *outbox, unsigned target)
{
    struct lane *lane = &outbox->lanes[target];
    unsigned length;

    assert(lane->in_flight > 0);
    lane->in_flight--;
    while (lane->line.first != NULL && fits(outbox, lane, length = run_length(&lane->line)))
        push_run(outbox, target, &lane->line, length);
}

/* Waking takes longer than a few short requests do, also for who is woken. */
static bool borrow(struct lane *lane, unsigned target, struct outbox_borrowed *borrowed)
{
    if (borrowed == NULL || target < borrowed->first || target >= borrowed->end ||
        borrowed->count == OUTBOX_BORROWS || lane->lengthy || lane->fresh > BRIEF_MOST ||
        !inbox_borrow(lane->inbox))
        return false;
    borrowed->threads[borrowed->count++] = (uint16_t)target;
    return true;
}

static void rouse(struct outbox *outbox, unsigned target, struct outbox_borrowed *borrowed)
{
    struct lane *lane = &outbox->lanes[target];

    if (borrow(lane, target, borrowed))
        outbox->stats.borrows++;
    else
        outbox->stats.wakeups += inbox_wake(lane->inbox);
    lane->touched = false;
    lane->lengthy = false;
    lane->fresh = 0;
}

void outbox_show(struct outbox *outbox)
{
    unsigned i;

    for (i = 0; i < outbox->touched_count; i++)
        inbox_publish(outbox->lanes[outbox->touched[i]].inbox, outbox->self);
}

void outbox_publish(struct outbox *outbox, struct outbox_borrowed *borrowed)
{
    unsigned i;

    if (outbox->touched_count == 0)
        return;
    outbox_show(outbox);
    inbox_fence();
    for (i = 0; i < outbox->touched_count; i++)
        rouse(outbox, outbox->touched[i], borrowed);
    outbox->touched_count = 0;
}

const struct outbox_stats *outbox_stats(const struct outbox *outbox)
{
    return &outbox->stats;
}

unsigned outbox_in_flight(const struct outbox *outbox, unsigned target)
{
    return outbox->lanes[target].in_flight;
}
