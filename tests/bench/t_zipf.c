#include "bench/zipf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/keys.h"
#include "tests/tap/tap.h"

#define DRAWS 200000

/* The sum of 1 / r^skew: what all probabilities are divided by. */
static double weight(uint64_t from, uint64_t to, double skew)
{
    double sum = 0;

    for (uint64_t rank = from; rank <= to; rank++)
        sum += pow((double)rank, -skew);
    return sum;
}

/* How many of the draws hit ranks `from` to `to`, in standard deviations from what is expected. */
static double deviation(const uint64_t *ranks, uint64_t from, uint64_t to, double share)
{
    const double expected = DRAWS * share;
    unsigned hits = 0;

    for (int i = 0; i < DRAWS; i++)
        hits += ranks[i] >= from && ranks[i] <= to;
    return fabs(hits - expected) / sqrt(expected * (1 - share) + 1e-9);
}

static void test_shares(uint64_t count, double skew)
{
    static const uint64_t ends[] = {1, 2, 3, 10, 100, 1000, 10000};
    static uint64_t ranks[DRAWS];
    const double all = weight(1, count, skew);
    unsigned outside = 0, far = 0;
    struct dice dice = {7};
    struct zipf zipf;
    uint64_t from = 1;

    zipf_init(&zipf, count, skew);
    for (int i = 0; i < DRAWS; i++) {
        ranks[i] = zipf_draw(&zipf, &dice);
        outside += ranks[i] < 1 || ranks[i] > count;
    }
    is_int(outside, 0, "skew %g of %d: no rank but 1 to %d", skew, (int)count, (int)count);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && ends[i] <= count; i++) {
        far += deviation(ranks, from, ends[i], weight(from, ends[i], skew) / all) > 4;
        from = ends[i] + 1;
    }
    is_int(far, 0, "skew %g of %d: every range of ranks has its share", skew, (int)count);
}

static void test_one(void)
{
    struct dice dice = {3};
    struct zipf zipf;
    unsigned other = 0;

    zipf_init(&zipf, 1, 0.99);
    for (int i = 0; i < 1000; i++)
        other += zipf_draw(&zipf, &dice) != 1;
    is_int(other, 0, "of one rank, it is that one");
}

static void test_seed(void)
{
    struct dice a = {11}, b = {11};
    struct zipf zipf;
    unsigned differ = 0;

    zipf_init(&zipf, 1000000, 0.99);
    for (int i = 0; i < 1000; i++)
        differ += zipf_draw(&zipf, &a) != zipf_draw(&zipf, &b);
    is_int(differ, 0, "the same dice give the same ranks");
}

/* Popular keys must not be neighbours, and each rank must be a key of its own. */
static void test_spread(uint64_t count)
{
    char *seen = calloc(count, 1);
    unsigned twice = 0;
    struct keys keys;

    keys_init(&keys, count, 0.99);
    for (uint64_t rank = 1; rank <= count; rank++) {
        const uint64_t key = rank * keys.stride % count;

        twice += seen[key];
        seen[key] = 1;
    }
    is_int(twice, 0, "%d ranks are %d keys", (int)count, (int)count);
    free(seen);
}

static void test_digits(void)
{
    static const struct {
        uint64_t number;
        const char *digits;
    } cases[] = {{0, "00000000"},       {7, "00000007"},        {99, "00000099"},
                 {100, "00000100"},     {12345678, "12345678"}, {99999999, "99999999"},
                 {90909090, "90909090"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint64_t word = keys_eight_digits(cases[i].number);

        is_bytes((const char *)&word, 8, cases[i].digits, 8, "the digits of %s", cases[i].digits);
    }
}

static void test_all_fours(void)
{
    unsigned wrong = 0;
    char text[9];

    for (unsigned i = 0; i < 10000; i++) {
        const uint64_t word = keys_eight_digits(i * 10000 + (9999 - i));

        for (int digit = 7, rest = (int)(i * 10000 + (9999 - i)); digit >= 0; digit--, rest /= 10)
            text[digit] = (char)('0' + rest % 10);
        wrong += memcmp(&word, text, 8) != 0;
    }
    is_int(wrong, 0, "every four digits are right in both halves");
}

int main(void)
{
    test_shares(10, 0.99);
    test_shares(10000, 0.99);
    test_shares(10000, 1);
    test_shares(10000, 0.5);
    test_shares(10000, 1.5);
    test_one();
    test_seed();
    test_spread(1);
    test_spread(2);
    test_spread(1000);
    test_spread(99991);
    test_digits();
    test_all_fours();
    return tap_done();
}
