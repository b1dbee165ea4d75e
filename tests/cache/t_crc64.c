#include "cache/crc64.h"

#include "tests/tap/tap.h"

int main(void)
{
    ok(crc64(bytes_of("")) == 0, "nothing has the checksum 0");
    ok(crc64(bytes_of("123456789")) == 0xe9c6d914c4b8d9caULL,
       "the digits have the one that everybody gives for this polynomial");
    ok(crc64(bytes_new("\0\0", 2)) == 0 && crc64(bytes_new("\0a", 2)) == crc64(bytes_of("a")),
       "zeros in front make no difference");
    return tap_done();
}
