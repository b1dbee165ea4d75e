#include "tests/sim/shared.h"

#include <string.h>

#include "cache/number.h"

void shared_init(struct shared *shared)
{
    unsigned i;

    memset(shared, 0, sizeof(*shared));
    for (i = 0; i < SHARED_GROUPS; i++) {
        struct shared_group *group = &shared->groups[i];

        group->values = 1;
        memset(group->value, 0xff, sizeof(group->value)); /* first_end: never yet */
        group->value[0] = (struct shared_value){0, 0};
    }
}

/* --- counters --- */

const char *shared_counted(struct shared *shared, unsigned counter, int64_t value, int64_t floor)
{
    struct shared_counter *it = &shared->counters[counter];

    if (value < 1 || (uint64_t)value > it->asked)
        return "a counter has counted what nobody asked for";
    if (it->seen[value])
        return "two INCRs got the same answer";
    if (value <= floor)
        return "an INCR got less than one that was answered before it was asked";
    it->seen[value] = true;
    it->answered++;
    if (value > it->highest)
        it->highest = value;
    return NULL;
}

const char *shared_count_is(const struct shared *shared, unsigned counter, struct bytes text)
{
    const struct shared_counter *it = &shared->counters[counter];
    int64_t value = 0;

    if (text.at != NULL && !number_parse(text, &value))
        return "a counter is no number";
    if ((uint64_t)value < it->answered || value < it->highest || (uint64_t)value > it->asked)
        return "a counter has lost or gained something";
    if (!shared->cut && (uint64_t)value != it->asked)
        return "a counter is not what was counted";
    return NULL;
}

/* --- groups --- */

static void stretch(struct shared_value *value, uint64_t asked, uint64_t answered)
{
    if (answered < value->first_end)
        value->first_end = answered;
    if (value->last_start == UINT64_MAX || asked > value->last_start)
        value->last_start = asked;
}

const char *shared_read(struct shared *shared, unsigned group, int64_t value, uint64_t asked,
                        uint64_t answered)
{
    struct shared_group *it = &shared->groups[group];

    if (value < 0 || value >= (int64_t)it->values)
        return "a key has a value that nobody wrote";
    stretch(&it->value[value], asked, answered);
    return NULL;
}

void shared_written(struct shared *shared, unsigned group, unsigned value, uint64_t asked,
                    uint64_t answered)
{
    stretch(&shared->groups[group].value[value], asked, answered);
}

static bool comes_before(const struct shared_value *a, const struct shared_value *b)
{
    return a->last_start != UINT64_MAX && b->last_start != UINT64_MAX &&
           a->first_end < b->last_start;
}

static const char *group_agrees(const struct shared_group *group)
{
    unsigned i, j;

    for (i = 1; i < SHARED_GROUP_KEYS; i++)
        if (group->final[i] != group->final[0])
            return "an MSET was done by half";
    for (i = 0; i < group->values; i++)
        for (j = i + 1; j < group->values; j++)
            if (comes_before(&group->value[i], &group->value[j]) &&
                comes_before(&group->value[j], &group->value[i]))
                return "the effect of an MSET was seen, then not, then again";
    return NULL;
}

const char *shared_groups_agree(const struct shared *shared)
{
    const char *complaint = NULL;
    unsigned i;

    for (i = 0; i < SHARED_GROUPS && complaint == NULL; i++)
        complaint = group_agrees(&shared->groups[i]);
    return complaint;
}

/* --- tokens and locks --- */

const char *shared_took(struct shared *shared, unsigned token, struct bytes text)
{
    struct shared_token *it = &shared->tokens[token];
    int64_t value;

    if (text.at == NULL)
        return NULL;
    if (!number_parse(text, &value) || value < 1 || value > (int64_t)it->made)
        return "GETDEL found what nobody wrote";
    if (it->taken[value])
        return "GETDEL gave the same thing away twice";
    it->taken[value] = true;
    return NULL;
}

const char *shared_locked(struct shared *shared, unsigned lock, unsigned who, int64_t won)
{
    struct shared_lock *it = &shared->locks[lock];

    if (won != 0 && won != 1)
        return "SETNX answers 0 or 1";
    if (won == 0)
        return NULL;
    if (it->won)
        return "SETNX has two winners";
    it->won = true;
    it->winner = who;
    return NULL;
}

const char *shared_lock_is(const struct shared *shared, unsigned lock, struct bytes text)
{
    const struct shared_lock *it = &shared->locks[lock];
    int64_t value;

    if (!it->won)
        return text.at == NULL || shared->cut ? NULL : "a lock without a winner is taken";
    if (text.at == NULL || !number_parse(text, &value) || value != (int64_t)it->winner)
        return "a lock is not its winner's";
    return NULL;
}
