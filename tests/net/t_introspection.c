/* COMMAND and its subcommands, called through their rows with a loop of which only the table of
 * commands is there. What COMMAND INFO must answer was asked of a Redis 7.0.15. */
#include <stdio.h>
#include <stdlib.h>

#include "cache/data_families.h"
#include "net/families.h"
#include "net/loop.h"
#include "net/session.h"
#include "tests/tap/tap.h"

#define WORDS 16

/* Rows to be explained, whose words do not change when somebody finds better ones. */
static const struct command paint_rows[] = {
    {.name = "paint",
     .arity = -3,
     .flags = WRITES,
     .keys = KEYS(1, -1, 2),
     .key_flags = "RW update",
     DOC("generic", "1.2.3", "O(1)", "Paints", "(key colour)... [DRY seconds|WET]")},
    {.name = "wash", .arity = 2, DOC("server", "1.2.4", NULL, "Washes", "key")},
    {.name = NULL},
};
static const struct command_family paint_family = {paint_rows};

static const struct command_family *const known[] = {
    &strings_family,       &keys_family,  &expiry_family, &space_family,
    &introspection_family, &paint_family, NULL,
};

static struct command_table *table;
static struct session session;
static struct reply reply;
static uint8_t protocol = 2;

static const struct command *find(const struct args *args)
{
    const struct command *command = command_find(table, args_word(args, 0));
    const struct command *sub = NULL;

    if (args->count > 1)
        sub = command_find_sub(table, command, args_word(args, 1));
    return sub == NULL ? command : sub;
}

/* Words are parted by one blank. */
static void say(const char *line)
{
    char *const copy = strdup(line);
    char *rest = copy;
    char *word;
    struct bytes words[WORDS];
    struct args args = {.words = words};

    while ((word = strsep(&rest, " ")) != NULL)
        words[args.count++] = bytes_of(word);
    reply_reset(&reply, protocol);
    find(&args)->on_session(&session, &args, &reply);
    free(copy);
}

/* The answer with a blank for each line break. */
static const char *answer(void)
{
    static char text[4096];
    size_t len = 0;
    size_t i;

    for (i = 0; i < reply.len && len < sizeof(text) - 1; i++)
        if (reply.at[i] != '\r')
            text[len++] = (char)(reply.at[i] == '\n' ? ' ' : reply.at[i]);
    text[len] = '\0';
    return text;
}

#define answers(line, expected)            \
    do {                                   \
        say(line);                         \
        is_text(answer(), expected, line); \
    } while (0)

/* begin_search and find_keys, of which only the last key and the step vary here. */
#define RANGE_2(last, step)                                                              \
    "$12 begin_search *4 $4 type $5 index $4 spec *2 $5 index :1 "                       \
    "$9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :" last " $7 keystep :" step \
    " $5 limit :0 "
#define RANGE_3                                                    \
    "$12 begin_search %2 $4 type $5 index $4 spec %1 $5 index :1 " \
    "$9 find_keys %2 $4 type $5 range $4 spec %3 $7 lastkey :0 $7 keystep :1 $5 limit :0 "

static void info_tells_ten_things(void)
{
    answers("COMMAND INFO get",
            "*1 *10 $3 get :2 *2 +readonly +fast :1 :1 :1 "
            "*3 +@read +@string +@fast *0 *1 *6 $5 flags *2 +RO +access " RANGE_2("0", "1") "*0 ");
    answers("COMMAND INFO MSET",
            "*1 *10 $4 mset :-3 *2 +write +denyoom :1 :-1 :2 *3 +@write +@string +@slow "
            "*2 $26 request_policy:multi_shard $29 response_policy:all_succeeded "
            "*1 *6 $5 flags *2 +OW +update " RANGE_2("-1", "2") "*0 ");
    answers("COMMAND INFO scan",
            "*1 *10 $4 scan :-2 *1 +readonly :0 :0 :0 *3 +@keyspace +@read +@slow "
            "*2 $23 nondeterministic_output $22 request_policy:special *0 *0 ");
    answers("COMMAND INFO flushall",
            "*1 *10 $8 flushall :-1 *1 +write :0 :0 :0 *4 +@keyspace +@write +@slow +@dangerous "
            "*2 $25 request_policy:all_shards $29 response_policy:all_succeeded *0 *0 ");
    answers("COMMAND INFO command|count", "*1 *10 $13 command|count :2 *2 +loading +stale :0 :0 :0 "
                                          "*2 +@slow +@connection *0 *0 *0 ");
    answers("COMMAND INFO nosuch", "*1 $-1 ");
    answers("COMMAND INFO get|x client|x", "*2 $-1 $-1 ");
}

static void info_uses_the_forms_of_resp3(void)
{
    protocol = 3;
    answers("COMMAND INFO set",
            "*1 *10 $3 set :-3 ~2 +write +denyoom :1 :1 :1 ~3 +@write +@string +@slow ~0 "
            "~1 %4 $5 notes $48 RW and ACCESS due to the optional `GET` argument "
            "$5 flags ~4 +RW +access +update +variable_flags " RANGE_3 "~0 ");
    answers("COMMAND INFO ttl",
            "*1 *10 $3 ttl :2 ~2 +readonly +fast :1 :1 :1 ~3 +@keyspace +@read +@fast "
            "~1 $23 nondeterministic_output ~1 %3 $5 flags ~2 +RO +access " RANGE_3 "~0 ");
    answers("COMMAND INFO nosuch", "*1 _ ");
    protocol = 2;
}

static void begins(const char *line, const char *expected)
{
    char start[256];

    say(line);
    snprintf(start, sizeof(start), "%.*s", (int)strlen(expected), answer());
    is_text(start, expected, "%s", line);
}

static void a_container_holds_its_subcommands(void)
{
    begins("COMMAND INFO command",
           "*1 *10 $7 command :-1 *2 +loading +stale :0 :0 :0 *2 +@slow +@connection "
           "*1 $29 nondeterministic_output_order *0 *7 *10 $13 command|count :2 ");
    protocol = 3;
    begins("COMMAND INFO command", "*1 *10 $7 command :-1 ~2 +loading +stale :0 :0 :0 "
                                   "~2 +@slow +@connection ~1 $29 nondeterministic_output_order "
                                   "~0 *7 *10 $13 command|count :2 ");
    protocol = 2;
}

static void count_is_what_command_lists(void)
{
    char expected[32];

    say("COMMAND COUNT");
    is_int(atoi(reply.at + 1), command_count(table), "subcommands are not counted");
    snprintf(expected, sizeof(expected), "*%zu *10 $3 get ", command_count(table));
    begins("COMMAND", expected);
    begins("COMMAND INFO", expected);
    answers("COMMAND nosuch", "-ERR unknown subcommand 'nosuch'. Try COMMAND HELP. ");
}

static void list_filters(void)
{
    char expected[32];

    snprintf(expected, sizeof(expected), "*%zu $3 get ", command_rows(table));
    begins("COMMAND LIST", expected);
    answers("COMMAND LIST FILTERBY PATTERN getd*", "*1 $6 getdel ");
    answers("command list filterby pattern COMMAND|C*", "*1 $13 command|count ");
    answers("COMMAND LIST FILTERBY PATTERN nosuch", "*0 ");
    answers("COMMAND LIST FILTERBY MODULE any", "*0 ");
    answers("COMMAND LIST FILTERBY ACLCAT nosuch", "*0 ");
    answers("COMMAND LIST FILTERBY ACLCAT Dangerous", "*3 $4 keys $7 flushdb $8 flushall ");
    answers("COMMAND LIST FILTERBY ACLCAT", "-ERR syntax error ");
    answers("COMMAND LIST FILTERBY COLOUR red", "-ERR syntax error ");
    answers("COMMAND LIST SORTBY PATTERN a", "-ERR syntax error ");
    answers("COMMAND LIST FILTERBY PATTERN a b", "-ERR syntax error ");
}

static void getkeys_picks_keys(void)
{
    answers("COMMAND GETKEYS get a", "*1 $1 a ");
    answers("COMMAND GETKEYS MSET a 1 b 2", "*2 $1 a $1 b ");
    answers("COMMAND GETKEYS mset a 1 b", "*2 $1 a $1 b ");
    answers("COMMAND GETKEYS del a b a", "*3 $1 a $1 b $1 a ");
    answers("COMMAND GETKEYS nosuch a", "-ERR Invalid command specified ");
    answers("COMMAND GETKEYS command nosuch", "-ERR Invalid command specified ");
    answers("COMMAND GETKEYS command|count a", "-ERR Invalid command specified ");
    answers("COMMAND GETKEYS command count", "-ERR The command has no key arguments ");
    answers("COMMAND GETKEYS dbsize x", "-ERR The command has no key arguments ");
    answers("COMMAND GETKEYS get a b", "-ERR Invalid number of arguments specified for command ");
}

static void getkeysandflags_says_what_happens_to_them(void)
{
    answers("COMMAND GETKEYSANDFLAGS mget a b", "*2 *2 $1 a *2 +RO +access "
                                                "*2 $1 b *2 +RO +access ");
    answers("COMMAND GETKEYSANDFLAGS set a get", "*1 *2 $1 a *2 +OW +update ");
    answers("COMMAND GETKEYSANDFLAGS set a b EX 1 Get", "*1 *2 $1 a *3 +RW +access +update ");
    protocol = 3;
    answers("COMMAND GETKEYSANDFLAGS getdel a", "*1 *2 $1 a ~3 +RW +access +delete ");
    protocol = 2;
    answers("COMMAND GETKEYSANDFLAGS nosuch a", "-ERR Invalid command specified ");
}

static void docs_show_the_arguments(void)
{
    answers("COMMAND DOCS paint nosuch wash",
            "*4 $5 paint *10 $7 summary $6 Paints $5 since $5 1.2.3 $5 group $7 generic "
            "$10 complexity $4 O(1) $9 arguments *2 "
            "*8 $4 name $3 key $4 type $5 block $5 flags *1 +multiple $9 arguments *2 "
            "*6 $4 name $3 key $4 type $3 key $14 key_spec_index :0 "
            "*4 $4 name $6 colour $4 type $6 string "
            "*8 $4 name $7 seconds $4 type $5 oneof $5 flags *1 +optional $9 arguments *2 "
            "*6 $4 name $7 seconds $4 type $7 integer $5 token $3 DRY "
            "*6 $4 name $3 wet $4 type $10 pure-token $5 token $3 WET "
            "$4 wash *8 $7 summary $6 Washes $5 since $5 1.2.4 $5 group $6 server "
            "$9 arguments *1 *4 $4 name $3 key $4 type $6 string ");
    answers("COMMAND DOCS nosuch", "*0 ");
    begins("COMMAND DOCS command|count", "*2 $13 command|count *8 $7 summary ");
}

static void docs_use_the_forms_of_resp3(void)
{
    protocol = 3;
    answers("COMMAND DOCS paint",
            "%1 $5 paint %5 $7 summary $6 Paints $5 since $5 1.2.3 $5 group $7 generic "
            "$10 complexity $4 O(1) $9 arguments *2 "
            "%4 $4 name $3 key $4 type $5 block $5 flags ~1 +multiple $9 arguments *2 "
            "%3 $4 name $3 key $4 type $3 key $14 key_spec_index :0 "
            "%2 $4 name $6 colour $4 type $6 string "
            "%4 $4 name $7 seconds $4 type $5 oneof $5 flags ~1 +optional $9 arguments *2 "
            "%3 $4 name $7 seconds $4 type $7 integer $5 token $3 DRY "
            "%3 $4 name $3 wet $4 type $10 pure-token $5 token $3 WET ");
    answers("COMMAND DOCS nosuch", "%0 ");
    protocol = 2;
}

/* Every row is explained: a syntax that cannot be read would stop the program. */
static void docs_explain_everything(void)
{
    char expected[32];

    snprintf(expected, sizeof(expected), "*%zu $3 get *10 ", 2 * command_count(table));
    begins("COMMAND DOCS", expected);
}

static void help_has_two_lines_for_each(void)
{
    begins("COMMAND HELP", "*17 +COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are: "
                           "+(no subcommand) ");
    ok(strstr(answer(), "+GETKEYS command [arg...] +    ") != NULL, "what to write comes first");
}

int main(void)
{
    static struct server_facts facts;
    static struct loop loop = {.facts = &facts};

    table = command_table_new(known);
    facts.commands = table;
    session.loop = &loop;
    reply_init(&reply);
    info_tells_ten_things();
    info_uses_the_forms_of_resp3();
    a_container_holds_its_subcommands();
    count_is_what_command_lists();
    list_filters();
    getkeys_picks_keys();
    getkeysandflags_says_what_happens_to_them();
    docs_show_the_arguments();
    docs_use_the_forms_of_resp3();
    docs_explain_everything();
    help_has_two_lines_for_each();
    reply_fini(&reply);
    command_table_free(table);
    return tap_done();
}
