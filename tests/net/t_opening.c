#include "net/opening.h"

#include "tests/tap/tap.h"

static const struct command get, set;

static struct opening *place(struct openings *openings, const char *bytes)
{
    return openings_place(openings, bytes);
}

static bool fits(struct openings *openings, const char *bytes)
{
    return opening_fits(place(openings, bytes), bytes);
}

static void what_was_read_is_known(void)
{
    static const char get_one[] = "*2\r\n$3\r\nGET\r\n$3\r\none\r\n";
    static const char set_one[] = "*3\r\n$3\r\nSET\r\n$3\r\none\r\n$1\r\n1\r\n";
    struct openings openings = {0};

    ok(!fits(&openings, get_one), "at first nothing is");
    opening_remember(place(&openings, get_one), get_one, 3, 2, &get, 7);
    opening_remember(place(&openings, set_one), set_one, 3, 3, &set, 8);
    ok(fits(&openings, get_one) && place(&openings, get_one)->command == &get, "then it is");
    ok(fits(&openings, set_one) && place(&openings, set_one)->row == 8,
       "beside one of another number of words");
    ok(fits(&openings, "*2\r\n$3\r\nGET\r\n$16\r\n"), "whatever follows");
}

static void anything_else_is_not(void)
{
    static const char strange[] = "*2\r\n$3\r\nGeT\r\n$3\r\none\r\n";
    struct openings openings = {0};

    opening_remember(place(&openings, strange), strange, 3, 2, &get, 0);
    ok(fits(&openings, strange), "to the letter");
    ok(!fits(&openings, "*2\r\n$3\r\nGET\r\n$3\r\none\r\n"), "in another case");
    ok(!fits(&openings, "*2\r\n$3\r\nGeX\r\n$3\r\none\r\n"), "another name");
    ok(!fits(&openings, "*2\r\n$4\r\nGeTX\r\n$3\r\none\r\n"), "a longer one");
    ok(!fits(&openings, "*:\r\n$3\r\nGeT\r\n$3\r\none\r\n"), "another number");
    ok(!fits(&openings, "+2\r\n$3\r\nGeT\r\n$3\r\none\r\n"), "no command at all");
}

static void a_long_name_counts_whole(void)
{
    static const char bytes[] = "*2\r\n$8\r\nAAAAAAAA\r\n$1\r\na\r\n";
    struct openings openings = {0};

    opening_remember(place(&openings, bytes), bytes, 8, 2, &get, 0);
    ok(fits(&openings, bytes), "of eight letters");
    ok(!fits(&openings, "*2\r\n$8\r\nAAAAAAAB\r\n$1\r\na\r\n"), "to the last");
}

int main(void)
{
    what_was_read_is_known();
    anything_else_is_not();
    a_long_name_counts_whole();
    return tap_done();
}
