#include "bench/sim/loads.h"

#include <math.h>
#include <string.h>

#include "bench/dice.h"
#include "bench/zipf.h"

#define OBJECTS 20000u
#define ONCE 100000u /* objects from here on are not in any ranking */

struct load {
    struct trace *trace;
    struct dice dice;
    uint64_t seed;
    size_t requests;
};

const char *const loads_names[] = {"zipf-0.7", "zipf-0.99",     "scans", "moving", "drift",
                                   "loops",    "loop-and-zipf", "churn", "bursts", NULL};

/* The size of an object, from its number alone: Box and Muller's way to normal numbers. */
static uint32_t size_of(const struct load *load, uint32_t object)
{
    struct dice dice = {load->seed * 31 + object};
    const double radius = sqrt(-2 * log(1 - dice_fraction(&dice)));
    const double size = 200 * exp(1.2 * radius * cos(2 * M_PI * dice_fraction(&dice)));

    return size < 16 ? 16 : size > 65536 ? 65536 : (uint32_t)size;
}

static void ask(struct load *load, uint32_t object)
{
    trace_add(load->trace, object, size_of(load, object));
}

static uint32_t below(struct load *load, uint32_t bound)
{
    return (uint32_t)dice_below(&load->dice, bound);
}

static bool goes_on(const struct load *load)
{
    return load->trace->count < load->requests;
}

static void make_zipf(struct load *load, double skew)
{
    struct zipf zipf;

    zipf_init(&zipf, OBJECTS, skew);
    while (goes_on(load))
        ask(load, (uint32_t)zipf_draw(&zipf, &load->dice));
}

static void make_scans(struct load *load)
{
    uint32_t next = ONCE;
    struct zipf zipf;
    unsigned i;

    zipf_init(&zipf, OBJECTS, 0.9);
    while (goes_on(load)) {
        for (i = 0; i < 9000; i++)
            ask(load, (uint32_t)zipf_draw(&zipf, &load->dice));
        for (i = 0; i < 3000; i++)
            ask(load, next++);
    }
}

/* Ranks move on by `step` objects every `period` requests. */
static void make_moving(struct load *load, double skew, size_t period, uint32_t step)
{
    struct zipf zipf;

    zipf_init(&zipf, OBJECTS, skew);
    while (goes_on(load)) {
        const size_t moved = load->trace->count / period * step;

        ask(load, (uint32_t)((zipf_draw(&zipf, &load->dice) + moved) % OBJECTS));
    }
}

static void make_loops(struct load *load)
{
    while (goes_on(load)) {
        uint32_t length[3], first[3], at[3] = {0};
        unsigned i;

        for (i = 0; i < 3; i++) {
            length[i] = 200 + below(load, 5800);
            first[i] = 6000 * below(load, 9);
        }
        for (i = 0; i < 20000; i++) {
            const unsigned program = below(load, 3);

            ask(load, first[program] + at[program]);
            at[program] = (at[program] + 1) % length[program];
        }
    }
}

static void make_loop_and_zipf(struct load *load)
{
    struct zipf zipf;
    uint32_t at = 0;

    zipf_init(&zipf, OBJECTS / 4, 0.9);
    while (goes_on(load)) {
        if (below(load, 2) == 0) {
            ask(load, ONCE + at);
            at = (at + 1) % 4000;
        } else {
            ask(load, (uint32_t)zipf_draw(&zipf, &load->dice));
        }
    }
}

/* How far back the object asked for was new: Pareto, so that a few are asked for long after. */
static void make_churn(struct load *load)
{
    uint32_t objects = 1;

    while (goes_on(load)) {
        if (below(load, 4) == 0) {
            ask(load, objects++);
        } else {
            const double back = pow(1 - dice_fraction(&load->dice), -1 / 0.6);

            ask(load, back < objects ? objects - (uint32_t)back : 0);
        }
    }
}

#define ACTIVE 300

static uint32_t burst_length(struct load *load)
{
    const double length = pow(1 - dice_fraction(&load->dice), -1 / 0.9);

    return 1 + (length < 10000 ? (uint32_t)length : 10000);
}

static void make_bursts(struct load *load)
{
    struct {
        uint32_t object, left;
    } active[ACTIVE] = {0};
    uint32_t objects = 0;

    while (goes_on(load)) {
        const unsigned i = below(load, ACTIVE);

        if (active[i].left == 0) {
            active[i].object = objects++;
            active[i].left = burst_length(load);
        }
        active[i].left--;
        ask(load, active[i].object);
    }
}

bool loads_make(struct trace *trace, const char *name, size_t requests, uint64_t seed)
{
    struct load load = {.trace = trace, .dice = {seed}, .seed = seed, .requests = requests};

    if (strcmp(name, "zipf-0.7") == 0)
        make_zipf(&load, 0.7);
    else if (strcmp(name, "zipf-0.99") == 0)
        make_zipf(&load, 0.99);
    else if (strcmp(name, "scans") == 0)
        make_scans(&load);
    else if (strcmp(name, "moving") == 0)
        make_moving(&load, 0.9, 15000, OBJECTS / 7);
    else if (strcmp(name, "drift") == 0)
        make_moving(&load, 0.99, 8, 1);
    else if (strcmp(name, "loops") == 0)
        make_loops(&load);
    else if (strcmp(name, "loop-and-zipf") == 0)
        make_loop_and_zipf(&load);
    else if (strcmp(name, "churn") == 0)
        make_churn(&load);
    else if (strcmp(name, "bursts") == 0)
        make_bursts(&load);
    else
        return false;
    return true;
}
