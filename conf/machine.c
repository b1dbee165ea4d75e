#include "conf/machine.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 1024

uint64_t machine_memory(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages <= 0 || size <= 0 ? UINT64_MAX : (uint64_t)pages * (uint64_t)size;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The number in a file; "max", or no such file, is no limit. */
static uint64_t read_limit(const char *path)
{
    FILE *file = fopen(path, "re");
    uint64_t limit;

    if (file == NULL)
        return UINT64_MAX;
    if (fscanf(file, "%" SCNu64, &limit) != 1)
        limit = UINT64_MAX;
    fclose(file);
    return limit;
}

/* A group is bound by the limits of all those it is in. */
static uint64_t walk_up(const char *root, const char *controller, char *group, const char *name)
{
    uint64_t limit = UINT64_MAX;

    for (;;) {
        char path[PATH_ROOM];
        char *slash;

        snprintf(path, sizeof(path), "%s%s%s/%s", root, controller, group, name);
        limit = least(limit, read_limit(path));
        slash = strrchr(group, '/');
        if (slash == NULL)
            return limit;
        *slash = '\0';
    }
}

/* "4:memory:/user.slice", or "0::/user.slice" in version 2. */
static uint64_t limit_of_line(char *line, const char *root)
{
    char *controllers = strchr(line, ':');
    char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');

    if (group == NULL)
        return UINT64_MAX;
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (strcmp(group, "/") == 0)
        *group = '\0';
    if (controllers[1] == '\0')
        return walk_up(root, "", group, "memory.max");
    if (strstr(controllers + 1, "memory") != NULL)
        return walk_up(root, "/memory", group, "memory.limit_in_bytes");
    return UINT64_MAX;
}

uint64_t machine_limit_by(const char *groups, const char *root)
{
    FILE *file = fopen(groups, "re");
    uint64_t limit = UINT64_MAX;
    char line[PATH_ROOM];

    if (file == NULL)
        return limit;
    while (fgets(line, sizeof(line), file) != NULL)
        limit = least(limit, limit_of_line(line, root));
    fclose(file);
    return limit;
}

uint64_t machine_memory_limit(void)
{
    return least(machine_memory(), machine_limit_by("/proc/self/cgroup", "/sys/fs/cgroup"));
}
