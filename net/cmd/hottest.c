/* HOTKEYS: shards answer with their sketches, as they lie in memory. */
#include <stdlib.h>
#include <string.h>

#include "cache/manual.h"
#include "cache/hotkeys.h"
#include "net/families.h"
#include "net/loop.h"

#define STANDARD_COUNT 16

static bool read_count(const struct args *args, int64_t *count, struct reply *reply)
{
    *count = STANDARD_COUNT;
    if (args->count == 2)
        return true;
    if (args->count != 4 || !args_say(args, 2, "count")) {
        reply_error(reply, ERROR_SYNTAX);
        return false;
    }
    return args_int_between(args, 3, 0, INT32_MAX, count, reply);
}

static bool check_get(struct args *args, struct reply *reply)
{
    int64_t count;

    return !read_count(args, &count, reply);
}

static void tell_hotkeys(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    const struct hotkeys *hotkeys = host_hotkeys(host, shard);

    (void)args;
    reply_raw(reply, hotkeys, sizeof(*hotkeys));
}

static void forget_hotkeys(struct host *host, unsigned shard, struct args *args,
                           struct reply *reply)
{
    (void)args;
    memset(host_hotkeys(host, shard), 0, sizeof(struct hotkeys));
    reply_ok(reply);
}

static int by_reads(const void *a, const void *b)
{
    const struct hotkey *left = a, *right = b;

    return left->reads < right->reads ? 1 : left->reads > right->reads ? -1 : 0;
}

/* All that are in use, the most read first. */
static size_t collect(const struct request *parts, struct hotkey *into)
{
    size_t count = 0;
    unsigned i;

    for (; parts != NULL; parts = parts->net.next) {
        struct hotkeys hotkeys;

        assert(parts->cargo.reply.len == sizeof(hotkeys));
        memcpy(&hotkeys, parts->cargo.reply.at, sizeof(hotkeys));
        for (i = 0; i < HOTKEYS_KEPT; i++)
            if (hotkeys.places[i].reads > 0)
                into[count++] = hotkeys.places[i];
    }
    qsort(into, count, sizeof(into[0]), by_reads);
    return count;
}

static void gather_get(struct loop *loop, struct request *whole, struct request *parts)
{
    struct hotkey *found = calloc(SHARDS_MAX * HOTKEYS_KEPT, sizeof(*found));
    struct reply *reply = &whole->cargo.reply;
    size_t count, i;
    int64_t wanted;

    (void)loop;
    if (found == NULL) {
        reply_error(reply, ERROR_NO_ANSWER);
        return;
    }
    count = collect(parts, found);
    if (!read_count(&whole->cargo.args, &wanted, reply))
        assert(!"check_get has seen a number");
    if ((size_t)wanted > count)
        wanted = (int64_t)count;
    reply_array(reply, (size_t)wanted);
    for (i = 0; i < (size_t)wanted; i++) {
        reply_array(reply, 3);
        reply_bulk(reply, bytes_new(found[i].key, found[i].len));
        reply_int(reply, found[i].database);
        reply_int(reply, (int64_t)found[i].reads);
    }
    free(found);
}

static void cmd_help(struct session *session, struct args *args, struct reply *reply)
{
    const struct command_table *table = session->loop->facts->commands;

    (void)args;
    manual_help(table, command_row(table, "hotkeys"), reply);
}

/* clang-format off */
#define HOTKEYS(summary, syntax) DOC("server", "8.6.0", "O(N) for N shards", summary, syntax)
#define PRIVILEGED (ADMIN | NOSCRIPT | LOADING | STALE)

static const struct command rows[] = {
    /* name            arity  flags            keys     route       gather   */
    { "hotkeys",         -2,  CONTAINER,       NO_KEYS, HERE,       AS_IS,
      HOTKEYS("About the keys that are read most", "") },
    { "hotkeys|get",     -2,  PRIVILEGED,      NO_KEYS, ALL_SHARDS, GATHERED,
      .check = check_get, .on_host = tell_hotkeys, .on_gathered = gather_get,
      HOTKEYS("Tells the keys that are read most: key, database, about how many reads",
              "[COUNT count]") },
    { "hotkeys|reset",    2,  PRIVILEGED,      NO_KEYS, ALL_SHARDS, ALL_OK,
      .on_host = forget_hotkeys, HOTKEYS("Begins again", "") },
    { "hotkeys|help",     2,  LOADING | STALE, NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_help, HOTKEYS("Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family hottest_family = {rows};
