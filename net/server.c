#include "net/server.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cache/clock.h"
#include "cache/panic.h"
#include "cache/random.h"
#include "net/families.h"
#include "net/http/http.h"
#include "net/info.h"
#include "net/listener.h"
#include "net/notify.h"
#include "net/poller.h"
#include "net/privileges.h"
#include "net/pulse.h"
#include "net/supervisor.h"

#define RESERVED_DESCRIPTORS 32 /* for everything that is not a client */

struct server {
    struct settings *settings;
    struct log *log;
    const struct supervisor *supervisor;
    struct server_facts facts;
    struct command_table *commands;
    struct settings_list new_names; /* of commands: as long as there are any */
    struct listener *listener;
    struct http *http; /* NULL: there is none */
    pthread_t http_thread;
    bool http_runs;
    /* As they were at the start: once the loops run the settings are theirs. */
    bool seccomp;
    char *port_file;
    unsigned loop_count;
    unsigned running;
    struct loop *loops[LOOPS_MAX];
    struct log *logs[LOOPS_MAX];
    struct poller *pollers[LOOPS_MAX];
    pthread_t threads[LOOPS_MAX];
    struct processors processors;
};

/* --- sizes --- */

static unsigned at_most(unsigned value, unsigned most)
{
    return value > most ? most : value;
}

/* Clients on the same machine want a processor as well: one of few is left to them. */
static unsigned loops_for(const struct settings *settings, unsigned count)
{
    if (settings->io_threads != SETTINGS_AUTO)
        return (unsigned)settings->io_threads;
    if (count <= 2)
        return 1;
    return at_most(count <= 4 ? count - 1 : count, LOOPS_MAX);
}

static unsigned shards_for(const struct settings *settings, unsigned loops)
{
    return settings->shards != SETTINGS_AUTO ? (unsigned)settings->shards
                                             : at_most(loops, SHARDS_MAX);
}

/* Measured on two processors: a hosted shard costs fewer switches; with own threads it pays from
 * many on. */
static bool hosted_for(const struct settings *settings)
{
    return settings->shard_placement != PLACEMENT_THREADS;
}

/* --- what the process may use --- */

/* Raises the limit on descriptors to what maxclients needs; lowers maxclients when that is refused.
 */
static bool fit_maxclients(struct server *server, struct why *why)
{
    const rlim_t reserved =
        RESERVED_DESCRIPTORS + (server->settings->http_port != 0 ? HTTP_DESCRIPTORS : 0);
    const rlim_t wanted = (rlim_t)server->settings->maxclients + reserved;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return true;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur <= reserved) {
        why_set(why,
                "Your current 'ulimit -n' of %llu is not enough for the server to start. "
                "Please increase your open file limit to at least %llu. Exiting.",
                (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
        return false;
    }
    server->settings->maxclients = (int64_t)(limit.rlim_cur - reserved);
    log_write(server->log, LOG_WARNING,
              "You requested maxclients of %llu requiring at least %llu max file descriptors; it "
              "has been reduced to %lld: raise 'ulimit -n'.",
              (unsigned long long)(wanted - reserved), (unsigned long long)wanted,
              (long long)server->settings->maxclients);
    return true;
}

static bool make_run_id(char *into, struct why *why)
{
    unsigned char bytes[20];
    unsigned i;

    if (!random_secret(bytes, sizeof(bytes), why))
        return false;
    for (i = 0; i < sizeof(bytes); i++)
        sprintf(into + 2 * i, "%02x", bytes[i]);
    return true;
}

/* --- making --- */

/* Before the first thread starts: all of them stay where this one does, and how many there are
 * depends on it. */
static bool choose_processors(struct server *server, struct why *why)
{
    const char *list = server->settings->server_cpulist;

    if (!processors_read(&server->processors, list, why))
        return false;
    if (*list != '\0' && !processors_keep_to(&server->processors, why))
        return false;
    server->loop_count = loops_for(server->settings, server->processors.count);
    return true;
}

static bool rename_commands(struct server *server, struct why *why)
{
    struct settings_list *names = &server->new_names;
    size_t i;

    *names = server->settings->rename_command; /* the settings may change, commands do not */
    server->settings->rename_command = (struct settings_list){0};
    for (i = 0; i + 1 < names->count; i += 2) {
        const char *wrong = command_rename(server->commands, names->at[i], names->at[i + 1]);

        if (wrong != NULL) {
            why_set(why, "rename-command %s %s: %s", names->at[i], names->at[i + 1], wrong);
            return false;
        }
    }
    return true;
}

static bool make_shards(struct server *server, struct why *why)
{
    struct shards_setup setup = {
        .loops = server->loop_count,
        .shards = shards_for(server->settings, server->loop_count),
        .hosted = hosted_for(server->settings),
        .inspected = server->settings->http_port != 0,
        .now = clock_steady_ms(),
        .skew = clock_skew_ms(),
        .processors = server->settings->pin_threads ? &server->processors : NULL,
        .settings = server->settings,
    };
    uint64_t secret[2];

    if (!random_secret(secret, sizeof(secret), why) ||
        !random_secret(&setup.seed, sizeof(setup.seed), why))
        return false;
    keyhash_init(&setup.keyhash, secret);
    server->facts.shards = shards_new(&setup, why);
    return server->facts.shards != NULL;
}

static bool make_loops(struct server *server, struct why *why)
{
    unsigned i;

    for (i = 0; i < server->loop_count; i++) {
        server->logs[i] =
            log_open(server->settings->logfile, (enum log_level)server->settings->loglevel, why);
        if (server->logs[i] == NULL)
            return false;
        server->loops[i] = loop_new(i, &server->facts, server->settings, server->logs[i]);
        server->loops[i]->now_ms = clock_steady_ms();
        server->loops[i]->skew_ms = shards_skew(server->facts.shards);
        server->pollers[i] = poller_new(server->loops[i], why);
        if (server->pollers[i] == NULL)
            return false;
    }
    return true;
}

/* Shards begin without any. */
static uint64_t startup_memory(const struct server *server)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < server->loop_count; i++)
        sum += info_loop_memory(server->loops[i]);
    return sum;
}

static bool make_listener(struct server *server, struct why *why)
{
    server->listener = listener_new(server->settings, server->logs[0], &server->facts.port, why);
    if (server->listener == NULL)
        return false;
    listener_start(server->listener, server->pollers[0]);
    return true;
}

static bool make_http(struct server *server, struct why *why)
{
    if (server->settings->http_port == 0)
        return true;
    server->http = http_new(server->settings, &server->facts, why);
    if (server->http == NULL)
        return false;
    server->facts.http_port = http_port(server->http);
    return true;
}

struct server *server_new(struct settings *settings, const char *executable,
                          const struct supervisor *supervisor, struct log *log, struct why *why)
{
    struct server *server = must_calloc(1, sizeof(*server));

    server->settings = settings;
    server->log = log;
    server->supervisor = supervisor;
    server->facts.supervisor = supervisor->name;
    server->seccomp = settings->seccomp;
    server->port_file = strdup(settings->port_file);
    server->facts.start_wall_ms = clock_wall_ms();
    snprintf(server->facts.executable, sizeof(server->facts.executable), "%s", executable);
    server->commands = command_table_new(families);
    server->facts.commands = server->commands;
    if (!rename_commands(server, why) || !choose_processors(server, why) ||
        !fit_maxclients(server, why) || !make_run_id(server->facts.run_id, why) ||
        !make_shards(server, why) || !make_loops(server, why) || !make_listener(server, why) ||
        !make_http(server, why)) {
        server_free(server);
        return NULL;
    }
    server->facts.startup_memory = startup_memory(server);
    return server;
}

/* The settings in force are those that the loops adopted last. */
static void free_settings(struct server *server)
{
    const struct settings *last =
        server->loops[0] != NULL ? server->loops[0]->settings : server->settings;

    settings_free((struct settings *)last);
}

static void free_names(struct settings_list *names)
{
    size_t i;

    for (i = 0; i < names->count; i++)
        free(names->at[i]);
    free(names->at);
}

void server_free(struct server *server)
{
    unsigned i;

    free_settings(server);
    if (server->http != NULL)
        http_free(server->http);
    if (server->listener != NULL)
        listener_free(server->listener);
    for (i = 0; i < server->loop_count; i++) {
        if (server->loops[i] != NULL)
            loop_free(server->loops[i]);
        if (server->pollers[i] != NULL)
            poller_free(server->pollers[i]);
        log_close(server->logs[i]);
    }
    if (server->facts.shards != NULL)
        shards_free(server->facts.shards);
    command_table_free(server->commands);
    free_names(&server->new_names);
    free(server->port_file);
    free(server);
}

/* --- running --- */

static void *run_loop(void *argument)
{
    poller_run(argument);
    return NULL;
}

static bool start_loop(struct server *server, unsigned i, struct why *why)
{
    const int error = pthread_create(&server->threads[i], NULL, run_loop, server->pollers[i]);
    char name[16];

    if (error != 0) {
        why_set(why, "cannot start a network thread: %s", strerror(error));
        return false;
    }
    snprintf(name, sizeof(name), "croft-loop-%u", i % 1000u);
    pthread_setname_np(server->threads[i], name);
    server->running++;
    return true;
}

static bool start_loops(struct server *server, struct why *why)
{
    const bool pin = server->settings->pin_threads;
    unsigned i;

    for (i = 0; i < server->loop_count; i++)
        if ((pin && !processors_pin(&server->processors, i, why)) || !start_loop(server, i, why))
            return false;
    return !pin || processors_keep_to(&server->processors, why);
}

static void *run_http(void *argument)
{
    http_run(argument);
    return NULL;
}

static bool start_http(struct server *server, struct why *why)
{
    int error;

    if (server->http == NULL)
        return true;
    error = pthread_create(&server->http_thread, NULL, run_http, server->http);
    if (error != 0) {
        why_set(why, "cannot start the thread for HTTP: %s", strerror(error));
        return false;
    }
    pthread_setname_np(server->http_thread, "croft-http");
    server->http_runs = true;
    return true;
}

/* Before those whom it asks. */
static void stop_http(struct server *server)
{
    if (!server->http_runs)
        return;
    shards_tell(server->facts.shards, shards_inspector(server->facts.shards), 1,
                &inspector_stop_command);
    pthread_join(server->http_thread, NULL);
    server->http_runs = false;
}

static void stop_loops(struct server *server)
{
    unsigned i;

    shards_tell(server->facts.shards, 0, server->running, &loop_drain_command);
    shards_tell(server->facts.shards, 0, server->running, &loop_exit_command);
    for (i = 0; i < server->running; i++)
        pthread_join(server->threads[i], NULL);
    server->running = 0;
}

static bool write_port_file(const struct server *server, struct why *why)
{
    FILE *file;

    if (server->port_file[0] == '\0')
        return true;
    file = fopen(server->port_file, "w");
    if (file == NULL || fprintf(file, "%d\n", server->facts.port) < 0 || fclose(file) != 0) {
        why_errno(why, "cannot write the port file %s", server->port_file);
        return false;
    }
    return true;
}

static void say_ready(const struct server *server)
{
    char status[PULSE_STATUS];

    log_write(server->log, LOG_NOTICE, "%u shards, %u network threads, shards run by %s, port %d",
              shards_count(server->facts.shards), server->loop_count,
              shards_are_hosted(server->facts.shards) ? "the network threads"
                                                      : "threads of their own",
              server->facts.port);
    if (server->http != NULL)
        log_write(server->log, LOG_NOTICE, "HTTP on port %d: /, /metrics, /healthz",
                  server->facts.http_port);
    log_write(server->log, LOG_NOTICE, "Ready to accept connections");
    snprintf(status, sizeof(status), "Ready to accept connections on port %d, %u shards",
             server->facts.port, shards_count(server->facts.shards));
    supervisor_ready(server->supervisor, server->log, status);
}

/* The signal that came, or 0 when none did in that time; 0: waits for one. */
static int next_signal(int64_t milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    sigset_t set;
    int signal;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    do
        signal = milliseconds == 0 ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &time);
    while (signal < 0 && errno == EINTR);
    return signal < 0 ? 0 : signal;
}

static int wait_for_signal_and_beat(const struct server *server)
{
    struct pulse *pulse = pulse_new(&server->facts, server->supervisor, server->log);
    int signal;

    while ((signal = next_signal(server->supervisor->beat_ms)) == 0)
        pulse_beat(pulse);
    pulse_end(pulse);
    return signal;
}

static void wait_for_signal(const struct server *server)
{
    const int signal =
        server->supervisor->beat_ms == 0 ? next_signal(0) : wait_for_signal_and_beat(server);

    log_write(server->log, LOG_WARNING, "Received %s scheduling shutdown...",
              signal == SIGINT ? "SIGINT" : "SIGTERM");
    supervisor_tell(server->supervisor, server->log, NOTIFY_STOPPING "\nSTATUS=Stopping");
}

/* A second SIGINT while stopping means it. */
static void insist(int signal)
{
    static const char text[] = "You insist... exiting now.\n";

    (void)signal;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(1);
}

static void heed_insistence(void)
{
    sigset_t set;

    signal(SIGINT, insist);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* When all threads run: none has to be started any more. */
static bool limit_calls(const struct server *server, struct why *why)
{
    return !server->seccomp || privileges_limit_calls(why);
}

bool server_run(struct server *server, struct why *why)
{
    bool started = shards_start(server->facts.shards, why) && start_loops(server, why) &&
                   start_http(server, why) && write_port_file(server, why) &&
                   limit_calls(server, why);

    if (started) {
        say_ready(server);
        wait_for_signal(server);
        log_write(server->log, LOG_WARNING, "User requested shutdown...");
        heed_insistence();
    }
    stop_http(server);
    stop_loops(server);
    shards_stop(server->facts.shards);
    if (started)
        log_write(server->log, LOG_WARNING, "croft is now ready to exit, bye bye...");
    return started;
}
