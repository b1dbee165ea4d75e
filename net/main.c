/*
 * main - from the words of the command line to a running server, and back.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/log.h"
#include "conf/load.h"
#include "conf/sample.h"
#include "conf/settings.h"
#include "net/server.h"
#include "net/identity.h"
#include "net/privileges.h"
#include "net/supervisor.h"

static void print_help(void)
{
    printf("croft %s - an in-memory cache that speaks the Redis protocol\n\n"
           "usage: croft [file] [--option value ...] [-]     (- reads more options from standard "
           "input)\n\n"
           "    croft                                  the defaults, port 6379 on this machine\n"
           "    croft croft.conf --port 6380           a file, and what differs from it\n"
           "    croft --shards 4 --maxmemory 1gb\n\n"
           "    -v, --version      what this is\n"
           "    -h, --help         this\n"
           "    --print-config     every option with its default, as a file to start from\n\n",
           CROFT_VERSION);
    sample_print_help(stdout);
    printf("\nOnce it runs: redis-cli -p 6379\n");
}

/* Words that are answered without starting; true when one was. */
static bool answer_question(int argc, char **argv)
{
    const char *word = argc == 2 ? argv[1] : "";

    if (strcmp(word, "-v") == 0 || strcmp(word, "--version") == 0)
        printf("croft v=%s protocol=redis-%s bits=%zu\n", CROFT_VERSION, REDIS_VERSION,
               sizeof(void *) * 8);
    else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
        print_help();
    else if (strcmp(word, "--print-config") == 0)
        sample_print(stdout);
    else
        return false;
    return true;
}

/* Main waits for signals; the threads it starts inherit that they do not get them. */
static void prepare_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The parent ends; the child goes on without a terminal. */
static bool daemonize(struct why *why)
{
    const pid_t child = fork();
    int null;

    if (child < 0) {
        why_errno(why, "cannot run in the background");
        return false;
    }
    if (child > 0)
        _exit(0);
    setsid();
    null = open("/dev/null", O_RDWR);
    if (null < 0)
        return true;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    if (null > STDERR_FILENO)
        close(null);
    return true;
}

static bool write_pidfile(const char *path, struct why *why)
{
    FILE *file = fopen(path, "w");

    if (file != NULL && fprintf(file, "%d\n", (int)getpid()) > 0 && fclose(file) == 0)
        return true;
    why_errno(why, "cannot write the pid file %s", path);
    return false;
}

/* A supervisor would lose its child. */
static bool runs_in_background(const struct settings *settings, const struct supervisor *supervisor)
{
    return settings->daemonize && !supervisor_is_there(supervisor);
}

/* As Redis: in the background a pid file is written even when none was named. */
static const char *pidfile_of(const struct settings *settings, const struct supervisor *supervisor)
{
    if (settings->pidfile[0] == '\0' && runs_in_background(settings, supervisor))
        return "/var/run/croft.pid";
    return settings->pidfile;
}

static void log_ignored(struct log *log, const struct settings *settings)
{
    const char *name;
    size_t index = 0;

    while ((name = settings_next_ignored(settings, &index)) != NULL)
        log_write(log, LOG_NOTICE, "%s has no effect here: see docs/DIFFERENCES.md", name);
}

static bool run(struct settings *settings, const char *executable,
                const struct supervisor *supervisor, struct log *log, struct why *why)
{
    char *pidfile = strdup(pidfile_of(settings, supervisor));
    struct server *server;
    bool ran;

    log_write(log, LOG_NOTICE, "croft %s starting, pid %d, %s", CROFT_VERSION, (int)getpid(),
              settings->config_file != NULL ? settings->config_file : "no configuration file");
    log_ignored(log, settings);
    server = server_new(settings, executable, supervisor, log, why);
    if (server == NULL) {
        free(pidfile);
        return false;
    }
    /* Redis goes on without it, too: a supervisor will notice. */
    if (pidfile[0] != '\0' && !write_pidfile(pidfile, why))
        log_write(log, LOG_WARNING, "%s", why->text);
    ran = (settings->user[0] == '\0' || privileges_become(settings->user, why)) &&
          server_run(server, why);
    if (pidfile[0] != '\0')
        unlink(pidfile);
    free(pidfile);
    server_free(server);
    return ran;
}

static bool enter_directory(struct settings *settings, struct why *why)
{
    char *absolute;

    if (chdir(settings->dir) != 0) {
        why_errno(why, "cannot enter the directory %s", settings->dir);
        return false;
    }
    absolute = getcwd(NULL, 0);
    if (absolute != NULL) {
        free(settings->dir);
        settings->dir = absolute; /* CONFIG GET tells where it really is */
    }
    return true;
}

int main(int argc, char **argv)
{
    struct settings *settings;
    struct supervisor supervisor;
    struct log *log = NULL;
    struct why why = {""}, unsupervised = {""};
    bool good;

    if (answer_question(argc, argv))
        return 0;
    prepare_signals();
    settings = settings_new();
    if (!load_arguments(settings, argc, argv, &why)) {
        fprintf(stderr, "%s\n", why.text);
        settings_free(settings);
        return 1;
    }
    supervisor_find(&supervisor, settings->supervised, &unsupervised);
    good = enter_directory(settings, &why) &&
           (!runs_in_background(settings, &supervisor) || daemonize(&why)) &&
           (log = log_open(settings->logfile, (enum log_level)settings->loglevel, &why)) != NULL;
    if (!good) {
        fprintf(stderr, "croft: %s\n", why.text);
        settings_free(settings);
        return 1;
    }
    if (unsupervised.text[0] != '\0')
        log_write(log, LOG_WARNING, "%s", unsupervised.text);
    good = run(settings, argv[0], &supervisor, log, &why);
    if (!good)
        log_write(log, LOG_WARNING, "%s", why.text);
    log_close(log);
    return good ? 0 : 1;
}
