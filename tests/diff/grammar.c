#include "tests/diff/grammar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/talk/frame.h"
#include "tests/talk/wire.h"
#include "tests/tap/tap.h"

/* A place in a reply of RESP2. */
struct place {
    const char *at;
    const char *end;
};

static size_t left(const struct place *place)
{
    return (size_t)(place->end - place->at);
}

static size_t whole(const struct place *place)
{
    const long len = frame_length(place->at, left(place));

    if (len <= 0)
        tap_bail("COMMAND DOCS is no whole reply");
    return (size_t)len;
}

/* Goes into an array: how many elements follow. */
static size_t enter(struct place *place)
{
    const long count = frame_children(place->at, left(place));

    if (count < 0)
        tap_bail("COMMAND DOCS: an array was expected at '%.20s'", place->at);
    place->at += frame_header(place->at, left(place));
    return (size_t)count;
}

static void skip(struct place *place)
{
    place->at += whole(place);
}

/* A text of the reply, in lower case where that is asked for. */
static char *take(struct place *place, bool lower)
{
    struct text face = {0};

    frame_face(place->at, whole(place), &face);
    skip(place);
    text_string(&face);
    memmove(face.data, face.data + 1, face.len);
    for (char *at = face.data; lower && *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return face.data;
}

static enum argument_kind kind_of(const char *type)
{
    static const char *const names[] = {"string",    "integer",    "double", "key",  "pattern",
                                        "unix-time", "pure-token", "oneof",  "block"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(type, names[i]) == 0)
            return (enum argument_kind)i;
    return ARGUMENT_TEXT;
}

static void *array(size_t count, size_t size)
{
    void *made = calloc(count + 1, size);

    if (made == NULL)
        tap_bail("no memory for a grammar");
    return made;
}

static void read_flags(struct place *place, struct argument *argument)
{
    for (size_t count = enter(place); count > 0; count--) {
        char *flag = take(place, false);

        argument->optional |= strcmp(flag, "optional") == 0;
        argument->multiple |= strcmp(flag, "multiple") == 0;
        argument->multiple_token |= strcmp(flag, "multiple_token") == 0;
        free(flag);
    }
}

static struct argument *read_arguments(struct place *place, size_t *count);

static void read_field(struct place *place, struct argument *argument)
{
    char *field = take(place, false);

    if (strcmp(field, "name") == 0) {
        argument->name = take(place, true);
    } else if (strcmp(field, "token") == 0) {
        argument->token = take(place, false);
    } else if (strcmp(field, "type") == 0) {
        char *type = take(place, false);

        argument->kind = kind_of(type);
        free(type);
    } else if (strcmp(field, "flags") == 0) {
        read_flags(place, argument);
    } else if (strcmp(field, "arguments") == 0) {
        argument->children = read_arguments(place, &argument->count);
    } else {
        skip(place);
    }
    free(field);
}

static struct argument *read_arguments(struct place *place, size_t *count)
{
    struct argument *made;

    *count = enter(place);
    made = array(*count, sizeof(*made));
    for (size_t i = 0; i < *count; i++)
        for (size_t fields = enter(place); fields > 1; fields -= 2)
            read_field(place, &made[i]);
    return made;
}

static bool has_argument(const struct argument *arguments, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(arguments[i].name, name) == 0 ||
            has_argument(arguments[i].children, arguments[i].count, name))
            return true;
    return false;
}

static void understand(const struct grammar *grammar, struct production *it)
{
    it->rule = rule_of(grammar->dialect, it->name, strlen(it->name));
    it->allocates = has_argument(it->arguments, it->count, "offset");
    it->expires = has_argument(it->arguments, it->count, "seconds") ||
                  has_argument(it->arguments, it->count, "milliseconds") ||
                  has_argument(it->arguments, it->count, "ttl");
}

static void read_docs(struct grammar *, struct place *place);

static void read_production(struct grammar *grammar, struct place *place)
{
    const size_t index = grammar->count++;
    struct production made = {.name = take(place, true)};

    grammar->items = realloc(grammar->items, grammar->count * sizeof(*grammar->items));
    if (grammar->items == NULL)
        tap_bail("no memory for a grammar");
    for (size_t fields = enter(place); fields > 1; fields -= 2) {
        char *field = take(place, false);

        if (strcmp(field, "group") == 0) {
            made.group = take(place, true);
        } else if (strcmp(field, "arguments") == 0) {
            made.arguments = read_arguments(place, &made.count);
        } else if (strcmp(field, "subcommands") == 0) {
            made.container = true;
            read_docs(grammar, place);
        } else {
            skip(place);
        }
        free(field);
    }
    understand(grammar, &made);
    grammar->items[index] = made;
}

static void read_docs(struct grammar *grammar, struct place *place)
{
    for (size_t names = enter(place); names > 1; names -= 2)
        read_production(grammar, place);
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct production *)one)->name, ((const struct production *)other)->name);
}

static void name_unknown(struct grammar *grammar)
{
    static const char name[] = "(none)";

    grammar->unknown.name = array(sizeof(name), 1);
    memcpy(grammar->unknown.name, name, sizeof(name));
    grammar->unknown.rule = rule_of(grammar->dialect, "", 0);
}

bool grammar_ask(struct grammar *grammar, const struct dialect *dialect, int port, struct text *why)
{
    struct wire wire;
    size_t len = 0;
    bool answered;

    *grammar = (struct grammar){.dialect = dialect};
    if (!wire_open(&wire, port)) {
        text_format(why, "cannot connect to port %d", port);
        return false;
    }
    text_format(&wire.out, "*2\r\n$7\r\nCOMMAND\r\n$4\r\nDOCS\r\n");
    wire_flush(&wire, wire.out.len);
    answered = wire_value(&wire, &len);
    if (answered) {
        struct place place = {wire_front(&wire), wire_front(&wire) + len};

        read_docs(grammar, &place);
        /* Redis' own order is another one each time it starts. */
        qsort(grammar->items, grammar->count, sizeof(*grammar->items), by_name);
        name_unknown(grammar);
    } else {
        text_format(why, "no answer to COMMAND DOCS");
    }
    wire_close(&wire);
    return answered;
}

static void drop_arguments(struct argument *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(arguments[i].name);
        free(arguments[i].token);
        drop_arguments(arguments[i].children, arguments[i].count);
    }
    free(arguments);
}

static void drop(struct production *it)
{
    free(it->name);
    free(it->group);
    drop_arguments(it->arguments, it->count);
}

void grammar_fini(struct grammar *grammar)
{
    for (size_t i = 0; i < grammar->count; i++)
        drop(&grammar->items[i]);
    free(grammar->items);
    drop(&grammar->unknown);
    *grammar = (struct grammar){0};
}

struct production *grammar_find(const struct grammar *grammar, const char *name, size_t len)
{
    for (size_t i = 0; i < grammar->count; i++)
        if (strlen(grammar->items[i].name) == len &&
            strncasecmp(grammar->items[i].name, name, len) == 0)
            return &grammar->items[i];
    return NULL;
}

bool grammar_allows(const struct grammar *grammar, const struct rule *rule)
{
    return rule->comparison != COMPARE_NOTHING || (grammar->among && rule->only_among);
}

void grammar_intersect(struct grammar *grammar, const struct grammar *other)
{
    size_t kept = 0;

    for (size_t i = 0; i < grammar->count; i++) {
        struct production *it = &grammar->items[i];

        if (grammar_find(other, it->name, strlen(it->name)) != NULL)
            grammar->items[kept++] = *it;
        else
            drop(it);
    }
    grammar->count = kept;
}
