#include "conf/sample.h"

#include <string.h>

#include "conf/option.h"

#define WIDTH 78

struct line {
    const char *title; /* of a section, or NULL */
    const char *text;  /* its introduction, or the name of an option */
};

static const struct line outline[] = {
/* clang-format off */
#define SECTION(title, introduction) {title, introduction},
#define OPTION(type, field, name, standard, low, high, when, help) {NULL, name},
#include "conf/options.def"
    /* clang-format on */
};

/* Prints words so that no line is longer than WIDTH; each line begins with `margin`. */
struct wrap {
    FILE *out;
    const char *margin;
    size_t column;
};

static void wrap_word(struct wrap *wrap, const char *word, size_t len)
{
    if (wrap->column + 1 + len > WIDTH || wrap->column == 0) {
        fprintf(wrap->out, "%s%s", wrap->column == 0 ? "" : "\n", wrap->margin);
        wrap->column = strlen(wrap->margin);
    } else {
        fputc(' ', wrap->out);
        wrap->column++;
    }
    fwrite(word, 1, len, wrap->out);
    wrap->column += len;
}

static void wrap_text(struct wrap *wrap, const char *text)
{
    while (*text != '\0') {
        const size_t len = strcspn(text, " ");

        wrap_word(wrap, text, len);
        text += len;
        text += strspn(text, " ");
    }
}

static void wrap_end(struct wrap *wrap)
{
    if (wrap->column > 0)
        fputc('\n', wrap->out);
    wrap->column = 0;
}

static void print_comment(FILE *out, const char *text)
{
    struct wrap wrap = {out, "# ", 0};

    wrap_text(&wrap, text);
    wrap_end(&wrap);
}

static void print_words(FILE *out, const struct option *option)
{
    struct wrap wrap = {out, "# ", 0};
    const struct option_word *word;
    size_t i;

    wrap_text(&wrap, "One of:");
    for (i = 0; (word = option_word(option, i)) != NULL; i++)
        wrap_word(&wrap, word->text, strlen(word->text));
    wrap_end(&wrap);
}

static void print_option(FILE *out, const struct option *option)
{
    const char *value = option->standard[0] == '\0' ? "\"\"" : option->standard;

    fputc('\n', out);
    print_comment(out, option->help);
    if (option->type == TYPE_ENUM)
        print_words(out, option);
    fprintf(out, "%s %s\n", option->name, value);
}

static void print_section(FILE *out, const struct line *line)
{
    fprintf(out, "\n# ---- %s ", line->title);
    for (size_t i = strlen(line->title) + 8; i < WIDTH; i++)
        fputc('-', out);
    fputc('\n', out);
    print_comment(out, line->text);
}

static void print_names(FILE *out, enum option_kind kind)
{
    struct wrap wrap = {out, "#   ", 0};
    const struct option *option;
    size_t i;

    for (i = 0; (option = option_at(i)) != NULL; i++)
        if (option->kind == kind)
            wrap_word(&wrap, option->name, strlen(option->name));
    wrap_end(&wrap);
}

static void print_head(FILE *out)
{
    print_comment(out, "Configuration of croft. Every value below is the default.");
    fputs("#\n", out);
    print_comment(out,
                  "Start with: croft /path/to/croft.conf, or give the same names on the command "
                  "line: croft --port 7000 --maxmemory 1gb. The last one given wins.");
    fputs("#\n", out);
    print_comment(out, "Sizes take units: 1k is 1000 bytes, 1kb is 1024; so do m and mb, g and gb. "
                       "Values with blanks go in quotes. `include path` reads another file here; "
                       "the path may be a pattern.");
}

static void print_tail(FILE *out)
{
    print_section(out, &(struct line){"Names from redis.conf", "Read and remembered, so that a "
                                                               "redis.conf can be used as it is, "
                                                               "but without effect here:"});
    print_names(out, KIND_KNOWN);
    fputs("#\n", out);
    print_comment(out, "Accepted only with the value that asks for nothing, since the server keeps "
                       "nothing on disk and does not replicate:");
    print_names(out, KIND_REFUSED);
}

void sample_print(FILE *out)
{
    size_t i;

    print_head(out);
    for (i = 0; i < sizeof(outline) / sizeof(outline[0]); i++)
        if (outline[i].title != NULL)
            print_section(out, &outline[i]);
        else
            print_option(out, option_find(outline[i].text));
    print_tail(out);
}

/* How the value is written, in one word. */
static const char *shape(const struct option *option)
{
    switch (option->type) {
    case TYPE_COUNT:
        return "N|auto";
    case TYPE_SIZE:
        return "SIZE";
    case TYPE_SHARE:
        return "SIZE|N%";
    case TYPE_BOOL:
        return "yes|no";
    case TYPE_ENUM:
        return "WORD";
    case TYPE_TEXT:
        return "TEXT";
    case TYPE_LIST:
        return "WORDS";
    default:
        return "N";
    }
}

static void print_help_line(FILE *out, const struct option *option)
{
    struct wrap wrap = {out, "                           ", 0};
    const int used = fprintf(out, "  --%s %s", option->name, shape(option));

    wrap.column = strlen(wrap.margin) - 1;
    fprintf(out, "%*s", (int)wrap.column - used, "");
    wrap_text(&wrap, option->help);
    wrap_end(&wrap);
}

void sample_print_help(FILE *out)
{
    const struct option *option;
    size_t i;

    fputs("Settings, on the command line or without the dashes in a file:\n", out);
    for (i = 0; (option = option_at(i)) != NULL; i++)
        if ((option->when & SHOWN) != 0)
            print_help_line(out, option);
    fputs("\nAll of them with their defaults: croft --print-config\n", out);
}
