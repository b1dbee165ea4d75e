#include "cache/args.h"

#include <inttypes.h>

#include "cache/number.h"
#include "cache/reply.h"

bool args_int(const struct args *args, uint32_t index, int64_t *value, struct reply *reply)
{
    if (number_parse(args_word(args, index), value))
        return true;
    reply_error(reply, ERROR_NOT_INTEGER);
    return false;
}

static void refuse(int64_t low, int64_t high, struct reply *reply)
{
    reply_errorf(reply,
                 "ERR value is out of range, value must between %" PRId64 " and %" PRId64, /* sic */
                 low, high);
}

/* Where any number that is not negative will do, Redis has one sentence for all that is wrong. */
static bool read_positive(const struct args *args, uint32_t index, int64_t *value,
                          struct reply *reply)
{
    int64_t number;

    if (number_parse(args_word(args, index), &number) && number >= 0) {
        *value = number;
        return true;
    }
    reply_error(reply, "ERR value is out of range, must be positive");
    return false;
}

bool args_int_between(const struct args *args, uint32_t index, int64_t low, int64_t high,
                      int64_t *value, struct reply *reply)
{
    int64_t number;

    if (low == 0 && high == INT64_MAX)
        return read_positive(args, index, value, reply);
    if (!args_int(args, index, &number, reply))
        return false;
    if (number < low || number > high) {
        refuse(low, high, reply);
        return false;
    }
    *value = number;
    return true;
}
