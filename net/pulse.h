/*
 * pulse - does every shard and every loop still turn? systemd's watchdog is told so only then.
 *
 *     main --- a question for each ---> shards and loops
 *     main <-- keys, clients ---------- at the next beat all answers must have come home
 *
 *     beat: all are there  --> "WATCHDOG=1", and how many keys and clients there are; asks anew
 *           not all        --> who does not answer, and nothing for the watchdog
 *
 * Source  sd_notify(3).
 * Owner   main, between its start and its end of the server; it tells nobody else anything meanwhile.
 * Memory  one request for each shard and each loop.
 * Cost    a message for each of them at each beat.
 * Errors  what the supervisor cannot be told is said in the log.
 */
#ifndef NET_PULSE_H
#define NET_PULSE_H

#include "cache/log.h"
#include "net/loop.h"
#include "net/supervisor.h"

#define PULSE_STATUS 256

struct pulse;

/* Asks for the first time. */
struct pulse *pulse_new(const struct server_facts *facts, const struct supervisor *supervisor,
                        struct log *log) ON_MAIN;
void pulse_beat(struct pulse *pulse) ON_MAIN;

/* Waits until everybody has answered, and gives it back. */
void pulse_end(struct pulse *pulse) ON_MAIN;

#endif
