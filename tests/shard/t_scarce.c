/* Without descriptors there is no inbox for a loop, but a reason. */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shard/inbox.h"
#include "tests/tap/tap.h"

int main(void)
{
    struct rlimit before, none;
    struct why why = {.text = ""};
    struct inbox *inbox;

    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    inbox = inbox_new(INBOX_EVENTFD, 3, &why);
    setrlimit(RLIMIT_NOFILE, &before);
    ok(inbox == NULL && strstr(why.text, "eventfd") != NULL, "it says why: %s", why.text);

    inbox = inbox_new(INBOX_EVENTFD, 3, &why);
    ok(inbox != NULL && inbox_fd(inbox) >= 0, "and works when there are some");
    inbox_free(inbox);
    inbox = inbox_new(INBOX_FUTEX, 3, &why);
    is_int(inbox_fd(inbox), -1, "a thread that waits for nothing else needs none");
    inbox_free(inbox);
    return tap_done();
}
