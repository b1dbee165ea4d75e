#include "cache/command.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/panic.h"

#define PLACES 1024 /* of the hash tables: a power of two, at least twice the number of rows */
#define NAME_MAX_LEN 64

struct command_table {
    const struct command **rows; /* everything that clients can name, in order of declaration */
    size_t row_count;
    size_t top_count;                     /* of these, without subcommands */
    const struct command *places[PLACES]; /* by name */
    uint16_t indexes[PLACES];             /* by address: 1 + the place in rows */
};

bool command_is_sub(const struct command *command)
{
    return strchr(command->name, '|') != NULL;
}

/* Setting one bit folds the case of letters; what else it changes makes no name equal to another.
 */
static size_t place_of(struct bytes name)
{
    uint64_t folded = 0;
    size_t i;

    for (i = 0; i < name.len && i < 8; i++)
        folded = folded << 8 | ((uint8_t)name.at[i] | 0x20);
    for (; i < name.len; i++)
        folded = folded * 31 + ((uint8_t)name.at[i] | 0x20);
    return (size_t)((folded + name.len) * 0x9e3779b97f4a7c15ULL >> 54) & (PLACES - 1);
}

static const struct command *find(const struct command_table *table, struct bytes name)
{
    size_t place;

    if (name.len > NAME_MAX_LEN)
        return NULL;
    place = place_of(name);
    for (; table->places[place] != NULL; place = (place + 1) & (PLACES - 1))
        if (bytes_say(name, table->places[place]->name))
            return table->places[place];
    return NULL;
}

static void insert(struct command_table *table, const struct command *command)
{
    size_t place = place_of(bytes_of(command->name));

    assert(strlen(command->name) <= NAME_MAX_LEN && find(table, bytes_of(command->name)) == NULL);
    while (table->places[place] != NULL)
        place = (place + 1) & (PLACES - 1);
    table->places[place] = command;
}

static size_t place_of_address(const struct command *command)
{
    return (size_t)((uintptr_t)command * 0x9e3779b97f4a7c15ULL >> 54);
}

static void insert_index(struct command_table *table, const struct command *command)
{
    size_t place = place_of_address(command);

    while (table->indexes[place] != 0)
        place = (place + 1) & (PLACES - 1);
    table->rows[table->row_count++] = command;
    table->indexes[place] = (uint16_t)table->row_count;
}

unsigned command_index(const struct command_table *table, const struct command *command)
{
    size_t place = place_of_address(command);

    while (table->rows[table->indexes[place] - 1] != command)
        place = (place + 1) & (PLACES - 1);
    return table->indexes[place] - 1u;
}

static void add(struct command_table *table, const struct command *command)
{
    if (command->flags & INTERNAL)
        return;
    assert(table->row_count < COMMAND_ROWS_MAX);
    insert(table, command);
    insert_index(table, command);
    table->top_count += !command_is_sub(command);
}

struct command_table *command_table_new(const struct command_family *const *families)
{
    struct command_table *table = must_calloc(1, sizeof(*table));

    table->rows = must_calloc(COMMAND_ROWS_MAX, sizeof(*table->rows));
    for (; *families != NULL; families++) {
        const struct command *command;

        for (command = (*families)->rows; command->name != NULL; command++)
            add(table, command);
    }
    return table;
}

void command_table_free(struct command_table *table)
{
    free(table->rows);
    free(table);
}

const struct command *command_find(const struct command_table *table, struct bytes name)
{
    const struct command *command = find(table, name);

    return command == NULL || command_is_sub(command) ? NULL : command;
}

const struct command *command_find_sub(const struct command_table *table,
                                       const struct command *container, struct bytes sub)
{
    char full[NAME_MAX_LEN];
    const size_t len = strlen(container->name);

    if (len + 1 + sub.len > sizeof(full))
        return NULL;
    memcpy(full, container->name, len);
    full[len] = '|';
    memcpy(full + len + 1, sub.at, sub.len);
    return find(table, bytes_new(full, len + 1 + sub.len));
}

const struct command *command_find_full(const struct command_table *table, struct bytes name)
{
    return find(table, name);
}

size_t command_count(const struct command_table *table)
{
    return table->top_count;
}

const struct command *command_at(const struct command_table *table, size_t index)
{
    return table->rows[index];
}

size_t command_rows(const struct command_table *table)
{
    return table->row_count;
}
