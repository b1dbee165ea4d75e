#include "bench/crew.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bench/now.h"
#include "bench/progress.h"

#define LOOK_UP_MS 200

struct member {
    struct crew *crew;
    struct worker *worker;
    struct phase phase; /* its own share of it */
    pthread_t thread;
    bool good;
    struct why why;
};

struct crew {
    struct world *world;
    struct member *members;
    size_t count, made; /* made: members that have a worker */
    int finished;       /* an event whenever a worker is done */
    int signals;
    bool was_stopped;
};

static bool open_signals(struct crew *crew, struct why *why)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    crew->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    crew->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (crew->signals >= 0 && crew->finished >= 0)
        return true;
    why_errno(why, "cannot watch for signals");
    return false;
}

static bool hire(struct crew *crew, struct why *why)
{
    crew->members = calloc(crew->count, sizeof(*crew->members));
    if (crew->members == NULL) {
        why_set(why, "no memory for %zu threads", crew->count);
        return false;
    }
    for (; crew->made < crew->count; crew->made++) {
        struct member *member = &crew->members[crew->made];

        member->crew = crew;
        member->worker = worker_new(crew->world, crew->made, why);
        if (member->worker == NULL)
            return false;
    }
    return true;
}

struct crew *crew_new(struct world *world, struct why *why)
{
    struct crew *crew = calloc(1, sizeof(*crew));

    if (crew == NULL) {
        why_set(why, "no memory");
        return NULL;
    }
    crew->world = world;
    crew->count = world->options->threads;
    crew->signals = crew->finished = -1;
    if (open_signals(crew, why) && hire(crew, why))
        return crew;
    crew_free(crew);
    return NULL;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void crew_free(struct crew *crew)
{
    for (size_t i = 0; i < crew->made; i++)
        worker_free(crew->members[i].worker);
    free(crew->members);
    close_if_open(crew->signals);
    close_if_open(crew->finished);
    free(crew);
}

static void *work(void *argument)
{
    struct member *member = argument;
    const uint64_t one = 1;

    member->good = worker_run(member->worker, &member->phase, &member->why);
    /* A lost event only makes the crew look up a little later. */
    return write(member->crew->finished, &one, sizeof(one)) < 0 ? NULL : member;
}

/* All get the same number of requests, the first ones one more if it cannot be divided. */
static uint64_t share(const struct crew *crew, uint64_t requests, size_t index)
{
    return requests / crew->count + (index < requests % crew->count);
}

static size_t start(struct crew *crew, const struct phase *phase, struct why *why)
{
    size_t i;

    for (i = 0; i < crew->count; i++) {
        struct member *member = &crew->members[i];

        member->phase = *phase;
        member->phase.requests = share(crew, phase->requests, i);
        if (pthread_create(&member->thread, NULL, work, member) != 0) {
            why_set(why, "cannot start a thread");
            atomic_store(&crew->world->shared_stop, true);
            break;
        }
    }
    return i;
}

static void take_signals(struct crew *crew)
{
    struct signalfd_siginfo info;

    while (read(crew->signals, &info, sizeof(info)) == sizeof(info)) {
        if (crew->was_stopped)
            _exit(128 + (int)info.ssi_signo);
        crew->was_stopped = true;
        atomic_store(&crew->world->shared_stop, true);
    }
}

static uint64_t count_done(const struct crew *crew)
{
    uint64_t done = 0;

    for (size_t i = 0; i < crew->count; i++)
        done += worker_done(crew->members[i].worker);
    return done;
}

static uint64_t goal(const struct crew *crew, const struct phase *phase)
{
    return phase->is_fill ? crew->world->options->keys : phase->requests;
}

static void watch(struct crew *crew, const struct phase *phase, size_t started)
{
    struct progress progress;
    uint64_t finished = 0;

    progress_begin(&progress, phase->name, goal(crew, phase), phase->seconds,
                   crew->world->options->quiet);
    while (finished < started) {
        struct pollfd polls[] = {{crew->finished, POLLIN, 0}, {crew->signals, POLLIN, 0}};
        uint64_t more;

        poll(polls, 2, LOOK_UP_MS);
        take_signals(crew);
        if (read(crew->finished, &more, sizeof(more)) == sizeof(more))
            finished += more;
        progress_show(&progress, count_done(crew));
    }
    progress_end(&progress);
}

bool crew_run(struct crew *crew, const struct phase *phase, struct tally *tally, struct why *why)
{
    const size_t started = start(crew, phase, why);
    bool good = started == crew->count;

    watch(crew, phase, started);
    for (size_t i = 0; i < started; i++) {
        struct member *member = &crew->members[i];

        pthread_join(member->thread, NULL);
        tally_merge(tally, worker_tally(member->worker));
        if (good && !member->good)
            *why = member->why;
        good = good && member->good;
    }
    return good;
}

bool crew_was_stopped(const struct crew *crew)
{
    return crew->was_stopped;
}
