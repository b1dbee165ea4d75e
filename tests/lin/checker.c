#include "tests/lin/checker.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lin/store.h"

#define TRIES_MAX 20000000

/* Calls and returns in the order of time, as a list that operations are taken out of and put back. */
struct event {
    struct event *next;
    struct event *back;
    struct event *match; /* of a call: its return; of a return: NULL */
    uint32_t op;
};

struct choice {
    struct event *call;
    struct state before;
};

/* What was tried already: a set of words, open addressing. */
struct seen {
    uint64_t *words;
    size_t count;
    size_t capacity;
};

struct search {
    const struct op *ops;
    size_t count;
    struct event *events; /* two for each operation */
    struct event head;
    uint32_t (*before)[GROUP_KEYS]; /* for each key, whom the same client asked before, plus 1 */
    bool *taken;
    struct choice *choices;
    size_t depth;
    size_t deepest;
    uint32_t stuck;
    struct seen seen;
    struct state state;
    uint64_t set; /* exclusive or of a random number for each taken operation */
};

/* --- what was tried --- */

static uint64_t mixed(uint64_t word)
{
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

static bool put(struct seen *seen, uint64_t word)
{
    size_t at = word & (seen->capacity - 1);

    for (; seen->words[at] != 0; at = (at + 1) & (seen->capacity - 1))
        if (seen->words[at] == word)
            return false;
    seen->words[at] = word;
    seen->count++;
    return true;
}

static void grow(struct seen *seen)
{
    struct seen larger = {.capacity = seen->capacity == 0 ? 1024 : 2 * seen->capacity};
    size_t i;

    larger.words = calloc(larger.capacity, sizeof(uint64_t));
    for (i = 0; i < seen->capacity; i++)
        if (seen->words[i] != 0)
            put(&larger, seen->words[i]);
    free(seen->words);
    *seen = larger;
}

static bool is_new(struct search *search, uint64_t set, const struct state *state)
{
    if (2 * search->seen.count >= search->seen.capacity)
        grow(&search->seen);
    return put(&search->seen, mixed(set ^ mixed(store_hash(state))) | 1);
}

/* --- the list of events --- */

static void unlink_event(struct event *event)
{
    event->back->next = event->next;
    if (event->next != NULL)
        event->next->back = event->back;
}

static void link_again(struct event *event)
{
    event->back->next = event;
    if (event->next != NULL)
        event->next->back = event;
}

static int64_t time_of(const struct search *search, const struct event *event)
{
    const struct op *op = &search->ops[event->op];

    return event->match != NULL ? op->called : op->returned;
}

static const struct search *sorted; /* for qsort */

static int by_time(const void *a, const void *b)
{
    const struct event *left = *(struct event *const *)a;
    const struct event *right = *(struct event *const *)b;
    const int64_t left_time = time_of(sorted, left);
    const int64_t right_time = time_of(sorted, right);

    if (left_time != right_time)
        return left_time < right_time ? -1 : 1;
    return (left->match == NULL) - (right->match == NULL); /* calls first: they may overlap */
}

static void make_list(struct search *search)
{
    struct event **order = calloc(2 * search->count, sizeof(*order));
    struct event *last = &search->head;
    size_t i;

    for (i = 0; i < search->count; i++) {
        search->events[2 * i] =
            (struct event){.op = (uint32_t)i, .match = &search->events[2 * i + 1]};
        search->events[2 * i + 1] = (struct event){.op = (uint32_t)i};
        order[2 * i] = &search->events[2 * i];
        order[2 * i + 1] = &search->events[2 * i + 1];
    }
    sorted = search;
    qsort(order, 2 * search->count, sizeof(*order), by_time);
    for (i = 0; i < 2 * search->count; i++) {
        last->next = order[i];
        order[i]->back = last;
        last = order[i];
    }
    free(order);
}

/* --- the order of one client --- */

#define CLIENTS 4096

static void find_predecessors(struct search *search)
{
    static uint32_t last[CLIENTS][GROUP_KEYS];
    size_t i;
    unsigned key;

    memset(last, 0, sizeof(last));
    for (i = 0; i < search->count; i++)
        for (key = 0; key < GROUP_KEYS; key++) {
            uint32_t *slot = &last[search->ops[i].client % CLIENTS][key];

            if (!op_touches(&search->ops[i], key))
                continue;
            search->before[i][key] = *slot;
            *slot = (uint32_t)i + 1;
        }
}

static bool is_its_turn(const struct search *search, uint32_t op)
{
    unsigned key;

    for (key = 0; key < GROUP_KEYS; key++)
        if (search->before[op][key] != 0 && !search->taken[search->before[op][key] - 1])
            return false;
    return true;
}

/* --- the search --- */

static void take(struct search *search, struct event *call, const struct state *after)
{
    search->choices[search->depth++] = (struct choice){call, search->state};
    search->state = *after;
    search->taken[call->op] = true;
    search->set ^= mixed(call->op + 1);
    unlink_event(call);
    unlink_event(call->match);
}

/* Returns where to go on. */
static struct event *take_back(struct search *search)
{
    const struct choice *choice = &search->choices[--search->depth];
    struct event *call = choice->call;

    search->state = choice->before;
    search->taken[call->op] = false;
    search->set ^= mixed(call->op + 1);
    link_again(call->match);
    link_again(call);
    return call->next;
}

static bool try_to_take(struct search *search, struct event *call)
{
    struct state after;

    if (!is_its_turn(search, call->op) ||
        !store_step(&search->state, &search->ops[call->op], &after) ||
        !is_new(search, search->set ^ mixed(call->op + 1), &after))
        return false;
    take(search, call, &after);
    return true;
}

static void remember_deepest(struct search *search, const struct event *returned)
{
    if (search->depth < search->deepest)
        return;
    search->deepest = search->depth;
    search->stuck = returned->op;
}

static enum verdict run(struct search *search)
{
    struct event *at = search->head.next;
    size_t tries = 0;

    while (search->head.next != NULL) {
        if (++tries > TRIES_MAX)
            return CHECKER_UNDECIDED;
        if (at->match != NULL) {
            at = try_to_take(search, at) ? search->head.next : at->next;
            continue;
        }
        remember_deepest(search, at);
        if (search->depth == 0)
            return CHECKER_VIOLATED;
        at = take_back(search);
    }
    return CHECKER_FINE;
}

static int by_call(const void *a, const void *b)
{
    const struct op *left = a, *right = b;

    return (left->called > right->called) - (left->called < right->called);
}

/* Insertion into an order that is almost there; equal calls stay as they are. */
static void sort_by_call(struct op *ops, size_t count)
{
    size_t i, j;

    for (i = 1; i < count; i++) {
        const struct op op = ops[i];

        for (j = i; j > 0 && by_call(&ops[j - 1], &op) > 0; j--)
            ops[j] = ops[j - 1];
        ops[j] = op;
    }
}

enum verdict checker_judge(struct op *ops, size_t count, size_t *stuck)
{
    struct search search = {.ops = ops, .count = count};
    enum verdict verdict;
    unsigned key;

    sort_by_call(ops, count);
    search.events = calloc(2 * count + 1, sizeof(*search.events));
    search.before = calloc(count + 1, sizeof(*search.before));
    search.taken = calloc(count + 1, sizeof(*search.taken));
    search.choices = calloc(count + 1, sizeof(*search.choices));
    for (key = 0; key < GROUP_KEYS; key++)
        search.state.slots[key].latest = NEVER;
    make_list(&search);
    find_predecessors(&search);
    verdict = run(&search);
    *stuck = search.stuck;
    free(search.events);
    free(search.before);
    free(search.taken);
    free(search.choices);
    free(search.seen.words);
    return verdict;
}
