/* The parser: the same bytes are the same events, however they are cut.
 *
 *     input  eight bytes that say where to cut, one with what is allowed, then the stream */
#include "tests/fuzz/fuzz.h"
#include "tests/net/events.h"

enum { UNAUTHENTICATED = 1, SHORT_WORDS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_input input = {bytes, len};
    const uint64_t cuts = fuzz_number(&input, 8);
    const unsigned allowed = fuzz_byte(&input);
    const struct resp_limits limits = {.bulk = allowed & SHORT_WORDS ? 1 << 20 : 512 << 20,
                                       .unauthenticated = allowed & UNAUTHENTICATED};
    const char *stream = (const char *)input.at;
    struct events events;

    events_init(&events, &limits);
    if (!events_alike(&events, stream, input.len, cuts))
        fuzz_fail("cuts %llx make a difference", (unsigned long long)cuts);
    if (!events_alike(&events, stream, input.len, UINT64_MAX))
        fuzz_fail("byte by byte it is something else");
    events_fini(&events);
    return 0;
}
