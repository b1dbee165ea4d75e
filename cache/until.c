#include "cache/until.h"

#include "cache/cache.h"
#include "cache/deadline.h"
#include "cache/reply.h"

const struct until until_seconds = {"ex", 1000, false};
const struct until until_milliseconds = {"px", 1, false};
static const struct until until_second = {"exat", 1000, true};
static const struct until until_millisecond = {"pxat", 1, true};

const struct until *until_find(struct bytes word)
{
    static const struct until *const all[] = {&until_seconds, &until_milliseconds, &until_second,
                                              &until_millisecond};
    size_t i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (bytes_say(word, all[i]->word))
            return all[i];
    return NULL;
}

bool until_read(const struct cache *cache, const struct args *args, uint32_t index,
                const struct until *until, const char *name, int64_t *expiry, struct reply *reply)
{
    const int64_t base = until->absolute ? 0 : cache_wall(cache);
    int64_t number;

    if (!args_int(args, index, &number, reply))
        return false;
    if (number <= 0 || __builtin_mul_overflow(number, until->unit, &number) ||
        __builtin_add_overflow(number, base, &number)) {
        reply_errorf(reply, "ERR invalid expire time in '%s' command", name);
        return false;
    }
    *expiry =
        until->absolute ? deadline_date(number) : deadline_lifetime(number, cache_skew(cache));
    return true;
}
