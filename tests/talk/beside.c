#include "tests/talk/beside.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/talk/wire.h"
#include "tests/tap/tap.h"

enum { REST_US = 500 };

static void rest(void)
{
    nanosleep(&(struct timespec){0, REST_US * 1000L}, NULL);
}

/* Keys of this client alone; FLUSHALL may come at any moment, so a value is right or not there. */
static void ask(struct wire *wire, unsigned client, unsigned long turn)
{
    text_format(&wire->out, "*3\r\n$3\r\nSET\r\n$10\r\nbeside:%03u\r\n$12\r\n%012lu\r\n", client,
                turn);
    text_format(&wire->out, "*2\r\n$3\r\nGET\r\n$10\r\nbeside:%03u\r\n", client);
    text_format(&wire->out, "*2\r\n$4\r\nECHO\r\n$12\r\n%012lu\r\n", turn);
}

static bool comes(struct wire *wire, const char *expected, const char *or_else)
{
    size_t len = 0;
    bool right;

    if (!wire_value(wire, &len))
        return false;
    right =
        (len == strlen(expected) && memcmp(wire_front(wire), expected, len) == 0) ||
        (or_else != NULL && len == strlen(or_else) && memcmp(wire_front(wire), or_else, len) == 0);
    if (right)
        wire_take(wire, len);
    return right;
}

static bool is_answered(struct wire *wire, unsigned long turn)
{
    char bulk[32];

    snprintf(bulk, sizeof(bulk), "$12\r\n%012lu\r\n", turn);
    return comes(wire, "+OK\r\n", NULL) && comes(wire, bulk, "$-1\r\n") && comes(wire, bulk, NULL);
}

static void note_wrong(struct beside_client *client, const struct wire *wire)
{
    struct text got = {0};

    text_escape(&got, wire_front(wire), wire_left(wire));
    snprintf(client->wrong, sizeof(client->wrong), "after %lu answers came: %s%s", client->answers,
             got.len == 0 ? "nothing" : text_string(&got), wire->ended ? " and the end" : "");
    text_fini(&got);
}

static void *work(void *argument)
{
    struct beside_client *client = argument;
    struct wire wire;
    unsigned long turn;

    if (!wire_open(&wire, client->all->port)) {
        snprintf(client->wrong, sizeof(client->wrong), "cannot connect");
        atomic_store(&client->failed, true);
        return NULL;
    }
    for (turn = 0; !atomic_load(&client->all->over); turn++) {
        ask(&wire, client->number, turn);
        wire_flush(&wire, SIZE_MAX);
        if (!is_answered(&wire, turn)) {
            note_wrong(client, &wire);
            atomic_store(&client->failed, true);
            break;
        }
        client->answers += 3;
        atomic_store(&client->served, true);
        rest();
    }
    wire_close(&wire);
    return NULL;
}

/* From here on it is nobody's stranger, whatever password is set later. */
static void wait_until_served(struct beside_client *client)
{
    while (!atomic_load(&client->served) && !atomic_load(&client->failed))
        rest();
}

void beside_start(struct beside *beside, int port, unsigned count)
{
    unsigned i;

    memset(beside, 0, sizeof(*beside));
    beside->port = port;
    beside->count = count < BESIDE_MAX ? count : BESIDE_MAX;
    for (i = 0; i < beside->count; i++) {
        struct beside_client *client = &beside->clients[i];

        client->all = beside;
        client->number = i;
        if (pthread_create(&client->thread, NULL, work, client) != 0)
            tap_bail("cannot start a client");
    }
    for (i = 0; i < beside->count; i++)
        wait_until_served(&beside->clients[i]);
}

void beside_stop(struct beside *beside)
{
    unsigned long answers = 0;
    bool right = true;
    unsigned i;

    atomic_store(&beside->over, true);
    for (i = 0; i < beside->count; i++) {
        const struct beside_client *client = &beside->clients[i];

        pthread_join(client->thread, NULL);
        answers += client->answers;
        right &= client->wrong[0] == '\0' && client->answers > 0;
        if (client->wrong[0] != '\0')
            tap_note("client %u: %s", i, client->wrong);
    }
    if (beside->count > 0)
        ok(right, "%u clients beside had %lu right answers and no other", beside->count, answers);
}
