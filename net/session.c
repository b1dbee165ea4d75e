#include "net/session.h"

#include <stdlib.h>

#include "net/conn.h"
#include "net/loop.h"

/* Who comes while no password is wanted stays, even when one is set later. */
static void begin(struct session *session)
{
    session->protocol = 2;
    session->database = 0;
    session->authenticated = session->loop->settings->requirepass[0] == '\0';
    session->stranger_ms = session->loop->now_ms;
}

void session_init(struct session *session, struct loop *loop, uint64_t id)
{
    *session = (struct session){
        .loop = loop,
        .id = id,
        .replies = REPLIES_ON,
        .pipeline = SESSION_PIPELINE_AS_SET,
        .created_ms = loop->now_ms,
        .active_ms = loop->now_ms,
    };
    begin(session);
}

void session_fini(struct session *session)
{
    session_set_text(&session->name, bytes_of(""));
    session_set_text(&session->lib_name, bytes_of(""));
    session_set_text(&session->lib_ver, bytes_of(""));
}

/* The library that speaks is still the same one. RESET itself may be what is to go unanswered.
 * NO-EVICT outlives RESET in Redis 7.0, NO-TOUCH, which is younger, does not. */
void session_reset(struct session *session)
{
    begin(session);
    session_set_text(&session->name, bytes_of(""));
    session->no_touch = false;
    session->pipeline = SESSION_PIPELINE_AS_SET;
    if (session->replies != REPLIES_SKIP)
        session->replies = REPLIES_ON;
}

bool session_set_text(char **text, struct bytes value)
{
    char *copy = value.len == 0 ? NULL : malloc(value.len + 1);

    if (value.len > 0 && copy == NULL)
        return false;
    if (value.len > 0) {
        memcpy(copy, value.at, value.len);
        copy[value.len] = '\0';
    }
    free(*text);
    *text = copy;
    return true;
}

bool session_text_fits(struct bytes value)
{
    size_t i;

    for (i = 0; i < value.len; i++)
        if (value.at[i] < '!' || value.at[i] > '~')
            return false;
    return true;
}

bool session_needs_auth(const struct session *session)
{
    return !session->authenticated && session->loop->settings->requirepass[0] != '\0';
}

struct conn *session_conn(struct session *session)
{
    return (struct conn *)((char *)session - offsetof(struct conn, session));
}
