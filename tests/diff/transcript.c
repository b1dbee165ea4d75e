#include "tests/diff/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "tests/diff/compare.h"
#include "tests/talk/frame.h"
#include "tests/talk/words.h"
#include "tests/tap/tap.h"

/* --- writing --- */

static void print_lines(FILE *file, const char *prefix, const struct text *lines)
{
    const char *at = lines->data, *const end = at + lines->len;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t len = (size_t)((newline == NULL ? end : newline) - at);

        fprintf(file, "%s%.*s\n", prefix, (int)len, at);
        at += len + 1;
    }
}

static void print_answer(FILE *file, const char *prefix, const struct subject *subject,
                         size_t index)
{
    struct text out = {0};
    size_t len = 0;
    const char *answer = compare_answer(subject, index, &len);

    if (answer == NULL)
        text_format(&out, "(no answer)");
    else
        frame_print(answer, len, &out);
    print_lines(file, prefix, &out);
    text_fini(&out);
}

static void print_request(FILE *file, const struct scenario *scenario, size_t index)
{
    const struct said *said = &scenario->said[index];
    struct sentence sentence = {0};
    struct text out = {0};

    if (said->raw) {
        text_format(&out, ">> ");
        text_escape(&out, scenario->bytes.data + said->at, said->len);
    } else {
        text_format(&out, "> ");
        scenario_words(scenario, index, &sentence);
        sentence_line(&sentence, &out);
    }
    fwrite(out.data, 1, out.len, file);
    fputc('\n', file);
    text_fini(&out);
    text_fini(&sentence.bytes);
}

static void print_scan(FILE *file, const struct scenario *scenario, const struct subject *oracle,
                       const struct subject *other)
{
    struct text out = {0};

    text_format(&out, "!scan ");
    sentence_line(&scenario->scan, &out);
    print_lines(file, "", &out);
    text_fini(&out);
    print_lines(file, "## ", &oracle->scanned);
    fprintf(file, "## but:\n");
    print_lines(file, "## ", &other->scanned);
}

void transcript_print(FILE *file, const char *title, const struct scenario *scenario,
                      const struct subject *oracle, const struct subject *other)
{
    const size_t found = compare_answers(scenario, oracle, other);

    fprintf(file, "# %s\n", title);
    for (size_t i = 0; i < scenario->count; i++) {
        print_request(file, scenario, i);
        print_answer(file, "", oracle, i);
        if (i == found) {
            fprintf(file, "## but from '%s':\n", other->command);
            print_answer(file, "## ", other, i);
        }
    }
    if (scenario->ends)
        fprintf(file, "!close\n");
    if (found == scenario->count)
        fprintf(file, "## but '%s' goes on with %zu bytes more%s\n", other->command,
                other->in.len - (other->in.len < oracle->in.len ? other->in.len : oracle->in.len),
                other->silent ? ", and is silent" : "");
    if (scenario->scans)
        print_scan(file, scenario, oracle, other);
}

/* --- reading --- */

static const struct text *no_variables(void *context, const char *name, size_t len)
{
    (void)context;
    (void)name;
    (void)len;
    return NULL;
}

static void read_request(const char *line, size_t len, struct scenario *scenario)
{
    struct words words = {0};
    struct text expanded = {0};
    struct sentence sentence = {0};

    words_expand(line, len, no_variables, NULL, &expanded);
    if (!words_split(&words, expanded.data, expanded.len) || words.count > SENTENCE_WORDS)
        tap_bail("these are no words: %.*s", (int)len, line);
    for (size_t i = 0; i < words.count; i++)
        sentence_add(&sentence, words.items[i].data, words.items[i].len);
    scenario_begin(scenario);
    sentence_request(&sentence, &scenario->bytes);
    scenario_end(scenario, NULL, scenario_rule(scenario, &sentence)->comparison, false);
    scenario->configures |= strcmp(scenario_rule(scenario, &sentence)->name, "config|set") == 0;
    text_fini(&sentence.bytes);
    text_fini(&expanded);
    words_fini(&words);
}

static void read_bytes(const char *line, size_t len, struct scenario *scenario)
{
    scenario_begin(scenario);
    text_unescape(&scenario->bytes, line, len);
    scenario_end(scenario, NULL, COMPARE_BYTES, true);
}

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

static void read_scan(const char *line, size_t len, struct scenario *scenario)
{
    struct words words = {0};

    if (!words_split(&words, line, len))
        tap_bail("these are no words: %.*s", (int)len, line);
    for (size_t i = 0; i < words.count; i++)
        sentence_add(&scenario->scan, words.items[i].data, words.items[i].len);
    scenario->scans = true;
    words_fini(&words);
}

static void read_line(const char *line, size_t len, struct scenario *scenario)
{
    if (begins(line, "> "))
        read_request(line + 2, len - 2, scenario);
    else if (begins(line, ">> "))
        read_bytes(line + 3, len - 3, scenario);
    else if (begins(line, "!close"))
        scenario->ends = true;
    else if (begins(line, "!cuts "))
        scenario->cuts = strtoull(line + 6, NULL, 10);
    else if (begins(line, "!scan"))
        read_scan(line + 5, len - 5, scenario);
    else if (len > 0 && !begins(line, "##") && !begins(line, "<"))
        tap_bail("what is this in a transcript? %s", line);
}

static bool is_title(const char *line)
{
    return begins(line, "# ");
}

bool transcript_read(FILE *file, char *title, struct scenario *scenario)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool found = false;

    scenario_clear(scenario);
    while ((len = getline(&line, &room, file)) > 0) {
        if (line[len - 1] == '\n')
            line[--len] = '\0';
        if (is_title(line) && found) {
            fseek(file, -(len + 1), SEEK_CUR);
            break;
        }
        if (is_title(line))
            snprintf(title, 200, "%s", line + 2);
        else if (found)
            read_line(line, (size_t)len, scenario);
        found |= is_title(line);
    }
    free(line);
    return found;
}
