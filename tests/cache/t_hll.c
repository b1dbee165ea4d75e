#include "cache/hll.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/tap/tap.h"

#define SPARSE_MAX 3000
#define HLL_OF_A_TO_G \
    "\x46\x6d\x80\x56\x0c\x80\x44\x3c\x84\x38\x80\x50\xb1\x84\x49\x8c\x80\x42\x6d\x80\x42\x5a"

static struct hll hll, other;
static uint8_t registers[HLL_REGISTERS];

static enum hll_result add(struct hll *to, unsigned element, size_t sparse_max)
{
    char text[16];

    return hll_add(to, bytes_new(text, (size_t)sprintf(text, "e%u", element)), sparse_max);
}

static void test_format(void)
{
    unsigned i;

    hll_init(&hll);
    is_bytes(hll.at, hll.len, "HYLL\1\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", 18, "an empty one");
    for (i = 0; i < 7; i++)
        hll_add(&hll, bytes_new(&"abcdefg"[i], 1), SPARSE_MAX);
    hll_forget_count(&hll);
    is_bytes(hll.at, hll.len, "HYLL\1\0\0\0\0\0\0\0\0\0\0\x80" HLL_OF_A_TO_G,
             sizeof(HLL_OF_A_TO_G) + 15, "after a to g, as Redis writes it");
    ok(hll_add(&hll, bytes_of("a"), SPARSE_MAX) == HLL_SAME, "a is known");
}

static void test_count(void)
{
    unsigned elements = 0;
    unsigned goal;

    hll_init(&hll);
    for (goal = 1; goal <= 1000000; goal *= 10) {
        uint64_t count;
        double error;

        while (elements < goal)
            add(&hll, elements++, SPARSE_MAX);
        ok(hll_registers(hll_text(&hll), registers), "the registers are read");
        count = hll_count(registers);
        error = fabs((double)count - goal) / goal;
        ok(error < 0.03, "%u elements are counted as %llu", goal, (unsigned long long)count);
    }
    ok(hll_is_dense(hll_text(&hll)), "it is dense by now");
}

/* Whatever the order and the limit, the registers are the same. */
static void test_encodings(void)
{
    bool same = true;
    unsigned i, j;

    for (i = 0; i < 40; i++) {
        uint8_t others[HLL_REGISTERS];
        const unsigned count = 1 + (unsigned)rand() % 3000;

        hll_init(&hll);
        hll_init(&other);
        for (j = 0; j < count; j++) {
            add(&hll, j * 7 % count, HLL_ROOM);
            add(&other, j * 3 % count, (size_t)rand() % 4000);
        }
        for (j = 0; j < count; j++) {
            add(&hll, j, HLL_ROOM);
            add(&other, j, 100);
        }
        same &= hll_registers(hll_text(&hll), registers) &&
                hll_registers(hll_text(&other), others) &&
                memcmp(registers, others, sizeof(others)) == 0;
        same &= hll_to_dense(&hll) && hll_to_dense(&other) && hll.len == other.len &&
                memcmp(hll.at + HLL_HEADER, other.at + HLL_HEADER, hll.len - HLL_HEADER) == 0;
    }
    ok(same, "sparse and dense ones hold the same");
}

static void test_header(void)
{
    uint64_t count;

    hll_init(&hll);
    ok(hll_known_count(hll_text(&hll), &count) && count == 0, "an empty one knows its count");
    hll_forget_count(&hll);
    ok(!hll_known_count(hll_text(&hll), &count), "which can be forgotten");
    hll_write_count((char *)hll.at, 123456789012);
    ok(hll_known_count(hll_text(&hll), &count) && count == 123456789012, "and written");
    ok(!hll_is(bytes_of("HYLL")) && !hll_is(bytes_of("")) && !hll_is(bytes_of("0123456789abcdefg")),
       "not every text is one");
}

/* Bytes of anything: nothing is read or written outside, and what is broken is found out. */
static void test_hostile(void)
{
    unsigned corrupt = 0;
    unsigned i, j;

    for (i = 0; i < 50000; i++) {
        const size_t len = HLL_HEADER + (size_t)rand() % 40;
        char *text = malloc(len);

        memcpy(text, "HYLL\1\0\0\0\0\0\0\0\0\0\0\x80", HLL_HEADER);
        for (j = HLL_HEADER; j < len; j++)
            text[j] = (char)rand();
        corrupt += !hll_registers(bytes_new(text, len), registers);
        hll_load(&hll, bytes_new(text, len));
        for (j = 0; j < 4; j++)
            corrupt += add(&hll, (unsigned)rand(), SPARSE_MAX) == HLL_CORRUPT;
        free(text);
    }
    ok(corrupt > 50000, "made-up ones are found out %u times", corrupt);
}

int main(void)
{
    srand(1);
    test_format();
    test_count();
    test_encodings();
    test_header();
    test_hostile();
    return tap_done();
}
