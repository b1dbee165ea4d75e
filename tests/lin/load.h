/*
 * load - clients that all ask about the same few groups of keys, and write down what happened.
 *
 * Owner   each client writes its own record; who started the crowd reads them when it is over.
 * Memory  records, until record_fini.
 * Cost    as fast as the server answers.
 * Errors  a connection that ends leaves its operations without a return.
 */
#ifndef TESTS_LIN_LOAD_H
#define TESTS_LIN_LOAD_H

#include "tests/lin/history.h"
#include "tests/server/crowd.h"

#define GROUPS 96
#define LOAD_CLIENTS 6

struct record {
    struct op *ops;
    uint16_t *groups; /* of each */
    size_t count;
    size_t room;
    char *texts; /* that operations look into; never moved */
    size_t text_len;
};

/* What makes a round different from others. */
struct load {
    int round;
    int ops;        /* of each client */
    bool lifetimes; /* some keys expire */
    bool cuts;      /* connections end in the middle */
    struct record records[LOAD_CLIENTS];
};

/* For crowd_run with a struct load. */
bool load_run(struct client *client);

/* All keys as they are in the end, as operations of one more client; then they are deleted. */
void load_read_all(const struct child *child, struct record *record);

void record_init(struct record *record, size_t ops);
void record_fini(struct record *record);

#endif
