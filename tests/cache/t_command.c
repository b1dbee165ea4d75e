#include "cache/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/tap/tap.h"

#define LONG_NAME "averylongnamethatgoesonandonbeyondeightbytes"

static const struct command first_rows[] = {
    {.name = "get", .arity = 2, .keys = KEYS(1, 1, 1), .route = ONE_SHARD},
    {.name = "mset", .arity = -3, .keys = KEYS(1, -1, 2), .route = MULTI_SHARD},
    {.name = LONG_NAME "1"},
    {.name = LONG_NAME "2"},
    {.name = "secret", .flags = INTERNAL},
    {.name = NULL},
};
static const struct command second_rows[] = {
    {.name = "client", .flags = CONTAINER},
    {.name = "client|id"},
    {.name = "client|no-evict"},
    {.name = "config|get"}, /* a roof is not needed to be found by the full name */
    {.name = NULL},
};
static const struct command_family first = {first_rows};
static const struct command_family second = {second_rows};
static const struct command_family *const families[] = {&first, &second, NULL};
static struct command_table *table;

static const struct command *find(const char *name)
{
    return command_find(table, bytes_of(name));
}

static void names_are_found_in_any_case(void)
{
    ok(find("get") == &first_rows[0], "lower");
    ok(find("GET") == &first_rows[0], "upper");
    ok(find("gEt") == &first_rows[0], "or mixed");
    ok(find(LONG_NAME "1") == &first_rows[2], "also a long name");
    ok(find("AVERYLONGNAMETHATGOESONANDONBEYONDEIGHTBYTES2") == &first_rows[3],
       "that differs from another only at its end");
}

static void others_are_not(void)
{
    static const char *const unknown[] = {"",    "ge",      "gett",        "get ", "g\x05t",
                                          "fog", LONG_NAME, LONG_NAME "3", "{",    "GE\xd4"};
    char *very_long = malloc(1 << 20);
    size_t i;

    for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        ok(find(unknown[i]) == NULL, "there is no '%s'", unknown[i]);
    ok(command_find(table, bytes_new("get\0", 4)) == NULL, "a zero byte is part of a name");
    memset(very_long, 'g', 1 << 20);
    ok(command_find(table, bytes_new(very_long, 1 << 20)) == NULL, "nor a name of a megabyte");
    free(very_long);
}

static const struct command *find_usual(const char *name, uint32_t words)
{
    char room[32] = "                             ";
    uint16_t index = 999;
    const struct command *command;

    memcpy(room, name, strlen(name));
    command = command_find_usual(table, bytes_new(room, strlen(name)), words, &index);
    if (command != NULL)
        is_int(index, command_index(table, command), "with its number");
    return command;
}

static void the_usual_ones_are_found_in_another_way(void)
{
    ok(find_usual("get", 2) == &first_rows[0] && find_usual("GeT", 2) == &first_rows[0],
       "in any case");
    ok(find_usual("get", 1) == NULL && find_usual("get", 3) == NULL,
       "with the words that they take");
    ok(find_usual("mset", 3) == NULL, "not those of several shards");
    ok(find_usual("client", 2) == NULL, "not those of none");
    ok(find_usual("ge", 2) == NULL && find_usual("gett", 2) == NULL && find_usual("", 2) == NULL,
       "nor what is no name");
    ok(find_usual("client|id", 2) == NULL && find_usual("muchlonger", 2) == NULL, "nor a long one");
}

/* Every byte of a name changed to every other. */
static void one_byte_makes_another_name(const struct command *command)
{
    char name[64];
    const size_t len = strlen(command->name);
    bool right = true;
    size_t i;
    int c;

    for (i = 0; i < len; i++)
        for (c = 0; c < 256; c++) {
            memcpy(name, command->name, len);
            name[i] = (char)c;
            right &= (command_find(table, bytes_new(name, len)) == command) ==
                     (bytes_lower((char)c) == command->name[i]);
        }
    ok(right, "any but the other case of a letter: %s", command->name);
}

static void what_clients_may_not_name_is_hidden(void)
{
    ok(find("secret") == NULL, "an internal row");
    ok(command_find_full(table, bytes_of("secret")) == NULL, "by any way");
    ok(find("client|id") == NULL, "a subcommand by itself");
}

static void subcommands_are_found_under_their_roof(void)
{
    const struct command *client = find("CLIENT");
    char sub[200];

    ok(client == &second_rows[0], "the roof");
    ok(command_find_sub(table, client, bytes_of("ID")) == &second_rows[1], "in any case");
    ok(command_find_sub(table, client, bytes_of("No-Evict")) == &second_rows[2], "with a dash");
    ok(command_find_sub(table, client, bytes_of("get")) == NULL, "not those of others");
    ok(command_find_sub(table, client, bytes_of("")) == NULL, "nor the empty one");
    memset(sub, 'i', sizeof(sub));
    ok(command_find_sub(table, client, bytes_new(sub, sizeof(sub))) == NULL, "nor a long one");
    ok(command_find_full(table, bytes_of("Client|Id")) == &second_rows[1], "or by full name");
    ok(command_find_full(table, bytes_of("GET")) == &first_rows[0], "as others are");
    ok(command_is_sub(&second_rows[1]) && !command_is_sub(client), "which says what they are");
}

static void rows_are_in_order(void)
{
    size_t i;

    is_int(command_rows(table), 8, "all but the internal ones");
    is_int(command_count(table), 5, "of which some are no subcommands");
    ok(command_at(table, 0) == &first_rows[0], "from the first");
    ok(command_at(table, 7) == &second_rows[3], "to the last");
    for (i = 0; i < command_rows(table); i++)
        is_int(command_index(table, command_at(table, i)), i, "each knows its place");
}

static void arity_counts_the_name(void)
{
    ok(command_arity_fits(&first_rows[0], 2), "two words are two words");
    ok(!command_arity_fits(&first_rows[0], 1) && !command_arity_fits(&first_rows[0], 3),
       "and not one or three");
    ok(!command_arity_fits(&first_rows[1], 2), "at least three are not two");
    ok(command_arity_fits(&first_rows[1], 3) && command_arity_fits(&first_rows[1], 1000),
       "but three, or a thousand");
    is_int(command_last_key(&first_rows[0], &(struct args){.count = 2}), 1,
           "the last key is where the row says");
    is_int(command_last_key(&first_rows[1], &(struct args){.count = 7}), 6,
           "or so far from the end");
}

static void a_table_may_be_half_full(void)
{
    static struct command rows[COMMAND_ROWS_MAX + 1];
    static char names[COMMAND_ROWS_MAX][24];
    const struct command_family many = {rows};
    const struct command_family *const one[] = {&many, NULL};
    struct command_table *full;
    bool found = true;
    unsigned i;

    for (i = 0; i < COMMAND_ROWS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "some-command%u", i);
        rows[i].name = names[i];
    }
    full = command_table_new(one);
    for (i = 0; i < COMMAND_ROWS_MAX; i++)
        found &= command_find(full, bytes_of(names[i])) == &rows[i] &&
                 command_index(full, &rows[i]) == i;
    ok(found, "and everything is found");
    ok(command_find(full, bytes_of("some-command")) == NULL, "or found not to be there");
    command_table_free(full);
}

int main(void)
{
    table = command_table_new(families);
    names_are_found_in_any_case();
    others_are_not();
    the_usual_ones_are_found_in_another_way();
    one_byte_makes_another_name(&first_rows[0]);
    one_byte_makes_another_name(&first_rows[1]);
    one_byte_makes_another_name(&second_rows[0]);
    what_clients_may_not_name_is_hidden();
    subcommands_are_found_under_their_roof();
    rows_are_in_order();
    arity_counts_the_name();
    command_table_free(table);
    a_table_may_be_half_full();
    return tap_done();
}
