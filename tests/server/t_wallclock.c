/* The wall clock is set while keys wait for their end: those that have a time to live do not care,
 * those with a date do. It is set for the server alone: see wallclock.c. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

#define HOUR 3600LL
#define KEYS 2000

static char path[] = "/tmp/wallclock-XXXXXX";
static int fd;

static void set_ahead(long long seconds)
{
    const int64_t milliseconds = seconds * 1000;

    if (pwrite(fd, &milliseconds, sizeof(milliseconds), 0) != sizeof(milliseconds))
        tap_bail("cannot write %s", path);
}

static void start(struct child *child, const struct subject *subject)
{
    fd = mkstemp(path);
    set_ahead(0);
    setenv("WALLCLOCK", path, 1);
    setenv("LD_PRELOAD", WALLCLOCK, 1);
    child_start(child, subject, "--enable-debug-command local");
    unsetenv("LD_PRELOAD");
}

/* What the server takes for the time, in seconds. */
static long long date(redisContext *peer)
{
    char *text = ask(peer, "TIME");
    const long long seconds = text == NULL ? 0 : atoll(strchr(text, '$') + 1);

    free(text);
    return seconds;
}

static bool wait_for(redisContext *peer, long long wanted, const char *question)
{
    const int64_t begin = child_now_ms();
    long long answer;

    while ((answer = ask_int(peer, question)) != wanted &&
           child_now_ms() - begin < CHILD_PATIENCE_MS)
        child_sleep_ms(20);
    if (answer != wanted)
        tap_note("%s is %lld", question, answer);
    return answer == wanted;
}

static bool wait_until_above(redisContext *peer, long long least, const char *question)
{
    const int64_t begin = child_now_ms();

    while (ask_int(peer, question) <= least && child_now_ms() - begin < CHILD_PATIENCE_MS)
        child_sleep_ms(20);
    return ask_int(peer, question) > least;
}

static bool is_about(long long number, long long wanted)
{
    const bool right = number < wanted + 60 && number > wanted - 60;

    if (!right)
        tap_note("%lld is not about %lld", number, wanted);
    return right;
}

static bool all_is_filed(redisContext *peer)
{
    char *text = ask(peer, "DEBUG MEMORY-WALK");
    const bool right = text != NULL && strstr(text, "unfiled:0") != NULL;

    free(text);
    return right;
}

static void fill(redisContext *peer)
{
    const long long now = date(peer);
    const int keys = child_scaled(KEYS);
    int i;

    for (i = 0; i < keys; i++) {
        redisAppendCommand(peer, "SET life:%d v EX %d", i, 1000 + i);
        redisAppendCommand(peer, "SET date:%d v EXAT %lld", i, now + 1000 + i);
        redisAppendCommand(peer, "SET later:%d v EXAT %lld", i, now + 3 * HOUR + i);
    }
    for (i = 0; i < 3 * keys; i++)
        peer_expect(peer, "+OK");
}

static void it_is_set_ahead(redisContext *peer)
{
    const long long keys = child_scaled(KEYS);
    const long long before = date(peer);

    fill(peer);
    set_ahead(2 * HOUR);
    ok(date(peer) - before >= 2 * HOUR, "the server's wall clock was set ahead");
    ok(wait_for(peer, 2 * keys, "DBSIZE"), "what was to end meanwhile goes, asked for or not");
    ok(says(peer, "$nil", "GET date:7") && says(peer, "$v", "GET life:7"),
       "but for those that were given a time to live");
    ok(is_about(ask_int(peer, "TTL life:0"), 1000), "which is what it was");
    ok(is_about(ask_int(peer, "EXPIRETIME life:0"), before + 2 * HOUR + 1000),
       "and ends at another date");
    ok(is_about(ask_int(peer, "TTL later:0"), HOUR), "a date comes sooner");
    ok(is_about(ask_int(peer, "EXPIRETIME later:0"), before + 3 * HOUR), "and is the same");
    ok(wait_for(peer, 0, "EXISTS date:1") && all_is_filed(peer), "all will be found in time");
}

static void it_is_set_back(redisContext *peer)
{
    const long long before = date(peer);

    says(peer, "+OK", "SET date v EXAT %lld", before + 100);
    says(peer, "+OK", "SET life v EX 100");
    set_ahead(0);
    ok(wait_until_above(peer, HOUR, "TTL date"), "set back, a date is farther away");
    ok(is_about(ask_int(peer, "TTL life"), 100), "a time to live is not");
    ok(is_about(ask_int(peer, "EXPIRETIME life"), before - 2 * HOUR + 100), "but ends earlier");
    says(peer, ":1", "EXPIREAT date %lld", before - 2 * HOUR + 1);
    ok(wait_for(peer, 0, "EXISTS date"), "a date is now counted by the new clock");
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};
    redisContext *peer;

    subject_init(&subject, argc, argv);
    start(&child, &subject);
    peer = peer_open(&child);
    it_is_set_ahead(peer);
    it_is_set_back(peer);
    ok(child_wait_text(&child, "log", "The wall clock was set back by 72000"), "the log tells");
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
    close(fd);
    unlink(path);
    return tap_done();
}
