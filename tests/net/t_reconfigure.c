/* CONFIG through real loops and shards, whose turns one thread takes in an order drawn by lot:
 * changes from several loops at once, each snapshot freed once, none lost. The address sanitizer is
 * the judge of what is freed; a seed as argument plays one game again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/random.h"
#include "net/families.h"
#include "net/loop.h"
#include "tests/tap/tap.h"

#define NOW 1700000000000
#define LOOPS 3
#define SHARDS 4
#define CLIENTS 6

/* The other side of a connection: what it will say, and what it has heard. */
struct client {
    struct transport transport;
    char says[256];
    size_t said;
    char heard[2048];
    size_t heard_len;
};

static ssize_t receive(struct transport *transport, void *into, size_t len)
{
    struct client *client = (struct client *)transport;
    const size_t left = strlen(client->says) - client->said;

    if (left == 0) {
        errno = EAGAIN;
        return -1;
    }
    if (len > left)
        len = left;
    memcpy(into, client->says + client->said, len);
    client->said += len;
    return (ssize_t)len;
}

static ssize_t send_to(struct transport *transport, const struct iovec *parts, int count)
{
    struct client *client = (struct client *)transport;
    const size_t before = client->heard_len;
    int i;

    for (i = 0; i < count; i++) {
        if (client->heard_len + parts[i].iov_len >= sizeof(client->heard))
            tap_bail("an answer of unexpected length");
        memcpy(client->heard + client->heard_len, parts[i].iov_base, parts[i].iov_len);
        client->heard_len += parts[i].iov_len;
    }
    client->heard[client->heard_len] = '\0';
    return (ssize_t)(client->heard_len - before);
}

static void want_write(struct transport *transport, bool want)
{
    (void)transport;
    (void)want;
}

static void hang_up(struct transport *transport)
{
    transport->conn = NULL;
}

static const struct transport_ops ops = {
    .receive = receive, .send = send_to, .want_write = want_write, .close = hang_up};

/* --- a server --- */

static struct server_facts facts;
static struct loop *loops[LOOPS];
static struct log *quiet;
static unsigned loop_count;
static struct client clients[CLIENTS];
static struct random lot;

static void begin(unsigned count, bool hosted)
{
    const struct settings *settings = settings_new();
    const struct shards_setup setup = {
        .loops = count,
        .shards = SHARDS,
        .hosted = hosted,
        .stepped = true,
        .keyhash = {.secret = {1, 2}},
        .now = NOW,
        .settings = settings,
    };
    struct why why;
    unsigned i;

    facts.commands = command_table_new(families);
    facts.shards = shards_new(&setup, &why);
    loop_count = count;
    for (i = 0; i < count; i++)
        loops[i] = loop_new(i, &facts, settings, quiet);
    memset(clients, 0, sizeof(clients));
    for (i = 0; i < CLIENTS; i++) {
        clients[i].transport.ops = &ops;
        loop_adopt(loops[i % count], &clients[i].transport, false, NOW);
    }
}

/* One turn of the thread drawn; those that are asleep are woken too often, which they must not
 * mind. */
static void step(void)
{
    const unsigned thread = (unsigned)random_below(&lot, shards_main(facts.shards));

    if (thread < loop_count)
        loop_step(loops[thread], NOW);
    else
        shards_host_turn(facts.shards, thread, NOW);
}

static void steps(unsigned count)
{
    while (count-- > 0)
        step();
}

static void say(unsigned index, const char *line)
{
    struct client *client = &clients[index];

    client->said = 0;
    client->heard_len = 0;
    client->heard[0] = '\0';
    snprintf(client->says, sizeof(client->says), "%s\r\n", line);
    loop_readable(client->transport.conn);
}

static void answers(unsigned index, const char *line, const char *expected)
{
    say(index, line);
    steps(400);
    is_text(clients[index].heard, expected, "%s", line);
}

static void end(void)
{
    const struct settings *last;
    unsigned i;

    for (i = 0; i < CLIENTS; i++)
        if (clients[i].transport.conn != NULL)
            conn_kill(clients[i].transport.conn);
    steps(400);
    last = loops[0]->settings;
    for (i = 0; i < loop_count; i++) {
        ok(loops[i]->settings == last, "loop %u has adopted the last snapshot", i);
        loop_free(loops[i]); /* stops the program if a request is still under way */
    }
    shards_free(facts.shards);
    settings_free((struct settings *)last);
    command_table_free((struct command_table *)facts.commands);
}

/* --- games --- */

static void a_change_reaches_everybody(void)
{
    unsigned i;

    answers(1, "CONFIG SET timeout 77 maxmemory 100mb", "+OK\r\n");
    for (i = 0; i < loop_count; i++)
        is_int(loops[i]->settings->timeout, 77, "loop %u has adopted it", i);
    answers(2, "CONFIG GET timeout MAXMEMORY",
            "*4\r\n$7\r\ntimeout\r\n$2\r\n77\r\n$9\r\nMAXMEMORY\r\n$9\r\n104857600\r\n");
}

static void what_is_refused_changes_nothing(void)
{
    const struct settings *before = loops[0]->settings;

    answers(
        1, "CONFIG SET timeout x",
        "-ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be "
        "parsed into an integer\r\n");
    answers(0, "CONFIG SET timeout 1 timeout 2",
            "-ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate "
            "parameter\r\n");
    answers(1, "CONFIG SET timeout 1 maxmemory", "-ERR syntax error\r\n");
    answers(2, "CONFIG REWRITE", "-ERR The server is running without a config file\r\n");
    ok(loops[0]->settings == before, "nothing was published");
}

/* Every client changes an option of its own, all at once and more than once. */
static void changes_from_everywhere_are_all_kept(void)
{
    static const char *const names[CLIENTS] = {"timeout",       "maxclients", "slowlog-max-len",
                                               "tcp-keepalive", "hz",         "maxmemory-samples"};
    char line[128];
    unsigned round, i, kept = 0;

    for (round = 1; round <= 5; round++) {
        for (i = 0; i < CLIENTS; i++) {
            snprintf(line, sizeof(line), "CONFIG SET %s %u", names[i], 10 * round + i);
            say(i, line);
            steps((unsigned)random_below(&lot, 6));
        }
        steps(600);
        for (i = 0; i < CLIENTS; i++)
            kept += strcmp(clients[i].heard, "+OK\r\n") == 0;
    }
    is_int(kept, 5 * CLIENTS, "all are answered");
    for (i = 0; i < CLIENTS; i++) {
        char *value = settings_value(loops[0]->settings, names[i]);

        is_int(strtol(value, NULL, 10), 50 + i, "%s is what its client has set last", names[i]);
        free(value);
    }
}

static void what_follows_waits_for_it(void)
{
    say(1, "CONFIG SET timeout 5\r\nCONFIG GET timeout\r\nPING");
    steps(600);
    is_text(clients[1].heard, "+OK\r\n*2\r\n$7\r\ntimeout\r\n$1\r\n5\r\n+PONG\r\n",
            "a pipeline is answered in order, with the new value");
}

static void a_client_may_leave_before_the_answer(void)
{
    unsigned i;

    for (i = 0; i < CLIENTS; i++) {
        say(i, "CONFIG SET timeout 123");
        steps((unsigned)random_below(&lot, 8));
        if (i % 2 == 1)
            conn_kill(clients[i].transport.conn);
    }
    steps(600);
    is_int(loops[0]->settings->timeout, 123, "the change is made all the same");
    is_text(clients[0].heard, "+OK\r\n", "those who stay are answered");
}

static void resetstat_reaches_everybody(void)
{
    unsigned i;

    answers(0, "CONFIG RESETSTAT", "+OK\r\n");
    for (i = 0; i < loop_count; i++)
        ok(loops[i]->stats.total_net_input_bytes == 0, "loop %u has forgotten", i);
}

static void play(uint64_t seed, unsigned count, bool hosted)
{
    tap_note("seed %llu, %u loops, shards %s", (unsigned long long)seed, count,
             hosted ? "hosted" : "on threads");
    random_seed(&lot, seed);
    begin(count, hosted);
    a_change_reaches_everybody();
    what_is_refused_changes_nothing();
    changes_from_everywhere_are_all_kept();
    what_follows_waits_for_it();
    resetstat_reaches_everybody();
    a_client_may_leave_before_the_answer();
    end();
}

int main(int count, char **words)
{
    const uint64_t first = count > 1 ? strtoull(words[1], NULL, 10) : 1;
    uint64_t seed;
    struct why why;

    quiet = log_open("/dev/null", LOG_NOTHING, &why);
    for (seed = first; seed < first + (count > 1 ? 1 : 5); seed++) {
        play(seed, 1, true);
        play(seed, 1, false);
        play(seed, LOOPS, true);
        play(seed, LOOPS, false);
    }
    log_close(quiet);
    return tap_done();
}
