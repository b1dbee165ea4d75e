/*
 * rows - the rows of data commands by name, and requests made from a line of text.
 *
 * Owner   the test. Memory the words stay good until the next 64 lines. Cost none worth mentioning.
 * Errors  a command that does not exist ends the test.
 */
#ifndef TESTS_SHARD_ROWS_H
#define TESTS_SHARD_ROWS_H

#include <stdio.h>
#include <stdlib.h>

#include "cache/data_families.h"
#include "shard/pool.h"
#include "tests/tap/tap.h"

static inline const struct command *row_of(struct bytes name)
{
    static const struct command_family *const families[] = {&strings_family, &keys_family,
                                                            &space_family};
    const struct command *row;
    size_t i;

    for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        for (row = families[i]->rows; row->name != NULL; row++)
            if (bytes_say(name, row->name))
                return row;
    tap_bail("there is no command %.*s", (int)name.len, name.at);
}

/* Words are parted by one blank. The row is that of the first, unless one is given. */
static inline void say_into(struct request *request, const struct command *row, const char *line)
{
    static char copies[64][512];
    static unsigned next;
    char *rest = copies[next++ % 64];
    struct bytes words[64];
    size_t count = 0;

    snprintf(rest, sizeof(copies[0]), "%s", line);
    while (rest != NULL)
        words[count++] = bytes_of(strsep(&rest, " "));
    memcpy(pool_words(request, count), words, count * sizeof(words[0]));
    request->cargo.command = row != NULL ? row : row_of(words[0]);
}

#endif
