/*
 * talk - plays transcripts of conversations with a Redis server and checks every byte of the
 * answers.
 *
 *     talk --server "redis-server --port {port} --save '' --dir {dir}" FILE...
 *     talk --port 6379 FILE...
 *
 * --server starts the command (no shell; quotes work), with {port} a free port and {dir} a fresh
 * directory, and ends it with SIGTERM; --port uses a server that runs, AND EMPTIES IT.
 * --piece N sends at most N bytes per write; --cuts N cuts writes at places that N decides;
 * --behind N begins each connection with N good requests, in the same write; --beside N has N
 * other clients check their own answers all the while;
 * --rounds N plays everything N times (CROFT_TEST_SCALE percent of that), with other cuts each time;
 * --foreign skips what only croft does;
 * --only TEXT plays the sections with TEXT in their title;
 * --record prints the files with the actual replies where they say `<?`.
 *
 * A file, line by line:
 *
 *     # title          a section: an empty server, new connections, one TAP line
 *     ## remark
 *     > SET key "a b"  a request, quoted as redis-cli does ("\x00\r\n" '...'); several are a
 * pipeline
 *     >> PING\r\n      bytes as they are, with escapes
 *     < +OK            what a reply must be, to the byte; several on one line: < *2 | $one | :2
 *     <~ $*word*       what a reply must look like
 *     <?               a reply that --record is to write down
 *     << +OK\r\n       bytes as they must come, whatever they mean
 *     @2               go on with connection 2 (0 to 9; a section begins with 1)
 *     !sleep 20        wait for milliseconds
 *     !close           the server ends the connection here, and has sent nothing more
 *     !eof             end our half of the connection
 *     !drop            end the connection
 *     !reset           end it as a crash would
 *     !log TEXT        the server has logged a line with this since it was started
 *     !croft REASON    first in a section: other servers do otherwise, and why croft does so
 *     !scan MATCH a*   SCAN from 0 to 0; what it found, each key once, answers as one array
 *
 * Values:  +text  -text  :1  :5..9 (a range)  $text  $nil  *3 (its elements follow)  *nil, and of
 * RESP3 %2 ~2 >2 (elements follow)  ,1.5  (123  #t  _  =txt:text. Inside, escapes: \r \n \t \xHH
 * \\.
 * `~pattern` instead of a value is a glob over the type and the text of the value, without lengths
 * and line ends: `*`, `?`, `[a-z]`, `#` (digits), `\` before any of these. In front of a value: {as
 * NAME} keeps its text as ${NAME}; {unordered} before an aggregate: its elements in any order;
 * {pairs}: pairs in any order. Everywhere: {text*N} is N times text; ${port}, and ${address2}, our
 * end of connection 2.
 *
 * When a section ends, each open connection asks for an ECHO: nothing else may come before it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/talk/beside.h"
#include "tests/talk/play.h"
#include "tests/talk/server.h"
#include "tests/talk/text.h"
#include "tests/tap/tap.h"

static const char usage[] =
    "usage: talk (--server COMMAND | --port N) [--piece N] [--cuts N] [--behind N] [--beside N]\n"
    "            [--rounds N] [--foreign] [--only TEXT] [--record] FILE...\n";

struct options {
    const char *command;
    const char **files;
    int files_count;
    unsigned beside;
    unsigned rounds;
};

static void start(struct server *server, const char *command)
{
    struct text why = {0};

    if (!server_start(server, command, &why))
        tap_bail("%s", text_string(&why));
}

static void find_log(struct play *play, struct server *server, char *path, size_t room)
{
    snprintf(path, room, "%s/talk.log", server->dir);
    play->log = path;
}

static void note_and_clear(struct text *why)
{
    char *rest = NULL;

    text_string(why);
    for (char *line = strtok_r(why->data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        tap_note("%s", line);
    text_fini(why);
}

struct host {
    struct server server;
    const char *command;
    char log[96];
};

/* A failed section may have left any settings behind; what the server says at its end is shown. */
static bool renew(struct play *play)
{
    struct host *host = play->context;
    struct text why = {0};

    if (!server_stop(&host->server, &why))
        note_and_clear(&why);
    text_fini(&why);
    start(&host->server, host->command);
    play->port = host->server.port;
    find_log(play, &host->server, host->log, sizeof(host->log));
    return true;
}

static bool needs_value(const char *name)
{
    return strcmp(name, "--server") == 0 || strcmp(name, "--port") == 0 ||
           strcmp(name, "--piece") == 0 || strcmp(name, "--cuts") == 0 ||
           strcmp(name, "--behind") == 0 || strcmp(name, "--beside") == 0 ||
           strcmp(name, "--rounds") == 0 || strcmp(name, "--only") == 0;
}

/* By the environment's CROFT_TEST_SCALE, in percent. */
static unsigned scaled(unsigned count)
{
    const char *scale = getenv("CROFT_TEST_SCALE");
    const unsigned long result =
        scale == NULL ? count : (unsigned long)count * strtoul(scale, NULL, 10) / 100;

    return result < 1 ? 1 : (unsigned)result;
}

static void option(struct options *options, struct play *play, const char *name, const char *value)
{
    if (strcmp(name, "--server") == 0)
        options->command = value;
    else if (strcmp(name, "--port") == 0)
        play->port = atoi(value);
    else if (strcmp(name, "--piece") == 0)
        play->piece = strtoul(value, NULL, 10);
    else if (strcmp(name, "--cuts") == 0)
        play->cuts = strtoull(value, NULL, 10);
    else if (strcmp(name, "--behind") == 0)
        play->behind = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--beside") == 0)
        options->beside = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--rounds") == 0)
        options->rounds = scaled((unsigned)strtoul(value, NULL, 10));
    else
        play->only = value;
}

static bool read_options(struct options *options, struct play *play, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--record") == 0)
            play->record = true;
        else if (strcmp(argv[i], "--foreign") == 0)
            play->foreign = true;
        else if (needs_value(argv[i]) && i + 1 < argc)
            option(options, play, argv[i], argv[i + 1]), i++;
        else if (argv[i][0] == '-')
            return false;
        else
            options->files[options->files_count++] = argv[i];
    }
    return options->files_count > 0 && play->piece > 0 &&
           (options->command != NULL) != (play->port > 0);
}

static void play_files(struct play *play, const struct options *options)
{
    for (unsigned round = 0; round < options->rounds; round++) {
        for (int i = 0; i < options->files_count; i++)
            if (!play_file(play, options->files[i]))
                tap_bail("cannot go on with %s", options->files[i]);
        play->cuts += play->cuts != 0;
    }
}

static void stop(struct host *host, const struct play *play)
{
    struct text why = {0};
    bool clean = server_stop(&host->server, &why);

    if (!play->record)
        ok(clean, "the server ends with status 0 after SIGTERM");
    if (!clean)
        note_and_clear(&why);
    text_fini(&why);
}

int main(int argc, char **argv)
{
    struct host host = {0};
    struct play play = {.piece = SIZE_MAX};
    struct beside beside;
    struct options options = {.rounds = 1, .files = calloc((size_t)argc, sizeof(*options.files))};

    if (options.files == NULL || !read_options(&options, &play, argc, argv)) {
        fputs(usage, stderr);
        free(options.files);
        return 2;
    }
    if (options.command != NULL) {
        host.command = options.command;
        start(&host.server, host.command);
        play.port = host.server.port;
        find_log(&play, &host.server, host.log, sizeof(host.log));
        play.renew = renew;
        play.context = &host;
    }
    beside_start(&beside, play.port, options.beside);
    play_files(&play, &options);
    beside_stop(&beside);
    if (options.command != NULL)
        stop(&host, &play);
    free(options.files);
    return play.record ? 0 : tap_done();
}
