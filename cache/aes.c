#include "cache/aes.h"

#include "cache/keyhash.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WITH_AES __attribute__((target("aes,sse4.1")))
#define NO_LENGTH UINT64_C(1) /* in the upper half: no length sets it */

static inline WITH_AES __m128i load(const void *at)
{
    return _mm_loadu_si128(at);
}

/* What is aligned is an operand like any other, and no instruction of its own. */
static inline WITH_AES __m128i load_aligned(const uint8_t at[16])
{
    return _mm_load_si128((const __m128i *)at);
}

/* AES-128 of one block. */
static inline WITH_AES __m128i cipher(const struct keyhash *keyhash, __m128i block)
{
    unsigned i;

    block = _mm_xor_si128(block, load_aligned(keyhash->round[0]));
#pragma GCC unroll 9
    for (i = 1; i < KEYHASH_ROUNDS - 1; i++)
        block = _mm_aesenc_si128(block, load_aligned(keyhash->round[i]));
    return _mm_aesenclast_si128(block, load_aligned(keyhash->round[KEYHASH_ROUNDS - 1]));
}

/* --- the keys of the rounds --- */

/* Each word is the exclusive or of itself, those before it, and what comes in. */
static WITH_AES __m128i next_key(__m128i key, __m128i assist)
{
    assist = _mm_shuffle_epi32(assist, 0xff);
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    return _mm_xor_si128(key, assist);
}

/* The constant of a round must be known to the compiler. */
#define NEXT_KEY(nth, constant)                                        \
    do {                                                               \
        key = next_key(key, _mm_aeskeygenassist_si128(key, constant)); \
        _mm_store_si128((__m128i *)keyhash->round[nth], key);          \
    } while (0)

static WITH_AES void expand(struct keyhash *keyhash)
{
    __m128i key = load(keyhash->secret);

    _mm_store_si128((__m128i *)keyhash->round[0], key);
    NEXT_KEY(1, 0x01);
    NEXT_KEY(2, 0x02);
    NEXT_KEY(3, 0x04);
    NEXT_KEY(4, 0x08);
    NEXT_KEY(5, 0x10);
    NEXT_KEY(6, 0x20);
    NEXT_KEY(7, 0x40);
    NEXT_KEY(8, 0x80);
    NEXT_KEY(9, 0x1b);
    NEXT_KEY(10, 0x36);
}

static WITH_AES void make_masks(struct keyhash *keyhash)
{
    unsigned len;

    for (len = 0; len <= KEYHASH_SHORT; len++)
        _mm_store_si128((__m128i *)keyhash->mask[len],
                        cipher(keyhash, _mm_set_epi64x((long long)NO_LENGTH, len)));
}

bool aes_prepare(struct keyhash *keyhash)
{
    if (!__builtin_cpu_supports("aes") || !__builtin_cpu_supports("sse4.1"))
        return false;
    expand(keyhash);
    make_masks(keyhash);
    return true;
}

/* --- hashing --- */

/* The bytes of a short key in a block. Of two reads that overlap both are kept: nothing is lost, and
 * with the length known two different keys never look the same. */
static inline WITH_AES __m128i load_short(const char *at, size_t len)
{
    if (len >= 8)
        return _mm_set_epi64x((long long)bytes_load8(at + len - 8), (long long)bytes_load8(at));
    if (len >= 4)
        return _mm_set_epi64x((long long)bytes_load4(at + len - 4), (long long)bytes_load4(at));
    if (len == 0)
        return _mm_setzero_si128();
    return _mm_set_epi32(0, (unsigned char)at[len - 1], (unsigned char)at[len / 2],
                         (unsigned char)at[0]);
}

static inline WITH_AES __m128i four_rounds(__m128i state)
{
    const __m128i zero = _mm_setzero_si128();

    state = _mm_aesenc_si128(state, zero);
    state = _mm_aesenc_si128(state, zero);
    state = _mm_aesenc_si128(state, zero);
    return _mm_aesenc_si128(state, zero);
}

/* Apart, so that a short key saves nothing for it. */
static __attribute__((noinline)) WITH_AES __m128i hash_long(const struct keyhash *keyhash,
                                                            struct bytes key)
{
    __m128i state = cipher(keyhash, _mm_set_epi64x(0, (long long)key.len));
    const char *last = key.at + key.len - 16;
    const char *at;

    for (at = key.at; at < last; at += 16)
        state = four_rounds(_mm_xor_si128(state, load(at)));
    return cipher(keyhash, _mm_xor_si128(state, load(last)));
}

WITH_AES uint64_t aes_hash(const struct keyhash *keyhash, struct bytes key)
{
    __m128i hash;

    if (__builtin_expect(key.len <= KEYHASH_SHORT, 1))
        hash = cipher(keyhash, _mm_xor_si128(load_short(key.at, key.len),
                                             load_aligned(keyhash->mask[key.len])));
    else
        hash = hash_long(keyhash, key);
    return (uint64_t)_mm_cvtsi128_si64(hash);
}

#else

bool aes_prepare(struct keyhash *keyhash)
{
    (void)keyhash;
    return false;
}

uint64_t aes_hash(const struct keyhash *keyhash, struct bytes key)
{
    (void)keyhash;
    (void)key;
    return 0;
}

#endif
