#include "cache/keyhash.h"

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
        compress(&sip, bytes_load8(at));
    compress(&sip, (uint64_t)key.len << 56 | bytes_load(at, left));
    return finish(&sip);
}

void keyhash_init(struct keyhash *keyhash, const uint64_t secret[2])
{
    *keyhash = (struct keyhash){.secret = {secret[0], secret[1]}};
    keyhash->aes = aes_prepare(keyhash);
}

const char *keyhash_name(const struct keyhash *keyhash)
{
    return keyhash->aes ? "aes" : "siphash-1-3";
}
