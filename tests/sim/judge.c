#include <stdlib.h>

#include "cache/number.h"
#include "tests/sim/client.h"
#include "tests/sim/decode.h"
#include "tests/sim/world.h"

static bool is_expected(const struct expect *expect, struct bytes reply)
{
    return bytes_equal(reply, buffer_bytes(&expect->bytes));
}

static const char *judge_between(const struct expect *expect, struct bytes reply)
{
    int64_t value;

    if (!decode_int(reply, &value))
        return "not an integer";
    return value >= expect->low && value <= expect->high ? NULL : "out of what is possible";
}

/* Gone after a moment: certain only when the moment was not between asking and answering. */
static const char *judge_until(struct client *client, const struct expect *expect,
                               struct bytes reply)
{
    struct bytes text;

    if (is_expected(expect, reply))
        return expect->asked_ms > expect->high && !expect->late ? "should have expired" : NULL;
    if (!decode_text(reply, &text) || text.at != NULL)
        return "not what was written";
    return client->world->now < expect->high ? "expired too early" : NULL;
}

/* Takes elements off the array and finds each among our keys. */
static const char *find_keys(struct client *client, struct bytes elements, int64_t count,
                             unsigned protocol, uint64_t *mask)
{
    for (; count > 0; count--) {
        const ssize_t len = decode_reply(elements, protocol);
        struct bytes name;
        int key;

        if (len <= 0 || !decode_text(bytes_new(elements.at, (size_t)len), &name))
            return "not a list of keys";
        key = name.at == NULL ? -1 : model_find(&client->model, name);
        if (key < 0)
            return "a key that was never written";
        *mask |= (uint64_t)1 << key;
        elements = bytes_new(elements.at + len, elements.len - (size_t)len);
    }
    return NULL;
}

static const char *judge_keys(struct client *client, const struct expect *expect,
                              struct bytes reply)
{
    struct bytes elements;
    const char *complaint;
    uint64_t mask = 0;
    int64_t count;

    if (!decode_array(reply, &count, &elements))
        return "not an array";
    complaint = find_keys(client, elements, count, expect->protocol, &mask);
    if (complaint != NULL)
        return complaint;
    if (count != __builtin_popcountll(expect->mask))
        return "keys twice, or too few";
    return mask == expect->mask ? NULL : "not the keys that are there";
}

static const char *judge_a_key(struct client *client, const struct expect *expect,
                               struct bytes reply)
{
    struct bytes name;
    int key;

    if (!decode_text(reply, &name))
        return "not a text";
    if (name.at == NULL)
        return expect->mask == 0 ? NULL : "there are keys";
    key = model_find(&client->model, name);
    return key >= 0 && (expect->mask >> key & 1) ? NULL : "no such key";
}

/* A whole walk, while nobody writes, finds each key. */
static const char *judge_scan(struct client *client, const struct expect *expect,
                              struct bytes reply)
{
    struct bytes rest, cursor, elements;
    const char *complaint;
    int64_t count;
    ssize_t len;

    if (!decode_array(reply, &count, &rest) || count != 2)
        return "not a pair";
    len = decode_reply(rest, expect->protocol);
    if (len <= 0 || !decode_text(bytes_new(rest.at, (size_t)len), &cursor) || cursor.at == NULL ||
        cursor.len >= sizeof(client->cursor))
        return "not a cursor";
    if (!decode_array(bytes_new(rest.at + len, rest.len - (size_t)len), &count, &elements))
        return "not an array";
    complaint = find_keys(client, elements, count, expect->protocol, &client->scanned);
    if (complaint != NULL)
        return complaint;
    memcpy(client->cursor, cursor.at, cursor.len);
    client->cursor[cursor.len] = '\0';
    if (!bytes_equal(cursor, bytes_of("0")))
        return NULL;
    client->cursor[0] = '\0';
    return client->scanned == expect->mask ? NULL : "SCAN has not found all";
}

/* --- what is shared --- */

static const char *judge_counted(struct client *client, const struct expect *expect,
                                 struct bytes reply)
{
    int64_t value;

    if (!decode_int(reply, &value))
        return "not an integer";
    return shared_counted(&client->world->shared, expect->which, value, expect->low);
}

static bool read_value(struct bytes reply, int64_t *value)
{
    struct bytes text;

    *value = 0;
    return decode_text(reply, &text) && (text.at == NULL || number_parse(text, value));
}

static const char *judge_read(struct client *client, const struct expect *expect,
                              struct bytes reply)
{
    int64_t value;

    if (!read_value(reply, &value))
        return "not a value of a group";
    if (expect->kind == EXPECT_FINAL)
        client->world->shared.groups[expect->which].final[expect->low] = value;
    return shared_read(&client->world->shared, expect->which, value, expect->asked,
                       client->world->step);
}

static const char *judge_read_all(struct client *client, const struct expect *expect,
                                  struct bytes reply)
{
    struct shared_group *group = &client->world->shared.groups[expect->which];
    const char *complaint = NULL;
    struct bytes elements;
    bool torn = false;
    int64_t first = -1;
    int64_t count;

    if (!decode_array(reply, &count, &elements) || count != SHARED_GROUP_KEYS)
        return "not an array of as many as asked for";
    for (; count > 0 && complaint == NULL; count--) {
        const ssize_t len = decode_reply(elements, expect->protocol);
        int64_t value;

        if (!read_value(bytes_new(elements.at, (size_t)len), &value))
            return "not a value of a group";
        torn |= first >= 0 && value != first;
        first = value;
        complaint = shared_read(&client->world->shared, expect->which, value, expect->asked,
                                client->world->step);
        elements = bytes_new(elements.at + len, elements.len - (size_t)len);
    }
    group->mgets++;
    return torn ? "MGET saw half of an MSET" : complaint;
}

static const char *judge_written(struct client *client, const struct expect *expect,
                                 struct bytes reply)
{
    if (!bytes_equal(reply, bytes_of("+OK\r\n")))
        return "not OK";
    shared_written(&client->world->shared, expect->which, (unsigned)expect->low, expect->asked,
                   client->world->step);
    return NULL;
}

static const char *judge_locked(struct client *client, const struct expect *expect,
                                struct bytes reply)
{
    int64_t won;

    if (!decode_int(reply, &won))
        return "not an integer";
    return shared_locked(&client->world->shared, expect->which, client->identity, won);
}

static const char *judge_text(struct client *client, const struct expect *expect,
                              struct bytes reply)
{
    struct shared *shared = &client->world->shared;
    struct bytes text;

    if (!decode_text(reply, &text))
        return "not a text";
    if (expect->kind == EXPECT_TAKEN)
        return shared_took(shared, expect->which, text);
    if (expect->kind == EXPECT_LOCK_IS)
        return shared_lock_is(shared, expect->which, text);
    return shared_count_is(shared, expect->which, text);
}

const char *judge(struct client *client, const struct expect *expect, struct bytes reply)
{
    switch (expect->kind) {
    case EXPECT_EXACTLY:
        return is_expected(expect, reply) ? NULL : "not what it must be";
    case EXPECT_ANYTHING:
        return reply.at[0] != '-' ? NULL : "an error";
    case EXPECT_BETWEEN:
        return judge_between(expect, reply);
    case EXPECT_UNTIL:
        return judge_until(client, expect, reply);
    case EXPECT_KEYS:
        return judge_keys(client, expect, reply);
    case EXPECT_A_KEY:
        return judge_a_key(client, expect, reply);
    case EXPECT_SCAN:
        return judge_scan(client, expect, reply);
    case EXPECT_COUNTED:
        return judge_counted(client, expect, reply);
    case EXPECT_READ:
    case EXPECT_FINAL:
        return judge_read(client, expect, reply);
    case EXPECT_READ_ALL:
        return judge_read_all(client, expect, reply);
    case EXPECT_WRITTEN:
        return judge_written(client, expect, reply);
    case EXPECT_LOCKED:
        return judge_locked(client, expect, reply);
    case EXPECT_TAKEN:
    case EXPECT_COUNT_IS:
    case EXPECT_LOCK_IS:
        return judge_text(client, expect, reply);
    }
    return "what is that?";
}
