/*
 * loop - a network thread: its connections, its way to the shards, its counters. One turn at a
 * time.
 *
 *     turn:  receive and parse | publish | take in answers, run hosted shards | publish
 *            | reply in order, send
 *
 * Owner   one thread; everything here is its own. Nothing of libevent: poller.c waits and calls.
 * Memory  what its connections hold.
 * Cost    one clock read per turn.
 * Errors  none.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/command.h"
#include "cache/log.h"
#include "conf/settings.h"
#include "net/block.h"
#include "net/burden.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/monitor.h"
#include "net/opening.h"
#include "net/stats.h"
#include "net/tally.h"
#include "net/waiting.h"
#include "shard/attention.h"
#include "shard/courier.h"
#include "shard/spikes.h"

struct journal;
struct listener;
struct poller;
struct throttle;

/* What all loops share and nobody changes. */
struct server_facts {
    const struct command_table *commands;
    struct shards *shards;
    int64_t start_wall_ms;
    uint64_t startup_memory; /* bytes that were in use before the first client came */
    const char *supervisor;  /* "no", "systemd", "upstart" */
    char run_id[41];
    char executable[512];
    int port;      /* that was bound; 0: none */
    int http_port; /* likewise */
};

struct loop {
    unsigned index;
    const struct server_facts *facts;
    const struct settings *settings; /* the snapshot adopted last */
    struct log *log;
    struct courier *courier;
    struct blocks blocks;
    struct exchange *exchange;
    unsigned commands_each; /* that one receive brought lately, in sixteenths */
    struct net_stats stats;
    struct tally tally;
    struct openings openings;
    struct attention attention;
    struct journal *journal; /* the first loop's, otherwise NULL */
    struct spikes spikes;
    struct monitors monitors;
    struct waiting waiting;
    struct burden burden;
    struct throttle *throttle; /* of wrong passwords; NULL until the first */
    bool watchful;             /* each command is to be looked at; none is taken for a usual one */
    int64_t now_ms;            /* steady clock of this turn */
    int64_t attack_ms;         /* when HTTP was last logged; 0: never */
    int64_t skew_ms;           /* what the wall clock is ahead of it: see skew.h */
    uint64_t next_id;          /* of connections: index + 1, then steps of the number of loops */

    struct conn *conns;
    unsigned conn_count;
    struct conn *todo;
    struct conn **todo_last;
    struct conn *dirty;
    struct conn **dirty_last;
    struct conn *stalled;
    struct conn *dead; /* through next_dirty */

    struct poller *poller;     /* that runs it; NULL in a simulator */
    struct listener *listener; /* the first loop's, otherwise NULL */
    void (*stop_accepting)(struct listener *);
    unsigned *loads; /* the first loop's: how many connections each loop has */
    unsigned closed; /* another loop's: how many have ended since the first was told */

    struct request *drain; /* main's message, answered when everything has ended */
    int64_t drain_deadline_ms;
    bool over;

    bool active; /* something has happened since the last tick */
    bool quiet;  /* nothing had, when it was */

    /* Sampled by ticks, for the rates of INFO. */
    struct {
        struct net_stats last;
        int64_t last_ms;
        uint64_t ops;
        uint64_t input_bytes;
        uint64_t output_bytes;
    } rates;
};

/* What the wall clock shows in this turn, in milliseconds. */
static inline int64_t loop_wall_ms(const struct loop *loop)
{
    return loop->now_ms + loop->skew_ms;
}

struct loop *loop_new(unsigned index, const struct server_facts *facts,
                      const struct settings *settings, struct log *log) ON_MAIN;
void loop_free(struct loop *loop) ON_MAIN;

/* A new snapshot; and what follows from it, or from who watches. */
void loop_adopt_settings(struct loop *loop, const struct settings *settings) ON_NET;
void loop_set_watchful(struct loop *loop) ON_NET;

/* One turn; true when there is more to do at once. `now`: steady milliseconds. */
bool loop_step(struct loop *loop, int64_t now) ON_NET;

/*
 * Idle connections, rates, soft limits, dead keys: a second after something has happened, and then in
 * so many milliseconds as it says; -1: there is nothing left to be done until something happens.
 */
int64_t loop_tick(struct loop *loop, int64_t now) ON_NET;

/* Must it be called a second from now, whatever it said last? */
static inline bool loop_is_active(const struct loop *loop)
{
    return loop->active;
}

/* May it wait for something to happen? Then loop_rise must follow. */
bool loop_may_sleep(struct loop *loop) ON_NET;
void loop_rise(struct loop *loop) ON_NET;
bool loop_is_over(const struct loop *loop) ON_NET;
bool loop_is_draining(const struct loop *loop) ON_NET;

/* When it must go on at the latest, in steady milliseconds; 0: at any time. */
int64_t loop_alarm_ms(const struct loop *loop) ON_NET;

/* A new connection; the transport is the loop's from now on. `now`: steady milliseconds. NULL: no
 * memory, and the transport is still the caller's. */
struct conn *loop_adopt(struct loop *loop, struct transport *transport, bool unix_socket,
                        int64_t now) ON_NET;

/* The transport's news. */
void loop_readable(struct conn *conn) ON_NET;
void loop_writable(struct conn *conn) ON_NET;
void loop_hung_up(struct conn *conn) ON_NET;

/* Puts a connection on the list of those to be looked at: in this turn, or when it ends. */
void loop_todo(struct conn *conn) ON_NET;
void loop_dirty(struct conn *conn) ON_NET;

/* A request that is done with: unpins its input, what it carried and was lent goes back, and so does
 * the request, to the pool. */
void loop_give_back(struct loop *loop, struct request *request) ON_NET;

/* The connection waits until its blocker lets it go; without one, until CLIENT PAUSE does. */
void loop_stall(struct conn *conn, struct request *blocker, bool barrier) ON_NET;

/* The connection with that number; NULL when there is none here. */
struct conn *loop_find(struct loop *loop, uint64_t id) ON_NET;

/* Messages that main and other loops send. */
extern const struct command loop_drain_command; /* end all connections in good order, then answer */
extern const struct command loop_exit_command;  /* stop running */
extern const struct command
    loop_closed_command; /* to the first loop: one word, whose len is how many ended */

#endif
