#include "net/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Abstract names begin with a zero byte, which the environment spells "@". */
static socklen_t fill_address(struct sockaddr_un *into, const char *address)
{
    const size_t len = strlen(address);

    if ((address[0] != '/' && address[0] != '@') || len >= sizeof(into->sun_path))
        return 0;
    memset(into, 0, sizeof(*into));
    into->sun_family = AF_UNIX;
    memcpy(into->sun_path, address, len);
    if (address[0] == '@')
        into->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

bool notify_send(const char *address, const char *lines, struct why *why)
{
    struct sockaddr_un to;
    socklen_t to_len;
    ssize_t sent;
    int fd;

    if (address == NULL || address[0] == '\0')
        return true;
    to_len = fill_address(&to, address);
    if (to_len == 0) {
        why_set(why, "cannot notify the supervisor: \"%s\" is no socket address", address);
        return false;
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        why_errno(why, "cannot notify the supervisor");
        return false;
    }
    sent = sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (struct sockaddr *)&to, to_len);
    if (sent < 0)
        why_errno(why, "cannot notify the supervisor at %s", address);
    close(fd);
    return sent >= 0;
}
