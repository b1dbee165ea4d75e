#include "bench/sim/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/panic.h"

#define LINE_MOST 512

void trace_init(struct trace *trace, const char *name)
{
    *trace = (struct trace){.name = name};
}

void trace_fini(struct trace *trace)
{
    free(trace->at);
    *trace = (struct trace){0};
}

void trace_add(struct trace *trace, uint32_t object, uint32_t size)
{
    if (trace->count == trace->room) {
        trace->room = trace->room == 0 ? 1 << 16 : 2 * trace->room;
        trace->at = must_realloc(trace->at, trace->room * sizeof(*trace->at));
    }
    trace->at[trace->count++] = (struct access){object, size, TRACE_NEVER};
    if (object >= trace->objects)
        trace->objects = object + 1;
}

/* --- names become numbers --- */

struct names {
    char **at; /* by hash; open addressing */
    uint32_t *numbers;
    uint32_t count;
    uint32_t room;
};

static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static uint32_t slot_of(const struct names *names, const char *name)
{
    uint32_t slot = (uint32_t)hash_of(name) & (names->room - 1);

    while (names->at[slot] != NULL && strcmp(names->at[slot], name) != 0)
        slot = (slot + 1) & (names->room - 1);
    return slot;
}

static void names_grow(struct names *names)
{
    struct names old = *names;
    uint32_t i;

    names->room = old.room == 0 ? 1 << 12 : 2 * old.room;
    names->at = must_calloc(names->room, sizeof(*names->at));
    names->numbers = must_calloc(names->room, sizeof(*names->numbers));
    for (i = 0; i < old.room; i++)
        if (old.at[i] != NULL) {
            const uint32_t slot = slot_of(names, old.at[i]);

            names->at[slot] = old.at[i];
            names->numbers[slot] = old.numbers[i];
        }
    free(old.at);
    free(old.numbers);
}

static uint32_t number_of(struct names *names, const char *name)
{
    uint32_t slot;

    if (2 * names->count >= names->room)
        names_grow(names);
    slot = slot_of(names, name);
    if (names->at[slot] == NULL) {
        names->at[slot] = strdup(name);
        names->numbers[slot] = names->count++;
    }
    return names->numbers[slot];
}

static void names_fini(struct names *names)
{
    uint32_t i;

    for (i = 0; i < names->room; i++)
        free(names->at[i]);
    free(names->at);
    free(names->numbers);
}

/* --- files --- */

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);

    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static FILE *open_gzip(const char *path)
{
    char command[LINE_MOST];

    if (strchr(path, '\'') != NULL ||
        snprintf(command, sizeof(command), "gzip -dc '%s'", path) >= (int)sizeof(command))
        return NULL;
    return popen(command, "r");
}

static bool read_lines(struct trace *trace, FILE *file, const char *path, struct why *why)
{
    struct names names = {0};
    char line[LINE_MOST];
    bool good = true;

    while (good && fgets(line, sizeof(line), file) != NULL) {
        char name[LINE_MOST];
        uint32_t size;

        good = sscanf(line, "%511s %u", name, &size) == 2;
        if (good)
            trace_add(trace, number_of(&names, name), size);
    }
    names_fini(&names);
    if (!good || trace->count == 0)
        why_set(why, "%s: line %zu is not `key size`", path, trace->count + 1);
    return good && trace->count > 0;
}

bool trace_load(struct trace *trace, const char *path, struct why *why)
{
    const bool is_packed = ends_with(path, ".gz");
    FILE *file = is_packed ? open_gzip(path) : fopen(path, "r");
    bool good;

    if (file == NULL) {
        why_errno(why, "cannot read %s", path);
        return false;
    }
    good = read_lines(trace, file, path, why);
    if (is_packed)
        pclose(file);
    else
        fclose(file);
    return good;
}

/* --- */

void trace_finish(struct trace *trace, double scale, uint32_t extra)
{
    uint32_t *nexts = must_malloc(trace->objects * sizeof(*nexts));
    size_t i;

    memset(nexts, 0xff, trace->objects * sizeof(*nexts));
    for (i = trace->count; i-- > 0;) {
        struct access *access = &trace->at[i];

        access->size = (uint32_t)(access->size * scale) + extra;
        access->next = nexts[access->object];
        nexts[access->object] = (uint32_t)i;
    }
    free(nexts);
}

uint64_t trace_footprint(const struct trace *trace)
{
    bool *seen = must_calloc(trace->objects, sizeof(*seen));
    uint64_t bytes = 0;
    size_t i;

    for (i = 0; i < trace->count; i++) {
        bytes += seen[trace->at[i].object] ? 0 : trace->at[i].size;
        seen[trace->at[i].object] = true;
    }
    free(seen);
    return bytes;
}

uint32_t trace_largest(const struct trace *trace)
{
    uint32_t most = 0;
    size_t i;

    for (i = 0; i < trace->count; i++)
        if (trace->at[i].size > most)
            most = trace->at[i].size;
    return most;
}
