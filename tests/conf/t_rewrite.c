#include "conf/rewrite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"
#include "tests/tap/tap.h"

static char folder[] = "/tmp/t_rewrite.XXXXXX";
static char path[64];
static char other[64];

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    if (file == NULL)
        tap_bail("cannot write %s", name);
    fputs(text, file);
    fclose(file);
}

/* A server that was started with this file. */
static struct settings *started_with(const char *text)
{
    struct settings *settings = settings_new();
    char *argv[] = {"croft", path};
    struct why why;

    write_file(path, text);
    if (!load_arguments(settings, 2, argv, &why))
        tap_bail("%s", why.text);
    return settings;
}

static void set(struct settings *settings, const char *name, const char *value)
{
    struct why why;

    if (!settings_set_text(settings, name, value, &why))
        tap_bail("%s", why.text);
}

/* Rewrites, compares, and sees that a restart would find the same settings. */
static void becomes(struct settings *settings, const char *expected, const char *what)
{
    struct settings *again = settings_new();
    struct why why = {""};
    const char *name;
    char *text;
    size_t len;
    size_t i;

    ok(rewrite_file(settings, &why), "%s: the file is rewritten %s", what, why.text);
    text = load_read(path, &len);
    is_bytes(text, len, expected, strlen(expected), "%s: as expected", what);
    ok(load_file(again, path, &why), "%s: it loads", what);
    for (i = 0; (name = settings_name(i)) != NULL; i++) {
        char *got = settings_value(again, name);
        char *wanted = settings_value(settings, name);

        if (strcmp(got, wanted) != 0)
            is_text(got, wanted, "%s: %s is the same after a restart", what, name);
        free(got);
        free(wanted);
    }
    free(text);
    settings_free(again);
    settings_free(settings);
}

static void nothing_changed(void)
{
    static const char text[] = "# a comment\n\n  PORT   7000 \nmaxmemory 1gb\nsave \"\"\n"
                               "client-output-buffer-limit normal 0 0 0\n"
                               "client-output-buffer-limit pubsub 1mb 1mb 9\n";

    becomes(started_with(text), text, "unchanged");
}

static void lines_are_replaced(void)
{
    struct settings *settings =
        started_with("# one\nhz 20\n# two\nTimeOut 1\nhz 30\n# three\nslave-priority 7\n");

    set(settings, "hz", "40");
    set(settings, "replica-priority", "8");
    becomes(settings, "# one\nhz 40\n# two\nTimeOut 1\n# three\nreplica-priority 8\n", "replaced");
}

static void back_to_the_default(void)
{
    struct settings *settings = started_with("hz 20\n");

    set(settings, "hz", "10");
    becomes(settings, "hz 10\n", "default");
}

static void the_rest_is_added(void)
{
    struct settings *settings = started_with("# only a comment");

    set(settings, "requirepass", "a \"b\"\n");
    set(settings, "bind", "");
    set(settings, "maxmemory", "1mb");
    set(settings, "maxmemory-clients", "7%");
    set(settings, "notify-keyspace-events", "KEA");
    set(settings, "client-output-buffer-limit", "normal 1 2 3");
    becomes(settings,
            "# only a comment\n\n# Added by CONFIG REWRITE\nbind \"\"\n"
            "requirepass \"a \\\"b\\\"\\n\"\nmaxmemory 1048576\nmaxmemory-clients 7%\n"
            "client-output-buffer-limit normal 1 2 3 slave 268435456 67108864 60 pubsub 33554432 "
            "8388608 60\nnotify-keyspace-events AKE\n",
            "added");
}

static void includes_do_not_win(void)
{
    char text[256];
    char expected[512];
    struct settings *settings;

    write_file(other, "hz 5\ntimeout 5\n");
    snprintf(text, sizeof(text), "hz 20\ninclude %s\ntimeout 6\n", other);
    settings = started_with(text);
    set(settings, "hz", "20");
    set(settings, "timeout", "7");
    snprintf(expected, sizeof(expected),
             "include %s\ntimeout 7\n\n# Added by CONFIG REWRITE\nhz 20\n", other);
    becomes(settings, expected, "include");
    unlink(other);
}

static void mode_is_kept(void)
{
    struct settings *settings = started_with("hz 20\n");
    struct stat status;

    chmod(path, 0600);
    set(settings, "hz", "30");
    becomes(settings, "hz 30\n", "mode");
    ok(stat(path, &status) == 0, "the file is there");
    is_int(status.st_mode & 0777, 0600, "the file is as private as before");
}

static void a_link_stays_a_link(void)
{
    struct settings *settings = settings_new();
    char *argv[] = {"croft", other};
    struct stat status;
    struct why why;

    write_file(path, "hz 20\n");
    ok(symlink(path, other) == 0, "there is a link");
    ok(load_arguments(settings, 2, argv, &why), "the file is read through the link");
    set(settings, "hz", "30");
    becomes(settings, "hz 30\n", "link");
    ok(lstat(other, &status) == 0 && S_ISLNK(status.st_mode), "the link is still one");
    unlink(other);
}

static void a_lost_file_comes_back(void)
{
    struct settings *settings = started_with("hz 20\n");

    unlink(path);
    becomes(settings, "\n# Added by CONFIG REWRITE\nhz 20\n", "lost");
}

static void failures(void)
{
    struct settings *settings = settings_new();
    struct why why;

    ok(!rewrite_file(settings, &why), "without a file nothing is rewritten");
    is_text(why.text, "The server is running without a config file", "as Redis says");
    settings_free(settings);

    settings = started_with("hz 20\n");
    free(settings->config_file);
    settings->config_file = strdup("/nonexistent/x.conf");
    ok(!rewrite_file(settings, &why), "a folder that has gone fails");
    is_text(why.text, "Rewriting config file: No such file or directory", "as Redis says");
    settings_free(settings);

    settings = started_with("hz 20\n");
    write_file(path, "nonsense\n");
    ok(!rewrite_file(settings, &why), "a file that became nonsense is left alone");
    settings_free(settings);
}

/* Whoever has the old file open goes on reading it: the new one took its name as a whole. */
static void the_old_file_is_not_touched(void)
{
    struct settings *settings = started_with("hz 20\n# the old one\n");
    FILE *old = fopen(path, "r");
    char text[64] = "";

    set(settings, "hz", "30");
    becomes(settings, "hz 30\n# the old one\n", "whole");
    is_int((long)fread(text, 1, sizeof(text) - 1, old), 20, "the old file is as long as it was");
    is_text(text, "hz 20\n# the old one\n", "and says what it said");
    fclose(old);
}

/* As when the disk is full in the middle. */
static void half_a_file_never_counts(void)
{
    struct settings *settings = started_with("hz 20\n# a line that is longer than the limit\n");
    const struct rlimit little = {10, RLIM_INFINITY}, enough = {RLIM_INFINITY, RLIM_INFINITY};
    struct why why;
    size_t len;
    char *text;

    set(settings, "hz", "30");
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &little);
    ok(!rewrite_file(settings, &why), "a file that cannot be written to its end fails");
    setrlimit(RLIMIT_FSIZE, &enough);
    is_text(why.text, "Rewriting config file: File too large", "and tells why");
    text = load_read(path, &len);
    is_bytes(text, len, "hz 20\n# a line that is longer than the limit\n", 45, "the old one stays");
    free(text);
    settings_free(settings);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        tap_bail("cannot make %s", folder);
    snprintf(path, sizeof(path), "%s/croft.conf", folder);
    snprintf(other, sizeof(other), "%s/other.conf", folder);
    nothing_changed();
    lines_are_replaced();
    back_to_the_default();
    the_rest_is_added();
    includes_do_not_win();
    mode_is_kept();
    a_link_stays_a_link();
    a_lost_file_comes_back();
    the_old_file_is_not_touched();
    half_a_file_never_counts();
    failures();
    unlink(path);
    ok(rmdir(folder) == 0, "no temporary file is left behind");
    return tap_done();
}
