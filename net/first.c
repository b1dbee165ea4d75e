#include "net/first.h"

#include <assert.h>

#include "net/dispatch.h"
#include "net/loop.h"

void first_ask(struct session *session, struct request *whole)
{
    struct loop *loop = session->loop;

    if (loop->index == 0)
        whole->cargo.command->on_message(loop, whole);
    else
        courier_send_to_loop(loop->courier, whole, 0);
    if (!whole->net.home)
        loop_stall(session_conn(session), whole, true);
}

void first_answer(struct loop *first, struct request *request)
{
    assert(first->index == 0);
    if (request->cargo.home == first->index)
        dispatch_answered(first, request);
    else
        courier_answer(first->courier, &request);
}

bool first_tell(struct loop *loop, const struct command *command, void *hidden)
{
    struct request *request;

    if (loop->index == 0) {
        struct args args = {.hidden = hidden};

        command->on_loop(loop, &args, NULL);
        return true;
    }
    request = courier_make(loop->courier, 2);
    if (request == NULL)
        return false;
    request->cargo.command = command;
    request->cargo.args.hidden = hidden;
    courier_send_to_loop(loop->courier, request, 0);
    return true;
}
