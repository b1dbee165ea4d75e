#include "tests/lin/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/tap/tap.h"

#define DEPTH 8
#define TEXT_ROOM 40 /* for each operation */

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --- records --- */

void record_init(struct record *record, size_t ops)
{
    *record = (struct record){.room = ops};
    record->ops = calloc(ops, sizeof(*record->ops));
    record->groups = calloc(ops, sizeof(*record->groups));
    record->texts = malloc(ops * 2 * TEXT_ROOM);
}

void record_fini(struct record *record)
{
    free(record->ops);
    free(record->groups);
    free(record->texts);
}

static struct bytes keep_text(struct record *record, const char *at, size_t len)
{
    char *into = record->texts + record->text_len;

    if (record->text_len + len > record->room * 2 * TEXT_ROOM)
        tap_bail("texts are longer than was thought");
    memcpy(into, at, len);
    record->text_len += len;
    return bytes_new(into, len);
}

static struct op *new_op(struct record *record, unsigned group)
{
    if (record->count == record->room)
        tap_bail("more operations than were planned");
    record->groups[record->count] = (uint16_t)group;
    record->ops[record->count].returned = NEVER;
    return &record->ops[record->count++];
}

/* --- asking --- */

/* Each client writes texts that nobody else writes; all are numbers, so that INCR has something to do. */
static struct bytes new_text(struct client *client, struct record *record, int round)
{
    char text[TEXT_ROOM];

    snprintf(text, sizeof(text), "%d%03d%d", client->index + 1, round, (int)record->count);
    return keep_text(record, text, strlen(text));
}

static unsigned draw(struct client *client, unsigned below)
{
    return (unsigned)rand_r(&client->random) % below;
}

/* Some groups are asked about much more than others. */
static unsigned draw_group(struct client *client)
{
    const unsigned a = draw(client, GROUPS), b = draw(client, GROUPS);

    return a < b ? a : b;
}

static enum op_kind draw_kind(struct client *client)
{
    static const enum op_kind kinds[] = {OP_GET,    OP_GET,    OP_GET,  OP_GET,    OP_SET,
                                         OP_SET,    OP_SETNX,  OP_INCR, OP_INCR,   OP_APPEND,
                                         OP_GETDEL, OP_RENAME, OP_MSET, OP_RENAME, OP_DEL};

    return kinds[draw(client, sizeof(kinds) / sizeof(kinds[0]))];
}

static const char *key_name(char *into, size_t size, unsigned group, unsigned key)
{
    snprintf(into, size, "group%u:%c", group, 'a' + key);
    return into;
}

static void append_op(redisContext *peer, const struct op *op, unsigned group)
{
    char key[32], other[32];

    key_name(key, sizeof(key), group, op->key);
    key_name(other, sizeof(other), group, op->other);
    switch (op->kind) {
    case OP_GET:
        redisAppendCommand(peer, "GET %s", key);
        return;
    case OP_SET:
        if (op->lifetime > 0)
            redisAppendCommand(peer, "SET %s %b PX %lld", key, op->text.at, op->text.len,
                               (long long)op->lifetime / 1000000);
        else
            redisAppendCommand(peer, "SET %s %b", key, op->text.at, op->text.len);
        return;
    case OP_SETNX:
        redisAppendCommand(peer, "SETNX %s %b", key, op->text.at, op->text.len);
        return;
    case OP_GETDEL:
        redisAppendCommand(peer, "GETDEL %s", key);
        return;
    case OP_DEL:
        redisAppendCommand(peer, "DEL %s", key);
        return;
    case OP_INCR:
        redisAppendCommand(peer, "INCR %s", key);
        return;
    case OP_APPEND:
        redisAppendCommand(peer, "APPEND %s %b", key, op->text.at, op->text.len);
        return;
    case OP_MSET:
        redisAppendCommand(peer, "MSET %s %b %s %b", key, op->text.at, op->text.len, other,
                           op->other_text.at, op->other_text.len);
        return;
    case OP_RENAME:
        redisAppendCommand(peer, "RENAME %s %s", key, other);
    }
}

static void choose_op(struct client *client, const struct load *load, struct record *record,
                      struct op *op)
{
    op->kind = draw_kind(client);
    op->key = (uint8_t)draw(client, GROUP_KEYS);
    op->other = (uint8_t)((op->key + 1 + draw(client, GROUP_KEYS - 1)) % GROUP_KEYS);
    if (op->kind == OP_APPEND)
        op->text = keep_text(record, "7", 1);
    else if (op->kind == OP_SET || op->kind == OP_SETNX || op->kind == OP_MSET)
        op->text = new_text(client, record, load->round);
    if (op->kind == OP_MSET)
        op->other_text = new_text(client, record, load->round);
    if (op->kind == OP_SET && load->lifetimes && draw(client, 3) == 0)
        op->lifetime = (int64_t)(1 + draw(client, 60)) * 1000000;
}

/* --- being told --- */

static void take_answer(struct record *record, struct op *op, const redisReply *reply)
{
    op->returned = now_ns();
    switch (reply->type) {
    case REDIS_REPLY_STRING:
        op->told = TOLD_TEXT;
        op->answer = keep_text(record, reply->str, reply->len);
        break;
    case REDIS_REPLY_INTEGER:
        op->told = TOLD_NUMBER;
        op->number = reply->integer;
        break;
    case REDIS_REPLY_NIL:
        op->told = TOLD_NULL;
        break;
    case REDIS_REPLY_STATUS:
        op->told = TOLD_OK;
        break;
    default:
        op->told = TOLD_ERROR;
    }
}

static bool read_answers(redisContext *peer, struct record *record, size_t first)
{
    for (; first < record->count; first++) {
        void *reply;

        if (redisGetReply(peer, &reply) != REDIS_OK)
            return false;
        take_answer(record, &record->ops[first], reply);
        freeReplyObject(reply);
    }
    return true;
}

static void send_out(redisContext *peer)
{
    int done = 0;

    while (!done && redisBufferWrite(peer, &done) == REDIS_OK)
        continue;
}

/* Some operations in one pipeline. False: the connection is gone. */
static bool ask_some(struct client *client, struct load *load, struct record *record,
                     unsigned identity)
{
    const size_t first = record->count;
    unsigned left = 1 + draw(client, DEPTH);
    const int64_t called = now_ns();

    for (; left > 0; left--) {
        const unsigned group = draw_group(client);
        struct op *op = new_op(record, group);

        op->client = (uint16_t)identity;
        op->called = called;
        choose_op(client, load, record, op);
        append_op(client->peer, op, group);
    }
    send_out(client->peer);
    if (load->cuts && draw(client, 60) == 0)
        return false;
    return read_answers(client->peer, record, first);
}

bool load_run(struct client *client)
{
    struct load *load = client->shared;
    struct record *record = &load->records[client->index];
    unsigned identity = (unsigned)client->index;

    client->random += (unsigned)load->round * 1000;
    while (record->count + DEPTH <= (size_t)load->ops) {
        if (ask_some(client, load, record, identity))
            continue;
        redisFree(client->peer);
        client->peer = peer_open(client->child);
        identity += LOAD_CLIENTS;
    }
    return true;
}

void load_read_all(const struct child *child, struct record *record)
{
    redisContext *peer = peer_open(child);
    unsigned group, key;
    char name[32];

    for (group = 0; group < GROUPS; group++)
        for (key = 0; key < GROUP_KEYS; key++) {
            struct op *op = new_op(record, group);

            *op = (struct op){.kind = OP_GET,
                              .key = (uint8_t)key,
                              .client = 4000,
                              .called = now_ns(),
                              .returned = NEVER};
            append_op(peer, op, group);
            if (!read_answers(peer, record, record->count - 1))
                tap_bail("what remains cannot be read");
            freeReplyObject(redisCommand(peer, "DEL %s", key_name(name, sizeof(name), group, key)));
        }
    peer_close(peer);
}
