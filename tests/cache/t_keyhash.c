#include "cache/keyhash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

/*
 * SipHash-c-d straight from the paper, byte by byte. Its 2-4 form can be held against the published
 * vectors; then its 1-3 form is what ours is held against.
 */
static void half_round(uint64_t v[4], int a, int b, int c, int d, int s, int t)
{
    v[a] += v[b];
    v[c] += v[d];
    v[b] = (v[b] << s) | (v[b] >> (64 - s));
    v[d] = (v[d] << t) | (v[d] >> (64 - t));
    v[b] ^= v[a];
    v[d] ^= v[c];
    v[a] = (v[a] << 32) | (v[a] >> 32);
}

static void rounds(uint64_t v[4], int count)
{
    for (; count > 0; count--) {
        half_round(v, 0, 1, 2, 3, 13, 16);
        half_round(v, 2, 1, 0, 3, 17, 21);
    }
}

/* The byte of the padded message: the text, zeros up to a word less one, then the length. */
static unsigned char padded(struct bytes text, size_t i, size_t end)
{
    if (i < text.len)
        return (unsigned char)text.at[i];
    return i == end - 1 ? (unsigned char)text.len : 0;
}

static uint64_t slow_hash(const uint64_t key[2], struct bytes text, int c, int d)
{
    const size_t end = text.len / 8 * 8 + 8;
    uint64_t v[4] = {key[0], key[1], key[0], key[1]};
    size_t i, word, byte;

    for (i = 0; i < 4; i++)
        for (byte = 0; byte < 8; byte++)
            v[i] ^= (uint64_t) "somepseudorandomlygeneratedbytes"[8 * i + byte] << (56 - 8 * byte);
    for (word = 0; word < end; word += 8) {
        uint64_t m = 0;

        for (byte = 0; byte < 8; byte++)
            m |= (uint64_t)padded(text, word + byte, end) << (8 * byte);
        v[3] ^= m;
        rounds(v, c);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    rounds(v, d);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The secret of the published vectors: the bytes 0 to 15. */
static const struct keyhash counting = {
    {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)},
};

static void fill(char *at, size_t len, unsigned first)
{
    size_t i;

    for (i = 0; i < len; i++)
        at[i] = (char)(first + i);
}

static void test_reference(void)
{
    char text[15];

    fill(text, sizeof(text), 0);
    ok(slow_hash(counting.secret, bytes_new(text, 15), 2, 4) == UINT64_C(0xa129ca6149be45e5),
       "the reference gives the paper's value for SipHash-2-4 of 15 bytes");
    ok(slow_hash(counting.secret, bytes_new(text, 0), 2, 4) == UINT64_C(0x726fdb47dd0e0e31),
       "and the first of the published vectors");
    ok(slow_hash(counting.secret, bytes_new(text, 8), 2, 4) == UINT64_C(0x93f5f5799a932462),
       "and the ninth");
}

/* In memory of just that length, so that a sanitizer sees every read behind the end. */
static bool is_right(const struct keyhash *keyhash, size_t len, unsigned first)
{
    char *text = malloc(len + (len == 0));
    const struct bytes key = bytes_new(text, len);
    bool right;

    fill(text, len, first);
    right = keyhash_of(keyhash, key) == slow_hash(keyhash->secret, key, 1, 3);
    if (!right)
        tap_note("wrong for %zu bytes from %u on", len, first);
    free(text);
    return right;
}

static void test_lengths(void)
{
    const struct keyhash other = {{UINT64_C(0xfedcba9876543210), 1}};
    unsigned wrong = 0, first;
    size_t len;

    for (len = 0; len <= 64; len++)
        for (first = 0; first < 256; first += 17)
            wrong += !is_right(&counting, len, first) + !is_right(&other, len, first);
    is_int(wrong, 0, "SipHash-1-3 agrees with the reference for 0 to 64 bytes");
    ok(is_right(&counting, 255, 1) && is_right(&counting, 256, 1) && is_right(&counting, 1031, 1),
       "and where the length does not fit the byte kept for it");
}

static void test_alignment(void)
{
    char buffer[40];
    unsigned wrong = 0;
    size_t off;

    for (off = 0; off < 8; off++) {
        fill(buffer + off, 29, 5);
        wrong += keyhash_of(&counting, bytes_new(buffer + off, 29)) !=
                 slow_hash(counting.secret, bytes_new(buffer + off, 29), 1, 3);
    }
    is_int(wrong, 0, "where a key lies does not matter");
}

static void test_secrets(void)
{
    const struct bytes key = bytes_of("user:1000");
    struct keyhash changed = counting;
    unsigned same = 0, bit;

    for (bit = 0; bit < 128; bit++) {
        changed.secret[bit / 64] ^= UINT64_C(1) << bit % 64;
        same += keyhash_of(&changed, key) == keyhash_of(&counting, key);
        changed = counting;
    }
    is_int(same, 0, "every bit of the secret changes the hash");
    ok(keyhash_of(&changed, key) == keyhash_of(&counting, key), "the same secret repeats it");
}

static void test_zero_bytes(void)
{
    ok(keyhash_of(&counting, bytes_new("\0\0", 2)) != keyhash_of(&counting, bytes_new("\0", 1)),
       "zero bytes at the end count");
    ok(keyhash_of(&counting, bytes_new(NULL, 0)) == keyhash_of(&counting, bytes_of("")),
       "an empty key need not lie anywhere");
}

int main(void)
{
    test_reference();
    test_lengths();
    test_alignment();
    test_secrets();
    test_zero_bytes();
    return tap_done();
}
