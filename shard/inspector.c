#include "shard/inspector.h"

#include <stdlib.h>

#include "cache/panic.h"
#include "shard/pool.h"

#define TAKE_MOST 64u

struct inspector {
    struct shards *shards;
    unsigned self; /* the thread's number */
    struct inbox *inbox;
    struct outbox *outbox;
    struct pool pool;
    const struct command *of_shard;
    const struct command *of_loop;
    struct request *stop; /* main's; NULL: it has not told yet */
    unsigned away_count;
    bool away[INSPECTED_MAX];
};

const struct command inspector_stop_command = {
    .name = "inspector|stop", .arity = 1, .flags = INTERNAL};

struct inspector *inspector_new(struct shards *shards, unsigned self,
                                const struct command *of_shard, const struct command *of_loop)
{
    struct inspector *inspector = must_calloc(1, sizeof(*inspector));

    inspector->shards = shards;
    inspector->self = self;
    inspector->inbox = shards_inbox(shards, self);
    inspector->outbox = shards_outbox(shards, self);
    pool_init(&inspector->pool, self);
    inspector->of_shard = of_shard;
    inspector->of_loop = of_loop;
    return inspector;
}

void inspector_free(struct inspector *inspector)
{
    pool_fini(&inspector->pool);
    free(inspector);
}

unsigned inspector_count(const struct inspector *inspector)
{
    return shards_count(inspector->shards) + shards_loops(inspector->shards);
}

bool inspector_is_shard(const struct inspector *inspector, unsigned which)
{
    return which < shards_count(inspector->shards);
}

unsigned inspector_index(const struct inspector *inspector, unsigned which)
{
    return inspector_is_shard(inspector, which) ? which : which - shards_count(inspector->shards);
}

bool inspector_is_away(const struct inspector *inspector, unsigned which)
{
    return inspector->away[which];
}

bool inspector_waits(const struct inspector *inspector)
{
    return inspector->away_count > 0;
}

/* --- asking --- */

static void address(const struct inspector *inspector, struct request *request, unsigned which)
{
    const unsigned index = inspector_index(inspector, which);

    if (inspector_is_shard(inspector, which)) {
        request->cargo.command = inspector->of_shard;
        request->cargo.shard = (uint16_t)index;
        request->cargo.target = (uint16_t)shards_thread_of(inspector->shards, index);
    } else {
        request->cargo.command = inspector->of_loop;
        request->cargo.shard = REQUEST_NO_SHARD;
        request->cargo.target = (uint16_t)index;
    }
}

static void ask_one(struct inspector *inspector, unsigned which, void *hidden)
{
    struct request *request = pool_make(&inspector->pool, 2);
    struct request_list run;

    if (request == NULL) /* it keeps its last answer */
        return;
    address(inspector, request, which);
    request->cargo.args.hidden = hidden;
    inspector->away[which] = true;
    inspector->away_count++;
    request_list_init(&run);
    request_list_push(&run, &request);
    outbox_send(inspector->outbox, &run); /* one that waits in line is sent when others are home */
}

void inspector_ask(struct inspector *inspector, void *hidden)
{
    unsigned i;

    for (i = 0; i < inspector_count(inspector); i++)
        if (!inspector->away[i])
            ask_one(inspector, i, hidden);
    outbox_publish(inspector->outbox, NULL);
}

/* --- answers --- */

static unsigned who(const struct inspector *inspector, const struct request *request)
{
    if (request->cargo.shard != REQUEST_NO_SHARD)
        return request->cargo.shard;
    return shards_count(inspector->shards) + request->cargo.target;
}

static void take_in(struct inspector *inspector, struct request *request,
                    void (*on_answer)(void *context, unsigned which, struct bytes answer),
                    void *context)
{
    const struct reply *reply = &request->cargo.reply;
    unsigned which;

    if (request->cargo.home != inspector->self) {
        assert(request->cargo.command == &inspector_stop_command);
        inspector->stop = request;
        return;
    }
    which = who(inspector, request);
    assert(inspector->away[which]);
    inspector->away[which] = false;
    inspector->away_count--;
    outbox_home(inspector->outbox, request->cargo.target);
    if (!reply_is_broken(reply))
        on_answer(context, which, bytes_new(reply->at, reply->len));
    pool_give_back(&inspector->pool, &request);
}

void inspector_receive(struct inspector *inspector,
                       void (*on_answer)(void *context, unsigned which, struct bytes answer),
                       void *context)
{
    struct request *batch[TAKE_MOST + INBOX_LINKED_MAX];
    unsigned count, i;

    do {
        count = inbox_take(inspector->inbox, batch, TAKE_MOST);
        for (i = 0; i < count; i++)
            take_in(inspector, batch[i], on_answer, context);
    } while (count > 0);
    outbox_publish(inspector->outbox, NULL);
}

void inspector_await(struct inspector *inspector,
                     void (*on_answer)(void *context, unsigned which, struct bytes answer),
                     void *context)
{
    for (;;) {
        inspector_receive(inspector, on_answer, context);
        if (!inspector_waits(inspector))
            return;
        if (inbox_may_sleep(inspector->inbox))
            inbox_sleep(inspector->inbox, -1);
        inbox_rise(inspector->inbox);
    }
}

bool inspector_is_told_to_stop(const struct inspector *inspector)
{
    return inspector->stop != NULL;
}

void inspector_end(struct inspector *inspector)
{
    assert(!inspector_waits(inspector));
    inspector->stop->cargo.answered = true;
    outbox_return(inspector->outbox, &inspector->stop);
    outbox_publish(inspector->outbox, NULL);
}

int inspector_fd(const struct inspector *inspector)
{
    return inbox_fd(inspector->inbox);
}

bool inspector_may_sleep(struct inspector *inspector)
{
    return inbox_may_sleep(inspector->inbox);
}

void inspector_rise(struct inspector *inspector)
{
    inbox_rise(inspector->inbox);
}
