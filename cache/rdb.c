#include "cache/rdb.h"

#include <lzf.h>
#include <stdint.h>
#include <stdlib.h>

#include "cache/crc64.h"
#include "cache/number.h"

#define TYPE_STRING 0
#define FOOTER 10 /* version and checksum */

/* How the first two bits of a length say what follows. */
#define LENGTH_6 0x00
#define LENGTH_14 0x40
#define LENGTH_32 0x80
#define LENGTH_64 0x81
#define SPECIAL 0xc0 /* with one of these in the low bits */
#define INT_8 0
#define INT_16 1
#define INT_32 2
#define LZF 3

#define DIGITS_MAX 11    /* a longer text is not tried as an integer of 32 bits */
#define COMPRESS_MIN 21  /* nor a shorter one compressed */
#define LENGTH_BYTES 9   /* that a length takes at most */
#define LZF_EXPANDS 264u /* more than a byte of compressed text can stand for */

/* --- writing --- */

static char *write_big_endian(char *at, uint64_t value, unsigned bytes)
{
    while (bytes-- > 0)
        *at++ = (char)(value >> 8 * bytes);
    return at;
}

static char *write_little_endian(char *at, uint64_t value, unsigned bytes)
{
    unsigned i;

    for (i = 0; i < bytes; i++)
        *at++ = (char)(value >> 8 * i);
    return at;
}

static char *write_length(char *at, uint64_t len)
{
    if (len < 64)
        return write_big_endian(at, LENGTH_6 | len, 1);
    if (len < 16384)
        return write_big_endian(at, LENGTH_14 << 8 | len, 2);
    *at = (char)(len <= UINT32_MAX ? LENGTH_32 : LENGTH_64);
    return write_big_endian(at + 1, len, len <= UINT32_MAX ? 4 : 8);
}

static bool fits_bits(int64_t value, unsigned bits)
{
    return value >= -(1LL << (bits - 1)) && value < 1LL << (bits - 1);
}

/* NULL when the text is no integer, or too large a one. */
static char *write_integer(char *at, struct bytes text)
{
    int64_t value;
    unsigned kind;

    if (text.len > DIGITS_MAX || !number_parse(text, &value) || !fits_bits(value, 32))
        return NULL;
    kind = fits_bits(value, 8) ? INT_8 : fits_bits(value, 16) ? INT_16 : INT_32;
    *at = (char)(SPECIAL | kind);
    return write_little_endian(at + 1, (uint64_t)value, 1u << kind);
}

/* NULL when that would not make it shorter. */
static char *write_compressed(char *at, struct bytes text)
{
    char lengths[2 * LENGTH_BYTES];
    char *packed;
    size_t len, head;

    if (text.len < COMPRESS_MIN || text.len > UINT32_MAX)
        return NULL;
    packed = at + 1 + sizeof(lengths);
    len = lzf_compress(text.at, (unsigned)text.len, packed, (unsigned)text.len - 4);
    if (len == 0)
        return NULL;
    head = (size_t)(write_length(write_length(lengths, len), text.len) - lengths);
    *at++ = (char)(SPECIAL | LZF);
    memcpy(at, lengths, head);
    memmove(at + head, packed, len);
    return at + head + len;
}

static char *write_plain(char *at, struct bytes text)
{
    at = write_length(at, text.len);
    memcpy(at, text.at, text.len);
    return at + text.len;
}

size_t rdb_room(size_t len)
{
    return len + 1 + 2 * LENGTH_BYTES + 1 + FOOTER;
}

size_t rdb_pack(char *into, struct bytes text, bool compress)
{
    char *end;

    into[0] = TYPE_STRING;
    end = write_integer(into + 1, text);
    if (end == NULL && compress)
        end = write_compressed(into + 1, text);
    if (end == NULL)
        end = write_plain(into + 1, text);
    end = write_little_endian(end, RDB_VERSION, 2);
    end = write_little_endian(end, crc64(bytes_new(into, (size_t)(end - into))), 8);
    return (size_t)(end - into);
}

/* --- reading --- */

/* What is left to be read. */
struct reader {
    const uint8_t *at;
    size_t left;
};

static bool take(struct reader *reader, size_t len, const uint8_t **at)
{
    if (len > reader->left)
        return false;
    *at = reader->at;
    reader->at += len;
    reader->left -= len;
    return true;
}

static uint64_t little_endian(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

static bool read_big_endian(struct reader *reader, unsigned bytes, uint64_t *value)
{
    const uint8_t *at;

    if (!take(reader, bytes, &at))
        return false;
    for (*value = 0; bytes > 0; bytes--)
        *value = *value << 8 | *at++;
    return true;
}

/* A length or, when `special` becomes true, the kind of what follows. */
static bool read_length(struct reader *reader, uint64_t *value, bool *special)
{
    uint64_t first;

    if (!read_big_endian(reader, 1, &first))
        return false;
    *special = (first & 0xc0) == SPECIAL;
    *value = first & 0x3f;
    if (*special || (first & 0xc0) == LENGTH_6)
        return true;
    if ((first & 0xc0) == LENGTH_14) {
        const uint64_t high = *value << 8;

        if (!read_big_endian(reader, 1, value))
            return false;
        *value |= high;
        return true;
    }
    return (first == LENGTH_32 && read_big_endian(reader, 4, value)) ||
           (first == LENGTH_64 && read_big_endian(reader, 8, value));
}

static bool read_size(struct reader *reader, uint64_t *value)
{
    bool special;

    return read_length(reader, value, &special) && !special;
}

static bool read_integer(struct reader *reader, unsigned kind, struct rdb_text *text)
{
    const unsigned bytes = 1u << kind;
    const uint8_t *at;
    int64_t value;

    if (!take(reader, bytes, &at))
        return false;
    value = (int64_t)(little_endian(at, bytes) << (64 - 8 * bytes)) >> (64 - 8 * bytes);
    text->bytes = bytes_new(text->digits, number_print(text->digits, value));
    return true;
}

static bool read_compressed(struct reader *reader, size_t limit, struct rdb_text *text)
{
    uint64_t packed, len;
    const uint8_t *at;

    if (!read_size(reader, &packed) || !read_size(reader, &len) || !take(reader, packed, &at))
        return false;
    if (packed > UINT32_MAX || len > UINT32_MAX || len > limit || len / LZF_EXPANDS > packed ||
        len == 0)
        return false;
    text->unpacked = malloc(len);
    text->lacks_memory = text->unpacked == NULL;
    if (text->lacks_memory)
        return false;
    text->bytes = bytes_new(text->unpacked, len);
    return lzf_decompress(at, (unsigned)packed, text->unpacked, (unsigned)len) == len;
}

static bool read_plain(struct reader *reader, uint64_t len, size_t limit, struct rdb_text *text)
{
    const uint8_t *at;

    if (len > limit || !take(reader, len, &at))
        return false;
    text->bytes = bytes_new((const char *)at, len);
    return true;
}

static bool read_text(struct reader *reader, size_t limit, struct rdb_text *text)
{
    uint64_t value;
    bool special;

    if (!read_length(reader, &value, &special))
        return false;
    if (!special)
        return read_plain(reader, value, limit, text);
    if (value == LZF)
        return read_compressed(reader, limit, text);
    return value <= INT_32 && read_integer(reader, (unsigned)value, text);
}

/* Version and checksum. */
static bool check(struct bytes payload)
{
    const uint8_t *footer = (const uint8_t *)payload.at + payload.len - FOOTER;

    return payload.len >= FOOTER && little_endian(footer, 2) <= RDB_VERSION &&
           little_endian(footer + 2, 8) == crc64(bytes_new(payload.at, payload.len - 8));
}

enum rdb_result rdb_unpack(struct bytes payload, size_t limit, struct rdb_text *text)
{
    struct reader reader;
    uint64_t type;

    text->unpacked = NULL;
    text->lacks_memory = false;
    if (!check(payload))
        return RDB_CHECKSUM;
    /* A text may reach into the footer: Redis takes such a payload, too. */
    reader = (struct reader){(const uint8_t *)payload.at, payload.len};
    if (read_big_endian(&reader, 1, &type) && type == TYPE_STRING &&
        read_text(&reader, limit, text))
        return RDB_FINE;
    rdb_free(text);
    return text->lacks_memory ? RDB_NO_MEMORY : RDB_BAD;
}

void rdb_free(struct rdb_text *text)
{
    free(text->unpacked);
    text->unpacked = NULL;
}
