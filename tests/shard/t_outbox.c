/* Two threads' outboxes, both run by the test: number 0 asks, number 1 answers. */
#include "shard/outbox.h"

#include "shard/pool.h"
#include "tests/tap/tap.h"

#define LIMIT INBOX_LINKED_MAX

static struct inbox *inboxes[2];
static struct outbox *asks, *answers;
static struct pool pool;
static struct request *came[2048]; /* at number 1 */
static unsigned arrived;

static void begin(void)
{
    struct why why;
    unsigned i;

    for (i = 0; i < 2; i++) {
        inboxes[i] = inbox_new(INBOX_STEPPED, 2, &why);
        inbox_open(inboxes[i], 1 - i, outbox_ring_size(LIMIT));
    }
    asks = outbox_new(0, 2, inboxes, LIMIT);
    answers = outbox_new(1, 2, inboxes, LIMIT);
    pool_init(&pool, 0);
    arrived = 0;
}

static void end(void)
{
    outbox_free(asks);
    outbox_free(answers);
    inbox_free(inboxes[0]);
    inbox_free(inboxes[1]);
    pool_fini(&pool);
}

/* Sends so many, linked; their number is their database. */
static bool send(unsigned length, const void *holder, enum request_hold hold)
{
    static uint8_t number;
    struct request_list run;

    request_list_init(&run);
    for (; length > 0; length--) {
        struct request *request = pool_make(&pool, 2);

        request->cargo.target = 1;
        request->cargo.database = number++;
        request->cargo.linked = length > 1;
        request->cargo.holder = holder;
        request->cargo.hold = (uint8_t)hold;
        request_list_push(&run, &request);
    }
    return outbox_send(asks, &run);
}

static unsigned arrive(void)
{
    const unsigned before = arrived;
    unsigned taken;

    outbox_publish(asks, NULL);
    while ((taken = inbox_take(inboxes[1], came + arrived, 32)) > 0)
        arrived += taken;
    return arrived - before;
}

/* Everything that has arrived goes home; how many were home. */
static unsigned go_home(void)
{
    struct request *batch[32 + INBOX_LINKED_MAX];
    unsigned i, taken, home = 0;

    for (i = 0; i < arrived; i++) {
        came[i]->cargo.answered = true;
        outbox_return(answers, &came[i]);
    }
    arrived = 0;
    outbox_publish(answers, NULL);
    while ((taken = inbox_take(inboxes[0], batch, 32)) > 0)
        for (i = 0; i < taken; i++, home++) {
            outbox_home(asks, batch[i]->cargo.target);
            pool_give_back(&pool, &batch[i]);
        }
    return home;
}

static bool in_order(void)
{
    unsigned i;

    for (i = 1; i < arrived; i++)
        if ((uint8_t)(came[i - 1]->cargo.database + 1) != came[i]->cargo.database)
            return false;
    return true;
}

static void so_many_are_in_flight_and_no_more(void)
{
    unsigned i;
    bool lined = false;

    begin();
    for (i = 0; i < LIMIT; i++)
        lined |= !send(1, NULL, HOLD_NONE);
    ok(!lined, "up to the limit all go");
    is_int(outbox_in_flight(asks, 1), LIMIT, "and are in flight");
    ok(!send(1, NULL, HOLD_NONE), "one more waits");
    is_int(arrive(), LIMIT, "the others arrive");
    ok(!came[0]->net.lined, "and do not wait");
    is_int(go_home(), LIMIT, "and go home");
    is_int(arrive(), 1, "then the one that waited arrives");
    ok(!came[0]->net.lined, "and waits no more");
    go_home();
    is_int(outbox_in_flight(asks, 1), 0, "and nothing is in flight");
    is_int(outbox_stats(asks)->sent, LIMIT + 1, "all were sent");
    is_int(outbox_stats(asks)->lined, 1, "one after waiting");
    end();
}

static void lines_keep_order_and_runs_together(void)
{
    unsigned sent = 0, home = 0, turns;
    bool ordered = true, together = true;

    begin();
    while (sent < 1000) {
        const unsigned length = 1 + sent * 7 % (LIMIT - 1);

        send(length, NULL, HOLD_NONE);
        sent += length;
    }
    for (turns = 0; home < sent && turns < 1000; turns++) {
        arrive();
        ordered &= in_order();
        together &= arrived == 0 || !came[arrived - 1]->cargo.linked;
        home += go_home();
    }
    is_int(home, sent, "all arrive and go home, in %u turns", turns);
    ok(ordered, "in order");
    ok(together, "and what is linked together");
    end();
}

static void a_short_one_does_not_overtake_a_long_one(void)
{
    begin();
    send(LIMIT - 1, NULL, HOLD_NONE);
    ok(!send(2, NULL, HOLD_NONE), "two do not fit");
    ok(!send(1, NULL, HOLD_NONE), "one would, but waits behind them");
    arrive();
    go_home();
    is_int(arrive(), 3, "they go together");
    ok(in_order(), "in order");
    go_home();
    end();
}

static void what_is_reserved_for_never_waits(void)
{
    const void *holder = &pool;
    unsigned i;

    begin();
    for (i = 0; i < LIMIT + 10; i++)
        send(1, NULL, HOLD_NONE);
    ok(!send(1, holder, HOLD_TAKE), "to reserve means to wait with the others");
    ok(send(LIMIT, holder, HOLD_NONE), "what runs under a reservation passes by");
    ok(send(1, holder, HOLD_RELEASE), "and so does its end");
    is_int(arrive(), LIMIT + LIMIT + 1, "and arrives");
    for (i = 0; i < 3; i++) {
        go_home();
        arrive();
    }
    go_home();
    is_int(pool.out, 0, "and in the end all are home");
    end();
}

/* As much as may be under way in both directions at once. */
static void there_is_always_room_for_answers(void)
{
    unsigned i;

    begin();
    for (i = 0; i < LIMIT; i++)
        send(1, NULL, HOLD_NONE);
    for (i = 0; i < OUTBOX_RESERVED; i++)
        send(1, &pool, HOLD_NONE);
    is_int(arrive(), LIMIT + OUTBOX_RESERVED, "requests arrive");
    is_int(go_home(), LIMIT + OUTBOX_RESERVED, "answers go home");
    ok(outbox_ring_size(LIMIT) >= 2 * (LIMIT + OUTBOX_RESERVED), "both ways in one ring");
    end();
}

static void only_the_sleeping_are_woken(void)
{
    begin();
    send(1, NULL, HOLD_NONE);
    outbox_publish(asks, NULL);
    is_int(outbox_stats(asks)->wakeups, 0, "not who is awake");
    arrive();
    ok(inbox_may_sleep(inboxes[1]), "nothing is there, so it sleeps");
    outbox_publish(asks, NULL);
    is_int(outbox_stats(asks)->wakeups, 0, "nor for nothing");
    send(1, NULL, HOLD_NONE);
    send(1, NULL, HOLD_NONE);
    outbox_publish(asks, NULL);
    is_int(outbox_stats(asks)->wakeups, 1, "but for something, once");
    ok(!inbox_is_sleeping(inboxes[1]), "it is awake");
    arrive();
    go_home();
    end();
}

/* A usual command that takes no longer than a look-up, or one that may. */
static void ask(const struct command *command)
{
    struct request *request = pool_next(&pool);
    struct request_list run;

    pool_take_usual(&pool, request, 2);
    pool_count_usual(&pool, 1);
    request->cargo.command = command;
    request->cargo.target = 1;
    request_list_init(&run);
    request_list_push(&run, &request);
    outbox_send(asks, &run);
}

static unsigned borrows(void)
{
    struct outbox_borrowed borrowed = {.first = 1, .end = 2};

    outbox_publish(asks, &borrowed);
    if (borrowed.count > 0) {
        arrive();
        inbox_return(inboxes[1], false);
    }
    return borrowed.count;
}

static void instead_of_waking_for_little_it_borrows(void)
{
    static const struct command brief = {.name = "brief", .flags = FAST};
    static const struct command lengthy = {.name = "lengthy"};
    unsigned i;

    begin();
    ask(&brief);
    is_int(borrows(), 0, "not from who is awake");
    arrive();
    inbox_may_sleep(inboxes[1]);
    ask(&brief);
    is_int(borrows(), 1, "but from who sleeps");
    ok(inbox_is_sleeping(inboxes[1]), "and sleeps on");
    ask(&lengthy);
    is_int(borrows(), 0, "not for what may take long");
    is_int(outbox_stats(asks)->wakeups, 1, "that wakes");
    arrive();
    inbox_may_sleep(inboxes[1]);
    ask(&brief);
    ask(&brief);
    is_int(borrows(), 1, "what was sent before is no reason");
    for (i = 0; i < 40; i++)
        ask(&brief);
    is_int(borrows(), 0, "nor for much at once");
    is_int(outbox_stats(asks)->wakeups, 2, "that wakes, too");
    is_int(outbox_stats(asks)->borrows, 2, "all of it is counted");
    arrive();
    is_int(go_home(), 45, "and comes home");
    end();
}

int main(void)
{
    so_many_are_in_flight_and_no_more();
    lines_keep_order_and_runs_together();
    a_short_one_does_not_overtake_a_long_one();
    what_is_reserved_for_never_waits();
    there_is_always_room_for_answers();
    only_the_sleeping_are_woken();
    instead_of_waking_for_little_it_borrows();
    return tap_done();
}
