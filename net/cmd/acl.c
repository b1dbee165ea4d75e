#include <stdio.h>

#include "cache/explain.h"
#include "cache/manual.h"
#include "cache/random.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/sha256.h"

#define SHOWN_MAX 512 /* of a word in an error */

#define GENPASS_BITS 256
#define GENPASS_BITS_MAX 4096

/* There is one user, who may do everything. */
#define ERROR_ONE_USER "ERR croft has one user, default; use requirepass to give it a password"
#define ERROR_NO_FILE                                                                        \
    "ERR croft has no ACL file, for it has one user, default; use requirepass to give it a " \
    "password"

static int shown(struct bytes word)
{
    return word.len < SHOWN_MAX ? (int)word.len : SHOWN_MAX;
}

static bool is_default(struct bytes user)
{
    return bytes_equal(user, bytes_of("default"));
}

static const char *password_of(const struct session *session)
{
    return session->loop->settings->requirepass;
}

static void answer_wrong_count(const struct args *args, struct reply *reply)
{
    const struct bytes sub = args_word(args, 1);

    reply_errorf(reply,
                 "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try ACL HELP.",
                 shown(sub), sub.at);
}

static void cmd_whoami(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_text(reply, "default");
}

static void cmd_users(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_array(reply, 1);
    reply_text(reply, "default");
}

static void cmd_list(struct session *session, struct args *args, struct reply *reply)
{
    char line[128], hex[SHA256_HEX + 1];
    const char *password = password_of(session);

    (void)args;
    sha256_hex(bytes_of(password), hex);
    snprintf(line, sizeof(line), "user default on %s%s ~* &* +@all",
             *password == '\0' ? "nopass" : "#", *password == '\0' ? "" : hex);
    reply_array(reply, 1);
    reply_text(reply, line);
}

static void write_flags(bool open, struct reply *reply)
{
    reply_text(reply, "flags");
    reply_set(reply, open ? 2 : 1);
    reply_text(reply, "on");
    if (open)
        reply_text(reply, "nopass");
}

static void write_passwords(const char *password, struct reply *reply)
{
    char hex[SHA256_HEX + 1];

    reply_text(reply, "passwords");
    reply_array(reply, *password != '\0');
    if (*password == '\0')
        return;
    sha256_hex(bytes_of(password), hex);
    reply_text(reply, hex);
}

static void cmd_getuser(struct session *session, struct args *args, struct reply *reply)
{
    const char *password = password_of(session);

    if (!is_default(args_word(args, 2))) {
        reply_null(reply);
        return;
    }
    reply_map(reply, 6);
    write_flags(*password == '\0', reply);
    write_passwords(password, reply);
    reply_text(reply, "commands");
    reply_text(reply, "+@all");
    reply_text(reply, "keys");
    reply_text(reply, "~*");
    reply_text(reply, "channels");
    reply_text(reply, "&*");
    reply_text(reply, "selectors");
    reply_array(reply, 0);
}

/* --- CAT --- */

static void write_category(const struct command_table *table, struct bytes category,
                           struct reply *reply)
{
    size_t count = 0, i;

    for (i = 0; i < command_rows(table); i++)
        count += explain_is_in_category(command_at(table, i), category);
    reply_array(reply, count);
    for (i = 0; i < command_rows(table); i++)
        if (explain_is_in_category(command_at(table, i), category))
            reply_text(reply, command_at(table, i)->name);
}

static void write_categories(struct reply *reply)
{
    size_t count = 0, i;

    while (explain_category(count) != NULL)
        count++;
    reply_array(reply, count);
    for (i = 0; i < count; i++)
        reply_text(reply, explain_category(i));
}

static bool is_category(struct bytes word)
{
    const char *name;
    size_t i;

    for (i = 0; (name = explain_category(i)) != NULL; i++)
        if (bytes_say(word, name))
            return true;
    return false;
}

static void cmd_cat(struct session *session, struct args *args, struct reply *reply)
{
    if (args->count > 3)
        answer_wrong_count(args, reply);
    else if (args->count == 2)
        write_categories(reply);
    else if (is_category(args_word(args, 2)))
        write_category(session->loop->facts->commands, args_word(args, 2), reply);
    else
        reply_errorf(reply, "ERR Unknown category '%.*s'", shown(args_word(args, 2)),
                     args_word(args, 2).at);
}

/* --- GENPASS --- */

static void write_password(unsigned digits, struct reply *reply)
{
    unsigned char bytes[GENPASS_BITS_MAX / 8];
    char hex[2 * sizeof(bytes) + 1];
    struct why why;
    unsigned i;

    if (!random_secret(bytes, sizeof(bytes), &why)) {
        reply_errorf(reply, "ERR %s", why.text);
        return;
    }
    for (i = 0; i < (digits + 1) / 2; i++)
        sprintf(hex + 2 * i, "%02x", bytes[i]);
    reply_bulk(reply, bytes_new(hex, digits));
}

static void cmd_genpass(struct session *session, struct args *args, struct reply *reply)
{
    int64_t bits = GENPASS_BITS;

    (void)session;
    if (args->count > 3) {
        answer_wrong_count(args, reply);
        return;
    }
    if (args->count == 3 && !args_int(args, 2, &bits, reply))
        return;
    if (bits < 1 || bits > GENPASS_BITS_MAX)
        reply_error(reply, "ERR ACL GENPASS argument must be the number of bits for the output "
                           "password, a positive number up to 4096");
    else
        write_password((unsigned)(bits + 3) / 4, reply);
}

/* --- DRYRUN --- */

static const struct command *find(const struct command_table *table, const struct args *args)
{
    const struct command *command = command_find(table, args_word(args, 3));

    if (command == NULL || !(command->flags & CONTAINER) || args->count == 4)
        return command;
    return command_find_sub(table, command, args_word(args, 4));
}

static void cmd_dryrun(struct session *session, struct args *args, struct reply *reply)
{
    const struct bytes user = args_word(args, 2), name = args_word(args, 3);
    const struct command *command = find(session->loop->facts->commands, args);

    if (!is_default(user))
        reply_errorf(reply, "ERR User '%.*s' not found", shown(user), user.at);
    else if (command == NULL)
        reply_errorf(reply, "ERR Command '%.*s' not found", shown(name), name.at);
    else if (!command_arity_fits(command, args->count - 3))
        reply_errorf(reply, "ERR wrong number of arguments for '%s' command", command->name);
    else
        reply_ok(reply);
}

/* --- what there is none of --- */

static void cmd_log(struct session *session, struct args *args, struct reply *reply)
{
    int64_t count;

    (void)session;
    if (args->count > 3)
        answer_wrong_count(args, reply);
    else if (args_say(args, 2, "reset"))
        reply_ok(reply);
    else if (args->count == 2 || args_int(args, 2, &count, reply))
        reply_array(reply, 0);
}

static void cmd_deluser(struct session *session, struct args *args, struct reply *reply)
{
    uint32_t i;

    (void)session;
    for (i = 2; i < args->count; i++)
        if (is_default(args_word(args, i))) {
            reply_error(reply, "ERR The 'default' user cannot be removed");
            return;
        }
    reply_int(reply, 0);
}

static void cmd_setuser(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    if (args->count == 3 && is_default(args_word(args, 2)))
        reply_ok(reply);
    else
        reply_error(reply, ERROR_ONE_USER);
}

static void cmd_file(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_error(reply, ERROR_NO_FILE);
}

static void cmd_help(struct session *session, struct args *args, struct reply *reply)
{
    const struct command_table *table = session->loop->facts->commands;

    (void)args;
    manual_help(table, command_row(table, "acl"), reply);
}

/* clang-format off */
#define ACL(complexity, summary, syntax) DOC("server", "6.0.0", complexity, summary, syntax)
#define PLAIN (NOSCRIPT | LOADING | STALE)
#define HERE_AS_IS NO_KEYS, HERE, AS_IS

static const struct command rows[] = {
    /* name          arity  flags            keys, route, gather */
    { "acl",           -2,  CONTAINER,       HERE_AS_IS,
      ACL("Depends on the subcommand", "About who may do what", "") },
    { "acl|cat",       -2,  PLAIN,           HERE_AS_IS, .on_session = cmd_cat,
      ACL("O(N) for N commands", "Lists the categories, or the commands of one", "[categoryname]") },
    { "acl|deluser",   -3,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_deluser,
      ACL("O(1)", "Removes users, of whom there are none to be removed", "username...") },
    { "acl|dryrun",    -4,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_dryrun,
      DOC("server", "7.0.0", "O(1)", "Tells whether a user may say a command",
          "username command [arg...]") },
    { "acl|genpass",   -2,  PLAIN,           HERE_AS_IS, .on_session = cmd_genpass,
      ACL("O(1)", "Makes up a password", "[bits]") },
    { "acl|getuser",    3,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_getuser,
      ACL("O(1)", "Tells what a user may do", "username") },
    { "acl|list",       2,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_list,
      ACL("O(1)", "Tells what all users may do, in the words of a file", "") },
    { "acl|load",       2,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_file,
      ACL("O(1)", "Fails, for there is no file of users", "") },
    { "acl|log",       -2,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_log,
      ACL("O(1)", "Tells what was refused: nothing", "operation=[count|RESET]") },
    { "acl|save",       2,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_file,
      ACL("O(1)", "Fails, for there is no file of users", "") },
    { "acl|setuser",   -3,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_setuser,
      ACL("O(1)", "Fails, for there is one user only", "username [rule...]") },
    { "acl|users",      2,  ADMIN | PLAIN,   HERE_AS_IS, .on_session = cmd_users,
      ACL("O(1)", "Names the users", "") },
    { "acl|whoami",     2,  PLAIN,           HERE_AS_IS, .on_session = cmd_whoami,
      ACL("O(1)", "Names the user of this connection", "") },
    { "acl|help",       2,  LOADING | STALE, HERE_AS_IS, .on_session = cmd_help,
      ACL("O(1)", "Lists the subcommands", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family acl_family = {rows};
