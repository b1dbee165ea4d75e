/* Commands over several keys, and so over several shards: what other clients may see of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/server/crowd.h"
#include "tests/tap/tap.h"

enum { KEYS = 20, WRITERS = 4, READERS = 4 };

/* --- MSET is all or nothing --- */

/* Every key gets the same value, which names its writer and counts up. */
static bool write_all(struct client *client)
{
    const int count = child_scaled(300);

    for (int i = 1; i <= count; i++) {
        struct buffer out = {0};
        char value[32];
        bool written;

        snprintf(value, sizeof(value), "%d-%d", client->index, i);
        buffer_addf(&out, "*%d\r\n$4\r\nMSET\r\n", 1 + 2 * KEYS);
        for (int key = 0; key < KEYS; key++)
            buffer_addf(&out, "$6\r\nall:%02d\r\n$%zu\r\n%s\r\n", key, strlen(value), value);
        written = peer_send(client->peer->fd, out.at, out.len) && peer_expect(client->peer, "+OK");
        buffer_fini(&out);
        if (!written)
            return false;
    }
    return true;
}

/* What one reader has seen: the value now in force, and the newest of each writer. */
struct view {
    int writer;
    int number;
    int newest[WRITERS];
};

/* The value in force may stay, or be replaced by one never seen before; it never comes back. */
static bool is_newer(struct view *view, const char *text)
{
    int writer, number;

    if (strcmp(text, "$nil") == 0)
        return view->number == 0;
    if (sscanf(text, "$%d-%d", &writer, &number) != 2 || writer < 0 || writer >= WRITERS)
        return false;
    if (writer == view->writer && number == view->number)
        return true;
    if (number <= view->newest[writer])
        return false;
    view->writer = writer;
    view->number = number;
    view->newest[writer] = number;
    return true;
}

static bool read_one_by_one(struct client *client)
{
    const int count = child_scaled(150) * KEYS;
    struct view view = {.writer = -1};

    for (int i = 0; i < count; i++) {
        char *text = ask(client->peer, "GET all:%02d", (int)(rand_r(&client->random) % KEYS));
        const bool newer = text != NULL && is_newer(&view, text);

        if (!newer)
            tap_note("after %d-%d came %s", view.writer, view.number, text);
        free(text);
        if (!newer)
            return false;
    }
    return true;
}

static bool are_the_same(const redisReply *reply)
{
    bool same = reply->type == REDIS_REPLY_ARRAY && reply->elements == KEYS;

    for (int key = 1; same && key < KEYS; key++)
        same =
            reply->element[key]->type == reply->element[0]->type &&
            reply->element[key]->len == reply->element[0]->len &&
            (reply->element[0]->len == 0 || /* a missing one has no text at all */
             memcmp(reply->element[key]->str, reply->element[0]->str, reply->element[0]->len) == 0);
    return same;
}

/* All values of an MGET are of one MSET. */
static bool read_together(struct client *client)
{
    const int count = child_scaled(600);
    struct buffer command = {0};

    buffer_addf(&command, "MGET");
    for (int key = 0; key < KEYS; key++)
        buffer_addf(&command, " all:%02d", key);
    buffer_add(&command, "", 1);
    for (int i = 0; i < count; i++) {
        redisReply *reply = redisCommand(client->peer, command.at);
        const bool same = reply != NULL && are_the_same(reply);

        if (reply != NULL)
            freeReplyObject(reply);
        if (!same)
            return false;
    }
    buffer_fini(&command);
    return true;
}

static bool read_together_or_write(struct client *client)
{
    return client->index < WRITERS ? write_all(client) : read_together(client);
}

static void nobody_sees_half(const struct child *child)
{
    redisContext *peer = peer_open(child);

    ok(says(peer, "+OK", "FLUSHALL") &&
           crowd_run(child, WRITERS + READERS, read_together_or_write, NULL),
       "no MGET sees half of an MSET");
    peer_close(peer);
}

static bool read_or_write(struct client *client)
{
    return client->index < WRITERS ? write_all(client) : read_one_by_one(client);
}

static void nobody_sees_new_then_old(const struct child *child)
{
    redisContext *peer = peer_open(child);
    char *first;
    bool same = true;

    ok(crowd_run(child, WRITERS + READERS, read_or_write, NULL),
       "who has seen a new value of an MSET never sees an older one");
    first = ask(peer, "GET all:00");
    for (int i = 1; i < KEYS; i++)
        same = same && first != NULL && says(peer, first, "GET all:%02d", i);
    ok(same, "in the end all keys are of one MSET");
    free(first);
    peer_close(peer);
}

/* --- MSETNX --- */

/* Sets overlap in one key, so at most one of all clients wins a round. */
static bool race(struct client *client)
{
    int *wins = client->shared;

    for (int round = 0; round < child_scaled(100); round++) {
        const long long won = ask_int(
            client->peer, "MSETNX race:%d:%d %d race:%d %d race:%d:x%d %d", round, client->index,
            client->index, round, client->index, round, client->index, client->index);

        if (won != 0 && won != 1)
            return false;
        wins[round * 8 + client->index] = (int)won;
    }
    return true;
}

static bool is_one_winner(redisContext *peer, int round, const int *wins)
{
    int winner = -1, count = 0;
    char value[16];

    for (int i = 0; i < 8; i++)
        if (wins[i]) {
            winner = i;
            count++;
        }
    snprintf(value, sizeof(value), "$%d", winner);
    for (int i = 0; i < 8; i++)
        if (!says(peer, i == winner ? ":2" : ":0", "EXISTS race:%d:%d race:%d:x%d", round, i, round,
                  i))
            return false;
    return count == 1 && says(peer, value, "GET race:%d", round);
}

static void one_wins_msetnx(const struct child *child)
{
    const int rounds = child_scaled(100);
    int *wins = calloc((size_t)rounds * 8, sizeof(*wins));
    redisContext *peer = peer_open(child);
    bool right = crowd_run(child, 8, race, wins);

    for (int i = 0; i < rounds && right; i++)
        right = is_one_winner(peer, i, wins + (size_t)i * 8);
    ok(right, "of 8 clients one wins each MSETNX with all its keys, the others with none");
    peer_close(peer);
    free(wins);
}

/* --- RENAME --- */

static bool pass_on(struct client *client)
{
    for (int i = 0; i < child_scaled(200); i++) {
        const int from = rand_r(&client->random) % 8, to = rand_r(&client->random) % 8;
        char *text = ask(client->peer, "RENAME hot:%d hot:%d", from, to);
        const bool sane =
            text != NULL && (strcmp(text, "+OK") == 0 || strcmp(text, "-ERR no such key") == 0);

        free(text);
        if (!sane)
            return false;
    }
    return true;
}

/* In the middle of a RENAME there is no moment when the key is nowhere, or twice. */
static void renaming_conserves(const struct child *child)
{
    redisContext *peer = peer_open(child);

    ok(says(peer, "+OK", "SET hot:0 potato") && crowd_run(child, 6, pass_on, NULL),
       "6 clients rename one key among 8 names");
    is_int(ask_int(peer, "EXISTS hot:0 hot:1 hot:2 hot:3 hot:4 hot:5 hot:6 hot:7"), 1,
           "it is there once");
    peer_close(peer);
}

/* --- one client, many keys --- */

static void mget_keeps_the_order(redisContext *peer)
{
    const int count = child_scaled(300);
    struct buffer out = {0}, expected = {0};

    for (int i = 0; i < count; i++)
        says(peer, "+OK", "SET mget:%d v%d", i, i);
    buffer_addf(&out, "*%d\r\n$4\r\nMGET\r\n", 1 + 3 * count);
    buffer_addf(&expected, "*%d", 3 * count);
    for (int i = 0; i < count; i++) {
        const int again = i * 7 % count;
        char key[32];

        snprintf(key, sizeof(key), "mget:%d", i);
        buffer_addf(&out, "$%zu\r\n%s\r\n$6\r\nno:key\r\n", strlen(key), key);
        snprintf(key, sizeof(key), "mget:%d", again);
        buffer_addf(&out, "$%zu\r\n%s\r\n", strlen(key), key);
        buffer_addf(&expected, " $v%d $nil $v%d", i, again);
    }
    buffer_add(&expected, "", 1);
    ok(peer_send(peer->fd, out.at, out.len) && peer_expect(peer, expected.at),
       "MGET of %d keys keeps their order, with duplicates and missing ones", 3 * count);
    buffer_fini(&out);
    buffer_fini(&expected);
}

static void counts_are_sums(redisContext *peer)
{
    ok(says(peer, "+OK", "MSET c:1 1 c:2 2 c:3 3 c:4 4 c:5 5 c:6 6"), "MSET of six keys");
    is_int(ask_int(peer, "EXISTS c:1 c:1 c:2 c:7 c:3 c:1"), 5, "EXISTS counts what it was asked");
    is_int(ask_int(peer, "TOUCH c:1 c:1 c:2 c:7"), 3, "so does TOUCH");
    is_int(ask_int(peer, "DEL c:1 c:7 c:2 c:1"), 2, "DEL counts what it removed");
    is_int(ask_int(peer, "UNLINK c:3 c:3 c:4 c:1"), 2, "so does UNLINK");
    is_int(ask_int(peer, "EXISTS c:1 c:2 c:3 c:4 c:5 c:6"), 2, "the others are left");
    ok(says(peer, "+OK", "MSET d:1 a d:2 b d:1 c") && says(peer, "*2 $c $b", "MGET d:1 d:2"),
       "the last one of a duplicate counts");
}

static void mistakes_change_nothing(redisContext *peer)
{
    ok(says_start(peer, "-ERR wrong number of arguments", "MSET e:1 1 e:2"),
       "an MSET without its last value is refused");
    is_int(ask_int(peer, "EXISTS e:1 e:2"), 0, "and has set nothing");
}

/* --- everything --- */

static bool fill(struct client *client)
{
    for (int i = 0; i < child_scaled(200); i++)
        if (!says(client->peer, "+OK", "SET fill:%d:%d x", client->index, i))
            return false;
    return true;
}

static void flushall_leaves_nothing(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int count = 8 * child_scaled(200);

    ok(says(peer, "+OK", "FLUSHALL") && says(peer, ":0", "DBSIZE"), "FLUSHALL empties");
    ok(crowd_run(child, 8, fill, NULL) && ask_int(peer, "DBSIZE") == count,
       "DBSIZE is the sum: %d keys", count);
    ok(says(peer, "+OK", "SELECT 3") && says(peer, "+OK", "SET other x") &&
           says(peer, ":1", "DBSIZE"),
       "another database has its own");
    ok(says(peer, "+OK", "FLUSHDB") && says(peer, ":0", "DBSIZE") &&
           says(peer, "+OK", "SELECT 0") && ask_int(peer, "DBSIZE") == count,
       "FLUSHDB empties one only");
    ok(says(peer, "+OK", "FLUSHALL") && says(peer, "$nil", "GET fill:0:0") &&
           says(peer, "$nil", "RANDOMKEY") && says(peer, "*0", "KEYS *"),
       "after FLUSHALL nothing is found");
    peer_close(peer);
}

/* What was acknowledged before FLUSHALL was asked for is not seen after its answer. */
static bool fill_and_flush(struct client *client)
{
    for (int i = 0; i < child_scaled(50); i++) {
        for (int j = 0; j < 5; j++)
            if (!says(client->peer, "+OK", "SET barrier:%d:%d:%d x", client->index, i, j))
                return false;
        if (!says(client->peer, "+OK", i % 2 ? "FLUSHALL" : "FLUSHALL ASYNC"))
            return false;
        for (int j = 0; j < 5; j++)
            if (!says(client->peer, "$nil", "GET barrier:%d:%d:%d", client->index, i, j))
                return false;
    }
    return true;
}

/* --- one after the other --- */

enum { PAIRS = 30, PAIR_ROUNDS = 1000 };

static bool is_strict(redisContext *peer)
{
    char *order = ask(peer, "CONFIG GET pipeline-order");
    const bool strict = order == NULL || strstr(order, "relaxed") == NULL;

    free(order);
    return strict;
}

static void add_command(redisContext *peer, int pair, bool both)
{
    if (both) {
        redisAppendCommand(peer, "MSET left:%d both right:%d both", pair, pair);
    } else {
        redisAppendCommand(peer, "SET left:%d one", pair);
        redisAppendCommand(peer, "SET right:%d one", pair);
    }
}

static bool send_now(redisContext *peer)
{
    int done = 0;

    while (!done)
        if (redisBufferWrite(peer, &done) != REDIS_OK)
            return false;
    return true;
}

static bool are_ok(redisContext *peer, int count)
{
    bool right = true;

    for (; count > 0; count--)
        right &= peer_expect(peer, "+OK");
    return right;
}

/* Each pair is set by somebody at once, and by peers[0] one after the other. */
static bool set_pairs(redisContext **peers, int count)
{
    bool right = true;

    for (int i = 0; i < PAIRS; i++) {
        add_command(peers[1 + i % (count - 1)], i, true);
        add_command(peers[0], i, false);
    }
    for (int i = count - 1; i >= 0; i--)
        right &= send_now(peers[i]);
    for (int i = 1; i < count; i++)
        right &= are_ok(peers[i], (PAIRS - i) / (count - 1) + 1);
    return right && are_ok(peers[0], 2 * PAIRS);
}

/* Left before right: who has written left last has not been overtaken on the right. */
static bool no_pair_is_crossed(redisContext *peer)
{
    bool right = true;

    for (int i = 0; i < PAIRS; i++) {
        char *pair = ask(peer, "MGET left:%d right:%d", i, i);

        right &= pair != NULL && strcmp(pair, "*2 $one $both") != 0;
        free(pair);
    }
    return right;
}

static void commands_run_one_after_the_other(const struct child *child)
{
    redisContext *peers[16];
    bool right = true;

    for (int i = 0; i < 16; i++)
        peers[i] = peer_open(child);
    for (int round = 0; round < child_scaled(PAIR_ROUNDS) && right; round++) {
        right = set_pairs(peers, 16) && no_pair_is_crossed(peers[0]);
        if (round % 2 == 1) { /* whoever is served by which thread */
            redisContext *first = peers[0];

            peers[0] = peers[15];
            peers[15] = first;
        }
    }
    ok(right, "in strict order no command is overtaken by those behind it");
    for (int i = 0; i < 16; i++)
        peer_close(peers[i]);
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};
    redisContext *peer;

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    nobody_sees_new_then_old(&child);
    nobody_sees_half(&child);
    peer = peer_open(&child);
    if (peer_knows(peer, "msetnx"))
        one_wins_msetnx(&child);
    else
        tap_skip(1, "there is no MSETNX");
    if (peer_knows(peer, "rename"))
        renaming_conserves(&child);
    else
        tap_skip(2, "there is no RENAME");
    mget_keeps_the_order(peer);
    counts_are_sums(peer);
    mistakes_change_nothing(peer);
    if (is_strict(peer))
        commands_run_one_after_the_other(&child);
    else
        tap_skip(1, "the order of a pipeline is relaxed");
    peer_close(peer);
    flushall_leaves_nothing(&child);
    ok(crowd_run(&child, 6, fill_and_flush, NULL), "FLUSHALL is a barrier, whoever else flushes");
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
