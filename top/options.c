#include "top/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "conf/version.h"

#define SHORTEST 0.1 /* seconds between two looks */
#define LONGEST 3600.0

/* clang-format off */
static const struct flag flags[] = {
    {"host",     'h', "NAME",     "where the server is (127.0.0.1)", NULL},
    {"port",     'p', "N",        "its port (6379)", NULL},
    {"socket",   's', "PATH",     "its Unix socket, instead of host and port", FLAG_FILE},
    {"pass",     'a', "PASSWORD", "its password; REDISCLI_AUTH hides it from others", NULL},
    {"user",     0,   "NAME",     "whose password that is", NULL},
    {"interval", 'i', "SECONDS",  "time between two looks, from 0.1 (1)", NULL},
    {"once",     0,   NULL,       "look twice, print what happened in between, and end", NULL},
    {"ascii",    0,   NULL,       "draw with ASCII, whatever the locale says", NULL},
    {"no-color", 0,   NULL,       "no colours; so does the environment's NO_COLOR", NULL},
    {"help",     0,   NULL,       "this", NULL},
    {"version",  'v', NULL,       "which croft-top this is", NULL},
};
/* clang-format on */

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

const struct flag *options_flag(size_t index)
{
    return index < FLAGS ? &flags[index] : NULL;
}

static bool read_port(const char *text, int *port)
{
    char *end;
    const long number = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || number < 1 || number > 65535)
        return false;
    *port = (int)number;
    return true;
}

static bool read_interval(const char *text, double *interval)
{
    char *end;
    const double number = strtod(text, &end);

    if (*text == '\0' || *end != '\0' || !(number >= SHORTEST && number <= LONGEST))
        return false;
    *interval = number;
    return true;
}

/* Who lists processes sees argv. */
static void hide(struct options *options, char *password)
{
    free(options->own_password);
    options->password = options->own_password = strdup(password);
    memset(password, '*', strlen(password));
}

static bool take(struct options *options, const char *name, char *text)
{
    if (strcmp(name, "host") == 0)
        options->host = text;
    else if (strcmp(name, "port") == 0)
        return read_port(text, &options->port);
    else if (strcmp(name, "socket") == 0)
        options->path = text;
    else if (strcmp(name, "pass") == 0)
        hide(options, text);
    else if (strcmp(name, "user") == 0)
        options->user = text;
    else if (strcmp(name, "interval") == 0)
        return read_interval(text, &options->interval);
    else if (strcmp(name, "once") == 0)
        options->once = true;
    else if (strcmp(name, "ascii") == 0)
        options->ascii = true;
    else if (strcmp(name, "no-color") == 0)
        options->no_color = true;
    else if (strcmp(name, "help") == 0)
        options->help = true;
    else
        options->version = true;
    return true;
}

/* The rows as getopt_long wants them. */
static void fill_in(struct option *longs, char *letters)
{
    size_t i;

    *letters++ = ':';
    for (i = 0; i < FLAGS; i++) {
        const bool takes = flags[i].argument != NULL;

        longs[i] = (struct option){flags[i].name, takes ? required_argument : no_argument, NULL,
                                   256 + (int)i};
        if (flags[i].letter == '\0')
            continue;
        *letters++ = flags[i].letter;
        if (takes)
            *letters++ = ':';
    }
    longs[FLAGS] = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

static const struct flag *find(int found)
{
    size_t i;

    if (found >= 256)
        return &flags[found - 256];
    for (i = 0; i < FLAGS; i++)
        if (flags[i].letter == found)
            return &flags[i];
    return NULL;
}

static bool read_all(struct options *options, int argc, char **argv, struct why *why)
{
    struct option longs[FLAGS + 1];
    char letters[2 * FLAGS + 2];
    int found;

    fill_in(longs, letters);
    optind = 0; /* glibc: from the beginning, for tests that parse twice */
    while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const struct flag *flag = find(found);

        if (flag == NULL && found == ':')
            why_set(why, "%.100s needs something after it; --help tells what", argv[optind - 1]);
        else if (flag == NULL)
            why_set(why, "there is no option %.100s; --help lists them", argv[optind - 1]);
        else if (!take(options, flag->name, optarg))
            why_set(why, "--%s cannot be '%.100s'", flag->name, optarg);
        else
            continue;
        return false;
    }
    if (optind < argc)
        why_set(why, "'%.100s' is no option; --help lists them", argv[optind]);
    return optind == argc;
}

bool options_parse(struct options *options, int argc, char **argv, struct why *why)
{
    const char *no_color = getenv("NO_COLOR");

    *options = (struct options){.host = "127.0.0.1",
                                .port = 6379,
                                .interval = 1,
                                .password = getenv("REDISCLI_AUTH"),
                                .no_color = no_color != NULL && *no_color != '\0'};
    return read_all(options, argc, argv, why);
}

void options_fini(struct options *options)
{
    free(options->own_password);
    options->password = options->own_password = NULL;
}

void options_print_help(FILE *out)
{
    size_t i;

    fprintf(out,
            "croft-top %s - shows what a croft or a Redis does, as it does it\n\n"
            "usage: croft-top [-h NAME] [-p N] [-i SECONDS] [--once]\n\n",
            CROFT_VERSION);
    for (i = 0; i < FLAGS; i++)
        flag_print(out, &flags[i], true);
    fprintf(out,
            "\nWhile it runs: q ends it, Tab chooses what bars and time lines show, p pauses,\n"
            "the arrows move through shards.\n\n"
            "    croft-top -p 6380\n"
            "    croft-top --once -i 5 >look.txt\n\n"
            "All of it: man croft-top\n");
}

const char *options_address(const struct options *options, char into[OPTIONS_ADDRESS])
{
    if (options->path != NULL)
        snprintf(into, OPTIONS_ADDRESS, "%s", options->path);
    else
        snprintf(into, OPTIONS_ADDRESS, strchr(options->host, ':') ? "[%s]:%d" : "%s:%d",
                 options->host, options->port);
    return into;
}
