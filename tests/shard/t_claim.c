/* Who wants to rise while its side is borrowed waits for it, and has it as soon as it is given back. */
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/clock.h"
#include "shard/inbox.h"
#include "shard/request.h"
#include "tests/tap/tap.h"

#define PATIENCE_US 5000000

static struct request request;

static struct sleeper {
    struct inbox *inbox;
    long thread;     /* its number, as the kernel has it; written once */
    unsigned passed; /* what the borrower did is seen: written while it is borrowed */
    unsigned seen;
    bool alone; /* what inbox_rise said */
} sleeper;

static void *rise(void *with)
{
    struct sleeper *self = with;

    __atomic_store_n(&self->thread, syscall(SYS_gettid), __ATOMIC_RELEASE);
    self->alone = inbox_rise(self->inbox);
    self->seen = self->passed;
    return NULL;
}

static bool waits(long thread)
{
    char path[64], state = '?';
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", thread);
    file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = '?';
    if (file != NULL)
        fclose(file);
    return state == 'S';
}

static void await_that_it_waits(void)
{
    const int64_t until = clock_mono_us() + PATIENCE_US;
    long thread;

    do {
        usleep(1000);
        thread = __atomic_load_n(&sleeper.thread, __ATOMIC_ACQUIRE);
    } while ((thread == 0 || !waits(thread)) && clock_mono_us() < until);
}

static void push_one(struct inbox *inbox)
{
    struct request *one = &request;

    if (!inbox_push(inbox, 0, &one))
        tap_bail("an inbox is full");
    inbox_publish(inbox, 0);
    inbox_fence();
}

int main(void)
{
    struct request *batch[1 + INBOX_LINKED_MAX];
    struct why why;
    pthread_t id;

    sleeper.inbox = inbox_new(INBOX_FUTEX, 1, &why);
    inbox_open(sleeper.inbox, 0, 1);
    ok(inbox_may_sleep(sleeper.inbox) && inbox_borrow(sleeper.inbox), "it sleeps and is borrowed");
    pthread_create(&id, NULL, rise, &sleeper);
    await_that_it_waits();
    ok(!inbox_borrow(sleeper.inbox), "what is claimed cannot be borrowed");
    push_one(sleeper.inbox);
    ok(!inbox_wake(sleeper.inbox), "nor woken");
    is_int(inbox_take(sleeper.inbox, batch, 1), 1, "it is the borrower's until it gives it back");
    sleeper.passed = 42;
    ok(inbox_return(sleeper.inbox, false), "and then its owner goes on");
    pthread_join(id, NULL);
    ok(!sleeper.alone, "knowing that it was woken");
    is_int(sleeper.seen, 42, "and what was done meanwhile");
    inbox_free(sleeper.inbox);
    return tap_done();
}
