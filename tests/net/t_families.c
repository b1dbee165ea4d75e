/* All rows together: docs/COMMANDS.md lists them, and what it says is what they say.
 * With --write it prints what should be there. */
#include "net/families.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/syntax.h"
#include "tests/tap/tap.h"

#define GROUPS 32
#define LINE 1024

static struct command_table *table;

static void write_upper(FILE *into, const char *name)
{
    for (; *name != '\0'; name++)
        fputc(*name == '|'                   ? ' '
              : *name >= 'a' && *name <= 'z' ? *name - ('a' - 'A')
                                             : *name,
              into);
}

static void write_command(FILE *into, const struct command *command)
{
    char syntax[LINE];

    syntax_show(command->syntax == NULL ? "" : command->syntax, syntax, sizeof(syntax));
    fputs("* `", into);
    write_upper(into, command->name);
    fprintf(into, "%s%s`: %s", *syntax == '\0' ? "" : " ", syntax, command->summary);
    if (command->deprecated != NULL)
        fprintf(into, " (since %s rather %s)", command->deprecated, command->replaced_by);
    fputc('\n', into);
}

/* A container that says nothing by itself is told by its subcommands. */
static bool is_listed(const struct command *command, const char *group)
{
    return strcmp(command->group, group) == 0 &&
           (!(command->flags & CONTAINER) || command->on_session != NULL ||
            command_count_subs(table, command) == 0);
}

static void write_group(FILE *into, const char *group)
{
    size_t count = 0, i;

    for (i = 0; i < command_rows(table); i++)
        count += is_listed(command_at(table, i), group);
    fprintf(into, "\n## %s: %zu\n\n", group, count);
    for (i = 0; i < command_rows(table); i++)
        if (is_listed(command_at(table, i), group))
            write_command(into, command_at(table, i));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t find_groups(const char **groups)
{
    size_t count = 0, i, j;

    for (i = 0; i < command_rows(table); i++) {
        const char *group = command_at(table, i)->group;

        for (j = 0; j < count && strcmp(groups[j], group) != 0; j++)
            ;
        if (j == count)
            groups[count++] = group;
    }
    qsort(groups, count, sizeof(groups[0]), by_name);
    return count;
}

static void write_all(FILE *into)
{
    const char *groups[GROUPS];
    const size_t count = find_groups(groups);
    size_t i;

    fprintf(into,
            "# Commands\n\n"
            "All that clients can say, by group: COMMAND COUNT is %zu, with subcommands %zu.\n"
            "`HELP` of each container and `COMMAND DOCS` tell the same. Written by "
            "`build/dev/tests/net/t_families --write`.\n",
            command_count(table), command_rows(table));
    for (i = 0; i < count; i++)
        write_group(into, groups[i]);
}

static void every_row_explains_itself(void)
{
    size_t i, silent = 0;

    for (i = 0; i < command_rows(table); i++) {
        const struct command *command = command_at(table, i);
        struct syntax syntax;

        if (command->summary != NULL && command->since != NULL && command->group != NULL &&
            syntax_parse(&syntax, command->syntax == NULL ? "" : command->syntax))
            continue;
        tap_note("%s", command->name);
        silent++;
    }
    is_int((int64_t)silent, 0, "every row has a group, a summary and a syntax");
}

static void the_list_is_current(void)
{
    char *expected = NULL, *found = NULL;
    size_t expected_len, found_len;
    FILE *into = open_memstream(&expected, &expected_len);
    FILE *file = fopen(SOURCE_FOLDER "/docs/COMMANDS.md", "r");
    int c;

    write_all(into);
    fclose(into);
    into = open_memstream(&found, &found_len);
    while (file != NULL && (c = fgetc(file)) != EOF)
        fputc(c, into);
    fclose(into);
    if (file != NULL)
        fclose(file);
    ok(expected_len == found_len && memcmp(expected, found, found_len) == 0,
       "docs/COMMANDS.md is as the rows are (else: t_families --write > docs/COMMANDS.md)");
    free(expected);
    free(found);
}

int main(int argc, char **argv)
{
    table = command_table_new(families);
    if (argc > 1 && strcmp(argv[1], "--write") == 0) {
        write_all(stdout);
        command_table_free(table);
        return 0;
    }
    every_row_explains_itself();
    the_list_is_current();
    command_table_free(table);
    return tap_done();
}
