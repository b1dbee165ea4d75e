/* Large values: whole, in order, as they were when they were asked for, and gone afterwards. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define LARGEST (4 * MIB)
#define KEPT (10 * MIB) /* free buffers that may be kept for reuse */

/* Any two values differ nearly everywhere, and so do a value and itself moved. */
static void draw(char *into, size_t len, unsigned number)
{
    for (size_t i = 0; i < len; i++)
        into[i] = (char)(number * 89 + i * 13 + i / 4093 * 7);
}

static bool is_drawn(const char *at, size_t len, unsigned number)
{
    for (size_t i = 0; i < len; i++)
        if (at[i] != (char)(number * 89 + i * 13 + i / 4093 * 7))
            return false;
    return true;
}

static bool is_reply(const redisReply *reply, size_t len, unsigned number)
{
    return reply != NULL && reply->type == REDIS_REPLY_STRING && (size_t)reply->len == len &&
           is_drawn(reply->str, len, number);
}

static bool set(redisContext *peer, const char *key, size_t len, unsigned number)
{
    char *value = malloc(len);
    bool right;

    draw(value, len, number);
    right = says(peer, "+OK", "SET %s %b", key, value, len);
    free(value);
    return right;
}

static bool gets(redisContext *peer, const char *command, const char *key, size_t len,
                 unsigned number)
{
    redisReply *reply = redisCommand(peer, "%s %s", command, key);
    const bool right = is_reply(reply, len, number);

    freeReplyObject(reply);
    return right;
}

static const size_t sizes[] = {31 * KIB,      32 * KIB - 1,  32 * KIB, 32 * KIB + 1,
                               40000,         64 * KIB,      100000,   64 * KIB + 1,
                               256 * KIB,     300001,        MIB - 1,  MIB,
                               2 * MIB - 100, 2 * MIB + 100, 3 * MIB,  LARGEST};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void they_come_back_whole(const struct child *child)
{
    redisContext *peer = peer_open(child);
    bool right = true;

    for (unsigned i = 0; i < SIZES; i++)
        right &= set(peer, "whole", sizes[i], i) && gets(peer, "GET", "whole", sizes[i], i);
    ok(right, "values of 31 KB to 4 MB come back");
    for (unsigned i = SIZES; i-- > 0;)
        right &= set(peer, "whole", sizes[i], i) && gets(peer, "GET", "whole", sizes[i], i) &&
                 ask_int(peer, "STRLEN whole") == (long long)sizes[i];
    ok(right, "also in the place of larger ones");
    ok(set(peer, "whole", MIB, 7) && says(peer, ":1", "EXPIRE whole 1000") &&
           gets(peer, "GET", "whole", MIB, 7) && says(peer, ":1", "PERSIST whole") &&
           gets(peer, "GETDEL", "whole", MIB, 7) && says(peer, "$nil", "GET whole"),
       "with and without an expiry, until they are deleted");
    peer_close(peer);
}

static void they_grow(const struct child *child)
{
    redisContext *peer = peer_open(child);
    char *value = malloc(MIB);
    bool right = true;

    draw(value, MIB, 3);
    for (size_t at = 0; at < MIB; at += 32 * KIB)
        right &=
            ask_int(peer, "APPEND grown %b", value + at, 32 * KIB) == (long long)(at + 32 * KIB);
    ok(right && gets(peer, "GET", "grown", MIB, 3), "a value may be put together");
    ok(says_start(peer, "-ERR value is not an integer", "INCR grown"), "it is no number");
    ok(says(peer, "+OK", "SET grown 5") && says(peer, ":6", "INCR grown"), "but may become one");
    free(value);
    peer_close(peer);
}

/* --- many at once --- */

#define MANY 24

static size_t size_of(unsigned i)
{
    return sizes[i % 12] + i * 1000;
}

static void put_bulk(struct buffer *out, const void *bytes, size_t len)
{
    buffer_addf(out, "$%zu\r\n", len);
    buffer_add(out, bytes, len);
    buffer_add(out, "\r\n", 2);
}

static void put_drawn(struct buffer *out, size_t len, unsigned number)
{
    char *value = malloc(len);

    draw(value, len, number);
    put_bulk(out, value, len);
    free(value);
}

static void put_mset(struct buffer *out, unsigned round)
{
    buffer_addf(out, "*%d\r\n$4\r\nMSET\r\n", 1 + 2 * MANY);
    for (unsigned i = 0; i < MANY; i++) {
        char key[16];

        put_bulk(out, key, (size_t)snprintf(key, sizeof(key), "many:%u", i));
        if (i % 5 == 4)
            put_bulk(out, "small", 5);
        else
            put_drawn(out, size_of(i), i + round);
    }
}

static void put_values(struct buffer *out, unsigned round)
{
    buffer_addf(out, "*%d\r\n", MANY);
    for (unsigned i = 0; i < MANY; i++)
        if (i % 5 == 4)
            put_bulk(out, "small", 5);
        else
            put_drawn(out, size_of(i), i + round);
}

static void put_mget(struct buffer *out)
{
    buffer_add(out, "MGET", 4);
    for (unsigned i = 0; i < MANY; i++)
        buffer_addf(out, " many:%u", i);
    buffer_add(out, "\r\n", 2);
}

static void many_come_and_go_together(const struct child *child, size_t piece, const char *name)
{
    struct buffer out = {0}, in = {0}, expected = {0};
    const int fd = peer_connect(child);
    unsigned random = 5;

    for (unsigned round = 0; round < 3; round++) {
        put_mset(&out, round);
        buffer_add(&expected, "+OK\r\n", 5);
        put_mget(&out);
        put_mget(&out);
        put_values(&expected, round);
        put_values(&expected, round);
    }
    ok(peer_pump(fd, &out, piece, &random, expected.len, &in) && in.len == expected.len &&
           memcmp(in.at, expected.at, in.len) == 0,
       "MSET and MGET of large values one behind the other, %s", name);
    close(fd);
    buffer_fini(&out);
    buffer_fini(&in);
    buffer_fini(&expected);
}

/* --- what is asked for and then changed --- */

#define CHANGES 40

/* Asks for it, changes it, asks again ... without reading any answer. */
static void put_changes(struct buffer *out, struct buffer *expected)
{
    char *value = malloc(MIB);

    for (unsigned i = 0; i < CHANGES; i++) {
        buffer_addf(out, "*3\r\n$3\r\nSET\r\n$7\r\nchanged\r\n");
        put_drawn(out, 500 * KIB, i);
        buffer_add(expected, "+OK\r\n", 5);
        buffer_addf(out, "GET changed\r\nAPPEND changed more\r\nGET changed\r\n");
        put_drawn(expected, 500 * KIB, i);
        buffer_addf(expected, ":%zu\r\n$%zu\r\n", 500 * KIB + 4, 500 * KIB + 4);
        draw(value, 500 * KIB, i);
        buffer_add(expected, value, 500 * KIB);
        buffer_add(expected, "more\r\n", 6);
        buffer_addf(out, "GETSET changed tiny\r\nDEL changed\r\n");
        buffer_addf(expected, "$%zu\r\n", 500 * KIB + 4);
        buffer_add(expected, value, 500 * KIB);
        buffer_add(expected, "more\r\n:1\r\n", 10);
    }
    free(value);
}

static bool is_set(redisContext *peer, const char *key)
{
    char *reply = ask(peer, "EXISTS %s", key);
    const bool there = strcmp(reply, ":1") == 0;

    free(reply);
    return there;
}

static void answers_stay_as_they_were(const struct child *child)
{
    struct buffer out = {0}, in = {0}, expected = {0};
    const struct buffer nothing = {0};
    const int fd = peer_connect(child);
    redisContext *peer = peer_open(child);

    put_changes(&out, &expected);
    buffer_addf(&out, "SET {changed}marker set\r\n");
    buffer_addf(&expected, "+OK\r\n");
    ok(peer_send(fd, out.at, out.len), "a client asks for much and does not read");
    for (int i = 0; i < 1000 && !is_set(peer, "{changed}marker"); i++)
        child_sleep_ms(10);
    for (unsigned i = 0; i < 20; i++)
        set(peer, "changed", 500 * KIB, 100 + i);
    ok(peer_pump(fd, &nothing, 1, NULL, expected.len, &in) && in.len == expected.len &&
           memcmp(in.at, expected.at, in.len) == 0,
       "each answer is as it was when it was asked for");
    close(fd);
    peer_close(peer);
    buffer_fini(&out);
    buffer_fini(&in);
    buffer_fini(&expected);
}

/* Somebody overwrites, others read: never a mixture. */
static void readers_see_one_value(const struct child *child)
{
    redisContext *writer = peer_open(child), *reader = peer_open(child);
    bool right = set(writer, "one", MIB, 0);

    for (unsigned i = 1; i < 100 && right; i++) {
        redisReply *reply = NULL;
        char *value = malloc(MIB);

        memset(value, (char)i, MIB);
        redisAppendCommand(reader, "GET one");
        redisAppendCommand(writer, "SET one %b", value, MIB);
        for (int done = 0; !done;)
            redisBufferWrite(reader, &done);
        right = redisGetReply(writer, (void **)&reply) == REDIS_OK;
        freeReplyObject(reply);
        right &= redisGetReply(reader, (void **)&reply) == REDIS_OK && reply->len == (int)MIB;
        right &= i < 3 || memcmp(reply->str, reply->str + 1, MIB - 1) == 0;
        freeReplyObject(reply);
        free(value);
    }
    ok(right, "who reads while another writes gets the one value or the other");
    peer_close(writer);
    peer_close(reader);
}

/* --- who goes --- */

static void send_a_part(const struct child *child, size_t len)
{
    struct buffer out = {0};
    const int fd = peer_connect(child);

    buffer_addf(&out, "*3\r\n$3\r\nSET\r\n$4\r\ngone\r\n");
    put_drawn(&out, 2 * MIB, 1);
    peer_send(fd, out.at, len);
    buffer_fini(&out);
    if (len % 2 == 0)
        peer_reset(fd);
    else
        close(fd);
}

static void ask_and_go(const struct child *child, bool reads)
{
    const int fd = peer_connect(child);
    char bytes[1000];

    for (unsigned i = 0; i < 20; i++)
        peer_send(fd, "GET stays\r\nGETSET stays2 x\r\n", 28);
    if (reads)
        recv(fd, bytes, sizeof(bytes), MSG_WAITALL);
    peer_reset(fd);
}

static void who_goes_leaves_nothing(const struct child *child)
{
    redisContext *peer = peer_open(child);

    set(peer, "stays", 3 * MIB, 9);
    for (unsigned i = 0; i < 50; i++) {
        send_a_part(child, 30 + i * i * 800);
        set(peer, "stays2", 100 * KIB, i);
        ask_and_go(child, i % 2 == 0);
    }
    ok(peer_wait_info(peer, "connected_clients", 1), "clients that vanish half-way are gone");
    ok(says(peer, "$nil", "GET gone"), "what came half did not come");
    ok(gets(peer, "GET", "stays", 3 * MIB, 9), "what is there stays");
    peer_close(peer);
}

static void the_muted_get_nothing(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int fd = peer_connect(child);
    struct buffer in = {0};

    set(peer, "stays", 300 * KIB, 1);
    peer_send(fd, "CLIENT REPLY OFF\r\n", 18);
    for (unsigned i = 0; i < 10; i++)
        peer_send(fd, "GET stays\r\nMGET stays none stays\r\n", 34);
    peer_send(fd, "CLIENT REPLY ON\r\nQUIT\r\n", 23);
    ok(peer_read_end(fd, &in), "who wants no replies");
    is_bytes(in.at, in.len, "+OK\r\n+OK\r\n", 10, "gets none");
    buffer_fini(&in);
    close(fd);
    peer_close(peer);
}

/* --- limits --- */

static void slow_readers_are_limited(const struct child *child)
{
    redisContext *peer = peer_open(child);
    const int fd = peer_connect(child);

    set(peer, "stays", MIB, 1);
    says(peer, "+OK", "CONFIG SET client-output-buffer-limit %s", "normal 20mb 0 0");
    for (unsigned i = 0; i < 100; i++)
        peer_send(fd, "GET stays\r\n", 11);
    ok(peer_wait_info(peer, "connected_clients", 1), "who leaves too much unread is closed");
    says(peer, "+OK", "CONFIG SET client-output-buffer-limit %s", "normal 0 0 0");
    close(fd);
    peer_close(peer);
}

/* Refused after they have come, or not stored although they have. */
static void words_need_not_be_values(const struct child *child)
{
    redisContext *peer = peer_open(child);
    char *word = malloc(MIB);
    bool right;

    memset(word, 'w', MIB);
    ok(says_start(peer, "-ERR unknown command", "NOSUCH %b", word, MIB) &&
           says_start(peer, "-ERR wrong number", "GET %b %b", word, MIB, word, MIB) &&
           says_start(peer, "-ERR syntax", "SET k v %b", word, MIB),
       "large words may be mistakes");
    right = says(peer, "+OK", "SET %b %b", word, MIB, word, MIB) &&
            says(peer, ":1", "EXISTS %b", word, MIB) &&
            ask_int(peer, "STRLEN %b", word, MIB) == (long long)MIB &&
            says(peer, ":1", "SETNX new %b", word, MIB) &&
            says(peer, ":0", "SETNX new %b", word, MIB) &&
            says(peer, "$nil", "SET other %b XX", word, MIB) &&
            says(peer, ":2", "DEL %b new", word, MIB);
    ok(right, "or keys, or stay unused");
    free(word);
    peer_close(peer);
}

static bool returns_to(redisContext *peer, long long most)
{
    for (int i = 0; i < 200; i++) {
        if (peer_info(peer, "used_memory") <= most)
            return true;
        child_sleep_ms(20);
    }
    tap_note("used_memory is %lld", peer_info(peer, "used_memory"));
    return false;
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};
    redisContext *peer;
    long long used;
    int descriptors;

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    peer = peer_open(&child);
    says(peer, "+OK", "SET first value");
    used = peer_info(peer, "used_memory");
    descriptors = child_descriptors(&child);
    peer_close(peer);
    they_come_back_whole(&child);
    they_grow(&child);
    many_come_and_go_together(&child, 16 * MIB, "sent at once");
    many_come_and_go_together(&child, 20000, "in small pieces");
    many_come_and_go_together(&child, 200000, "in larger pieces");
    answers_stay_as_they_were(&child);
    readers_see_one_value(&child);
    who_goes_leaves_nothing(&child);
    the_muted_get_nothing(&child);
    slow_readers_are_limited(&child);
    words_need_not_be_values(&child);
    peer = peer_open(&child);
    says(peer, "+OK", "FLUSHALL");
    ok(returns_to(peer, used + (long long)KEPT), "in the end no memory is used to speak of");
    is_int(child_descriptors(&child), descriptors, "and no descriptor");
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
