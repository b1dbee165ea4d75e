#include "net/opening.h"

#include <assert.h>
#include <endian.h>

void opening_remember(struct opening *opening, const char *bytes, size_t name_len, uint32_t words,
                      const struct command *command, unsigned row)
{
    assert(name_len >= 1 && name_len <= 8);
    opening->start = *(const bytes_8 *)bytes;
    opening->mask = htole64(~UINT64_C(0) >> (64 - 8 * name_len));
    opening->name = *(const bytes_8 *)(bytes + 8) & opening->mask;
    opening->command = command;
    opening->words = words;
    opening->name_len = (uint16_t)name_len;
    opening->row = (uint16_t)row;
}
