#include "tests/talk/expect.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/talk/frame.h"
#include "tests/tap/tap.h"

enum kind { EXACT, GLOB, RANGE };

struct expect_item {
    enum kind kind;
    int number;         /* its line in the file */
    struct text source; /* as written */
    struct text bytes;  /* exact: the value or the header of an aggregate; glob: the pattern */
    long low, high;     /* a range of integers, both included */
    struct text name;   /* where to keep what came, empty for nowhere */
    size_t unit;        /* values that stay together while their order is free; 0: order matters */
};

struct matching {
    const struct expect *expect;
    expect_keep keep;
    void *context;
};

void expect_fini(struct expect *expect)
{
    for (size_t i = 0; i < expect->count; i++) {
        text_fini(&expect->items[i].source);
        text_fini(&expect->items[i].bytes);
        text_fini(&expect->items[i].name);
    }
    free(expect->items);
    *expect = (struct expect){0};
}

static struct expect_item *next_item(struct expect *expect, int number)
{
    expect->items = realloc(expect->items, (expect->count + 1) * sizeof(*expect->items));
    if (expect->items == NULL)
        tap_bail("no memory for expectations");
    expect->items[expect->count] = (struct expect_item){.number = number};
    return &expect->items[expect->count++];
}

static bool starts_with(const char *at, const char *end, const char *prefix)
{
    size_t len = strlen(prefix);

    return (size_t)(end - at) >= len && memcmp(at, prefix, len) == 0;
}

static bool same(const char *at, const char *end, const char *word)
{
    return (size_t)(end - at) == strlen(word) && starts_with(at, end, word);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && *at == ' ')
        at++;
    return at;
}

/* Reads "{unordered}", "{pairs}" and "{as NAME}" in front of a value. */
static const char *read_marks(struct expect_item *item, const char *at, const char *end)
{
    const char *close = at < end && *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;

    if (close == NULL)
        return at;
    if (same(at, close, "{unordered"))
        item->unit = 1;
    else if (same(at, close, "{pairs"))
        item->unit = 2;
    else if (starts_with(at, close, "{as "))
        text_add(&item->name, at + 4, (size_t)(close - at - 4));
    else
        return NULL;
    return read_marks(item, skip_blanks(close + 1, end), end);
}

static bool read_range(struct expect_item *item, const char *at, const char *end)
{
    const char *dots = memmem(at, (size_t)(end - at), "..", 2);

    if (dots == NULL)
        return false;
    item->kind = RANGE;
    item->low = strtol(at, NULL, 10);
    item->high = strtol(dots + 2, NULL, 10);
    return true;
}

static void read_bulk(struct expect_item *item, char type, const char *at, const char *end)
{
    struct text body = {0};

    text_unescape(&body, at, (size_t)(end - at));
    text_format(&item->bytes, "%c%zu\r\n", type, body.len);
    text_add(&item->bytes, body.data, body.len);
    text_add(&item->bytes, "\r\n", 2);
    text_fini(&body);
}

static void read_exact(struct expect_item *item, const char *at, const char *end)
{
    if (same(at, end, "$nil") || same(at, end, "*nil")) {
        text_format(&item->bytes, "%c-1\r\n", *at);
    } else if (*at == '$' || *at == '=' || *at == '!') {
        read_bulk(item, *at, at + 1, end);
    } else {
        text_unescape(&item->bytes, at, (size_t)(end - at));
        text_add(&item->bytes, "\r\n", 2);
    }
}

static bool is_glob(const char *at, const char *end)
{
    return end - at > 1 && at[0] == '~' && !isdigit((unsigned char)at[1]);
}

static bool read_value(struct expect_item *item, const char *at, const char *end, bool as_glob)
{
    if (at == NULL || at == end)
        return false;
    if (as_glob || is_glob(at, end)) {
        item->kind = GLOB;
        at += as_glob ? 0 : 1;
        text_add(&item->bytes, at, (size_t)(end - at));
    } else if (*at != ':' || !read_range(item, at + 1, end)) {
        read_exact(item, at, end);
    }
    return true;
}

static bool read_item(struct expect *expect, const char *at, const char *end, int number,
                      bool as_glob, struct text *why)
{
    struct expect_item *item = next_item(expect, number);

    text_add(&item->source, at, (size_t)(end - at));
    if (read_value(item, read_marks(item, at, end), end, as_glob))
        return true;
    text_format(why, "cannot understand the expectation");
    return false;
}

bool expect_line(struct expect *expect, const char *line, size_t len, int number, bool as_glob,
                 struct text *why)
{
    const char *end = line + len;
    const char *at = skip_blanks(line, end);

    for (;;) {
        const char *bar = as_glob ? NULL : memmem(at, (size_t)(end - at), " | ", 3);

        if (!read_item(expect, at, bar == NULL ? end : bar, number, as_glob, why))
            return false;
        if (bar == NULL)
            return true;
        at = skip_blanks(bar + 3, end);
    }
}

static long children_of(const struct expect_item *item)
{
    return item->kind == EXACT ? frame_children(item->bytes.data, item->bytes.len) : -1;
}

size_t expect_span(const struct expect *expect, size_t first)
{
    size_t span = 1;

    if (first >= expect->count)
        return 0;
    for (long left = children_of(&expect->items[first]); left > 0; left--) {
        size_t part = expect_span(expect, first + span);

        if (part == 0)
            return 0;
        span += part;
    }
    return span;
}

int expect_number(const struct expect *expect, size_t item)
{
    return expect->items[item].number;
}

static bool in_set(const char **at, const char *end, char c)
{
    bool inside = false;

    while (*at < end && **at != ']') {
        char low = text_unescape_char(at, end);
        char high = low;

        if (end - *at > 1 && (*at)[0] == '-' && (*at)[1] != ']') {
            (*at)++;
            high = text_unescape_char(at, end);
        }
        inside = inside || (c >= low && c <= high);
    }
    *at += *at < end;
    return inside;
}

/* NEVER: nor would it match any later bytes, so that an earlier `*` need not try them. */
enum outcome { NO, YES, NEVER };

static enum outcome glob(const char *at, const char *end, const char *bytes, const char *bytes_end);

static enum outcome glob_star(const char *at, const char *end, const char *bytes,
                              const char *bytes_end)
{
    for (; bytes <= bytes_end; bytes++) {
        enum outcome outcome = glob(at, end, bytes, bytes_end);

        if (outcome != NO)
            return outcome;
    }
    return NEVER;
}

static enum outcome glob_digits(const char *at, const char *end, const char *bytes,
                                const char *bytes_end)
{
    const char *digit = bytes;

    while (digit < bytes_end && isdigit((unsigned char)*digit))
        digit++;
    return digit > bytes ? glob(at, end, digit, bytes_end) : NO;
}

static bool glob_char(const char **at, const char *end, char c)
{
    if (**at == '?')
        return (*at)++, true;
    if (**at == '[')
        return (*at)++, in_set(at, end, c);
    return text_unescape_char(at, end) == c;
}

/* `*` any bytes, `?` one byte, `[a-z]` one of a set, `#` digits, escapes as everywhere. */
static enum outcome glob(const char *at, const char *end, const char *bytes, const char *bytes_end)
{
    while (at < end) {
        if (*at == '*')
            return glob_star(at + 1, end, bytes, bytes_end);
        if (*at == '#')
            return glob_digits(at + 1, end, bytes, bytes_end);
        if (bytes == bytes_end || !glob_char(&at, end, *bytes))
            return NO;
        bytes++;
    }
    return bytes == bytes_end ? YES : NO;
}

static bool match_range(const struct expect_item *item, const char *bytes)
{
    long value = *bytes == ':' ? strtol(bytes + 1, NULL, 10) : 0;

    return *bytes == ':' && value >= item->low && value <= item->high;
}

static bool match_scalar(const struct expect_item *item, const char *bytes, size_t len,
                         const struct text *face)
{
    if (item->kind == EXACT)
        return item->bytes.len == len && memcmp(item->bytes.data, bytes, len) == 0;
    if (item->kind == RANGE)
        return match_range(item, bytes);
    return glob(item->bytes.data, item->bytes.data + item->bytes.len, face->data,
                face->data + face->len) == YES;
}

static bool match_leaf(const struct matching *matching, const struct expect_item *item,
                       const char *bytes, size_t len)
{
    struct text face = {0};
    bool matches;

    frame_face(bytes, len, &face);
    matches = match_scalar(item, bytes, len, &face);
    if (matches && item->name.len > 0) {
        struct text *kept = matching->keep(matching->context, item->name.data, item->name.len);

        text_clear(kept);
        text_add(kept, face.data + 1, face.len - 1);
    }
    text_fini(&face);
    return matches;
}

static bool match(const struct matching *matching, size_t item, const char *bytes, size_t len);

/* Matches `count` values in a row; *item and *bytes move behind them. */
static bool match_row(const struct matching *matching, size_t *item, const char **bytes,
                      const char *end, size_t count)
{
    for (; count > 0; count--) {
        long part = frame_length(*bytes, (size_t)(end - *bytes));

        assert(part > 0);
        if (!match(matching, *item, *bytes, (size_t)part))
            return false;
        *item += expect_span(matching->expect, *item);
        *bytes += part;
    }
    return true;
}

static size_t span_row(const struct expect *expect, size_t item, size_t count)
{
    size_t span = 0;

    for (; count > 0; count--)
        span += expect_span(expect, item + span);
    return span;
}

static const char *skip_row(const char *bytes, const char *end, size_t count)
{
    for (; count > 0; count--)
        bytes += frame_length(bytes, (size_t)(end - bytes));
    return bytes;
}

/* Gives each expected unit, in turn, the first unit that came and suits and is not given yet. */
static bool match_free(const struct matching *matching, size_t item, const char *bytes,
                       const char *end, size_t unit, size_t units)
{
    bool *given = calloc(units + 1, sizeof(*given));
    size_t found = 0;

    for (size_t i = 0; i < units && found == i; i++) {
        const char *at = bytes;

        for (size_t k = 0; k < units && found == i; k++) {
            const char *from = at;
            size_t try = item;

            if (!given[k] && match_row(matching, &try, &from, end, unit))
                given[k] = ++found > 0;
            at = skip_row(at, end, unit);
        }
        item += span_row(matching->expect, item, unit);
    }
    free(given);
    return found == units;
}

static bool match_aggregate(const struct matching *matching, size_t first, const char *bytes,
                            const char *end, size_t children)
{
    const struct expect_item *item = &matching->expect->items[first];
    size_t unit = *bytes == '%' ? 2 : item->unit;
    size_t header = item->bytes.len;

    if ((size_t)(end - bytes) < header || memcmp(bytes, item->bytes.data, header) != 0)
        return false;
    first++;
    bytes += header;
    if (item->unit > 0)
        return match_free(matching, first, bytes, end, unit, children / unit);
    return match_row(matching, &first, &bytes, end, children);
}

static bool match(const struct matching *matching, size_t item, const char *bytes, size_t len)
{
    const struct expect_item *expected = &matching->expect->items[item];
    long children = children_of(expected);

    if (children < 0)
        return match_leaf(matching, expected, bytes, len);
    return match_aggregate(matching, item, bytes, bytes + len, (size_t)children);
}

bool expect_match(const struct expect *expect, size_t first, const char *bytes, size_t len,
                  expect_keep keep, void *context)
{
    struct matching matching = {.expect = expect, .keep = keep, .context = context};

    return match(&matching, first, bytes, len);
}

void expect_print(const struct expect *expect, size_t first, size_t count, struct text *out)
{
    for (size_t i = first; i < first + count && i < expect->count; i++) {
        text_format(out, "< ");
        text_add(out, expect->items[i].source.data, expect->items[i].source.len);
        text_add_char(out, '\n');
    }
}
