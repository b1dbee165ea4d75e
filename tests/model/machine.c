#include "tests/model/machine.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define LOCATIONS 12
#define MESSAGES 48 /* for one location */
#define CHOICES 4096
#define STEPS 600 /* of one execution; more is a thread that spins */
#define SEEN (1u << 24)
#define ARENA (64u << 10)
#define CELL 4u
#define SITES 64
#define STACK (128u << 10)
#define FRAME 256u /* of the function that leaves a thread, at most */
#define SAVED (64u << 20)

/* What a thread knows: for each location the oldest message it may still see, and how much of each
 * thread has happened before. */
struct view {
    uint16_t message[LOCATIONS];
    uint16_t clock[MACHINE_THREADS];
};

struct message {
    uint32_t value;
    struct view view;
};

struct location {
    uint32_t *at;
    unsigned count;
    struct message messages[MESSAGES];
};

enum standing { READY, WAITS_FOR_FUTEX, AWAITS, ENDED };

struct thread {
    ucontext_t beginning;
    jmp_buf place;
    const char *frame; /* the stack in use is above it */
    enum standing standing;
    uint32_t *futex;
    bool (*until)(void *);
    void *with;
    bool timed_out_once;
    bool woken;
    uint16_t touched; /* its clock when it last touched plain memory */
    struct view now;
    struct view acquired; /* what a fence would make known */
    struct view released; /* what a relaxed store passes on */
};

struct cell {
    uint16_t write_clock;
    uint8_t writer; /* + 1 */
    uint16_t read_clock[MACHINE_THREADS];
};

struct choice {
    uint8_t options;
    uint8_t chosen;
};

/* A place to come back to: all that a step changes, as bytes on a stack. */
struct snapshot {
    size_t begin;
    unsigned choice_at;
};

struct step {
    unsigned thread;
    struct machine_op op;
    uint32_t found;
};

static struct {
    const struct scenario *scenario;
    struct weakening weakening;
    jmp_buf explorer;
    struct thread threads[MACHINE_THREADS];
    char stacks[MACHINE_THREADS][STACK] __attribute__((aligned(64)));
    unsigned running;
    struct location locations[LOCATIONS];
    unsigned location_count;
    struct view fences; /* of all sequentially consistent ones */
    struct choice choices[CHOICES];
    unsigned choice_count;
    unsigned choice_at;
    unsigned replayed; /* choices below this were made by an earlier execution */
    struct step steps[STEPS];
    unsigned step_count;
    struct snapshot snapshots[STEPS];
    unsigned snapshot_count;
    size_t saved;
    const char *wrong;
    bool abandoned;
    bool started;
    size_t arena_used;
    struct machine_site sites[SITES];
    size_t site_count;
    unsigned long states;
    uint16_t oldest[LOCATIONS]; /* message that some thread may still see */
} machine;

static char arena[ARENA] __attribute__((aligned(64)));
static struct cell cells[ARENA / CELL];
static uint64_t seen[SEEN];
static char saved[SAVED];

/* --- small things --- */

static void give_up(const char *why)
{
    fprintf(stderr, "model: %s: %s\n", machine.scenario->name, why);
    exit(2);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static void join(struct view *view, const struct view *other)
{
    unsigned i;

    for (i = 0; i < LOCATIONS; i++)
        if (view->message[i] < other->message[i])
            view->message[i] = other->message[i];
    for (i = 0; i < MACHINE_THREADS; i++)
        if (view->clock[i] < other->clock[i])
            view->clock[i] = other->clock[i];
}

void *machine_alloc(size_t size)
{
    void *at = arena + machine.arena_used;

    machine.arena_used += (size + 63) / 64 * 64;
    if (machine.arena_used > ARENA)
        give_up("the arena is full");
    return at;
}

void machine_wrong(const char *what)
{
    if (machine.wrong == NULL)
        machine.wrong = what;
}

void machine_abandon(void)
{
    machine.abandoned = true;
}

static unsigned choose(unsigned options)
{
    struct choice *choice = &machine.choices[machine.choice_at];

    if (options == 1)
        return 0;
    if (machine.choice_at == CHOICES)
        give_up("too many choices");
    if (machine.choice_at++ == machine.choice_count) {
        choice->options = (uint8_t)options;
        choice->chosen = 0;
        machine.choice_count++;
    }
    return choice->chosen;
}

/* --- memory --- */

static struct location *location_of(uint32_t *at)
{
    struct location *location = machine.locations;
    unsigned i;

    for (i = 0; i < machine.location_count; i++, location++)
        if (location->at == at)
            return location;
    if (machine.location_count++ == LOCATIONS)
        give_up("too many locations");
    location->at = at;
    location->count = 1;
    location->messages[0] = (struct message){.value = *at};
    return location;
}

static unsigned index_of(const struct location *location)
{
    return (unsigned)(location - machine.locations);
}

static bool acquires(int order)
{
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST ||
           order == __ATOMIC_CONSUME;
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static void take(struct thread *thread, struct location *location, unsigned number, int order)
{
    const struct message *message = &location->messages[number];

    if (thread->now.message[index_of(location)] < number)
        thread->now.message[index_of(location)] = (uint16_t)number;
    join(&thread->acquired, &message->view);
    if (acquires(order))
        join(&thread->now, &message->view);
    join(&thread->acquired, &thread->now);
}

/* `before`: the message that a read-modify-write has found, whose view it passes on. */
static void put(struct thread *thread, struct location *location, uint32_t value, int order,
                const struct message *before)
{
    struct message *message = &location->messages[location->count];
    const unsigned index = index_of(location);

    if (location->count == MESSAGES)
        give_up("too many stores");
    thread->now.message[index] = (uint16_t)location->count++;
    thread->acquired.message[index] = thread->now.message[index];
    message->value = value;
    message->view = releases(order) ? thread->now : thread->released;
    message->view.message[index] = thread->now.message[index];
    if (before != NULL)
        join(&message->view, &before->view);
    *location->at = value;
}

static uint32_t load(struct thread *thread, struct location *location, int order)
{
    const unsigned oldest = thread->now.message[index_of(location)];
    const unsigned number = location->count - 1 - choose(location->count - oldest);

    take(thread, location, number, order);
    return location->messages[number].value;
}

static uint32_t modify(struct thread *thread, struct location *location,
                       const struct machine_op *op)
{
    const struct message before = location->messages[location->count - 1];
    const uint32_t value = op->kind == ADD ? before.value + op->value : op->value;

    take(thread, location, location->count - 1, op->order);
    put(thread, location, value, op->order, &before);
    return before.value;
}

/* Fails with any value that it may see and that is not the expected one; else it goes well. */
static bool compare(struct thread *thread, struct location *location, struct machine_op *op)
{
    const unsigned newest = location->count - 1;
    unsigned others[MESSAGES];
    unsigned count = 0;
    const bool can_do = location->messages[newest].value == op->expected;
    unsigned number, chosen;

    for (number = newest + 1; number-- > thread->now.message[index_of(location)];)
        if (location->messages[number].value != op->expected)
            others[count++] = number;
    chosen = choose(count + can_do);
    if (can_do && chosen == 0) {
        modify(thread, location, op);
        return true;
    }
    number = others[chosen - can_do];
    take(thread, location, number, op->failed_order);
    op->expected = location->messages[number].value;
    return false;
}

static void fence(struct thread *thread, int order)
{
    if (acquires(order))
        thread->now = thread->acquired;
    if (order == __ATOMIC_SEQ_CST) {
        join(&machine.fences, &thread->now);
        thread->now = machine.fences;
        thread->acquired = thread->now;
    }
    if (releases(order))
        thread->released = thread->now;
}

/* --- races --- */

static void note(struct cell *cell, const struct thread *thread, unsigned self, bool write)
{
    unsigned i;

    if (cell->writer != 0 && cell->write_clock > thread->now.clock[cell->writer - 1])
        machine_wrong("a race: what another thread wrote is not known to have happened before");
    for (i = 0; write && i < MACHINE_THREADS; i++)
        if (cell->read_clock[i] > thread->now.clock[i])
            machine_wrong("a race: written while another thread may still read it");
    if (write) {
        cell->writer = (uint8_t)(self + 1);
        cell->write_clock = thread->now.clock[self];
    } else {
        cell->read_clock[self] = thread->now.clock[self];
    }
}

void machine_plain(const void *at, size_t size, bool write)
{
    struct thread *thread = &machine.threads[machine.running];
    const size_t first = (size_t)((const char *)at - arena);
    size_t cell;

    if (!machine.started || first >= ARENA)
        return;
    thread->touched = thread->now.clock[machine.running];
    for (cell = first / CELL; cell <= (first + size - 1) / CELL; cell++)
        note(&cells[cell], thread, machine.running, write);
}

/* --- threads --- */

static void to_explorer(void)
{
    struct thread *thread = &machine.threads[machine.running];

    thread->frame = __builtin_frame_address(0);
    if (_setjmp(thread->place) == 0)
        _longjmp(machine.explorer, 1);
}

static void begin(int self)
{
    machine.scenario->thread((unsigned)self);
    machine.threads[self].standing = ENDED;
    to_explorer();
}

static void stand(struct thread *thread, enum standing standing)
{
    thread->standing = standing;
    to_explorer();
    thread->standing = READY;
}

void machine_await(bool (*until)(void *), void *with)
{
    struct thread *thread = &machine.threads[machine.running];

    thread->until = until;
    thread->with = with;
    stand(thread, AWAITS);
}

/* Whatever the kernel has seen the thread will not see an older value of. */
static bool futex_wait(struct thread *thread, struct location *location,
                       const struct machine_op *op)
{
    take(thread, location, location->count - 1, __ATOMIC_RELAXED);
    if (*op->at != op->expected)
        return false;
    thread->futex = op->at;
    thread->woken = false;
    stand(thread, WAITS_FOR_FUTEX);
    return thread->woken;
}

static void futex_wake(const uint32_t *at)
{
    struct thread *sleepers[MACHINE_THREADS];
    unsigned count = 0;
    unsigned i;

    for (i = 0; i < machine.scenario->threads; i++)
        if (machine.threads[i].standing == WAITS_FOR_FUTEX && machine.threads[i].futex == at &&
            !machine.threads[i].woken)
            sleepers[count++] = &machine.threads[i];
    if (count > 0)
        sleepers[choose(count)]->woken = true;
}

/* --- operations --- */

static void note_site(const struct machine_op *op)
{
    size_t i;

    for (i = 0; i < machine.site_count; i++)
        if (machine.sites[i].site == op->site)
            return;
    if (machine.site_count == SITES)
        give_up("too many sites");
    machine.sites[machine.site_count++] =
        (struct machine_site){.site = op->site, .kind = op->kind, .order = op->order};
}

static void weaken(struct machine_op *op)
{
    note_site(op);
    if (op->site != machine.weakening.site)
        return;
    op->order = machine.weakening.order;
    op->failed_order = acquires(op->order) ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
}

static uint32_t perform(struct thread *thread, struct machine_op *op)
{
    struct location *location = op->kind == FENCE ? NULL : location_of(op->at);

    switch (op->kind) {
    case LOAD:
        return load(thread, location, op->order);
    case STORE:
        put(thread, location, op->value, op->order, NULL);
        return 0;
    case EXCHANGE:
    case ADD:
        return modify(thread, location, op);
    case COMPARE:
        return compare(thread, location, op);
    case FENCE:
        fence(thread, op->order);
        return 0;
    case FUTEX_WAITS:
        return futex_wait(thread, location, op);
    case FUTEX_WAKES:
        futex_wake(op->at);
        return 0;
    }
    return 0;
}

static void remember(const struct thread *thread, const struct machine_op *op, uint32_t found)
{
    struct step *step = &machine.steps[machine.step_count];

    if (machine.step_count < STEPS)
        *step = (struct step){(unsigned)(thread - machine.threads), *op, found};
    machine.step_count++;
}

uint32_t machine_atomic(struct machine_op *op)
{
    struct thread *thread = &machine.threads[machine.running];
    uint32_t found;

    if (!machine.started)
        give_up("an atomic operation before the threads");
    weaken(op);
    to_explorer();
    found = perform(thread, op);
    remember(thread, op, found);
    thread->now.clock[machine.running]++;
    join(&thread->acquired, &thread->now);
    return found;
}

size_t machine_sites(const struct machine_site **sites)
{
    *sites = machine.sites;
    return machine.site_count;
}

/* --- exploring --- */

/*
 * Two states are the same when all that can still happen is the same: the threads' stacks and
 * registers, the memory, the messages that some thread may still see, and the views. Of a view's
 * clocks only counts whether it knows of the last that each thread did to plain memory.
 */
static void find_oldest(void)
{
    unsigned i, j;

    for (i = 0; i < machine.location_count; i++) {
        machine.oldest[i] = UINT16_MAX;
        for (j = 0; j < machine.scenario->threads; j++)
            if (machine.threads[j].standing != ENDED &&
                machine.oldest[i] > machine.threads[j].now.message[i])
                machine.oldest[i] = machine.threads[j].now.message[i];
    }
}

static uint64_t hash_bytes(uint64_t hash, const void *at, size_t size)
{
    const uint64_t *word = at;

    for (; size >= sizeof(*word); size -= sizeof(*word))
        hash = mix(hash, *word++);
    return hash;
}

static uint64_t hash_view(const struct view *view)
{
    uint64_t hash = 1;
    uint64_t all = 0;
    unsigned i;

    /* Where a location stands in the table depends on who came first: the sum does not. */
    for (i = 0; i < machine.location_count; i++)
        if (view->message[i] > machine.oldest[i])
            all += mix((uintptr_t)machine.locations[i].at, view->message[i] - machine.oldest[i]);
    for (i = 0; i < machine.scenario->threads; i++)
        hash = mix(hash, view->clock[i] >= machine.threads[i].touched);
    return mix(hash, all);
}

static uint64_t hash_thread(const struct thread *thread)
{
    const unsigned self = (unsigned)(thread - machine.threads);
    uint64_t hash = mix(thread->standing, thread->timed_out_once * 2u + thread->woken);

    if (thread->standing == ENDED)
        return hash;
    hash = hash_bytes(hash, thread->place, sizeof(thread->place[0].__jmpbuf));
    hash = hash_bytes(hash, thread->frame, (size_t)(machine.stacks[self] + STACK - thread->frame));
    hash = mix(hash, hash_view(&thread->now));
    hash = mix(hash, hash_view(&thread->acquired));
    return mix(hash, hash_view(&thread->released));
}

static uint64_t hash_location(const struct location *location)
{
    uint64_t hash = (uintptr_t)location->at;
    unsigned i;

    i = machine.oldest[index_of(location)];
    if (i >= location->count)
        i = location->count - 1u;
    for (; i < location->count; i++)
        hash = mix(mix(hash, location->messages[i].value), hash_view(&location->messages[i].view));
    return hash;
}

static uint64_t hash_state(void)
{
    uint64_t hash, all = 0;
    unsigned i;

    find_oldest();
    hash = hash_bytes(hash_view(&machine.fences), arena, machine.arena_used);
    for (i = 0; i < machine.scenario->threads; i++)
        hash = mix(hash, hash_thread(&machine.threads[i]));
    for (i = 0; i < machine.location_count; i++)
        all += hash_location(&machine.locations[i]);
    hash = mix(hash, all);
    return hash == 0 ? 1 : hash;
}

static bool is_new(uint64_t state)
{
    size_t at = state & (SEEN - 1);

    while (seen[at] != 0 && seen[at] != state)
        at = (at + 1) & (SEEN - 1);
    if (seen[at] == state)
        return false;
    if (++machine.states > SEEN / 4 * 3)
        give_up("too many states");
    seen[at] = state;
    return true;
}

/* Looks at memory as nobody does: that is no access of a thread. */
static bool is_true(const struct thread *thread)
{
    bool is;

    machine.started = false;
    is = thread->until(thread->with);
    machine.started = true;
    return is;
}

static bool can_go_on(struct thread *thread)
{
    switch (thread->standing) {
    case READY:
        return true;
    case WAITS_FOR_FUTEX:
        return thread->woken || (machine.scenario->early && !thread->timed_out_once);
    case AWAITS:
        return is_true(thread);
    case ENDED:
        return false;
    }
    return false;
}

static bool all_ended(void)
{
    unsigned i;

    for (i = 0; i < machine.scenario->threads; i++)
        if (machine.threads[i].standing != ENDED)
            return false;
    return true;
}

static unsigned ready(unsigned *threads)
{
    unsigned count = 0;
    unsigned i;

    for (i = 0; i < machine.scenario->threads; i++)
        if (can_go_on(&machine.threads[i]))
            threads[count++] = i;
    return count;
}

static void resume(unsigned self)
{
    struct thread *thread = &machine.threads[self];

    if (thread->standing == WAITS_FOR_FUTEX && !thread->woken)
        thread->timed_out_once = true;
    machine.running = self;
    if (_setjmp(machine.explorer) != 0)
        return;
    if (thread->frame == NULL)
        setcontext(&thread->beginning);
    _longjmp(thread->place, 1);
}

static void start_threads(void)
{
    unsigned i;

    for (i = 0; i < machine.scenario->threads; i++) {
        struct thread *thread = &machine.threads[i];

        memset(&thread->frame, 0, sizeof(*thread) - offsetof(struct thread, frame));
        thread->now.clock[i] = 1;
    }
}

/* What comes before a thread's first operation is nobody else's business. */
static void run_to_first_operation(void)
{
    unsigned i;

    for (i = 0; i < machine.scenario->threads; i++)
        resume(i);
}

static void make_threads(void)
{
    unsigned i;

    for (i = 0; i < MACHINE_THREADS; i++) {
        ucontext_t *beginning = &machine.threads[i].beginning;

        getcontext(beginning);
        beginning->uc_stack.ss_sp = machine.stacks[i];
        beginning->uc_stack.ss_size = STACK;
        beginning->uc_link = NULL;
        makecontext(beginning, (void (*)(void))begin, 1, (int)i);
    }
}

static void start(void)
{
    machine.choice_at = 0;
    machine.choice_count = 0;
    machine.replayed = 0;
    machine.step_count = 0;
    machine.snapshot_count = 0;
    machine.saved = 0;
    machine.location_count = 0;
    machine.states = 0;
    machine.wrong = NULL;
    machine.abandoned = false;
    memset(&machine.fences, 0, sizeof(machine.fences));
    memset(arena, 0, sizeof(arena));
    memset(cells, 0, sizeof(cells));
    memset(seen, 0, sizeof(seen));
    machine.arena_used = 0;
    machine.started = false;
    machine.scenario->set_up();
    make_threads();
    start_threads();
    machine.started = true;
    run_to_first_operation();
}

/* --- coming back --- */

/* Copies to or from the stack of what was saved. */
static void transfer(void *at, size_t size, bool save)
{
    char *place = saved + machine.saved;

    machine.saved += size;
    if (machine.saved > SAVED)
        give_up("too much to be saved");
    if (save)
        memcpy(place, at, size);
    else
        memcpy(at, place, size);
}

static void transfer_thread(unsigned self, bool save)
{
    struct thread *thread = &machine.threads[self];
    const size_t fixed = offsetof(struct thread, place);
    const char *end = machine.stacks[self] + STACK;

    transfer((char *)thread + fixed, sizeof(*thread) - fixed, save);
    transfer((char *)thread->frame - FRAME, (size_t)(end - thread->frame) + FRAME, save);
}

static void transfer_location(struct location *location, bool save)
{
    transfer(location, offsetof(struct location, messages), save);
    transfer(location->messages, location->count * sizeof(location->messages[0]), save);
}

static void transfer_all(bool save)
{
    unsigned i;

    transfer(&machine.step_count, sizeof(machine.step_count), save);
    transfer(&machine.fences, sizeof(machine.fences), save);
    transfer(&machine.location_count, sizeof(machine.location_count), save);
    for (i = 0; i < machine.location_count; i++)
        transfer_location(&machine.locations[i], save);
    for (i = 0; i < machine.scenario->threads; i++)
        transfer_thread(i, save);
    transfer(arena, machine.arena_used, save);
    transfer(cells, machine.arena_used / CELL * sizeof(cells[0]), save);
}

static void save_state(void)
{
    machine.snapshots[machine.snapshot_count++] =
        (struct snapshot){.begin = machine.saved, .choice_at = machine.choice_at};
    transfer_all(true);
}

/* To the last state that was saved before this choice was made; it is not saved any more then. */
static void come_back(unsigned choice)
{
    const struct snapshot *snapshot = &machine.snapshots[machine.snapshot_count - 1];

    while (snapshot->choice_at > choice)
        snapshot--;
    machine.snapshot_count = (unsigned)(snapshot - machine.snapshots);
    machine.saved = snapshot->begin;
    transfer_all(false);
    machine.saved = snapshot->begin;
    machine.choice_at = snapshot->choice_at;
    machine.started = true;
    machine.abandoned = false;
}

static void judge(void)
{
    const char *wrong;

    machine.started = false;
    if (!all_ended()) {
        machine_wrong("a thread sleeps for ever");
        return;
    }
    wrong = machine.scenario->check();
    if (wrong != NULL)
        machine_wrong(wrong);
}

/* From here, along the choices made before, to the end or to a state that is known. */
static void execute(void)
{
    unsigned threads[MACHINE_THREADS];
    unsigned count;

    while (machine.wrong == NULL && (count = ready(threads)) > 0) {
        if (machine.choice_at >= machine.replayed && !is_new(hash_state()))
            return;
        if (machine.step_count >= STEPS || machine.snapshot_count >= STEPS) {
            machine_wrong("a thread never ends");
            return;
        }
        save_state();
        resume(threads[choose(count)]);
        if (machine.abandoned)
            return;
    }
    if (machine.wrong == NULL)
        judge();
}

/* To where the next way begins that was not tried; false: there is none. */
static bool turn_back(void)
{
    while (machine.choice_count > 0) {
        const unsigned last = machine.choice_count - 1;

        if (++machine.choices[last].chosen < machine.choices[last].options) {
            machine.replayed = machine.choice_count;
            come_back(last);
            return true;
        }
        machine.choice_count--;
    }
    return false;
}

struct verdict machine_explore(const struct scenario *scenario, struct weakening weakening)
{
    struct verdict verdict = {0};

    machine.scenario = scenario;
    machine.weakening = weakening;
    start();
    do {
        execute();
        verdict.executions++;
    } while (machine.wrong == NULL && turn_back());
    verdict.wrong = machine.wrong;
    verdict.states = machine.states;
    return verdict;
}

void machine_print_trace(void)
{
    static const char *const kinds[] = {"load",    "store", "exchange",   "add",
                                        "compare", "fence", "futex wait", "futex wake"};
    unsigned i;

    for (i = 0; i < machine.step_count && i < STEPS; i++) {
        const struct step *step = &machine.steps[i];

        printf("# %*s%u: %s %lx order %d value %u found %u\n", (int)step->thread * 4, "",
               step->thread, kinds[step->op.kind],
               step->op.at == NULL ? 0UL : (unsigned long)((char *)step->op.at - arena),
               step->op.order, step->op.value, step->found);
    }
}
