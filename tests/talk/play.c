#include "tests/talk/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/talk/expect.h"
#include "tests/talk/frame.h"
#include "tests/talk/text.h"
#include "tests/talk/wire.h"
#include "tests/talk/words.h"
#include "tests/tap/tap.h"

enum { MAX_WIRES = 10, MAX_VARIABLES = 32, SHOWN = 1500, MAX_SCANS = 100000, LOG_TRIES = 1000 };

struct variable {
    struct text name;
    struct text value;
};

/* One file while it is played. */
struct stage {
    struct play *play;
    const char *path;
    int number; /* of the current line */

    struct text title; /* of the section; none before the first one */
    int title_number;
    bool failed;
    bool skipped; /* it is not for this server */
    unsigned nonces;

    struct wire wires[MAX_WIRES];
    struct wire *now;
    struct expect expect;
    struct variable variables[MAX_VARIABLES];
    size_t variables_count;
    struct text scratch; /* the current line, expanded */
};

/* ---- reports ---- */

static void note_lines(const char *heading, const struct text *text)
{
    const char *at = text->data;
    const char *end = at + text->len;

    tap_note("%s", heading);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline == NULL ? end : newline) - at);

        tap_note("    %.*s", (int)(len < SHOWN ? len : SHOWN), at);
        at += len + 1;
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static void report(struct stage *stage, bool passed, int number)
{
    stage->failed = stage->failed || !passed;
    if (!stage->play->record)
        tap_ok(passed, stage->path, number, "%s: %s", base_name(stage->path),
               text_string(&stage->title));
}

static void fail(struct stage *stage, int number, const char *problem)
{
    if (stage->failed)
        return;
    report(stage, false, number);
    tap_note("%s:%d: %s", stage->path, number, problem);
}

static void show_got(struct stage *stage)
{
    struct text got = {0};

    wire_gather(stage->now);
    text_escape(&got, wire_front(stage->now), wire_left(stage->now));
    if (got.len == 0)
        text_format(&got, "(nothing)");
    if (stage->now->ended)
        text_format(&got, "\n(and the server has ended the connection)");
    note_lines("got, and what followed:", &got);
    text_fini(&got);
}

static void fail_reply(struct stage *stage, int number, const struct text *expected)
{
    if (stage->failed)
        return;
    fail(stage, number, "the reply is not as expected");
    note_lines("expected:", expected);
    show_got(stage);
}

/* ---- variables ---- */

static struct text *variable(struct stage *stage, const char *name, size_t len)
{
    for (size_t i = 0; i < stage->variables_count; i++) {
        struct text *known = &stage->variables[i].name;

        if (known->len == len && memcmp(known->data, name, len) == 0)
            return &stage->variables[i].value;
    }
    return NULL;
}

static struct text *keep(void *context, const char *name, size_t len)
{
    struct stage *stage = context;
    struct text *known = variable(stage, name, len);

    if (known != NULL)
        return known;
    if (stage->variables_count == MAX_VARIABLES)
        tap_bail("%s:%d: too many variables", stage->path, stage->number);
    text_add(&stage->variables[stage->variables_count].name, name, len);
    return &stage->variables[stage->variables_count++].value;
}

static const struct text *look_up(void *context, const char *name, size_t len)
{
    return variable(context, name, len);
}

static void set_variable(struct stage *stage, const char *name, const char *value)
{
    struct text *text = keep(stage, name, strlen(name));

    text_clear(text);
    text_format(text, "%s", value);
}

static void expand(struct stage *stage, const char *line)
{
    text_clear(&stage->scratch);
    words_expand(line, strlen(line), look_up, stage, &stage->scratch);
}

/* ---- connections ---- */

/* Good requests on keys of their own go ahead of whatever the connection sends first. */
static void go_behind(struct stage *stage)
{
    unsigned i;

    for (i = 0; i < stage->play->behind; i++)
        text_format(&stage->now->out, "*3\r\n$3\r\nSET\r\n$10\r\nahead:%04u\r\n$1\r\n1\r\n", i);
    stage->now->owed = stage->play->behind;
}

static void switch_to(struct stage *stage, size_t index)
{
    struct text address = {0};
    char name[16];

    stage->now = &stage->wires[index];
    if (stage->now->fd >= 0)
        return;
    if (!wire_open(stage->now, stage->play->port)) {
        fail(stage, stage->number, "cannot connect");
        return;
    }
    wire_address(stage->now, &address);
    if (stage->play->cuts != 0)
        stage->now->cuts =
            stage->play->cuts * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)stage->number;
    go_behind(stage);
    snprintf(name, sizeof(name), "address%zu", index);
    set_variable(stage, name, text_string(&address));
    text_fini(&address);
}

static bool empty_server(struct stage *stage)
{
    struct wire wire;
    size_t len = 0;
    bool empty;

    if (!wire_open(&wire, stage->play->port))
        return false;
    text_format(&wire.out, "FLUSHALL\r\n");
    wire_flush(&wire, wire.out.len);
    empty = wire_value(&wire, &len) && len == 5 && memcmp(wire_front(&wire), "+OK\r\n", 5) == 0;
    wire_close(&wire);
    return empty;
}

/* The answers to what went ahead. */
static void take_owed(struct stage *stage)
{
    struct wire *wire = stage->now;

    for (; wire->owed > 0 && !stage->failed; wire->owed--) {
        if (!wire_bytes(wire, 5) || memcmp(wire_front(wire), "+OK\r\n", 5) != 0) {
            fail(stage, stage->number, "a good request ahead of it was not answered well");
            show_got(stage);
            return;
        }
        wire_take(wire, 5);
    }
}

static void flush(struct stage *stage)
{
    wire_flush(stage->now, stage->play->piece);
    take_owed(stage);
}

/* ---- expectations ---- */

static void expect_reply(struct stage *stage, size_t first, size_t span)
{
    struct wire *wire = stage->now;
    struct text expected = {0};
    size_t len = 0;

    if (wire_value(wire, &len) &&
        expect_match(&stage->expect, first, wire_front(wire), len, keep, stage)) {
        wire_take(wire, len);
        return;
    }
    expect_print(&stage->expect, first, span, &expected);
    fail_reply(stage, expect_number(&stage->expect, first), &expected);
    text_fini(&expected);
}

static void expect_replies(struct stage *stage)
{
    size_t first = 0;

    flush(stage);
    while (first < stage->expect.count && !stage->failed) {
        size_t span = expect_span(&stage->expect, first);

        if (span == 0)
            fail(stage, stage->number, "the expectation lacks elements");
        else
            expect_reply(stage, first, span);
        first += span;
    }
    expect_fini(&stage->expect);
}

static void expect_raw(struct stage *stage, const char *line)
{
    struct wire *wire = stage->now;
    struct text expected = {0};

    flush(stage);
    expand(stage, line);
    text_unescape(&expected, stage->scratch.data, stage->scratch.len);
    if (!wire_bytes(wire, expected.len) ||
        memcmp(wire_front(wire), expected.data, expected.len) != 0)
        fail_reply(stage, stage->number, &stage->scratch);
    else
        wire_take(wire, expected.len);
    text_fini(&expected);
}

/* Before anything else happens, what is expected so far must have come. */
static void settle(struct stage *stage)
{
    if (stage->expect.count > 0)
        expect_replies(stage);
}

/* Where a reply is still unknown: prints it when recording. */
static void record_reply(struct stage *stage)
{
    struct text out = {0};
    size_t len = 0;

    flush(stage);
    if (!stage->play->record) {
        fail(stage, stage->number, "this reply has not been recorded");
    } else if (wire_value(stage->now, &len)) {
        frame_print(wire_front(stage->now), len, &out);
        wire_take(stage->now, len);
        fwrite(out.data, 1, out.len, stdout);
    } else {
        printf("## there was no reply\n");
    }
    text_fini(&out);
}

static void expect_more(struct stage *stage, const char *line, bool as_glob)
{
    struct text why = {0};

    expand(stage, line);
    if (!expect_line(&stage->expect, stage->scratch.data, stage->scratch.len, stage->number,
                     as_glob, &why))
        fail(stage, stage->number, text_string(&why));
    text_fini(&why);
}

/* ---- requests ---- */

static void send_words(struct stage *stage, const char *line)
{
    struct words words = {0};

    expand(stage, line);
    if (words_split(&words, stage->scratch.data, stage->scratch.len))
        words_request(&words, &stage->now->out);
    else
        fail(stage, stage->number, "a quote is not closed");
    words_fini(&words);
}

static void send_raw(struct stage *stage, const char *line)
{
    expand(stage, line);
    text_unescape(&stage->now->out, stage->scratch.data, stage->scratch.len);
}

/* ---- directives ---- */

static void expect_end(struct stage *stage)
{
    const struct text nothing = {.data = "(the server ends the connection)", .len = 32};

    flush(stage);
    if (!wire_wait_end(stage->now) || wire_left(stage->now) > 0)
        fail_reply(stage, stage->number, &nothing);
    wire_close(stage->now);
}

static void sleep_for(const char *milliseconds)
{
    long value = strtol(milliseconds, NULL, 10);

    nanosleep(&(struct timespec){value / 1000, value % 1000 * 1000000L}, NULL);
}

/* A set of replies, each kept once. */
struct bag {
    struct text *items;
    size_t count;
};

static void bag_add(struct bag *bag, const char *bytes, size_t len)
{
    for (size_t i = 0; i < bag->count; i++)
        if (bag->items[i].len == len && memcmp(bag->items[i].data, bytes, len) == 0)
            return;
    bag->items = realloc(bag->items, (bag->count + 1) * sizeof(*bag->items));
    if (bag->items == NULL)
        tap_bail("no memory for the keys of a scan");
    bag->items[bag->count] = (struct text){0};
    text_add(&bag->items[bag->count++], bytes, len);
}

static void bag_reply(struct bag *bag, struct text *out)
{
    text_format(out, "*%zu\r\n", bag->count);
    for (size_t i = 0; i < bag->count; i++) {
        text_add(out, bag->items[i].data, bag->items[i].len);
        text_fini(&bag->items[i]);
    }
    free(bag->items);
}

/* Takes apart one reply of SCAN; false when it is none. */
static bool scan_reply(struct bag *bag, struct text *cursor, const char *bytes, size_t len)
{
    long at = frame_header(bytes, len);
    long part = frame_length(bytes + at, len - (size_t)at);
    long keys;

    if (frame_children(bytes, len) != 2)
        return false;
    text_clear(cursor);
    frame_face(bytes + at, (size_t)part, cursor);
    at += part;
    keys = frame_children(bytes + at, len - (size_t)at);
    at += frame_header(bytes + at, len - (size_t)at);
    for (; keys > 0; keys--, at += part) {
        part = frame_length(bytes + at, len - (size_t)at);
        bag_add(bag, bytes + at, (size_t)part);
    }
    return keys == 0 && cursor->len > 1 && cursor->data[0] == '$';
}

static bool scan_step(struct stage *stage, struct bag *bag, struct text *cursor, const char *args)
{
    struct text line = {0};
    size_t len = 0;
    bool fine;

    text_format(&line, "SCAN %s %s", text_string(cursor) + 1, args);
    send_words(stage, text_string(&line));
    text_fini(&line);
    flush(stage);
    fine = wire_value(stage->now, &len) && scan_reply(bag, cursor, wire_front(stage->now), len);
    if (fine)
        wire_take(stage->now, len);
    return fine;
}

/* Scans from the beginning to the end; what was found is then there as one array. */
static void scan(struct stage *stage, const char *args)
{
    struct bag bag = {0};
    struct text cursor = {0};
    struct text all = {0};
    bool fine = true;

    text_format(&cursor, "$0");
    for (int i = 0; fine && (i == 0 || strcmp(text_string(&cursor), "$0") != 0); i++)
        fine = i < MAX_SCANS && scan_step(stage, &bag, &cursor, args);
    bag_reply(&bag, &all);
    if (fine)
        text_add(&stage->now->in, all.data, all.len);
    else
        fail_reply(stage, stage->number, &cursor);
    text_fini(&all);
    text_fini(&cursor);
}

/* What is for croft only is told apart by its reason. */
static void skip_elsewhere(struct stage *stage, const char *reason)
{
    if (!stage->play->foreign)
        return;
    stage->skipped = true;
    if (!stage->play->record)
        tap_skip(1, "%s: %s: %s", base_name(stage->path), text_string(&stage->title), reason);
}

/* ---- the log ---- */

/* Has a line with `text` been written? What many may cause is logged now and then, so not always
 * by this section. */
static bool log_has(const struct stage *stage, const char *text)
{
    FILE *file = fopen(stage->play->log, "r");
    char *line = NULL;
    size_t room = 0;
    bool has = false;

    if (file == NULL)
        tap_bail("cannot read the log %s", stage->play->log);
    while (!has && getline(&line, &room, file) > 0)
        has = strstr(line, text) != NULL;
    free(line);
    fclose(file);
    return has;
}

static void expect_logged(struct stage *stage, const char *text)
{
    if (stage->play->log == NULL)
        return;
    for (int i = 0; i < LOG_TRIES; i++) {
        if (log_has(stage, text))
            return;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    fail(stage, stage->number, "this was not logged");
}

static bool starts(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

static void direct(struct stage *stage, const char *line)
{
    flush(stage);
    if (starts(line, "!sleep "))
        sleep_for(line + 7);
    else if (starts(line, "!scan"))
        scan(stage, line + 5);
    else if (strcmp(line, "!close") == 0)
        expect_end(stage);
    else if (strcmp(line, "!eof") == 0)
        wire_half_close(stage->now);
    else if (strcmp(line, "!drop") == 0)
        wire_close(stage->now);
    else if (strcmp(line, "!reset") == 0)
        wire_reset(stage->now);
    else if (starts(line, "!log "))
        expect_logged(stage, line + 5);
    else if (starts(line, "!croft "))
        skip_elsewhere(stage, line + 7);
    else
        fail(stage, stage->number, "no such directive");
}

/* ---- sections ---- */

/* Whatever came without being asked for would come before the echo. */
static void check_nothing_is_left(struct stage *stage)
{
    struct text nonce = {0};
    struct text line = {0};

    text_format(&nonce, "end of %s %u", text_string(&stage->title), ++stage->nonces);
    text_format(&line, "*2\r\n$4\r\nECHO\r\n$%zu\r\n%s\r\n", nonce.len, text_string(&nonce));
    text_add(&stage->now->out, line.data, line.len);
    text_clear(&line);
    text_format(&line, "$%s", text_string(&nonce));
    if (expect_line(&stage->expect, line.data, line.len, stage->number, false, &nonce))
        expect_replies(stage);
    text_fini(&nonce);
    text_fini(&line);
}

static void close_wires(struct stage *stage)
{
    for (size_t i = 0; i < MAX_WIRES; i++) {
        stage->now = &stage->wires[i];
        if (stage->now->fd >= 0 && !stage->failed && !stage->skipped && !stage->now->half_closed)
            check_nothing_is_left(stage);
        wire_close(stage->now);
    }
}

static void forget(struct stage *stage)
{
    for (size_t i = 0; i < stage->variables_count; i++) {
        text_fini(&stage->variables[i].name);
        text_fini(&stage->variables[i].value);
    }
    stage->variables_count = 0;
    expect_fini(&stage->expect);
}

static bool end_section(struct stage *stage)
{
    bool there = true;

    if (stage->title.len == 0)
        return true;
    if (!stage->failed && !stage->skipped)
        settle(stage);
    close_wires(stage);
    if (!stage->failed && !stage->skipped)
        report(stage, true, stage->title_number);
    else if (stage->failed && stage->play->renew != NULL)
        there = stage->play->renew(stage->play);
    forget(stage);
    text_clear(&stage->title);
    return there;
}

static void begin_section(struct stage *stage, const char *title)
{
    char port[16];

    if (stage->play->only != NULL && strstr(title, stage->play->only) == NULL)
        return;
    text_format(&stage->title, "%s", title);
    stage->title_number = stage->number;
    stage->failed = false;
    stage->skipped = false;
    snprintf(port, sizeof(port), "%d", stage->play->port);
    set_variable(stage, "port", port);
    if (!empty_server(stage))
        fail(stage, stage->number, "cannot empty the server");
    else
        switch_to(stage, 1);
}

/* ---- lines ---- */

static void play_line(struct stage *stage, const char *line)
{
    if (starts(line, "<~ ")) {
        expect_more(stage, line + 3, true);
        return;
    }
    if (starts(line, "< ")) {
        expect_more(stage, line + 2, false);
        return;
    }
    settle(stage);
    if (starts(line, "> "))
        send_words(stage, line + 2);
    else if (starts(line, ">> "))
        send_raw(stage, line + 3);
    else if (strcmp(line, "<?") == 0)
        record_reply(stage);
    else if (starts(line, "<< "))
        expect_raw(stage, line + 3);
    else if (line[0] == '@' && line[1] >= '0' && line[1] <= '9' && line[2] == '\0')
        flush(stage), switch_to(stage, (size_t)(line[1] - '0'));
    else if (line[0] == '!')
        direct(stage, line);
    else if (line[0] != '\0' && !starts(line, "##"))
        fail(stage, stage->number, "cannot understand the line");
}

/* False when the server is not there any more. */
static bool on_line(struct stage *stage, const char *line)
{
    if (starts(line, "# ")) {
        if (!end_section(stage))
            return false;
        begin_section(stage, line + 2);
    } else if (stage->title.len > 0 && !stage->failed && !stage->skipped) {
        play_line(stage, line);
    }
    return true;
}

bool play_file(struct play *play, const char *path)
{
    struct stage stage = {.play = play, .path = path};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    bool there = true;

    if (file == NULL) {
        tap_note("cannot open %s", path);
        return false;
    }
    for (size_t i = 0; i < MAX_WIRES; i++)
        stage.wires[i].fd = -1;
    while (there && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        stage.number++;
        if (play->record && strcmp(line, "<?") != 0)
            printf("%s\n", line);
        there = on_line(&stage, line);
    }
    there = there && end_section(&stage);
    text_fini(&stage.title);
    text_fini(&stage.scratch);
    free(line);
    fclose(file);
    return there;
}
