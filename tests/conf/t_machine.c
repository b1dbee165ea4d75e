/* Control groups are files under a folder of our own, made up for each case. */
#include "conf/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tap/tap.h"

#define MIB ((int64_t)1024 * 1024)
#define PATH_ROOM 256
#define MADE_MAX 32

static char root[] = "/tmp/t_machine.XXXXXX";
static char made[MADE_MAX][PATH_ROOM]; /* files and folders, in the order of their making */
static unsigned made_count;

static void note(const char *path)
{
    if (made_count == MADE_MAX)
        tap_bail("too many files");
    snprintf(made[made_count++], PATH_ROOM, "%s", path);
}

/* With the folders it is in. */
static void write_file(const char *name, const char *text)
{
    char path[PATH_ROOM], *slash;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (mkdir(path, 0700) == 0)
            note(path);
        *slash = '/';
    }
    file = fopen(path, "w");
    if (file == NULL)
        tap_bail("cannot write %s", path);
    fputs(text, file);
    fclose(file);
    note(path);
}

static void start_afresh(void)
{
    while (made_count > 0)
        remove(made[--made_count]);
}

/* The limit in bytes, -1: none; then the files are gone. */
static int64_t limit(void)
{
    char groups[PATH_ROOM];
    uint64_t bytes;

    snprintf(groups, sizeof(groups), "%s/groups", root);
    bytes = machine_limit_by(groups, root);
    start_afresh();
    return bytes == UINT64_MAX ? -1 : (int64_t)bytes;
}

static void version_2(void)
{
    write_file("groups", "0::/a/b\n");
    write_file("a/b/memory.max", "104857600\n");
    is_int(limit(), 100 * MIB, "a group's limit is its memory.max");

    write_file("groups", "0::/a/b\n");
    write_file("a/b/memory.max", "max\n");
    is_int(limit(), -1, "which may be none");

    write_file("groups", "0::/a/b\n");
    write_file("a/b/memory.max", "max\n");
    write_file("a/memory.max", "52428800\n");
    is_int(limit(), 50 * MIB, "the group around it counts, too");

    write_file("groups", "0::/a/b\n");
    write_file("a/b/memory.max", "1048576\n");
    write_file("a/memory.max", "52428800\n");
    is_int(limit(), MIB, "the least limit is the limit");

    write_file("groups", "0::/\n");
    write_file("memory.max", "2097152\n");
    is_int(limit(), 2 * MIB, "in a container the group is the root");
}

static void version_1(void)
{
    write_file("groups", "5:cpu,cpuacct:/c\n4:memory:/m/n\n1:name=systemd:/s\n");
    write_file("memory/m/n/memory.limit_in_bytes", "3145728\n");
    is_int(limit(), 3 * MIB, "the memory controller's group has the limit");

    write_file("groups", "4:memory:/m/n\n");
    write_file("memory/m/n/memory.limit_in_bytes", "9223372036854771712\n");
    write_file("memory/memory.limit_in_bytes", "4194304\n");
    is_int(limit(), 4 * MIB, "and those around it");

    write_file("groups", "5:cpu:/c\n");
    write_file("memory/c/memory.limit_in_bytes", "1048576\n");
    write_file("c/memory.max", "1048576\n");
    is_int(limit(), -1, "no other controller's group has");
}

static void both_versions(void)
{
    write_file("groups", "4:memory:/m\n0::/u\n");
    write_file("memory/m/memory.limit_in_bytes", "8388608\n");
    write_file("u/memory.max", "6291456\n");
    is_int(limit(), 6 * MIB, "of both versions the least limit counts");
}

static void what_is_not_told_is_no_limit(void)
{
    is_int(limit(), -1, "no list of groups");
    write_file("groups", "");
    is_int(limit(), -1, "an empty one");
    write_file("groups", "0::/gone\n");
    is_int(limit(), -1, "a group without files");
    write_file("groups", "nonsense\n7\n8:\n");
    is_int(limit(), -1, "lines that say nothing");
    write_file("groups", "0::/a\n");
    write_file("a/memory.max", "many\n");
    is_int(limit(), -1, "a limit that is no number");
}

static void this_machine(void)
{
    ok(machine_memory() >= 16 * (uint64_t)MIB, "this machine has some memory");
    ok(machine_memory_limit() <= machine_memory(), "of which not more than all may be used");
    ok(machine_memory_limit() > 0, "but some");
}

int main(void)
{
    if (mkdtemp(root) == NULL)
        tap_bail("cannot make %s", root);
    version_2();
    version_1();
    both_versions();
    what_is_not_told_is_no_limit();
    this_machine();
    rmdir(root);
    return tap_done();
}
