#include "net/throttle.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4u /* places that an address may be in */

/* A place whose moment is not ahead is free. */
struct place {
    uint64_t address;
    int64_t moment_us;
};

struct throttle {
    struct place places[THROTTLE_PLACES];
};

struct throttle *throttle_new(void)
{
    return calloc(1, sizeof(struct throttle));
}

void throttle_free(struct throttle *throttle)
{
    free(throttle);
}

/* What is between the brackets; false when it is not an address of IPv6. */
static bool read_six(const char *peer, struct in6_addr *six)
{
    const char *end = strchr(peer, ']');
    char text[INET6_ADDRSTRLEN];

    if (peer[0] != '[' || end == NULL || (size_t)(end - peer) > sizeof(text))
        return false;
    memcpy(text, peer + 1, (size_t)(end - peer) - 1);
    text[end - peer - 1] = '\0';
    return inet_pton(AF_INET6, text, six) == 1;
}

uint64_t throttle_address(const struct keyhash *keyhash, const char *peer)
{
    const char *colon = strrchr(peer, ':');
    struct in6_addr six;

    if (read_six(peer, &six) && !IN6_IS_ADDR_V4MAPPED(&six))
        return keyhash_of(keyhash, bytes_new((const char *)six.s6_addr, 8));
    return keyhash_of(keyhash,
                      bytes_new(peer, colon == NULL ? strlen(peer) : (size_t)(colon - peer)));
}

static const struct place *set_of(const struct throttle *throttle, uint64_t address)
{
    return &throttle->places[address % (THROTTLE_PLACES / WAYS) * WAYS];
}

static bool is_shut(const struct place *place, int64_t now_ms)
{
    return place->moment_us - now_ms * 1000 > THROTTLE_AHEAD_MS * INT64_C(1000);
}

bool throttle_is_shut(const struct throttle *throttle, uint64_t address, int64_t now_ms)
{
    const struct place *set = set_of(throttle, address);
    unsigned i;

    for (i = 0; i < WAYS; i++)
        if (set[i].address == address)
            return is_shut(&set[i], now_ms);
    return false;
}

/* Its own place, or the one that is missed least. */
static struct place *take_place(struct throttle *throttle, uint64_t address)
{
    struct place *set = (struct place *)set_of(throttle, address);
    struct place *least = set;
    unsigned i;

    for (i = 0; i < WAYS; i++) {
        if (set[i].address == address)
            return &set[i];
        if (set[i].moment_us < least->moment_us)
            least = &set[i];
    }
    *least = (struct place){.address = address};
    return least;
}

bool throttle_wrong(struct throttle *throttle, uint64_t address, int64_t rate, int64_t now_ms)
{
    struct place *place = take_place(throttle, address);

    if (place->moment_us < now_ms * 1000)
        place->moment_us = now_ms * 1000;
    place->moment_us += 1000000 / rate;
    return is_shut(place, now_ms);
}
