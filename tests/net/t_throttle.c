/* How often an address may be wrong about the password. */
#include "net/throttle.h"

#include <stdio.h>

#include "tests/tap/tap.h"

static const struct keyhash keyhash = {.secret = {1, 2}};

static uint64_t address(const char *peer)
{
    return throttle_address(&keyhash, peer);
}

static void addresses_are_told_apart(void)
{
    ok(address("10.0.0.1:5000") == address("10.0.0.1:6000"), "a port makes no difference");
    ok(address("10.0.0.1:5000") != address("10.0.0.2:5000"), "an address does");
    ok(address("[2001:db8::1]:1") == address("[2001:db8::ffff:2]:2"),
       "one network of IPv6 counts as one");
    ok(address("[2001:db8::1]:1") != address("[2001:db8:0:1::1]:1"), "another one does not");
    ok(address("[::ffff:10.0.0.1]:1") != address("[::ffff:10.0.0.2]:1"),
       "but addresses of IPv4 that are written as such are told apart");
    ok(address("") != address("x") && address("[") != address("[]"), "anything is taken");
}

/* How often it may be wrong until it is shut. */
static int wrongs_until_shut(struct throttle *throttle, uint64_t from, int64_t rate, int64_t now)
{
    int count = 0;

    while (!throttle_is_shut(throttle, from, now) && count < 100000) {
        throttle_wrong(throttle, from, rate, now);
        count++;
    }
    return count;
}

static void it_shuts_and_opens(void)
{
    struct throttle *throttle = throttle_new();
    const uint64_t bad = address("10.0.0.1:1"), good = address("10.0.0.2:1");

    is_int(wrongs_until_shut(throttle, bad, 10, 1000), 101, "ten times ten may be wrong at once");
    ok(!throttle_is_shut(throttle, good, 1000), "which concerns nobody else");
    ok(throttle_is_shut(throttle, bad, 1099), "it stays shut for a tenth of a second");
    ok(!throttle_is_shut(throttle, bad, 1100), "and then one more is looked at");
    ok(throttle_wrong(throttle, bad, 10, 1100), "which was one too many again");
    is_int(wrongs_until_shut(throttle, bad, 10, 6100), 50, "five seconds later there are fifty");
    is_int(wrongs_until_shut(throttle, bad, 10, 100000), 101, "and later all is forgotten");
    throttle_free(throttle);
}

static void it_forgets_who_is_least_to_blame(void)
{
    struct throttle *throttle = throttle_new();
    const uint64_t bad = address("10.0.0.1:1");
    char peer[32];

    wrongs_until_shut(throttle, bad, 10, 1000);
    for (int i = 0; i < 100000; i++) {
        snprintf(peer, sizeof(peer), "10.%d.%d.%d:1", 1 + i / 65536, i / 256 % 256, i % 256);
        throttle_wrong(throttle, address(peer), 10, 1000);
    }
    ok(throttle_is_shut(throttle, bad, 1000),
       "a hundred thousand that were wrong once do not push out one that was wrong often");
    throttle_free(throttle);
}

int main(void)
{
    addresses_are_told_apart();
    it_shuts_and_opens();
    it_forgets_who_is_least_to_blame();
    return tap_done();
}
