#include "shard/attention.h"

#define USUAL_NS 1000000       /* usual commands take much less, but for accidents */
#define USUAL_REQUEST_MAX 8192 /* and a few words of less than a thousand bytes */

static uint64_t from(int64_t value, bool never, uint64_t unit)
{
    if (never || value < 0 || (uint64_t)value > UINT64_MAX / unit)
        return UINT64_MAX;
    return (uint64_t)value * unit;
}

void attention_adopt(struct attention *attention, const struct settings *settings)
{
    if (settings == NULL) {
        *attention = (struct attention){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, false};
        return;
    }
    attention->slow_ns = from(settings->slowlog_log_slower_than, false, 1000);
    attention->spike_ns = from(settings->latency_monitor_threshold,
                               settings->latency_monitor_threshold == 0, 1000000);
    attention->large_request = from(settings->commandlog_request_larger_than,
                                    settings->commandlog_large_request_max_len == 0, 1);
    attention->large_reply = from(settings->commandlog_reply_larger_than,
                                  settings->commandlog_large_reply_max_len == 0, 1);
    attention->each = attention_ns(attention) < USUAL_NS ||
                      attention->large_request <= USUAL_REQUEST_MAX ||
                      attention->large_reply <= REPLY_SPILL_KEPT;
}

uint64_t attention_ns(const struct attention *attention)
{
    return attention->slow_ns < attention->spike_ns ? attention->slow_ns : attention->spike_ns;
}

uint64_t attention_request_bytes(const struct request *request)
{
    const struct args *args = &request->cargo.args;
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < args->count; i++)
        sum += args_word(args, i).len;
    return sum;
}

uint64_t attention_reply_bytes(const struct request *request)
{
    const struct loan *loan = request->cargo.reply.loans;
    uint64_t sum = request->cargo.reply.len;

    for (; loan != NULL; loan = loan->next)
        sum += loan->text.len;
    return sum;
}
