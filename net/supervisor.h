/*
 * supervisor - who started the process and wants to hear how far it is.
 *
 *     no        nobody
 *     upstart   the process stops itself when it is ready; whoever waits for that lets it go on
 *     systemd   notes to the socket that the environment names (see notify.h), and as often as it
 *               asks for them, signs of life (see pulse.h)
 *
 * Source  sd_notify(3), sd_watchdog_enabled(3): NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.
 * Owner   the main thread.
 * Memory  none: the environment keeps the words.
 * Cost    three system calls for a note.
 * Errors  what cannot be told is said in the log, and does not keep the server from serving.
 */
#ifndef NET_SUPERVISOR_H
#define NET_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/log.h"
#include "conf/why.h"
#include "shard/owner.h"

struct supervisor {
    const char *name;   /* "no", "upstart", "systemd" */
    const char *socket; /* systemd's; otherwise NULL */
    bool stops;         /* upstart wants that when it is ready */
    int64_t beat_ms; /* between signs of life, of which four may be missed; 0: none are asked for */
};

/* `wanted` as the option says: enum supervised. False and a sentence when it asks for one that is not
 * there; then nobody supervises. */
bool supervisor_find(struct supervisor *supervisor, int64_t wanted, struct why *why) ON_MAIN;

static inline bool supervisor_is_there(const struct supervisor *supervisor)
{
    return supervisor->socket != NULL || supervisor->stops;
}

/* As sd_notify(3) has it; only systemd hears it. */
void supervisor_tell(const struct supervisor *supervisor, struct log *log,
                     const char *lines) ON_MAIN;

/* Clients may connect. `status`: what a person would like to read of it. */
void supervisor_ready(const struct supervisor *supervisor, struct log *log,
                      const char *status) ON_MAIN;

#endif
