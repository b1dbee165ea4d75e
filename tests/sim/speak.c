#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cache/number.h"
#include "tests/sim/client.h"
#include "tests/sim/world.h"

#define WORDS_MAX 48
#define ROOM (512u << 10)
#define LARGE_MAX 70000u
#define FAR "100000" /* seconds */
#define SEVERAL_MAX 6

/* What is being said: the words, and the bytes that they look into. */
struct speech {
    struct client *client;
    unsigned count;
    size_t used;
    struct bytes words[WORDS_MAX];
    char room[ROOM];
};

static unsigned draw(struct speech *speech, unsigned below)
{
    return world_draw(speech->client->world, below);
}

static bool chance(struct speech *speech, unsigned one_in)
{
    return world_chance(speech->client->world, one_in);
}

/* --- words --- */

static void add_bytes(struct speech *speech, struct bytes word)
{
    char *at = speech->room + speech->used;

    assert(speech->count < WORDS_MAX && speech->used + word.len <= ROOM);
    if (word.len > 0)
        memcpy(at, word.at, word.len);
    speech->used += word.len;
    speech->words[speech->count++] = bytes_new(at, word.len);
}

static void add(struct speech *speech, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct speech *speech, const char *format, ...)
{
    char text[128];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    add_bytes(speech, bytes_of(text));
}

static void add_key(struct speech *speech, unsigned key)
{
    char name[MODEL_NAME];

    model_name(&speech->client->model, key, name);
    add_bytes(speech, bytes_of(name));
}

static size_t value_length(struct speech *speech)
{
    if (chance(speech, 400))
        return draw(speech, LARGE_MAX);
    return chance(speech, 8) ? draw(speech, 300) : draw(speech, 20);
}

/* Every value is another one; some are numbers, some hold anything. */
static struct bytes add_value(struct speech *speech)
{
    char *at = speech->room + speech->used;
    size_t len = value_length(speech);
    size_t i;

    if (chance(speech, 4)) {
        add(speech, "%u", draw(speech, 1000));
        return speech->words[speech->count - 1];
    }
    add(speech, "v%u.", ++speech->client->world->nonces);
    i = speech->words[speech->count - 1].len;
    for (; i < len; i++)
        at[i] = (char)(i * 7 + speech->client->world->nonces);
    if (len > speech->words[speech->count - 1].len) {
        speech->used += len - speech->words[speech->count - 1].len;
        speech->words[speech->count - 1].len = len;
    }
    return speech->words[speech->count - 1];
}

/* --- saying --- */

static bool can_be_inline(const struct speech *speech)
{
    unsigned i;
    size_t j;

    if (speech->used > 2000)
        return false;
    for (i = 0; i < speech->count; i++) {
        if (speech->words[i].len == 0)
            return false;
        for (j = 0; j < speech->words[i].len; j++)
            if (speech->words[i].at[j] <= ' ' || strchr("\"'\\", speech->words[i].at[j]) != NULL ||
                speech->words[i].at[j] == 127)
                return false;
    }
    return speech->words[0].at[0] != '*';
}

static void encode_line(struct speech *speech, struct buffer *into)
{
    unsigned i;

    for (i = 0; i < speech->count; i++) {
        if (i > 0)
            buffer_add_text(into, " ");
        buffer_add(into, speech->words[i].at, speech->words[i].len);
    }
    buffer_add_text(into, chance(speech, 2) ? "\r\n" : "\n");
}

static void add_header(struct buffer *into, char mark, uint64_t number)
{
    char text[NUMBER_DIGITS + 3];
    size_t len = 1 + number_print_unsigned(text + 1, number);

    text[0] = mark;
    text[len++] = '\r';
    text[len++] = '\n';
    buffer_add(into, text, len);
}

static void encode_array(struct speech *speech, struct buffer *into)
{
    unsigned i;

    add_header(into, '*', speech->count);
    for (i = 0; i < speech->count; i++) {
        add_header(into, '$', speech->words[i].len);
        buffer_add(into, speech->words[i].at, speech->words[i].len);
        buffer_add_text(into, "\r\n");
    }
}

static void encode(struct speech *speech)
{
    struct client *client = speech->client;

    if (can_be_inline(speech) && chance(speech, 8))
        encode_line(speech, &client->outgoing);
    else
        encode_array(speech, &client->outgoing);
    world_trace(client->world, "client %u: asks %.*s %.*s ... (%u words)", client->identity,
                (int)speech->words[0].len, speech->words[0].at,
                speech->count > 1 ? (int)(speech->words[1].len % 60) : 0,
                speech->count > 1 ? speech->words[1].at : "", speech->count);
    speech->count = 0;
    speech->used = 0;
}

static struct expect *say(struct speech *speech, enum expect_kind kind)
{
    struct expect *expect = client_expect(speech->client, kind);

    snprintf(expect->what, sizeof(expect->what), "%.*s %.*s",
             speech->words[0].len < 12 ? (int)speech->words[0].len : 12, speech->words[0].at,
             speech->count > 1 && speech->words[1].len < 10 ? (int)speech->words[1].len : 0,
             speech->count > 1 ? speech->words[1].at : "");
    encode(speech);
    return expect;
}

/* --- exact answers --- */

static void say_exactly(struct speech *speech, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say_exactly(struct speech *speech, const char *format, ...)
{
    struct expect *expect = say(speech, EXPECT_EXACTLY);
    char text[256];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    buffer_add_text(&expect->bytes, text);
    buffer_add_text(&expect->bytes, "\r\n");
}

static void say_int(struct speech *speech, int64_t value)
{
    say_exactly(speech, ":%lld", (long long)value);
}

static void add_bulk(struct buffer *buffer, struct bytes value, unsigned protocol)
{
    char text[32];

    if (value.at == NULL) {
        buffer_add_text(buffer, protocol == 3 ? "_\r\n" : "$-1\r\n");
        return;
    }
    sprintf(text, "$%zu\r\n", value.len);
    buffer_add_text(buffer, text);
    buffer_add(buffer, value.at, value.len);
    buffer_add_text(buffer, "\r\n");
}

static struct expect *say_bulk(struct speech *speech, struct bytes value)
{
    struct expect *expect = say(speech, EXPECT_EXACTLY);

    add_bulk(&expect->bytes, value, expect->protocol);
    return expect;
}

static void say_between(struct speech *speech, int64_t low, int64_t high)
{
    struct expect *expect = say(speech, EXPECT_BETWEEN);

    expect->low = low;
    expect->high = high;
}

/* --- where --- */

static void go_to(struct speech *speech, unsigned database)
{
    if (speech->client->database == database)
        return;
    add(speech, "SELECT");
    add(speech, "%u", database);
    say_exactly(speech, "+OK");
    speech->client->database = database;
}

static unsigned home_of(const struct client *client)
{
    return client->own_database ? client->identity : 0;
}

/* --- one's own keys --- */

/* Adds a condition or an expiry; false: the value will not be written. */
static bool add_set_option(struct speech *speech, bool there, bool *expires)
{
    const unsigned form = draw(speech, 8);

    *expires = form == 2;
    if (form == 2) {
        add(speech, "EX");
        add(speech, FAR);
    } else if (form < 2) {
        add(speech, form == 0 ? "NX" : "XX");
        return form == 0 ? !there : there;
    }
    return true;
}

static void say_set(struct speech *speech, unsigned key)
{
    struct model *model = &speech->client->model;
    struct bytes value;
    bool expires;

    add(speech, "set");
    add_key(speech, key);
    value = add_value(speech);
    if (!add_set_option(speech, model->keys[key].at != NULL, &expires)) {
        say_bulk(speech, bytes_new(NULL, 0));
        return;
    }
    model_set(model, key, value);
    model->keys[key].expires = expires;
    say_exactly(speech, "+OK");
}

static void say_get(struct speech *speech, unsigned key)
{
    add(speech, "GET");
    add_key(speech, key);
    say_bulk(speech, model_value(&speech->client->model, key));
}

static void say_strlen(struct speech *speech, unsigned key)
{
    add(speech, "strlen");
    add_key(speech, key);
    say_int(speech, (int64_t)speech->client->model.keys[key].len);
}

static void say_incr(struct speech *speech, unsigned key)
{
    const int64_t by = chance(speech, 2) ? 1 : (int64_t)draw(speech, 100) - 50;
    int64_t sum;

    add(speech, "incrby");
    add_key(speech, key);
    add(speech, "%lld", (long long)by);
    if (model_add(&speech->client->model, key, by, &sum))
        say_int(speech, sum);
    else
        say_exactly(speech, "-ERR value is not an integer or out of range");
}

static void say_append(struct speech *speech, unsigned key)
{
    add(speech, "Append");
    add_key(speech, key);
    model_append(&speech->client->model, key, add_value(speech));
    say_int(speech, (int64_t)speech->client->model.keys[key].len);
}

static void say_getdel(struct speech *speech, unsigned key)
{
    add(speech, "getdel");
    add_key(speech, key);
    say_bulk(speech, model_value(&speech->client->model, key));
    model_remove(&speech->client->model, key);
}

static void say_setnx(struct speech *speech, unsigned key)
{
    struct model *model = &speech->client->model;
    const bool there = model->keys[key].at != NULL;
    struct bytes value;

    add(speech, "setnx");
    add_key(speech, key);
    value = add_value(speech);
    if (!there)
        model_set(model, key, value);
    say_int(speech, !there);
}

static void say_getset(struct speech *speech, unsigned key)
{
    struct model *model = &speech->client->model;
    struct buffer before = {0};
    struct expect *expect;
    struct bytes value;

    add(speech, "getset");
    add_key(speech, key);
    value = add_value(speech);
    add_bulk(&before, model_value(model, key), speech->client->protocol);
    model_set(model, key, value);
    expect = say(speech, EXPECT_EXACTLY);
    expect->bytes = before;
}

static void say_expire(struct speech *speech, unsigned key)
{
    struct model_key *it = &speech->client->model.keys[key];

    add(speech, "expire");
    add_key(speech, key);
    add(speech, FAR);
    say_int(speech, it->at != NULL);
    it->expires = it->at != NULL;
}

static void say_persist(struct speech *speech, unsigned key)
{
    struct model_key *it = &speech->client->model.keys[key];

    add(speech, "persist");
    add_key(speech, key);
    say_int(speech, it->expires);
    it->expires = false;
}

static void say_ttl(struct speech *speech, unsigned key)
{
    const struct model_key *it = &speech->client->model.keys[key];

    add(speech, "ttl");
    add_key(speech, key);
    if (it->expires)
        say_between(speech, 90000, 100000);
    else
        say_int(speech, it->at != NULL ? -1 : -2);
}

static void say_type(struct speech *speech, unsigned key)
{
    add(speech, "type");
    add_key(speech, key);
    say_exactly(speech, "+%s", speech->client->model.keys[key].at != NULL ? "string" : "none");
}

/* --- several of one's own --- */

static void say_mset(struct speech *speech, unsigned key)
{
    unsigned count = 1 + draw(speech, SEVERAL_MAX);

    add(speech, "mset");
    for (; count > 0; count--, key = draw(speech, MODEL_KEYS)) {
        add_key(speech, key);
        model_set(&speech->client->model, key, add_value(speech));
    }
    say_exactly(speech, "+OK");
}

static void say_mget(struct speech *speech, unsigned key)
{
    unsigned count = 1 + draw(speech, SEVERAL_MAX);
    struct buffer elements = {0};
    struct expect *expect;
    char text[16];

    sprintf(text, "*%u\r\n", count);
    buffer_add_text(&elements, text);
    add(speech, "mget");
    for (; count > 0; count--, key = draw(speech, MODEL_KEYS)) {
        add_key(speech, key);
        add_bulk(&elements, model_value(&speech->client->model, key), speech->client->protocol);
    }
    expect = say(speech, EXPECT_EXACTLY);
    expect->bytes = elements;
}

static void say_msetnx(struct speech *speech, unsigned key)
{
    struct model *model = &speech->client->model;
    unsigned count = 1 + draw(speech, 3);
    unsigned keys[3];
    struct bytes values[3];
    bool there = false;
    unsigned i;

    add(speech, "msetnx");
    for (i = 0; i < count; i++, key = draw(speech, MODEL_KEYS)) {
        keys[i] = key;
        there |= model->keys[key].at != NULL;
        add_key(speech, key);
        values[i] = add_value(speech);
    }
    for (i = 0; i < count && !there; i++)
        model_set(model, keys[i], values[i]);
    say_int(speech, !there);
}

/* The value of one key becomes that of another one, with its expiry. */
static void take_over(struct model *model, unsigned from, unsigned to)
{
    model_set(model, to, model_value(model, from));
    model->keys[to].expires = model->keys[from].expires;
}

static void say_rename(struct speech *speech, unsigned key)
{
    struct model *model = &speech->client->model;
    const unsigned to = draw(speech, MODEL_KEYS);
    const bool only_new = chance(speech, 3);
    const bool is_free = to != key && model->keys[to].at == NULL;

    add(speech, only_new ? "renamenx" : "rename");
    add_key(speech, key);
    add_key(speech, to);
    if (model->keys[key].at == NULL) {
        say_exactly(speech, "-ERR no such key");
        return;
    }
    if (to != key && (is_free || !only_new)) {
        take_over(model, key, to);
        model_remove(model, key);
    }
    if (only_new)
        say_int(speech, is_free);
    else
        say_exactly(speech, "+OK");
}

static void say_copy(struct speech *speech, unsigned key)
{
    struct model *model = &speech->client->model;
    const unsigned to = draw(speech, MODEL_KEYS);
    const bool replace = chance(speech, 2);
    const bool copied = model->keys[key].at != NULL && (replace || model->keys[to].at == NULL);

    add(speech, "copy");
    add_key(speech, key);
    add_key(speech, to);
    if (replace)
        add(speech, "replace");
    if (to == key) {
        say_exactly(speech, "-ERR source and destination objects are the same");
        return;
    }
    if (copied)
        take_over(model, key, to);
    say_int(speech, copied);
}

static void say_del(struct speech *speech, unsigned key)
{
    struct model *model = &speech->client->model;
    unsigned count = 1 + draw(speech, SEVERAL_MAX);
    int64_t gone = 0;

    add(speech, chance(speech, 2) ? "del" : "unlink");
    for (; count > 0; count--, key = draw(speech, MODEL_KEYS)) {
        add_key(speech, key);
        gone += model->keys[key].at != NULL;
        model_remove(model, key);
    }
    say_int(speech, gone);
}

static void say_exists(struct speech *speech, unsigned key)
{
    unsigned count = 1 + draw(speech, SEVERAL_MAX);
    int64_t there = 0;

    add(speech, chance(speech, 2) ? "exists" : "touch");
    for (; count > 0; count--, key = draw(speech, MODEL_KEYS)) {
        add_key(speech, key);
        there += speech->client->model.keys[key].at != NULL;
    }
    say_int(speech, there);
}

static void say_own(struct speech *speech)
{
    static void (*const all[])(struct speech *, unsigned) = {
        say_set,    say_set,  say_set,    say_get,    say_get,    say_get,     say_get,
        say_strlen, say_incr, say_incr,   say_append, say_getdel, say_mset,    say_mset,
        say_mget,   say_mget, say_setnx,  say_getset, say_expire, say_persist, say_ttl,
        say_type,   say_del,  say_exists, say_msetnx, say_rename, say_rename,  say_copy,
    };

    go_to(speech, home_of(speech->client));
    all[draw(speech, sizeof(all) / sizeof(all[0]))](speech, draw(speech, MODEL_KEYS));
}

static void say_several_of_own(struct speech *speech)
{
    static void (*const all[])(struct speech *, unsigned) = {
        say_mset, say_mset, say_mset, say_msetnx, say_rename, say_copy,
    };

    go_to(speech, home_of(speech->client));
    all[draw(speech, sizeof(all) / sizeof(all[0]))](speech, draw(speech, MODEL_KEYS));
}

/* --- a database of one's own --- */

static void say_scan(struct speech *speech)
{
    struct client *client = speech->client;

    if (client->cursor[0] == '\0') {
        if (client->outstanding > 0)
            return;
        strcpy(client->cursor, "0");
        client->scanned = 0;
    }
    add(speech, "SCAN");
    add(speech, "%s", client->cursor);
    if (chance(speech, 2)) {
        add(speech, "COUNT");
        add(speech, "%u", 1 + draw(speech, 20));
    }
    say(speech, EXPECT_SCAN)->mask = model_mask(&client->model);
}

static void say_whole_database(struct speech *speech)
{
    struct client *client = speech->client;
    const unsigned form = draw(speech, 8);

    go_to(speech, home_of(client));
    if (form == 0) {
        add(speech, "flushdb");
        model_clear(&client->model);
        say_exactly(speech, "+OK");
    } else if (form <= 2) {
        add(speech, "keys");
        add(speech, "*");
        say(speech, EXPECT_KEYS)->mask = model_mask(&client->model);
    } else if (form == 3) {
        add(speech, "randomkey");
        say(speech, EXPECT_A_KEY)->mask = model_mask(&client->model);
    } else if (form == 4) {
        say_scan(speech);
    } else {
        add(speech, "dbsize");
        say_int(speech, model_count(&client->model));
    }
}

/* --- what is shared --- */

static void say_count(struct speech *speech)
{
    const unsigned which = draw(speech, SHARED_COUNTERS);
    struct shared_counter *counter = &speech->client->world->shared.counters[which];
    struct expect *expect;

    if (counter->asked + 1 >= SHARED_COUNT_MAX)
        return;
    counter->asked++;
    add(speech, "INCR");
    add(speech, "counter%u", which);
    expect = say(speech, EXPECT_COUNTED);
    expect->which = which;
    expect->low = counter->highest;
}

/* Group 0 lives on one shard, the others anywhere. */
static void add_group_key(struct speech *speech, unsigned group, unsigned key)
{
    add(speech, group == 0 ? "{group}%u.%u" : "group%u.%u", group, key);
}

static void say_write_group(struct speech *speech)
{
    const unsigned which = draw(speech, SHARED_GROUPS);
    struct shared_group *group = &speech->client->world->shared.groups[which];
    struct expect *expect;
    unsigned first = draw(speech, SHARED_GROUP_KEYS);
    unsigned i;

    if (group->values == SHARED_WRITES)
        return;
    add(speech, "MSET");
    for (i = 0; i < SHARED_GROUP_KEYS; i++) {
        add_group_key(speech, which, (first + i) % SHARED_GROUP_KEYS);
        add(speech, "%u", group->values);
    }
    expect = say(speech, EXPECT_WRITTEN);
    expect->which = which;
    expect->low = group->values++;
}

static void say_read_group(struct speech *speech)
{
    const unsigned which = draw(speech, SHARED_GROUPS);
    unsigned i;

    if (!chance(speech, 4)) {
        add(speech, "GET");
        add_group_key(speech, which, draw(speech, SHARED_GROUP_KEYS));
        say(speech, EXPECT_READ)->which = which;
        return;
    }
    add(speech, "MGET");
    for (i = 0; i < SHARED_GROUP_KEYS; i++)
        add_group_key(speech, which, i);
    say(speech, EXPECT_READ_ALL)->which = which;
}

static void say_token(struct speech *speech)
{
    const unsigned which = draw(speech, SHARED_TOKENS);
    struct shared_token *token = &speech->client->world->shared.tokens[which];

    if (chance(speech, 2) && token->made + 1 < SHARED_WRITES) {
        add(speech, "SET");
        add(speech, "token%u", which);
        add(speech, "%u", ++token->made);
        say_exactly(speech, "+OK");
        return;
    }
    add(speech, "GETDEL");
    add(speech, "token%u", which);
    say(speech, EXPECT_TAKEN)->which = which;
}

static void say_lock(struct speech *speech)
{
    const unsigned which = draw(speech, SHARED_LOCKS);

    add(speech, "SETNX");
    add(speech, "lock%u", which);
    add(speech, "%u", speech->client->identity);
    say(speech, EXPECT_LOCKED)->which = which;
}

/* Written with a moment of its end, then read. */
static void say_mortal(struct speech *speech)
{
    struct world *world = speech->client->world;
    const unsigned left = draw(speech, 60);
    const int64_t until = world->now + left;
    struct expect *expect;
    char value[24];
    unsigned reads;

    sprintf(value, "mortal%u", ++speech->client->world->nonces);
    add(speech, "SET");
    add(speech, "%s", value);
    add(speech, "%s", value);
    /* A date moves with the wall clock; a time to live, which begins when it is executed, does not. */
    add(speech, world->skewed ? "PX" : "PXAT");
    add(speech, "%lld", world->skewed ? (long long)left + 1 : (long long)until);
    say_exactly(speech, "+OK");
    for (reads = draw(speech, 3); reads > 0; reads--) {
        add(speech, "GET");
        add(speech, "%s", value);
        expect = say_bulk(speech, bytes_of(value));
        expect->kind = EXPECT_UNTIL;
        expect->high = until;
        expect->late = world->skewed;
    }
}

/* Everybody writes these; only the shape of the answers is known. */
static void say_crowded(struct speech *speech)
{
    unsigned count = 1 + draw(speech, 8);
    const unsigned form = draw(speech, 4);
    const char *const names[] = {"DEL", "EXISTS", "UNLINK", "MSET"};
    unsigned i;

    add(speech, "%s", names[form]);
    for (i = 0; i < count; i++) {
        add(speech, "crowd%u", draw(speech, 12));
        if (form == 3)
            add_value(speech);
    }
    if (form == 3)
        say_exactly(speech, "+OK");
    else
        say_between(speech, 0, count);
}

static void say_shared(struct speech *speech)
{
    static void (*const all[])(struct speech *) = {
        say_count,      say_count, say_write_group, say_write_group, say_read_group, say_read_group,
        say_read_group, say_token, say_lock,        say_mortal,      say_crowded,
    };

    go_to(speech, 0);
    all[draw(speech, sizeof(all) / sizeof(all[0]))](speech);
}

/* --- what the loop answers --- */

static void say_ping(struct speech *speech)
{
    add(speech, "PiNG");
    say_exactly(speech, "+PONG");
}

static void say_echo(struct speech *speech)
{
    char value[24];

    sprintf(value, "echo%u", ++speech->client->world->nonces);
    add(speech, "echo");
    add(speech, "%s", value);
    say_bulk(speech, bytes_of(value));
}

static void say_unknown(struct speech *speech)
{
    const unsigned nonce = ++speech->client->world->nonces;

    add(speech, "nonsense%u", nonce);
    add(speech, "a");
    add(speech, "b%u", nonce);
    say_exactly(speech, "-ERR unknown command 'nonsense%u', with args beginning with: 'a' 'b%u' ",
                nonce, nonce);
}

static void say_too_few(struct speech *speech)
{
    const char *const names[] = {"get", "set", "mset", "incr", "echo", "mget", "del"};
    const char *name = names[draw(speech, 7)];

    add(speech, "%s", name);
    say_exactly(speech, "-ERR wrong number of arguments for '%s' command", name);
}

static void say_odd_mset(struct speech *speech)
{
    add(speech, "mset");
    add_key(speech, 0);
    add_key(speech, 1);
    add_key(speech, 2);
    say_exactly(speech, "-ERR wrong number of arguments for 'mset' command");
}

static void say_hello(struct speech *speech)
{
    struct client *client = speech->client;

    client->protocol = 2 + draw(speech, 2);
    add(speech, "HELLO");
    add(speech, "%u", client->protocol);
    say(speech, EXPECT_ANYTHING);
}

static void say_empty(struct speech *speech)
{
    buffer_add_text(&speech->client->outgoing, chance(speech, 2) ? "\r\n" : "*0\r\n");
}

static void say_unanswered(struct speech *speech)
{
    add(speech, "client");
    add(speech, "reply");
    add(speech, "skip");
    encode(speech);
    add(speech, "echo");
    add(speech, "nobody hears this");
    encode(speech);
}

static void say_in_the_dark(struct speech *speech)
{
    add(speech, "client");
    add(speech, "reply");
    add(speech, "off");
    encode(speech);
    if (speech->client->database == 0) {
        add(speech, "mget");
        add(speech, "crowd1");
        add(speech, "crowd2");
        add(speech, "crowd3");
        encode(speech);
    }
    add(speech, "client");
    add(speech, "reply");
    add(speech, "on");
    say_exactly(speech, "+OK");
}

static void say_list(struct speech *speech)
{
    add(speech, "client");
    add(speech, "list");
    say(speech, EXPECT_ANYTHING)->untraced = true;
}

static void say_config(struct speech *speech)
{
    add(speech, "config");
    if (chance(speech, 2)) {
        add(speech, "get");
        add(speech, "maxmemory*");
        say(speech, EXPECT_ANYTHING);
    } else if (chance(speech, 4)) {
        add(speech, "resetstat");
        say_exactly(speech, "+OK");
    } else {
        add(speech, "set");
        add(speech, "slowlog-max-len");
        add(speech, "%u", draw(speech, 1000));
        say_exactly(speech, "+OK");
    }
}

static void say_info(struct speech *speech)
{
    add(speech, "info");
    add(speech, "keyspace");
    say(speech, EXPECT_ANYTHING)->untraced = true;
}

static void say_here(struct speech *speech)
{
    static void (*const all[])(struct speech *) = {
        say_ping,       say_ping,        say_ping,    say_echo,     say_echo,  say_echo,
        say_echo,       say_unknown,     say_too_few, say_odd_mset, say_hello, say_empty,
        say_unanswered, say_in_the_dark, say_list,    say_config,   say_info,
    };

    all[draw(speech, sizeof(all) / sizeof(all[0]))](speech);
}

/* --- ends --- */

static void expect_the_end(struct client *client, struct expect *expect, const char *answer)
{
    buffer_add_text(&expect->bytes, answer);
    expect->last = true;
    client->closing = true;
}

static void say_quit(struct speech *speech)
{
    add(speech, "quit");
    expect_the_end(speech->client, say(speech, EXPECT_EXACTLY), "+OK\r\n");
}

static void say_garbage(struct speech *speech)
{
    struct expect *expect = client_expect(speech->client, EXPECT_EXACTLY);

    strcpy(expect->what, "garbage");
    buffer_add_text(&speech->client->outgoing, "*1\r\n$x\r\n");
    expect_the_end(speech->client, expect, "-ERR Protocol error: invalid bulk length\r\n");
}

static void say_kill(struct speech *speech)
{
    add(speech, "client");
    add(speech, "kill");
    add(speech, "id");
    add(speech, "%u", 1 + draw(speech, 40));
    say_between(speech, 0, 1);
}

/* --- from outside --- */

static struct speech *begin(struct client *client, struct speech *speech)
{
    speech->client = client;
    speech->count = 0;
    speech->used = 0;
    return speech;
}

void speak(struct client *client)
{
    struct speech room;
    struct speech *speech = begin(client, &room);

    if (client->cursor[0] != '\0')
        say_scan(speech);
    else if (chance(speech, 200))
        (chance(speech, 2) ? say_quit : say_garbage)(speech);
    else if (client->world->violent && chance(speech, 40))
        say_kill(speech);
    else if (client->storm && !chance(speech, 3))
        say_several_of_own(speech);
    else if (client->rush && !chance(speech, 100))
        say_own(speech);
    else if (draw(speech, 10) < 2)
        say_here(speech);
    else if (draw(speech, 10) < client->flavour)
        say_shared(speech);
    else if (client->own_database && chance(speech, 8))
        say_whole_database(speech);
    else
        say_own(speech);
}

void speak_greeting(struct client *client)
{
    struct speech room;

    if (world_chance(client->world, 2))
        say_hello(begin(client, &room));
}

/* No more questions: some say QUIT, some only stop sending. */
void speak_farewell(struct client *client)
{
    struct speech room;

    if (world_chance(client->world, 2)) {
        say_quit(begin(client, &room));
        return;
    }
    client->closing = true;
    client->half_close = true;
}

void speak_check(struct client *client)
{
    struct speech room;
    struct speech *speech = begin(client, &room);
    const unsigned turn = client->checked++;
    const unsigned groups = SHARED_GROUPS * SHARED_GROUP_KEYS;
    struct expect *expect;

    if (turn < groups) {
        add(speech, "GET");
        add_group_key(speech, turn / SHARED_GROUP_KEYS, turn % SHARED_GROUP_KEYS);
        expect = say(speech, EXPECT_FINAL);
        expect->which = turn / SHARED_GROUP_KEYS;
        expect->low = turn % SHARED_GROUP_KEYS;
    } else if (turn < groups + SHARED_COUNTERS) {
        add(speech, "GET");
        add(speech, "counter%u", turn - groups);
        say(speech, EXPECT_COUNT_IS)->which = turn - groups;
    } else {
        add(speech, "GET");
        add(speech, "lock%u", turn - groups - SHARED_COUNTERS);
        say(speech, EXPECT_LOCK_IS)->which = turn - groups - SHARED_COUNTERS;
    }
}
