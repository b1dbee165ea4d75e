#include "cache/bits.h"

#include <stdlib.h>

#include "tests/tap/tap.h"

#define LEN 40

/* The slow way. */
static uint64_t count_slowly(struct bytes text, uint64_t start, uint64_t end)
{
    uint64_t count = 0;

    for (; start < end; start++)
        count += bits_get(text, start);
    return count;
}

static uint64_t find_slowly(struct bytes text, uint64_t start, uint64_t end, bool bit)
{
    while (start < end && bits_get(text, start) != bit)
        start++;
    return start;
}

static void fill(char *at, int density)
{
    unsigned i;

    memset(at, density < 4 ? 0 : 0xff, LEN);
    for (i = 0; i < (unsigned)density * 3; i++)
        bits_set(at, (uint64_t)rand() % (LEN * 8), density < 4);
}

static void test_ranges(void)
{
    char at[LEN];
    const struct bytes text = bytes_new(at, LEN);
    bool counted = true;
    bool found = true;
    unsigned i;

    for (i = 0; i < 20000; i++) {
        const uint64_t start = (uint64_t)rand() % (LEN * 8);
        const uint64_t end = start + (uint64_t)rand() % (LEN * 8 - start + 1);
        const bool bit = rand() & 1;

        fill(at, rand() % 8);
        counted &= bits_count(text, start, end) == count_slowly(text, start, end);
        found &= bits_find(text, start, end, bit) == find_slowly(text, start, end, bit);
    }
    ok(counted, "bits are counted in every range as one by one");
    ok(found, "and the first one is found");
}

static void test_numbers(void)
{
    char at[LEN];
    bool same = true;
    bool others = true;
    unsigned i;

    for (i = 0; i < 20000; i++) {
        const unsigned width = 1 + (unsigned)rand() % 64;
        const uint64_t place = (uint64_t)rand() % (LEN * 8 - 64);
        const uint64_t value = ((uint64_t)rand() << 40 ^ (uint64_t)rand() << 20 ^ (uint64_t)rand());
        const uint64_t fitting = width == 64 ? value : value & ((1ULL << width) - 1);
        const uint64_t all = LEN * 8;
        uint64_t before;

        fill(at, rand() % 8);
        before = bits_count(bytes_new(at, LEN), 0, place) +
                 bits_count(bytes_new(at, LEN), place + width, all);
        bits_write(at, place, width, fitting);
        same &= bits_read(bytes_new(at, LEN), place, width) == fitting;
        others &= before == bits_count(bytes_new(at, LEN), 0, place) +
                                bits_count(bytes_new(at, LEN), place + width, all);
    }
    ok(same, "a number of any width is read as it was written, at any place");
    ok(others, "and the bits around it stay");
    is_int((int64_t)bits_read(bytes_of("\xff"), 4, 8), 0xf0, "what lies behind the end is clear");
    ok(!bits_get(bytes_of("\xff"), 8), "so is a single bit there");
}

int main(void)
{
    srand(1);
    test_ranges();
    test_numbers();
    return tap_done();
}
