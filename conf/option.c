#include "conf/option.h"

#include <string.h>
#include <strings.h>

/* The indices of KNOWN rows: each begins where a list of one byte per earlier row ends. */
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
#define FORBIDDEN(name, help) \
    {name, "", "", "", help, KIND_FORBIDDEN, TYPE_TEXT, START, 0, 0, 0},
#include "conf/options.def"
    /* clang-format on */
};
