#include "cache/bytes.h"

#include "tests/tap/tap.h"

#define MOST 200

static void number(char *at, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        at[i] = (char)(i * 7 + 1);
}

/* From `from` to `to`, both among the same bytes; as memmove does it? */
static bool copies(size_t to, size_t from, size_t len)
{
    char bytes[2 * MOST + 2], expected[2 * MOST + 2];

    number(bytes, sizeof(bytes));
    number(expected, sizeof(expected));
    memmove(expected + to, expected + from, len);
    bytes_copy(bytes + to, bytes + from, len);
    return memcmp(bytes, expected, sizeof(bytes)) == 0;
}

static void copies_are_exact(void)
{
    bool right = true;
    size_t len;

    for (len = 0; len <= MOST; len++)
        right &= copies(MOST + 1, 1, len) && copies(1, MOST + 1, len);
    ok(right, "of every length, without a byte before or behind");
}

static void copies_may_overlap(void)
{
    bool right = true;
    size_t len, distance;

    for (len = 0; len <= MOST; len++)
        for (distance = 1; distance < 20; distance++)
            right &= copies(1 + distance, 1, len) && copies(1, 1 + distance, len);
    ok(right, "forwards and backwards");
}

/* One byte of two alike is another. */
static bool tells_apart(size_t len, size_t place)
{
    char a[MOST], b[MOST];

    number(a, len);
    number(b, len);
    b[place] ^= 1;
    return !bytes_equal(bytes_new(a, len), bytes_new(b, len)) &&
           !bytes_are_plainly_equal(bytes_new(a, len), bytes_new(b, len));
}

static void every_byte_counts(void)
{
    char a[MOST], b[MOST];
    bool right = true;
    size_t len, place;

    number(a, MOST);
    number(b, MOST);
    for (len = 0; len <= MOST; len++) {
        right &= bytes_equal(bytes_new(a, len), bytes_new(b, len));
        right &= bytes_are_plainly_equal(bytes_new(a, len), bytes_new(b, len)) ==
                 (len >= 8 && len <= 64);
        for (place = 0; place < len; place++)
            right &= tells_apart(len, place);
    }
    ok(right, "when two are compared");
}

int main(void)
{
    copies_are_exact();
    copies_may_overlap();
    every_byte_counts();
    return tap_done();
}
