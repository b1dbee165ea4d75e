#include "shard/inbox.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cache/clock.h"
#include "shard/request.h"
#include "tests/tap/tap.h"

#define ROUNDS 25000u          /* or as many as the command line says */
#define LOST_MILLISECONDS 2000 /* who sleeps so long has lost a wake-up */
#define SENDERS 3

static struct request requests[512];

static struct inbox *make(enum inbox_kind kind, unsigned senders, unsigned capacity)
{
    struct why why;
    struct inbox *inbox = inbox_new(kind, senders, &why);
    unsigned sender;

    if (inbox == NULL)
        tap_bail("%s", why.text);
    for (sender = 0; sender < senders; sender++)
        inbox_open(inbox, sender, capacity);
    return inbox;
}

static void push(struct inbox *inbox, unsigned sender, struct request *request, bool linked)
{
    request->cargo.home = (uint16_t)sender;
    request->cargo.linked = linked;
    if (!inbox_push(inbox, sender, &request))
        tap_bail("an inbox is full");
}

/* --- taking --- */

static void linked_runs_are_never_cut(void)
{
    struct inbox *inbox = make(INBOX_STEPPED, 1, 128);
    struct request *batch[4 + INBOX_LINKED_MAX];
    unsigned i;

    for (i = 0; i < 3 + INBOX_LINKED_MAX + 1; i++)
        push(inbox, 0, &requests[i], i >= 3 && i < 3 + INBOX_LINKED_MAX - 1);
    is_int(inbox_take(inbox, batch, 4), 0, "nothing is there before it is published");
    inbox_publish(inbox, 0);
    is_int(inbox_take(inbox, batch, 4), 3 + INBOX_LINKED_MAX, "what is linked is taken whole");
    ok(batch[3] == &requests[3] && batch[2 + INBOX_LINKED_MAX] == &requests[2 + INBOX_LINKED_MAX],
       "in order");
    is_int(inbox_take(inbox, batch, 4), 1, "what is not is taken later");
    is_int(inbox_take(inbox, batch, 4), 0, "and then there is nothing");
    inbox_free(inbox);
}

static void senders_take_turns(void)
{
    struct inbox *inbox = make(INBOX_STEPPED, SENDERS, 256);
    struct request *batch[10 + INBOX_LINKED_MAX];
    unsigned got[SENDERS] = {0};
    unsigned i;

    for (i = 0; i < 300; i++)
        push(inbox, i / 100, &requests[i], false);
    for (i = 0; i < SENDERS; i++)
        inbox_publish(inbox, i);
    for (i = 0; i < 6; i++) {
        unsigned taken = inbox_take(inbox, batch, 10);

        while (taken-- > 0)
            got[batch[taken]->cargo.home]++;
    }
    ok(got[0] == 20 && got[1] == 20 && got[2] == 20,
       "who has much to say lets others speak: %u %u %u", got[0], got[1], got[2]);
    inbox_free(inbox);
}

static void a_quiet_sender_costs_no_turn(void)
{
    struct inbox *inbox = make(INBOX_STEPPED, SENDERS, 256);
    struct request *batch[10 + INBOX_LINKED_MAX];
    unsigned i;

    for (i = 0; i < 40; i++)
        push(inbox, 1, &requests[i], false);
    inbox_publish(inbox, 1);
    for (i = 0; i < 4; i++)
        is_int(inbox_take(inbox, batch, 10), 10, "a full batch from the one who speaks");
    inbox_free(inbox);
}

static void not_everybody_need_speak(void)
{
    struct why why;
    struct inbox *inbox = inbox_new(INBOX_STEPPED, 4, &why);
    struct request *batch[8 + INBOX_LINKED_MAX];

    inbox_open(inbox, 2, 4);
    ok(inbox_may_sleep(inbox), "nothing is there");
    inbox_rise(inbox);
    push(inbox, 2, &requests[0], false);
    inbox_publish(inbox, 2);
    is_int(inbox_take(inbox, batch, 8), 1, "what the only sender sent is there");
    inbox_free(inbox);
}

/* --- sleeping --- */

static void only_the_sleeping_are_woken(void)
{
    struct inbox *inbox = make(INBOX_STEPPED, 1, 4);
    struct request *batch[4 + INBOX_LINKED_MAX];

    ok(!inbox_wake(inbox), "not who is awake");
    ok(inbox_may_sleep(inbox), "nothing is there, so it may sleep");
    ok(inbox_is_sleeping(inbox), "and does");
    push(inbox, 0, &requests[0], false);
    inbox_publish(inbox, 0);
    inbox_fence();
    ok(inbox_wake(inbox), "it is woken");
    ok(!inbox_wake(inbox), "once");
    ok(!inbox_is_sleeping(inbox), "and is awake");
    ok(!inbox_may_sleep(inbox), "it may not sleep while something is there");
    ok(!inbox_is_sleeping(inbox), "and does not");
    inbox_take(inbox, batch, 4);
    ok(inbox_may_sleep(inbox), "but afterwards");
    inbox_free(inbox);
}

static void a_sleep_ends_in_time(void)
{
    struct inbox *inbox = make(INBOX_FUTEX, 1, 4);
    const int64_t start = clock_mono_us();

    ok(inbox_may_sleep(inbox), "nothing is there");
    inbox_sleep(inbox, 20);
    ok(clock_mono_us() - start >= 19000, "it sleeps its time");
    ok(inbox_is_sleeping(inbox), "and nobody has woken it");
    inbox_rise(inbox);
    inbox_sleep(inbox, -1);
    ok(true, "who has been woken already does not sleep");
    inbox_free(inbox);
}

/* --- borrowing --- */

static void only_from_the_sleeping_is_borrowed(void)
{
    struct inbox *inbox = make(INBOX_STEPPED, 2, 4);
    struct request *batch[4 + INBOX_LINKED_MAX];

    ok(!inbox_borrow(inbox), "not from who is awake");
    ok(inbox_may_sleep(inbox), "nothing is there, so it sleeps");
    ok(inbox_borrow(inbox), "then it is borrowed");
    ok(!inbox_borrow(inbox), "by one");
    ok(!inbox_is_sleeping(inbox), "what is borrowed does not sleep");
    push(inbox, 0, &requests[0], false);
    inbox_publish(inbox, 0);
    inbox_fence();
    ok(!inbox_wake(inbox), "and nobody needs to wake it");
    is_int(inbox_take(inbox, batch, 4), 1, "the borrower takes what is there");
    ok(!inbox_return(inbox, false), "and gives it back without waking anybody");
    ok(inbox_is_sleeping(inbox), "so it sleeps on");
    ok(inbox_rise(inbox), "until it rises by itself");
    ok(!inbox_borrow(inbox), "and is awake");
    inbox_free(inbox);
}

static void who_returns_it_leaves_nothing_behind(void)
{
    struct inbox *inbox = make(INBOX_STEPPED, 2, 4);

    inbox_may_sleep(inbox);
    ok(inbox_borrow(inbox), "borrowed");
    push(inbox, 1, &requests[0], false);
    inbox_publish(inbox, 1);
    ok(inbox_return(inbox, false), "what came meanwhile wakes the sleeper");
    ok(!inbox_is_sleeping(inbox) && !inbox_rise(inbox), "who finds itself woken");
    inbox_free(inbox);
    inbox = make(INBOX_STEPPED, 1, 4);
    inbox_may_sleep(inbox);
    ok(inbox_borrow(inbox) && inbox_return(inbox, true), "and so does who says that it should");
    inbox_free(inbox);
}

/* --- two threads that throw a request to and fro --- */

struct player {
    struct inbox *mine;
    struct inbox *other;
    int epoll; /* with INBOX_EVENTFD */
    unsigned rounds;
    unsigned lost;
    unsigned slept;
};

static void watch(struct player *player)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};

    player->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (inbox_fd(player->mine) >= 0)
        epoll_ctl(player->epoll, EPOLL_CTL_ADD, inbox_fd(player->mine), &event);
}

static void sleep_a_while(struct player *player)
{
    struct epoll_event event;

    player->slept++;
    if (inbox_fd(player->mine) >= 0)
        player->lost += epoll_wait(player->epoll, &event, 1, LOST_MILLISECONDS) == 0;
    else
        inbox_sleep(player->mine, LOST_MILLISECONDS);
}

static struct request *await(struct player *player)
{
    struct request *batch[1 + INBOX_LINKED_MAX];

    while (inbox_take(player->mine, batch, 1) == 0) {
        if (!inbox_may_sleep(player->mine))
            continue;
        sleep_a_while(player);
        /* Still asleep after all that time, with something there: nobody woke it. */
        if (inbox_fd(player->mine) < 0 && inbox_is_sleeping(player->mine))
            player->lost += !inbox_may_sleep(player->mine);
        inbox_rise(player->mine);
    }
    return batch[0];
}

static void throw(struct player * player, struct request *request)
{
    push(player->other, 0, request, false);
    inbox_publish(player->other, 0);
    inbox_fence();
    inbox_wake(player->other);
}

static void *play(void *argument)
{
    struct player *player = argument;
    unsigned i;

    for (i = 0; i < player->rounds && player->lost == 0; i++) {
        struct request *request = await(player);

        request->cargo.args.count++;
        throw(player, request);
    }
    return NULL;
}

static void no_wake_up_is_lost(enum inbox_kind kind, const char *name, unsigned rounds)
{
    struct player left = {.mine = make(kind, 1, 4), .other = make(kind, 1, 4), .rounds = rounds};
    struct player right = {.mine = left.other, .other = left.mine, .rounds = rounds};
    const int64_t start = clock_mono_us();
    pthread_t id;

    watch(&left);
    watch(&right);
    requests[0].cargo.args.count = 0;
    throw(&right, &requests[0]);
    pthread_create(&id, NULL, play, &right);
    play(&left);
    pthread_join(id, NULL);
    ok(left.lost == 0 && right.lost == 0, "%s: no wake-up is lost", name);
    is_int(requests[0].cargo.args.count, 2 * rounds, "%s: nor a request", name);
    tap_note("%s: %u sleeps in %u rounds, %lld ms", name, left.slept + right.slept, rounds,
             (long long)(clock_mono_us() - start) / 1000);
    close(left.epoll);
    close(right.epoll);
    inbox_free(left.mine);
    inbox_free(right.mine);
}

/* --- several that bring one request each time, for one who mostly sleeps --- */

#define BRINGERS 3
#define KEPT 64 /* places in a channel, which the receiver empties at leisure */

struct desk {
    struct inbox *inbox;
    /* The receiver's, whoever that is at the moment. */
    uint64_t taken;
    uint64_t borrowed;
    uint64_t woken;
};

struct bringer {
    struct desk *desk;
    unsigned number;
    unsigned rounds;
    struct request request;
};

static void clear_desk(struct desk *desk)
{
    struct request *batch[4 + INBOX_LINKED_MAX];
    unsigned count;

    while ((count = inbox_take(desk->inbox, batch, 4)) > 0)
        desk->taken += count;
}

static void bring(struct bringer *bringer)
{
    struct desk *desk = bringer->desk;
    struct request *request = &bringer->request;

    while (!inbox_push(desk->inbox, bringer->number, &request)) {
        inbox_wake(desk->inbox);
        sched_yield();
    }
    inbox_publish(desk->inbox, bringer->number);
    inbox_fence();
    if (!inbox_borrow(desk->inbox)) {
        inbox_wake(desk->inbox);
        return;
    }
    clear_desk(desk);
    desk->borrowed++;
    inbox_return(desk->inbox, desk->borrowed % 7 == 0);
}

static void *bring_all(void *argument)
{
    struct bringer *bringer = argument;
    unsigned i;

    for (i = 0; i < bringer->rounds; i++)
        bring(bringer);
    return NULL;
}

/* A short sleep now and then, so that it also rises by itself. */
static bool serve_desk(struct desk *desk, uint64_t all)
{
    const int64_t start = clock_mono_us();

    for (;;) {
        clear_desk(desk);
        if (desk->taken == all)
            return true;
        if (!inbox_may_sleep(desk->inbox))
            continue;
        inbox_sleep(desk->inbox, desk->woken % 5 == 0 ? 1 : 50);
        desk->woken += !inbox_rise(desk->inbox);
        if (clock_mono_us() - start > 30 * LOST_MILLISECONDS * 1000ll)
            return false;
    }
}

static void what_is_borrowed_is_passed_on(unsigned rounds)
{
    struct desk desk = {.inbox = make(INBOX_FUTEX, BRINGERS, KEPT)};
    struct bringer bringers[BRINGERS];
    pthread_t ids[BRINGERS];
    unsigned i;

    for (i = 0; i < BRINGERS; i++) {
        bringers[i] = (struct bringer){.desk = &desk, .number = i, .rounds = rounds};
        pthread_create(&ids[i], NULL, bring_all, &bringers[i]);
    }
    ok(serve_desk(&desk, (uint64_t)BRINGERS * rounds), "each request is taken once");
    for (i = 0; i < BRINGERS; i++)
        pthread_join(ids[i], NULL);
    is_int(desk.taken, (uint64_t)BRINGERS * rounds, "by whoever had the inbox at the time");
    tap_note("borrowed %llu times, woken %llu times in %u rounds of %d",
             (unsigned long long)desk.borrowed, (unsigned long long)desk.woken, rounds, BRINGERS);
    inbox_free(desk.inbox);
}

int main(int argc, char **argv)
{
    const unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS;

    linked_runs_are_never_cut();
    senders_take_turns();
    a_quiet_sender_costs_no_turn();
    not_everybody_need_speak();
    only_the_sleeping_are_woken();
    a_sleep_ends_in_time();
    only_from_the_sleeping_is_borrowed();
    who_returns_it_leaves_nothing_behind();
    what_is_borrowed_is_passed_on(rounds);
    no_wake_up_is_lost(INBOX_FUTEX, "futex", rounds);
    no_wake_up_is_lost(INBOX_EVENTFD, "eventfd", rounds);
    return tap_done();
}
