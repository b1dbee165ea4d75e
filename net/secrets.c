#include "net/secrets.h"

/* HELLO protocol [AUTH username password] [SETNAME name] */
static bool is_in_hello(const struct args *args, uint32_t index)
{
    uint32_t i;

    for (i = 2; i < index; i++)
        if (args_say(args, i, "auth"))
            return index - i <= 2;
    return false;
}

static bool is_sensitive(const struct args *args, uint32_t name)
{
    return args_say(args, name, "requirepass") || args_say(args, name, "masterauth") ||
           args_say(args, name, "masteruser") || args_say(args, name, "tls-key-file-pass") ||
           args_say(args, name, "tls-client-key-file-pass");
}

bool secrets_hide(const struct command *command, const struct args *args, uint32_t index)
{
    const struct bytes name = bytes_of(command->name);

    if (bytes_equal(name, bytes_of("auth")))
        return index > 0;
    if (bytes_equal(name, bytes_of("hello")))
        return is_in_hello(args, index);
    if (bytes_equal(name, bytes_of("config|set")))
        return index > 2 && index % 2 == 1 && is_sensitive(args, index - 1);
    return false;
}
