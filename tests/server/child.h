/*
 * child - the server under test: a process of its own that is started, waited for and ended.
 *
 *     subject_init(&subject, argc, argv);           the binary and its shape: t_x croft --shards 3
 *     child_start(&child, &subject, "--maxclients 5 --unixsocket {dir}/socket");
 *     ...
 *     ok(child_stop(&child), "...");
 *
 * Owner   the test; several may run at once.
 * Memory  a fresh directory, removed when the child is over.
 * Cost    a start waits until PING is answered, a stop until the process is gone; both are bounded.
 * Errors  a server that does not start, although it should, ends the test ("Bail out!") with its
 *         log. Whatever else is wrong is told by a note and returned.
 *
 * In option texts, {dir} is the child's directory and {port} a port that was free; words are split
 * at blanks, and "..." keeps them together or makes an empty one.
 */
#ifndef TESTS_SERVER_CHILD_H
#define TESTS_SERVER_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_PATIENCE_MS 20000 /* how long anything may take before it counts as never */

struct subject {
    const char *path;
    bool is_croft;
    char **shape; /* further options for each start: how many shards, which threads */
    int shape_count;
};

struct child {
    const struct subject *subject;
    pid_t pid;  /* 0 when it does not run */
    int status; /* of wait, once it is over */
    int port;
    char dir[64];
};

/* From argv[1...], or the environment's CROFT; skips all tests when neither names a server. */
void subject_init(struct subject *, int argc, char **argv);

/* A count of things to do, scaled by the environment's CROFT_TEST_SCALE (percent); at least 1. */
int child_scaled(int count);

int64_t child_now_ms(void); /* of a clock that is never set */
void child_sleep_ms(int64_t ms);

/* A port nobody listens on at the moment. */
int child_free_port(void);

/* Its directory and a port, for tests that put something there before it starts. */
void child_init(struct child *, const struct subject *);

/* Shape, an ephemeral port and `options` together, behind a croft.conf if its directory has one; returns
 * when PING is answered. */
void child_start(struct child *, const struct subject *, const char *options);

/* Only `options`, and not waited for; child->port is {port}. */
void child_spawn(struct child *, const struct subject *, const char *options);

/* Waits until PING is answered on child->port; false when the child ends, or does nothing. */
bool child_wait_ready(struct child *);

/* Waits until it is over; false when it never ends. */
bool child_wait_end(struct child *);

/* Was it over by itself, and with which exit status: -1 when it was not. */
int child_exit_status(const struct child *);

/* Sends the signal and wants exit status 0 within bounded time. */
bool child_end(struct child *, int signal);

/* The same with SIGTERM, and gives everything back. */
bool child_stop(struct child *);

/* Kills it if it still runs, and removes its directory. */
void child_drop(struct child *);

/* A file in its directory, the caller's to free; "" when it is not there. The log is "log". */
char *child_file(const struct child *, const char *name);
void child_path(const struct child *, const char *name, char *into, int size);

void child_write(const struct child *, const char *name, const char *text);

/* Waits until the file holds `text`. */
bool child_wait_text(const struct child *, const char *name, const char *text);

/* How many descriptors it has open. */
int child_descriptors(const struct child *);

/* The number of its thread with that name; 0: there is none. Such a thread stands still from hold until
 * let_go; false where that is not allowed. */
pid_t child_thread(const struct child *, const char *name);
bool child_hold(pid_t thread);
void child_let_go(pid_t thread);

/* A line of /proc/PID/status in kilobytes: "VmHWM", "VmRSS"; 0 when there is none. */
long child_memory_kb(const struct child *, const char *line);

#endif
