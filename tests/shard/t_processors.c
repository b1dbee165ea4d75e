#include <sched.h>
#include <string.h>

#include "shard/processors.h"
#include "tests/tap/tap.h"

static void a_list_names_processors(void)
{
    struct processors processors;
    struct why why;

    ok(processors_read(&processors, "5", &why) && processors.count == 1 &&
           processors.numbers[0] == 5,
       "one number");
    ok(processors_read(&processors, "2-4", &why) && processors.count == 3 &&
           processors.numbers[0] == 2 && processors.numbers[2] == 4,
       "a range");
    ok(processors_read(&processors, "0-7:3", &why) && processors.count == 3 &&
           processors.numbers[2] == 6,
       "a range with a step");
    ok(processors_read(&processors, "9,1-2,1023", &why) && processors.count == 4 &&
           processors.numbers[0] == 1 && processors.numbers[3] == 1023,
       "several, in whatever order, are kept in ascending order");
    ok(processors_read(&processors, "3,3,2-4", &why) && processors.count == 3,
       "twice named is once meant");
}

static void what_nobody_can_read_is_refused(void)
{
    static const char *const lists[] = {
        "a",     ",",    "1,",   "1-",  "-1",  "4-2",
        "0-7:0", "0-7:", "1024", "1 2", "0x1", "99999999999999999999",
        "1:2",
    };
    size_t i;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct processors processors;
        struct why why;

        ok(!processors_read(&processors, lists[i], &why) && strstr(why.text, lists[i]) != NULL,
           "\"%s\": %s", lists[i], why.text);
    }
}

static unsigned allowed(void)
{
    cpu_set_t set;

    sched_getaffinity(0, sizeof(set), &set);
    return (unsigned)CPU_COUNT(&set);
}

static void threads_stay_where_they_are_told(void)
{
    struct processors all, one;
    struct why why;

    ok(processors_read(&all, "", &why) && all.count == allowed(),
       "no list is all that the process may use");
    ok(processors_pin(&all, all.count, &why) && allowed() == 1, "a pinned thread stays on one");
    ok(sched_getcpu() == all.numbers[0], "after the last comes the first again");
    ok(processors_keep_to(&all, &why) && allowed() == all.count, "and may use all again");
    one = (struct processors){.count = 1, .numbers = {PROCESSORS_MAX - 1}};
    ok(!processors_keep_to(&one, &why), "what the machine has not is refused: %s", why.text);
}

int main(void)
{
    a_list_names_processors();
    what_nobody_can_read_is_refused();
    threads_stay_where_they_are_told();
    return tap_done();
}
