#include "cache/explain.h"

#include <assert.h>
#include <stdio.h>

#include "cache/syntax.h"

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

/* --- subcommands --- */

static bool is_under(const struct command *command, const struct command *container)
{
    const size_t len = strlen(container->name);

    return strncmp(command->name, container->name, len) == 0 && command->name[len] == '|';
}

/* The first subcommand of `container` among the rows from *place on, which ends up behind it. */
static const struct command *next_sub(const struct command_table *table,
                                      const struct command *container, size_t *place)
{
    while (*place < command_rows(table)) {
        const struct command *command = command_at(table, (*place)++);

        if (is_under(command, container))
            return command;
    }
    return NULL;
}

static size_t count_subs(const struct command_table *table, const struct command *container)
{
    size_t count = 0;
    size_t place = 0;

    if (!(container->flags & CONTAINER))
        return 0;
    while (next_sub(table, container, &place) != NULL)
        count++;
    return count;
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
    size_t left = count_subs(table, command);
    size_t place = 0;

    write_info(command, reply);
    if (left == 0)
        reply_set(reply, 0);
    else
        reply_array(reply, left); /* Redis makes only the empty one a set */
    while (left-- > 0) {
        write_info(next_sub(table, command, &place), reply);
        reply_set(reply, 0);
    }
}

/* --- COMMAND DOCS --- */

static void write_pair(const char *name, const char *value, struct reply *reply)
{
    reply_text(reply, name);
    reply_text(reply, value);
}

/* Tokens are named after themselves, in lower case. */
static void write_name(struct bytes name, struct reply *reply)
{
    char lower[NAME_ROOM];
    size_t i;

    assert(name.len <= sizeof(lower));
    for (i = 0; i < name.len; i++)
        lower[i] = bytes_lower(name.at[i]);
    reply_bulk(reply, bytes_new(lower, name.len));
}

static void write_argument_flags(const struct syntax_node *node, struct reply *reply)
{
    reply_text(reply, "flags");
    reply_set(reply, (size_t)node->optional + node->multiple);
    if (node->optional)
        reply_simple(reply, "optional");
    if (node->multiple)
        reply_simple(reply, "multiple");
}

/* What is called key but is none to the row is a text like any other. */
static const char *type_name(const struct command *command, const struct syntax_node *node)
{
    if (node->type == SYNTAX_KEY && command->keys.first == 0)
        return syntax_type_name(SYNTAX_STRING);
    return syntax_type_name(node->type);
}

static void write_arguments(const struct command *command, const struct syntax *syntax,
                            int16_t first, struct reply *reply);

static void write_argument(const struct command *command, const struct syntax *syntax,
                           const struct syntax_node *node, struct reply *reply)
{
    const bool is_key = node->type == SYNTAX_KEY && command->keys.first > 0;
    const bool is_flagged = node->optional || node->multiple;
    const bool is_group = node->first != SYNTAX_NONE;

    reply_map(reply, 2 + (size_t)is_key + (node->token.len > 0) + is_flagged + is_group);
    reply_text(reply, "name");
    write_name(node->name, reply);
    write_pair("type", type_name(command, node), reply);
    if (is_key)
        write_number("key_spec_index", 0, reply);
    if (node->token.len > 0) {
        reply_text(reply, "token");
        reply_bulk(reply, node->token);
    }
    if (is_flagged)
        write_argument_flags(node, reply);
    if (is_group)
        write_arguments(command, syntax, node->first, reply);
}

static void write_arguments(const struct command *command, const struct syntax *syntax,
                            int16_t first, struct reply *reply)
{
    reply_text(reply, "arguments");
    reply_array(reply, syntax_length(syntax, first));
    for (; first != SYNTAX_NONE; first = syntax->nodes[first].next)
        write_argument(command, syntax, &syntax->nodes[first], reply);
}

/* `more` pairs are going to follow. */
static void write_docs(const struct command *command, size_t more, struct reply *reply)
{
    struct syntax syntax;
    const bool parsed = syntax_parse(&syntax, command->syntax == NULL ? "" : command->syntax);
    const bool has_arguments = syntax.first != SYNTAX_NONE;
    const bool has_complexity = command->complexity != NULL;

    assert(parsed);
    reply_map(reply, 3 + (size_t)has_complexity + has_arguments + more);
    write_pair("summary", command->summary, reply);
    write_pair("since", command->since, reply);
    write_pair("group", command->group, reply);
    if (has_complexity)
        write_pair("complexity", command->complexity, reply);
    if (has_arguments)
        write_arguments(command, &syntax, syntax.first, reply);
}

void explain_docs(const struct command_table *table, const struct command *command,
                  struct reply *reply)
{
    size_t left = count_subs(table, command);
    size_t place = 0;

    write_docs(command, left > 0, reply);
    if (left == 0)
        return;
    reply_text(reply, "subcommands");
    reply_map(reply, left);
    while (left-- > 0) {
        const struct command *sub = next_sub(table, command, &place);

        reply_text(reply, sub->name);
        write_docs(sub, 0, reply);
    }
}

/* --- HELP --- */

#define LINE_ROOM 512 /* longer ones are cut */

static void upper(char *into, const char *from)
{
    for (; *from != '\0'; from++)
        *into++ = (char)(*from >= 'a' && *from <= 'z' ? *from - ('a' - 'A') : *from);
    *into = '\0';
}

static void write_line(const char *indent, const char *text, struct reply *reply)
{
    char line[LINE_ROOM];

    snprintf(line, sizeof(line), "%s%s", indent, text);
    reply_simple(reply, line);
}

static void write_title(const struct command *container, struct reply *reply)
{
    char name[NAME_ROOM];
    char line[LINE_ROOM];

    assert(strlen(container->name) < sizeof(name));
    upper(name, container->name);
    snprintf(line, sizeof(line),
             "%s <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", name);
    reply_simple(reply, line);
}

static void write_help(const struct command *sub, struct reply *reply)
{
    char name[NAME_ROOM];
    char line[LINE_ROOM];
    const bool has_arguments = sub->syntax != NULL && *sub->syntax != '\0';

    assert(strlen(sub->name) < sizeof(name));
    upper(name, strchr(sub->name, '|') + 1);
    snprintf(line, sizeof(line), "%s%s%s", name, has_arguments ? " " : "",
             has_arguments ? sub->syntax : "");
    reply_simple(reply, line);
    write_line("    ", sub->summary, reply);
}

void explain_help(const struct command_table *table, const struct command *container,
                  struct reply *reply)
{
    const bool alone = container->on_session != NULL; /* it can be said without a subcommand */
    size_t left = count_subs(table, container);
    size_t place = 0;

    reply_array(reply, 1 + 2 * (left + alone));
    write_title(container, reply);
    if (alone) {
        reply_simple(reply, "(no subcommand)");
        write_line("    ", container->summary, reply);
    }
    while (left-- > 0)
        write_help(next_sub(table, container, &place), reply);
}
