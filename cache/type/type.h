/*
 * type - what the types of values are called, by TYPE and by SCAN.
 *
 * Owner   pure functions.
 * Memory  a constant table.
 * Cost    one load.
 * Errors  none; every entry has one of these types.
 */
#ifndef CACHE_TYPE_TYPE_H
#define CACHE_TYPE_TYPE_H

#include <assert.h>

#include "cache/entry.h"

static inline const char *type_name(const struct entry *entry)
{
    static const char *const names[] = {[TYPE_TEXT] = "string"};
    const unsigned type = entry->kind & ENTRY_TYPE_MASK;

    assert(type < sizeof(names) / sizeof(names[0]) && names[type] != NULL);
    return names[type];
}

#endif
