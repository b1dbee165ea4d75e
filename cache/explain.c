#include "cache/explain.h"

#include <assert.h>
#include <string.h>

#define NAME_ROOM 64

/* --- lists of words: "RO access" --- */

/* Takes the first word off; empty at the end. */
static struct bytes next_word(const char **text)
{
    const size_t len = strcspn(*text, " ");
    const struct bytes word = bytes_new(*text, len);

    *text += len;
    *text += strspn(*text, " ");
    return word;
}

static size_t count_words(const char *text)
{
    size_t count = 0;

    while (next_word(&text).len > 0)
        count++;
    return count;
}

static void write_simple(struct bytes word, struct reply *reply)
{
    char text[NAME_ROOM];

    assert(word.len < sizeof(text));
    memcpy(text, word.at, word.len);
    text[word.len] = '\0';
    reply_simple(reply, text);
}

/* --- flags and categories --- */

/* Redis' order. What is not here (PROTECTED, CONTAINER ...) is not shown. */
static const struct {
    const char *name;
    uint32_t flag;
} flags[] = {
    {"write", WRITES},
    {"readonly", READS},
    {"denyoom", DENYOOM},
    {"admin", ADMIN},
    {"pubsub", PUBSUB},
    {"noscript", NOSCRIPT},
    {"blocking", BLOCKING},
    {"loading", LOADING},
    {"stale", STALE},
    {"skip_monitor", SKIP_MONITOR},
    {"skip_slowlog", SKIP_SLOWLOG},
    {"asking", ASKING},
    {"fast", FAST},
    {"no_auth", NO_AUTH},
    {"may_replicate", MAY_REPLICATE},
    {"no_mandatory_keys", NO_MANDATORY_KEYS},
    {"no_async_loading", NO_ASYNC_LOADING},
    {"no_multi", NO_MULTI},
    {"allow_busy", ALLOW_BUSY},
};
#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static void write_flags(const struct command *command, struct reply *reply)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < FLAGS; i++)
        count += (command->flags & flags[i].flag) != 0;
    reply_set(reply, count + (command->keys_counted_at != 0));
    for (i = 0; i < FLAGS; i++)
        if (command->flags & flags[i].flag)
            reply_simple(reply, flags[i].name);
    if (command->keys_counted_at != 0)
        reply_simple(reply, "movablekeys");
}

/* Redis' order. Each is told by any of: a flag, a category that the row names, the group. */
static const struct category {
    const char *name;
    uint32_t flags;
    uint32_t categories;
    const char *group;
} categories[] = {
    {"@keyspace", 0, CATEGORY_KEYSPACE, NULL},
    {"@read", READS, 0, NULL},
    {"@write", WRITES, 0, NULL},
    {"@set", 0, 0, "set"},
    {"@sortedset", 0, 0, "sorted-set"},
    {"@list", 0, 0, "list"},
    {"@hash", 0, 0, "hash"},
    {"@string", 0, CATEGORY_STRING, "string"},
    {"@bitmap", 0, 0, "bitmap"},
    {"@hyperloglog", 0, 0, "hyperloglog"},
    {"@geo", 0, 0, "geo"},
    {"@stream", 0, 0, "stream"},
    {"@pubsub", PUBSUB, 0, NULL},
    {"@admin", ADMIN, CATEGORY_ADMIN, NULL},
    {"@fast", FAST, 0, NULL},
    {"@slow", 0, CATEGORY_SLOW, NULL},
    {"@blocking", BLOCKING, 0, NULL},
    {"@dangerous", ADMIN, CATEGORY_DANGEROUS, NULL},
    {"@connection", 0, CATEGORY_CONNECTION, "connection"},
    {"@transaction", 0, 0, "transactions"},
    {"@scripting", 0, 0, "scripting"},
};
#define CATEGORIES (sizeof(categories) / sizeof(categories[0]))

static bool is_in_group(const struct command *command, const char *group)
{
    /* A container does nothing itself: its group says where it stands in the manual, no more. */
    return group != NULL && !(command->flags & CONTAINER) && strcmp(command->group, group) == 0;
}

static bool is_in(const struct command *command, const struct category *category)
{
    const uint32_t named = command->categories | (command->flags & FAST ? 0 : CATEGORY_SLOW);

    return (command->flags & category->flags) || (named & category->categories) ||
           is_in_group(command, category->group);
}

const char *explain_category(size_t index)
{
    return index < CATEGORIES ? categories[index].name + 1 : NULL;
}

bool explain_is_in_category(const struct command *command, struct bytes category)
{
    size_t i;

    for (i = 0; i < CATEGORIES; i++)
        if (bytes_say(category, categories[i].name + 1))
            return is_in(command, &categories[i]);
    return false;
}

static void write_categories(const struct command *command, struct reply *reply)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < CATEGORIES; i++)
        count += is_in(command, &categories[i]);
    reply_set(reply, count);
    for (i = 0; i < CATEGORIES; i++)
        if (is_in(command, &categories[i]))
            reply_simple(reply, categories[i].name);
}

/* --- keys --- */

static void write_number(const char *name, int64_t value, struct reply *reply)
{
    reply_text(reply, name);
    reply_int(reply, value);
}

static void write_begin_search(int16_t index, struct reply *reply)
{
    reply_text(reply, "begin_search");
    reply_map(reply, 2);
    reply_text(reply, "type");
    reply_text(reply, "index");
    reply_text(reply, "spec");
    reply_map(reply, 1);
    write_number("index", index, reply);
}

/* The last key is counted from the first, unless it is counted from the end. */
static void write_find_keys(const struct command_keys *keys, struct reply *reply)
{
    reply_text(reply, "find_keys");
    reply_map(reply, 2);
    reply_text(reply, "type");
    reply_text(reply, "range");
    reply_text(reply, "spec");
    reply_map(reply, 3);
    write_number("lastkey", keys->last < 0 ? keys->last : keys->last - keys->first, reply);
    write_number("keystep", keys->step, reply);
    write_number("limit", 0, reply);
}

/* How many there are says the word that the search begins with. */
static void write_counted_keys(const struct command *command, struct reply *reply)
{
    reply_text(reply, "find_keys");
    reply_map(reply, 2);
    reply_text(reply, "type");
    reply_text(reply, "keynum");
    reply_text(reply, "spec");
    reply_map(reply, 3);
    write_number("keynumidx", 0, reply);
    write_number("firstkey", command->keys.first - command->keys_counted_at, reply);
    write_number("keystep", command->keys.step, reply);
}

static void write_key_flags(const char *rest, struct reply *reply)
{
    reply_set(reply, count_words(rest));
    while (*rest != '\0')
        write_simple(next_word(&rest), reply);
}

static void write_specification(const struct command_keys *keys, const char *flags_of_keys,
                                const char *notes, struct reply *reply)
{
    reply_map(reply, notes != NULL ? 4 : 3);
    if (notes != NULL) {
        reply_text(reply, "notes");
        reply_text(reply, notes);
    }
    reply_text(reply, "flags");
    write_key_flags(flags_of_keys, reply);
    write_begin_search(keys->first, reply);
    write_find_keys(keys, reply);
}

static void write_counted_specification(const struct command *command, struct reply *reply)
{
    reply_map(reply, 3);
    reply_text(reply, "flags");
    write_key_flags(command->key_flags, reply);
    write_begin_search(command->keys_counted_at, reply);
    write_counted_keys(command, reply);
}

static void write_keys(const struct command *command, struct reply *reply)
{
    const struct command_keys *keys = &command->keys;
    const bool two = command->more_key_flags != NULL;
    const struct command_keys first = {keys->first, two ? keys->first : keys->last, keys->step};
    const struct command_keys others = {(int16_t)(keys->first + 1), keys->last, keys->step};

    if (keys->first == 0) {
        reply_set(reply, 0);
        return;
    }
    assert(command->key_flags != NULL);
    reply_set(reply, two ? 2 : 1);
    if (command->keys_counted_at != 0) {
        write_counted_specification(command, reply);
        return;
    }
    write_specification(&first, command->key_flags, command->key_notes, reply);
    if (two)
        write_specification(&others, command->more_key_flags, NULL, reply);
}

static bool says_any(const struct args *args, uint32_t index, const char *word)
{
    for (; index < args->count; index++)
        if (args_say(args, index, word))
            return true;
    return false;
}

/* BITFIELD writes when it is told to do anything but GET, or cannot be understood. */
static const char *flags_of_bitfield(const struct args *args)
{
    uint32_t i = 2;

    while (i < args->count) {
        if (args_say(args, i, "get") && i + 2 < args->count)
            i += 3;
        else if (args_say(args, i, "overflow") && i + 1 < args->count)
            i += 2;
        else
            return "RW access update";
    }
    return "RO access";
}

/* SET reads the key only when an option says GET. */
static const char *variable_flags(const struct command *command, const struct args *args)
{
    if (strcmp(command->name, "bitfield") == 0)
        return flags_of_bitfield(args);
    return says_any(args, 3, "get") ? "RW access update" : "OW update";
}

void explain_key_flags(const struct command *command, const struct args *args, uint32_t index,
                       struct reply *reply)
{
    if (strstr(command->key_flags, "variable_flags") != NULL)
        write_key_flags(variable_flags(command, args), reply);
    else if (command->more_key_flags != NULL && index > (uint32_t)command->keys.first)
        write_key_flags(command->more_key_flags, reply);
    else
        write_key_flags(command->key_flags, reply);
}

/* --- COMMAND INFO --- */

static void write_tips(const struct command *command, struct reply *reply)
{
    const char *rest = command->tips == NULL ? "" : command->tips;

    reply_set(reply, count_words(rest));
    while (*rest != '\0')
        reply_bulk(reply, next_word(&rest));
}

static void write_info(const struct command *command, struct reply *reply)
{
    const bool counted = command->keys_counted_at != 0;

    reply_array(reply, 10);
    reply_text(reply, command->name);
    reply_int(reply, command->arity);
    write_flags(command, reply);
    reply_int(reply, counted ? 0 : command->keys.first);
    reply_int(reply, counted ? 0 : command->keys.last);
    reply_int(reply, counted ? 0 : command->keys.step);
    write_categories(command, reply);
    write_tips(command, reply);
    write_keys(command, reply);
}

void explain_info(const struct command_table *table, const struct command *command,
                  struct reply *reply)
{
    size_t left = command_count_subs(table, command);
    size_t place = 0;

    write_info(command, reply);
    if (left == 0)
        reply_set(reply, 0);
    else
        reply_array(reply, left); /* Redis makes only the empty one a set */
    while (left-- > 0) {
        write_info(command_next_sub(table, command, &place), reply);
        reply_set(reply, 0);
    }
}
