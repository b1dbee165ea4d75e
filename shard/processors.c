#include "shard/processors.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PROCESSORS_MAX == CPU_SETSIZE, "a set names as many");

static void from_set(struct processors *processors, const cpu_set_t *set)
{
    unsigned number;

    processors->count = 0;
    for (number = 0; number < PROCESSORS_MAX; number++)
        if (CPU_ISSET(number, set))
            processors->numbers[processors->count++] = (uint16_t)number;
}

static bool number_at(const char **at, unsigned long most, unsigned long *number)
{
    char *end;

    if (**at < '0' || **at > '9')
        return false;
    *number = strtoul(*at, &end, 10);
    *at = end;
    return *number <= most;
}

/* "3", "3-7" or "3-7:2" */
static bool range_at(const char **at, cpu_set_t *set)
{
    unsigned long first, last, step = 1;

    if (!number_at(at, PROCESSORS_MAX - 1, &first))
        return false;
    last = first;
    if (**at == '-') {
        ++*at;
        if (!number_at(at, PROCESSORS_MAX - 1, &last) || last < first)
            return false;
        if (**at == ':') {
            ++*at;
            if (!number_at(at, PROCESSORS_MAX, &step) || step == 0)
                return false;
        }
    }
    for (; first <= last; first += step)
        CPU_SET(first, set);
    return true;
}

static bool list_to_set(const char *list, cpu_set_t *set)
{
    CPU_ZERO(set);
    for (;;) {
        if (!range_at(&list, set))
            return false;
        if (*list == '\0')
            return true;
        if (*list++ != ',')
            return false;
    }
}

bool processors_read(struct processors *processors, const char *list, struct why *why)
{
    cpu_set_t set;

    if (*list != '\0') {
        if (!list_to_set(list, &set)) {
            why_set(why, "server_cpulist '%s' names no processors: write 0-7:2,12", list);
            return false;
        }
    } else if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        CPU_ZERO(&set);
        CPU_SET(0, &set);
    }
    from_set(processors, &set);
    return true;
}

static bool stay(const cpu_set_t *set, struct why *why)
{
    if (sched_setaffinity(0, sizeof(*set), set) == 0)
        return true;
    why_set(why, "server_cpulist: may not run on these processors: %s", strerror(errno));
    return false;
}

bool processors_keep_to(const struct processors *processors, struct why *why)
{
    cpu_set_t set;
    unsigned i;

    CPU_ZERO(&set);
    for (i = 0; i < processors->count; i++)
        CPU_SET(processors->numbers[i], &set);
    return stay(&set, why);
}

bool processors_pin(const struct processors *processors, unsigned nth, struct why *why)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(processors->numbers[nth % processors->count], &set);
    return stay(&set, why);
}
