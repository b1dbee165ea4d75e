#include "cache/deadline.h"

#include "tests/tap/tap.h"

#define WALL 1700000000000
#define SKEW (WALL - 5000)

int main(void)
{
    const int64_t life = deadline_lifetime(WALL + 70, SKEW), date = deadline_date(WALL + 70);

    is_int(deadline_steady(life, SKEW), 5070, "a time to live is counted by the steady clock");
    is_int(deadline_wall(life, SKEW), WALL + 70, "and has a date");
    is_int(deadline_steady(life, SKEW + 9), 5070,
           "when the wall clock is set it stays what it was");
    is_int(deadline_wall(life, SKEW + 9), WALL + 79, "and has another date");
    is_int(deadline_wall(date, SKEW), WALL + 70, "a date is a date");
    is_int(deadline_steady(date, SKEW), 5070, "and comes at some time");
    is_int(deadline_wall(date, SKEW + 9), WALL + 70, "when the wall clock is set it stays");
    is_int(deadline_steady(date, SKEW + 9), 5061, "and comes sooner");
    is_int(deadline_steady(deadline_lifetime(INT64_MAX, -9), -9), INT64_MAX,
           "what is too far away");
    is_int(deadline_wall(INT64_MAX, SKEW), INT64_MAX, "never");
    is_int(deadline_steady(deadline_date(INT64_MAX), -9), INT64_MAX, "comes");
    return tap_done();
}
