#include "shard/filler.h"

#include <string.h>
#include <sys/mman.h>

#include "cache/mapping.h"
#include "cache/region.h"
#include "tests/tap/tap.h"

#define SIZE ((size_t)2 << 20)

static void what_is_asked_for_comes(struct filler *filler)
{
    char *at = mapping_new(SIZE, PROT_READ | PROT_WRITE);

    at[0] = 'x';
    ok(!region_is_there(at, SIZE), "at first the system has given nothing");
    region_ask(filler_descriptor(filler), at, SIZE);
    while (!region_is_there(at, SIZE))
        ;
    ok(at[0] == 'x' && at[SIZE - 1] == 0, "then all of it, and nothing in it has changed");
    mapping_drop(at, SIZE);
}

static void what_is_gone_does_no_harm(struct filler *filler)
{
    char *at = mapping_new(SIZE, PROT_READ | PROT_WRITE);

    mapping_drop(at, SIZE);
    region_ask(filler_descriptor(filler), at, SIZE);
    region_ask(filler_descriptor(filler), NULL, SIZE);
    what_is_asked_for_comes(filler);
}

int main(void)
{
    struct filler *filler = filler_new();

    is_int(filler_descriptor(NULL), 0, "nobody has no descriptor");
    filler_free(NULL);
    if (filler == NULL) {
        tap_skip(1, "this system cannot fill memory ahead");
        return tap_done();
    }
    what_is_asked_for_comes(filler);
    what_is_gone_does_no_harm(filler);
    filler_free(filler);
    return tap_done();
}
