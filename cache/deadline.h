/*
 * deadline - when a key ends, on the clock by which that was asked for.
 *
 *       0    never
 *     n > 0  when the steady clock shows n: a time to live (EX, PX, EXPIRE, SETEX ...)
 *     n < 0  when the wall clock shows -n: a date (EXAT, PXAT, EXPIREAT, RESTORE ABSTTL ...)
 *
 *     Both clocks count milliseconds. The steady one is never set; the wall clock is, and the skew is
 *     what it is ahead of the steady one. So a time to live does not change when the wall clock
 *     jumps, while a date comes sooner or later.
 *
 * Owner   pure functions.
 * Memory  none.
 * Cost    a comparison and a subtraction.
 * Errors  none: what is beyond 64 bits never comes.
 */
#ifndef CACHE_DEADLINE_H
#define CACHE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#define DEADLINE_NEVER 0

/* `wall`: milliseconds since 1970, later than the present. */
static inline int64_t deadline_date(int64_t wall)
{
    return -wall;
}

static inline int64_t deadline_lifetime(int64_t wall, int64_t skew)
{
    return __builtin_sub_overflow(wall, skew, &wall) ? INT64_MAX : wall;
}

/* What the steady clock shows then, as far as is known now; of one that comes at all. */
static inline int64_t deadline_steady(int64_t deadline, int64_t skew)
{
    if (deadline >= 0)
        return deadline;
    return __builtin_sub_overflow(-deadline, skew, &deadline) ? INT64_MAX : deadline;
}

/* What the wall clock shows then, as far as is known now. */
static inline int64_t deadline_wall(int64_t deadline, int64_t skew)
{
    if (deadline < 0)
        return -deadline;
    return __builtin_add_overflow(deadline, skew, &deadline) ? INT64_MAX : deadline;
}

#endif
