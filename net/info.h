/*
 * info - what INFO tells: the reports of all shards and loops, added up and printed by section.
 *
 *     shard --> struct shard_report --+
 *     loop  --> struct loop_report  --+--> struct info --> "# Server\r\nredis_version:..."
 *     /proc, getrusage ---------------+
 *
 * Owner   the loop that gathers; reports are plain copies.
 * Memory  one object of some 50 KiB while INFO is answered.
 * Cost    a few dozen lines of printf; never on the path of data commands.
 * Errors  none; what the system does not tell is 0.
 *
 * Counters are not listed here: every row of net/stats.def and cache/stats.def is a line of its
 * own.
 */
#ifndef NET_INFO_H
#define NET_INFO_H

#include <stdint.h>

#include "cache/args.h"
#include "cache/reply.h"
#include "net/loop.h"
#include "net/process.h"
#include "shard/host.h"
#include "shard/shards.h"

/* What a loop tells of itself. */
struct loop_report {
    uint32_t index;
    uint32_t clients;
    const char *io_engine;
    uint32_t waiting; /* of these: in WAIT */
    struct net_stats stats;
    struct outbox_stats outbox;
    uint64_t requests_made; /* that exist in its pool */
    uint64_t requests_out;  /* of these, in use */
    uint64_t memory;        /* bytes: blocks, requests, connections */
    uint64_t buffered;      /* of these, in blocks that hold what clients sent or will get */
    uint64_t ops;           /* commands per second, sampled; bytes per second likewise */
    uint64_t input_bytes;
    uint64_t output_bytes;
    uint64_t cpu_user_us; /* of its thread */
    uint64_t cpu_sys_us;
};

struct info {
    const struct server_facts *facts;
    const struct settings *settings;
    int64_t now_us; /* wall clock */
    bool hosted;    /* the loops run the shards */
    const char *key_hash;
    struct process_report process;
    unsigned shard_count;
    unsigned loop_count;
    struct tally tally; /* of all loops together */
    struct shard_report shards[SHARDS_MAX];
    struct loop_report loops[LOOPS_MAX];
};

/* What a loop takes: blocks, requests, connections. */
uint64_t info_loop_memory(const struct loop *loop) ON_NET;
void info_report_loop(const struct loop *loop, struct loop_report *report) ON_NET;

/*
 * Prints the sections that the words from the first argument on name, in any case, each once and in
 * the order of the house; "all", "everything", "default" or no word are several. Unknown ones are
 * nothing. Writes plain text, not RESP.
 */
void info_print(const struct info *info, const struct args *args, struct reply *text) ANY_THREAD;

/* Does what these words ask for tell how long commands took? */
bool info_wants_durations(const struct args *args) ANY_THREAD;

/* The internals of one shard, for DEBUG SHARD; plain text, too. */
void info_print_shard(const struct shard_report *report, struct reply *text) ANY_THREAD;

/* A line: what the format says, cut at some hundred bytes, and its end. */
void info_line(struct reply *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
