/*
 * past - the last figures of one kind, one for each look.
 *
 * Owner   whoever declares it. Zeroed it is empty.
 * Memory  of fixed size.
 * Cost    nothing worth mentioning.
 * Errors  what is longer ago than was kept is 0.
 */
#ifndef TOP_PAST_H
#define TOP_PAST_H

#define PAST_LEN 300u

struct past {
    unsigned next, count;
    float at[PAST_LEN];
};

static inline void past_push(struct past *past, double figure)
{
    past->at[past->next] = (float)figure;
    past->next = (past->next + 1) % PAST_LEN;
    if (past->count < PAST_LEN)
        past->count++;
}

/* 0 looks ago is the last one. */
static inline double past_ago(const struct past *past, unsigned looks)
{
    if (looks >= past->count)
        return 0;
    return (double)past->at[(past->next + PAST_LEN - 1 - looks) % PAST_LEN];
}

/* The most of the last so many. */
static inline double past_most(const struct past *past, unsigned looks)
{
    double most = 0;

    for (unsigned i = 0; i < looks && i < past->count; i++)
        if (past_ago(past, i) > most)
            most = past_ago(past, i);
    return most;
}

#endif
