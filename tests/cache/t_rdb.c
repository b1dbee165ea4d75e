#include "cache/rdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/crc64.h"
#include "tests/tap/tap.h"

#define LIMIT (1 << 20)
#define LONGEST 100000

static char packed[LONGEST + 64];
static char text[LONGEST];

static void comes_back(struct bytes bytes, bool compress, const char *name)
{
    const size_t len = rdb_pack(packed, bytes, compress);
    struct rdb_text unpacked;

    ok(len <= rdb_room(bytes.len), "%s fits", name);
    is_int(rdb_unpack(bytes_new(packed, len), LIMIT, &unpacked), RDB_FINE, "%s is read", name);
    is_bytes(unpacked.bytes.at, unpacked.bytes.len, bytes.at, bytes.len, "and is the same");
    rdb_free(&unpacked);
}

static void test_round_trip(void)
{
    static const char *const texts[] = {"",
                                        "a",
                                        "0",
                                        "-1",
                                        "127",
                                        "128",
                                        "-128",
                                        "-129",
                                        "32767",
                                        "32768",
                                        "-32769",
                                        "2147483647",
                                        "007",
                                        "2147483648",
                                        "-2147483648",
                                        "-2147483649",
                                        "-2147483649",
                                        "-0",
                                        "12e3",
                                        "99999999999999999999"};
    size_t len;
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        comes_back(bytes_of(texts[i]), true, texts[i]);
    for (len = 1; len <= LONGEST; len = len * 3 + 1) {
        memset(text, 'a', len);
        comes_back(bytes_new(text, len), true, "a text of one letter, compressed,");
        comes_back(bytes_new(text, len), false, "a text of one letter, not compressed,");
        for (i = 0; i < len; i++)
            text[i] = (char)rand();
        comes_back(bytes_new(text, len), true, "a text without pattern");
    }
}

static void test_bytes(void)
{
    size_t len = rdb_pack(packed, bytes_of("hello"), true);

    is_bytes(packed, len, "\0\5hello\n\0cr\xdfve4 \n", 17, "a short text is as Redis writes it");
    len = rdb_pack(packed, bytes_of("aaaaaaaaaaaaaaaaaaaaa"), true);
    is_bytes(packed, len, "\0\xc3\6\25\1aa\xe0\n\0\n\0\xfd\x0c\xb3h\aA?h", 20,
             "a longer one is compressed as Redis does it");
    len = rdb_pack(packed, bytes_of("-129"), true);
    is_bytes(packed, len, "\0\xc1\x7f\xff\n\0\x17`\x82(T\x80\x84\x80", 14,
             "a number takes as many bytes as it needs");
}

static void test_limit(void)
{
    struct rdb_text unpacked;
    size_t len;

    memset(text, 'a', LONGEST);
    len = rdb_pack(packed, bytes_new(text, LONGEST), true);
    is_int(rdb_unpack(bytes_new(packed, len), LONGEST - 1, &unpacked), RDB_BAD,
           "a compressed text longer than allowed is not unpacked");
    len = rdb_pack(packed, bytes_new(text, LONGEST), false);
    is_int(rdb_unpack(bytes_new(packed, len), LONGEST - 1, &unpacked), RDB_BAD,
           "nor any other text");
}

/* Right checksums around anything at all: nothing is read behind the end, whatever it says. */
static void test_hostile(void)
{
    unsigned accepted = 0;
    unsigned i, j;

    for (i = 0; i < 200000; i++) {
        const size_t len = 3 + (size_t)rand() % 24;
        char *payload = malloc(len + 8); /* of its own, for the sanitizer */
        struct rdb_text unpacked;
        uint64_t crc;

        for (j = 0; j < len; j++)
            payload[j] = (char)(rand() % 4 == 0 ? 0xc0 | rand() % 4 : rand());
        payload[0] = 0;
        payload[len - 2] = RDB_VERSION;
        payload[len - 1] = 0;
        crc = crc64(bytes_new(payload, len));
        for (j = 0; j < 8; j++)
            payload[len + j] = (char)(crc >> 8 * j);
        if (rdb_unpack(bytes_new(payload, len + 8), LIMIT, &unpacked) == RDB_FINE) {
            accepted += unpacked.bytes.len <= LIMIT;
            rdb_free(&unpacked);
        }
        free(payload);
    }
    ok(accepted > 1000, "some of 200000 made-up payloads happen to be right: %u", accepted);
}

static void test_checksum(void)
{
    const size_t len = rdb_pack(packed, bytes_of("hello"), true);
    struct rdb_text unpacked;
    unsigned refused = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        packed[i] ^= 4;
        refused += rdb_unpack(bytes_new(packed, len), LIMIT, &unpacked) == RDB_CHECKSUM;
        packed[i] ^= 4;
    }
    is_int(refused, (int64_t)len, "a wrong bit anywhere is found out");
    for (i = 0, refused = 0; i < len; i++)
        refused += rdb_unpack(bytes_new(packed, i), LIMIT, &unpacked) == RDB_CHECKSUM;
    is_int(refused, (int64_t)len, "so is a missing end");
}

int main(void)
{
    srand(1);
    test_round_trip();
    test_bytes();
    test_limit();
    test_checksum();
    test_hostile();
    return tap_done();
}
