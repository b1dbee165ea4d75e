#include "conf/option.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

static const struct option table[] = {
/* clang-format off */
#define OPTION(type, field, name, standard, low, high, when, help) \
    {name, #field, standard, "", help, KIND_OPTION, TYPE_##type, when, \
     offsetof(struct settings, field), low, high},
#include "conf/options.def"
#define KNOWN(type, name, standard, when) \
    {name, "", standard, "", "", KIND_KNOWN, TYPE_##type, when, 0, INT64_MIN, INT64_MAX},
#include "conf/options.def"
#define REFUSED(name, standard, accepted, when, help) \
    {name, "", standard, accepted, help, KIND_REFUSED, TYPE_TEXT, when, 0, 0, 0},
#include "conf/options.def"
#define ALIAS(name, target) \
    {name, "", "", target, "", KIND_ALIAS, TYPE_TEXT, START, 0, 0, 0},
#include "conf/options.def"
#define REPEATED(field, name, count, help) \
    {name, #field, "", "", help, KIND_REPEATED, TYPE_LIST, START, \
     offsetof(struct settings, field), count, count},
#include "conf/options.def"
#define FORBIDDEN(name, help) \
    {name, "", "", "", help, KIND_FORBIDDEN, TYPE_TEXT, START, 0, 0, 0},
#include "conf/options.def"
    /* clang-format on */
};

static const struct option_word vocabulary[] = {
#define WORD(field, constant, value, text) {#field, text, value},
#include "conf/options.def"
};

enum {
    FIELDS = 0
#define OPTION(type, field, name, standard, low, high, when, help) +1
#include "conf/options.def"
    ,
    ROWS = sizeof(table) / sizeof(table[0]),
    VOCABULARY = sizeof(vocabulary) / sizeof(vocabulary[0]),
};

const struct option *option_at(size_t index)
{
    return index < ROWS ? &table[index] : NULL;
}

const struct option *option_find(const char *name)
{
    size_t i;

    for (i = 0; i < ROWS; i++)
        if (strcasecmp(table[i].name, name) == 0)
            return table[i].kind == KIND_ALIAS ? option_find(table[i].other) : &table[i];
    return NULL;
}

size_t option_known(const struct option *option)
{
    assert(option->kind == KIND_KNOWN);
    return (size_t)(option - table) - FIELDS;
}

const struct option_word *option_word(const struct option *option, size_t index)
{
    size_t i;

    for (i = 0; i < VOCABULARY; i++)
        if (strcmp(vocabulary[i].field, option->field) == 0 && index-- == 0)
            return &vocabulary[i];
    return NULL;
}
