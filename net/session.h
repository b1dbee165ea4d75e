/*
 * session - who is asking: what a connection has said of itself, and what it may do.
 *
 * Owner   the loop of its connection; part of struct conn.
 * Memory  names are small texts of its own.
 * Cost    none.
 * Errors  none.
 *
 * A feature's state per client is a struct of its own, reached by one pointer that is NULL until
 * used.
 */
#ifndef NET_SESSION_H
#define NET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "cache/command.h"
#include "shard/owner.h"

struct loop;
struct conn;

#define SESSION_PIPELINE_AS_SET UINT8_MAX

enum session_replies {
    REPLIES_ON,
    REPLIES_OFF,       /* CLIENT REPLY OFF */
    REPLIES_SKIP_NEXT, /* CLIENT REPLY SKIP was just said */
    REPLIES_SKIP,      /* the command under way is not answered */
};

struct session {
    struct loop *loop;
    uint64_t id;
    uint8_t protocol; /* 2 or 3 */
    uint8_t database;
    uint8_t replies;
    bool authenticated;
    bool close_after; /* QUIT, a protocol error, CLIENT KILL of itself: nothing more is parsed */
    bool no_evict;    /* CLIENT NO-EVICT */
    bool no_touch;    /* CLIENT NO-TOUCH */
    bool redirects;   /* CLIENT CAPA REDIRECT */
    bool unix_socket;
    bool monitor;        /* MONITOR */
    uint8_t pipeline;    /* CLIENT PIPELINE-ORDER: a word of pipeline-order, or as that is set */
    int64_t created_ms;  /* steady clock */
    int64_t active_ms;   /* of the last byte that came or went */
    int64_t stranger_ms; /* since when it has been without the password, if it is */
    const struct command *last_command;
    char *name;     /* CLIENT SETNAME; NULL: none */
    char *lib_name; /* CLIENT SETINFO */
    char *lib_ver;
};

void session_init(struct session *session, struct loop *loop, uint64_t id) ON_NET;
void session_fini(struct session *session) ON_NET;

/* Back to how it was when connected (RESET): protocol 2, database 0, no name, not authenticated. */
void session_reset(struct session *session) ON_NET;

/* Replaces one of the names; an empty one becomes NULL. False: no memory, and it is as it was. */
bool session_set_text(char **text, struct bytes value) ON_NET;

#define SESSION_ERROR_NAME "ERR Client names cannot contain spaces, newlines or special characters."

/* May a client call itself that? Printable ASCII without blanks, so that CLIENT LIST keeps its
 * shape. */
bool session_text_fits(struct bytes value) ANY_THREAD;

/* Must a password be given that has not been? */
bool session_needs_auth(const struct session *session) ON_NET;

/* The connection around it. */
struct conn *session_conn(struct session *session) ON_NET;

#endif
