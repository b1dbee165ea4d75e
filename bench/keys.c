#include "bench/keys.h"

#include <assert.h>

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Steps of the golden section land far from each other. */
static uint64_t stride_for(uint64_t count)
{
    uint64_t stride = (uint64_t)((double)count * 0.6180339887498949);

    while (common_divisor(stride, count) != 1)
        stride++;
    return stride;
}

void keys_init(struct keys *keys, uint64_t count, double skew)
{
    assert(count > 0 && count <= KEYS_MOST);
    keys->count = count;
    keys->skew = skew;
    keys->stride = stride_for(count);
    if (skew > 0)
        zipf_init(&keys->zipf, count, skew);
}

uint64_t keys_pick(const struct keys *keys, struct dice *dice)
{
    if (keys->skew == 0)
        return dice_below(dice, keys->count);
    return zipf_draw(&keys->zipf, dice) * keys->stride % keys->count;
}
