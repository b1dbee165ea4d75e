/* Which clients filters mean: what a transcript cannot say, because its clients come from one machine
 * and do not wait. */
#include "net/whom.h"

#include "tests/net/stage.h"
#include "tests/tap/tap.h"

#define WORDS 8

static char no_password[] = "";
static struct settings settings = {.requirepass = no_password};
static struct loop loop;
static struct stage_transport transport;
static struct conn *conn;

static void begin(const char *peer)
{
    stage_begin(&loop, NULL, &settings);
    conn = stage_conn(&loop, &transport, 7);
    snprintf(transport.peer, sizeof(transport.peer), "%s", peer);
}

/* Words are parted by one blank. */
static bool means(const char *line)
{
    char *const copy = strdup(line);
    char *rest = copy;
    char *word;
    struct bytes words[WORDS];
    struct args args = {.words = words, .asker = 7};
    struct whom whom = {.spares_asker = false};
    struct reply reply;
    bool result;

    while ((word = strsep(&rest, " ")) != NULL)
        words[args.count++] = bytes_of(word);
    reply_init(&reply);
    result = whom_read(&whom, &args, 0, WHOM_LISTED, &reply) && whom_means(&whom, &args, conn);
    reply_fini(&reply);
    free(copy);
    return result;
}

static void addresses(void)
{
    begin("[2001:db8::1]:4000");
    ok(means("IP 2001:db8::1"), "an address with colons stands without its brackets");
    ok(!means("IP [2001:db8::1]"), "and not with them");
    ok(means("ADDR [2001:db8::1]:4000"), "with its port it has them");
    ok(!means("NOT-IP 2001:db8::1"), "and what is denied is not meant");
    stage_end(&loop);
    begin("/run/croft.sock:0");
    ok(means("IP /run/croft.sock"), "a path is an address, too");
    stage_end(&loop);
    begin("");
    ok(!means("IP 127.0.0.1"), "who has no address is at none");
    stage_end(&loop);
}

static void ages(void)
{
    begin("127.0.0.1:4000");
    loop.now_ms += 59999;
    ok(!means("MAXAGE 60"), "not yet a minute old");
    loop.now_ms++;
    ok(means("MAXAGE 60"), "a minute old");
    ok(means("IDLE 60"), "and has not said anything since");
    conn->session.active_ms = loop.now_ms - 1000;
    ok(!means("IDLE 60"), "now it has");
    ok(means("IDLE 1 MAXAGE 60"), "both must be true");
    ok(!means("IDLE 1 MAXAGE 61"), "or it is not meant");
    stage_end(&loop);
}

static void askers(void)
{
    begin("127.0.0.1:4000");
    ok(!means("SKIPME yes"), "the asker is left out on demand");
    ok(means("SKIPME no ID 1 7"), "and is meant otherwise");
    stage_end(&loop);
}

int main(void)
{
    addresses();
    ages();
    askers();
    return tap_done();
}
