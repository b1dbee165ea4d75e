/*
 * sample - what a server tells of itself at a moment, read from its answers.
 *
 *     INFO               --+
 *     LATENCY HISTOGRAM  --+--> struct sample
 *     HOTKEYS GET        --+
 *
 * Owner   whoever declares it; some 100 KiB, so rather on the heap.
 * Memory  of fixed size: what there is too much of is left out.
 * Cost    a pass over each answer.
 * Errors  what is not there, or not as expected, is 0; whether it may be shown stands in `has`.
 */
#ifndef TOP_SAMPLE_H
#define TOP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#define SAMPLE_SHARDS 64u
#define SAMPLE_COMMANDS 512u
#define SAMPLE_HOTTEST 32u
#define SAMPLE_BUCKETS 48u
#define SAMPLE_NAME 40
#define SAMPLE_KEY 200 /* bytes of a key as it is shown */

/* Which of them this server knows. */
struct sample_has {
    bool shards;
    bool queue, longest, found; /* of each shard */
    bool latency;
    bool hottest;
};

struct sample_shard {
    uint64_t thread, keys, requests, queue, memory, longest_us;
    uint64_t hits, misses, evicted;
};

struct sample_command {
    char name[SAMPLE_NAME];
    uint64_t calls, us;
};

struct sample_hot {
    char key[SAMPLE_KEY]; /* as redis-cli shows it */
    uint64_t database, reads;
};

/* How many commands took up to `edge` microseconds; by powers of two, none in a smaller one. */
struct sample_bucket {
    uint64_t edge, count;
};

struct sample {
    int64_t now_us; /* when it was taken, by a clock that only goes on */
    struct sample_has has;
    char name[16], version[24]; /* croft, redis, valkey */
    char policy[24], placement[16];
    uint64_t uptime, clients, blocked, maxclients;
    uint64_t connections, rejected, commands, input, output, errors;
    uint64_t hits, misses, evicted, expired;
    uint64_t used, rss, maxmemory, keys, expiring, cpu_us;
    unsigned shard_count, command_count, hottest_count;
    struct sample_shard shards[SAMPLE_SHARDS];
    struct sample_command of_commands[SAMPLE_COMMANDS];
    struct sample_bucket buckets[SAMPLE_BUCKETS];
    struct sample_hot hottest[SAMPLE_HOTTEST];
};

/* Text of INFO. A server without shards is one that it does not tell apart. */
void sample_read_info(struct sample *sample, const char *text);

/* Answers of LATENCY HISTOGRAM and HOTKEYS GET; errors leave `has` as it is. */
void sample_read_histogram(struct sample *sample, const redisReply *reply);
void sample_read_hottest(struct sample *sample, const redisReply *reply);

#endif
