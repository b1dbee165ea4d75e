/*
 * faults - system calls of the server under test that fail when the test says so.
 *
 *     faults_begin(&faults, &child_environment);      before the child starts
 *     faults_set(&faults, FAULT_ACCEPT, EMFILE, 500); half of all accepts fail with EMFILE
 *     faults_short(&faults, FAULT_RECV, 1);           each receive takes a byte at most
 *     faults_none(&faults);
 *
 * Owner   the test writes what is to fail, the server (faults.c, put in front of its libraries) reads
 *         it at every call and counts: a file that both have mapped.
 * Memory  that file, removed by faults_end.
 * Cost    a comparison per call.
 * Errors  a test without such a file bails out.
 */
#ifndef TESTS_SERVER_FAULTS_H
#define TESTS_SERVER_FAULTS_H

enum fault {
    FAULT_ACCEPT,
    FAULT_RECV,
    FAULT_SEND,
    FAULT_EPOLL,
    FAULT_OPEN,
    FAULT_WRITE, /* to files, also the log */
    FAULT_FSYNC,
    FAULT_RENAME,
    FAULT_MAP,   /* mmap, mprotect that makes memory usable, mremap, madvise that fills */
    FAULT_ALLOC, /* malloc and its kin, of 8 KiB or more */
    FAULT_SMALL, /* the same, however little it is */
    FAULTS,
};

struct faults_call {
    int error;              /* 0: none */
    unsigned per_mille;     /* of all calls */
    unsigned most;          /* bytes at once; 0: as many as asked for */
    unsigned long calls;    /* since it was set */
    unsigned long injected; /* of these */
};

struct faults_plan {
    struct faults_call of[FAULTS];
};

struct faults {
    struct faults_plan *plan;
    char path[64];
};

/* Makes the plan, and sets the environment for servers that are started from now on. */
void faults_begin(struct faults *);
void faults_end(struct faults *);

void faults_set(struct faults *, enum fault, int error, unsigned per_mille);
void faults_short(struct faults *, enum fault, unsigned most);
void faults_none(struct faults *);
unsigned long faults_injected(const struct faults *, enum fault);

#endif
