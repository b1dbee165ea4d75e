#include "cache/args.h"

#include "cache/reply.h"
#include "tests/tap/tap.h"

static struct reply reply;
static struct bytes words[2];
static const struct args args = {.words = words, .count = 2};

static void give(const char *word)
{
    words[0] = bytes_of("name");
    words[1] = bytes_of(word);
    reply_reset(&reply, 2);
}

static void reads(const char *word, int64_t expected)
{
    int64_t value = 7;

    give(word);
    ok(args_int(&args, 1, &value, &reply) && reply.len == 0, "\"%s\" is an integer", word);
    is_int(value, expected, "and reads as such");
}

static void refuses(const char *word)
{
    static const char error[] = "-ERR value is not an integer or out of range\r\n";
    int64_t value = 7;

    give(word);
    ok(!args_int(&args, 1, &value, &reply) && value == 7, "\"%s\" is none", word);
    is_bytes(reply.at, reply.len, error, sizeof(error) - 1, "and the client is told so");
}

static void bounds(const char *word, int64_t low, int64_t high, const char *error)
{
    int64_t value = 7;

    give(word);
    ok(!args_int_between(&args, 1, low, high, &value, &reply) && value == 7, "\"%s\" is refused",
       word);
    is_bytes(reply.at, reply.len, error, strlen(error), "with its own sentence");
}

static void words_are_compared_in_any_case(void)
{
    give("Match");
    ok(args_say(&args, 1, "match"), "Match says match");
    ok(!args_say(&args, 1, "matc"), "but not matc");
    ok(!args_say(&args, 1, "matches"), "nor matches");
    ok(!args_say(&args, 2, "match"), "and a word that is not there says nothing");
}

int main(void)
{
    int64_t value;

    reply_init(&reply);
    words_are_compared_in_any_case();
    reads("0", 0);
    reads("-9223372036854775808", INT64_MIN);
    reads("9223372036854775807", INT64_MAX);
    refuses("");
    refuses("9223372036854775808");
    refuses("1.0");
    refuses(" 1");
    refuses("+1");
    refuses("01");
    bounds("-1", 0, INT64_MAX, "-ERR value is out of range, must be positive\r\n");
    bounds("x", 0, INT64_MAX, "-ERR value is out of range, must be positive\r\n");
    bounds("11", 1, 10, "-ERR value is out of range, value must between 1 and 10\r\n");
    bounds("0", 1, 10, "-ERR value is out of range, value must between 1 and 10\r\n");
    bounds("x", 1, 10, "-ERR value is not an integer or out of range\r\n");
    give("10");
    ok(args_int_between(&args, 1, 1, 10, &value, &reply) && value == 10, "bounds are inside");
    reply_fini(&reply);
    return tap_done();
}
