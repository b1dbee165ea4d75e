/* The real server, real clients, and every answer of theirs judged: there is one order of all that they
 * asked, within the time that each was asked and answered, in which a single cache would have answered so.
 *
 *     lin SERVER [option ...]      CROFT_LIN_OPS: how many operations, a million and a half otherwise
 *
 * In some rounds keys expire, in others connections are cut off; all the while one more client lets the map
 * grow and shrink. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lin/checker.h"
#include "tests/lin/load.h"
#include "tests/lin/store.h"
#include "tests/tap/tap.h"

#define OPS_OF_A_ROUND 4000 /* of each client */
#define ROUNDS 20

/* --- telling --- */

static void print_op(const struct op *op, int64_t start)
{
    static const char *const names[] = {"GET",  "SET",    "SETNX", "GETDEL", "DEL",
                                        "INCR", "APPEND", "MSET",  "RENAME"};
    char answer[64];

    snprintf(answer, sizeof(answer), "%.*s", (int)op->answer.len, op->answer.at);
    if (op->told == TOLD_NUMBER)
        snprintf(answer, sizeof(answer), "%lld", (long long)op->number);
    tap_note("%9.3f .. %9.3f ms  client %u  %s %c%c %.*s %.*s -> %s %s",
             (double)(op->called - start) / 1e6,
             op->returned == NEVER ? -1.0 : (double)(op->returned - start) / 1e6, op->client,
             names[op->kind], 'a' + op->key, op_has_two_keys(op) ? 'a' + op->other : ' ',
             (int)op->text.len, op->text.at, (int)op->other_text.len, op->other_text.at,
             (const char *[]){"nothing", "null", "text", "number", "OK", "an error"}[op->told],
             answer);
}

static void print_around(const struct op *ops, size_t count, size_t stuck)
{
    const size_t first = stuck > 25 ? stuck - 25 : 0;
    size_t i;

    tap_note("no order gets beyond operation %zu of %zu:", stuck, count);
    for (i = first; i < count && i < stuck + 5; i++) {
        if (i == stuck)
            tap_note("---");
        print_op(&ops[i], ops[0].called);
    }
}

/* --- judging --- */

static size_t gather(struct record *const *records, unsigned count, unsigned group, struct op *into)
{
    size_t found = 0;
    unsigned i;
    size_t j;

    for (i = 0; i < count; i++)
        for (j = 0; j < records[i]->count; j++)
            if (records[i]->groups[j] == group) {
                if (into != NULL)
                    into[found] = records[i]->ops[j];
                found++;
            }
    return found;
}

static bool judge_group(struct record *const *records, unsigned count, unsigned group)
{
    const size_t ops_count = gather(records, count, group, NULL);
    struct op *ops = calloc(ops_count + 1, sizeof(*ops));
    enum verdict verdict;
    size_t stuck;

    gather(records, count, group, ops);
    verdict = checker_judge(ops, ops_count, &stuck);
    if (verdict == CHECKER_UNDECIDED)
        tap_note("group %u: %zu operations are too much to be judged", group, ops_count);
    if (verdict == CHECKER_VIOLATED)
        print_around(ops, ops_count, stuck);
    free(ops);
    return verdict == CHECKER_FINE;
}

/* --- a round --- */

static bool play(const struct child *child, struct load *load, size_t *judged)
{
    struct record rest;
    struct record *records[LOAD_CLIENTS + 1];
    bool fine = true;
    unsigned i;

    for (i = 0; i < LOAD_CLIENTS; i++) {
        record_init(&load->records[i], (size_t)load->ops);
        records[i] = &load->records[i];
    }
    record_init(&rest, GROUPS * GROUP_KEYS);
    records[i] = &rest;
    if (!crowd_run(child, LOAD_CLIENTS, load_run, load))
        tap_bail("the clients did not come to an end");
    load_read_all(child, &rest);
    for (i = 0; i < GROUPS; i++)
        fine = judge_group(records, LOAD_CLIENTS + 1, i) && fine;
    for (i = 0; i < LOAD_CLIENTS + 1; i++) {
        *judged += records[i]->count;
        record_fini(records[i]);
    }
    store_forget();
    return fine;
}

/* --- the one that lets the map grow --- */

static struct {
    const struct child *child;
    atomic_bool over;
    pthread_t thread;
} grower;

static void *grow(void *unused)
{
    redisContext *peer = peer_open(grower.child);
    unsigned i;

    for (i = 0; !atomic_load(&grower.over); i++)
        freeReplyObject(redisCommand(
            peer, (i / 20000) % 2 == 0 ? "SET filler:%u x" : "DEL filler:%u", i % 20000));
    peer_close(peer);
    return unused;
}

static int planned_rounds(void)
{
    const char *text = getenv("CROFT_LIN_OPS");
    const int each = OPS_OF_A_ROUND * LOAD_CLIENTS;

    return text != NULL ? 1 + atoi(text) / each : ROUNDS;
}

int main(int argc, char **argv)
{
    const char *const kinds[] = {"undisturbed", "with keys that expire",
                                 "with connections cut off"};
    size_t judged[3] = {0};
    bool fine[3] = {true, true, true};
    struct subject subject;
    struct child child;
    int rounds, round;

    subject_init(&subject, argc, argv);
    child_start(&child, &subject, "");
    grower.child = &child;
    pthread_create(&grower.thread, NULL, grow, NULL);
    rounds = planned_rounds();
    for (round = 0; round < rounds; round++) {
        const int kind = round % 3;
        struct load load = {.round = round,
                            .ops = child_scaled(OPS_OF_A_ROUND),
                            .lifetimes = kind == 1,
                            .cuts = kind == 2};

        fine[kind] = play(&child, &load, &judged[kind]) && fine[kind];
        if (rounds > 100 && round % 20 == 19)
            tap_note("%d of %d rounds", round + 1, rounds);
    }
    atomic_store(&grower.over, true);
    pthread_join(grower.thread, NULL);
    for (round = 0; round < 3; round++)
        ok(fine[round], "%zu operations %s are linearizable", judged[round], kinds[round]);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
