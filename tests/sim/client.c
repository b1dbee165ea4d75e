#include "tests/sim/client.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/decode.h"
#include "tests/sim/world.h"

void client_init(struct client *client, struct world *world, unsigned index)
{
    *client = (struct client){.world = world, .index = index, .last = &client->first};
}

static void forget(struct client *client)
{
    while (client->first != NULL) {
        struct expect *expect = client->first;

        client->first = expect->next;
        buffer_fini(&expect->bytes);
        free(expect);
    }
    client->last = &client->first;
    client->outstanding = 0;
}

void client_fini(struct client *client)
{
    forget(client);
    model_fini(&client->model);
    model_fini(&client->before);
    buffer_fini(&client->outgoing);
    buffer_fini(&client->incoming);
}

struct expect *client_expect(struct client *client, enum expect_kind kind)
{
    struct expect *expect = must_calloc(1, sizeof(*expect));

    expect->kind = kind;
    expect->protocol = client->protocol;
    expect->asked = client->world->step;
    expect->asked_ms = client->world->now;
    *client->last = expect;
    client->last = &expect->next;
    client->outstanding++;
    return expect;
}

/* --- connecting --- */

static void become_new(struct client *client)
{
    struct world *world = client->world;

    client->identity = ++world->identities;
    client->own_database = client->identity < WORLD_DATABASES;
    client->protocol = 2;
    client->database = 0;
    client->closing = false;
    client->half_close = false;
    client->ended = false;
    client->cut = false;
    client->cursor[0] = '\0';
    client->incoming.start = client->incoming.len = 0;
    client->outgoing.start = client->outgoing.len = 0;
    model_clear(&client->model);
    client->model.prefix[0] = '\0';
    if (!client->own_database)
        snprintf(client->model.prefix, sizeof(client->model.prefix), "i%u:", client->identity);
}

static void join(struct client *client)
{
    become_new(client);
    client->wire = world_connect(client->world);
    if (client->wire == NULL)
        return;
    client->world->tally.connections++;
    if (!client->checker)
        speak_greeting(client);
}

void client_lose(struct client *client)
{
    if (client->outstanding > 0)
        client->world->shared.cut = true;
    wire_cut(client->wire);
    client->wire = NULL;
    forget(client);
}

/* --- asking --- */

static bool wants_to_join(const struct client *client)
{
    return client->wire == NULL && client->left > 0 && client->world->phase != PHASE_DRAIN &&
           client->world->phase != PHASE_END;
}

static bool wants_to_ask(const struct client *client)
{
    return !client->closing && client->outgoing.len == 0 && client->left > 0 &&
           client->outstanding < client->depth && !(client->cursor[0] && client->outstanding > 0);
}

static bool wants_to_say_goodbye(const struct client *client)
{
    return !client->closing && client->left == 0 && client->outgoing.len == 0;
}

static bool wants_to_end(const struct client *client)
{
    return client->half_close && !client->ended && client->outgoing.len == 0;
}

/* Who asks one thing at a time knows what must be so if that is refused: the same as before. */
static void remember(struct client *client)
{
    client->careful = client->world->starving && client->depth == 1;
    if (client->careful)
        model_copy(&client->before, &client->model);
}

static void ask(struct client *client)
{
    unsigned count = client->depth - client->outstanding;

    remember(client);
    if (count > client->left)
        count = client->left;
    count = 1 + world_draw(client->world, count);
    while (count-- > 0 && !client->closing && !(client->cursor[0] && client->outstanding > 0)) {
        client->left--;
        client->world->tally.commands++;
        if (client->checker)
            speak_check(client);
        else
            speak(client);
    }
}

static void put(struct client *client)
{
    const size_t room = wire_room(client->wire);
    size_t len = client->outgoing.len < room ? client->outgoing.len : room;

    if (!world_chance(client->world, 2))
        len = 1 + world_draw(client->world, (unsigned)len);
    wire_put(client->wire, bytes_new(buffer_bytes(&client->outgoing).at, len));
    buffer_use(&client->outgoing, len);
}

/* --- reading --- */

/* That there was no memory, as it is said in several ways. */
static bool is_refusal(struct bytes reply)
{
    return reply.at[0] == '-' && memmem(reply.at, reply.len, "memory", 6) != NULL;
}

/* Nothing of it was done. Who had sent more behind it does not know what that came to, and who is in
 * the midst of a walk cannot go on. */
static void take_refusal(struct client *client, const struct expect *expect)
{
    struct world *world = client->world;

    world->tally.without++;
    world->shared.cut = true;
    if (!client->careful || client->outstanding > 0 || expect->kind == EXPECT_SCAN ||
        client->closing || client->protocol != expect->protocol) {
        client_lose(client);
        return;
    }
    model_copy(&client->model, &client->before);
}

static void judge_next(struct client *client, struct bytes reply)
{
    struct expect *expect = client->first;
    const char *complaint;
    bool refused;

    if (expect == NULL)
        world_fail(client->world, "client %u: an answer that nobody asked for: %.*s",
                   client->identity, (int)reply.len, reply.at);
    world_trace(client->world, "client %u: %s -> %.*s", client->identity, expect->what,
                (int)(reply.len < 60 ? reply.len : 60), reply.at);
    if (!expect->untraced)
        world_mix(client->world, reply.at, reply.len);
    refused = client->world->starving && is_refusal(reply);
    complaint = refused ? NULL : judge(client, expect, reply);
    if (complaint != NULL)
        world_fail(client->world, "client %u: %s: %s\n#   got      %.*s\n#   expected %.*s",
                   client->identity, expect->what, complaint, (int)reply.len, reply.at,
                   (int)expect->bytes.len, expect->bytes.at);
    client->first = expect->next;
    if (client->first == NULL)
        client->last = &client->first;
    client->outstanding--;
    if (expect->last && client->first != NULL)
        world_fail(client->world, "client %u: the connection should have ended", client->identity);
    if (refused)
        take_refusal(client, expect);
    buffer_fini(&expect->bytes);
    free(expect);
}

static void get(struct client *client)
{
    const struct bytes here = wire_get(client->wire);
    size_t len = here.len;
    ssize_t reply = DECODE_MORE;

    if (!world_chance(client->world, 2))
        len = 1 + world_draw(client->world, (unsigned)len);
    buffer_add(&client->incoming, here.at, len);
    wire_got(client->wire, len);
    while (client->wire != NULL &&
           (reply = decode_reply(buffer_bytes(&client->incoming),
                                 client->first == NULL ? client->protocol
                                                       : client->first->protocol)) > 0) {
        judge_next(client, bytes_new(buffer_bytes(&client->incoming).at, (size_t)reply));
        buffer_use(&client->incoming, (size_t)reply);
    }
    if (client->wire == NULL)
        return;
    if (reply == DECODE_BROKEN)
        world_fail(client->world, "client %u: %s: malformed: %.*s", client->identity,
                   client->first == NULL ? "nothing" : client->first->what,
                   (int)client->incoming.len, buffer_bytes(&client->incoming).at);
}

/* The server may end a connection when asked to; otherwise only in worlds where that is done to it.
 */
static void on_end(struct client *client)
{
    struct world *world = client->world;

    world_trace(world, "client %u: the end, %u unanswered", client->identity, client->outstanding);
    if (client->outstanding > 0 || client->incoming.len > 0 || !client->closing) {
        if (!world_is_rough(world) && world->phase != PHASE_DRAIN)
            world_fail(world, "client %u: the connection ended with %u commands unanswered",
                       client->identity, client->outstanding);
    }
    client_lose(client);
}

bool client_can_act(const struct client *client)
{
    if (client->held > client->world->step)
        return false;
    if (client->wire == NULL)
        return wants_to_join(client);
    return wire_get(client->wire).len > 0 || wire_is_over(client->wire) || wants_to_ask(client) ||
           wants_to_say_goodbye(client) || wants_to_end(client) ||
           (client->outgoing.len > 0 && wire_room(client->wire) > 0);
}

static void say_something(struct client *client)
{
    if (client->outgoing.len > 0 && wire_room(client->wire) > 0)
        put(client);
    else if (wants_to_ask(client))
        ask(client);
    else if (wants_to_say_goodbye(client))
        speak_farewell(client);
    else if (wants_to_end(client)) {
        client->ended = true;
        wire_put_end(client->wire);
    }
}

void client_act(struct client *client)
{
    const bool can_read = client->wire != NULL && wire_get(client->wire).len > 0;

    if (client->wire == NULL)
        join(client);
    else if (can_read && world_chance(client->world, 2))
        get(client);
    else if (wire_is_over(client->wire))
        on_end(client);
    else
        say_something(client);
}

bool client_is_done(const struct client *client)
{
    return client->left == 0 && client->wire == NULL;
}
