/* What a connection remembers of its client, and what RESET makes of it. */
#include "net/session.h"

#include "tests/net/stage.h"
#include "tests/tap/tap.h"

static char no_password[] = "";
static char password[] = "secret";
static struct settings settings = {.requirepass = no_password};
static struct loop loop = {.settings = &settings, .now_ms = 5000};
static struct conn conn;
static struct session *const session = &conn.session;

static void a_new_session_knows_nothing(void)
{
    session_init(session, &loop, 7);
    is_int(session->id, 7, "it has the number it was given");
    is_int(session->protocol, 2, "it speaks RESP2");
    is_int(session->database, 0, "it is in database 0");
    is_int(session->replies, REPLIES_ON, "it is answered");
    is_int(session->created_ms, 5000, "it was made in this turn");
    is_int(session->active_ms, 5000, "and has just been active");
    ok(session->name == NULL && session->lib_name == NULL, "it has no names");
    ok(session_conn(session) == &conn, "the connection around it is found");
    session_fini(session);
}

static void a_password_is_asked_for(void)
{
    settings.requirepass = no_password;
    session_init(session, &loop, 1);
    ok(!session_needs_auth(session), "without a password everybody may come in");
    settings.requirepass = password;
    ok(!session_needs_auth(session), "who is in when a password is set stays in");
    session_reset(session);
    ok(session_needs_auth(session), "but not after a reset");
    session->authenticated = true;
    ok(!session_needs_auth(session), "a password that was given counts");
    session_init(session, &loop, 1);
    ok(session_needs_auth(session), "who comes later must give it");
    settings.requirepass = no_password;
    ok(!session_needs_auth(session), "unless it is taken away again");
    session_fini(session);
}

static void texts_are_replaced(void)
{
    char *text = NULL;

    session_set_text(&text, bytes_of("one"));
    is_text(text, "one", "a text is kept");
    session_set_text(&text, bytes_new("twofold", 3));
    is_text(text, "two", "another takes its place, as long as it was said to be");
    session_set_text(&text, bytes_of(""));
    ok(text == NULL, "an empty one is none");
    session_set_text(&text, bytes_of(""));
    ok(text == NULL, "and stays none");
}

static void names_are_printable(void)
{
    ok(session_text_fits(bytes_of("!worker-1~")), "printable ASCII fits");
    ok(session_text_fits(bytes_of("")), "so does nothing");
    ok(!session_text_fits(bytes_of("a b")), "a blank does not");
    ok(!session_text_fits(bytes_of("a\n")), "nor a line break");
    ok(!session_text_fits(bytes_of("\x7f")), "nor DEL");
    ok(!session_text_fits(bytes_of("\xc3\xa9")), "nor anything beyond ASCII");
    ok(!session_text_fits(bytes_new("a\0b", 3)), "nor a zero byte");
}

static void fill(void)
{
    session_init(session, &loop, 3);
    session_set_text(&session->name, bytes_of("me"));
    session_set_text(&session->lib_name, bytes_of("lib"));
    session->protocol = 3;
    session->database = 5;
    session->no_touch = true;
    session->no_evict = true;
    session->replies = REPLIES_OFF;
}

static void reset_begins_again(void)
{
    fill();
    session_reset(session);
    ok(session->name == NULL, "the name is gone");
    is_text(session->lib_name, "lib", "that of the library is not");
    is_int(session->protocol, 2, "RESP2 again");
    is_int(session->database, 0, "database 0 again");
    is_int(session->replies, REPLIES_ON, "answered again");
    ok(!session->no_touch, "reads leave traces again");
    ok(session->no_evict, "but memory is still not taken from it");
    is_int(session->id, 3, "it is still the same connection");
    session->replies = REPLIES_SKIP;
    session_reset(session);
    is_int(session->replies, REPLIES_SKIP, "a RESET that is to be skipped is");
    session_fini(session);
}

int main(void)
{
    a_new_session_knows_nothing();
    a_password_is_asked_for();
    texts_are_replaced();
    names_are_printable();
    reset_begins_again();
    return tap_done();
}
