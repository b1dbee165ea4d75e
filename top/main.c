/*
 * main - croft-top: what a server does, in a terminal.
 */
#include <stdio.h>

#include "conf/version.h"
#include "top/watch.h"

static int fail(const char *what, const struct why *why)
{
    fprintf(stderr, "croft-top: %s%s\n", what, why->text);
    return 1;
}

static int watch(const struct options *options)
{
    struct watch *watch = watch_new(options);
    char address[OPTIONS_ADDRESS], what[OPTIONS_ADDRESS + 2];
    struct why why = {""};
    bool good;

    if (watch == NULL)
        return fail("", &(struct why){"no memory to begin"});
    good = options->once ? watch_once(watch, &why) : watch_live(watch, &why);
    watch_free(watch);
    if (good)
        return 0;
    snprintf(what, sizeof(what), "%s: ", options_address(options, address));
    return fail(what, why.text[0] != '\0' ? &why : &(struct why){"ended before there was a look"});
}

static int act(const struct options *options)
{
    if (options->help)
        options_print_help(stdout);
    else if (options->version)
        printf("croft-top %s\n", CROFT_VERSION);
    else
        return watch(options);
    return 0;
}

int main(int argc, char **argv)
{
    struct options options;
    struct why why = {""};
    int status;

    status = options_parse(&options, argc, argv, &why) ? act(&options) : fail("", &why);
    options_fini(&options);
    return status;
}
