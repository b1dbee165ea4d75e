/* Replies are understood however the bytes are cut, and what is not right is noticed. */
#include "bench/scanner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

struct talk {
    struct phrase phrase;
    struct batch batch;
    struct scanner scanner;
};

static void begin(struct talk *talk, enum protocol protocol, const char *value_size)
{
    struct why why = {""};

    if (!phrase_init(&talk->phrase, protocol, 1000, value_size, 0, &why) ||
        !phrase_make_batch(&talk->phrase, &talk->batch, 4))
        tap_bail("%s", why.text);
    scanner_init(&talk->scanner, &talk->phrase);
}

static void end(struct talk *talk)
{
    batch_fini(&talk->batch);
    phrase_fini(&talk->phrase);
}

static struct expected get_of(uint64_t key)
{
    return (struct expected){.digits = keys_eight_digits(key), .is_get = 1};
}

/* What one reply, given whole, is taken for. */
static enum scanner_found found(struct talk *talk, struct expected expected, const char *reply)
{
    struct input input = {reply, strlen(reply)};
    const enum scanner_found result = scanner_read(&talk->scanner, expected, &input);

    return input.len == 0 || result == SCANNER_BROKEN ? result : SCANNER_MORE;
}

/* The same, `step` bytes at a time, as a connection does it. */
static enum scanner_found found_in_steps(struct talk *talk, struct expected expected,
                                         const char *reply, size_t step)
{
    const size_t total = strlen(reply);
    size_t consumed = 0, there = 0;
    enum scanner_found result;

    do {
        struct input input = {reply + consumed, 0};

        there = there + step < total ? there + step : total;
        input.len = there - consumed;
        result = scanner_read(&talk->scanner, expected, &input);
        consumed = (size_t)(input.at - reply);
        if (there - consumed > SCANNER_KEPT)
            return SCANNER_BROKEN;
    } while (result == SCANNER_MORE && there < total);
    return consumed == total ? result : SCANNER_MORE;
}

/* The value that phrase would store for the key. */
static void write_value(char *into, uint64_t key, size_t len)
{
    const uint64_t digits = keys_eight_digits(key);

    memset(into, 'z', len);
    if (len < 8) {
        memcpy(into, (const char *)&digits + 8 - len, len);
        return;
    }
    memcpy(into, &digits, 8);
    if (len >= 16)
        memcpy(into + len - 8, &digits, 8);
}

static char *write_reply(enum protocol protocol, uint64_t key, size_t len)
{
    char *reply = malloc(len + 100), *at = reply;

    if (protocol == PROTOCOL_RESP)
        at += sprintf(at, "$%zu\r\n", len);
    else
        at += sprintf(at, "VALUE key:%012d 0 %zu\r\n", (int)key, len);
    write_value(at, key, len);
    strcpy(at + len, protocol == PROTOCOL_RESP ? "\r\n" : "\r\nEND\r\n");
    return reply;
}

static void test_values(enum protocol protocol)
{
    static const size_t lens[] = {1, 7, 8, 15, 16, 17, 64, 80, 90, 100, 5000};
    unsigned missed = 0, cut = 0, fooled = 0;
    struct talk talk;

    begin(&talk, protocol, "1-5000");
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        char *reply = write_reply(protocol, 123, lens[i]);

        missed += found(&talk, get_of(123), reply) != SCANNER_HIT;
        fooled += found(&talk, get_of(124), reply) != SCANNER_WRONG;
        for (size_t step = 1; step < 40; step++)
            cut += found_in_steps(&talk, get_of(123), reply, step) != SCANNER_HIT;
        free(reply);
    }
    is_int(missed, 0, "values of all lengths are hits");
    is_int(cut, 0, "in whatever pieces they come");
    is_int(fooled, 0, "and wrong when they belong to another key");
    end(&talk);
}

/* The end of a value must be its key's, too: nothing of an older value may be left there. */
static void test_tail(void)
{
    char *reply = write_reply(PROTOCOL_RESP, 5, 64);
    struct talk talk;

    begin(&talk, PROTOCOL_RESP, "64");
    reply[strlen(reply) - 3] = '6';
    is_int(found(&talk, get_of(5), reply), SCANNER_WRONG, "a value with a wrong end is wrong");
    free(reply);
    reply = write_reply(PROTOCOL_RESP, 5, 65);
    is_int(found(&talk, get_of(5), reply), SCANNER_WRONG, "so is one of a length never stored");
    free(reply);
    end(&talk);
}

static void test_resp(void)
{
    const struct expected set = {.is_get = 0};
    struct talk talk;

    begin(&talk, PROTOCOL_RESP, "64");
    is_int(found(&talk, set, "+OK\r\n"), SCANNER_STORED, "+OK");
    is_int(found(&talk, set, "+O"), SCANNER_MORE, "half of it");
    is_int(found(&talk, set, "-OOM\r\n"), SCANNER_ERROR, "an error to a SET");
    is_bytes(talk.scanner.line, talk.scanner.line_len, "-OOM", 4, "and its words");
    is_int(found(&talk, set, ":1\r\n"), SCANNER_BROKEN, "a number is no reply to a SET");
    is_int(found(&talk, get_of(1), "$-1\r\n"), SCANNER_MISS, "nothing found");
    is_int(found(&talk, get_of(1), "-ERR x\r\n"), SCANNER_ERROR, "an error to a GET");
    is_int(found(&talk, get_of(1), "+OK\r\n"), SCANNER_BROKEN, "+OK is no reply to a GET");
    is_int(found(&talk, get_of(1), "$x\r\n"), SCANNER_BROKEN, "a length must be a number");
    end(&talk);
}

static void test_memcached(void)
{
    const struct expected set = {.is_get = 0};
    struct talk talk;

    begin(&talk, PROTOCOL_MEMCACHED, "64");
    is_int(found(&talk, set, "STORED\r\n"), SCANNER_STORED, "STORED");
    is_int(found(&talk, set, "SERVER_ERROR out of memory\r\n"), SCANNER_ERROR, "an error");
    is_int(found(&talk, get_of(1), "END\r\n"), SCANNER_MISS, "END: nothing found");
    is_int(found(&talk, get_of(1), "STORED\r\n"), SCANNER_BROKEN, "STORED is no reply to get");
    end(&talk);
}

static void test_requests(void)
{
    static const char set[] = "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$20\r\n"
                              "00000042zzzz00000042\r\n";
    static const char get[] = "get key:000000000042\r\n";
    struct talk talk;

    begin(&talk, PROTOCOL_RESP, "20");
    phrase_set(&talk.phrase, &talk.batch, 42, 0);
    is_bytes(talk.batch.bytes, talk.batch.len, set, sizeof(set) - 1, "a SET as it is sent");
    end(&talk);
    begin(&talk, PROTOCOL_MEMCACHED, "20");
    phrase_get(&talk.phrase, &talk.batch, 42);
    is_bytes(talk.batch.bytes, talk.batch.len, get, sizeof(get) - 1, "a get as it is sent");
    end(&talk);
}

int main(void)
{
    test_values(PROTOCOL_RESP);
    test_values(PROTOCOL_MEMCACHED);
    test_tail();
    test_resp();
    test_memcached();
    test_requests();
    return tap_done();
}
