#include "tests/server/crowd.h"

#include <pthread.h>

#include "tests/tap/tap.h"

static void *be_client(void *argument)
{
    struct client *client = argument;

    return client->run(client) ? client : NULL;
}

bool crowd_run(const struct child *child, int count, bool (*run)(struct client *), void *shared)
{
    struct client clients[CROWD_MAX];
    pthread_t threads[CROWD_MAX];
    bool right = true;

    for (int i = 0; i < count; i++)
        clients[i] = (struct client){child, peer_open(child), i, (unsigned)i + 1, shared, run};
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, be_client, &clients[i]) != 0)
            tap_bail("cannot start a thread");
    for (int i = 0; i < count; i++) {
        void *result;

        pthread_join(threads[i], &result);
        right = right && result != NULL;
        peer_close(clients[i].peer);
    }
    return right;
}
