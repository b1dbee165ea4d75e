#include "conf/load.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "conf/version.h"
#include "conf/words.h"

/* A file that includes itself ends here. */
#define DEEPEST 16
#define LARGEST ((size_t)16 << 20)

static const char main_file[] = "configuration file";

struct source {
    struct settings *settings;
    const char *where; /* what the errors call it */
    unsigned depth;    /* how many files include it */
};

static bool load_deep(struct settings *settings, const char *where, const char *path,
                      unsigned depth, struct why *why);

static bool read_more(int fd, char **text, size_t *len)
{
    ssize_t got;

    do {
        char *more = realloc(*text, *len + 65536);

        if (more == NULL) {
            errno = ENOMEM;
            return false;
        }
        *text = more;
        got = read(fd, *text + *len, 65535);
        if (got > 0)
            *len += (size_t)got;
        if (*len > LARGEST) {
            errno = EFBIG;
            return false;
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0;
}

static char *read_fd(int fd, size_t *len)
{
    char *text = NULL;

    *len = 0;
    if (!read_more(fd, &text, len)) {
        const int error = errno;

        free(text);
        errno = error;
        return NULL;
    }
    text[*len] = '\0';
    return text;
}

char *load_read(const char *path, size_t *len)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text;
    int error;

    if (fd < 0)
        return NULL;
    text = read_fd(fd, len);
    error = errno;
    close(fd);
    errno = error;
    return text;
}

void load_explain(struct why *why, const char *where, size_t line_number, const char *line,
                  const char *reason)
{
    why_set(why,
            "\n*** FATAL CONFIG FILE ERROR (croft %s) ***\n"
            "Reading the %.64s, at line %zu\n>>> '%.128s'\n%.200s\n",
            CROFT_VERSION, where, line_number, line, reason);
}

static bool include_matches(const struct source *source, const glob_t *matches, struct why *why)
{
    size_t i;

    for (i = 0; i < matches->gl_pathc; i++)
        if (!load_deep(source->settings, "included file", matches->gl_pathv[i], source->depth + 1,
                       why))
            return false;
    return true;
}

/* A pattern that matches nothing is no mistake; a plain name that is not there is. */
static bool include(const struct source *source, const char *path, struct why *why)
{
    glob_t matches;
    bool included = true;
    int result;

    if (strpbrk(path, "*?[") == NULL)
        return load_deep(source->settings, "included file", path, source->depth + 1, why);
    result = glob(path, 0, NULL, &matches);
    if (result == GLOB_NOSPACE)
        why_set(why, "out of memory");
    if (result != 0)
        return result != GLOB_NOSPACE;
    included = include_matches(source, &matches, why);
    globfree(&matches);
    return included;
}

static bool apply(const struct source *source, const struct words *words, struct why *why)
{
    const struct words values = {words->count - 1, words->at + 1, words->len + 1};

    return settings_set(source->settings, words->at[0], &values, why);
}

static bool is_include(const struct words *words)
{
    return words->count == 2 && strcasecmp(words->at[0], "include") == 0;
}

static bool load_words(const struct source *source, const struct words *words, size_t number,
                       const char *line, struct why *why)
{
    if (is_include(words))
        return include(source, words->at[1], why);
    if (words->count > 0 && !apply(source, words, why)) {
        const struct why reason = *why;

        load_explain(why, source->where, number, line, reason.text);
        return false;
    }
    return true;
}

/* A whole line without the blanks around it. */
static bool load_line(const struct source *source, size_t number, const char *line, struct why *why)
{
    struct words words;
    bool loaded;

    if (line[0] == '#' || line[0] == '\0')
        return true;
    if (!words_split(&words, line, strlen(line))) {
        load_explain(why, source->where, number, line,
                     errno == ENOMEM ? "out of memory" : "Unbalanced quotes in configuration line");
        return false;
    }
    loaded = load_words(source, &words, number, line, why);
    words_free(&words);
    return loaded;
}

static char *trimmed(const char *text, size_t len)
{
    static const char blanks[] = " \t\r";

    while (len > 0 && text[0] != '\0' && strchr(blanks, text[0]) != NULL) {
        text++;
        len--;
    }
    while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
        len--;
    return strndup(text, len);
}

static bool load_lines(const struct source *source, const char *text, size_t len, struct why *why)
{
    const char *const end = text + len;
    size_t number;
    bool loaded = true;

    for (number = 1; loaded && text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline == NULL ? end : newline;
        char *line = trimmed(text, (size_t)(stop - text));

        if (line == NULL)
            why_set(why, "out of memory");
        loaded = line != NULL && load_line(source, number, line, why);
        free(line);
        text = stop + 1;
    }
    return loaded;
}

bool load_text(struct settings *settings, const char *where, const char *text, size_t len,
               struct why *why)
{
    const struct source source = {settings, where, 0};

    return load_lines(&source, text, len, why);
}

static bool load_deep(struct settings *settings, const char *where, const char *path,
                      unsigned depth, struct why *why)
{
    const struct source source = {settings, where, depth};
    size_t len;
    char *text;
    bool loaded;

    if (depth > DEEPEST) {
        why_set(why, "Fatal error, config file '%.300s' is included too deeply\n", path);
        return false;
    }
    text = load_read(path, &len);
    if (text == NULL) {
        why_set(why, "Fatal error, can't open config file '%.300s': %s\n", path, strerror(errno));
        return false;
    }
    loaded = load_lines(&source, text, len, why);
    free(text);
    return loaded;
}

bool load_file(struct settings *settings, const char *path, struct why *why)
{
    return load_deep(settings, main_file, path, 0, why);
}

static bool load_main_file(struct settings *settings, const char *path, struct why *why)
{
    if (!load_file(settings, path, why))
        return false;
    free(settings->config_file);
    settings->config_file = realpath(path, NULL);
    if (settings->config_file == NULL)
        settings->config_file = strdup(path);
    if (settings->config_file == NULL)
        why_set(why, "out of memory");
    return settings->config_file != NULL;
}

static bool load_stdin(struct settings *settings, struct why *why)
{
    size_t len;
    char *text = read_fd(STDIN_FILENO, &len);
    bool loaded;

    if (text == NULL) {
        why_errno(why, "Fatal error, can't read the configuration from standard input");
        return false;
    }
    loaded = load_text(settings, "standard input", text, len, why);
    free(text);
    return loaded;
}

static bool is_dash(const char *argument)
{
    return strcmp(argument, "-") == 0;
}

static bool is_name(const char *argument)
{
    return argument[0] == '-' && argument[1] == '-';
}

static void write_word(FILE *out, const char *word)
{
    char *quoted = words_quote(word, strlen(word));

    assert(quoted != NULL); /* at the start there is memory */
    fprintf(out, " %s", quoted);
    free(quoted);
}

/* Whether "--name" stands alone, and its value is still to come. */
static bool wants_value(const char *argument)
{
    struct words words;
    bool alone;

    if (!words_split(&words, argument, strlen(argument)))
        return false;
    alone = words.count == 1;
    words_free(&words);
    return alone;
}

/* "--save" before another name, or at the end, means: save nothing. */
static bool is_bare_save(const char *argument, const char *next)
{
    return strcasecmp(argument, "--save") == 0 && (next == NULL || is_name(next));
}

/*
 * Arguments become lines: each name begins one. The word right after a name is its value even when
 * it begins with two dashes, so that any password can be given.
 */
static void write_lines(FILE *out, int count, char *const *arguments)
{
    bool value_due = false;
    int i;

    for (i = 0; i < count; i++) {
        if (!is_name(arguments[i]) || value_due) {
            write_word(out, arguments[i]);
            value_due = false;
            continue;
        }
        fprintf(out, "%s%s", i == 0 ? "" : "\n", arguments[i] + 2);
        value_due = wants_value(arguments[i]);
        if (is_bare_save(arguments[i], i + 1 < count ? arguments[i + 1] : NULL)) {
            write_word(out, "");
            value_due = false;
        }
    }
}

static bool load_options(struct settings *settings, int count, char *const *arguments,
                         struct why *why)
{
    char *text = NULL;
    size_t len;
    bool loaded;
    FILE *out = open_memstream(&text, &len);

    assert(out != NULL);
    write_lines(out, count, arguments);
    fclose(out);
    assert(text != NULL);
    loaded = load_text(settings, "command line", text, len, why);
    free(text);
    return loaded;
}

bool load_arguments(struct settings *settings, int argc, char *const *argv, struct why *why)
{
    int begin = 1;
    int end = argc;
    bool from_stdin = false;

    if (begin < end && argv[begin][0] != '-') {
        if (!load_main_file(settings, argv[begin], why))
            return false;
        begin++;
    }
    if (begin < end && is_dash(argv[begin])) {
        from_stdin = true;
        begin++;
    }
    if (begin < end && is_dash(argv[end - 1])) {
        from_stdin = true;
        end--;
    }
    if (from_stdin && !load_stdin(settings, why))
        return false;
    return load_options(settings, end - begin, argv + begin, why);
}
