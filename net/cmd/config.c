#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cache/glob.h"
#include "net/families.h"
#include "net/first.h"
#include "net/loop.h"
#include "net/reconfigure.h"

/* --- CONFIG GET --- */

/* A name as it will be answered: as declared when a pattern found it, as asked when it was spelled
 * out. */
struct found {
    struct bytes *names;
    size_t count;
    size_t capacity;
    bool lacks_memory; /* for another name */
};

static bool equal_nocase(struct bytes a, struct bytes b)
{
    return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

static bool make_room(struct found *found)
{
    const size_t capacity = found->capacity * 2 + 8;
    struct bytes *names;

    if (found->count < found->capacity)
        return true;
    names = realloc(found->names, capacity * sizeof(*names));
    found->lacks_memory |= names == NULL;
    if (names == NULL)
        return false;
    found->names = names;
    found->capacity = capacity;
    return true;
}

/* Once, however many patterns match it. */
static void add(struct found *found, struct bytes name)
{
    size_t i;

    for (i = 0; i < found->count; i++)
        if (equal_nocase(found->names[i], name))
            return;
    if (make_room(found))
        found->names[found->count++] = name;
}

static bool is_pattern(struct bytes text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (strchr("*?[", text.at[i]) != NULL && text.at[i] != '\0')
            return true;
    return false;
}

static void find(struct bytes pattern, struct found *found)
{
    const bool spelled_out = !is_pattern(pattern);
    const char *name;
    size_t i;

    for (i = 0; (name = settings_name(i)) != NULL; i++) {
        if (spelled_out && equal_nocase(pattern, bytes_of(name)))
            add(found, pattern);
        else if (!spelled_out && glob_match_nocase(pattern, bytes_of(name)))
            add(found, bytes_of(name));
    }
}

/* Only names that settings_name knows come here, so there is a value. */
static void answer_pair(const struct settings *settings, struct bytes name, struct reply *reply)
{
    char *asked = strndup(name.at, name.len);
    char *value = asked == NULL ? NULL : settings_value(settings, asked);

    reply_bulk(reply, name);
    if (value == NULL)
        reply_break(reply);
    else
        reply_text(reply, value);
    free(value);
    free(asked);
}

static void cmd_get(struct session *session, struct args *args, struct reply *reply)
{
    struct found found = {0};
    uint32_t i;
    size_t j;

    for (i = 2; i < args->count; i++)
        find(args_word(args, i), &found);
    reply_map(reply, found.count);
    for (j = 0; j < found.count; j++)
        answer_pair(session->loop->settings, found.names[j], reply);
    if (found.lacks_memory)
        reply_break(reply);
    free(found.names);
}

/* --- CONFIG RESETSTAT --- */

static void reset_shard(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    (void)args;
    host_reset_stats(host, shard);
    reply_ok(reply);
}

static void reset_loop(struct loop *loop, struct args *args, struct reply *reply)
{
    (void)args;
    memset(&loop->stats, 0, sizeof(loop->stats));
    tally_reset(&loop->tally);
    memset(&loop->rates, 0, sizeof(loop->rates));
    loop->rates.last_ms = loop->now_ms;
    reply_ok(reply);
}

/* --- CONFIG HELP --- */

static void cmd_help(struct session *session, struct args *args, struct reply *reply)
{
    static const char *const lines[] = {
        "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "GET <pattern>",
        "    Return parameters matching the glob-like <pattern> and their values.",
        "SET <directive> <value>",
        "    Set the configuration <directive> to <value>.",
        "RESETSTAT",
        "    Reset statistics reported by the INFO command.",
        "REWRITE",
        "    Rewrite the configuration file.",
        "HELP",
        "    Prints this help.",
    };

    (void)session;
    (void)args;
    reply_lines(reply, lines, sizeof(lines) / sizeof(lines[0]));
}

/* clang-format off */
#define CONFIG(since, complexity, summary, syntax) \
    DOC("server", since, complexity, summary, syntax)
#define PRIVILEGED (ADMIN | NOSCRIPT | LOADING | STALE)

static const struct command rows[] = {
    /* name              arity  flags            keys     route       gather  */
    { "config",            -2,  CONTAINER,       NO_KEYS, HERE,       AS_IS,
      CONFIG("2.0.0", "Depends on subcommand.", "Looks at settings and changes them", "") },
    { "config|get",        -3,  PRIVILEGED,      NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_get,
      CONFIG("2.0.0", "O(N) for N settings", "Tells how things are set",
             "parameter=(parameter)...") },
    { "config|resetstat",   2,  PRIVILEGED | BEHIND, NO_KEYS, EVERYWHERE, ALL_OK,
      .on_host = reset_shard, .on_loop = reset_loop,
      CONFIG("2.0.0", "O(1)", "Sets the counters of INFO to 0", "") },
    { "config|set",        -4,  PRIVILEGED,      NO_KEYS, HERE,       AS_IS,
      .on_taken = first_ask, .on_message = reconfigure_set,
      .tips = "request_policy:all_nodes response_policy:all_succeeded",
      CONFIG("2.0.0", "O(N) for N settings", "Changes settings, all of them or none",
             "parameter_value=(parameter value)...") },
    { "config|help",        2,  LOADING | STALE, NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_help,
      CONFIG("5.0.0", "O(1)", "Lists what CONFIG can do", "") },
    { "config|rewrite",     2,  PRIVILEGED,      NO_KEYS, HERE,       AS_IS,
      .on_taken = first_ask, .on_message = reconfigure_rewrite,
      CONFIG("2.8.0", "O(1)", "Writes the settings into the configuration file", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family config_family = {rows};
