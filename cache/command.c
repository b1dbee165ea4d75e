#include "cache/command.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>

#include "cache/number.h"
#include "cache/panic.h"

#define PLACES 1024 /* of the hash tables: a power of two, at least twice the number of rows */
#define NAME_MAX_LEN 64

struct place {
    uint64_t folded; /* of names of letters only, eight at most: then it tells them apart; else 0 */
    const struct command *command; /* NULL: free */
    const char *name;              /* NULL: it is called otherwise now */
    uint16_t index;
    uint8_t least; /* for command_find_usual: words with the name */
    uint8_t most;  /* 0: it is another */
};

struct command_table {
    const struct command **rows; /* everything that clients can name, in order of declaration */
    size_t row_count;
    size_t top_count;            /* of these, without subcommands */
    bool renamed;                /* some have names that are short, but not of letters only */
    struct place places[PLACES]; /* by name */
    uint16_t indexes[PLACES];    /* by address: 1 + the place in rows */
};

bool command_is_sub(const struct command *command)
{
    return strchr(command->name, '|') != NULL;
}

/*
 * Up to eight bytes as one number, in lower case: setting one bit folds letters, and makes no
 * letter of anything else.
 */
static inline uint64_t fold(const char *at, size_t len)
{
    const uint64_t lower = 0x2020202020202020ULL;

    return len == 0 ? 0 : bytes_load(at, len) | (lower >> (64 - 8 * len));
}

static inline size_t slot_of(uint64_t folded)
{
    return (size_t)(folded * 0x9e3779b97f4a7c15ULL >> 54);
}

/* A longer name is folded eight bytes at a time. */
static uint64_t fold_long(struct bytes name)
{
    uint64_t folded = name.len;
    size_t i;

    for (i = 0; i + 8 <= name.len; i += 8)
        folded = (folded ^ fold(name.at + i, 8)) * 0xff51afd7ed558ccdULL;
    return folded ^ fold(name.at + i, name.len - i);
}

static const struct command *find_long(const struct command_table *table, struct bytes name)
{
    size_t slot;

    if (name.len > NAME_MAX_LEN)
        return NULL;
    slot = slot_of(fold_long(name));
    for (; table->places[slot].command != NULL; slot = (slot + 1) & (PLACES - 1))
        if (table->places[slot].name != NULL && bytes_say(name, table->places[slot].name))
            return table->places[slot].command;
    return NULL;
}

/* Most names are short words, and found by comparing numbers. */
static const struct place *find_short(const struct command_table *table, struct bytes name)
{
    const uint64_t folded = fold(name.at, name.len);
    size_t slot;

    for (slot = slot_of(folded); table->places[slot].command != NULL;
         slot = (slot + 1) & (PLACES - 1))
        if (table->places[slot].folded == folded)
            return &table->places[slot];
    return NULL;
}

/* "acl|cat" is not: folded, its bar is another character. */
static inline bool is_short(struct bytes name)
{
    return name.len >= 1 && name.len <= 8 && memchr(name.at, '|', name.len) == NULL;
}

static const struct command *find(const struct command_table *table, struct bytes name)
{
    const struct place *place;

    if (!is_short(name))
        return find_long(table, name);
    place = find_short(table, name);
    if (place != NULL)
        return place->command;
    return table->renamed ? find_long(table, name) : NULL;
}

/* A short name must be of letters: then folding tells it from every other. */
static bool is_plain_word(struct bytes name)
{
    size_t i;

    for (i = 0; i < name.len; i++)
        if (name.at[i] < 'a' || name.at[i] > 'z')
            return false;
    return true;
}

/* What may take long is timed on its own, and that is no way to treat a usual command. */
static bool is_short_work(const struct command *command)
{
    return command->complexity == NULL || strcmp(command->complexity, "O(1)") == 0;
}

/* See command_find_usual. */
static bool is_usual(const struct command *command)
{
    return is_short_work(command) && command->route == ONE_SHARD && command->check == NULL &&
           command->keys.first == 1 && !(command->flags & (SLICED | UNBROKEN | ATOMIC));
}

static void insert(struct command_table *table, const struct command *command)
{
    const struct bytes name = bytes_of(command->name);
    const bool brief = is_short(name);
    const uint64_t folded = brief ? fold(name.at, name.len) : fold_long(name);
    size_t slot = slot_of(folded);

    assert(name.len > 0 && name.len <= NAME_MAX_LEN && find(table, name) == NULL);
    assert(!brief || is_plain_word(name));
    while (table->places[slot].command != NULL)
        slot = (slot + 1) & (PLACES - 1);
    table->places[slot] = (struct place){
        .folded = brief ? folded : 0,
        .command = command,
        .name = command->name,
        .index = (uint16_t)table->row_count,
    };
    if (brief && is_usual(command)) {
        table->places[slot].least = (uint8_t)abs(command->arity);
        table->places[slot].most = command->arity < 0 ? UINT8_MAX : (uint8_t)command->arity;
    }
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

const struct command *command_row(const struct command_table *table, const char *name)
{
    size_t i;

    for (i = 0; i < table->row_count; i++)
        if (strcmp(table->rows[i]->name, name) == 0)
            return table->rows[i];
    return NULL;
}

/* --- other names --- */

/* Its place stays taken, so that others behind it are found. */
static void take_name(struct command_table *table, const struct command *command)
{
    size_t slot;

    for (slot = 0; slot < PLACES; slot++) {
        struct place *place = &table->places[slot];

        if (place->command != command)
            continue;
        place->folded = 0;
        place->name = NULL;
        place->most = 0;
    }
}

static void give_name(struct command_table *table, const struct command *command, const char *name)
{
    size_t slot = slot_of(fold_long(bytes_of(name)));

    while (table->places[slot].command != NULL)
        slot = (slot + 1) & (PLACES - 1);
    table->places[slot] = (struct place){
        .command = command, .name = name, .index = (uint16_t)command_index(table, command)};
    table->renamed = true;
}

const char *command_rename(struct command_table *table, const char *command, const char *name)
{
    const struct command *row = command_find(table, bytes_of(command));

    if (row == NULL)
        return "No such command in rename-command";
    if (strlen(name) > NAME_MAX_LEN)
        return "Target command name is too long";
    if (*name != '\0' && find(table, bytes_of(name)) != NULL)
        return "Target command name already exists";
    take_name(table, row);
    if (*name != '\0')
        give_name(table, row, name);
    return NULL;
}

void command_table_free(struct command_table *table)
{
    free(table->rows);
    free(table);
}

const struct command *command_find(const struct command_table *table, struct bytes name)
{
    const struct command *command = find(table, name);

    /* Subcommands are never short ones. */
    return command != NULL && !is_short(name) && command_is_sub(command) ? NULL : command;
}

const struct command *command_find_usual(const struct command_table *table, struct bytes name,
                                         uint32_t words, uint16_t *index)
{
    const struct place *place = is_short(name) ? find_short(table, name) : NULL;

    if (place == NULL || words < place->least || words > place->most)
        return NULL;
    *index = place->index;
    return place->command;
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

bool command_is_under(const struct command *command, const struct command *container)
{
    const size_t len = strlen(container->name);

    return strncmp(command->name, container->name, len) == 0 && command->name[len] == '|';
}

const struct command *command_next_sub(const struct command_table *table,
                                       const struct command *container, size_t *place)
{
    while (*place < table->row_count) {
        const struct command *command = table->rows[(*place)++];

        if (command_is_under(command, container))
            return command;
    }
    return NULL;
}

size_t command_count_subs(const struct command_table *table, const struct command *container)
{
    size_t count = 0;
    size_t place = 0;

    if (!(container->flags & CONTAINER))
        return 0;
    while (command_next_sub(table, container, &place) != NULL)
        count++;
    return count;
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

/* A count that is wrong has been refused before it comes to that, but not when COMMAND GETKEYS asks. */
static uint32_t last_counted(const struct command *command, const struct args *args)
{
    const uint32_t first = (uint32_t)command->keys.first;
    const uint32_t step = (uint32_t)command->keys.step;
    int64_t keys;

    if (!number_parse(args_word(args, command->keys_counted_at), &keys) || keys < 1 ||
        (uint64_t)keys > (args->count - first) / step)
        return first;
    return first + ((uint32_t)keys - 1) * step;
}

uint32_t command_last_key(const struct command *command, const struct args *args)
{
    if (command->keys_counted_at != 0)
        return last_counted(command, args);
    return command->keys.last >= 0 ? (uint32_t)command->keys.last
                                   : (uint32_t)((int64_t)args->count + command->keys.last);
}
