/* What RESTORE takes: any payload is refused or is a text, and that text, packed again, is itself.
 *
 *     input  one byte: whether the checksum is put right, so that what is before it is looked at; then
 *            the payload */
#include <string.h>

#include "cache/crc64.h"
#include "cache/rdb.h"
#include "tests/fuzz/fuzz.h"

#define LIMIT (1 << 20)

static void put_checksum_right(char *payload, size_t len)
{
    const uint64_t checksum = crc64(bytes_new(payload, len - 8));
    unsigned i;

    for (i = 0; i < 8; i++)
        payload[len - 8 + i] = (char)(checksum >> 8 * i);
}

static void pack_again(struct bytes text, bool compress)
{
    char *packed = malloc(rdb_room(text.len));
    const size_t len = rdb_pack(packed, text, compress);
    struct rdb_text again;

    if (len > rdb_room(text.len))
        fuzz_fail("%zu bytes in a room of %zu", len, rdb_room(text.len));
    if (rdb_unpack(bytes_new(packed, len), LIMIT, &again) != RDB_FINE)
        fuzz_fail("what was packed is refused");
    if (!bytes_equal(again.bytes, text))
        fuzz_fail("a text of %zu bytes has become one of %zu", text.len, again.bytes.len);
    rdb_free(&again);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_input input = {bytes, len};
    const bool right = fuzz_byte(&input) & 1;
    char *payload = malloc(input.len); /* of its own, so that reading on is seen */
    const size_t payload_len = input.len;
    struct rdb_text text;

    memcpy(payload, input.at, payload_len);
    if (right && payload_len >= 8)
        put_checksum_right(payload, payload_len);
    if (rdb_unpack(bytes_new(payload, payload_len), LIMIT, &text) == RDB_FINE) {
        if (text.bytes.len > LIMIT)
            fuzz_fail("a text of %zu bytes", text.bytes.len);
        pack_again(text.bytes, false);
        pack_again(text.bytes, true);
        rdb_free(&text);
    }
    free(payload);
    return 0;
}
