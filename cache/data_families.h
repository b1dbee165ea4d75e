/*
 * data_families - the commands that need nothing but the data: one family of rows for each file in
 * cache/cmd/.
 *
 * Owner   constant.
 * Memory  read-only tables.
 * Cost    none.
 * Errors  none.
 */
#ifndef CACHE_DATA_FAMILIES_H
#define CACHE_DATA_FAMILIES_H

#include "cache/command.h"

extern const struct command_family strings_family;     /* GET, SET, INCR ... */
extern const struct command_family ranges_family;      /* GETRANGE, SETRANGE ... */
extern const struct command_family bitmaps_family;     /* SETBIT, BITCOUNT ... */
extern const struct command_family bitfield_family;    /* BITFIELD, BITFIELD_RO */
extern const struct command_family hyperloglog_family; /* PFADD, PFCOUNT ... */
extern const struct command_family conditions_family;  /* DELEX, DELIFEQ, DIGEST */
extern const struct command_family msetex_family;      /* MSETEX */
extern const struct command_family increx_family;      /* INCREX */
extern const struct command_family lcs_family;         /* LCS */
extern const struct command_family moves_family;       /* RENAME, COPY, MOVE, SWAPDB */
extern const struct command_family dump_family;        /* DUMP, RESTORE */
extern const struct command_family keys_family;        /* DEL, EXISTS, TYPE ... */
extern const struct command_family expiry_family;      /* EXPIRE, TTL, PERSIST ... */
extern const struct command_family object_family;      /* OBJECT, MEMORY USAGE */
extern const struct command_family space_family;       /* SCAN, KEYS, DBSIZE, FLUSHALL ... */

/* What the rows of commands on texts tell people. */
#define TEXT_DOC(since, complexity, summary, syntax) \
    .categories = CATEGORY_STRING, DOC("string", since, complexity, summary, syntax)

#endif
