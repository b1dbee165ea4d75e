/* No wake-up is lost, no request lost, doubled or torn, nobody sleeps for ever: in every execution
 * of the scenarios; and each memory order that the source asks for is needed for that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/model/machine.h"
#include "tests/model/scenarios.h"
#include "tests/tap/tap.h"

extern const char __executable_start;

static const char *name_of_order(int order)
{
    switch (order) {
    case __ATOMIC_RELAXED:
        return "relaxed";
    case __ATOMIC_ACQUIRE:
        return "acquire";
    case __ATOMIC_RELEASE:
        return "release";
    case __ATOMIC_ACQ_REL:
        return "acquire and release";
    case __ATOMIC_SEQ_CST:
        return "sequentially consistent";
    default:
        return "none";
    }
}

static const char *const kinds[] = {"load", "store", "exchange", "add", "compare", "fence", "", ""};

static void explore(const struct play *play)
{
    const struct verdict verdict = machine_explore(scenario_of(play), (struct weakening){0, 0});

    ok(verdict.wrong == NULL, "%s: nothing goes wrong in %lu executions, %lu states", play->name,
       verdict.executions, verdict.states);
    if (verdict.wrong != NULL) {
        printf("# %s\n", verdict.wrong);
        machine_print_trace();
    }
}

/* "function at file:line", or "" where the tool that knows is missing. */
static void describe(uintptr_t site, char *text, size_t size)
{
    char line[1024];
    FILE *tool;

    snprintf(line, sizeof(line), "addr2line -f -s -p -e /proc/%d/exe %lx", (int)getpid(),
             (unsigned long)(site - 1 - (uintptr_t)&__executable_start));
    text[0] = '\0';
    tool = popen(line, "r");
    if (tool == NULL)
        return;
    if (fgets(line, sizeof(line), tool) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, size, "%s", line);
    }
    pclose(tool);
}

static const char *noticed(struct weakening weakening, const char **by)
{
    size_t i;

    const char *wrong = NULL;

    for (i = 0; i < play_count && wrong == NULL; i++) {
        wrong = machine_explore(scenario_of(&plays[i]), weakening).wrong;
        *by = plays[i].name;
    }
    return wrong;
}

static void weaken(const struct machine_site *site, int order)
{
    const char *by;
    const char *wrong = noticed((struct weakening){site->site, order}, &by);
    char where[1024];

    describe(site->site, where, sizeof(where));
    ok(wrong != NULL, "%s in %s, %s instead of %s: %s", kinds[site->kind], where,
       name_of_order(order), name_of_order(site->order), wrong == NULL ? "not noticed" : wrong);
    if (wrong != NULL)
        printf("# by: %s\n", by);
}

static void weaken_in_each_way(const struct machine_site *site)
{
    switch (site->order) {
    case __ATOMIC_ACQUIRE:
    case __ATOMIC_RELEASE:
        weaken(site, __ATOMIC_RELAXED);
        break;
    case __ATOMIC_ACQ_REL:
        weaken(site, __ATOMIC_ACQUIRE);
        weaken(site, __ATOMIC_RELEASE);
        break;
    case __ATOMIC_SEQ_CST:
        weaken(site, __ATOMIC_ACQ_REL);
        weaken(site, -1);
        break;
    default:
        break;
    }
}

int main(void)
{
    const struct machine_site *found;
    size_t count, i;
    struct machine_site *sites;

    for (i = 0; i < play_count; i++)
        explore(&plays[i]);
    count = machine_sites(&found);
    sites = malloc(count * sizeof(*sites));
    memcpy(sites, found, count * sizeof(*sites));
    for (i = 0; i < count; i++)
        if (sites[i].kind != ADD) /* the scenarios' own */
            weaken_in_each_way(&sites[i]);
    free(sites);
    return tap_done();
}
