/* The checker: it accepts what a single cache may have answered, and finds every mistake that was planted. */
#include "tests/lin/checker.h"

#include <stdio.h>

#include "cache/random.h"
#include "tests/lin/store.h"
#include "tests/tap/tap.h"

static struct op ops[512];
static size_t count;

static void begin(void)
{
    count = 0;
}

/* The next operation of a history that is written down by hand; times in seconds. */
static struct op *add(unsigned client, int called, int returned, enum op_kind kind, unsigned key)
{
    ops[count] = (struct op){.kind = kind,
                             .client = (uint16_t)client,
                             .key = (uint8_t)key,
                             .called = called * 1000000000LL,
                             .returned = returned * 1000000000LL};
    return &ops[count++];
}

static void set(unsigned client, int called, int returned, unsigned key, const char *text)
{
    struct op *op = add(client, called, returned, OP_SET, key);

    op->text = bytes_of(text);
    op->told = TOLD_OK;
}

static void get(unsigned client, int called, int returned, unsigned key, const char *text)
{
    struct op *op = add(client, called, returned, OP_GET, key);

    op->told = text == NULL ? TOLD_NULL : TOLD_TEXT;
    if (text != NULL)
        op->answer = bytes_of(text);
}

static void number(unsigned client, int called, int returned, enum op_kind kind, unsigned key,
                   int64_t told)
{
    struct op *op = add(client, called, returned, kind, key);

    op->text = bytes_of("x");
    op->told = TOLD_NUMBER;
    op->number = told;
}

static void rename_key(unsigned client, int called, int returned, unsigned from, unsigned to)
{
    struct op *op = add(client, called, returned, OP_RENAME, from);

    op->other = (uint8_t)to;
    op->told = TOLD_OK;
}

static void mset(unsigned client, int called, int returned, const char *text)
{
    struct op *op = add(client, called, returned, OP_MSET, 0);

    op->other = 1;
    op->text = op->other_text = bytes_of(text);
    op->told = TOLD_OK;
}

static void is(enum verdict expected, const char *what)
{
    size_t stuck;

    is_int(checker_judge(ops, count, &stuck), expected, "%s", what);
}

/* --- by hand --- */

static void overlapping_operations_may_come_in_any_order(void)
{
    begin();
    set(1, 1, 4, 0, "a");
    set(2, 1, 4, 0, "b");
    get(3, 2, 3, 0, "b");
    get(3, 5, 6, 0, "a");
    is(CHECKER_FINE, "two writes at once, read between them and after");
    get(3, 7, 8, 0, "b");
    is(CHECKER_VIOLATED, "but not the first one again");
}

static void what_was_answered_stays(void)
{
    begin();
    set(1, 1, 2, 0, "a");
    get(2, 3, 4, 0, NULL);
    is(CHECKER_VIOLATED, "an acknowledged write is lost");
    begin();
    set(1, 1, 2, 0, "a");
    set(1, 3, 4, 0, "b");
    get(2, 5, 6, 0, "a");
    is(CHECKER_VIOLATED, "a stale read");
    begin();
    get(2, 1, 2, 0, "a");
    is(CHECKER_VIOLATED, "a text that nobody wrote");
}

static void one_of_two_wins(void)
{
    begin();
    number(1, 1, 4, OP_SETNX, 0, 1);
    number(2, 1, 4, OP_SETNX, 0, 0);
    is(CHECKER_FINE, "one of two is the first");
    begin();
    number(1, 1, 4, OP_SETNX, 0, 1);
    number(2, 1, 4, OP_SETNX, 0, 1);
    is(CHECKER_VIOLATED, "both are the first");
    begin();
    number(1, 1, 4, OP_INCR, 0, 1);
    number(2, 1, 4, OP_INCR, 0, 2);
    is(CHECKER_FINE, "two count");
    begin();
    number(1, 1, 4, OP_INCR, 0, 1);
    number(2, 1, 4, OP_INCR, 0, 1);
    is(CHECKER_VIOLATED, "one count is lost");
    begin();
    number(1, 1, 4, OP_APPEND, 0, 1);
    number(2, 1, 4, OP_APPEND, 0, 1);
    is(CHECKER_VIOLATED, "what was appended is lost");
}

static void a_text_is_taken_once(void)
{
    unsigned i;

    begin();
    set(1, 1, 2, 0, "a");
    for (i = 0; i < 2; i++) {
        get(2 + i, 3, 5, 0, "a");
        ops[count - 1].kind = OP_GETDEL;
    }
    is(CHECKER_VIOLATED, "GETDEL answers two with the same");
}

static void several_keys_change_at_once(void)
{
    begin();
    mset(1, 1, 6, "a");
    get(2, 2, 3, 0, "a");
    get(2, 4, 5, 1, "a");
    is(CHECKER_FINE, "an MSET that has happened");
    begin();
    mset(1, 1, 6, "a");
    get(2, 2, 3, 0, "a");
    get(2, 4, 5, 1, NULL);
    is(CHECKER_VIOLATED, "half an MSET");
    begin();
    set(1, 1, 2, 0, "a");
    rename_key(1, 3, 8, 0, 1);
    get(2, 4, 5, 0, NULL);
    get(2, 6, 7, 1, NULL);
    is(CHECKER_VIOLATED, "between two names");
    begin();
    set(1, 1, 2, 0, "a");
    rename_key(1, 3, 8, 0, 1);
    get(2, 4, 5, 1, "a");
    get(2, 6, 7, 0, "a");
    is(CHECKER_VIOLATED, "under both names");
}

static void one_client_keeps_its_order(void)
{
    begin();
    set(1, 1, 9, 0, "a");
    set(1, 1, 9, 0, "b");
    get(1, 1, 9, 0, "b");
    is(CHECKER_FINE, "a pipeline in its order");
    begin();
    set(1, 1, 9, 0, "a");
    set(1, 1, 9, 0, "b");
    get(1, 1, 9, 0, "a");
    is(CHECKER_VIOLATED, "a pipeline out of order on one key");
    begin();
    set(1, 1, 9, 0, "a");
    get(1, 1, 9, 1, NULL);
    set(2, 1, 2, 1, "b");
    is(CHECKER_FINE, "on two keys it may be otherwise");
}

static void who_was_told_nothing_may_have_done_it(void)
{
    begin();
    set(1, 1, 2, 0, "a");
    ops[0].returned = NEVER;
    ops[0].told = TOLD_NOTHING;
    get(2, 3, 4, 0, NULL);
    get(2, 5, 6, 0, "a");
    is(CHECKER_FINE, "a write without an answer is seen late");
    get(2, 7, 8, 0, NULL);
    is(CHECKER_VIOLATED, "and is not taken back");
}

static void keys_expire_in_time(void)
{
    begin();
    set(1, 1, 2, 0, "a");
    ops[0].lifetime = 5000000000LL;
    get(2, 3, 4, 0, "a");
    get(2, 9, 10, 0, NULL);
    is(CHECKER_FINE, "a key that expires");
    begin();
    set(1, 1, 2, 0, "a");
    ops[0].lifetime = 5000000000LL;
    get(2, 9, 10, 0, "a");
    is(CHECKER_VIOLATED, "it is read when it has expired");
    begin();
    set(1, 1, 2, 0, "a");
    ops[0].lifetime = 5000000000LL;
    get(2, 3, 4, 0, NULL);
    is(CHECKER_VIOLATED, "it is gone too soon");
}

/* --- at random: a true history, then one answer of it is made wrong --- */

#define RANDOM_OPS 400
#define HISTORIES 60

static char texts[RANDOM_OPS][24];

static struct bytes as_text(size_t i, int64_t value)
{
    snprintf(texts[i], sizeof(texts[i]), "%lld", (long long)value);
    return bytes_of(texts[i]);
}

/* What a key that holds `value`, or nothing when that is 0, answers to operation `i`. */
static void answer(struct op *op, size_t i, int64_t *value)
{
    if (op->kind == OP_SET) {
        *value = 1000 * (int64_t)(i + 1);
        op->text = as_text(i, *value);
        op->told = TOLD_OK;
    } else if (op->kind == OP_INCR) {
        op->told = TOLD_NUMBER;
        op->number = ++*value;
    } else {
        op->told = *value == 0 ? TOLD_NULL : TOLD_TEXT;
        op->answer = as_text(i, *value);
    }
}

/* Operations of many clients that overlap, each as if it had happened in the middle of its time. */
static void make_history(struct random *random)
{
    static const enum op_kind kinds[] = {OP_GET, OP_SET, OP_INCR};
    int64_t values[GROUP_KEYS] = {0};
    size_t i;

    begin();
    for (i = 0; i < RANDOM_OPS; i++) {
        const unsigned key = (unsigned)random_below(random, GROUP_KEYS);
        const int happens = 10 * (int)i + 100;
        const int early = (int)random_below(random, 40), late = (int)random_below(random, 40);

        answer(add((unsigned)i, happens - early, happens + 1 + late, kinds[random_below(random, 3)],
                   key),
               i, &values[key]);
    }
}

/* To what was never true. */
static void make_one_answer_wrong(struct random *random)
{
    struct op *op;

    do
        op = &ops[random_below(random, count)];
    while (op->told != TOLD_TEXT && op->told != TOLD_NUMBER);
    op->number += 7000000;
    op->answer = bytes_of("7");
}

static void true_histories_pass_and_others_do_not(void)
{
    unsigned passed = 0, caught = 0, i;
    struct random random;
    size_t stuck;

    random_seed(&random, 5);
    for (i = 0; i < HISTORIES; i++) {
        make_history(&random);
        passed += checker_judge(ops, count, &stuck) == CHECKER_FINE;
        make_one_answer_wrong(&random);
        caught += checker_judge(ops, count, &stuck) == CHECKER_VIOLATED;
    }
    is_int(passed, HISTORIES, "histories of overlapping operations that are true pass");
    is_int(caught, HISTORIES, "with one wrong answer none passes");
}

int main(void)
{
    overlapping_operations_may_come_in_any_order();
    what_was_answered_stays();
    one_of_two_wins();
    a_text_is_taken_once();
    several_keys_change_at_once();
    one_client_keeps_its_order();
    who_was_told_nothing_may_have_done_it();
    keys_expire_in_time();
    true_histories_pass_and_others_do_not();
    store_forget();
    return tap_done();
}
