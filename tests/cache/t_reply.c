#include "cache/reply.h"

#include <math.h>
#include <stdlib.h>

#include "tests/tap/tap.h"

static struct reply reply;

static void again(uint8_t protocol)
{
    reply_reset(&reply, protocol);
}

/* What is in the slot reads as `expected`; then the slot is emptied. */
#define holds(expected, ...)                                                        \
    do {                                                                            \
        is_bytes(reply.at, reply.len, expected, sizeof(expected) - 1, __VA_ARGS__); \
        again(reply.protocol);                                                      \
    } while (0)

static bool is_in_slot(void)
{
    return reply.at == reply.slot;
}

static void integers_are_written_whole(void)
{
    reply_int(&reply, 0);
    reply_int(&reply, 9);
    reply_int(&reply, 10);
    reply_int(&reply, 99);
    reply_int(&reply, 100);
    holds(":0\r\n:9\r\n:10\r\n:99\r\n:100\r\n", "small integers");
    reply_int(&reply, INT64_MAX);
    reply_int(&reply, INT64_MIN);
    reply_int(&reply, -1);
    holds(":9223372036854775807\r\n:-9223372036854775808\r\n:-1\r\n", "the ends of the range");
}

static void bulks_carry_any_bytes(void)
{
    reply_bulk(&reply, bytes_new("a\r\n\0b", 5));
    holds("$5\r\na\r\n\0b\r\n", "a bulk is not cleaned");
    reply_bulk(&reply, bytes_new(NULL, 0));
    holds("$0\r\n\r\n", "an empty view");
    reply_text(&reply, "0123456789");
    holds("$10\r\n0123456789\r\n", "a text of ten");
    reply_bulk_int(&reply, -42);
    holds("$3\r\n-42\r\n", "a number in a bulk");
}

static void the_protocol_decides_about_forms(void)
{
    again(2);
    reply_null(&reply);
    reply_null_array(&reply);
    reply_map(&reply, 2);
    reply_set(&reply, 3);
    reply_array(&reply, 4);
    reply_bool(&reply, true);
    reply_bool(&reply, false);
    reply_verbatim(&reply, bytes_of("hi"));
    holds("$-1\r\n*-1\r\n*4\r\n*3\r\n*4\r\n:1\r\n:0\r\n$2\r\nhi\r\n", "RESP2");
    again(3);
    reply_null(&reply);
    reply_null_array(&reply);
    reply_map(&reply, 2);
    reply_set(&reply, 3);
    reply_array(&reply, 4);
    reply_bool(&reply, true);
    reply_bool(&reply, false);
    reply_verbatim(&reply, bytes_of("hi"));
    holds("_\r\n_\r\n%2\r\n~3\r\n*4\r\n#t\r\n#f\r\n=6\r\ntxt:hi\r\n", "RESP3");
}

static void doubles_are_written_as_redis_does(void)
{
    again(2);
    reply_double(&reply, 1.5);
    reply_double(&reply, -INFINITY);
    holds("$3\r\n1.5\r\n$4\r\n-inf\r\n", "doubles in RESP2");
    again(3);
    reply_double(&reply, 1.5);
    reply_double(&reply, INFINITY);
    holds(",1.5\r\n,inf\r\n", "doubles in RESP3");
    again(2);
}

static void line_breaks_cannot_break_the_framing(void)
{
    reply_simple(&reply, "two\r\nlines");
    holds("+two  lines\r\n", "a simple string");
    ok(!reply.failed, "is no failure");
    reply_error(&reply, "ERR a\nb\r\n");
    ok(reply.failed, "an error is a failure");
    holds("-ERR a b\r\n", "an error loses those at its end");
    ok(!reply.failed, "the next request starts afresh");
    reply_errorf(&reply, "ERR '%s' %d", "x\ny", 7);
    holds("-ERR 'x y' 7\r\n", "words in an error");
}

static void a_long_error_is_cut(void)
{
    char *word = malloc(10000);

    memset(word, 'x', 9999);
    word[9999] = '\0';
    reply_errorf(&reply, "ERR %s", word);
    ok(reply.len < 1000, "an error has an end");
    is_bytes(reply.at, 5, "-ERR ", 5, "and its beginning");
    is_bytes(reply.at + reply.len - 3, 3, "x\r\n", 3, "and its line break");
    again(2);
    free(word);
}

static void small_answers_stay_in_the_slot(void)
{
    char value[REPLY_SLOT] = {0};

    again(2);
    reply_bulk(&reply, bytes_new(value, REPLY_SLOT - 7));
    ok(is_in_slot() && reply.len == REPLY_SLOT, "the slot is used to its last byte");
    again(2);
    reply_bulk(&reply, bytes_new(value, REPLY_SLOT - 6));
    ok(!is_in_slot() && reply.len == REPLY_SLOT + 1, "one more byte spills");
    ok(reply.capacity == 2 * REPLY_SLOT, "into twice the room");
    again(2);
    ok(!is_in_slot(), "a spill is used again");
    reply_fini(&reply);
    ok(is_in_slot() && reply.capacity == REPLY_SLOT, "until it is given back");
}

static void growing_keeps_what_is_there(void)
{
    bool same = true;
    unsigned i;

    for (i = 0; i < 20000; i++)
        reply_int(&reply, i % 10);
    for (i = 0; i < 20000; i++)
        same &=
            reply.at[(size_t)i * 4] == ':' && reply.at[(size_t)i * 4 + 1] == (char)('0' + i % 10);
    ok(same && reply.len == 80000, "twenty thousand elements");
    ok(reply.capacity < 4 * reply.len, "the room is not absurd");
    reply_cut(&reply, 8);
    holds(":0\r\n:1\r\n", "what is cut is forgotten");
}

static void room_can_be_written_directly(void)
{
    memcpy(reply_reserve(&reply, 4), "+x\r\n", 4);
    reply_advance(&reply, 4);
    reply_raw(&reply, "+y\r\n", 4);
    reply_raw(&reply, NULL, 0);
    holds("+x\r\n+y\r\n", "raw bytes");
    reply_ok(&reply);
    holds("+OK\r\n", "OK");
}

static void a_spill_can_be_taken(void)
{
    char value[200] = {0}, *spill;

    reply_fini(&reply);
    ok(reply_take_spill(&reply) == NULL, "nothing was spilled");
    reply_bulk(&reply, bytes_new(value, sizeof(value)));
    spill = reply_take_spill(&reply);
    ok(spill != NULL && memcmp(spill, "$200\r\n", 6) == 0, "the spill is ours");
    ok(is_in_slot() && reply.len == 0, "and the slot is empty");
    free(spill);
}

/* What goes out: bytes, and what is lent in between. */
static size_t put_together(char *into)
{
    struct loan *loan = reply_take_loans(&reply);
    size_t from = 0, len = 0;

    while (loan != NULL) {
        struct loan *next = loan->next;

        memcpy(into + len, reply.at + from, loan->place - from);
        len += loan->place - from;
        from = loan->place;
        memcpy(into + len, loan->text.at, loan->text.len);
        len += loan->text.len;
        loan->large->holders--;
        free(loan);
        loan = next;
    }
    memcpy(into + len, reply.at + from, reply.len - from);
    return len + reply.len - from;
}

static void values_may_be_lent(void)
{
    static struct larges larges;
    struct large *large = larges_take(&larges, 100);
    char whole[200];
    size_t before;

    if (large == NULL)
        tap_bail("no memory");
    memcpy(large->at, "0123456789", 10);
    reply_array(&reply, 3);
    reply_lend(&reply, large, bytes_new(large->at, 10));
    reply_int(&reply, 5);
    reply_lend(&reply, large, bytes_new(large->at + 3, 2));
    is_int(large->holders, 2, "each loan holds the block");
    ok(is_in_slot(), "what is lent is not written");
    is_bytes(whole, put_together(whole), "*3\r\n$10\r\n0123456789\r\n:5\r\n$2\r\n34\r\n", 33,
             "it goes out in its place");
    again(2);
    reply_int(&reply, 1);
    before = reply.len;
    reply_lend(&reply, large, bytes_new(large->at, 10));
    reply_cut(&reply, before);
    reply_error(&reply, "ERR no");
    is_bytes(whole, put_together(whole), ":1\r\n-ERR no\r\n", 13, "but not when it was cut off");
    is_int(large->holders, 0, "and all loans are back");
    again(2);
    larges_give(&larges, &large);
    larges_fini(&larges);
}

int main(void)
{
    reply_init(&reply);
    small_answers_stay_in_the_slot(); /* before anything spills */
    integers_are_written_whole();
    bulks_carry_any_bytes();
    the_protocol_decides_about_forms();
    doubles_are_written_as_redis_does();
    line_breaks_cannot_break_the_framing();
    a_long_error_is_cut();
    growing_keeps_what_is_there();
    room_can_be_written_directly();
    a_spill_can_be_taken();
    values_may_be_lent();
    reply_fini(&reply);
    return tap_done();
}
