#include "cache/syntax.h"

/* Where the reading is. `broken` sticks, and then nothing more is read. */
struct reader {
    struct syntax *syntax;
    const char *at;
    bool broken;
};

/* Neighbours in one group. */
struct row {
    int16_t first;
    int16_t last;
    uint32_t length;
};

#define NO_ROW                      \
    {                               \
        SYNTAX_NONE, SYNTAX_NONE, 0 \
    }

/* --- letters and words --- */

static void skip_blanks(struct reader *reader)
{
    while (*reader->at == ' ')
        reader->at++;
}

static bool is_at(struct reader *reader, const char *text)
{
    skip_blanks(reader);
    return strncmp(reader->at, text, strlen(text)) == 0;
}

/* Steps over `text` if it comes next. */
static bool take(struct reader *reader, const char *text)
{
    if (!is_at(reader, text))
        return false;
    reader->at += strlen(text);
    return true;
}

#define BREAKS " |[]()"
#define MARKS "=#@!"

static size_t word_len(const char *text)
{
    size_t len = 0;

    while (text[len] != '\0' && strchr(BREAKS MARKS, text[len]) == NULL &&
           strncmp(text + len, "...", 3) != 0)
        len++;
    return len;
}

static struct bytes take_word(struct reader *reader)
{
    const char *start = reader->at;

    reader->at += word_len(start);
    if (reader->at == start)
        reader->broken = true;
    return bytes_new(start, (size_t)(reader->at - start));
}

/* "name=" before something; empty if it is not there. */
static struct bytes take_name(struct reader *reader)
{
    struct bytes name = {0};
    size_t len;

    skip_blanks(reader);
    len = word_len(reader->at);
    if (len > 0 && reader->at[len] == '=') {
        name = bytes_new(reader->at, len);
        reader->at += len + 1;
    }
    return name;
}

/* What stands behind a mark: "@6.2.0". Empty if the mark does not come next. */
static struct bytes take_note(struct reader *reader, const char *mark)
{
    if (strncmp(reader->at, mark, 1) != 0)
        return (struct bytes){0};
    reader->at++;
    return take_word(reader);
}

static bool is_token(struct bytes word)
{
    size_t i;

    for (i = 0; i < word.len; i++)
        if (word.at[i] >= 'a' && word.at[i] <= 'z')
            return false;
    return true;
}

/* Does an argument follow, which takes the token before it as its own? */
static bool is_argument_next(struct reader *reader)
{
    skip_blanks(reader);
    return *reader->at == '(' || (*reader->at >= 'a' && *reader->at <= 'z');
}

/* --- names to types --- */

static const struct {
    const char *name;
    enum syntax_type type;
} types[] = {
    {"key", SYNTAX_KEY},
    {"key1", SYNTAX_KEY},
    {"key2", SYNTAX_KEY},
    {"newkey", SYNTAX_KEY},
    {"source", SYNTAX_KEY},
    {"destination", SYNTAX_KEY},
    {"destkey", SYNTAX_KEY},
    {"sourcekey", SYNTAX_KEY},
    {"pattern", SYNTAX_PATTERN},
    {"seconds", SYNTAX_INTEGER},
    {"milliseconds", SYNTAX_INTEGER},
    {"timeout", SYNTAX_INTEGER},
    {"count", SYNTAX_INTEGER},
    {"cursor", SYNTAX_INTEGER},
    {"index", SYNTAX_INTEGER},
    {"offset", SYNTAX_INTEGER},
    {"start", SYNTAX_INTEGER},
    {"end", SYNTAX_INTEGER},
    {"stop", SYNTAX_INTEGER},
    {"length", SYNTAX_INTEGER},
    {"limit", SYNTAX_INTEGER},
    {"increment", SYNTAX_INTEGER},
    {"decrement", SYNTAX_INTEGER},
    {"number", SYNTAX_INTEGER},
    {"bytes", SYNTAX_INTEGER},
    {"version", SYNTAX_INTEGER},
    {"protover", SYNTAX_INTEGER},
    {"client-id", SYNTAX_INTEGER},
    {"bit", SYNTAX_INTEGER},
    {"bits", SYNTAX_INTEGER},
    {"frequency", SYNTAX_INTEGER},
    {"maxage", SYNTAX_INTEGER},
    {"numreplicas", SYNTAX_INTEGER},
    {"port", SYNTAX_INTEGER},
    {"cluster-bus-port", SYNTAX_INTEGER},
    {"config-epoch", SYNTAX_INTEGER},
    {"slot", SYNTAX_INTEGER},
    {"start-slot", SYNTAX_INTEGER},
    {"end-slot", SYNTAX_INTEGER},
    {"float", SYNTAX_DOUBLE},
    {"score", SYNTAX_DOUBLE},
    {"weight", SYNTAX_DOUBLE},
    {"unix-time-seconds", SYNTAX_UNIX_TIME},
    {"unix-time-milliseconds", SYNTAX_UNIX_TIME},
};

static enum syntax_type type_of(struct bytes name)
{
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (bytes_equal(name, bytes_of(types[i].name)))
            return types[i].type;
    return SYNTAX_STRING;
}

/* False, and nothing found, for a word that names no type. */
static bool find_type(struct bytes word, enum syntax_type *type)
{
    int i;

    for (i = SYNTAX_STRING; i <= SYNTAX_BLOCK; i++)
        if (bytes_equal(word, bytes_of(syntax_type_name((enum syntax_type)i)))) {
            *type = (enum syntax_type)i;
            return true;
        }
    return false;
}

const char *syntax_type_name(enum syntax_type type)
{
    static const char *const names[] = {
        [SYNTAX_STRING] = "string",    [SYNTAX_INTEGER] = "integer",
        [SYNTAX_DOUBLE] = "double",    [SYNTAX_KEY] = "key",
        [SYNTAX_PATTERN] = "pattern",  [SYNTAX_UNIX_TIME] = "unix-time",
        [SYNTAX_TOKEN] = "pure-token", [SYNTAX_ONE_OF] = "oneof",
        [SYNTAX_BLOCK] = "block",
    };

    return names[type];
}

/* --- nodes and rows of them --- */

/* SYNTAX_NONE, and broken, when there is no room. */
static int16_t new_node(struct reader *reader, enum syntax_type type, struct bytes name)
{
    struct syntax *syntax = reader->syntax;

    if (syntax->count == SYNTAX_NODES) {
        reader->broken = true;
        return SYNTAX_NONE;
    }
    syntax->nodes[syntax->count] =
        (struct syntax_node){.type = type, .name = name, .first = SYNTAX_NONE, .next = SYNTAX_NONE};
    return syntax->count++;
}

static void append(struct reader *reader, struct row *row, int16_t node)
{
    if (node == SYNTAX_NONE)
        return;
    if (row->first == SYNTAX_NONE)
        row->first = node;
    else
        reader->syntax->nodes[row->last].next = node;
    row->last = node;
    row->length++;
}

/* The row as one node: its only member, or a group of them named after the first. */
static int16_t unite(struct reader *reader, enum syntax_type type, const struct row *row)
{
    int16_t group;

    if (row->length == 0) {
        reader->broken = true;
        return SYNTAX_NONE;
    }
    if (row->length == 1)
        return row->first;
    group = new_node(reader, type, reader->syntax->nodes[row->first].name);
    if (group != SYNTAX_NONE)
        reader->syntax->nodes[group].first = row->first;
    return group;
}

/* --- the grammar --- */

static int16_t read_item(struct reader *reader);

static bool is_end(struct reader *reader)
{
    skip_blanks(reader);
    return reader->broken || *reader->at == '\0' || strchr("|])", *reader->at) != NULL;
}

/* Items up to the next | or closing bracket. */
static struct row read_row(struct reader *reader)
{
    struct row row = NO_ROW;

    while (!is_end(reader))
        append(reader, &row, read_item(reader));
    return row;
}

/* A group with a name is one even if it has a single member. */
static int16_t wrap(struct reader *reader, int16_t member, struct bytes name)
{
    int16_t group;

    if (name.len == 0 || member == SYNTAX_NONE)
        return member;
    group = new_node(reader, SYNTAX_BLOCK, name);
    if (group != SYNTAX_NONE)
        reader->syntax->nodes[group].first = member;
    return group;
}

/* What stands in brackets; the opening one has been taken. */
static int16_t read_group(struct reader *reader, const char *close, struct bytes name)
{
    struct row alternatives = NO_ROW;
    uint32_t members = 0;
    int16_t node;

    do {
        const struct row row = read_row(reader);

        members += row.length;
        append(reader, &alternatives, unite(reader, SYNTAX_BLOCK, &row));
    } while (!reader->broken && take(reader, "|"));
    if (!take(reader, close))
        reader->broken = true;
    node = unite(reader, SYNTAX_ONE_OF, &alternatives);
    if (members == 1)
        return wrap(reader, node, name);
    if (name.len > 0 && node != SYNTAX_NONE)
        reader->syntax->nodes[node].name = name;
    return node;
}

static int16_t read_argument(struct reader *reader)
{
    const struct bytes word = take_word(reader);
    enum syntax_type type = type_of(word);

    if (*reader->at == '#' && !find_type(take_note(reader, "#"), &type))
        reader->broken = true;
    return new_node(reader, type, word);
}

/* A token, with the argument that it stands before, if there is one. */
static int16_t read_token(struct reader *reader, struct bytes name)
{
    const struct bytes word = take_word(reader);
    int16_t node;

    if (is_argument_next(reader)) {
        name = take_name(reader);
        node = take(reader, "(") ? read_group(reader, ")", name) : read_argument(reader);
    } else {
        node = new_node(reader, SYNTAX_TOKEN, name.len > 0 ? name : word);
    }
    if (node != SYNTAX_NONE)
        reader->syntax->nodes[node].token = word;
    return node;
}

static bool is_token_next(struct reader *reader)
{
    skip_blanks(reader);
    return is_token(bytes_new(reader->at, word_len(reader->at)));
}

static void read_notes(struct reader *reader, struct syntax_node *node)
{
    const bool multiple = take(reader, "...");

    node->multiple |= multiple;
    if (multiple && *reader->at == '*') {
        node->again = true;
        reader->at++;
    }
    if (*reader->at == '@')
        node->since = take_note(reader, "@");
    if (*reader->at == '!')
        node->deprecated = take_note(reader, "!");
}

static int16_t read_item(struct reader *reader)
{
    const struct bytes name = take_name(reader);
    const bool optional = take(reader, "[");
    int16_t node;

    if (optional)
        node = read_group(reader, "]", name);
    else if (take(reader, "("))
        node = read_group(reader, ")", name);
    else
        node = is_token_next(reader) ? read_token(reader, name) : read_argument(reader);
    if (node == SYNTAX_NONE)
        return node;
    reader->syntax->nodes[node].optional |= optional;
    read_notes(reader, &reader->syntax->nodes[node]);
    return node;
}

/* Outside of brackets: an item, or several with | between them. */
static int16_t read_choice(struct reader *reader)
{
    struct row alternatives = NO_ROW;

    do
        append(reader, &alternatives, read_item(reader));
    while (!reader->broken && take(reader, "|"));
    return unite(reader, SYNTAX_ONE_OF, &alternatives);
}

bool syntax_parse(struct syntax *syntax, const char *text)
{
    struct reader reader = {.syntax = syntax, .at = text};
    struct row row = NO_ROW;

    syntax->count = 0;
    while (!is_end(&reader))
        append(&reader, &row, read_choice(&reader));
    syntax->first = row.first;
    return !reader.broken && *reader.at == '\0';
}

uint32_t syntax_length(const struct syntax *syntax, int16_t first)
{
    uint32_t length = 0;

    for (; first != SYNTAX_NONE; first = syntax->nodes[first].next)
        length++;
    return length;
}

/* --- for people --- */

/* The part of a text that is a note, from its start on. */
static size_t hidden_len(const char *text)
{
    const size_t word = word_len(text);

    if (word > 0 && text[word] == '=')
        return word + 1;
    if (*text != '\0' && strchr("#@!", *text) != NULL)
        return 1 + word_len(text + 1);
    return 0;
}

void syntax_show(const char *text, char *into, size_t room)
{
    size_t len = 0;
    bool fresh = true; /* a word begins here */

    while (*text != '\0' && len + 1 < room) {
        const bool note = strchr("#@!", *text) != NULL;
        const size_t hidden = fresh || note ? hidden_len(text) : 0;

        if (hidden > 0) {
            text += hidden;
        } else {
            fresh = strchr(BREAKS, *text) != NULL;
            into[len++] = *text;
            text += strncmp(text, ".*", 2) == 0 ? 2 : 1;
        }
    }
    into[len] = '\0';
}
