#include "net/whom.h"

#include <stdio.h>
#include <string.h>

#include "cache/number.h"
#include "net/describe.h"
#include "net/loop.h"

#define SHOWN_MAX 512 /* of a word in an error */
#define SAID 16       /* room for a filter as it is written */

/* What is read of the words, and what of it holds for a client. */
struct filter {
    const char *name;
    bool deniable; /* NOT- may stand before it */
    /* False, and an error, for a value that is none. `said` is how the filter was written. */
    bool (*read)(const char *said, struct bytes value, struct reply *reply);
    bool (*holds)(const struct conn *conn, struct bytes value);
};

static int shown(struct bytes word)
{
    return word.len < SHOWN_MAX ? (int)word.len : SHOWN_MAX;
}

static bool any_text(const char *said, struct bytes value, struct reply *reply)
{
    (void)said;
    (void)value;
    (void)reply;
    return true;
}

/* --- ID --- */

static bool has_id(const struct conn *conn, struct bytes value)
{
    int64_t id;

    return number_parse(value, &id) && (uint64_t)id == conn->session.id;
}

/* --- TYPE, USER: here are only ordinary clients, and all are the one user --- */

static bool read_type(const char *said, struct bytes value, struct reply *reply)
{
    static const char *const types[] = {"normal",  "master", "primary",
                                        "replica", "slave",  "pubsub"};
    size_t i;

    (void)said;
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (bytes_say(value, types[i]))
            return true;
    reply_errorf(reply, "ERR Unknown client type '%.*s'", shown(value), value.at);
    return false;
}

static bool has_type(const struct conn *conn, struct bytes value)
{
    (void)conn;
    return bytes_say(value, "normal");
}

static bool read_user(const char *said, struct bytes value, struct reply *reply)
{
    (void)said;
    if (bytes_equal(value, bytes_of("default")))
        return true;
    reply_errorf(reply, "ERR No such user '%.*s'", shown(value), value.at);
    return false;
}

static bool has_user(const struct conn *conn, struct bytes value)
{
    (void)conn;
    return bytes_equal(value, bytes_of("default"));
}

/* --- addresses --- */

static bool has_peer(const struct conn *conn, struct bytes value)
{
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";

    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    return bytes_equal(value, bytes_of(peer));
}

static bool has_local(const struct conn *conn, struct bytes value)
{
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";

    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    return bytes_equal(value, bytes_of(local));
}

/* An address without its port, and without the brackets around one that has colons itself. */
static bool has_ip(const struct conn *conn, struct bytes value)
{
    char peer[DESCRIBE_ADDRESS] = "";
    char local[DESCRIBE_ADDRESS] = "";
    const char *start = peer;
    char *end;

    conn->transport->ops->names(conn->transport, peer, local, sizeof(peer));
    end = strrchr(peer, ':');
    if (end == NULL)
        return false;
    if (*start == '[' && end > start + 1) {
        start++;
        end--;
    }
    return bytes_equal(value, bytes_new(start, (size_t)(end - start)));
}

/* --- names --- */

static bool is_text(const char *text, struct bytes value)
{
    return text != NULL && bytes_equal(value, bytes_of(text));
}

static bool has_name(const struct conn *conn, struct bytes value)
{
    return is_text(conn->session.name, value);
}

static bool has_library(const struct conn *conn, struct bytes value)
{
    return is_text(conn->session.lib_name, value);
}

static bool has_version(const struct conn *conn, struct bytes value)
{
    return is_text(conn->session.lib_ver, value);
}

/* --- letters --- */

/* False, and an error, when a letter of `value` is none of `letters`. */
static bool read_letters(const char *said, const char *what, struct bytes value,
                         const char *letters, struct reply *reply)
{
    size_t i = 0;

    while (i < value.len && value.at[i] != '\0' && strchr(letters, value.at[i]) != NULL)
        i++;
    if (i == value.len)
        return true;
    if (strncmp(said, "NOT-", 4) == 0)
        reply_errorf(reply, "ERR Unknown %s found in the %s filter: %.*s", what, said, shown(value),
                     value.at);
    else
        reply_errorf(reply, "ERR Unknown %s found in the provided filter: %.*s", what, shown(value),
                     value.at);
    return false;
}

static bool read_flags(const char *said, struct bytes value, struct reply *reply)
{
    return read_letters(said, "flags", value, "bcdeirtuxABEIMNOPRSTU", reply);
}

static bool has_all(const char *letters, struct bytes value)
{
    size_t i;

    for (i = 0; i < value.len; i++)
        if (strchr(letters, value.at[i]) == NULL)
            return false;
    return true;
}

static bool has_flags(const struct conn *conn, struct bytes value)
{
    char flags[DESCRIBE_FLAGS];

    describe_flags(conn, flags);
    return has_all(flags, value);
}

static bool read_capa(const char *said, struct bytes value, struct reply *reply)
{
    return read_letters(said, "capa", value, "r", reply);
}

static bool has_capa(const struct conn *conn, struct bytes value)
{
    return has_all(conn->session.redirects ? "r" : "", value);
}

/* --- numbers --- */

static bool read_seconds(const char *what, struct bytes value, struct reply *reply)
{
    int64_t seconds;

    if (!number_parse(value, &seconds))
        reply_errorf(reply, "ERR %s is not an integer or out of range", what);
    else if (seconds < 1 || seconds > INT64_MAX / 1000)
        reply_errorf(reply, "ERR %s should be greater than 0", what);
    return !reply->failed;
}

static bool read_age(const char *said, struct bytes value, struct reply *reply)
{
    (void)said;
    return read_seconds("maxage", value, reply);
}

static bool read_idle(const char *said, struct bytes value, struct reply *reply)
{
    (void)said;
    return read_seconds("idle", value, reply);
}

static int64_t milliseconds(struct bytes value)
{
    int64_t seconds = 0;

    return number_parse(value, &seconds) ? seconds * 1000 : 0;
}

static bool has_age(const struct conn *conn, struct bytes value)
{
    return conn->loop->now_ms - conn->session.created_ms >= milliseconds(value);
}

static bool has_idle(const struct conn *conn, struct bytes value)
{
    return conn->loop->now_ms - conn->session.active_ms >= milliseconds(value);
}

static bool read_database(const char *said, struct bytes value, struct reply *reply)
{
    int64_t database;

    if (!number_parse(value, &database))
        reply_errorf(reply, "ERR %s is not an integer or out of range", said);
    else if (database < 0 || database >= CACHE_DATABASES_MAX)
        reply_errorf(reply, "ERR %s number should be between 0 and %d", said,
                     CACHE_DATABASES_MAX - 1);
    return !reply->failed;
}

static bool has_database(const struct conn *conn, struct bytes value)
{
    int64_t database;

    return number_parse(value, &database) && database == conn->session.database;
}

/* --- all of them --- */

#define ID 0 /* of which there may be several */

/* clang-format off */
static const struct filter filters[WHOM_FILTERS] = {
    [ID] = {"id",       true,  any_text,      has_id},
           {"type",     true,  read_type,     has_type},
           {"user",     true,  read_user,     has_user},
           {"addr",     true,  any_text,      has_peer},
           {"laddr",    true,  any_text,      has_local},
           {"ip",       true,  any_text,      has_ip},
           {"name",     true,  any_text,      has_name},
           {"lib-name", true,  any_text,      has_library},
           {"lib-ver",  true,  any_text,      has_version},
           {"flags",    true,  read_flags,    has_flags},
           {"capa",     true,  read_capa,     has_capa},
           {"db",       true,  read_database, has_database},
           {"maxage",   false, read_age,      has_age},
           {"idle",     false, read_idle,     has_idle},
};
/* clang-format on */

/* Reading: the words, and where in them. */
struct reader {
    const struct args *args;
    uint32_t at;
    enum whom_use use;
    struct reply *reply;
};

/* Numbers, as many as there are. What is wrong with a first one that is none is told as Redis does. */
static bool read_ids(struct reader *reader, bool denied, struct whom_words *words)
{
    const bool killed = reader->use == WHOM_KILLED;
    int64_t id;

    *words = (struct whom_words){.first = reader->at};
    while (reader->at < reader->args->count &&
           number_parse(args_word(reader->args, reader->at), &id) && (!killed || id > 0)) {
        reader->at++;
        words->count++;
    }
    if (words->count > 0)
        return true;
    if (denied)
        reply_error(reader->reply, ERROR_SYNTAX);
    else if (killed)
        reply_error(reader->reply, "ERR client-id should be greater than 0");
    else
        reply_error(reader->reply, "ERR Invalid client ID");
    return false;
}

static bool read_skip_me(struct whom *whom, struct bytes value, struct reply *reply)
{
    whom->spares_asker = bytes_say(value, "yes");
    if (whom->spares_asker || bytes_say(value, "no"))
        return true;
    reply_error(reply, ERROR_SYNTAX);
    return false;
}

/* The filter of that name; NULL when there is none. `denied`: NOT- stands before it. */
static const struct filter *find(struct bytes word, bool *denied)
{
    size_t i;

    *denied = word.len > 4 && bytes_say(bytes_new(word.at, 4), "not-");
    if (*denied)
        word = bytes_new(word.at + 4, word.len - 4);
    for (i = 0; i < WHOM_FILTERS; i++)
        if (bytes_say(word, filters[i].name) && (filters[i].deniable || !*denied))
            return &filters[i];
    return NULL;
}

/* "NOT-DB" */
static void write_as_said(const struct filter *filter, bool denied, char *said)
{
    size_t i;

    snprintf(said, SAID, "%s%s", denied ? "NOT-" : "", filter->name);
    for (i = 0; said[i] != '\0'; i++)
        if (said[i] >= 'a')
            said[i] = (char)(said[i] - 'a' + 'A');
}

/* One filter and its value. */
static bool read_one(struct reader *reader, struct whom *whom, const struct filter *filter,
                     bool denied)
{
    struct whom_words *words = &(denied ? whom->is_not : whom->is)[filter - filters];
    char said[SAID];

    reader->at++;
    if (filter == &filters[ID])
        return read_ids(reader, denied, words);
    *words = (struct whom_words){.first = reader->at, .count = 1};
    write_as_said(filter, denied, said);
    return filter->read(said, args_word(reader->args, reader->at++), reader->reply);
}

/* Numbers came before this word, which is neither another one nor a filter. */
static bool is_behind_ids(const struct reader *reader, const struct whom *whom)
{
    const struct whom_words *ids = &whom->is[ID];

    return reader->use == WHOM_LISTED && ids->count > 0 && ids->first + ids->count == reader->at;
}

static bool read_next(struct reader *reader, struct whom *whom)
{
    const struct bytes word = args_word(reader->args, reader->at);
    const bool valued = reader->at + 1 < reader->args->count;
    const struct filter *filter;
    bool denied;

    if (valued && bytes_say(word, "skipme")) {
        reader->at += 2;
        return read_skip_me(whom, args_word(reader->args, reader->at - 1), reader->reply);
    }
    filter = find(word, &denied);
    if (filter != NULL && valued)
        return read_one(reader, whom, filter, denied);
    reply_error(reader->reply,
                is_behind_ids(reader, whom) ? "ERR Invalid client ID" : ERROR_SYNTAX);
    return false;
}

bool whom_read(struct whom *whom, const struct args *args, uint32_t from, enum whom_use use,
               struct reply *reply)
{
    struct reader reader = {.args = args, .at = from, .use = use, .reply = reply};
    const bool spares_asker = whom->spares_asker;

    *whom = (struct whom){.spares_asker = spares_asker};
    while (reader.at < args->count)
        if (!read_next(&reader, whom))
            return false;
    return true;
}

static bool holds_any(size_t index, const struct whom_words *words, const struct args *args,
                      const struct conn *conn)
{
    uint32_t i;

    for (i = 0; i < words->count; i++)
        if (filters[index].holds(conn, args_word(args, words->first + i)))
            return true;
    return false;
}

bool whom_means(const struct whom *whom, const struct args *args, const struct conn *conn)
{
    size_t i;

    if (whom->spares_asker && conn->session.id == args->asker)
        return false;
    for (i = 0; i < WHOM_FILTERS; i++) {
        if (whom->is[i].count > 0 && !holds_any(i, &whom->is[i], args, conn))
            return false;
        if (holds_any(i, &whom->is_not[i], args, conn))
            return false;
    }
    return true;
}

struct whom_words whom_ids(const struct whom *whom)
{
    size_t i;

    for (i = 0; i < WHOM_FILTERS; i++)
        if (whom->is_not[i].count > 0 || (i != ID && whom->is[i].count > 0))
            return (struct whom_words){0};
    return whom->spares_asker ? (struct whom_words){0} : whom->is[ID];
}
