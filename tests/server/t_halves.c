/*
 * Commands that write several keys, or one from several: readers look for halves of them, and
 * every other one sends something behind each question, while writers write. CROFT_TEST_SCALE makes
 * it as long as one likes; how often was looked is noted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/server/crowd.h"
#include "tests/tap/tap.h"

enum { KEYS = 6, WRITERS = 3, READERS = 3, WRITES = 150, LOOKS = 300 };

struct trial {
    const char *command;
    const char *promise;
    bool (*prepare)(redisContext *peer);
    bool (*write)(struct client *client, int i);
    /* False when what it sees is half of something. */
    bool (*look)(struct client *client);
};

/* What all clients of a trial share; counters are each client's own. */
struct stage {
    const struct trial *trial;
    int round; /* of MSETNX: the newest names */
    int looks[WRITERS + READERS];
    int halves[WRITERS + READERS];
};

/* --- looking at all keys at once --- */

static bool skip_one(redisContext *peer)
{
    char *reply = peer_next(peer);

    free(reply);
    return reply != NULL;
}

static redisReply *all_of(struct client *client, const char *prefix)
{
    const bool alone = client->index % 2 == 0;
    redisReply *reply = NULL;

    redisAppendCommand(client->peer, "MGET %s0 %s1 %s2 %s3 %s4 %s5", prefix, prefix, prefix, prefix,
                       prefix, prefix);
    if (!alone)
        redisAppendCommand(client->peer, "GET %s0", prefix);
    if (redisGetReply(client->peer, (void **)&reply) != REDIS_OK ||
        (!alone && !skip_one(client->peer)))
        reply = NULL;
    if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == KEYS)
        return reply;
    tap_bail("MGET does not answer");
}

static bool same_text(const redisReply *one, const redisReply *other)
{
    return one->type == other->type && one->len == other->len &&
           (one->len == 0 || memcmp(one->str, other->str, one->len) == 0);
}

static void note_all(const redisReply *reply)
{
    for (size_t i = 0; i < reply->elements; i++)
        tap_note("key %zu: %s", i,
                 reply->element[i]->str == NULL ? "(none)" : reply->element[i]->str);
}

static bool all_are_the_same(struct client *client, const char *prefix)
{
    redisReply *reply = all_of(client, prefix);
    bool same = true;

    for (int i = 1; i < KEYS; i++)
        same &= same_text(reply->element[0], reply->element[i]);
    if (!same)
        note_all(reply);
    freeReplyObject(reply);
    return same;
}

static bool one_is_there(struct client *client, const char *prefix)
{
    redisReply *reply = all_of(client, prefix);
    int there = 0;

    for (int i = 0; i < KEYS; i++)
        there += reply->element[i]->type == REDIS_REPLY_STRING;
    if (there != 1)
        note_all(reply);
    freeReplyObject(reply);
    return there == 1;
}

static bool nothing(redisContext *peer)
{
    return says(peer, "+OK", "FLUSHALL");
}

/* --- MSET, MSETEX: all keys have one value --- */

static bool mset(struct client *client, int i)
{
    const int v = i * WRITERS + client->index;

    return says(client->peer, "+OK", "MSET s0 %d s1 %d s2 %d s3 %d s4 %d s5 %d", v, v, v, v, v, v);
}

static bool msetex(struct client *client, int i)
{
    const int v = i * WRITERS + client->index;

    return says(client->peer, ":1", "MSETEX 6 s0 %d s1 %d s2 %d s3 %d s4 %d s5 %d EX 100000", v, v,
                v, v, v, v);
}

static bool look_at_values(struct client *client)
{
    return all_are_the_same(client, "s");
}

/* --- MSETNX: all keys of a round or none --- */

static bool msetnx(struct client *client, int i)
{
    struct stage *stage = client->shared;
    long long set;

    set = ask_int(client->peer, "MSETNX n%d:0 %d n%d:1 %d n%d:2 %d n%d:3 %d n%d:4 %d n%d:5 %d", i,
                  client->index, i, client->index, i, client->index, i, client->index, i,
                  client->index, i, client->index);
    __atomic_store_n(&stage->round, i + 1, __ATOMIC_RELAXED);
    return set == 0 || set == 1;
}

/* Rounds go on meanwhile: the one that is about to be is the one to look at. */
static bool look_at_round(struct client *client)
{
    struct stage *stage = client->shared;
    const int round = __atomic_load_n(&stage->round, __ATOMIC_RELAXED);
    char prefix[32];

    snprintf(prefix, sizeof(prefix), "n%d:", round);
    return all_are_the_same(client, prefix);
}

/* --- RENAME, RENAMENX: what is renamed is in one place --- */

static bool place_token(redisContext *peer)
{
    return nothing(peer) && says(peer, "+OK", "SET t0 token");
}

static bool move_token(struct client *client, const char *command)
{
    const int from = rand_r(&client->random) % KEYS, to = rand_r(&client->random) % KEYS;
    char *text = ask(client->peer, "%s t%d t%d", command, from, to);
    const bool sane = text != NULL && (*text != '-' || strcmp(text, "-ERR no such key") == 0);

    free(text);
    return sane;
}

static bool rename_token(struct client *client, int i)
{
    (void)i;
    return move_token(client, "RENAME");
}

static bool renamenx_token(struct client *client, int i)
{
    (void)i;
    return move_token(client, "RENAMENX");
}

static bool look_for_token(struct client *client)
{
    return one_is_there(client, "t");
}

/* --- COPY: the copy is never missing, and never newer --- */

static bool make_copies(redisContext *peer)
{
    return nothing(peer) && says(peer, "+OK", "MSET c0 1 c1 1 c2 1 c3 1 c4 1 c5 1");
}

static bool count_or_copy(struct client *client, int i)
{
    if (client->index == 0)
        return ask_int(client->peer, "INCR c0") > 0;
    return says(client->peer, ":1", "COPY c0 c%d REPLACE", 1 + i % (KEYS - 1));
}

static bool look_at_copies(struct client *client)
{
    redisReply *reply = all_of(client, "c");
    bool right = true;

    for (int i = 0; i < KEYS; i++)
        right &= reply->element[i]->str != NULL &&
                 atoi(reply->element[i]->str) <= atoi(reply->element[0]->str);
    if (!right)
        note_all(reply);
    freeReplyObject(reply);
    return right;
}

/* --- BITOP: two sources that are always the same make zeros --- */

static bool make_sources(redisContext *peer)
{
    return nothing(peer) && says(peer, "+OK", "MSET b0 x b1 x");
}

static bool change_or_combine(struct client *client, int i)
{
    static const char *const values[] = {"aa", "bb", "cc"};
    const char *value = values[i % 3];

    if (client->index == 0)
        return says(client->peer, "+OK", "MSET b0 %s b1 %s", value, value);
    return ask_int(client->peer, "BITOP XOR b%d b0 b1", 1 + client->index) > 0;
}

static bool look_for_bits(struct client *client)
{
    return ask_int(client->peer, "BITCOUNT b2") == 0 && ask_int(client->peer, "BITCOUNT b3") == 0;
}

/* --- PFMERGE: of two that are always the same, three elements each --- */

static bool make_sketches(redisContext *peer)
{
    return nothing(peer) && says(peer, ":1", "PFADD x0 a b c") &&
           says(peer, ":1", "PFADD x1 d e f") && says(peer, ":1", "PFADD p0 a b c") &&
           says(peer, ":1", "PFADD p1 a b c");
}

static bool set_both(redisContext *peer, const char *from)
{
    redisReply *sketch = redisCommand(peer, "GET %s", from);
    bool set = sketch != NULL && sketch->type == REDIS_REPLY_STRING;

    if (set)
        set = says(peer, "+OK", "MSET p0 %b p1 %b", sketch->str, (size_t)sketch->len, sketch->str,
                   (size_t)sketch->len);
    freeReplyObject(sketch);
    return set;
}

static bool change_or_merge(struct client *client, int i)
{
    if (client->index == 0)
        return set_both(client->peer, i % 2 == 0 ? "x1" : "x0");
    return says(client->peer, "+OK", "PFMERGE m%d:%d p0 p1", client->index, i) &&
           ask_int(client->peer, "PFCOUNT m%d:%d", client->index, i) == 3;
}

static bool look_at_union(struct client *client)
{
    return ask_int(client->peer, "PFCOUNT p0 p1") == 3;
}

static const struct trial trials[] = {
    {"mset", "all values of an MSET, or none", nothing, mset, look_at_values},
    {"msetnx", "all keys of an MSETNX, or none", nothing, msetnx, look_at_round},
    {"msetex", "all values of an MSETEX, or none", nothing, msetex, look_at_values},
    {"rename", "what RENAME moves in one place", place_token, rename_token, look_for_token},
    {"renamenx", "what RENAMENX moves in one place", place_token, renamenx_token, look_for_token},
    {"copy", "a whole COPY, not newer than its source", make_copies, count_or_copy, look_at_copies},
    {"bitop", "a BITOP of one state of its sources", make_sources, change_or_combine,
     look_for_bits},
    {"pfmerge", "a PFMERGE of one state of its sources", make_sketches, change_or_merge,
     look_at_union},
};

static bool take_part(struct client *client)
{
    struct stage *stage = client->shared;
    const struct trial *trial = stage->trial;
    const bool writes = client->index < WRITERS;
    const int count = child_scaled(writes ? WRITES : LOOKS);

    for (int i = 0; i < count; i++) {
        if (writes && !trial->write(client, i))
            return false;
        if (writes)
            continue;
        stage->looks[client->index]++;
        stage->halves[client->index] += !trial->look(client);
    }
    return true;
}

static void try_it(const struct child *child, const struct trial *trial)
{
    struct stage stage = {.trial = trial};
    redisContext *peer = peer_open(child);
    int looks = 0, halves = 0;
    bool written;

    if (!peer_knows(peer, trial->command)) {
        tap_skip(2, "there is no %s", trial->command);
        peer_close(peer);
        return;
    }
    written = trial->prepare(peer) && crowd_run(child, WRITERS + READERS, take_part, &stage);
    for (int i = 0; i < WRITERS + READERS; i++) {
        looks += stage.looks[i];
        halves += stage.halves[i];
    }
    tap_note("%s: %d writes, %d looks, %d halves", trial->command, WRITERS * child_scaled(WRITES),
             looks, halves);
    ok(written, "%s writes", trial->command);
    is_int(halves, 0, "readers see %s", trial->promise);
    peer_close(peer);
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++)
        try_it(&child, &trials[i]);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
