/*
 * value - one typed value: from words, to text. Private to conf/.
 *
 * Owner   the struct that holds the field; `field` points to what the type of the option says.
 * Memory  TEXT and LIST own blocks: value_clear gives them back. A zeroed field is empty.
 *         What value_text returns is the caller's, to be given to free().
 * Cost    short.
 * Errors  false and the reason in the words of Redis 7.0; the field is as before.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/option.h"

/* Room for a value of any type. */
union value {
    int64_t number;
    bool flag;
    int word;
    char *text;
    struct settings_list list;
    struct settings_limits limits;
};

bool value_parse(const struct option *, const struct words *, void *field, struct why *);
char *value_text(const struct option *, const void *field); /* NULL: no memory */
bool value_copy(const struct option *, void *to, const void *from);
void value_clear(const struct option *, void *field);

/* More words at the end of a list; without memory not all of them. */
bool value_append(struct settings_list *list, const struct words *words, struct why *why);

#endif
