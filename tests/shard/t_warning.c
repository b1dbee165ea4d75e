/* Who may read, and who may write, when: two loops' books, and the messages between them by hand. */
#include "shard/warning.h"

#include "tests/tap/tap.h"

static struct request question;

static void hear(struct warning *warning)
{
    struct request *asked = &question;

    warning_hear(warning, &asked);
}

static void who_reads_nothing_answers_at_once(void)
{
    struct warning warning;

    warning_init(&warning);
    hear(&warning);
    ok(warning_answer(&warning) == &question, "the question can be answered at once");
    ok(warning_answer(&warning) == NULL, "once");
    ok(!warning_open(&warning), "no read is open from then on");
    warning_unhear(&warning);
    ok(warning_open(&warning), "until it is taken back");
}

static void open_reads_are_waited_for(void)
{
    struct warning warning;

    warning_init(&warning);
    warning_open(&warning);
    warning_open(&warning);
    hear(&warning);
    ok(warning_answer(&warning) == NULL, "with two open reads nobody is answered");
    ok(!warning_close(&warning) && warning_answer(&warning) == NULL, "nor with one");
    ok(!warning_close(&warning) && warning_answer(&warning) == &question, "but with none");
}

static void who_writes_waits_for_all(void)
{
    struct warning warning;

    warning_init(&warning);
    ok(warning_ask(&warning, 0), "who is alone and reads nothing may write");
    warning_init(&warning);
    ok(!warning_ask(&warning, 2), "who has asked two others waits");
    ok(!warning_answered(&warning), "for the one");
    ok(warning_answered(&warning), "and the other");
    warning_init(&warning);
    warning_open(&warning);
    ok(!warning_ask(&warning, 1) && !warning_answered(&warning), "and for its own open reads");
    ok(warning_close(&warning), "which end");
    ok(!warning_open(&warning), "its own reads are not open any more either");
}

static void it_lasts(void)
{
    struct warning warning;

    warning_init(&warning);
    ok(!warning_has_ended(&warning, 0), "where none was given none ends");
    warning_ask(&warning, 0);
    warning_extend(&warning, 1000);
    ok(!warning_has_ended(&warning, 1000 + WARNING_MILLISECONDS - 1), "it lasts for a while");
    ok(warning_has_ended(&warning, 1000 + WARNING_MILLISECONDS), "and not longer");
    warning_take_back(&warning);
    ok(!warning.given && warning_open(&warning), "taken back it is as if it had not been");
}

int main(void)
{
    who_reads_nothing_answers_at_once();
    open_reads_are_waited_for();
    who_writes_waits_for_all();
    it_lasts();
    return tap_done();
}
