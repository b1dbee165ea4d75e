#include "tests/tap/tap.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of a text or of bytes a complaint shows, from just before the first difference. */
#define SHOWN 48
#define SHOWN_BEFORE 8

/* One program runs one plan. The lock of stdout guards these, so any thread may report. */
static unsigned checks_made;
static unsigned checks_failed;
static unsigned checks_planned;
static bool is_planned;

void tap_plan(unsigned count)
{
    flockfile(stdout);
    checks_planned = count;
    is_planned = true;
    printf("1..%u\n", count);
    fflush(stdout);
    funlockfile(stdout);
}

/* A bare '#' would begin a directive, and a line feed would begin another line. */
static void print_name(const char *name)
{
    for (; *name != '\0'; name++) {
        if (*name == '#')
            putchar('\\');
        putchar(*name == '\n' ? ' ' : *name);
    }
}

/* Prints the line of one check. The caller holds stdout's lock. */
static void report(bool passed, const char *file, int line, const char *name, va_list list)
{
    char text[512];

    vsnprintf(text, sizeof(text), name, list);
    checks_made++;
    printf("%sok %u - ", passed ? "" : "not ", checks_made);
    print_name(text);
    putchar('\n');
    fflush(stdout);
    if (passed)
        return;
    checks_failed++;
    fprintf(stderr, "# failed: %s\n#   at %s:%d\n", text, file, line);
}

bool tap_ok(bool passed, const char *file, int line, const char *name, ...)
{
    va_list list;

    flockfile(stdout);
    va_start(list, name);
    report(passed, file, line, name, list);
    va_end(list);
    funlockfile(stdout);
    return passed;
}

bool tap_is_int(int64_t got, int64_t expected, const char *file, int line, const char *name, ...)
{
    va_list list;

    flockfile(stdout);
    va_start(list, name);
    report(got == expected, file, line, name, list);
    va_end(list);
    if (got != expected)
        fprintf(stderr, "#        got: %" PRId64 "\n#   expected: %" PRId64 "\n", got, expected);
    funlockfile(stdout);
    return got == expected;
}

static void show_byte(unsigned char c)
{
    if (c == '"' || c == '\\')
        fprintf(stderr, "\\%c", c);
    else if (c == '\r')
        fputs("\\r", stderr);
    else if (c == '\n')
        fputs("\\n", stderr);
    else if (isprint(c))
        fputc(c, stderr);
    else
        fprintf(stderr, "\\x%02x", c);
}

static void show(const char *title, const unsigned char *at, size_t len, size_t from)
{
    const size_t end = len - from > SHOWN ? from + SHOWN : len;
    size_t i;

    fprintf(stderr, "# %10s: %s\"", title, from > 0 ? "..." : "");
    for (i = from; i < end; i++)
        show_byte(at[i]);
    fprintf(stderr, "\"%s (%zu bytes)\n", end < len ? "..." : "", len);
}

static size_t first_difference(const unsigned char *a, const unsigned char *b, size_t len)
{
    size_t i;

    for (i = 0; i < len && a[i] == b[i]; i++)
        ;
    return i;
}

static void show_both(const void *got, size_t got_len, const void *expected, size_t expected_len)
{
    const size_t common = got_len < expected_len ? got_len : expected_len;
    const size_t differ = first_difference(got, expected, common);
    const size_t from = differ > SHOWN_BEFORE ? differ - SHOWN_BEFORE : 0;

    show("got", got, got_len, from);
    show("expected", expected, expected_len, from);
    fprintf(stderr, "#   they differ from byte %zu on\n", differ);
}

static bool is_same(const void *a, size_t a_len, const void *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

bool tap_is_text(const char *got, const char *expected, const char *file, int line,
                 const char *name, ...)
{
    const bool comparable = got != NULL && expected != NULL;
    const bool same = comparable ? strcmp(got, expected) == 0 : got == expected;
    va_list list;

    flockfile(stdout);
    va_start(list, name);
    report(same, file, line, name, list);
    va_end(list);
    if (!same && comparable)
        show_both(got, strlen(got), expected, strlen(expected));
    else if (!same)
        fprintf(stderr, "#   %s is NULL\n", got == NULL ? "got" : "expected");
    funlockfile(stdout);
    return same;
}

bool tap_is_bytes(const void *got, size_t got_len, const void *expected, size_t expected_len,
                  const char *file, int line, const char *name, ...)
{
    const bool same = is_same(got, got_len, expected, expected_len);
    va_list list;

    flockfile(stdout);
    va_start(list, name);
    report(same, file, line, name, list);
    va_end(list);
    if (!same)
        show_both(got, got_len, expected, expected_len);
    funlockfile(stdout);
    return same;
}

void tap_skip(unsigned count, const char *why, ...)
{
    char text[512];
    va_list list;

    va_start(list, why);
    vsnprintf(text, sizeof(text), why, list);
    va_end(list);
    flockfile(stdout);
    for (; count > 0; count--)
        printf("ok %u # SKIP %s\n", ++checks_made, text);
    fflush(stdout);
    funlockfile(stdout);
}

static void print_line(const char *start, const char *text, va_list list)
{
    flockfile(stdout);
    fputs(start, stdout);
    vprintf(text, list);
    putchar('\n');
    fflush(stdout);
    funlockfile(stdout);
}

void tap_skip_all(const char *why, ...)
{
    va_list list;

    va_start(list, why);
    print_line("1..0 # SKIP ", why, list);
    va_end(list);
    exit(0);
}

void tap_note(const char *text, ...)
{
    va_list list;

    flockfile(stderr);
    va_start(list, text);
    fputs("# ", stderr);
    vfprintf(stderr, text, list);
    fputc('\n', stderr);
    va_end(list);
    funlockfile(stderr);
}

void tap_bail(const char *why, ...)
{
    va_list list;

    va_start(list, why);
    print_line("Bail out! ", why, list);
    va_end(list);
    exit(255);
}

/* A program that checked nothing has not passed. */
static bool is_plan_kept(void)
{
    return checks_made > 0 && (!is_planned || checks_planned == checks_made);
}

int tap_done(void)
{
    bool kept;

    flockfile(stdout);
    kept = is_plan_kept();
    if (!is_planned)
        printf("1..%u\n", checks_made);
    fflush(stdout);
    if (!kept)
        tap_note("planned %u checks, made %u", checks_planned, checks_made);
    if (checks_failed > 0)
        tap_note("%u of %u checks failed", checks_failed, checks_made);
    funlockfile(stdout);
    return kept && checks_failed == 0 ? 0 : 1;
}
