/*
 * match - which of sixteen tags equal a given one, all compared at once.
 *
 * Owner   pure functions.
 * Memory  reads 16 bytes.
 * Cost    three instructions with SSE2, five with NEON; a short loop elsewhere.
 * Errors  none.
 *
 * The answer is a word of marks, one for each tag that matches, the first lowest: take the lowest
 * away by `marks & (marks - 1)`.
 */
#ifndef CACHE_MATCH_H
#define CACHE_MATCH_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define MATCH_STRIDE 4 /* bits from one mark to the next */
#endif
#ifndef MATCH_STRIDE
#define MATCH_STRIDE 1
#endif

/* All marks that the first `count` tags, fewer than sixteen, can have. */
#define MATCH_FIRST(count) ((1ULL << (count)*MATCH_STRIDE) - 1)

static inline uint64_t match(const uint8_t *tags, uint8_t tag)
{
#ifdef __SSE2__
    const __m128i all = _mm_loadu_si128((const __m128i *)(const void *)tags);
    const __m128i wanted = _mm_set1_epi32((int)(tag * 0x01010101u));

    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(all, wanted));
#elif MATCH_STRIDE == 4
    const uint16x8_t equal = vreinterpretq_u16_u8(vceqq_u8(vld1q_u8(tags), vdupq_n_u8(tag)));

    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(equal, 4)), 0) & 0x1111111111111111ULL;
#else
    uint64_t marks = 0;
    unsigned i;

    for (i = 0; i < 16; i++)
        marks |= (uint64_t)(tags[i] == tag) << i;
    return marks;
#endif
}

/* The number of the first tag that matches; there is one. */
static inline unsigned match_lowest(uint64_t marks)
{
    return (unsigned)__builtin_ctzll(marks) / MATCH_STRIDE;
}

#endif
