#include "net/sha256.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 64
#define WORDS 8

/* The fractions of the cube roots of the first primes. */
static const uint32_t rounds[BLOCK] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static uint32_t load(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void schedule(const unsigned char *block, uint32_t words[BLOCK])
{
    unsigned i;

    for (i = 0; i < 16; i++)
        words[i] = load(block + 4 * i);
    for (; i < BLOCK; i++) {
        const uint32_t a = words[i - 15], b = words[i - 2];

        words[i] = words[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + words[i - 7] +
                   (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

static void stir(uint32_t state[WORDS], const unsigned char *block)
{
    uint32_t words[BLOCK], s[WORDS];
    unsigned i;

    schedule(block, words);
    memcpy(s, state, sizeof(s));
    for (i = 0; i < BLOCK; i++) {
        const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        const uint32_t first = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + choice +
                               rounds[i] + words[i];
        const uint32_t second = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + majority;

        memmove(s + 1, s, (WORDS - 1) * sizeof(s[0]));
        s[4] += first;
        s[0] = first + second;
    }
    for (i = 0; i < WORDS; i++)
        state[i] += s[i];
}

/* What is left, a bit, and the length. */
static void stir_end(uint32_t state[WORDS], struct bytes rest, uint64_t len)
{
    unsigned char block[2 * BLOCK] = {0};
    const size_t size = rest.len + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    unsigned i;

    bytes_copy((char *)block, rest.at, rest.len);
    block[rest.len] = 0x80;
    for (i = 0; i < 8; i++)
        block[size - 1 - i] = (unsigned char)(len * 8 >> (8 * i));
    stir(state, block);
    if (size > BLOCK)
        stir(state, block + BLOCK);
}

void sha256_hex(struct bytes text, char hex[SHA256_HEX + 1])
{
    /* The fractions of the square roots of the first primes. */
    uint32_t state[WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const size_t whole = text.len / BLOCK * BLOCK;
    size_t at;
    unsigned i;

    for (at = 0; at < whole; at += BLOCK)
        stir(state, (const unsigned char *)text.at + at);
    stir_end(state, bytes_new(text.at + whole, text.len - whole), text.len);
    for (i = 0; i < WORDS; i++)
        sprintf(hex + 8 * i, "%08x", state[i]);
}
