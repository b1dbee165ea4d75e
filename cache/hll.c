#include "cache/hll.h"

#include <math.h>

#define INDEX_BITS 14
#define VALUE_BITS (64 - INDEX_BITS) /* of the hash: 50 */
#define REGISTER_MAX 63

#define DENSE 0
#define SPARSE 1
#define ENCODING_AT 4
#define COUNT_AT 8

#define ZERO_MAX 64     /* registers in a run of zeros of one byte */
#define SPARSE_VALUE 32 /* the largest that a sparse one can hold */
#define VALUE_MAX 4     /* registers in a run of others */
#define MERGE_RUNS 5    /* so many runs around a change are looked at */

/* --- hashing --- */

#define MURMUR_SEED 0xadc83b19ULL
#define MURMUR_FACTOR 0xc6a4a7935bd1e995ULL

static uint64_t tail_of(const uint8_t *at, size_t len)
{
    uint64_t tail = 0;

    while (len-- > 0)
        tail = tail << 8 | at[len];
    return tail;
}

static uint64_t murmur(struct bytes element)
{
    const uint8_t *at = (const uint8_t *)element.at;
    uint64_t hash = MURMUR_SEED ^ element.len * MURMUR_FACTOR;
    size_t left = element.len;

    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word = tail_of(at, 8) * MURMUR_FACTOR;

        word ^= word >> 47;
        hash = (hash ^ word * MURMUR_FACTOR) * MURMUR_FACTOR;
    }
    if (left > 0)
        hash = (hash ^ tail_of(at, left)) * MURMUR_FACTOR;
    hash = (hash ^ hash >> 47) * MURMUR_FACTOR;
    return hash ^ hash >> 47;
}

/* Which register, and how many zeros and a one the rest of the hash begins with. */
static unsigned place_of(struct bytes element, unsigned *index)
{
    const uint64_t hash = murmur(element);

    *index = (unsigned)(hash & (HLL_REGISTERS - 1));
    return 1 + (unsigned)__builtin_ctzll(hash >> INDEX_BITS | 1ULL << VALUE_BITS);
}

/* --- the header --- */

bool hll_is(struct bytes text)
{
    if (text.len < HLL_HEADER || memcmp(text.at, "HYLL", 4) != 0)
        return false;
    if (text.at[ENCODING_AT] == DENSE)
        return text.len == HLL_DENSE;
    return text.at[ENCODING_AT] == SPARSE;
}

bool hll_is_dense(struct bytes text)
{
    return text.at[ENCODING_AT] == DENSE;
}

void hll_forget_count(struct hll *hll)
{
    hll->at[COUNT_AT + 7] |= 0x80;
}

bool hll_known_count(struct bytes text, uint64_t *count)
{
    *count = tail_of((const uint8_t *)text.at + COUNT_AT, 8);
    return *count >> 63 == 0;
}

void hll_write_count(char *at, uint64_t count)
{
    unsigned i;

    for (i = 0; i < 8; i++)
        at[COUNT_AT + i] = (char)(count >> 8 * i);
}

/* --- runs --- */

static unsigned write_zeros(uint8_t *at, unsigned length)
{
    const unsigned less = length - 1;

    if (length <= ZERO_MAX) {
        at[0] = (uint8_t)less;
        return 1;
    }
    at[0] = (uint8_t)(0x40 | less >> 8);
    at[1] = (uint8_t)less;
    return 2;
}

static unsigned write_run(uint8_t *at, unsigned value, unsigned length)
{
    if (value == 0)
        return write_zeros(at, length);
    at[0] = (uint8_t)(0x80 | (value - 1) << 2 | (length - 1));
    return 1;
}

bool hll_next_run(struct bytes text, size_t *place, struct hll_run *run)
{
    const uint8_t *at = (const uint8_t *)text.at + HLL_HEADER + *place;
    const size_t left = text.len - HLL_HEADER - *place;

    if (left == 0)
        return false;
    if (at[0] & 0x80)
        *run = (struct hll_run){(at[0] >> 2 & 0x1f) + 1u, (at[0] & 3u) + 1, 1};
    else if (at[0] & 0x40)
        *run = (struct hll_run){0, ((at[0] & 0x3fu) << 8 | (left > 1 ? at[1] : 0)) + 1, 2};
    else
        *run = (struct hll_run){0, at[0] + 1u, 1};
    if (run->bytes > left)
        return false;
    *place += run->bytes;
    return true;
}

void hll_init(struct hll *hll)
{
    memset(hll->at, 0, HLL_HEADER);
    memcpy(hll->at, "HYLL", 4);
    hll->at[ENCODING_AT] = SPARSE;
    hll->len = HLL_HEADER + write_zeros(hll->at + HLL_HEADER, HLL_REGISTERS);
}

bool hll_load(struct hll *hll, struct bytes text)
{
    if (text.len > HLL_ROOM - 8)
        return false;
    memcpy(hll->at, text.at, text.len);
    hll->len = text.len;
    return true;
}

/* --- dense --- */

/* Where the six bits of a register begin; they may reach into the next byte. */
static unsigned read_dense(const uint8_t *at, unsigned index)
{
    const unsigned bit = index * 6;
    const unsigned low = at[bit / 8] >> bit % 8;

    return bit % 8 <= 2 ? low & REGISTER_MAX
                        : (low | (unsigned)at[bit / 8 + 1] << (8 - bit % 8)) & REGISTER_MAX;
}

static void write_dense(uint8_t *at, unsigned index, unsigned value)
{
    const unsigned bit = index * 6;
    const unsigned shift = bit % 8;

    at[bit / 8] = (uint8_t)((at[bit / 8] & ~(REGISTER_MAX << shift)) | value << shift);
    if (shift > 2)
        at[bit / 8 + 1] =
            (uint8_t)((at[bit / 8 + 1] & ~(REGISTER_MAX >> (8 - shift))) | value >> (8 - shift));
}

static enum hll_result raise_dense(struct hll *hll, unsigned index, unsigned value)
{
    if (read_dense(hll->at + HLL_HEADER, index) >= value)
        return HLL_SAME;
    write_dense(hll->at + HLL_HEADER, index, value);
    return HLL_CHANGED;
}

bool hll_to_dense(struct hll *hll)
{
    uint8_t registers[HLL_REGISTERS];
    unsigned i;

    if (hll_is_dense(hll_text(hll)))
        return true;
    if (!hll_registers(hll_text(hll), registers))
        return false;
    hll->at[ENCODING_AT] = DENSE;
    hll->len = HLL_DENSE;
    memset(hll->at + HLL_HEADER, 0, HLL_DENSE - HLL_HEADER);
    for (i = 0; i < HLL_REGISTERS; i++)
        if (registers[i] != 0)
            write_dense(hll->at + HLL_HEADER, i, registers[i]);
    return true;
}

/* --- sparse --- */

/* The run that a register lies in, and the one before it. */
struct found {
    struct hll_run run;
    size_t place;    /* of the run, behind the header */
    size_t previous; /* of the one before; the same as place when it is the first */
    unsigned first;  /* register of the run */
};

static bool find_run(const struct hll *hll, unsigned index, struct found *found)
{
    size_t next = 0;

    *found = (struct found){.first = 0};
    while (hll_next_run(hll_text(hll), &next, &found->run)) {
        if (index < found->first + found->run.length)
            return true;
        found->first += found->run.length;
        found->previous = found->place;
        found->place = next;
    }
    return false;
}

/* The run cut in three: before the register, the register, behind it. */
static size_t split_run(const struct found *found, unsigned index, unsigned value, uint8_t *into)
{
    const unsigned before = index - found->first;
    const unsigned behind = found->run.length - before - 1;
    uint8_t *at = into;

    if (before > 0)
        at += write_run(at, found->run.value, before);
    at += write_run(at, value, 1);
    if (behind > 0)
        at += write_run(at, found->run.value, behind);
    return (size_t)(at - into);
}

static void remove_byte(struct hll *hll, size_t place)
{
    memmove(hll->at + place, hll->at + place + 1, hll->len - place - 1);
    hll->len--;
}

/* Two runs of one value in a row become one, where the changed one or its neighbours allow. */
static void merge_runs(struct hll *hll, size_t place)
{
    unsigned left = MERGE_RUNS;

    place += HLL_HEADER;
    while (place < hll->len && left-- > 0) {
        const uint8_t run = hll->at[place];
        const uint8_t next = place + 1 < hll->len ? hll->at[place + 1] : 0;
        const unsigned length = (run & 3u) + (next & 3u) + 2;

        if (!(run & 0x80)) {
            place += run & 0x40 ? 2 : 1;
        } else if ((run & 0xfc) == (next & 0xfc) && length <= VALUE_MAX) {
            hll->at[place + 1] = (uint8_t)((run & 0xfc) | (length - 1));
            remove_byte(hll, place);
        } else {
            place++;
        }
    }
}

/* Puts `len` bytes in the place of the run. */
static void replace_run(struct hll *hll, const struct found *found, const uint8_t *with, size_t len)
{
    uint8_t *at = hll->at + HLL_HEADER + found->place;
    const uint8_t *end = hll->at + hll->len;

    memmove(at + len, at + found->run.bytes, (size_t)(end - at) - found->run.bytes);
    memcpy(at, with, len);
    hll->len = hll->len + len - found->run.bytes;
}

static enum hll_result grow_dense(struct hll *hll, unsigned index, unsigned value)
{
    return hll_to_dense(hll) ? raise_dense(hll, index, value) : HLL_CORRUPT;
}

static enum hll_result raise_sparse(struct hll *hll, unsigned index, unsigned value,
                                    size_t sparse_max)
{
    struct found found;
    uint8_t split[5];
    size_t len;

    if (value > SPARSE_VALUE)
        return grow_dense(hll, index, value);
    if (!find_run(hll, index, &found))
        return HLL_CORRUPT;
    if (found.run.value >= value)
        return HLL_SAME;
    len = split_run(&found, index, value, split);
    if (len > found.run.bytes && (hll->len + len - found.run.bytes > sparse_max ||
                                  hll->len + len - found.run.bytes > HLL_ROOM))
        return grow_dense(hll, index, value);
    replace_run(hll, &found, split, len);
    merge_runs(hll, found.previous);
    return HLL_CHANGED;
}

enum hll_result hll_raise(struct hll *hll, unsigned index, unsigned value, size_t sparse_max)
{
    if (hll_is_dense(hll_text(hll)))
        return raise_dense(hll, index, value);
    return raise_sparse(hll, index, value, sparse_max);
}

enum hll_result hll_add(struct hll *hll, struct bytes element, size_t sparse_max)
{
    unsigned index;
    const unsigned value = place_of(element, &index);

    return hll_raise(hll, index, value, sparse_max);
}

/* --- counting --- */

static bool read_sparse(struct bytes text, uint8_t *registers)
{
    struct hll_run run;
    size_t place = 0;
    unsigned index = 0;

    while (hll_next_run(text, &place, &run)) {
        if (run.length > HLL_REGISTERS - index)
            return false;
        memset(registers + index, (int)run.value, run.length);
        index += run.length;
    }
    return index == HLL_REGISTERS && place == text.len - HLL_HEADER;
}

bool hll_registers(struct bytes text, uint8_t *registers)
{
    unsigned i;

    if (!hll_is_dense(text))
        return read_sparse(text, registers);
    for (i = 0; i < HLL_REGISTERS; i++)
        registers[i] = (uint8_t)read_dense((const uint8_t *)text.at + HLL_HEADER, i);
    return true;
}

bool hll_merge(struct bytes text, uint8_t *registers)
{
    uint8_t more[HLL_REGISTERS];
    unsigned i;

    if (!hll_registers(text, more))
        return false;
    for (i = 0; i < HLL_REGISTERS; i++)
        if (more[i] > registers[i])
            registers[i] = more[i];
    return true;
}

/* Ertl's sigma: corrects for registers that are still zero. */
static double sigma(double x)
{
    double power = 1;
    double sum = x;
    double before;

    if (x == 1)
        return INFINITY;
    do {
        x *= x;
        before = sum;
        sum += x * power;
        power += power;
    } while (before != sum);
    return sum;
}

/* Ertl's tau: corrects for registers that are full. */
static double tau(double x)
{
    double power = 1;
    double sum = 1 - x;
    double before;

    if (x == 0 || x == 1)
        return 0;
    do {
        x = sqrt(x);
        before = sum;
        power *= 0.5;
        sum -= (1 - x) * (1 - x) * power;
    } while (before != sum);
    return sum / 3;
}

uint64_t hll_count(const uint8_t *registers)
{
    static const double alpha = 0.721347520444481703680; /* 1 / (2 ln 2) */
    const double m = HLL_REGISTERS;
    unsigned of[REGISTER_MAX + 1] = {0};
    double z;
    unsigned i;

    for (i = 0; i < HLL_REGISTERS; i++)
        of[registers[i]]++;
    z = m * tau((m - of[VALUE_BITS + 1]) / m);
    for (i = VALUE_BITS; i >= 1; i--)
        z = (z + of[i]) * 0.5;
    z += m * sigma(of[0] / m);
    return (uint64_t)llroundl((long double)(alpha * m * m / z));
}
