/*
 * history - what clients asked about a few keys, what they were told, and when.
 *
 *     a group is a few keys that commands of several keys stay within, so that each group can be judged
 *     alone (Herlihy and Wing, "Linearizability", 1990, section 3.1: the property is local)
 *
 * Owner   whoever records it; read-only for the checker.
 * Memory  operations point to texts that must live as long.
 * Cost    none.
 * Errors  none.
 */
#ifndef TESTS_LIN_HISTORY_H
#define TESTS_LIN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/bytes.h"

#define GROUP_KEYS 3
#define NEVER INT64_MAX

enum op_kind {
    OP_GET,
    OP_SET, /* with `lifetime` when it is not 0 */
    OP_SETNX,
    OP_GETDEL,
    OP_DEL,
    OP_INCR,
    OP_APPEND,
    OP_MSET,   /* key and other, text and other_text */
    OP_RENAME, /* key becomes other */
};

enum op_told { TOLD_NOTHING, TOLD_NULL, TOLD_TEXT, TOLD_NUMBER, TOLD_OK, TOLD_ERROR };

struct op {
    enum op_kind kind;
    uint8_t key;
    uint8_t other;
    uint16_t client;
    struct bytes text;
    struct bytes other_text;
    int64_t lifetime; /* nanoseconds; 0: for ever */
    int64_t called;   /* nanoseconds, before anything was sent */
    int64_t returned; /* after the whole answer had come; NEVER: it did not come */
    enum op_told told;
    struct bytes answer;
    int64_t number;
};

static inline bool op_has_two_keys(const struct op *op)
{
    return op->kind == OP_MSET || op->kind == OP_RENAME;
}

static inline bool op_touches(const struct op *op, unsigned key)
{
    return op->key == key || (op_has_two_keys(op) && op->other == key);
}

#endif
