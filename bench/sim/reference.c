#include "bench/sim/reference.h"

#include <stdbool.h>
#include <stdlib.h>

#include "cache/panic.h"

struct object {
    double rank; /* the least goes first */
    uint32_t size;
    uint32_t place; /* in the heap */
    uint32_t uses;
    uint32_t since;
    bool is_cached;
};

struct exact {
    enum reference reference;
    struct object *objects;
    uint32_t *heap; /* of objects, the least in front */
    uint32_t count;
    uint64_t used;
    double inflation;
};

const char *const reference_names[REFERENCES] = {"fifo", "lru",    "lfu",
                                                 "gdsf", "belady", "belady-size"};

static bool knows_future(enum reference reference)
{
    return reference == BELADY || reference == BELADY_SIZE;
}

static double rank_of(const struct exact *exact, const struct object *object, uint32_t now,
                      uint32_t next)
{
    switch (exact->reference) {
    case FIFO:
        return object->since;
    case LRU:
        return now;
    case LFU:
        return object->uses + now * 0x1p-32;
    case GDSF:
        return exact->inflation + (double)object->uses / object->size;
    case BELADY:
        return -(double)next;
    default:
        return -(double)(next - now) * object->size;
    }
}

static double rank_at(const struct exact *exact, uint32_t place)
{
    return exact->objects[exact->heap[place]].rank;
}

static void swap(struct exact *exact, uint32_t a, uint32_t b)
{
    const uint32_t object = exact->heap[a];

    exact->heap[a] = exact->heap[b];
    exact->heap[b] = object;
    exact->objects[exact->heap[a]].place = a;
    exact->objects[exact->heap[b]].place = b;
}

static void rise(struct exact *exact, uint32_t place)
{
    for (; place > 0 && rank_at(exact, place) < rank_at(exact, (place - 1) / 2);
         place = (place - 1) / 2)
        swap(exact, place, (place - 1) / 2);
}

static void sink(struct exact *exact, uint32_t place)
{
    for (;;) {
        uint32_t child = 2 * place + 1;

        if (child >= exact->count)
            return;
        if (child + 1 < exact->count && rank_at(exact, child + 1) < rank_at(exact, child))
            child++;
        if (rank_at(exact, child) >= rank_at(exact, place))
            return;
        swap(exact, child, place);
        place = child;
    }
}

static void use(struct exact *exact, struct object *object, uint32_t now, uint32_t next)
{
    object->uses++;
    object->rank = rank_of(exact, object, now, next);
    rise(exact, object->place);
    sink(exact, object->place);
}

static void evict(struct exact *exact)
{
    struct object *victim = &exact->objects[exact->heap[0]];

    exact->inflation = victim->rank;
    exact->used -= victim->size;
    victim->is_cached = false;
    swap(exact, 0, --exact->count);
    sink(exact, 0);
}

static void insert(struct exact *exact, uint32_t index, const struct access *access, uint32_t now)
{
    struct object *object = &exact->objects[index];

    *object = (struct object){.size = access->size, .uses = 0, .since = now, .is_cached = true};
    object->place = exact->count;
    exact->heap[exact->count++] = index;
    exact->used += object->size;
    use(exact, object, now, access->next);
}

/* True for a hit. */
static bool ask(struct exact *exact, const struct access *access, uint32_t now, uint64_t capacity)
{
    struct object *object = &exact->objects[access->object];

    if (object->is_cached) {
        use(exact, object, now, access->next);
        return true;
    }
    if (access->size > capacity || (knows_future(exact->reference) && access->next == TRACE_NEVER))
        return false;
    while (exact->used + access->size > capacity)
        evict(exact);
    insert(exact, access->object, access, now);
    return false;
}

struct score reference_run(enum reference reference, const struct trace *trace, uint64_t capacity,
                           size_t warmup)
{
    struct exact exact = {.reference = reference};
    struct score score = {0};
    size_t now;

    exact.objects = must_calloc(trace->objects, sizeof(*exact.objects));
    exact.heap = must_calloc(trace->objects, sizeof(*exact.heap));
    for (now = 0; now < trace->count; now++) {
        const struct access *access = &trace->at[now];
        const bool hit = ask(&exact, access, (uint32_t)now, capacity);

        if (now >= warmup)
            score_count(&score, access->size, !hit);
    }
    free(exact.objects);
    free(exact.heap);
    return score;
}
