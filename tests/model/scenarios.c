#include "tests/model/scenarios.h"

#include "shard/request.h"
#include "tests/model/instrument.h"

#define SENDERS (MACHINE_THREADS - 1)
#define REQUESTS 3
#define BATCH 2
#define LOOKED (1u << 16)

/* What is not somebody else's is the receiver's, or whose that has borrowed its side. */
struct world {
    struct inbox *inbox;
    struct request *requests[SENDERS][REQUESTS]; /* the sender's until pushed */
    unsigned pushed[SENDERS];                    /* the sender's */
    unsigned taken[SENDERS];
    unsigned taken_in_all;
    unsigned answered[SENDERS]; /* atomic: stands for the channel back; and how often LOOKED at */
};

/* clang-format off */
const struct play plays[] = {
    /*                                              senders requests capacity together */
    {"one sender, linked requests",   INBOX_FUTEX,   1, 2, 2, 2, .linked = true, .early = true},
    {"a borrower, linked requests",   INBOX_FUTEX,   1, 2, 2, 2, .linked = true, .early = true, .borrowers = 1},
    {"one sender, one place",         INBOX_FUTEX,   1, 2, 1, 1, .early = true},
    {"a sender that only tries",      INBOX_FUTEX,   1, 2, 1, 1, .tries = true},
    {"a loop with one sender",        INBOX_EVENTFD, 1, 2, 1, 1, .linked = false},
    {"one sender, two places",        INBOX_FUTEX,   1, 3, 2, 2, .early = true},
    {"a borrower",                    INBOX_FUTEX,   1, 2, 1, 1, .borrowers = 1},
    {"two senders",                   INBOX_FUTEX,   2, 1, 1, 1, .linked = false},
    {"a loop with two senders",       INBOX_EVENTFD, 2, 1, 1, 1, .linked = false},
    {"a borrower and a sender",       INBOX_FUTEX,   2, 1, 1, 1, .borrowers = 1},
    {"two borrowers",                 INBOX_FUTEX,   2, 1, 1, 1, .borrowers = 2},
    {"two senders, two requests each", INBOX_FUTEX,  2, 2, 2, 2, .linked = false},
    {"a borrower, sleep ends early",  INBOX_FUTEX,   1, 2, 1, 1, .borrowers = 1, .early = true},
};
/* clang-format on */
const size_t play_count = sizeof(plays) / sizeof(plays[0]);

static const struct play *play;
static struct world *world;

/* --- before and after --- */

static void set_up(void)
{
    unsigned sender, i;

    world = machine_alloc(sizeof(*world));
    world->inbox = inbox_new(play->kind, play->senders, NULL);
    for (sender = 0; sender < play->senders; sender++) {
        inbox_open(world->inbox, sender, play->capacity);
        for (i = 0; i < play->requests; i++)
            world->requests[sender][i] = machine_alloc(sizeof(struct request));
    }
}

static const char *check(void)
{
    unsigned sender;

    for (sender = 0; sender < play->senders; sender++)
        if (world->taken[sender] != play->requests)
            return "a request is lost";
    return NULL;
}

/* --- the receiver's side --- */

static bool is_done(void)
{
    return world->taken_in_all == play->senders * play->requests;
}

/* The request says who sent it, and which of its requests it is. */
static void accept(const struct request *request)
{
    const unsigned sender = request->cargo.home;

    if (sender >= play->senders || request->cargo.shard != world->taken[sender]) {
        machine_wrong("a request is lost, comes twice or out of order");
        return;
    }
    world->taken[sender]++;
    world->taken_in_all++;
    __atomic_fetch_add(&world->answered[sender], 1, __ATOMIC_RELEASE);
}

static unsigned turn(void)
{
    struct request *batch[BATCH + INBOX_LINKED_MAX] = {NULL};
    const unsigned count = inbox_take(world->inbox, batch, BATCH);
    unsigned i;

    for (i = 0; i < count; i++)
        accept(batch[i]);
    return count;
}

static void rest(void)
{
    if (!inbox_may_sleep(world->inbox))
        return;
    if (play->kind == INBOX_EVENTFD)
        instrument_await_eventfd();
    else
        inbox_sleep(world->inbox, -1);
    inbox_rise(world->inbox);
}

static void receive(void)
{
    while (!is_done())
        if (turn() == 0)
            rest();
}

/* --- a sender's --- */

static void stand_in(void)
{
    const bool more = turn() > 0;

    inbox_return(world->inbox, more || is_done());
}

static void publish(unsigned sender)
{
    inbox_publish(world->inbox, sender);
    inbox_fence();
    if (sender < play->borrowers && inbox_borrow(world->inbox))
        stand_in();
    else
        inbox_wake(world->inbox);
}

static bool has_room(void *number)
{
    const unsigned sender = *(const unsigned *)number;

    return world->pushed[sender] + play->together <=
           world->answered[sender] % LOOKED + play->capacity;
}

/* As an outbox does: it knows by the answers that the ring has room. */
static void await_room(unsigned sender)
{
    if (play->tries || world->pushed[sender] + play->together <= play->capacity)
        return;
    machine_await(has_room, &sender);
    __atomic_fetch_add(&world->answered[sender], LOOKED, __ATOMIC_ACQUIRE); /* sees the newest */
}

static bool has_popped(void *number)
{
    const unsigned sender = *(const unsigned *)number;

    return world->taken[sender] + play->capacity >= world->pushed[sender];
}

/* What it sees of the ring is all that it knows. */
static void try(unsigned sender, struct request *request)
{
    unsigned tries = 0;

    while (!inbox_push(world->inbox, sender, &request)) {
        if (++tries == 3)
            machine_abandon();
        machine_await(has_popped, &sender);
    }
}

static void push(unsigned sender, struct request *request)
{
    const unsigned number = world->pushed[sender]++;

    request->cargo.home = (uint16_t)sender;
    request->cargo.shard = (uint16_t)number;
    request->cargo.linked = play->linked && (number + 1) % play->together != 0;
    if (play->tries)
        try(sender, request);
    else if (!inbox_push(world->inbox, sender, &request))
        machine_wrong("a ring that has room refuses");
}

static void send(unsigned sender)
{
    unsigned i;

    for (i = 0; i < play->requests; i++) {
        if (i % play->together == 0)
            await_room(sender);
        push(sender, world->requests[sender][i]);
        if ((i + 1) % play->together == 0 || i + 1 == play->requests)
            publish(sender);
    }
}

static void run(unsigned self)
{
    if (self < play->senders)
        send(self);
    else
        receive();
}

const struct scenario *scenario_of(const struct play *which)
{
    static struct scenario scenario;

    play = which;
    scenario = (struct scenario){which->name, which->senders + 1, which->early, set_up, run, check};
    return &scenario;
}
