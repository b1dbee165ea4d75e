#include "net/waiting.h"

#include <stdlib.h>

#include "net/dispatch.h"
#include "net/loop.h"

struct wait {
    struct wait *next;
    struct request *request;
    int64_t due_ms; /* 0: never */
};

static void set_alarm(struct loop *loop)
{
    struct waiting *waiting = &loop->waiting;
    const struct wait *wait;

    waiting->alarm_ms = waiting->pause == PAUSE_NONE ? 0 : waiting->pause_end_ms;
    for (wait = waiting->first; wait != NULL; wait = wait->next)
        if (wait->due_ms != 0 && (waiting->alarm_ms == 0 || wait->due_ms < waiting->alarm_ms))
            waiting->alarm_ms = wait->due_ms;
}

bool waiting_add(struct loop *loop, struct request *request, int64_t due_ms)
{
    struct wait *wait = malloc(sizeof(*wait));

    if (wait == NULL)
        return false;
    *wait = (struct wait){.next = loop->waiting.first, .request = request, .due_ms = due_ms};
    loop->waiting.first = wait;
    loop->waiting.count++;
    set_alarm(loop);
    return true;
}

bool waiting_holds(const struct loop *loop, const struct request *request)
{
    const struct wait *wait = loop->waiting.first;

    while (wait != NULL && wait->request != request)
        wait = wait->next;
    return wait != NULL;
}

/* Takes the first of these places out of the list, and gives the request back. */
static struct request *remove_wait(struct waiting *waiting, struct wait **place)
{
    struct wait *wait = *place;
    struct request *request = wait->request;

    *place = wait->next;
    waiting->count--;
    free(wait);
    return request;
}

bool waiting_unblock(struct loop *loop, uint64_t client, bool failed)
{
    struct wait **place;

    for (place = &loop->waiting.first; *place != NULL; place = &(*place)->next) {
        struct request *request = (*place)->request;

        if (request->net.session == NULL || request->net.session->id != client)
            continue;
        remove_wait(&loop->waiting, place);
        if (failed) {
            reply_cut(&request->cargo.reply, 0);
            reply_error(&request->cargo.reply, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
        }
        dispatch_answered(loop, request);
        set_alarm(loop);
        return true;
    }
    return false;
}

void waiting_pause(struct loop *loop, enum pause pause, int64_t end_ms)
{
    struct waiting *waiting = &loop->waiting;

    if (pause > waiting->pause)
        waiting->pause = pause;
    if (end_ms > waiting->pause_end_ms)
        waiting->pause_end_ms = end_ms;
    loop_set_watchful(loop);
    set_alarm(loop);
}

void waiting_unpause(struct loop *loop)
{
    loop->waiting.pause = PAUSE_NONE;
    loop->waiting.pause_end_ms = 0;
    loop_set_watchful(loop);
    set_alarm(loop);
}

bool waiting_is_paused(const struct loop *loop, const struct command *command)
{
    const enum pause pause = loop->waiting.pause;

    return pause == PAUSE_ALL ||
           (pause == PAUSE_WRITES && (command->flags & (WRITES | MAY_REPLICATE)));
}

static bool is_due(const struct wait *wait, int64_t now)
{
    return wait->request->net.session == NULL || (wait->due_ms != 0 && wait->due_ms <= now);
}

void waiting_ring(struct loop *loop, bool all)
{
    struct waiting *waiting = &loop->waiting;
    struct wait **place = &waiting->first;

    while (*place != NULL) {
        struct request *request;

        if (!all && !is_due(*place, loop->now_ms)) {
            place = &(*place)->next;
            continue;
        }
        request = remove_wait(waiting, place);
        dispatch_answered(loop, request);
    }
    if (waiting->pause != PAUSE_NONE && (all || waiting->pause_end_ms <= loop->now_ms))
        waiting_unpause(loop);
    set_alarm(loop);
}
