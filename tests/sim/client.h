/*
 * client - one who asks, reads, and judges every answer.
 *
 *     speak.c says what is asked and what must be answered; client.c sends, reads and compares.
 *
 * Owner   the world.
 * Memory  an expectation for each command under way.
 * Cost    none.
 * Errors  a wrong answer ends the program through world_fail.
 */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/buffer.h"
#include "tests/sim/model.h"
#include "tests/sim/wire.h"

struct world;

enum expect_kind {
    EXPECT_EXACTLY,  /* these bytes */
    EXPECT_ANYTHING, /* well formed and no error */
    EXPECT_BETWEEN,  /* an integer, low .. high */
    EXPECT_UNTIL,    /* the bytes, or a null once it may be later than `high` */
    EXPECT_KEYS,     /* an array of exactly the keys in `mask` */
    EXPECT_A_KEY,    /* one of the keys in `mask`; a null when there is none */
    EXPECT_SCAN,     /* [cursor, keys] */
    EXPECT_COUNTED,  /* an answer to INCR of a shared counter, above `low` */
    EXPECT_READ,     /* a value of a group */
    EXPECT_READ_ALL, /* MGET of a whole group */
    EXPECT_WRITTEN,  /* +OK to MSET of value `low` */
    EXPECT_TAKEN,    /* GETDEL of a token */
    EXPECT_LOCKED,   /* SETNX of a lock */
    EXPECT_COUNT_IS, /* at the end: the value of a shared counter */
    EXPECT_LOCK_IS,
    EXPECT_FINAL, /* the value of key `low` of a group */
};

struct expect {
    struct expect *next;
    enum expect_kind kind;
    bool last;     /* the connection ends behind it */
    bool untraced; /* its text may differ from run to run */
    bool late;     /* EXPECT_UNTIL: it may be later, because time began when it was executed */
    unsigned which;
    unsigned protocol;
    int64_t low;
    int64_t high;
    uint64_t mask;
    uint64_t asked;   /* step */
    int64_t asked_ms; /* clock */
    struct buffer bytes;
    char what[24]; /* the command, for complaints */
};

struct client {
    struct world *world;
    unsigned index;
    unsigned identity; /* differs for each connection */
    bool own_database;
    struct wire *wire; /* NULL: not connected */
    struct model model;
    struct buffer outgoing;
    struct buffer incoming;
    struct expect *first;
    struct expect **last;
    unsigned outstanding;
    unsigned protocol;
    unsigned database;
    unsigned left;    /* commands still to be asked */
    unsigned depth;   /* commands under way at once */
    unsigned flavour; /* so many of ten commands are about what is shared */
    bool rush;        /* asks little that the next command has to wait for */
    bool storm;       /* writes many keys at once, again and again */
    bool closing;     /* nothing more is asked on this connection */
    bool half_close;
    bool ended;          /* and the server was told so */
    bool cut;            /* was cut off: nothing it asked is certain */
    uint64_t held;       /* does nothing before that step */
    struct model before; /* the command under way, when it is the only one: if that is refused */
    bool careful;        /* there is one */
    bool checker;        /* asks what remains at the end */
    unsigned checked;
    char cursor[24]; /* of the SCAN under way; empty: none is */
    uint64_t scanned;
};

void client_init(struct client *client, struct world *world, unsigned index);
void client_fini(struct client *client);

bool client_can_act(const struct client *client);
void client_act(struct client *client);
bool client_is_done(const struct client *client); /* and not connected */

/* The connection is gone; what was under way is not known. */
void client_lose(struct client *client);

/* A new expectation at the end of the line. */
struct expect *client_expect(struct client *client, enum expect_kind kind);

/* speak.c: asks something. */
void speak(struct client *client);
void speak_greeting(struct client *client);
void speak_farewell(struct client *client);
void speak_check(struct client *client);

/* judge.c: compares. NULL or a sentence. */
const char *judge(struct client *client, const struct expect *expect, struct bytes reply);

#endif
