#include "conf/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/sample.h"
#include "tests/tap/tap.h"

#define DEBIAN "/etc/redis/redis.conf"

static char folder[] = "/tmp/t_load.XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    if (file == NULL)
        tap_bail("cannot write %s", path);
    fputs(text, file);
    fclose(file);
}

static void remove_files(void)
{
    static const char *const names[] = {"main.conf", "a.inc", "b.inc", "loop.conf", "input"};
    char path[128];
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* Loads the arguments, of which the list ends with NULL. */
static bool load(struct settings *settings, char *const *arguments, struct why *why)
{
    char *argv[16] = {"croft"};
    int argc = 1;

    why->text[0] = '\0';
    for (; *arguments != NULL; arguments++)
        argv[argc++] = *arguments;
    return load_arguments(settings, argc, argv, why);
}

static void gives(const char *name, const char *expected, char *const *arguments)
{
    struct settings *settings = settings_new();
    struct why why;
    char *value;

    ok(load(settings, arguments, &why), "%s ... loads %s", arguments[0], why.text);
    value = settings_value(settings, name);
    is_text(value, expected, "and %s is '%s'", name, expected);
    free(value);
    settings_free(settings);
}

static void fails(const char *part, char *const *arguments)
{
    struct settings *settings = settings_new();
    struct why why;

    ok(!load(settings, arguments, &why), "%s ... fails", arguments[0]);
    ok(strstr(why.text, part) != NULL, "and says '%s' in '%s'", part, why.text);
    settings_free(settings);
}

#define WITH(...) ((char *[]){__VA_ARGS__, NULL})

static void command_lines(void)
{
    gives("port", "6380", WITH("--port", "6380"));
    gives("port", "6380", WITH("--port 6380"));
    gives("port", "2", WITH("--port", "1", "--PORT", "2"));
    gives("bind", "127.0.0.1 ::1", WITH("--bind", "127.0.0.1", "::1", "--port", "1"));
    gives("bind", "127.0.0.1 ::1", WITH("--bind", "127.0.0.1 ::1"));
    gives("requirepass", "--x", WITH("--requirepass", "--x"));
    gives("requirepass", "a b\"\n", WITH("--requirepass", "a b\"\n"));
    gives("requirepass", "", WITH("--requirepass", ""));
    gives("hz", "7", WITH("--save", "", "--hz", "7"));
    gives("hz", "7", WITH("--save", "--hz", "7"));
    gives("hz", "7", WITH("--hz", "7", "--save"));
    gives("replicaof", "", WITH("--slaveof", "no", "one"));
    gives("maxmemory", "104857600",
          WITH("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"));
}

static void wrong_command_lines(void)
{
    fails(") ***\nReading the command line, at line 2\n>>> 'maxmemory 1q'\n"
          "argument must be a memory value\n",
          WITH("--port", "1", "--maxmemory", "1q"));
    fails(">>> 'hz --port 4'\nwrong number of arguments\n", WITH("--hz", "--port", "4"));
    fails(">>> 'hz'\nwrong number of arguments\n", WITH("--hz"));
    fails("Bad directive or wrong number of arguments\n", WITH("--nonsense", "1"));
    fails("Bad directive or wrong number of arguments\n", WITH("-x"));
    fails("croft keeps nothing on disk", WITH("--appendonly", "yes"));
    fails("Fatal error, can't open config file '/nonexistent': No such file or directory",
          WITH("/nonexistent"));
    fails("Is a directory", WITH("/tmp"));
}

static void is_wrong(const char *text, const char *error)
{
    struct settings *settings = settings_new();
    struct why why = {""};
    const char *header;

    ok(!load_text(settings, "configuration file", text, strlen(text), &why), "'%s' is wrong", text);
    ok(strncmp(why.text, "\n*** FATAL CONFIG FILE ERROR (croft ", 36) == 0, "the header is there");
    header = strchr(why.text + 1, '\n');
    is_text(header == NULL ? why.text : header + 1, error, "and the rest");
    settings_free(settings);
}

static void wrong_lines(void)
{
    is_wrong("maxmemory 1q", "Reading the configuration file, at line 1\n>>> 'maxmemory 1q'\n"
                             "argument must be a memory value\n");
    is_wrong("# x\n\n  hz \"1 \r\n", "Reading the configuration file, at line 3\n>>> 'hz \"1'\n"
                                     "Unbalanced quotes in configuration line\n");
    is_wrong("hz 1\nnosuch 1\n", "Reading the configuration file, at line 2\n>>> 'nosuch 1'\n"
                                 "Bad directive or wrong number of arguments\n");
    is_wrong("include\n", "Reading the configuration file, at line 1\n>>> 'include'\n"
                          "Bad directive or wrong number of arguments\n");
    is_wrong("\"\" 5\n", "Reading the configuration file, at line 1\n>>> '\"\" 5'\n"
                         "Bad directive or wrong number of arguments\n");
}

static void long_lines(void)
{
    const size_t len = 1 << 20;
    struct settings *settings = settings_new();
    char *text = malloc(len);
    struct why why;

    memset(text, 'x', len);
    ok(!load_text(settings, "configuration file", text, len, &why), "a line of 1 MiB is refused");
    ok(strstr(why.text, "Bad directive") != NULL, "and the reason still fits");
    free(text);
    settings_free(settings);
}

static void files(void)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/main.conf", folder);
    write_file("main.conf", "# comment\nPORT 7000\n\trequirepass  \"a b\"\t\r\nhz 20");
    gives("port", "7000", WITH(path));
    gives("requirepass", "a b", WITH(path));
    gives("hz", "20", WITH(path));
    gives("hz", "30", WITH(path, "--hz", "30"));
}

static void remembered_path(void)
{
    struct settings *settings = settings_new();
    char expected[64];
    char path[64];
    struct why why;

    snprintf(path, sizeof(path), "%s/../%s/main.conf", folder, folder + 5);
    snprintf(expected, sizeof(expected), "%s/main.conf", folder);
    ok(load(settings, WITH(path), &why), "a file with a crooked path loads");
    is_text(settings->config_file, expected, "and its straight path is remembered");
    settings_free(settings);
}

static void includes(void)
{
    char text[256];
    char path[64];

    snprintf(path, sizeof(path), "%s/main.conf", folder);
    snprintf(text, sizeof(text), "hz 1\ninclude %s/*.inc\ntimeout 1\ninclude %s/*.none\n", folder,
             folder);
    write_file("main.conf", text);
    write_file("a.inc", "hz 2\ntimeout 2\n");
    write_file("b.inc", "hz 3\n");
    gives("hz", "3", WITH(path));
    gives("timeout", "1", WITH(path));
    write_file("b.inc", "hz 3\nhz x\n");
    fails("Reading the included file, at line 2\n>>> 'hz x'\n", WITH(path));
    snprintf(text, sizeof(text), "include %s/missing\n", folder);
    write_file("main.conf", text);
    fails("can't open config file", WITH(path));
}

static void endless_include(void)
{
    char text[256];
    char path[64];

    snprintf(path, sizeof(path), "%s/loop.conf", folder);
    snprintf(text, sizeof(text), "include %s\n", path);
    write_file("loop.conf", text);
    fails("is included too deeply", WITH(path));
}

static void from_stdin(const char *text)
{
    char path[64];

    write_file("input", text);
    snprintf(path, sizeof(path), "%s/input", folder);
    if (freopen(path, "r", stdin) == NULL)
        tap_bail("cannot read %s", path);
}

static void standard_input(void)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/main.conf", folder);
    write_file("main.conf", "hz 1\ntimeout 1\n");
    from_stdin("hz 2\n");
    gives("hz", "2", WITH("-"));
    from_stdin("hz 2\n");
    gives("hz", "2", WITH(path, "-"));
    from_stdin("hz 2\ntimeout 2\n");
    gives("timeout", "3", WITH("--timeout", "3", "-"));
    from_stdin("hz 2\n");
    gives("hz", "3", WITH(path, "-", "--hz", "3"));
    from_stdin("hz x\n");
    fails("Reading the standard input, at line 1\n>>> 'hz x'\n", WITH("-"));
}

static void debian(void)
{
    struct settings *settings = settings_new();
    struct why why;
    size_t index = 0;

    if (access(DEBIAN, R_OK) != 0) {
        tap_skip(4, "no readable %s", DEBIAN);
        settings_free(settings);
        return;
    }
    ok(load(settings,
            WITH(DEBIAN, "--port", "7777", "--dir", "/tmp", "--logfile", "", "--daemonize", "no",
                 "--save", ""),
            &why),
       "Debian's redis.conf loads %s", why.text);
    is_int(settings->port, 7777, "the command line wins over it");
    is_text(settings->pidfile, "/run/redis/redis-server.pid", "and what it says counts");
    ok(settings_next_ignored(settings, &index) == NULL, "it asks for nothing that is ignored");
    settings_free(settings);
}

static void is_default(const struct settings *settings, const struct settings *standard)
{
    const char *name;
    size_t i;

    for (i = 0; (name = settings_name(i)) != NULL; i++) {
        char *got = settings_value(settings, name);
        char *expected = settings_value(standard, name);

        if (strcmp(got, expected) != 0)
            is_text(got, expected, "%s in the sample is the default", name);
        free(got);
        free(expected);
    }
}

static void sample(void)
{
    struct settings *settings = settings_new();
    struct settings *standard = settings_new();
    struct why why = {""};
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    sample_print(out);
    fclose(out);
    ok(load_text(settings, "sample", text, len, &why), "the sample loads %s", why.text);
    is_default(settings, standard);
    free(text);
    settings_free(settings);
    settings_free(standard);
}

static void help(void)
{
    char *text = NULL;
    size_t lines = 0;
    size_t len;
    size_t i;
    FILE *out = open_memstream(&text, &len);

    sample_print_help(out);
    fclose(out);
    for (i = 0; i < len; i++)
        lines += text[i] == '\n';
    ok(lines <= 20, "the help takes %zu lines and leaves room on a screen", lines);
    ok(strstr(text, "--maxmemory SIZE") != NULL, "and it names maxmemory");
    free(text);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        tap_bail("cannot make %s", folder);
    command_lines();
    wrong_command_lines();
    wrong_lines();
    long_lines();
    files();
    remembered_path();
    includes();
    endless_include();
    standard_input();
    debian();
    sample();
    help();
    remove_files();
    return tap_done();
}
