/* The whole path of commands: two connections, a loop or two, three shards, all in one thread.
 *
 *     input  one byte that says how the server is made, two where chance begins, then commands
 *
 * Each command is answered once and in order: a number is echoed behind it. What a client sends that is no
 * protocol at all ends its connection and nothing else. In the end all memory that was counted is there, and
 * everything that was lent is back. */
#include <string.h>
#include <strings.h>

#include "net/families.h"
#include "net/loop.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sentence.h"
#include "tests/sim/decode.h"
#include "tests/sim/wire.h"

#define SHARDS 3
#define LOOPS 2
#define COMMANDS_MAX 64
#define PATIENCE 2000 /* turns in which nothing comes */
#define ROOM 100000
#define EPOCH 1700000000000

enum { RESP3 = 1, HOSTED = 2, STRICT = 4, TWO_LOOPS = 8, GARBAGE = 16, TIGHT = 32 };

struct stage {
    struct server_facts facts;
    struct settings *settings;
    struct loop *loops[LOOPS];
    unsigned loop_count;
    struct log *log;
    struct random random;
    int64_t now;
};

/* --- the server --- */

static void set(struct settings *settings, const char *name, const char *value)
{
    struct why why;

    if (!settings_set_text(settings, name, value, &why))
        fuzz_fail("%s", why.text);
}

static void make_settings(struct stage *stage, unsigned shape)
{
    stage->settings = settings_new();
    set(stage->settings, "slowlog-log-slower-than", "-1");
    set(stage->settings, "proto-max-bulk-len", "1mb");
    if (shape & STRICT)
        set(stage->settings, "pipeline-order", "strict");
    if (shape & TIGHT) {
        set(stage->settings, "maxmemory", "3mb");
        set(stage->settings, "maxmemory-policy", "allkeys-lru");
    }
}

/* The clients' mistakes are written down where nobody reads. */
static struct log *open_log(void)
{
    struct why why;
    struct log *log = log_open("/dev/null", LOG_WARNING, &why);

    if (log == NULL)
        fuzz_fail("%s", why.text);
    return log;
}

static void make_server(struct stage *stage, unsigned shape)
{
    struct shards_setup setup = {
        .loops = stage->loop_count,
        .shards = SHARDS,
        .hosted = (shape & HOSTED) != 0,
        .stepped = true,
        .keyhash = {.secret = {1, 2}},
        .now = stage->now,
        .settings = stage->settings,
    };
    struct why why;
    unsigned i;

    stage->facts.commands = command_table_new(families);
    command_rename((struct command_table *)stage->facts.commands, "shutdown", "");
    stage->facts.start_wall_ms = stage->now;
    stage->facts.supervisor = "no";
    stage->facts.shards = shards_new(&setup, &why);
    for (i = 0; i < stage->loop_count; i++) {
        stage->loops[i] = loop_new(i, &stage->facts, stage->settings, stage->log);
        stage->loops[i]->now_ms = stage->now;
    }
}

static void stage_begin(struct stage *stage, unsigned shape, uint64_t seed)
{
    *stage = (struct stage){.now = EPOCH, .loop_count = shape & TWO_LOOPS ? 2 : 1};
    random_seed(&stage->random, seed);
    stage->log = open_log();
    make_settings(stage, shape);
    make_server(stage, shape);
}

static void stage_end(struct stage *stage)
{
    unsigned i;

    for (i = 0; i < stage->loop_count; i++)
        loop_free(stage->loops[i]);
    shards_free(stage->facts.shards);
    command_table_free((struct command_table *)stage->facts.commands);
    settings_free(stage->settings);
    log_close(stage->log);
}

/* Everybody has a turn. */
static void turn(struct stage *stage)
{
    const unsigned threads = shards_threads(stage->facts.shards) - 1; /* without main */
    unsigned i;

    stage->now++;
    for (i = 0; i < stage->loop_count; i++)
        loop_step(stage->loops[i], stage->now);
    for (; i < threads; i++)
        shards_host_turn(stage->facts.shards, i, stage->now);
}

static void nothing_is_left(const struct stage *stage)
{
    unsigned i;

    for (i = 0; i < stage->loop_count; i++) {
        const struct loop *loop = stage->loops[i];

        if (courier_pool(loop->courier)->out != 0)
            fuzz_fail("%zu requests are not back", (size_t)courier_pool(loop->courier)->out);
        if (loop->blocks.bytes != 0)
            fuzz_fail("%zu bytes of blocks are not back", (size_t)loop->blocks.bytes);
        if (loop->conn_count != 0)
            fuzz_fail("%u connections are left", loop->conn_count);
    }
}

/* --- a client --- */

struct client {
    struct stage *stage;
    struct wire *wire;
    unsigned protocol;
};

static void client_join(struct client *client, struct stage *stage, unsigned number)
{
    struct loop *loop = stage->loops[number % stage->loop_count];

    *client = (struct client){.stage = stage, .protocol = 2};
    client->wire = wire_new(&stage->random, number, ROOM, ROOM);
    stage->loops[0]->loads[loop->index]++;
    loop_adopt(loop, wire_transport(client->wire), false, stage->now);
}

static void let_time_pass(struct client *client)
{
    if (wire_can_move(client->wire))
        wire_move(client->wire);
    turn(client->stage);
}

static void client_say(struct client *client, struct bytes bytes)
{
    unsigned patience;

    for (patience = 0; bytes.len > 0; let_time_pass(client)) {
        const size_t room = wire_room(client->wire);
        const size_t now = bytes.len < room ? bytes.len : room;

        wire_put(client->wire, bytes_new(bytes.at, now));
        bytes = bytes_new(bytes.at + now, bytes.len - now);
        if (now > 0)
            patience = 0;
        else if (++patience > PATIENCE)
            return; /* it does not read what it is told: neither does the server */
    }
}

static void client_say_text(struct client *client, const char *text)
{
    client_say(client, bytes_of(text));
}

/* The next reply, which stays where it is until client_heard; 0 when the connection has ended. */
static size_t client_hear(struct client *client)
{
    unsigned patience;

    for (patience = 0; patience < PATIENCE; patience++) {
        const ssize_t len = decode_reply(wire_get(client->wire), client->protocol);

        if (len == DECODE_BROKEN)
            fuzz_fail("no reply at all: %.*s", (int)wire_get(client->wire).len,
                      wire_get(client->wire).at);
        if (len > 0)
            return (size_t)len;
        if (wire_is_over(client->wire))
            return 0;
        let_time_pass(client);
    }
    fuzz_fail("an answer does not come");
}

static void client_heard(struct client *client, size_t len)
{
    wire_got(client->wire, len);
}

static void client_expect(struct client *client, const char *expected)
{
    const size_t len = client_hear(client);
    const struct bytes reply = bytes_new(wire_get(client->wire).at, len);

    if (!bytes_equal(reply, bytes_of(expected)))
        fuzz_fail("'%.*s' and not '%s'", (int)len, reply.at, expected);
    client_heard(client, len);
}

static void client_leave(struct client *client)
{
    wire_cut(client->wire);
    while (!wire_is_gone(client->wire))
        let_time_pass(client);
    wire_free(client->wire);
}

/* --- what happens --- */

static void add_echo(struct buffer *buffer, unsigned number)
{
    char text[64];

    snprintf(text, sizeof(text), "*2\r\n$4\r\nECHO\r\n$4\r\n%04u\r\n", number);
    buffer_add_text(buffer, text);
}

static void expect_echo(struct client *client, unsigned number)
{
    char text[32];

    snprintf(text, sizeof(text), "$4\r\n%04u\r\n", number);
    client_expect(client, text);
}

/* A pipeline of commands, each with an echo behind it. */
static void converse(struct client *client, struct fuzz_input *input)
{
    struct buffer buffer = {0};
    unsigned count, i;

    for (count = 0; count < COMMANDS_MAX && input->len > 0; count++) {
        sentence_add(&buffer, input, client->stage->facts.commands);
        add_echo(&buffer, count);
    }
    client_say(client, buffer_bytes(&buffer));
    for (i = 0; i < count; i++) {
        const size_t len = client_hear(client);

        if (len == 0)
            fuzz_fail("the connection has ended");
        client_heard(client, len);
        expect_echo(client, i);
    }
    buffer_fini(&buffer);
}

/* A client may ask for what is no mistake of the server's: that another is kept waiting, or cut off. */
static bool asks_for_it(struct bytes text)
{
    static const char *const words[] = {"pause", "kill", "config"};
    size_t at;
    unsigned i;

    for (at = 0; at < text.len; at++)
        for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (text.len - at >= strlen(words[i]) &&
                strncasecmp(text.at + at, words[i], strlen(words[i])) == 0)
                return true;
    return false;
}

/* The length of a reply in the protocol that it is in: HELLO may have changed it. */
static ssize_t decode_either(struct bytes bytes)
{
    const ssize_t len = decode_reply(bytes, 2);

    return len == DECODE_BROKEN ? decode_reply(bytes, 3) : len;
}

/* Whatever it is: what is answered is well formed, and in the end the connection is over. */
static void babble(struct client *client, struct fuzz_input *input)
{
    unsigned patience = 0;

    client_say(client, bytes_new((const char *)input->at, input->len));
    wire_put_end(client->wire);
    while (!wire_is_over(client->wire)) {
        const ssize_t len = decode_either(wire_get(client->wire));

        if (len == DECODE_BROKEN)
            fuzz_fail("no reply at all: %.*s", (int)wire_get(client->wire).len,
                      wire_get(client->wire).at);
        if (len > 0)
            client_heard(client, (size_t)len);
        else
            let_time_pass(client);
        patience = len > 0 ? 0 : patience + 1;
        if (patience > PATIENCE)
            fuzz_fail("the connection does not end");
    }
}

static void greet(struct client *client)
{
    client_say_text(client, "HELLO 3\r\n");
    client->protocol = 3;
    client_heard(client, client_hear(client));
}

static void memory_must_add_up(const struct stage *stage)
{
    struct shards *shards = stage->facts.shards;
    unsigned shard;

    for (shard = 0; shard < SHARDS; shard++) {
        struct host *host = shards_host(shards, shards_thread_of(shards, shard));
        struct shard_report report;
        uint64_t unfiled = 0;
        uint64_t walked;

        host_report(host, shard, &report);
        walked = host_walk(host, shard, &unfiled);
        if (walked != report.cache.memory_used || unfiled != 0)
            fuzz_fail("shard %u: %llu bytes counted, %llu found, %llu entries not filed", shard,
                      (unsigned long long)report.cache.memory_used, (unsigned long long)walked,
                      (unsigned long long)unfiled);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_input input = {bytes, len};
    const unsigned shape = fuzz_byte(&input);
    struct client asks, good;
    struct stage stage;

    if ((shape & GARBAGE) && asks_for_it(bytes_new((const char *)input.at, input.len)))
        return -1;
    stage_begin(&stage, shape, fuzz_number(&input, 2));
    client_join(&asks, &stage, 1);
    client_join(&good, &stage, 2);
    if (shape & RESP3)
        greet(&asks);
    if (shape & GARBAGE)
        babble(&asks, &input);
    else
        converse(&asks, &input);
    client_say_text(&good, "ECHO 0000\r\n");
    expect_echo(&good, 0);
    client_leave(&asks);
    client_leave(&good);
    memory_must_add_up(&stage);
    nothing_is_left(&stage);
    stage_end(&stage);
    return 0;
}
