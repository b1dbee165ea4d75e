/* The real server while system calls fail: who is not concerned notices nothing, and when they work
 * again all is as if they always had. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/crowd.h"
#include "tests/server/faults.h"
#include "tests/tap/tap.h"

static struct faults faults;

/* --- clients that look at every answer --- */

/* Some hundred requests on keys of its own, all of whose answers are known. */
static bool talk(struct client *client)
{
    bool right = true;

    for (int i = 0; i < child_scaled(50) && right; i++) {
        const int key = client->index * 1000 + i;

        right = says(client->peer, "+OK", "SET fault:%d %d", key, key) &&
                ask_int(client->peer, "INCR fault:%d", key) == key + 1 &&
                ask_int(client->peer, "APPEND fault:%d xy", key) > 2 &&
                says(client->peer, "+OK", "MSET fault:%d a other:%d b", key, key) &&
                says(client->peer, "*2 $a $b", "MGET fault:%d other:%d", key, key) &&
                ask_int(client->peer, "DEL fault:%d other:%d", key, key) == 2;
    }
    return right;
}

/* Accounting is exact: memory is what a walk over the data finds. */
static bool adds_up(redisContext *peer)
{
    char *text = ask(peer, "DEBUG MEMORY-WALK");
    const char *at;
    bool right = text != NULL;
    long long counted, walked;

    for (at = text; right && (at = strstr(at, "counted")) != NULL; at++) {
        right = sscanf(at, "counted%*[^0-9]%lld%*[^w]walked%*[^0-9]%lld", &counted, &walked) == 2 &&
                counted == walked;
        if (!right)
            tap_note("%s", text);
    }
    free(text);
    return right;
}

/* --- calls that fail for a moment and may be made again --- */

struct passing {
    enum fault fault;
    int error;
    unsigned per_mille;
    const char *name;
};

static const struct passing passing[] = {
    {FAULT_WRITE, ENOSPC, 1000, "the log: no space"},
    {FAULT_ACCEPT, ECONNABORTED, 500, "accept: a connection that is gone"},
    {FAULT_ACCEPT, EPROTO, 500, "accept: an error of the protocol below"},
    {FAULT_ACCEPT, ENETDOWN, 500, "accept: the network is down"},
    {FAULT_ACCEPT, EHOSTUNREACH, 500, "accept: a host that cannot be reached"},
    {FAULT_ACCEPT, EPERM, 500, "accept: a firewall"},
    {FAULT_ACCEPT, EINTR, 500, "accept: a signal"},
    {FAULT_ACCEPT, EMFILE, 500, "accept: no descriptors"},
    {FAULT_ACCEPT, ENFILE, 500, "accept: no files"},
    {FAULT_ACCEPT, ENOMEM, 500, "accept: no memory"},
    {FAULT_ACCEPT, ENOBUFS, 500, "accept: no buffers"},
    {FAULT_ACCEPT, EIO, 500, "accept: an error that nobody has heard of"},
    {FAULT_RECV, EINTR, 300, "receive: a signal"},
    {FAULT_SEND, EINTR, 300, "send: a signal"},
    {FAULT_SEND, EAGAIN, 300, "send: no room in the socket"},
    {FAULT_EPOLL, EINTR, 500, "waiting: a signal"},
};

/* The first time in a minute this is worth a line. */
static void be_logged(const struct child *child)
{
    const int fd = peer_connect(child);

    peer_send(fd, "POST / HTTP/1.1\r\n", 17);
    close(fd);
}

static void what_passes_is_not_noticed(const struct child *child)
{
    bool right;

    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        faults_set(&faults, passing[i].fault, passing[i].error, passing[i].per_mille);
        be_logged(child);
        right = crowd_run(child, 4, talk, NULL);
        ok(right && faults_injected(&faults, passing[i].fault) > 0,
           "%s (%lu times): all clients are answered well", passing[i].name,
           faults_injected(&faults, passing[i].fault));
        faults_none(&faults);
    }
}

static void pieces_are_put_together(const struct child *child)
{
    faults_short(&faults, FAULT_SEND, 1);
    ok(crowd_run(child, 4, talk, NULL), "each send takes a byte: all are answered well");
    faults_short(&faults, FAULT_SEND, 7);
    faults_set(&faults, FAULT_SEND, EINTR, 300);
    ok(crowd_run(child, 4, talk, NULL), "or seven, with signals: all are answered well");
    faults_none(&faults);
}

/* --- calls whose failing ends one connection --- */

/* Asks until its connection breaks; true when no answer was wrong. */
static bool ask_until_it_breaks(redisContext *peer, int index)
{
    bool right = true;

    for (int i = 0; i < 200 && right; i++) {
        char *text = ask(peer, "ECHO %d:%d", index, i);
        char wanted[32];

        if (text == NULL)
            return true;
        snprintf(wanted, sizeof(wanted), "$%d:%d", index, i);
        right = strcmp(text, wanted) == 0;
        free(text);
    }
    return right;
}

static bool breaks(struct client *client)
{
    return ask_until_it_breaks(client->peer, client->index);
}

static void broken_connections_end_alone(const struct child *child)
{
    static const struct passing ends[] = {
        {FAULT_RECV, ECONNRESET, 20, "receive: a reset"},
        {FAULT_RECV, ETIMEDOUT, 20, "receive: a peer that is gone"},
        {FAULT_RECV, ENOMEM, 20, "receive: no memory"},
        {FAULT_SEND, EPIPE, 20, "send: a closed pipe"},
        {FAULT_SEND, ECONNRESET, 20, "send: a reset"},
        {FAULT_SEND, ENOBUFS, 20, "send: no buffers"},
    };
    redisContext *peer;
    bool right;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        faults_set(&faults, ends[i].fault, ends[i].error, ends[i].per_mille);
        right = crowd_run(child, 8, breaks, NULL);
        ok(right && faults_injected(&faults, ends[i].fault) > 0,
           "%s (%lu times): nobody gets a wrong answer", ends[i].name,
           faults_injected(&faults, ends[i].fault));
        faults_none(&faults);
        peer = peer_open(child);
        ok(peer_wait_info(peer, "connected_clients", 1), "and all are given up");
        peer_close(peer);
    }
    ok(crowd_run(child, 4, talk, NULL), "who comes later is served");
}

/* --- no memory --- */

/* True when it is answered, be it with an error that says so, or ended. */
static bool sets_large(struct client *client)
{
    char *value = malloc(200000);
    bool right = true;

    memset(value, 'v', 200000);
    for (int i = 0; i < 60 && right; i++) {
        char *text = ask(client->peer, "SET large:%d:%d %b", client->index, i % 10, value,
                         (size_t)(1000 + rand_r(&client->random) % 199000));

        if (text == NULL)
            break;
        right = strcmp(text, "+OK") == 0 || strncmp(text, "-OOM", 4) == 0;
        if (!right)
            tap_note("SET was answered: %s", text);
        free(text);
        text = ask(client->peer, "APPEND small:%d:%d %b", client->index, i, value, (size_t)300);
        if (text == NULL)
            break;
        free(text);
    }
    free(value);
    return right;
}

static void without_memory_it_goes_on(const struct child *child)
{
    static const struct passing kinds[] = {
        {FAULT_MAP, ENOMEM, 1000, "no more pages at all"},
        {FAULT_MAP, ENOMEM, 300, "now and then no pages"},
        {FAULT_ALLOC, ENOMEM, 200, "now and then no memory"},
    };
    redisContext *peer;
    bool right;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        faults_set(&faults, kinds[i].fault, kinds[i].error, kinds[i].per_mille);
        right = crowd_run(child, 4, sets_large, NULL);
        ok(right && faults_injected(&faults, kinds[i].fault) > 0,
           "%s (%lu times): commands are refused or carried out", kinds[i].name,
           faults_injected(&faults, kinds[i].fault));
        faults_none(&faults);
        peer = peer_open(child);
        ok(adds_up(peer), "and accounting is exact");
        ok(says(peer, "+OK", "FLUSHALL") && says(peer, ":0", "DBSIZE"), "all can be forgotten");
        peer_close(peer);
        ok(crowd_run(child, 4, talk, NULL), "and all is as it was");
    }
}

/* What takes many small pieces of memory. True until it is answered wrong. */
static bool asks_much(struct client *client)
{
    static const char *const asked[] = {"CONFIG GET *",
                                        "INFO everything",
                                        "CLIENT LIST",
                                        "MSET x:1 1 x:2 2 x:3 3 x:4 4 x:5 5 x:6 6",
                                        "CONFIG SET slowlog-max-len 64",
                                        "KEYS *"};
    const size_t count = sizeof(asked) / sizeof(asked[0]);
    size_t i;

    for (i = 0; i < 4 * count; i++) {
        char *text = ask(client->peer, asked[i % count]);
        const bool right = text == NULL || text[0] != '-' || strstr(text, "memory") != NULL;

        if (!right)
            tap_note("%s was answered: %s", asked[i % count], text);
        if (!right || text == NULL)
            return right;
        free(text);
    }
    return true;
}

static void without_any_memory_it_goes_on(const struct child *child)
{
    static const unsigned per_mille[] = {1, 20, 300, 1000};
    redisContext *peer;
    bool right = true;
    unsigned round;

    for (size_t i = 0; i < sizeof(per_mille) / sizeof(per_mille[0]); i++) {
        faults_set(&faults, FAULT_SMALL, ENOMEM, per_mille[i]);
        for (round = 0; round < 5 && right; round++)
            right = crowd_run(child, 4, asks_much, NULL);
        ok(right && faults_injected(&faults, FAULT_SMALL) > 0,
           "%u of 1000 requests for memory, however small, are refused (%lu times): commands are "
           "answered, refused, or connections closed",
           per_mille[i], faults_injected(&faults, FAULT_SMALL));
        faults_none(&faults);
        peer = peer_open(child);
        ok(adds_up(peer), "and accounting is exact");
        ok(says(peer, "+OK", "FLUSHALL") && says(peer, ":0", "DBSIZE"), "all can be forgotten");
        peer_close(peer);
        ok(crowd_run(child, 4, talk, NULL), "and all is as it was");
    }
}

/* --- the configuration cannot be written --- */

static int count_files(const struct child *child)
{
    DIR *dir = opendir(child->dir);
    int count = 0;

    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        closedir(dir);
    return count;
}

static void one_rewrite_fails(const struct child *child, const struct passing *step)
{
    redisContext *peer = peer_open(child);
    char *before = child_file(child, "croft.conf"), *after;
    const int files = count_files(child);

    says(peer, "+OK", "CONFIG SET timeout 33");
    faults_set(&faults, step->fault, step->error, 1000);
    ok(says_start(peer, "-ERR Rewriting config file: ", "CONFIG REWRITE"), "%s: it is told",
       step->name);
    faults_none(&faults);
    after = child_file(child, "croft.conf");
    is_text(after, before, "the old file is as it was");
    is_int(count_files(child), files, "and no other is left behind");
    free(after);
    free(before);
    peer_close(peer);
}

static void configuration_is_whole_or_old(const struct child *child)
{
    static const struct passing steps[] = {
        {FAULT_OPEN, EACCES, 0, "it may not make a file"},
        {FAULT_OPEN, EROFS, 0, "the disk is read-only"},
        {FAULT_WRITE, ENOSPC, 0, "the disk is full"},
        {FAULT_WRITE, EDQUOT, 0, "the user's share is full"},
        {FAULT_FSYNC, EIO, 0, "the disk is broken"},
        {FAULT_RENAME, EACCES, 0, "it may not rename"},
    };
    redisContext *peer;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        one_rewrite_fails(child, &steps[i]);
    peer = peer_open(child);
    faults_short(&faults, FAULT_WRITE, 1);
    faults_set(&faults, FAULT_WRITE, EINTR, 300);
    ok(says(peer, "+OK", "CONFIG REWRITE"), "a byte at a time and with signals it is written");
    faults_none(&faults);
    ok(child_wait_text(child, "croft.conf", "timeout 33"), "and is there");
    says(peer, "+OK", "CONFIG SET timeout 0");
    peer_close(peer);
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};

    subject_init(&subject, argc, argv);
    faults_begin(&faults);
    child_init(&child, &subject);
    child_write(&child, "croft.conf", "# kept\n");
    child_start(&child, &subject, "--enable-debug-command local");
    what_passes_is_not_noticed(&child);
    pieces_are_put_together(&child);
    broken_connections_end_alone(&child);
    configuration_is_whole_or_old(&child);
    without_memory_it_goes_on(&child);
    without_any_memory_it_goes_on(&child);
    ok(child_stop(&child), "the server ends well");
    faults_end(&faults);
    return tap_done();
}
