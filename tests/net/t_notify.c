/* What the supervisor hears, and what happens when there is none. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/notify.h"
#include "tests/tap/tap.h"

/* A supervisor's socket; `address` as NOTIFY_SOCKET would spell it. */
static int listen_at(const char *address)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const size_t len = strlen(address);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(at.sun_path, address, len);
    if (address[0] == '@')
        at.sun_path[0] = '\0';
    if (fd < 0 || bind(fd, (struct sockaddr *)&at,
                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) != 0)
        tap_bail("cannot bind %s", address);
    return fd;
}

static void hears(const char *address)
{
    const char *lines = NOTIFY_READY "\nSTATUS=Ready to accept connections";
    const int fd = listen_at(address);
    char heard[256];
    ssize_t len;
    struct why why;

    ok(notify_send(address, lines, &why), "%s takes it", address);
    len = recv(fd, heard, sizeof(heard), MSG_DONTWAIT);
    is_bytes(heard, len < 0 ? 0 : (size_t)len, lines, strlen(lines), "and hears every line");
    close(fd);
}

static void refuses(const char *address, const char *reason)
{
    struct why why = {""};

    ok(!notify_send(address, NOTIFY_STOPPING, &why), "%.20s cannot be told", address);
    ok(strstr(why.text, reason) != NULL, "and the reason says so: %.60s", why.text);
}

int main(void)
{
    char path[64], name[64], deep[300];
    struct why why;

    snprintf(path, sizeof(path), "/tmp/croft-notify-%d", (int)getpid());
    snprintf(name, sizeof(name), "@croft-notify-%d", (int)getpid());
    memset(deep, 'x', sizeof(deep));
    deep[0] = '/';
    deep[sizeof(deep) - 1] = '\0';

    ok(notify_send(NULL, NOTIFY_READY, &why), "nobody to be told is no error");
    ok(notify_send("", NOTIFY_READY, &why), "nor is an empty address");
    hears(path);
    unlink(path);
    hears(name);
    refuses(path, "No such file");
    refuses("vsock:2:1234", "is no socket address");
    refuses(deep, "is no socket address");
    return tap_done();
}
