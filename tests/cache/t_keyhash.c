#include "cache/keyhash.h"

#include <inttypes.h>
#include <stdio.h>
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
    .secret = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)},
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
    const struct keyhash other = {.secret = {UINT64_C(0xfedcba9876543210), 1}};
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
    struct keyhash best, best_changed;
    unsigned same = 0, bit;

    keyhash_init(&best, counting.secret);
    for (bit = 0; bit < 128; bit++) {
        changed.secret[bit / 64] ^= UINT64_C(1) << bit % 64;
        same += keyhash_of(&changed, key) == keyhash_of(&counting, key);
        keyhash_init(&best_changed, changed.secret);
        same += keyhash_of(&best_changed, key) == keyhash_of(&best, key);
        changed = counting;
    }
    is_int(same, 0, "every bit of the secret changes the hash");
    ok(keyhash_of(&changed, key) == keyhash_of(&counting, key), "the same secret repeats it");
}

/* --- by AES --- */

/* AES-128 straight from FIPS 197, byte by byte; the S-box is computed, not copied. */
static uint8_t doubled(uint8_t a)
{
    return (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1b : 0));
}

static uint8_t product(uint8_t a, uint8_t b)
{
    uint8_t sum = 0;

    for (; b != 0; b >>= 1, a = doubled(a))
        sum ^= b & 1 ? a : 0;
    return sum;
}

static uint8_t sub(uint8_t a)
{
    uint8_t inverse = 0, mixed;
    unsigned b;

    for (b = 1; b < 256 && a != 0 && inverse == 0; b++)
        inverse = product(a, (uint8_t)b) == 1 ? (uint8_t)b : 0;
    mixed = inverse;
    for (b = 1; b <= 4; b++)
        mixed ^= (uint8_t)(inverse << b | inverse >> (8 - b));
    return mixed ^ 0x63;
}

static uint8_t boxes[256];

/* SubBytes and ShiftRows, then MixColumns unless it is the last round; then the key, if any. */
static void slow_round(uint8_t state[16], const uint8_t *key, bool last)
{
    uint8_t s[16];
    unsigned i;

    for (i = 0; i < 16; i++)
        s[i] = boxes[state[(i + 4 * (i % 4)) % 16]];
    for (i = 0; i < 16; i++) {
        const unsigned c = i / 4 * 4;

        state[i] = last ? s[i]
                        : (uint8_t)(product(2, s[i]) ^ product(3, s[c + (i + 1) % 4]) ^
                                    s[c + (i + 2) % 4] ^ s[c + (i + 3) % 4]);
        state[i] ^= key == NULL ? 0 : key[i];
    }
}

static void slow_keys(const uint8_t key[16], uint8_t keys[11][16])
{
    uint8_t constant = 1;
    unsigned i, j;

    memcpy(keys[0], key, 16);
    for (i = 1; i <= 10; i++, constant = doubled(constant))
        for (j = 0; j < 16; j++) {
            const uint8_t in = j >= 4 ? keys[i][j - 4] : boxes[keys[i - 1][12 + (j + 1) % 4]];

            keys[i][j] = keys[i - 1][j] ^ in ^ (j == 0 ? constant : 0);
        }
}

static void slow_aes(const uint8_t key[16], uint8_t block[16])
{
    uint8_t keys[11][16];
    unsigned i;

    slow_keys(key, keys);
    for (i = 0; i < 16; i++)
        block[i] ^= keys[0][i];
    for (i = 1; i <= 10; i++)
        slow_round(block, keys[i], i == 10);
}

static void mix_in(uint8_t block[16], const void *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        block[i] ^= ((const uint8_t *)bytes)[i];
}

/* The bytes of a short key as keyhash.c lays them out. */
static void lay_out(const char *at, size_t len, uint8_t block[16])
{
    memset(block, 0, 16);
    if (len >= 4) {
        const size_t half = len >= 8 ? 8 : 4;

        memcpy(block, at, half);
        memcpy(block + 8, at + len - half, half);
    } else if (len > 0) {
        block[0] = (uint8_t)at[0];
        block[4] = (uint8_t)at[len / 2];
        block[8] = (uint8_t)at[len - 1];
    }
}

static uint64_t slow_aes_hash(const uint64_t secret[2], struct bytes key)
{
    uint8_t state[16] = {(uint8_t)key.len, (uint8_t)(key.len >> 8), 0, 0, 0, 0, 0, 0,
                         key.len <= 16};
    uint8_t bytes[16], keys[16];
    uint64_t hash;
    size_t i;
    unsigned round;

    memcpy(keys, secret, 16);
    slow_aes(keys, state);
    for (i = 0; key.len > 16 && i + 16 < key.len; i += 16) {
        mix_in(state, key.at + i, 16);
        for (round = 0; round < 4; round++)
            slow_round(state, NULL, false);
    }
    if (key.len > 16)
        mix_in(state, key.at + key.len - 16, 16);
    lay_out(key.at, key.len, bytes);
    if (key.len <= 16)
        mix_in(state, bytes, 16);
    slow_aes(keys, state);
    memcpy(&hash, state, sizeof(hash));
    return hash;
}

static void test_aes_reference(void)
{
    static const uint8_t right[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                      0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    uint8_t key[16], block[16];
    unsigned i;

    for (i = 0; i < 256; i++)
        boxes[i] = sub((uint8_t)i);
    for (i = 0; i < 16; i++) {
        key[i] = (uint8_t)i;
        block[i] = (uint8_t)(0x11 * i);
    }
    slow_aes(key, block);
    ok(memcmp(block, right, sizeof(right)) == 0, "the reference gives the standard's example C.1");
}

static bool aes_is_right(const struct keyhash *keyhash, size_t len, unsigned first)
{
    char *text = malloc(len + (len == 0));
    const struct bytes key = bytes_new(text, len);
    bool right;

    fill(text, len, first);
    right = keyhash_of(keyhash, key) == slow_aes_hash(keyhash->secret, key);
    if (!right)
        tap_note("wrong for %zu bytes from %u on", len, first);
    free(text);
    return right;
}

static void test_aes(void)
{
    struct keyhash keyhash;
    unsigned wrong = 0, first;
    size_t len;

    keyhash_init(&keyhash, counting.secret);
    if (!keyhash.aes) {
        ok(keyhash_of(&keyhash, bytes_of("k")) == keyhash_of(&counting, bytes_of("k")),
           "without such instructions it is SipHash");
        return;
    }
    for (len = 0; len <= 100; len++)
        for (first = 0; first < 256; first += 51)
            wrong += !aes_is_right(&keyhash, len, first);
    is_int(wrong, 0, "the processor's AES agrees with the reference for 0 to 100 bytes");
    ok(aes_is_right(&keyhash, 1031, 3), "and for many");
}

/* Keys as people number them must spread over buckets, whichever bits of the hash are taken. */
static void is_even(const struct keyhash *keyhash, const char *format, unsigned shift)
{
    enum { KEYS = 64000, PLACES = 64 };
    unsigned counts[PLACES] = {0};
    double chi = 0;
    char text[64];
    unsigned i;

    for (i = 0; i < KEYS; i++) {
        const int len = snprintf(text, sizeof(text), format, i);

        counts[keyhash_of(keyhash, bytes_new(text, (size_t)len)) >> shift & (PLACES - 1)]++;
    }
    for (i = 0; i < PLACES; i++)
        chi += (counts[i] - 1000.0) * (counts[i] - 1000.0) / 1000.0;
    ok(chi > 20 && chi < 140, "%s: \"%s\" is spread evenly by bits from %u on (%.0f, 63 expected)",
       keyhash->aes ? "aes" : "siphash", format, shift, chi);
}

static void test_spread(void)
{
    static const char *const formats[] = {"%u", "key:%010u", "session:%08u:user:profile:data"};
    struct keyhash keyhash;
    unsigned i, shift;

    keyhash_init(&keyhash, counting.secret);
    for (i = 0; i < 3; i++)
        for (shift = 0; shift < 64; shift += 29) {
            is_even(&counting, formats[i], shift);
            if (keyhash.aes)
                is_even(&keyhash, formats[i], shift);
        }
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
    test_aes_reference();
    test_aes();
    test_spread();
    return tap_done();
}
