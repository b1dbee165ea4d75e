#include "shard/warning.h"

void warning_init(struct warning *warning)
{
    *warning = (struct warning){0};
    request_list_init(&warning->questions);
}

bool warning_open(struct warning *warning)
{
    if (warning->warned_by > 0)
        return false;
    warning->open++;
    return true;
}

bool warning_close(struct warning *warning)
{
    assert(warning->open > 0);
    if (--warning->open > 0 || !warning->own)
        return false;
    warning->own = false;
    return warning_answered(warning);
}

void warning_hear(struct warning *warning, struct request **question)
{
    warning->warned_by++;
    request_list_push(&warning->questions, question);
}

void warning_unhear(struct warning *warning)
{
    assert(warning->warned_by > 0);
    warning->warned_by--;
}

struct request *warning_answer(struct warning *warning)
{
    return warning->open > 0 ? NULL : request_list_pop(&warning->questions);
}

bool warning_ask(struct warning *warning, unsigned others)
{
    assert(!warning->given);
    warning->given = true;
    warning->warned_by++;
    warning->own = warning->open > 0;
    warning->missing = others + warning->own;
    return warning->missing == 0;
}

bool warning_answered(struct warning *warning)
{
    assert(warning->missing > 0);
    return --warning->missing == 0;
}

void warning_extend(struct warning *warning, int64_t now)
{
    warning->until_ms = now + WARNING_MILLISECONDS;
}

bool warning_has_ended(const struct warning *warning, int64_t now)
{
    return warning->given && now >= warning->until_ms;
}

void warning_take_back(struct warning *warning)
{
    assert(warning->given && warning->missing == 0);
    warning->given = false;
    warning->until_ms = 0;
    warning_unhear(warning);
}
