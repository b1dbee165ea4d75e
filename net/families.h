/*
 * families - the commands that need a connection or the whole server: one family of rows for each
 * file in net/cmd/.
 *
 * Owner   constant.
 * Memory  read-only tables.
 * Cost    none.
 * Errors  none.
 */
#ifndef NET_FAMILIES_H
#define NET_FAMILIES_H

#include "cache/command.h"

extern const struct command_family connection_family;    /* PING, HELLO, AUTH, SELECT ... */
extern const struct command_family clients_family;       /* CLIENT and what is under it */
extern const struct command_family roster_family;        /* CLIENT LIST and KILL */
extern const struct command_family patience_family;      /* CLIENT PAUSE and UNBLOCK, WAIT ... */
extern const struct command_family introspection_family; /* COMMAND and what is under it */
extern const struct command_family admin_family;         /* INFO, TIME, SHUTDOWN, DEBUG ... */
extern const struct command_family config_family;        /* CONFIG and what is under it */
extern const struct command_family slowlog_family;       /* SLOWLOG, COMMANDLOG */
extern const struct command_family latency_family;       /* LATENCY and what is under it */
extern const struct command_family debug_family;         /* DEBUG and what is under it */
extern const struct command_family acl_family;           /* ACL and what is under it */
extern const struct command_family absent_family;        /* CLUSTER, MODULE, FUNCTION ... */
extern const struct command_family holdings_family;      /* MEMORY, what is not about a key */
extern const struct command_family hottest_family;       /* HOTKEYS and what is under it */

/* All of them, ended by a NULL: what clients can say. */
extern const struct command_family *const families[];

#endif
