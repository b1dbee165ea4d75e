/* Two loops' couriers, and the hosts of the shards, all stepped by the test in one thread. */
#include "shard/courier.h"

#include "conf/settings.h"
#include "shard/warning.h"
#include "tests/shard/rows.h"

#define NOW 1700000000000
#define LOOPS 2
#define SHARDS 4
#define TURNS 10000

static const struct keyhash keyhash = {.secret = {0x0706050403020100, 0x0f0e0d0c0b0a0908}};
static struct settings *settings;
static struct shards *shards;
static struct courier *couriers[LOOPS];
static int told[LOOPS]; /* stands for a loop: how often it was told something */
static struct random dice;
static char answers[LOOPS][65536]; /* in the order in which they came home */
static bool hosted;

/* --- the world --- */

static void begin(bool by_loops, unsigned limit)
{
    const struct shards_setup setup = {.loops = LOOPS,
                                       .shards = SHARDS,
                                       .hosted = by_loops,
                                       .stepped = true,
                                       .limit = limit,
                                       .keyhash = keyhash,
                                       .settings = settings,
                                       .now = NOW};
    struct why why;
    unsigned i;

    hosted = by_loops;
    shards = shards_new(&setup, &why);
    for (i = 0; i < LOOPS; i++) {
        told[i] = 0;
        answers[i][0] = '\0';
        couriers[i] = courier_new(shards, i, (struct loop *)&told[i]);
    }
}

static void end(void)
{
    unsigned i;

    for (i = 0; i < LOOPS; i++) {
        is_int(courier_pool(couriers[i])->out, 0, "loop %u has all its requests back", i);
        courier_free(couriers[i]);
    }
    shards_free(shards);
}

static void note(unsigned loop, struct request *request)
{
    const size_t len = strlen(answers[loop]);

    assert(!request->net.lined);
    snprintf(answers[loop] + len, sizeof(answers[loop]) - len, "%.*s",
             (int)request->cargo.reply.len, request->cargo.reply.at);
    courier_give_back(couriers[loop], &request);
}

/* One thing that a loop does in its turn. */
static void loop_does(unsigned loop, unsigned what)
{
    struct request *request, *next;

    if (what == 0)
        courier_publish(couriers[loop], NOW);
    else if (what == 1)
        courier_receive(couriers[loop]);
    else if (what == 2)
        courier_run_hosted(couriers[loop], NOW);
    while ((request = courier_ready(couriers[loop])) != NULL)
        for (; request != NULL; request = next) {
            next = request->link;
            note(loop, request);
        }
}

static bool all_are_home(void)
{
    return courier_pool(couriers[0])->out == 0 && courier_pool(couriers[1])->out == 0;
}

/* Somebody does something, at random. */
static void happen(void)
{
    const unsigned hosts = hosted ? 0 : SHARDS;
    const unsigned who = (unsigned)random_below(&dice, LOOPS + hosts);

    if (who < LOOPS)
        loop_does(who, (unsigned)random_below(&dice, 3));
    else
        shards_host_turn(shards, who, NOW);
}

/* Until all are home, or it seems that this will never be. */
static bool settle(void)
{
    unsigned turns;

    for (turns = 0; turns < TURNS && !all_are_home(); turns++)
        happen();
    return all_are_home();
}

static struct request *made(unsigned loop, const struct command *row, const char *line)
{
    struct request *request = courier_make(couriers[loop], 2);

    say_into(request, row, line);
    return request;
}

static enum courier_way send(unsigned loop, const char *line)
{
    return courier_send(couriers[loop], made(loop, NULL, line), false);
}

/* The answers of all that was sent, for a loop that has sent nothing else. */
static void expect(unsigned loop, const char *line, const char *expected)
{
    answers[loop][0] = '\0';
    send(loop, line);
    ok(settle(), "%s: it comes home", line);
    is_text(answers[loop], expected, "%s: with its answer", line);
}

/* --- one shard --- */

static void a_request_comes_home_answered(void)
{
    const char keys[] = "abcdefgh";
    char line[32];
    unsigned i;

    for (i = 0; keys[i] != '\0'; i++) {
        snprintf(line, sizeof(line), "set %c %u", keys[i], i);
        expect(i % LOOPS, line, "+OK\r\n");
        snprintf(line, sizeof(line), "get %c", keys[i]);
        snprintf(answers[1], 32, "$1\r\n%u\r\n", i);
        expect(0, line, strdupa(answers[1]));
    }
}

static void one_key_keeps_the_order(void)
{
    char line[32];
    unsigned i, out;

    answers[0][0] = '\0';
    for (i = 0; i < 1000; i++) {
        snprintf(line, sizeof(line), "append key %c", 'a' + i % 26);
        send(0, line);
        if (i % 7 == 0)
            happen();
    }
    ok(settle(), "a thousand come home");
    for (i = 1, out = 0; i <= 1000; i++)
        out += (unsigned)snprintf(answers[1] + out, sizeof(answers[1]) - out, ":%u\r\n", i);
    is_text(answers[0], answers[1], "in the order in which they went");
}

static const char *key_for(unsigned thread)
{
    static char key[8];
    uint64_t hash;
    unsigned i = 0;

    do
        snprintf(key, sizeof(key), "k%u", i++);
    while (shards_thread_of(shards, shards_route(shards, bytes_of(key), &hash)) != thread);
    return key;
}

static void who_sends_too_much_waits(void)
{
    const unsigned thread = hosted ? 1 : LOOPS;
    struct request *last = NULL;
    enum courier_way way = WAY_FREE;
    char line[32];
    unsigned sent;

    snprintf(line, sizeof(line), "get %s", key_for(thread));
    for (sent = 0; sent < 1000 && way == WAY_FREE; sent++) {
        last = made(0, NULL, line);
        way = courier_send(couriers[0], last, false);
    }
    is_int(sent, 65, "64 go, and one waits");
    ok(way == WAY_LINED && last->net.lined, "and says so");
    while (last->net.lined && sent++ < TURNS)
        happen();
    ok(sent < TURNS, "until there is room");
    ok(settle(), "and all come home");
}

/* --- all shards, all loops --- */

static void everybody_is_asked(void)
{
    expect(0, "flushall", "+OK\r\n");
    expect(1, "mset a 1 b 2 c 3 d 4 e 5", "+OK\r\n");
    expect(0, "dbsize", ":5\r\n");
    ok(send(1, "dbsize") == WAY_BARRIER, "which others must not overtake");
    ok(settle(), "until it is home");
    expect(1, "mget e d c none", "*4\r\n$1\r\n5\r\n$1\r\n4\r\n$1\r\n3\r\n$-1\r\n");
    expect(0, "del a b none c", ":3\r\n");
    answers[0][0] = '\0';
    send(0, "scan 0 count 100");
    ok(settle(), "a scan comes home");
    ok(strncmp(answers[0], "*2\r\n$1\r\n1\r\n", 11) == 0, "and goes on at the next shard");
}

static void be_told(struct loop *loop, struct args *args, struct reply *reply)
{
    (void)args;
    ++*(int *)loop;
    reply_int(reply, 1);
}

static void be_run(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)cache;
    (void)args;
    reply_int(reply, 10);
}

static void loops_are_told(void)
{
    static const struct command loops_row = {
        .name = "tell", .route = ALL_LOOPS, .gather = ADD_UP, .on_loop = be_told};
    static const struct command all_row = {.name = "all",
                                           .route = EVERYWHERE,
                                           .gather = ADD_UP,
                                           .on_loop = be_told,
                                           .on_cache = be_run};

    answers[1][0] = '\0';
    courier_send(couriers[1], made(1, &loops_row, "tell"), false);
    ok(settle(), "a message to all loops comes home");
    is_text(answers[1], ":2\r\n", "answered by each");
    courier_send(couriers[1], made(1, &all_row, "all"), false);
    ok(settle(), "a message to everybody comes home");
    is_text(answers[1], ":2\r\n:42\r\n", "answered by each loop and shard");
    ok(told[0] == 2 && told[1] == 2, "each loop was told once each time");
}

static struct request *kept;

static void keep(struct loop *loop, struct request *request)
{
    ++*(int *)loop;
    kept = request;
}

static void a_message_may_be_answered_later(void)
{
    static const struct command row = {.name = "later", .on_message = keep};
    unsigned turns;

    answers[0][0] = '\0';
    told[1] = 0;
    courier_send_to_loop(couriers[0], made(0, &row, "later"), 1);
    for (turns = 0; turns < 100; turns++)
        happen();
    ok(told[1] == 1 && !all_are_home(), "it is there, and stays");
    reply_ok(&kept->cargo.reply);
    courier_answer(couriers[1], &kept);
    ok(kept == NULL && settle(), "until it is answered");
    is_text(answers[0], "+OK\r\n", "with its answer");
}

/* --- several hosts at once --- */

static void one_host_needs_no_reservation(void)
{
    ok(send(0, "mset {tag}x 1 {tag}y 2") == WAY_FREE, "one shard");
    ok(settle(), "comes home");
}

static void what_writes_on_several_hosts_is_queued(void)
{
    struct request *whole = made(0, NULL, "mset a 1 b 2 c 3 d 4 e 5 f 6");

    ok(courier_send(couriers[0], whole, false) == WAY_QUEUED, "it waits for a reservation");
    ok(whole->net.lined, "and says so");
    /* Those sent behind it keep their place, whether or not they need one. */
    ok(courier_send(couriers[0], made(0, NULL, "mset a one"), true) == WAY_QUEUED, "as one does");
    ok(courier_send(couriers[0], made(0, NULL, "mset b two c three"), true) == WAY_QUEUED,
       "that comes behind it");
    ok(settle(), "all come home");
    expect(1, "mget a b c d", "*4\r\n$3\r\none\r\n$3\r\ntwo\r\n$5\r\nthree\r\n$1\r\n4\r\n");
}

/* Both loops write the same keys, always all of them, interleaved at random. */
static bool all_or_nothing(void)
{
    char line[64];
    unsigned i;

    for (i = 0; i < 40; i++) {
        const unsigned loop = (unsigned)random_below(&dice, LOOPS);

        snprintf(line, sizeof(line), "mset a %u b %u c %u d %u e %u", i, i, i, i, i);
        send(loop, line);
        if (random_below(&dice, 4) == 0)
            send(loop, "get a");
        for (unsigned turns = (unsigned)random_below(&dice, 30); turns > 0; turns--)
            happen();
    }
    if (!settle())
        return false;
    answers[0][0] = '\0';
    send(0, "mget a b c d e");
    settle();
    for (i = 1; i < 5; i++) { /* elements of one length */
        const size_t each = (strlen(answers[0]) - 4) / 5;

        if (memcmp(answers[0] + 4, answers[0] + 4 + i * each, each) != 0)
            return false;
    }
    return true;
}

static void writers_do_not_mix(void)
{
    bool kept_apart = true;
    unsigned seed;

    for (seed = 0; seed < 100; seed++) {
        random_seed(&dice, seed);
        if (!all_or_nothing()) {
            tap_note("seed %u: %s", seed, answers[0]);
            kept_apart = false;
        }
    }
    ok(kept_apart, "whatever the order of events, all or nothing is written");
}

/* More than a reservation holds at once. */
static void many_share_reservations(void)
{
    char line[128];
    unsigned i;

    answers[0][0] = '\0';
    for (i = 0; i < 500; i++) {
        snprintf(line, sizeof(line), "mset a %u b %u c %u d %u e %u f %u", i, i, i, i, i, i);
        courier_send(couriers[0], made(0, NULL, line), i > 0);
    }
    ok(settle(), "five hundred come home");
    is_int(strlen(answers[0]), 500 * strlen("+OK\r\n"), "all answered");
    expect(1, "mget a b c d e f",
           "*6\r\n$3\r\n499\r\n$3\r\n499\r\n$3\r\n499\r\n$3\r\n499\r\n$3\r\n499\r\n$3\r\n499\r\n");
}

/* --- reading on several hosts --- */

static const char *const read_all = "mget a b c d e f";
static const char *const write_all = "mset a 1 b 2 c 3 d 4 e 5 f 6";

static void talk_among_loops(int64_t now)
{
    unsigned i;

    for (i = 0; i < 4 * LOOPS; i++) {
        courier_publish(couriers[i % LOOPS], now);
        courier_receive(couriers[i % LOOPS]);
    }
}

/* The clock stands still in other tests: nobody takes back a warning there. */
static void calm_all(void)
{
    talk_among_loops(NOW + WARNING_MILLISECONDS);
    talk_among_loops(NOW);
}

static void who_writes_waits_for_open_reads(unsigned reader, unsigned writer)
{
    calm_all();
    ok(send(reader, read_all) == WAY_WATCHED, "something may be sent behind what reads");
    ok(send(writer, write_all) == WAY_QUEUED, "somebody writes on the same hosts");
    talk_among_loops(NOW);
    answers[writer][0] = '\0';
    ok(send(reader, read_all) == WAY_BARRIER, "nothing may follow the next one any more");
    ok(settle(), "all come home");
    ok(send(reader, read_all) == WAY_BARRIER, "nor for a while afterwards");
    ok(settle(), "it comes home");
    calm_all();
    ok(send(reader, read_all) == WAY_WATCHED, "when nothing was written for a while it may");
    ok(settle(), "as before");
}

/* Reads with something behind them, writes after a rest: a read sees all of a write or nothing. */
static bool sees_no_half(void)
{
    char line[64];
    unsigned i;

    calm_all();
    answers[0][0] = '\0';
    send(0, read_all);
    send(0, "get a");
    snprintf(line, sizeof(line), "mset a %u b %u c %u d %u e %u f %u", 7u, 7u, 7u, 7u, 7u, 7u);
    send((unsigned)random_below(&dice, LOOPS), line);
    for (i = (unsigned)random_below(&dice, 60); i > 0; i--)
        happen();
    if (!settle())
        return false;
    return strstr(answers[0], "1\r\n$1\r\n2\r\n$1\r\n3") != NULL ||
           strstr(answers[0], "7\r\n$1\r\n7\r\n$1\r\n7\r\n$1\r\n7\r\n$1\r\n7\r\n$1\r\n7") != NULL;
}

static void reads_with_something_behind_see_no_half(void)
{
    bool whole = true;
    unsigned seed;

    for (seed = 0; seed < 300; seed++) {
        random_seed(&dice, seed);
        send(0, write_all);
        settle();
        if (!sees_no_half()) {
            tap_note("seed %u: %s", seed, answers[0]);
            whole = false;
        }
    }
    ok(whole, "whatever the order of events, a read sees all of a write, or nothing");
}

/* --- sleeping --- */

static void who_has_something_to_do_does_not_sleep(void)
{
    ok(courier_may_sleep(couriers[0]), "nothing is there");
    ok(courier_may_sleep(couriers[1]), "for anybody");
    courier_rise(couriers[0]);
    courier_send_to_loop(
        couriers[0], made(0, &(const struct command){.name = "tell", .on_loop = be_told}, "tell"),
        1);
    courier_publish(couriers[0], NOW);
    is_int(courier_stats(couriers[0])->wakeups > 0, true, "a message wakes");
    ok(!courier_may_sleep(couriers[1]), "who may not sleep until it is read");
    ok(settle(), "and answered");
}

static void do_all(bool by_loops)
{
    tap_note("shards run by %s", by_loops ? "loops" : "threads of their own");
    begin(by_loops, INBOX_LINKED_MAX);
    a_request_comes_home_answered();
    one_key_keeps_the_order();
    who_sends_too_much_waits();
    everybody_is_asked();
    loops_are_told();
    a_message_may_be_answered_later();
    one_host_needs_no_reservation();
    what_writes_on_several_hosts_is_queued();
    writers_do_not_mix();
    many_share_reservations();
    who_writes_waits_for_open_reads(0, 1);
    who_writes_waits_for_open_reads(1, 1);
    reads_with_something_behind_see_no_half();
    who_has_something_to_do_does_not_sleep();
    end();
}

int main(void)
{
    settings = settings_new();
    random_seed(&dice, 1);
    do_all(false);
    do_all(true);
    settings_free(settings);
    return tap_done();
}
