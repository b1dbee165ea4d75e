#include "bench/null/answer.h"

#include <string.h>

#include "tests/tap/tap.h"

#define GET "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000001234\r\n"
#define SET_4 "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000001234\r\n$4\r\n1234\r\n"
#define SET_20 "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000001234\r\n$20\r\n00001234zzzz00001234\r\n"
#define VALUE_20 "$20\r\n00001234zzzz00001234\r\n"

static char out[64 << 10];
static size_t out_len;

static size_t say(struct answer *answer, const char *text)
{
    return answer_all(answer, text, strlen(text), out, sizeof(out), &out_len);
}

static void test_replies(void)
{
    struct answer answer;

    answer_init(&answer);
    is_int(say(&answer, SET_4 GET), strlen(SET_4 GET), "SET and GET are taken");
    is_bytes(out, out_len, "+OK\r\n$4\r\n1234\r\n", 15, "and the GET gets the key's last digits");
    say(&answer, SET_20 GET);
    is_bytes(out, out_len, "+OK\r\n" VALUE_20, 5 + strlen(VALUE_20),
             "a longer value has them at both ends");
    say(&answer, "INFO server\r\n");
    is_bytes(out, out_len, "+null\r\n", 7, "a line gets a line");
}

static void test_pieces(void)
{
    const size_t len = strlen(SET_20);
    struct answer answer;
    size_t taken = 0;

    answer_init(&answer);
    for (size_t cut = 0; cut < len; cut++)
        taken += answer_all(&answer, SET_20, cut, out, sizeof(out), &out_len) + out_len;
    is_int(taken, 0, "of a request cut anywhere nothing is taken");
    is_int(say(&answer, SET_20 "*3\r\n$3\r\nSE"), len, "of one and a half only the first");
    is_int(out_len, 5, "and answered");
}

static void test_little_room(void)
{
    struct answer answer;

    answer_init(&answer);
    is_int(answer_all(&answer, SET_4 SET_4, 2 * strlen(SET_4), out, ANSWER_ROOM + 4, &out_len),
           strlen(SET_4), "without room for a second reply, the second request waits");
}

static void test_lost(void)
{
    static const char *const texts[] = {"*x\r\n", "*99\r\n", "*1\r\n:1\r\n", "*1\r\n$5000\r\n",
                                        "*1\r\n$-1\r\n"};
    struct answer answer;

    answer_init(&answer);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ok(say(&answer, texts[i]) == ANSWER_LOST, "%zu: what cannot be a request", i);
}

int main(void)
{
    test_replies();
    test_pieces();
    test_little_room();
    test_lost();
    return tap_done();
}
