#include "conf/rewrite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"
#include "conf/option.h"

/* What is to be done about an option. */
enum task {
    KEEP,  /* the file says it already */
    WRITE, /* its next line is replaced, or it is added at the end */
    DROP,  /* it has been written; further lines go */
};

struct rewrite {
    const struct settings *settings;
    enum task *tasks; /* one for each row */
    FILE *out;
    bool lacks_memory;        /* for something: what was written is of no use */
    const char *last_include; /* lines before it could be overruled by it */
};

static size_t rows(void)
{
    size_t count = 0;

    while (option_at(count) != NULL)
        count++;
    return count;
}

static size_t row_of(const struct option *option)
{
    return (size_t)(option - option_at(0));
}

static bool is_kept_in_files(const struct option *option)
{
    return option->kind == KIND_OPTION || option->kind == KIND_KNOWN;
}

static bool differs(struct rewrite *rewrite, const struct settings *told, const char *name)
{
    char *left = settings_value(rewrite->settings, name);
    char *right = settings_value(told, name);
    const bool known = left != NULL && right != NULL;
    const bool different = known && strcmp(left, right) != 0;

    rewrite->lacks_memory |= !known;

    free(left);
    free(right);
    return different;
}

/* Compares with what a restart would read. */
static void plan(struct rewrite *rewrite, const struct settings *told)
{
    const struct option *option;
    size_t i;

    for (i = 0; (option = option_at(i)) != NULL; i++)
        rewrite->tasks[i] =
            is_kept_in_files(option) && differs(rewrite, told, option->name) ? WRITE : KEEP;
}

static bool has_many_words(const struct option *option)
{
    return option->type == TYPE_LIST || option->type == TYPE_LIMITS;
}

static void write_option(struct rewrite *rewrite, const struct option *option)
{
    char *value = settings_value(rewrite->settings, option->name);
    char *quoted = value == NULL ? NULL : words_quote(value, strlen(value));

    if (quoted == NULL)
        rewrite->lacks_memory = true;
    else
        fprintf(rewrite->out, "%s %s\n", option->name,
                has_many_words(option) && value[0] != '\0' ? value : quoted);
    free(value);
    free(quoted);
}

/* The first word of a line as an option; NULL for comments and all else. */
static const struct option *option_on(struct rewrite *rewrite, const char *line, size_t len,
                                      bool *is_include)
{
    const struct option *option = NULL;
    struct words words;

    *is_include = false;
    while (len > 0 && strchr(" \t\r", line[0]) != NULL && line[0] != '\0') {
        line++;
        len--;
    }
    if (len == 0 || line[0] == '#')
        return NULL;
    if (!words_split(&words, line, len)) {
        rewrite->lacks_memory |= errno == ENOMEM;
        return NULL;
    }
    if (words.count > 0) {
        option = option_find(words.at[0]);
        *is_include = strcasecmp(words.at[0], "include") == 0;
    }
    words_free(&words);
    return option;
}

static void copy_line(struct rewrite *rewrite, const char *line, size_t len)
{
    const struct option *option;
    bool is_include;
    enum task *task;

    option = option_on(rewrite, line, len, &is_include);
    task = option == NULL ? NULL : &rewrite->tasks[row_of(option)];
    if (task == NULL || *task == KEEP) {
        fwrite(line, 1, len, rewrite->out);
        fputc('\n', rewrite->out);
    } else if (*task == WRITE && line > rewrite->last_include) {
        write_option(rewrite, option);
        *task = DROP;
    }
}

static size_t line_length(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));

    return newline == NULL ? (size_t)(end - line) : (size_t)(newline - line);
}

static const char *find_last_include(struct rewrite *rewrite, const char *text, const char *end)
{
    const char *last = NULL;
    bool is_include;

    while (text < end) {
        const size_t len = line_length(text, end);

        option_on(rewrite, text, len, &is_include);
        if (is_include)
            last = text;
        text += len + 1;
    }
    return last;
}

static void copy_lines(struct rewrite *rewrite, const char *text, const char *end)
{
    while (text < end) {
        const size_t len = line_length(text, end);

        copy_line(rewrite, text, len);
        text += len + 1;
    }
}

static void append_rest(struct rewrite *rewrite)
{
    static const char heading[] = "# Added by CONFIG REWRITE";
    const struct option *option;
    bool first = true;
    size_t i;

    for (i = 0; (option = option_at(i)) != NULL; i++) {
        if (rewrite->tasks[i] != WRITE)
            continue;
        if (first)
            fprintf(rewrite->out, "\n%s\n", heading);
        first = false;
        write_option(rewrite, option);
    }
}

static bool has_failed(const struct rewrite *rewrite)
{
    return rewrite->lacks_memory || ferror(rewrite->out);
}

/* The new text of the file; `told` is what the old text says. NULL: no memory. */
static char *compose(const struct settings *settings, const struct settings *told, const char *text,
                     size_t len, size_t *new_len)
{
    struct rewrite rewrite = {.settings = settings};
    char *composed = NULL;
    bool failed;

    rewrite.last_include = find_last_include(&rewrite, text, text + len);

    rewrite.tasks = calloc(rows(), sizeof(*rewrite.tasks));
    rewrite.out = open_memstream(&composed, new_len);
    failed = rewrite.tasks == NULL || rewrite.out == NULL;
    if (!failed) {
        plan(&rewrite, told);
        copy_lines(&rewrite, text, text + len);
        append_rest(&rewrite);
        failed = has_failed(&rewrite);
    }
    failed |= rewrite.out != NULL && fclose(rewrite.out) != 0;
    free(rewrite.tasks);
    if (!failed)
        return composed;
    free(composed);
    return NULL;
}

static bool write_whole(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t written = write(fd, text, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        len -= (size_t)written;
    }
    return true;
}

/* So that the new name survives a power cut. Some file systems cannot; the rename stands all the
 * same. */
static void flush_directory(const char *path)
{
    char *copy = strdup(path);
    int fd;

    if (copy == NULL)
        return;
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(copy);
}

static mode_t mode_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? status.st_mode & 07777 : 0644;
}

static bool fill(int fd, mode_t mode, const char *text, size_t len)
{
    return write_whole(fd, text, len) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
}

static bool replace(const char *path, const char *text, size_t len, struct why *why)
{
    char *temporary = NULL;
    bool replaced;
    int fd;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
        why_set(why, "Rewriting config file: out of memory");
        return false;
    }
    fd = mkostemp(temporary, O_CLOEXEC);
    replaced = fd >= 0 && fill(fd, mode_of(path), text, len) && rename(temporary, path) == 0;
    if (!replaced)
        why_errno(why, "Rewriting config file");
    if (!replaced && fd >= 0)
        unlink(temporary);
    if (fd >= 0)
        close(fd);
    if (replaced)
        flush_directory(path);
    free(temporary);
    return replaced;
}

/* What the file says now; a file that has gone says nothing. */
static struct settings *read_told(const char *path, char **text, size_t *len, struct why *why)
{
    struct settings *told = settings_new();
    struct why ignored;

    *len = 0;
    *text = NULL;
    if (told == NULL) {
        why_set(why, "Rewriting config file: out of memory");
        return NULL;
    }
    *text = load_read(path, len);
    if (*text == NULL && errno == ENOENT)
        return told;
    if (*text == NULL)
        why_errno(why, "Rewriting config file");
    else if (load_file(told, path, &ignored))
        return told;
    else
        why_set(why, "Rewriting config file: the file as it is now cannot be loaded");
    free(*text);
    settings_free(told);
    return NULL;
}

bool rewrite_file(const struct settings *settings, struct why *why)
{
    struct settings *told;
    char *old_text;
    char *new_text;
    size_t old_len;
    size_t new_len;
    bool rewritten;

    if (settings->config_file == NULL) {
        why_set(why, "The server is running without a config file");
        return false;
    }
    told = read_told(settings->config_file, &old_text, &old_len, why);
    if (told == NULL)
        return false;
    new_text = compose(settings, told, old_text == NULL ? "" : old_text, old_len, &new_len);
    if (new_text == NULL)
        why_set(why, "Rewriting config file: out of memory");
    rewritten = new_text != NULL && replace(settings->config_file, new_text, new_len, why);
    free(new_text);
    free(old_text);
    settings_free(told);
    return rewritten;
}
