#include "cache/keyhash.h"

#include <endian.h>
#include <string.h>

/* The four words of state, named as in the paper. */
struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t turn(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void sip_round(struct sip *sip)
{
    sip->v0 += sip->v1;
    sip->v2 += sip->v3;
    sip->v1 = turn(sip->v1, 13) ^ sip->v0;
    sip->v3 = turn(sip->v3, 16) ^ sip->v2;
    sip->v0 = turn(sip->v0, 32);
    sip->v2 += sip->v1;
    sip->v0 += sip->v3;
    sip->v1 = turn(sip->v1, 17) ^ sip->v2;
    sip->v3 = turn(sip->v3, 21) ^ sip->v0;
    sip->v2 = turn(sip->v2, 32);
}

static inline void compress(struct sip *sip, uint64_t word)
{
    sip->v3 ^= word;
    sip_round(sip);
    sip->v0 ^= word;
}

static inline uint64_t finish(struct sip *sip)
{
    sip->v2 ^= 0xff;
    sip_round(sip);
    sip_round(sip);
    sip_round(sip);
    return sip->v0 ^ sip->v1 ^ sip->v2 ^ sip->v3;
}

static inline uint64_t load8(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return le64toh(word);
}

static inline uint64_t load4(const char *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    return le32toh(word);
}

static inline uint64_t load1(const char *at)
{
    return (unsigned char)*at;
}

/*
 * The 0 to 7 bytes that do not fill a word, lowest first. Two overlapping reads of four, or three
 * of one byte, cost no loop and no jump table: what both saw is the same, so or-ing it twice does
 * no harm.
 */
static inline uint64_t load_rest(const char *at, size_t len)
{
    uint64_t word;

    if (len >= 4)
        return load4(at) | load4(at + len - 4) << (8 * (len - 4));
    if (len == 0)
        return 0;
    word = load1(at) | load1(at + len / 2) << (8 * (len / 2));
    return word | load1(at + len - 1) << (8 * (len - 1));
}

uint64_t keyhash_sip(const struct keyhash *keyhash, struct bytes key)
{
    const char *at = key.at;
    size_t left;
    /* "somepseudorandomlygeneratedbytes", eight letters each */
    struct sip sip = {
        keyhash->secret[0] ^ UINT64_C(0x736f6d6570736575),
        keyhash->secret[1] ^ UINT64_C(0x646f72616e646f6d),
        keyhash->secret[0] ^ UINT64_C(0x6c7967656e657261),
        keyhash->secret[1] ^ UINT64_C(0x7465646279746573),
    };

    for (left = key.len; left >= 8; left -= 8, at += 8)
        compress(&sip, load8(at));
    compress(&sip, (uint64_t)key.len << 56 | load_rest(at, left));
    return finish(&sip);
}

void keyhash_init(struct keyhash *keyhash, const uint64_t secret[2])
{
    *keyhash = (struct keyhash){.secret = {secret[0], secret[1]}};
    keyhash->aes = aes_prepare(keyhash);
}

const char *keyhash_name(const struct keyhash *keyhash)
{
    return keyhash->aes ? "aes" : "siphash";
}
