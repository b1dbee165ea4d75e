/* Commands that take many turns: what they answer is right all the same, and others are served. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/server/crowd.h"
#include "tests/tap/tap.h"

enum { KEYS = 50000, PER_WRITE = 500 };

static int keys;

/* key:0 to key:N-1, a few hundred at a time. */
static void fill(redisContext *peer)
{
    bool right = true;

    for (int from = 0; from < keys && right; from += PER_WRITE) {
        struct buffer out = {0};
        const int to = from + PER_WRITE < keys ? from + PER_WRITE : keys;

        for (int i = from; i < to; i++)
            buffer_command(&out, "SET key:%d %d", i, i);
        right = peer_send(peer->fd, out.at, out.len);
        for (int i = from; i < to && right; i++)
            right = peer_expect(peer, "+OK");
        buffer_fini(&out);
    }
    ok(right, "%d keys are written", keys);
}

static void add_all(struct buffer *out, const char *command)
{
    buffer_addf(out, "*%d\r\n$%zu\r\n%s\r\n", keys + 1, strlen(command), command);
    for (int i = 0; i < keys; i++) {
        char name[32];
        const int len = snprintf(name, sizeof(name), "key:%d", i);

        buffer_addf(out, "$%d\r\n%s\r\n", len, name);
    }
}

/* Sends while it reads: neither side waits for the other. */
static bool answers_all(redisContext *peer, const char *command, const char *behind,
                        const char *expected)
{
    struct buffer out = {0}, in = {0};
    bool right;

    add_all(&out, command);
    buffer_addf(&out, "%s", behind);
    right = peer_pump(peer->fd, &out, out.len, NULL, strlen(expected), &in) &&
            memcmp(in.at, expected, in.len) == 0;
    buffer_fini(&out);
    buffer_fini(&in);
    return right;
}

/* Every name in the array once, those of our keys exactly so. */
static bool names_each_once(const redisReply *array)
{
    char *seen = calloc((size_t)keys, 1);
    int found = 0;
    bool right = array->type == REDIS_REPLY_ARRAY;

    for (size_t i = 0; right && i < array->elements; i++) {
        int key;

        if (sscanf(array->element[i]->str, "key:%d", &key) != 1)
            continue;
        right = key >= 0 && key < keys && !seen[key];
        seen[key] = 1;
        found++;
    }
    free(seen);
    return right && found == keys;
}

static bool keys_are_named(redisContext *peer, const char *pattern)
{
    redisReply *reply = redisCommand(peer, "KEYS %s", pattern);
    const bool right = reply != NULL && names_each_once(reply);

    freeReplyObject(reply);
    return right;
}

/* With the count that is asked for a server may stop early; then it is asked again. */
static bool keys_are_scanned(redisContext *peer)
{
    char cursor[32] = "0";
    size_t found = 0;

    do {
        redisReply *reply = redisCommand(peer, "SCAN %s COUNT 1000000", cursor);

        if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
            return false;
        snprintf(cursor, sizeof(cursor), "%s", reply->element[0]->str);
        found += reply->element[1]->elements;
        freeReplyObject(reply);
    } while (strcmp(cursor, "0") != 0);
    return found == (size_t)keys;
}

/* What comes and goes does not disturb what stays; and this is served while others ask for KEYS. */
static bool come_and_go(struct client *client)
{
    bool right = true;

    for (int i = 0; i < child_scaled(2000) && right; i++)
        right = says(client->peer, "+OK", "SET other:%d:%d x", client->index, i) &&
                says(client->peer, i < 50 ? ":0" : ":1", "DEL other:%d:%d", client->index, i - 50);
    for (int i = child_scaled(2000) - 50; i < child_scaled(2000) && right; i++)
        ask_int(client->peer, "DEL other:%d:%d", client->index, i);
    return right;
}

static bool look_or_change(struct client *client)
{
    bool right = true;

    if (client->index % 2 == 0)
        return come_and_go(client);
    for (int i = 0; i < child_scaled(5) + 1 && right; i++)
        right = keys_are_named(client->peer, "*");
    return right;
}

static void nothing_is_overtaken(redisContext *peer)
{
    char expected[100];

    snprintf(expected, sizeof(expected), ":%d\r\n+OK\r\n", keys);
    ok(answers_all(peer, "DEL", "*3\r\n$3\r\nSET\r\n$5\r\nkey:7\r\n$5\r\nagain\r\n", expected),
       "a long DEL counts what there was");
    ok(says(peer, "$again", "GET key:7") && ask_int(peer, "DBSIZE") == 1,
       "and what was sent behind it came behind it");
}

/* MGET and MSET of very many keys are of one piece, although they take many turns. */

enum { WHOLE_KEYS = 3000 };

static void add_words(struct buffer *out, const char *command, const char *value)
{
    const int step = value == NULL ? 1 : 2;

    buffer_addf(out, "*%d\r\n$4\r\n%s\r\n", 1 + WHOLE_KEYS * step, command);
    for (int i = 0; i < WHOLE_KEYS; i++) {
        buffer_addf(out, "$9\r\nwhole%04d\r\n", i);
        if (value != NULL)
            buffer_addf(out, "$%zu\r\n%s\r\n", strlen(value), value);
    }
}

static bool set_whole(redisContext *peer, const char *value)
{
    struct buffer out = {0};
    bool right;

    add_words(&out, "MSET", value);
    right = peer_send(peer->fd, out.at, out.len) && peer_expect(peer, "+OK");
    buffer_fini(&out);
    return right;
}

static bool is_of_one_piece(const redisReply *array)
{
    bool right = array != NULL && array->elements == WHOLE_KEYS;

    for (size_t i = 1; right && i < array->elements; i++)
        right = strcmp(array->element[i]->str, array->element[0]->str) == 0;
    if (!right)
        tap_note("it is torn");
    return right;
}

static bool get_whole(redisContext *peer)
{
    struct buffer out = {0};
    redisReply *reply = NULL;
    bool right;

    add_words(&out, "MGET", NULL);
    right = peer_send(peer->fd, out.at, out.len) &&
            redisGetReply(peer, (void **)&reply) == REDIS_OK && is_of_one_piece(reply);
    freeReplyObject(reply);
    buffer_fini(&out);
    return right;
}

static bool write_or_read(struct client *client)
{
    bool right = true;

    for (int i = 0; i < child_scaled(40) && right; i++) {
        char value[16];

        snprintf(value, sizeof(value), "%d:%d", client->index, i);
        right = client->index % 2 == 0 ? set_whole(client->peer, value) : get_whole(client->peer);
    }
    return right;
}

static void long_ones_are_of_one_piece(const struct child *child, redisContext *peer)
{
    ok(set_whole(peer, "first") && get_whole(peer), "MSET of %d keys is answered, and MGET",
       (int)WHOLE_KEYS);
    ok(crowd_run(child, 4, write_or_read, NULL), "nobody sees a part of it");
    says(peer, "+OK", "FLUSHALL");
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};
    redisContext *peer;
    char sum[32];

    subject_init(&subject, argc, argv);
    keys = child_scaled(KEYS);
    snprintf(sum, sizeof(sum), ":%d\r\n", keys);
    child_start(&child, &subject, "");
    peer = peer_open(&child);
    long_ones_are_of_one_piece(&child, peer);
    fill(peer);
    ok(keys_are_named(peer, "*"), "KEYS names each once");
    ok(keys_are_named(peer, "k*:*"), "those that match");
    ok(keys_are_scanned(peer), "SCAN with a huge count names them all");
    ok(answers_all(peer, "EXISTS", "", sum) && answers_all(peer, "TOUCH", "", sum),
       "EXISTS and TOUCH of all of them add up");
    ok(crowd_run(&child, 6, look_or_change, NULL), "also while others come and go");
    ok(ask_int(peer, "DBSIZE") == keys, "of whom nothing is left");
    nothing_is_overtaken(peer);
    fill(peer);
    ok(answers_all(peer, "UNLINK", "", sum), "UNLINK, too");
    ok(ask_int(peer, "DBSIZE") == 0, "and all is gone");
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
