#include "net/http/gate.h"

#include <arpa/inet.h>
#include <event2/http.h>
#include <string.h>

#include "conf/settings.h"

static bool is_address(const char *host)
{
    unsigned char address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* "[::1]:9121" and "croft.example:9121" without what is around the name. */
static bool read_host(const char *value, char *host, size_t size)
{
    const bool bracketed = value[0] == '[';
    const size_t len = strcspn(value + bracketed, bracketed ? "]" : ":");

    if (len >= size)
        return false;
    memcpy(host, value + bracketed, len);
    host[len] = '\0';
    return true;
}

/* Programs may leave it out; browsers never do. */
bool gate_knows_host(const struct settings *settings, struct evhttp_request *request)
{
    const struct settings_list *names = &settings->http_hosts;
    const char *value = evhttp_find_header(evhttp_request_get_input_headers(request), "Host");
    char host[256];
    size_t i;

    if (value == NULL)
        return true;
    if (!read_host(value, host, sizeof(host)))
        return false;
    if (is_address(host) || strcasecmp(host, "localhost") == 0)
        return true;
    for (i = 0; i < names->count; i++)
        if (strcmp(names->at[i], "*") == 0 || strcasecmp(names->at[i], host) == 0)
            return true;
    return false;
}
