#include "top/units.h"

#include "tests/tap/tap.h"

static void test_count(void)
{
    char text[UNITS_TEXT];

    is_text(units_count(text, 0), "0", "nothing");
    is_text(units_count(text, 7), "7", "a digit");
    is_text(units_count(text, 0.4), "0.4", "less than one");
    is_text(units_count(text, 12.34), "12.3", "a few and a part");
    is_text(units_count(text, 99.97), "100", "nearly a hundred");
    is_text(units_count(text, 999.6), "1,000", "a comma where rounding makes four digits");
    is_text(units_count(text, 12345), "12,345", "thousands");
    is_text(units_count(text, 99999.4), "99,999", "the most that is written out");
    is_text(units_count(text, 123456), "123 k", "then thousands");
    is_text(units_count(text, 9876543), "9,877 k", "of which there are many");
    is_text(units_count(text, 12345678), "12 M", "then millions");
    is_text(units_count(text, 1234567890123.0), "1,235 G", "and milliards");
}

static void test_bytes(void)
{
    char text[UNITS_TEXT];

    is_text(units_bytes(text, 0), "0 B", "no byte");
    is_text(units_bytes(text, 1023), "1023 B", "nearly a KiB");
    is_text(units_bytes(text, 1024), "1.0 KiB", "a KiB");
    is_text(units_bytes(text, 1536), "1.5 KiB", "a half more");
    is_text(units_bytes(text, 150.0 * 1024 * 1024), "150 MiB", "without a part where it is many");
    is_text(units_bytes(text, 3e18), "2728484 TiB", "and no unit beyond");
}

static void test_time(void)
{
    char text[UNITS_TEXT];

    is_text(units_time(text, 0.104, true), "104 ns", "nanoseconds");
    is_text(units_time(text, 1, true), "1.0 us", "microseconds");
    is_text(units_time(text, 66, false), "66 µs", "with their letter");
    is_text(units_time(text, 1234, true), "1.2 ms", "milliseconds");
    is_text(units_time(text, 56789, true), "57 ms", "many of them");
    is_text(units_time(text, 2500000, true), "2.5 s", "seconds");
}

static void test_percent(void)
{
    char text[UNITS_TEXT];

    is_text(units_percent(text, 0, 0), "-", "a part of nothing");
    is_text(units_percent(text, 1, 3), "33.3 %", "a third");
    is_text(units_percent(text, 5, 5), "100.0 %", "all");
    is_text(units_percent(text, 9998, 10000), "99.98 %", "nearly all is not all");
}

static void test_span(void)
{
    char text[UNITS_TEXT];

    is_text(units_span(text, 119), "119 s", "seconds");
    is_text(units_span(text, 120), "2 min", "minutes");
    is_text(units_span(text, 7200), "2 h", "hours");
    is_text(units_span(text, 259200), "3 days", "days");
}

int main(void)
{
    test_count();
    test_bytes();
    test_time();
    test_percent();
    test_span();
    return tap_done();
}
