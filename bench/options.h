/*
 * options - what croft-bench was asked to do.
 *
 * Owner   main fills it in once; read only from then on.
 * Memory  points into argv.
 * Errors  options_parse gives false and a sentence that names the option.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/phrase.h"
#include "conf/why.h"

struct options {
    const char *host;
    uint64_t port;    /* 0: what is usual for the protocol */
    const char *path; /* of a unix socket, or NULL */
    enum protocol protocol;
    uint64_t connections, threads, pipeline;
    double get_share;
    uint64_t keys;
    double skew; /* of Zipf's law; 0 is uniform */
    const char *value_size;
    uint64_t ttl;
    uint64_t requests; /* 0: as many as fit into `seconds` */
    double seconds, warmup;
    double rate; /* per second of all connections; 0: closed loop */
    bool poisson;
    bool fill, only_fill;
    uint64_t seed;
    const char *json;
    bool quiet, expect_misses;
    bool help;
};

bool options_parse(struct options *, int argc, char **argv, struct why *);
void options_print_help(FILE *);

/* tcp or unix address, for people. Returns `into`. */
#define OPTIONS_ADDRESS 256
char *options_address(const struct options *, char *into);

#endif
