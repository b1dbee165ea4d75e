/*
 * conversation - one client says every command, each again and again: the first time the first allocation
 * that it takes is refused, then the second, until nothing was refused any more; then the same with
 * several refused in a row, and with all from the n-th on.
 *
 *     > APPEND k6 more      none           -OOM ...      nothing has changed
 *     > APPEND k6 more      given none     (closed)      a new connection; it may have been done
 *     > APPEND k6 more      given given    :9            right
 *
 * After each a second client, for whom there is memory, looks at what is there. At the end all is counted
 * byte by byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/log.h"
#include "net/families.h"
#include "net/loop.h"
#include "shard/shards.h"
#include "tests/shortage/shortage.h"
#include "tests/sim/decode.h"
#include "tests/sim/wire.h"
#include "tests/tap/tap.h"

#define EPOCH 1700000000000
#define LOOPS 2
#define ROOM (4u << 20)
#define PATIENCE 4000 /* turns */
#define FOR_EVER 1000000u
#define MOST 4000 /* allocations of one command */

struct stage {
    struct settings *settings;
    struct server_facts facts;
    struct loop *loops[LOOPS];
    unsigned loop_count;
    struct log *log;
    struct random random;
    int64_t now;
    bool scarce; /* now, for what the server does */
};

struct client {
    struct stage *stage;
    struct wire *wire; /* NULL: it is closed */
    unsigned number;
    unsigned protocol;
    uint64_t hash; /* of what it has heard */
};

static unsigned refusals, closings, answers;

/* --- the server --- */

static void set(struct settings *settings, const char *name, const char *value)
{
    struct why why;

    if (!settings_set_text(settings, name, value, &why))
        tap_bail("%s", why.text);
}

static void begin(struct stage *stage, unsigned loops, unsigned shards, bool hosted)
{
    struct shards_setup setup = {
        .loops = loops,
        .shards = shards,
        .hosted = hosted,
        .stepped = true,
        .keyhash = {.secret = {1, 2}},
        .now = EPOCH,
    };
    struct why why;
    unsigned i;

    *stage = (struct stage){.now = EPOCH, .loop_count = loops};
    random_seed(&stage->random, 1);
    stage->log = log_open("/dev/null", LOG_NOTHING, &why);
    stage->settings = settings_new();
    set(stage->settings, "slowlog-log-slower-than", "0");
    set(stage->settings, "enable-debug-command", "yes");
    setup.settings = stage->settings;
    stage->facts.commands = command_table_new(families);
    stage->facts.start_wall_ms = stage->now;
    stage->facts.shards = shards_new(&setup, &why);
    for (i = 0; i < loops; i++)
        stage->loops[i] = loop_new(i, &stage->facts, stage->settings, stage->log);
}

/* Everybody has a turn. */
static void turn(struct stage *stage)
{
    const unsigned threads = shards_threads(stage->facts.shards) - 1; /* without main */
    unsigned i;

    stage->now++;
    if (stage->scarce)
        shortage_go_on();
    for (i = 0; i < stage->loop_count; i++)
        loop_step(stage->loops[i], stage->now);
    for (; i < threads; i++)
        shards_host_turn(stage->facts.shards, i, stage->now);
    if (stage->scarce)
        shortage_pause();
}

static void rest(struct stage *stage)
{
    unsigned i;

    for (i = 0; i < stage->loop_count; i++)
        loop_tick(stage->loops[i], stage->now);
    for (i = 0; i < 50; i++)
        turn(stage);
}

static const char *what_is_left(const struct stage *stage)
{
    unsigned i;

    for (i = 0; i < stage->loop_count; i++) {
        const struct loop *loop = stage->loops[i];

        if (courier_pool(loop->courier)->out != 0)
            return "requests are not back";
        if (loop->blocks.bytes != 0 || loop->blocks.loans != NULL)
            return "blocks are not back";
        if (loop->conn_count != 0)
            return "connections are left";
    }
    return NULL;
}

static void end(struct stage *stage)
{
    const struct settings *settings = stage->loops[0]->settings;
    unsigned i;

    for (i = 0; i < stage->loop_count; i++)
        loop_free(stage->loops[i]);
    shards_free(stage->facts.shards);
    command_table_free((struct command_table *)stage->facts.commands);
    settings_free((struct settings *)settings);
    log_close(stage->log);
}

/* --- clients --- */

static void join(struct client *client)
{
    struct stage *stage = client->stage;
    struct loop *loop = stage->loops[client->number % stage->loop_count];

    client->wire = wire_new(&stage->random, client->number, ROOM, ROOM);
    client->protocol = 2;
    stage->loops[0]->loads[loop->index]++;
    loop_adopt(loop, wire_transport(client->wire), false, stage->now);
}

static void leave(struct client *client)
{
    wire_cut(client->wire);
    while (!wire_is_gone(client->wire)) {
        if (wire_can_move(client->wire))
            wire_move(client->wire);
        turn(client->stage);
    }
    wire_free(client->wire);
    client->wire = NULL;
}

static void say(struct client *client, struct bytes bytes)
{
    wire_put(client->wire, bytes);
}

/* The length of the next answer; 0: the connection has ended. */
static size_t hear(struct client *client)
{
    unsigned patience;

    for (patience = 0; patience < PATIENCE; patience++) {
        const ssize_t len = decode_reply(wire_get(client->wire), client->protocol);

        if (len == DECODE_BROKEN)
            tap_bail("malformed: %.*s", (int)wire_get(client->wire).len, wire_get(client->wire).at);
        if (len > 0)
            return (size_t)len;
        if (wire_is_over(client->wire))
            return 0;
        if (wire_can_move(client->wire))
            wire_move(client->wire);
        turn(client->stage);
    }
    tap_bail("no answer");
}

static void heard(struct client *client, size_t len)
{
    const struct bytes bytes = wire_get(client->wire);
    size_t i;

    for (i = 0; i < len; i++)
        client->hash = (client->hash ^ (unsigned char)bytes.at[i]) * 0x100000001b3;
    wire_got(client->wire, len);
}

/* --- what is there --- */

static const char *const looks[] = {
    "DBSIZE\r\n",
    "MGET a b c d e f g h n big m1 m2 m3 m4 m5 m6 m7 m8 new other dest {t}1 {t}2\r\n",
    "PEXPIRETIME a\r\n",
    "PEXPIRETIME b\r\n",
    "PEXPIRETIME c\r\n",
    "PEXPIRETIME m1\r\n",
    "EXISTS hll dest other a b\r\n",
    "PFCOUNT hll\r\n",
    "CLIENT LIST TYPE pubsub\r\n",
    "CONFIG GET slowlog-max-len\r\n",
};

static uint64_t look(struct client *client)
{
    unsigned i;

    client->hash = 0xcbf29ce484222325;
    for (i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        size_t len;

        say(client, bytes_of(looks[i]));
        len = hear(client);
        if (len == 0)
            tap_bail("who looks was closed");
        heard(client, len);
    }
    return client->hash;
}

/* --- what is said --- */

#define BIG "@BIG" /* a value of so many bytes, in place of the word */
#define BIG_LEN 40000

static const char *const script[] = {
    "SET a one",
    "SET a a-longer-value-than-before-which-lies-in-another-slot-than-the-first",
    "SET b two EX 1000",
    "SET b two KEEPTTL GET",
    "SET new 1 NX",
    "DEL new",
    "SET big " BIG,
    "GET big",
    "APPEND big more",
    "GETRANGE big 10 36000",
    "SETRANGE big 39000 " BIG,
    "GETSET big " BIG,
    "GETDEL big",
    "SET big " BIG,
    "GETEX big EX 5000",
    "SETEX c 5000 three",
    "PSETEX c 5000000 three",
    "GET a",
    "STRLEN a",
    "APPEND d tail",
    "SETRANGE e 300 x",
    "INCR n",
    "INCRBY n 5",
    "INCRBYFLOAT n 1",
    "DECR n",
    "SETNX f six",
    "DEL f",
    "MSET m1 1 m2 2 m3 3 m4 4 m5 5 m6 6 m7 7 m8 8",
    "MSET m1 " BIG " m2 " BIG " m3 x m4 " BIG,
    "MSET m1 1 m2 2 m3 a-value-that-is-a-bit-longer-than-the-others-so-that-it-moves m4 4",
    "DEL m5 m6 m7 m8",
    "MSETNX m5 5 m6 6 m7 7 m8 " BIG,
    "DEL m5 m6 m7 m8",
    "MSETEX 3 m5 5 m6 " BIG " m7 7 EX 1000",
    "MGET m1 m2 m3 m4 m5 m6 m7 m8 a b c",
    "RENAME m5 m8",
    "RENAME m8 m5",
    "RENAME big dest",
    "RENAME dest big",
    "RENAMENX m5 m8",
    "DEL m8",
    "COPY big dest REPLACE",
    "COPY a other REPLACE",
    "MOVE other 3",
    "SETBIT g 1000 1",
    "BITCOUNT g",
    "BITOP OR dest a g big",
    "BITFIELD g SET u8 0 255 GET u8 8",
    "PFADD hll x y z",
    "PFMERGE hll hll a1 a2",
    "PFCOUNT hll a1 a2",
    "LCS a m3 IDX WITHMATCHLEN",
    "EXPIRE a 1000",
    "PERSIST a",
    "EXPIREAT a 1900000000",
    "PERSIST a",
    "TTL b",
    "TYPE a",
    "OBJECT ENCODING a",
    "OBJECT FREQ a",
    "DUMP a",
    "DUMP big",
    "RESTORE other 0 x",
    "EXISTS a b c",
    "TOUCH a b c",
    "UNLINK other dest",
    "KEYS *",
    "SCAN 0 COUNT 100",
    "RANDOMKEY",
    "DBSIZE",
    "SUBSTR a 0 2",
    "DEBUG OBJECT a",
    "PING",
    "PING " BIG,
    "ECHO hello",
    "HELLO 3",
    "HELLO 2",
    "CLIENT SETNAME somebody",
    "CLIENT GETNAME",
    "CLIENT SETINFO lib-name test",
    "CLIENT ID",
    "CLIENT INFO",
    "CLIENT LIST",
    "CLIENT NO-EVICT on",
    "CLIENT KILL ID 999999",
    "CLIENT UNPAUSE",
    "CONFIG GET maxmemory*",
    "CONFIG SET slowlog-max-len 64",
    "CONFIG SET slowlog-max-len 32 latency-monitor-threshold 0",
    "CONFIG RESETSTAT",
    "CONFIG REWRITE",
    "INFO",
    "INFO everything",
    "COMMAND COUNT",
    "COMMAND INFO get set",
    "COMMAND DOCS get",
    "COMMAND LIST",
    "COMMAND GETKEYS MSET a 1 b 2",
    "LATENCY HISTOGRAM",
    "LATENCY LATEST",
    "LATENCY DOCTOR",
    "LATENCY RESET",
    "SLOWLOG GET",
    "SLOWLOG LEN",
    "SLOWLOG RESET",
    "MEMORY USAGE a",
    "MEMORY STATS",
    "MEMORY DOCTOR",
    "MEMORY MALLOC-STATS",
    "HOTKEYS GET",
    "ACL WHOAMI",
    "ACL LIST",
    "ACL GETUSER default",
    "ACL CAT",
    "TIME",
    "ROLE",
    "LASTSAVE",
    "LOLWUT",
    "SELECT 1",
    "SELECT 0",
    "SWAPDB 4 5",
    "WAIT 0 0",
    "WAIT 1 5",
    "AUTH nobody",
    "NOSUCH a b c",
    "GET",
    "MONITOR",
    "RESET",
    "SET h 1 XX GET",
    "FLUSHDB",
    "MSET a 1 b 2 c 3 d 4 e 5",
    "FLUSHALL",
    "QUIT",
};

/* The command as an array; for() free. */
static struct bytes encode(const char *line)
{
    char *words = strdup(line), *rest, *word, *at = malloc(4 * BIG_LEN + 4096);
    unsigned count = 0;
    size_t len;

    for (word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        count++;
    len = (size_t)sprintf(at, "*%u\r\n", count);
    strcpy(words, line);
    for (word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        const bool big = strcmp(word, BIG) == 0;
        const size_t size = big ? BIG_LEN : strlen(word);

        len += (size_t)sprintf(at + len, "$%zu\r\n", size);
        if (big)
            memset(at + len, 'x', size);
        else
            memcpy(at + len, word, size);
        len += size;
        len += (size_t)sprintf(at + len, "\r\n");
    }
    free(words);
    return bytes_new(at, len);
}

static bool is_refusal(struct bytes answer)
{
    return answer.at[0] == '-' && memmem(answer.at, answer.len, "memory", 6) != NULL;
}

enum outcome { ANSWERED, REFUSED, CLOSED };

static enum outcome say_and_hear(struct client *client, struct bytes command)
{
    enum outcome outcome = ANSWERED;
    size_t len;

    client->stage->scarce = true;
    say(client, command);
    len = hear(client);
    client->stage->scarce = false;
    if (len == 0) {
        outcome = CLOSED;
    } else if (is_refusal(bytes_new(wire_get(client->wire).at, len))) {
        outcome = REFUSED;
    }
    heard(client, len);
    refusals += outcome == REFUSED;
    closings += outcome == CLOSED;
    answers += outcome == ANSWERED;
    return outcome;
}

/* The protocol of the answer. */
static unsigned speaks(const struct client *client, const char *line)
{
    if (strcmp(line, "HELLO 3") == 0)
        return 3;
    return strcmp(line, "HELLO 2") == 0 || strcmp(line, "RESET") == 0 ? 2 : client->protocol;
}

/* One line, with the n-th allocation and `refused - 1` behind it refused. False: none was. */
static bool try(struct client *client, struct client *looker, const char *line, unsigned nth,
                uint64_t refused)
{
    const struct bytes command = encode(line);
    const uint64_t before = look(looker);
    enum outcome outcome;
    uint64_t failed, after;

    if (client->wire == NULL)
        join(client);
    client->protocol = speaks(client, line);
    shortage_after(nth, refused);
    outcome = say_and_hear(client, command);
    shortage_end(&failed);
    free((char *)command.at);
    if (outcome == CLOSED)
        leave(client);
    after = look(looker);
    if (outcome == REFUSED && after != before) {
        ok(false, "%s, allocation %u: it was refused, and something has changed", line, nth);
        exit(1);
    }
    return failed > 0;
}

static void converse(struct client *client, struct client *looker, uint64_t refused)
{
    unsigned i, nth;

    for (i = 0; i < sizeof(script) / sizeof(script[0]); i++) {
        for (nth = 0; try(client, looker, script[i], nth, refused); nth++)
            if (nth == MOST)
                tap_bail("%s: there is no end to it", script[i]);
        if (strcmp(script[i], "MONITOR") == 0 && client->wire != NULL)
            leave(client);
    }
}

static bool is_exact(struct stage *stage)
{
    struct shards *shards = stage->facts.shards;
    struct shard_report report;
    uint64_t unfiled;
    unsigned i;

    for (i = 0; i < shards_count(shards); i++) {
        struct host *host = shards_host(shards, shards_thread_of(shards, i));

        host_report(host, i, &report);
        if (host_walk(host, i, &unfiled) != report.cache.memory_used || unfiled > 0)
            return false;
    }
    return true;
}

static void with(const char *shape, unsigned loops, unsigned shards, bool hosted, uint64_t refused)
{
    struct client client = {.number = 1}, looker = {.number = 0};
    struct stage stage;
    const char *left;

    begin(&stage, loops, shards, hosted);
    client.stage = looker.stage = &stage;
    refusals = closings = answers = 0;
    join(&looker);
    converse(&client, &looker, refused);
    tap_note("%s, %llu refused: %u answers, %u refusals, %u connections closed", shape,
             (unsigned long long)refused, answers, refusals, closings);
    ok(is_exact(&stage), "%s: all is counted right", shape);
    if (client.wire != NULL)
        leave(&client);
    leave(&looker);
    rest(&stage);
    left = what_is_left(&stage);
    ok(left == NULL, "%s: %s", shape, left == NULL ? "nothing is left" : left);
    end(&stage);
}

int main(void)
{
    shortage_pause(); /* but for turns of the server */
    with("one thread", 1, 1, true, 1);
    with("one thread", 1, 1, true, FOR_EVER);
    with("two loops, three shards of theirs", 2, 3, true, 1);
    with("two loops, three shards of theirs", 2, 3, true, FOR_EVER);
    with("two loops, three shards apart", 2, 3, false, 1);
    with("two loops, three shards apart", 2, 3, false, 3);
    return tap_done();
}
