#include "cache/worth.h"

#include <string.h>

/*
 * A round is over when an eighth of the entries, and 32, were evicted; older rounds count for a bit
 * less each time. A class without observations is taken to be as good as uses by age, with the
 * weight of a few hundredths of a use: it is tried, and learned soon.
 */
#define ROUND_SHARE 8
#define ROUND_LEAST 32
#define FADE 0.95f
#define GUESS_WEIGHT 0.03f
#define SURE_ENOUGH 1e-3f

static float age_length(unsigned age_class)
{
    return age_class == 0 ? 1 : (float)(1u << (age_class - 1));
}

static float age_middle(unsigned age_class)
{
    return age_class == 0 ? 0.5f : 1.5f * age_length(age_class);
}

static float count_middle(unsigned count_class)
{
    return 1.5f * (float)(1u << count_class) - 0.5f;
}

/* The guess, up to a factor. */
static float guess(unsigned count_class, unsigned age_class)
{
    return count_middle(count_class) / age_middle(age_class);
}

/* The factor that makes the guesses right on the whole. */
static float guess_factor(const struct worth *worth)
{
    float uses = 0;
    float guessed = 0;
    unsigned row, age;

    for (row = 0; row < WORTH_COUNTS; row++)
        for (age = 0; age < WORTH_AGES; age++) {
            uses += worth->rows[row].used[age];
            guessed += worth->rows[row].kept[age] * guess(row, age);
        }
    return uses > 0 && guessed > 0 ? uses / guessed : 1e-3f;
}

/* The chance of a use within `length` ticks of such a hazard. */
static float chance(float hazard, float length)
{
    return hazard * length / (1 + hazard * length);
}

/* The most uses per tick for one that is in the middle of the first of these classes. */
static float best_density(const float *hazards, unsigned first)
{
    float best = 0;
    float remains = 1;
    float uses = 0;
    float ticks = 0;
    unsigned age;

    for (age = first; age < WORTH_AGES && remains > SURE_ENOUGH; age++) {
        const float length = age_length(age) * (age == first ? 0.5f : 1.0f);
        const float used = chance(hazards[age], length);

        uses += remains * used;
        ticks += remains * used / hazards[age];
        remains -= remains * used;
        if (uses > best * ticks)
            best = uses / ticks;
    }
    return best;
}

static void value(struct worth_row *row, unsigned count_class, float factor)
{
    float hazards[WORTH_AGES];
    unsigned age;

    for (age = 0; age < WORTH_AGES; age++)
        hazards[age] = (row->used[age] + GUESS_WEIGHT) /
                       (row->kept[age] + GUESS_WEIGHT / (factor * guess(count_class, age)));
    for (age = 0; age < WORTH_AGES; age++)
        row->worth[age] = best_density(hazards, age);
}

/* Turns looks into entry-ticks: each stands for as many as all entries have by all looks. */
static void collect(struct worth *worth, struct worth_row *row, uint64_t ticks, uint64_t entries)
{
    const uint64_t looks = worth->looks - row->since_look;
    const float each =
        looks == 0 ? 0 : (float)(ticks - row->since_tick) * (float)entries / (float)looks;
    unsigned age;

    for (age = 0; age < WORTH_AGES; age++) {
        row->used[age] = FADE * row->used[age] + (float)row->uses[age];
        row->kept[age] = FADE * row->kept[age] + each * (float)row->looks[age];
    }
    memset(row->uses, 0, sizeof(row->uses));
    memset(row->looks, 0, sizeof(row->looks));
    row->since_look = worth->looks;
    row->since_tick = ticks;
}

void worth_init(struct worth *worth, const struct heat_clock *clock)
{
    unsigned row;

    memset(worth, 0, sizeof(*worth));
    for (row = 0; row < WORTH_COUNTS; row++) {
        worth->rows[row].since_tick = clock->ticks;
        value(&worth->rows[row], row, guess_factor(worth));
    }
}

void worth_learn(struct worth *worth, const struct heat_clock *clock, uint64_t entries)
{
    struct worth_row *row = &worth->rows[worth->next];

    if (++worth->pending < (entries / ROUND_SHARE + ROUND_LEAST) / WORTH_COUNTS)
        return;
    worth->pending = 0;
    collect(worth, row, clock->ticks, entries);
    value(row, worth->next, guess_factor(worth));
    worth->next = (worth->next + 1) % WORTH_COUNTS;
}
