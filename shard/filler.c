#include "shard/filler.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cache/mapping.h"
#include "cache/panic.h"
#include "cache/region.h"

struct filler {
    pthread_t thread;
    int ends[2]; /* of the pipe: to read from, to write to */
};

/* Ends when nobody can write any more. What cannot be filled is found missing by who asked. */
static void *work(void *argument)
{
    const struct filler *filler = argument;
    struct region_piece piece;

    while (read(filler->ends[0], &piece, sizeof(piece)) == (ssize_t)sizeof(piece))
        region_fill(&piece);
    return NULL;
}

static bool can_fill(void)
{
    const size_t size = (size_t)sysconf(_SC_PAGESIZE);
    const struct region_piece piece = {mapping_new(size, PROT_READ | PROT_WRITE), size};
    const bool can = piece.at != NULL && region_fill(&piece);

    mapping_drop(piece.at, size);
    return can;
}

/* Whoever writes does not wait. */
static bool start(struct filler *filler)
{
    if (pipe2(filler->ends, O_CLOEXEC) != 0)
        return false;
    if (fcntl(filler->ends[1], F_SETFL, O_NONBLOCK) == 0 &&
        pthread_create(&filler->thread, NULL, work, filler) == 0) {
        pthread_setname_np(filler->thread, "croft-filler");
        return true;
    }
    close(filler->ends[0]);
    close(filler->ends[1]);
    return false;
}

struct filler *filler_new(void)
{
    struct filler *filler = must_calloc(1, sizeof(*filler));

    if (can_fill() && start(filler))
        return filler;
    free(filler);
    return NULL;
}

void filler_free(struct filler *filler)
{
    if (filler == NULL)
        return;
    close(filler->ends[1]);
    pthread_join(filler->thread, NULL);
    close(filler->ends[0]);
    free(filler);
}

int filler_descriptor(const struct filler *filler)
{
    return filler == NULL ? 0 : filler->ends[1];
}
