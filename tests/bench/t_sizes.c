#include "bench/sizes.h"

#include <math.h>

#include "bench/amount.h"
#include "tests/tap/tap.h"

static void test_range(void)
{
    struct sizes sizes;
    struct why why;

    ok(sizes_init(&sizes, "1-1024", &why), "a range");
    is_int(sizes.smallest, 1, "begins where it should");
    is_int(sizes.largest, 1024, "ends where it should");
    ok(fabs(sizes_mean(&sizes) - 512.5) < 0.2, "and has its mean in the middle");
    is_bytes(sizes.rows[0].line, sizes.rows[0].line_len, "1\r\n", 3, "with the digits written");
    sizes_fini(&sizes);
}

static void test_fixed(void)
{
    struct sizes sizes;
    struct why why;

    ok(sizes_init(&sizes, "4kb", &why), "one size");
    is_int(sizes_draw(&sizes, 12345)->bytes, 4096, "is always the same");
    sizes_fini(&sizes);
}

static void test_lognormal(void)
{
    const double mean = 200 * exp(0.5);
    struct sizes sizes;
    struct why why;

    ok(sizes_init(&sizes, "lognormal:200,1", &why), "log-normal sizes");
    is_int(sizes.rows[2048].bytes, 200, "with half of them up to the median");
    ok(fabs(sizes_mean(&sizes) - mean) < 0.01 * mean, "and their mean to a percent");
    sizes_fini(&sizes);
}

static void test_refused(void)
{
    static const char *const texts[] = {
        "", "0", "-5", "9-3", "1gb", "1-2-3", "lognormal:1", "lognormal:0,1", "1 kb", "x"};
    struct sizes sizes;
    struct why why;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ok(!sizes_init(&sizes, texts[i], &why), "'%s' is no size", texts[i]);
}

static void test_amounts(void)
{
    char text[AMOUNT_TEXT];
    uint64_t amount;

    ok(amount_parse("200k", &amount) && amount == 200000, "200k");
    ok(amount_parse("4MB", &amount) && amount == 4 << 20, "4MB");
    ok(!amount_parse("99999999999999g", &amount), "too much is refused");
    ok(!amount_parse("-1", &amount), "so is less than nothing");
    is_text(amount_print(text, 0), "0", "0 as people read it");
    is_text(amount_print(text, 999), "999", "999");
    is_text(amount_print(text, 1234567), "1,234,567", "1,234,567");
}

int main(void)
{
    test_range();
    test_fixed();
    test_lognormal();
    test_refused();
    test_amounts();
    return tap_done();
}
