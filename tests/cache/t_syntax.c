/* Each text is read and written back as one line: name:type=TOKEN with ? for what may be left out
 * and + for what may be repeated, members in braces. */
#include "cache/syntax.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/tap/tap.h"

static struct syntax syntax;

static void write_row(FILE *into, int16_t first);

static void write_node(FILE *into, const struct syntax_node *node)
{
    fprintf(into, "%.*s:%s", (int)node->name.len, node->name.at, syntax_type_name(node->type));
    if (node->token.len > 0)
        fprintf(into, "=%.*s", (int)node->token.len, node->token.at);
    fprintf(into, "%s%s%s", node->optional ? "?" : "", node->multiple ? "+" : "",
            node->again ? "*" : "");
    if (node->since.len > 0)
        fprintf(into, "@%.*s", (int)node->since.len, node->since.at);
    if (node->deprecated.len > 0)
        fprintf(into, "!%.*s", (int)node->deprecated.len, node->deprecated.at);
    if (node->first == SYNTAX_NONE)
        return;
    fputs("{", into);
    write_row(into, node->first);
    fputs("}", into);
}

static void write_row(FILE *into, int16_t first)
{
    int16_t i;

    for (i = first; i != SYNTAX_NONE; i = syntax.nodes[i].next) {
        fputs(i == first ? "" : " ", into);
        write_node(into, &syntax.nodes[i]);
    }
}

static void reads(const char *text, const char *expected)
{
    char *line = NULL;
    size_t len;
    FILE *into = open_memstream(&line, &len);

    if (syntax_parse(&syntax, text))
        write_row(into, syntax.first);
    else
        fputs("refused", into);
    fclose(into);
    is_text(line, expected, "'%s'", text);
    free(line);
}

static void words_are_arguments(void)
{
    reads("", "");
    reads("  ", "");
    reads("key", "key:key");
    reads("key value", "key:key value:string");
    reads("  key   value ", "key:key value:string");
    reads("ip:port user-id", "ip:port:string user-id:string");
}

static void names_tell_types(void)
{
    reads("pattern", "pattern:pattern");
    reads("seconds", "seconds:integer");
    reads("milliseconds", "milliseconds:integer");
    reads("count cursor index offset", "count:integer cursor:integer index:integer offset:integer");
    reads("increment decrement number", "increment:integer decrement:integer number:integer");
    reads("unix-time-seconds", "unix-time-seconds:unix-time");
    reads("unix-time-milliseconds", "unix-time-milliseconds:unix-time");
    reads("float score", "float:double score:double");
    reads("key newkey", "key:key newkey:key");
    reads("keys key-name", "keys:string key-name:string");
}

static void upper_case_is_written_just_so(void)
{
    reads("NX", "NX:pure-token=NX");
    reads("key NX", "key:key NX:pure-token=NX");
    reads("NX XX", "NX:pure-token=NX XX:pure-token=XX");
    reads("MATCH pattern", "pattern:pattern=MATCH");
    reads("key EX seconds GET", "key:key seconds:integer=EX GET:pure-token=GET");
    reads("TYPE (NORMAL|PUBSUB)",
          "NORMAL:oneof=TYPE{NORMAL:pure-token=NORMAL PUBSUB:pure-token=PUBSUB}");
    reads("LIMIT (offset count)", "offset:block=LIMIT{offset:integer count:integer}");
    reads("GET [EX seconds]", "GET:pure-token=GET seconds:integer=EX?");
    reads("NO-EVICT", "NO-EVICT:pure-token=NO-EVICT");
}

static void brackets_may_be_left_out(void)
{
    reads("[key]", "key:key?");
    reads("[ key ]", "key:key?");
    reads("[message] key", "message:string? key:key");
    reads("[MATCH pattern] [COUNT count]", "pattern:pattern=MATCH? count:integer=COUNT?");
    reads("[AUTH username password]", "username:block?{username:string=AUTH password:string}");
    reads("[version [AUTH username password] [SETNAME name]]",
          "version:block?{version:integer "
          "username:block?{username:string=AUTH password:string} name:string=SETNAME?}");
}

static void bars_stand_between_alternatives(void)
{
    reads("[NX|XX]", "NX:oneof?{NX:pure-token=NX XX:pure-token=XX}");
    reads("[ NX | XX ]", "NX:oneof?{NX:pure-token=NX XX:pure-token=XX}");
    reads("[EX seconds|PX milliseconds|KEEPTTL]",
          "seconds:oneof?{seconds:integer=EX milliseconds:integer=PX KEEPTTL:pure-token=KEEPTTL}");
    reads("(id|LIMIT offset count)",
          "id:oneof{id:string offset:block{offset:integer=LIMIT count:integer}}");
    reads("ON|OFF|SKIP", "ON:oneof{ON:pure-token=ON OFF:pure-token=OFF SKIP:pure-token=SKIP}");
    reads("key ON|OFF [a|b] c", "key:key ON:oneof{ON:pure-token=ON OFF:pure-token=OFF} "
                                "a:oneof?{a:string b:string} c:string");
    reads("timeout [(A|B)|C]", "timeout:integer A:oneof?{A:oneof{A:pure-token=A B:pure-token=B} "
                               "C:pure-token=C}");
}

static void dots_repeat(void)
{
    reads("key...", "key:key+");
    reads("key ...", "key:key+");
    reads("(key value)...", "key:block+{key:key value:string}");
    reads("[name...]", "name:string?+");
    reads("[name]...", "name:string?+");
    reads("[ID id...]", "id:string=ID?+");
    reads("(a|b)... c", "a:oneof+{a:string b:string} c:string");
    reads("command [arg...]", "command:string arg:string?+");
}

static void notes_say_more(void)
{
    reads("mode=[A|B]", "mode:oneof?{A:pure-token=A B:pure-token=B}");
    reads("pair=(key value)...", "pair:block+{key:key value:string}");
    reads("[ID ids=(id...)]", "ids:block=ID?{id:string+}");
    reads("alone=(key)", "alone:block{key:key}");
    reads("flag=NX", "flag:pure-token=NX");
    reads("value#integer", "value:integer");
    reads("[LEN value#integer...]", "value:integer=LEN?+");
    reads("[TYPE type]@6.0.0 [NX]@2.6.12", "type:string=TYPE?@6.0.0 NX:pure-token=NX?@2.6.12");
    reads("ip:port!2.8.12", "ip:port:string!2.8.12");
    reads("[A@1.0.0|B@2.0.0]", "A:oneof?{A:pure-token=A@1.0.0 B:pure-token=B@2.0.0}");
    reads("[GET what]...*", "what:string=GET?+*");
    reads("value#nosuch", "refused");
    reads("value#", "refused");
    reads("value@", "refused");
    reads("name=", "refused");
}

static void shows(const char *text, const char *expected)
{
    char shown[128];

    syntax_show(text, shown, sizeof(shown));
    is_text(shown, expected, "'%s' to people", text);
}

static void people_are_spared_the_notes(void)
{
    char cut[6];

    shows("", "");
    shows("key [EX seconds|NX]", "key [EX seconds|NX]");
    shows("key mode=[A|B]@7.0.0 value#integer", "key [A|B] value");
    shows("[GET what=(a b)]...* ip:port!2.8.12", "[GET (a b)]... ip:port");
    shows("(key value#integer...)...", "(key value...)...");
    shows("[A@4.0.0|B@6.2.0]", "[A|B]");
    syntax_show("key value", cut, sizeof(cut));
    is_text(cut, "key v", "what has no room is cut off");
}

static void bugs_are_seen(void)
{
    char many[SYNTAX_NODES * 2 + 3] = "";
    size_t i;

    reads("[key", "refused");
    reads("key]", "refused");
    reads("(key]", "refused");
    reads("[]", "refused");
    reads("()", "refused");
    reads("|a", "refused");
    reads("a|", "refused");
    reads("[a|]", "refused");
    reads("...", "refused");
    reads("key)", "refused");
    reads("TOKEN (", "refused");
    for (i = 0; i < SYNTAX_NODES; i++)
        strcat(many, "a ");
    ok(syntax_parse(&syntax, many), "as many arguments as there is room for");
    strcat(many, "a");
    ok(!syntax_parse(&syntax, many), "and one more");
}

static void rows_have_a_length(void)
{
    ok(syntax_parse(&syntax, "a [b c] d"), "three arguments");
    is_int(syntax_length(&syntax, syntax.first), 3, "three at the top");
    is_int(syntax_length(&syntax, SYNTAX_NONE), 0, "none in none");
}

int main(void)
{
    words_are_arguments();
    names_tell_types();
    upper_case_is_written_just_so();
    brackets_may_be_left_out();
    bars_stand_between_alternatives();
    dots_repeat();
    notes_say_more();
    people_are_spared_the_notes();
    bugs_are_seen();
    rows_have_a_length();
    return tap_done();
}
