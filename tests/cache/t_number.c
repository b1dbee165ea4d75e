#include "cache/number.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

#define UNTOUCHED 4711

static void parses(const char *text, int64_t expected)
{
    int64_t value = UNTOUCHED;

    ok(number_parse(bytes_of(text), &value), "\"%s\" is an integer", text);
    is_int(value, expected, "\"%s\" is read as its value", text);
}

static void refuses_bytes(const char *at, size_t len, const char *name)
{
    int64_t value = UNTOUCHED;

    ok(!number_parse(bytes_new(at, len), &value) && value == UNTOUCHED,
       "%s is no integer, and the output stays as it was", name);
}

static void refuses(const char *text)
{
    char name[80];

    snprintf(name, sizeof(name), "\"%s\"", text);
    refuses_bytes(text, strlen(text), name);
}

static void test_parse(void)
{
    /* clang-format off */
    static const char *const bad[] = {
        "", "-", "+", "+1", "-0", "00", "01", "-01", "007", " 1", "1 ", "1a", "a", "--1", "1-",
        "0x1", "1.0", "1e3", "/", ":", "-/", "-:", "1:", "\xff", "\t1", "1\n",
        "9223372036854775808", "-9223372036854775809", "9999999999999999999",
        "-9999999999999999999", "18446744073709551615", "18446744073709551616",
        "18446744073709551617", "10000000000000000000", "-10000000000000000000",
        "99999999999999999999", "100000000000000000000", "1000000000000000000000000",
    };
    /* clang-format on */
    size_t i;

    parses("0", 0);
    parses("7", 7);
    parses("-7", -7);
    parses("10", 10);
    parses("-100", -100);
    parses("1234567890", 1234567890);
    parses("999999999999999999", 999999999999999999);
    parses("1000000000000000000", 1000000000000000000);
    parses("9223372036854775807", INT64_MAX);
    parses("-9223372036854775807", -INT64_MAX);
    parses("-9223372036854775808", INT64_MIN);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refuses(bad[i]);
    refuses_bytes("1\0", 2, "a digit and a zero byte");
    refuses_bytes("\0", 1, "a zero byte");
    refuses_bytes("12", 0, "a view of nothing");
}

static bool survives(int64_t value)
{
    char text[NUMBER_DIGITS], expected[32];
    const size_t len = number_print(text, value);
    const int expected_len = snprintf(expected, sizeof(expected), "%" PRId64, value);
    int64_t back = ~value;

    return len == (size_t)expected_len && memcmp(text, expected, len) == 0 &&
           number_parse(bytes_new(text, len), &back) && back == value;
}

static bool survives_unsigned(uint64_t value)
{
    char text[NUMBER_DIGITS], expected[32];
    const size_t len = number_print_unsigned(text, value);
    const int expected_len = snprintf(expected, sizeof(expected), "%" PRIu64, value);

    return len == (size_t)expected_len && memcmp(text, expected, len) == 0;
}

static unsigned count_lost_near(uint64_t value)
{
    unsigned lost = 0;
    int64_t off;

    for (off = -3; off <= 3; off++) {
        const uint64_t near = value + (uint64_t)off;

        lost += !survives((int64_t)near) + !survives((int64_t)-near) + !survives_unsigned(near);
    }
    return lost;
}

static void test_print(void)
{
    unsigned lost = 0, shift;
    uint64_t power = 1;
    int64_t value;

    for (value = -11000; value <= 11000; value++)
        lost += !survives(value);
    is_int(lost, 0, "every integer from -11000 to 11000 is printed as printf does, and read back");
    for (lost = 0, shift = 0; shift < 64; shift++)
        lost += count_lost_near(UINT64_C(1) << shift);
    is_int(lost, 0, "so is every power of two and its neighbours");
    for (lost = 0, shift = 0; shift < 20; shift++, power *= 10)
        lost += count_lost_near(power);
    is_int(lost, 0, "so is every power of ten and its neighbours");
    ok(survives(INT64_MIN) && survives(INT64_MAX), "so are the ends of int64");
    ok(survives_unsigned(UINT64_MAX), "so is the end of uint64");
}

static void test_print_within_bounds(void)
{
    char text[NUMBER_DIGITS + 1];

    text[NUMBER_DIGITS] = '!';
    is_int(number_print(text, INT64_MIN), NUMBER_DIGITS, "the longest integer fills its room");
    is_bytes(text, sizeof(text), "-9223372036854775808!", 21, "and writes nothing behind it");
    text[2] = '!';
    is_int(number_print(text, 42), 2, "two digits are two bytes");
    is_bytes(text, 3, "42!", 3, "without a terminating zero");
}

static void takes_cursor(const char *text, uint64_t expected)
{
    uint64_t value = UNTOUCHED;

    ok(number_parse_cursor(bytes_of(text), &value) && value == expected,
       "\"%s\" is cursor %" PRIu64, text, expected);
}

static void refuses_cursor(const char *text)
{
    uint64_t value = UNTOUCHED;

    ok(!number_parse_cursor(bytes_of(text), &value) && value == UNTOUCHED, "\"%s\" is no cursor",
       text);
}

static void test_cursor(void)
{
    /* clang-format off */
    static const char *const bad[] = {
        "+", "-", "+-1", "--1", "- 1", " 1", "1 ", "\t1", "\v1", "0x10", "1a", "a", "1.", "-:",
        "18446744073709551616", "-18446744073709551616", "99999999999999999999999", " ",
    };
    /* clang-format on */
    size_t i;
    uint64_t value = UNTOUCHED;

    takes_cursor("", 0);
    takes_cursor("0", 0);
    takes_cursor("-0", 0);
    takes_cursor("007", 7);
    takes_cursor("+1", 1);
    takes_cursor("-1", UINT64_MAX);
    takes_cursor("18446744073709551615", UINT64_MAX);
    takes_cursor("-18446744073709551615", 1);
    takes_cursor("-9223372036854775809", UINT64_C(9223372036854775807));
    takes_cursor("0000000000000000000000000000012", 12);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refuses_cursor(bad[i]);
    ok(number_parse_cursor(bytes_new("12\0xy", 5), &value) && value == 12,
       "a cursor ends at a zero byte");
    ok(number_parse_cursor(bytes_new("\0", 1), &value) && value == 0,
       "a zero byte alone is cursor 0");
    ok(!number_parse_cursor(bytes_new("-\0001", 3), &value), "a sign and a zero byte is no cursor");
}

static void prints_double(double value, const char *expected)
{
    char text[NUMBER_DOUBLE];

    is_bytes(text, number_print_double(text, value), expected, strlen(expected),
             "a double is printed as %s", expected);
}

static void test_double(void)
{
    prints_double(3, "3");
    prints_double(-0.0, "-0");
    prints_double(0.1, "0.10000000000000001");
    prints_double(1e-7, "9.9999999999999995e-08");
    prints_double(1e300, "1.0000000000000001e+300");
    prints_double(123456789012345678.0, "1.2345678901234568e+17");
    prints_double(-2.2250738585072014e-308, "-2.2250738585072014e-308");
    prints_double(INFINITY, "inf");
    prints_double(-INFINITY, "-inf");
    prints_double(NAN, "nan");
    prints_double(-NAN, "nan");
}

static void adds(const char *text, const char *more, const char *expected)
{
    char digits[NUMBER_LONG];
    long double a = 0;
    long double b = 0;

    ok(number_parse_long(bytes_of(text), &a) && number_parse_long(bytes_of(more), &b),
       "%s and %s are numbers", text, more);
    is_bytes(digits, number_print_long(digits, a + b), expected, strlen(expected),
             "their sum is %s", expected);
}

static void test_long(void)
{
    static const char *const refused[] = {"", " 1", "1 ", "x", "1x", "nan", "1e5000", "1e-5000"};
    long double value = UNTOUCHED;
    unsigned i;

    adds("10.5", "0.1", "10.6");
    adds("5.0e3", "2.0e2", "5200");
    adds("-0.1", "0.1", "0");
    adds("0", "-1e-30", "0");
    adds("17179869184", "1.5", "17179869185.5");
    adds("1e18", "0.5", "1000000000000000000.5");
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        ok(!number_parse_long(bytes_of(refused[i]), &value) && value == UNTOUCHED,
           "\"%s\" is no such number, and the output stays as it was", refused[i]);
}

int main(void)
{
    test_parse();
    test_print();
    test_print_within_bounds();
    test_cursor();
    test_double();
    test_long();
    return tap_done();
}
