/* The limit on memory, as clients meet it: who is refused changes nothing, what one shard does not use
 * another may, and what is evicted makes room. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/server/crowd.h"
#include "tests/tap/tap.h"

enum { PER_MSET = 20, VALUE = 400, MIB = 1024 * 1024 };

static bool is_croft;

/* Redis counts what the server itself uses, too. */
static void set_limit(redisContext *peer, long long data)
{
    long long own = is_croft ? 0 : peer_info(peer, "used_memory");

    says(peer, "+OK", "CONFIG SET maxmemory %lld", own + data);
}

static void send_mset(redisContext *peer, int number, const char *tag)
{
    struct buffer out = {0};
    char value[VALUE + 1];

    memset(value, 'v', VALUE);
    value[VALUE] = '\0';
    buffer_addf(&out, "*%d\r\n$4\r\nMSET\r\n", 1 + 2 * PER_MSET);
    for (int i = 0; i < PER_MSET; i++) {
        char key[64];
        const int len = snprintf(key, sizeof(key), "%skey:%d:%d", tag, number, i);

        buffer_addf(&out, "$%d\r\n%s\r\n$%d\r\n%s\r\n", len, key, VALUE, value);
    }
    peer_send(peer->fd, out.at, out.len);
    buffer_fini(&out);
}

/* '+', or '-' when refused; anything else is wrong. */
static char mset(redisContext *peer, int number, const char *tag)
{
    char *reply;
    char kind;

    send_mset(peer, number, tag);
    reply = peer_next(peer);
    kind = reply == NULL ? '?' : reply[0];
    if (kind == '-' && strncmp(reply, "-OOM command not allowed", 24) != 0)
        kind = '?';
    free(reply);
    return kind;
}

static long long count_of(redisContext *peer, int number)
{
    struct buffer out = {0};
    char *reply;
    long long count;

    buffer_addf(&out, "*%d\r\n$6\r\nEXISTS\r\n", 1 + PER_MSET);
    for (int i = 0; i < PER_MSET; i++) {
        char key[64];
        const int len = snprintf(key, sizeof(key), "key:%d:%d", number, i);

        buffer_addf(&out, "$%d\r\n%s\r\n", len, key);
    }
    peer_send(peer->fd, out.at, out.len);
    buffer_fini(&out);
    reply = peer_next(peer);
    count = reply == NULL ? -1 : atoll(reply + 1);
    free(reply);
    return count;
}

/* Each writes until it was refused often enough. What was refused must not be there at all. */
static bool fill(struct client *client)
{
    int refused = 0;

    for (int i = 0; refused < 20 && i < 20000; i++) {
        const int number = client->index * 1000000 + i;
        const char kind = mset(client->peer, number, "");

        if (kind != '+' && kind != '-')
            return false;
        if (kind == '-') {
            refused++;
            if (count_of(client->peer, number) != 0)
                return false;
        } else if (count_of(client->peer, number) != PER_MSET) {
            return false;
        }
    }
    return refused == 20;
}

static bool is_refused_in_the_end(redisContext *peer)
{
    for (int i = 0; i < 20000; i++) {
        char *reply = ask(peer, "SET single:%d {%0300d}", i, i);
        const bool refused = reply != NULL && strncmp(reply, "-OOM", 4) == 0;

        free(reply);
        if (refused)
            return true;
    }
    return false;
}

static bool are_right(redisContext *peer)
{
    unsigned long long counted = 0, walked = 1, unfiled = 1;
    redisReply *reply = redisCommand(peer, "DEBUG MEMORY-WALK");
    bool right = reply != NULL && reply->str != NULL &&
                 sscanf(reply->str, "counted:%llu\r\nwalked:%llu\r\nunfiled:%llu", &counted,
                        &walked, &unfiled) == 3 &&
                 counted == walked && unfiled == 0;

    if (!right)
        tap_note("%s", reply == NULL || reply->str == NULL ? "no answer" : reply->str);
    freeReplyObject(reply);
    return right && (long long)counted == peer_info(peer, "used_memory_data");
}

/* What is counted as used is what there is, to the byte. While something is still evicted INFO is a moment
 * later. */
static void the_books_are_right(redisContext *peer, const char *when)
{
    bool right = false;

    if (!is_croft) {
        tap_skip(1, "only croft counts again");
        return;
    }
    for (int i = 0; i < 100 && !right; i++) {
        right = are_right(peer);
        child_sleep_ms(right ? 0 : 20);
    }
    ok(right, "%s: what is counted is what is there", when);
}

static void who_is_refused_has_written_nothing(const struct child *child, redisContext *peer)
{
    long long keys;

    set_limit(peer, 8 * MIB);
    ok(crowd_run(child, 4, fill, NULL), "an MSET is refused as a whole, or not at all");
    the_books_are_right(peer, "at the limit");
    keys = ask_int(peer, "DBSIZE");
    ok(keys > 6 * MIB / (VALUE + 150) && keys < 10 * MIB / VALUE,
       "when the limit is reached: %lld keys", keys);
    ok(is_refused_in_the_end(peer), "so is a SET");
    ok(says_start(peer, "+OK", "FLUSHALL") && says(peer, "+OK", "SET another 1"),
       "after FLUSHALL there is room at once");
    says(peer, "+OK", "FLUSHALL");
    the_books_are_right(peer, "when all is gone");
}

static void one_shard_may_use_what_others_do_not(redisContext *peer)
{
    long long keys;
    int number = 0;
    bool right = true;

    set_limit(peer, 8 * MIB);
    says(peer, "+OK", "CONFIG SET maxmemory-policy allkeys-lru");
    for (; number < 3000 && right; number++)
        right = mset(peer, number, "{hot}") == '+';
    ok(right, "with a policy that evicts nothing is refused");
    keys = ask_int(peer, "DBSIZE");
    ok(keys > 8 * MIB / 10 * 8 / (VALUE + 64), "one shard uses nearly all: %lld keys", keys);
    ok(peer_info(peer, "evicted_keys") > 0, "others were evicted");
    for (; number < 6000 && right; number++)
        right = mset(peer, number, "") == '+';
    ok(right, "then all of them are used, and nothing is refused, either");
    the_books_are_right(peer, "after much eviction");
}

static void a_smaller_limit_is_reached(redisContext *peer)
{
    bool reached = false;

    set_limit(peer, is_croft ? 2 * MIB : -6 * MIB);
    for (int i = 0; i < 200 && !reached; i++) {
        child_sleep_ms(20);
        says(peer, "+OK", "SET one more");
        reached = ask_int(peer, "DBSIZE") < 3 * MIB / VALUE + 1000;
    }
    ok(reached, "a smaller limit is reached");
    the_books_are_right(peer, "in the end");
    says(peer, "+OK", "CONFIG SET maxmemory 0");
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};
    redisContext *peer;

    subject_init(&subject, argc, argv);
    is_croft = subject.is_croft;
    child_start(&child, &subject, "--enable-debug-command local");
    peer = peer_open(&child);
    who_is_refused_has_written_nothing(&child, peer);
    one_shard_may_use_what_others_do_not(peer);
    a_smaller_limit_is_reached(peer);
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
