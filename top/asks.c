#include "top/asks.h"

#include <assert.h>
#include <string.h>

#define COUNT(words) ((int)(sizeof(words) / sizeof((words)[0])))

static const char *const name[] = {"CLIENT", "SETNAME", "croft-top"};
static const char *const sections[] = {"INFO", "server",       "clients", "memory",  "stats",
                                       "cpu",  "commandstats", "shards",  "keyspace"};
static const char *const all[] = {"INFO", "all"};
static const char *const histogram[] = {"LATENCY", "HISTOGRAM"};
static const char *const hottest[] = {"HOTKEYS", "GET", "COUNT", "32"};

static void say(struct asks *asks, struct line *line, enum ask ask, int argc,
                const char *const *argv)
{
    assert(asks->first + asks->count < sizeof(asks->under_way) / sizeof(asks->under_way[0]));
    asks->under_way[asks->first + asks->count++] = ask;
    line_say(line, argc, argv);
}

void asks_greet(struct asks *asks, struct line *line, const struct options *options)
{
    const char *auth[] = {"AUTH", options->user, options->password};

    *asks = (struct asks){.count = 0};
    if (options->password != NULL && options->user != NULL)
        say(asks, line, ASK_AUTH, 3, auth);
    else if (options->password != NULL)
        say(asks, line, ASK_AUTH, 2, (const char *const[]){"AUTH", options->password});
    say(asks, line, ASK_NAME, COUNT(name), name);
}

void asks_begin(struct asks *asks, struct line *line, struct sample *sample)
{
    memset(sample, 0, sizeof(*sample));
    if (asks->old)
        say(asks, line, ASK_ALL, COUNT(all), all);
    else
        say(asks, line, ASK_SECTIONS, COUNT(sections), sections);
    if (!asks->no_histogram)
        say(asks, line, ASK_HISTOGRAM, COUNT(histogram), histogram);
    if (asks->asked_hottest && !asks->no_hottest)
        say(asks, line, ASK_HOTTEST, COUNT(hottest), hottest);
}

/* An unknown command is an error in the server's own figures: who is not croft is not asked. */
static enum asks_state take_info(struct asks *asks, struct line *line, enum ask ask,
                                 const redisReply *reply, struct sample *sample, struct why *why)
{
    if (reply->type == REDIS_REPLY_STRING) {
        sample_read_info(sample, reply->str);
        if (!asks->asked_hottest && strcmp(sample->name, "croft") == 0) {
            asks->asked_hottest = true;
            say(asks, line, ASK_HOTTEST, COUNT(hottest), hottest);
        }
        return ASKS_WAIT;
    }
    if (ask == ASK_SECTIONS && strncmp(reply->str, "ERR", 3) == 0) { /* Redis before 7 */
        asks->old = true;
        say(asks, line, ASK_ALL, COUNT(all), all);
        return ASKS_WAIT;
    }
    why_set(why, "%.300s", reply->str);
    return ASKS_REFUSED;
}

static enum asks_state take(struct asks *asks, struct line *line, enum ask ask,
                            const redisReply *reply, struct sample *sample, struct why *why)
{
    const bool refused = reply->type == REDIS_REPLY_ERROR;

    switch (ask) {
    case ASK_AUTH:
        if (refused)
            why_set(why, "%.300s", reply->str);
        return refused ? ASKS_REFUSED : ASKS_WAIT;
    case ASK_NAME:
        return ASKS_WAIT; /* without a name it is all the same */
    case ASK_SECTIONS:
    case ASK_ALL:
        return take_info(asks, line, ask, reply, sample, why);
    case ASK_HISTOGRAM:
        asks->no_histogram |= refused;
        sample_read_histogram(sample, reply);
        return ASKS_WAIT;
    case ASK_HOTTEST:
        asks->no_hottest |= refused;
        sample_read_hottest(sample, reply);
        return ASKS_WAIT;
    }
    return ASKS_WAIT;
}

enum asks_state asks_take(struct asks *asks, struct line *line, const redisReply *reply,
                          struct sample *sample, struct why *why)
{
    const enum ask ask = asks->under_way[asks->first];
    enum asks_state state;

    assert(asks->count > 0);
    asks->first++;
    asks->count--;
    state = take(asks, line, ask, reply, sample, why);
    if (asks->count > 0 || state != ASKS_WAIT)
        return state;
    asks->first = 0;
    /* A greeting alone is no sample. */
    return sample->version[0] != '\0' ? ASKS_WHOLE : ASKS_WAIT;
}
