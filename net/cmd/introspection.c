#include "cache/explain.h"
#include "cache/glob.h"
#include "cache/manual.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/session.h"

#define SHOWN_MAX 128 /* of a word in an error */

static const struct command_table *table_of(const struct session *session)
{
    return session->loop->facts->commands;
}

/* --- COMMAND, COMMAND INFO, COMMAND COUNT --- */

static void write_all_info(const struct command_table *table, struct reply *reply)
{
    size_t i;

    reply_array(reply, command_count(table));
    for (i = 0; i < command_rows(table); i++)
        if (!command_is_sub(command_at(table, i)))
            explain_info(table, command_at(table, i), reply);
}

/* Also what an unknown subcommand comes to, since COMMAND may stand alone. */
static void cmd_command(struct session *session, struct args *args, struct reply *reply)
{
    if (args->count > 1) {
        const struct bytes sub = args_word(args, 1);

        reply_errorf(reply, "ERR unknown subcommand '%.*s'. Try COMMAND HELP.",
                     sub.len < SHOWN_MAX ? (int)sub.len : SHOWN_MAX, sub.at);
        return;
    }
    write_all_info(table_of(session), reply);
}

static void cmd_info(struct session *session, struct args *args, struct reply *reply)
{
    const struct command_table *table = table_of(session);
    uint32_t i;

    if (args->count == 2) {
        write_all_info(table, reply);
        return;
    }
    reply_array(reply, args->count - 2);
    for (i = 2; i < args->count; i++) {
        const struct command *command = command_find_full(table, args_word(args, i));

        if (command == NULL)
            reply_null(reply);
        else
            explain_info(table, command, reply);
    }
}

static void cmd_count(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    reply_int(reply, (int64_t)command_count(table_of(session)));
}

/* --- COMMAND DOCS --- */

static void write_named_docs(const struct command_table *table, const struct command *command,
                             struct reply *reply)
{
    reply_text(reply, command->name);
    manual_docs(table, command, reply);
}

static void write_all_docs(const struct command_table *table, struct reply *reply)
{
    size_t i;

    reply_map(reply, command_count(table));
    for (i = 0; i < command_rows(table); i++)
        if (!command_is_sub(command_at(table, i)))
            write_named_docs(table, command_at(table, i), reply);
}

/* Unknown names are left out. */
static void write_docs_of(const struct command_table *table, const struct args *args,
                          struct reply *reply)
{
    size_t known = 0;
    uint32_t i;

    for (i = 2; i < args->count; i++)
        known += command_find_full(table, args_word(args, i)) != NULL;
    reply_map(reply, known);
    for (i = 2; i < args->count; i++) {
        const struct command *command = command_find_full(table, args_word(args, i));

        if (command != NULL)
            write_named_docs(table, command, reply);
    }
}

static void cmd_docs(struct session *session, struct args *args, struct reply *reply)
{
    if (args->count == 2)
        write_all_docs(table_of(session), reply);
    else
        write_docs_of(table_of(session), args, reply);
}

/* --- COMMAND LIST --- */

struct filter {
    bool (*holds)(const struct command *, struct bytes wanted);
    struct bytes wanted;
};

static bool is_any(const struct command *command, struct bytes wanted)
{
    (void)command;
    (void)wanted;
    return true;
}

/* There are no modules. */
static bool is_in_module(const struct command *command, struct bytes wanted)
{
    (void)command;
    (void)wanted;
    return false;
}

static bool is_like(const struct command *command, struct bytes wanted)
{
    return glob_match_nocase(wanted, bytes_of(command->name));
}

/* False, and an error, for words that are no filter. */
static bool read_filter(const struct args *args, struct filter *filter, struct reply *reply)
{
    *filter = (struct filter){NULL, args_word(args, args->count - 1)};
    if (args->count == 2)
        filter->holds = is_any;
    else if (args->count != 5 || !args_say(args, 2, "filterby"))
        filter->holds = NULL;
    else if (args_say(args, 3, "module"))
        filter->holds = is_in_module;
    else if (args_say(args, 3, "aclcat"))
        filter->holds = explain_is_in_category;
    else if (args_say(args, 3, "pattern"))
        filter->holds = is_like;
    if (filter->holds == NULL)
        reply_error(reply, ERROR_SYNTAX);
    return filter->holds != NULL;
}

static void cmd_list(struct session *session, struct args *args, struct reply *reply)
{
    const struct command_table *table = table_of(session);
    struct filter filter;
    size_t count = 0;
    size_t i;

    if (!read_filter(args, &filter, reply))
        return;
    for (i = 0; i < command_rows(table); i++)
        count += filter.holds(command_at(table, i), filter.wanted);
    reply_array(reply, count);
    for (i = 0; i < command_rows(table); i++)
        if (filter.holds(command_at(table, i), filter.wanted))
            reply_text(reply, command_at(table, i)->name);
}

/* --- COMMAND GETKEYS, COMMAND GETKEYSANDFLAGS --- */

/* The command that these words are; NULL when there is none. */
static const struct command *find(const struct command_table *table, const struct args *args)
{
    const struct command *command = command_find(table, args_word(args, 0));

    if (command == NULL || !(command->flags & CONTAINER) || args->count == 1)
        return command;
    return command_find_sub(table, command, args_word(args, 1));
}

/* The same when keys can be told; otherwise NULL, and an error. */
static const struct command *find_with_keys(const struct command_table *table,
                                            const struct args *args, struct reply *reply)
{
    const struct command *command = find(table, args);

    if (command == NULL)
        reply_error(reply, "ERR Invalid command specified");
    else if (command->keys.first == 0)
        reply_error(reply, "ERR The command has no key arguments");
    else if (!command_arity_fits(command, args->count))
        reply_error(reply, "ERR Invalid number of arguments specified for command");
    else if (command->more_key_flags != NULL && args->count == (uint32_t)command->keys.first + 1)
        reply_error(reply, "ERR Invalid arguments specified for command"); /* no source */
    else
        return command;
    return NULL;
}

/* The words behind COMMAND GETKEYS, as a command of their own. */
static struct args inner(const struct args *args)
{
    return (struct args){.words = args->words + 2, .count = args->count - 2};
}

static void write_keys(const struct session *session, const struct args *args, bool flagged,
                       struct reply *reply)
{
    const struct args words = inner(args);
    const struct command *command = find_with_keys(table_of(session), &words, reply);
    uint32_t first;
    uint32_t last;
    uint32_t step;
    uint32_t i;

    if (command == NULL)
        return;
    first = (uint32_t)command->keys.first;
    last = command_last_key(command, &words);
    step = (uint32_t)command->keys.step;
    reply_array(reply, (last - first) / step + 1);
    for (i = first; i <= last; i += step) {
        if (flagged)
            reply_array(reply, 2);
        reply_bulk(reply, args_word(&words, i));
        if (flagged)
            explain_key_flags(command, &words, i, reply);
    }
}

static void cmd_getkeys(struct session *session, struct args *args, struct reply *reply)
{
    write_keys(session, args, false, reply);
}

static void cmd_getkeysandflags(struct session *session, struct args *args, struct reply *reply)
{
    write_keys(session, args, true, reply);
}

/* --- COMMAND HELP --- */

static void cmd_help(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    manual_help(table_of(session), command_row(table_of(session), "command"), reply);
}

/* clang-format off */
#define TOLD(since, complexity, summary, syntax) \
    .categories = CATEGORY_CONNECTION, DOC("server", since, complexity, summary, syntax)
#define UNORDERED .tips = "nondeterministic_output_order"
#define ANYTIME (LOADING | STALE)
#define PER_COMMAND "O(N) for N commands"

static const struct command rows[] = {
    /* name                       arity  flags              keys     route  gather  */
    { "command",                  -1,  ANYTIME | CONTAINER, NO_KEYS, HERE, AS_IS,
      .on_session = cmd_command, UNORDERED,
      TOLD("2.8.13", PER_COMMAND, "Tells what commands there are, and what they need", "") },
    { "command|count",             2,  ANYTIME,             NO_KEYS, HERE, AS_IS,
      .on_session = cmd_count,
      TOLD("2.8.13", "O(1)", "Says how many commands there are", "") },
    { "command|list",             -2,  ANYTIME,             NO_KEYS, HERE, AS_IS,
      .on_session = cmd_list, UNORDERED,
      TOLD("7.0.0", PER_COMMAND, "Names all commands, or those that pass a filter",
           "[FILTERBY filterby=(MODULE module-name|ACLCAT category|PATTERN pattern)]") },
    { "command|info",             -2,  ANYTIME,             NO_KEYS, HERE, AS_IS,
      .on_session = cmd_info, UNORDERED,
      TOLD("2.8.13", PER_COMMAND, "Tells what the given commands need, or all of them",
           "[command-name...]") },
    { "command|docs",             -2,  ANYTIME,             NO_KEYS, HERE, AS_IS,
      .on_session = cmd_docs, UNORDERED,
      TOLD("7.0.0", PER_COMMAND, "Explains the given commands, or all of them",
           "[command-name...]") },
    { "command|getkeys",          -4,  ANYTIME,             NO_KEYS, HERE, AS_IS,
      .on_session = cmd_getkeys,
      TOLD("2.8.13", "O(N) for N words", "Picks the keys out of a whole command",
           "command [arg...]") },
    { "command|getkeysandflags",  -4,  ANYTIME,             NO_KEYS, HERE, AS_IS,
      .on_session = cmd_getkeysandflags,
      TOLD("7.0.0", "O(N) for N words",
           "Picks the keys out of a whole command, and says what it does with them",
           "command [arg...]") },
    { "command|help",              2,  ANYTIME,             NO_KEYS, HERE, AS_IS,
      .on_session = cmd_help,
      TOLD("5.0.0", "O(1)", "Prints this help", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family introspection_family = {rows};
