/* Commands split over four shards of one loop, run there, and gathered. */
#include "shard/fanout.h"

#include "tests/shard/rows.h"

#define NOW 1700000000000
#define SHARDS 4

static const struct keyhash keyhash = {.secret = {0x0706050403020100, 0x0f0e0d0c0b0a0908}};
static struct shards *shards;
static struct pool pool;
static struct random dice;
static uint8_t protocol = 2;
static char answer[1024];
static bool failed;

static struct shards *make(unsigned loops)
{
    const struct shards_setup setup = {.loops = loops,
                                       .shards = SHARDS,
                                       .hosted = true,
                                       .stepped = true,
                                       .keyhash = keyhash,
                                       .now = NOW};
    struct why why;

    return shards_new(&setup, &why);
}

static void begin(void)
{
    shards = make(1);
    pool_init(&pool, 0);
    protocol = 2;
}

static void end(void)
{
    is_int(pool.out, 0, "and no request is lost");
    pool_fini(&pool);
    shards_free(shards);
}

static unsigned shard_of(const char *key)
{
    uint64_t hash;

    return shards_route(shards, bytes_of(key), &hash);
}

static struct request *whole_of(const struct command *row, const char *line)
{
    struct request *whole = pool_make(&pool, protocol);

    say_into(whole, row, line);
    return whole;
}

static unsigned length(const struct request *list)
{
    unsigned count = 0;

    for (; list != NULL; list = list->net.next)
        count++;
    return count;
}

/* On the only host there is. */
static void run(struct request *request)
{
    struct host *host = shards_host(shards, 0);

    host_accept(host, &request);
    host_step(host, NOW);
    host_answered(host);
}

static struct fanout *divide(struct request *whole)
{
    if (whole->cargo.command->route == MULTI_SHARD)
        fanout_split(shards, &pool, whole);
    else
        fanout_spread(shards, &pool, whole, true, false);
    return whole->net.fanout;
}

static void say(const struct command *row, const char *line)
{
    struct request *whole = whole_of(row, line);
    struct fanout *fanout = divide(whole);
    struct request *part;
    struct reply *reply = &whole->cargo.reply;

    if (fanout == NULL) {
        run(whole);
    } else {
        for (part = fanout->parts; part != NULL; part = part->net.next)
            run(part);
        fanout_gather(fanout, &pool, &dice, NULL);
        ok(whole->net.fanout == NULL, "%s: what was divided is whole again", line);
    }
    snprintf(answer, sizeof(answer), "%.*s", (int)reply->len, reply->at);
    failed = reply->failed;
    pool_give_back(&pool, &whole);
}

/* Line ends are written as blanks. */
static void expect(const char *line, const char *expected)
{
    char *at;

    say(NULL, line);
    for (at = answer; (at = strstr(at, "\r\n")) != NULL;)
        memmove(at, at + 1, strlen(at)), *at = ' ';
    is_text(answer, expected, "%s", line);
}

static void keys_have_several_owners(void)
{
    bool seen[SHARDS] = {false};
    unsigned i;

    begin();
    for (i = 0; i < 6; i++)
        seen[shard_of((char[2]){(char)('a' + i), 0})] = true;
    ok(seen[0] + seen[1] + seen[2] + seen[3] >= 3, "or what follows would show nothing");
    end();
}

static void what_was_written_together_is_read_together(void)
{
    begin();
    expect("mset a 1 b 22 c 333 d 4444 e 55555 f 6", "+OK ");
    expect("mget a b c d e f", "*6 $1 1 $2 22 $3 333 $4 4444 $5 55555 $1 6 ");
    expect("mget f e d c b a", "*6 $1 6 $5 55555 $4 4444 $3 333 $2 22 $1 1 ");
    expect("mget a none b", "*3 $1 1 $-1 $2 22 ");
    protocol = 3;
    expect("mget a none b nothing", "*4 $1 1 _ $2 22 _ ");
    end();
}

static void a_key_may_come_twice(void)
{
    begin();
    expect("mset a 1 b 2 a 3 c 4 b 5", "+OK ");
    expect("mget a a b c b a", "*6 $1 3 $1 3 $1 5 $1 4 $1 5 $1 3 ");
    expect("exists a a b none c c", ":5 ");
    expect("touch a none b", ":2 ");
    expect("del a a b none", ":2 ");
    expect("exists a b c", ":1 ");
    end();
}

static void every_shard_is_asked(void)
{
    begin();
    expect("dbsize", ":0 ");
    expect("keys *", "*0 ");
    expect("mset a 1 b 2 c 3 d 4 e 5 f 6", "+OK ");
    expect("dbsize", ":6 ");
    say(NULL, "keys *");
    ok(strncmp(answer, "*6\r\n", 4) == 0, "all keys are told together");
    is_int(strlen(answer), 4 + 6 * strlen("$1\r\na\r\n"), "one after the other");
    expect("flushall", "+OK ");
    expect("dbsize", ":0 ");
    end();
}

static void any_key_may_be_chosen(void)
{
    unsigned chosen[128] = {0};
    unsigned i, least = 10000, most = 0;

    begin();
    expect("randomkey", "$-1 ");
    protocol = 3;
    expect("randomkey", "_ ");
    say(NULL, "mset a 1 b 2 c 3 d 4 e 5 f 6");
    for (i = 0; i < 600; i++) {
        struct request *whole = whole_of(NULL, "randomkey");
        struct fanout *fanout = divide(whole);
        struct request *part;

        for (part = fanout->parts; part != NULL; part = part->net.next)
            run(part);
        fanout_gather(fanout, &pool, &dice, NULL);
        chosen[(uint8_t)whole->cargo.reply.at[4] & 127]++;
        pool_give_back(&pool, &whole);
    }
    for (i = 'a'; i <= 'f'; i++) {
        least = chosen[i] < least ? chosen[i] : least;
        most = chosen[i] > most ? chosen[i] : most;
    }
    ok(least > 50 && most < 160, "of a hundred turns each had %u to %u", least, most);
    end();
}

static void fail_on_two(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)args;
    if (cache_index(cache) == 2)
        reply_error(reply, "ERR not here");
    else
        reply_int(reply, 1);
}

static void one_error_is_the_answer(void)
{
    const struct command row = {
        .name = "fail", .route = ALL_SHARDS, .gather = ADD_UP, .on_cache = fail_on_two};

    begin();
    say(&row, "fail");
    is_text(answer, "-ERR not here\r\n", "of all");
    ok(failed, "and it counts as one");
    end();
}

static void count_parts(struct loop *loop, struct request *whole, struct request *parts)
{
    int64_t count = 0;

    (void)loop;
    for (; parts != NULL; parts = parts->net.next)
        count = count * 10 + parts->cargo.reply.at[1] - '0';
    reply_int(&whole->cargo.reply, count);
}

static void tell_index(struct cache *cache, struct args *args, struct reply *reply)
{
    (void)args;
    reply_int(reply, cache_index(cache));
}

static void a_row_may_gather_by_itself(void)
{
    const struct command row = {.name = "own",
                                .route = ALL_SHARDS,
                                .gather = GATHERED,
                                .on_cache = tell_index,
                                .on_gathered = count_parts};

    begin();
    say(&row, "own");
    is_text(answer, ":123\r\n", "the parts are in order");
    end();
}

static void one_owner_needs_no_parts(void)
{
    struct request *whole;

    begin();
    whole = whole_of(NULL, "mget {tag}x {tag}y {tag}z");
    ok(fanout_split(shards, &pool, whole) && whole->net.fanout == NULL, "the whole travels");
    is_int(whole->cargo.shard, shard_of("{tag}x"), "to its shard");
    is_int(whole->cargo.target, 0, "on its thread");
    ok(whole->cargo.args.hash == keyhash_of(&keyhash, bytes_of("{tag}x")), "with its hash");
    is_int(pool.out, 1, "without another request");
    pool_give_back(&pool, &whole);
    expect("mget solo", "*1 $-1 ");
    expect("mset {tag}x 1 {tag}y 2", "+OK ");
    expect("mget {tag}y {tag}x {tag}none", "*3 $1 2 $1 1 $-1 ");
    end();
}

static bool is_ascending(const struct fanout *fanout)
{
    const struct request *part = fanout->parts;

    for (; part->net.next != NULL; part = part->net.next)
        if (part->cargo.target * 65536 + part->cargo.shard >=
            part->net.next->cargo.target * 65536 + part->net.next->cargo.shard)
            return false;
    return true;
}

static void run_nothing(struct fanout *fanout, struct request *whole)
{
    struct request *part;

    for (part = fanout->parts; part != NULL; part = part->net.next)
        reply_ok(&part->cargo.reply);
    fanout_gather(fanout, &pool, &dice, NULL);
    pool_give_back(&pool, &whole);
}

static void parts_are_in_order_of_threads(void)
{
    const struct command row = {.name = "all", .route = EVERYWHERE, .gather = ALL_OK};
    struct request *whole;
    struct fanout *fanout;

    begin();
    shards_free(shards);
    shards = make(2);
    whole = whole_of(&row, "all x y z 1 2 3 4");
    fanout_spread(shards, &pool, whole, true, true);
    fanout = whole->net.fanout;
    is_int(length(fanout->parts), SHARDS + 2, "every shard and every loop has one");
    ok(is_ascending(fanout), "in order of thread and shard");
    ok(fanout_has_hosts(fanout), "on more than one thread");
    is_int(fanout->parts->cargo.args.count, 8, "with all the words");
    is_int(fanout->parts->cargo.shard, 0, "the first shard's is first");
    run_nothing(fanout, whole);
    whole = whole_of(&row, "all");
    fanout_spread(shards, &pool, whole, false, true);
    fanout = whole->net.fanout;
    is_int(length(fanout->parts), 2, "or only every loop");
    is_int(fanout->parts->cargo.shard, REQUEST_NO_SHARD, "which is no shard");
    run_nothing(fanout, whole);
    end();
}

/* --- large values --- */

static struct larges larges;

/* Words 2 and 4 ... of an MSET, each in a block of its own. */
static void put_large_words(struct request *whole)
{
    struct large **end = &whole->cargo.args.larges;
    uint32_t i;

    for (i = 2; i < whole->cargo.args.count; i += 2) {
        struct large *large = larges_take(&larges, LARGE_MIN + i);

        memset(large->at, (int)('0' + i), LARGE_MIN + i);
        large->len = LARGE_MIN + i;
        whole->cargo.args.words[i] = bytes_new(large->at, large->len);
        *end = large;
        end = &large->next;
    }
}

static unsigned count_larges(const struct large *large)
{
    unsigned count = 0;

    for (; large != NULL; large = large->next)
        count++;
    return count;
}

static void set_large(void)
{
    struct request *whole = whole_of(NULL, "mset a - b - c - d - e - f -");
    struct fanout *fanout;
    struct request *part;

    put_large_words(whole);
    fanout = divide(whole);
    for (part = fanout->parts; part != NULL; part = part->net.next) {
        is_int(count_larges(part->cargo.args.larges), (part->cargo.args.count - 1) / 2,
               "a part has the blocks of its words");
        run(part);
        ok(part->cargo.args.larges == NULL, "which are kept");
    }
    fanout_gather(fanout, &pool, &dice, NULL);
    is_int(count_larges(whole->cargo.args.larges), 0, "none comes home");
    larges_give_all(&larges, &whole->cargo.args.spare);
    pool_give_back(&pool, &whole);
}

static void check_loan(const struct reply *reply, struct loan *loan, char digit)
{
    const uint32_t number = (uint32_t)(digit - '0');
    char header[16];
    const size_t len = (size_t)snprintf(header, sizeof(header), "$%zu\r\n", LARGE_MIN + number);

    ok(loan->text.len == LARGE_MIN + number && loan->text.at[0] == digit &&
           memcmp(reply->at + loan->place - len, header, len) == 0 &&
           memcmp(reply->at + loan->place, "\r\n", 2) == 0,
       "a lent value is in its place");
}

/* Each to its keeper; all are on the only host. */
static void give_back(struct loan *loan)
{
    while (loan != NULL) {
        struct loan *next = loan->next;

        loan->next = NULL;
        host_take_back(shards_host(shards, 0), loan->large->keeper, loan);
        loan = next;
    }
}

static void get_large(void)
{
    struct request *whole = whole_of(NULL, "mget f none e d c b a x");
    struct fanout *fanout = divide(whole);
    struct request *part;
    struct loan *loan, *loans;
    const char *digits = "<:8642";
    char expected[128];

    for (part = fanout->parts; part != NULL; part = part->net.next)
        run(part);
    fanout_gather(fanout, &pool, &dice, NULL);
    loans = reply_take_loans(&whole->cargo.reply);
    for (loan = loans; loan != NULL && *digits != '\0'; loan = loan->next)
        check_loan(&whole->cargo.reply, loan, *digits++);
    ok(loan == NULL && *digits == '\0', "as many as there are");
    snprintf(expected, sizeof(expected),
             "*8\r\n$%u\r\n\r\n$-1\r\n$%u\r\n\r\n$%u\r\n\r\n$%u\r\n\r\n$%u\r\n\r\n$%u\r\n\r\n"
             "$-1\r\n",
             32780, 32778, 32776, 32774, 32772, 32770);
    is_bytes(whole->cargo.reply.at, whole->cargo.reply.len, expected, strlen(expected),
             "and the rest around them");
    give_back(loans);
    pool_give_back(&pool, &whole);
}

static void large_values_are_dealt_and_gathered(void)
{
    begin();
    set_large();
    get_large();
    get_large();
    expect("del a b c d e f", ":6 ");
    end();
    larges_fini(&larges);
}

int main(void)
{
    random_seed(&dice, 5);
    keys_have_several_owners();
    what_was_written_together_is_read_together();
    a_key_may_come_twice();
    every_shard_is_asked();
    any_key_may_be_chosen();
    one_error_is_the_answer();
    a_row_may_gather_by_itself();
    one_owner_needs_no_parts();
    large_values_are_dealt_and_gathered();
    parts_are_in_order_of_threads();
    return tap_done();
}
