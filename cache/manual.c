#include "cache/manual.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cache/syntax.h"

#define NAME_ROOM 64

/* --- COMMAND DOCS: arguments --- */

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

static void write_text(const char *name, struct bytes value, struct reply *reply)
{
    if (value.len == 0)
        return;
    reply_text(reply, name);
    reply_bulk(reply, value);
}

static size_t count_argument_flags(const struct syntax_node *node)
{
    return (size_t)node->optional + node->multiple + node->again;
}

static void write_argument_flags(const struct syntax_node *node, struct reply *reply)
{
    const size_t count = count_argument_flags(node);

    if (count == 0)
        return;
    reply_text(reply, "flags");
    reply_set(reply, count);
    if (node->optional)
        reply_simple(reply, "optional");
    if (node->multiple)
        reply_simple(reply, "multiple");
    if (node->again)
        reply_simple(reply, "multiple_token");
}

/* What is called key but is none to the row is a text like any other. */
static const char *type_name(const struct command *command, const struct syntax_node *node)
{
    if (node->type == SYNTAX_KEY && command->keys.first == 0)
        return syntax_type_name(SYNTAX_STRING);
    return syntax_type_name(node->type);
}

static bool is_key(const struct command *command, const struct syntax_node *node)
{
    return node->type == SYNTAX_KEY && command->keys.first > 0;
}

/* Of two specifications of keys the second is for all but the first key. */
static int64_t specification(const struct command *command, const struct syntax *syntax,
                             const struct syntax_node *node)
{
    int16_t i = 0;

    while (syntax->nodes[i].type != SYNTAX_KEY)
        i++;
    return command->more_key_flags != NULL && node != &syntax->nodes[i];
}

static size_t count_pairs(const struct command *command, const struct syntax_node *node)
{
    return 2 + (size_t)is_key(command, node) + (node->token.len > 0) + (node->since.len > 0) +
           (node->deprecated.len > 0) + (count_argument_flags(node) > 0) +
           (node->first != SYNTAX_NONE);
}

static void write_arguments(const struct command *command, const struct syntax *syntax,
                            int16_t first, struct reply *reply);

static void write_argument(const struct command *command, const struct syntax *syntax,
                           const struct syntax_node *node, struct reply *reply)
{
    reply_map(reply, count_pairs(command, node));
    reply_text(reply, "name");
    write_name(node->name, reply);
    write_pair("type", type_name(command, node), reply);
    if (is_key(command, node)) {
        reply_text(reply, "key_spec_index");
        reply_int(reply, specification(command, syntax, node));
    }
    write_text("token", node->token, reply);
    write_text("since", node->since, reply);
    write_text("deprecated_since", node->deprecated, reply);
    write_argument_flags(node, reply);
    if (node->first != SYNTAX_NONE)
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

/* --- COMMAND DOCS: all of it --- */

static void write_doc_flags(const struct command *command, struct reply *reply)
{
    const bool old = command->deprecated != NULL;

    if (!old && !command->internals)
        return;
    reply_text(reply, "doc_flags");
    reply_set(reply, (size_t)old + command->internals);
    if (old)
        reply_simple(reply, "deprecated");
    if (command->internals)
        reply_simple(reply, "syscmd");
}

static void write_if(const char *name, const char *value, struct reply *reply)
{
    if (value != NULL)
        write_pair(name, value, reply);
}

/* `more` pairs are going to follow. */
static void write_docs(const struct command *command, size_t more, struct reply *reply)
{
    struct syntax syntax;
    const bool parsed = syntax_parse(&syntax, command->syntax == NULL ? "" : command->syntax);
    const bool has_arguments = syntax.first != SYNTAX_NONE;
    const bool old = command->deprecated != NULL;

    assert(parsed);
    reply_map(reply, 3 + (size_t)(command->complexity != NULL) + (old || command->internals) + old +
                         (command->replaced_by != NULL) + has_arguments + more);
    write_pair("summary", command->summary, reply);
    write_pair("since", command->since, reply);
    write_pair("group", command->group, reply);
    write_if("complexity", command->complexity, reply);
    write_doc_flags(command, reply);
    write_if("deprecated_since", command->deprecated, reply);
    write_if("replaced_by", command->replaced_by, reply);
    if (has_arguments)
        write_arguments(command, &syntax, syntax.first, reply);
}

void manual_docs(const struct command_table *table, const struct command *command,
                 struct reply *reply)
{
    size_t left = command_count_subs(table, command);
    size_t place = 0;

    write_docs(command, left > 0, reply);
    if (left == 0)
        return;
    reply_text(reply, "subcommands");
    reply_map(reply, left);
    while (left-- > 0) {
        const struct command *sub = command_next_sub(table, command, &place);

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
    char syntax[LINE_ROOM];
    char line[NAME_ROOM + LINE_ROOM];

    assert(strlen(sub->name) < sizeof(name));
    upper(name, strchr(sub->name, '|') + 1);
    syntax_show(sub->syntax == NULL ? "" : sub->syntax, syntax, sizeof(syntax));
    snprintf(line, sizeof(line), "%s%s%s", name, *syntax == '\0' ? "" : " ", syntax);
    reply_simple(reply, line);
    write_line("    ", sub->summary, reply);
}

void manual_help(const struct command_table *table, const struct command *container,
                 struct reply *reply)
{
    const bool alone = container->on_session != NULL; /* it can be said without a subcommand */
    size_t left = command_count_subs(table, container);
    size_t place = 0;

    reply_array(reply, 1 + 2 * (left + alone));
    write_title(container, reply);
    if (alone) {
        reply_simple(reply, "(no subcommand)");
        write_line("    ", container->summary, reply);
    }
    while (left-- > 0)
        write_help(command_next_sub(table, container, &place), reply);
}
