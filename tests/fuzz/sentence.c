#include "tests/fuzz/sentence.h"

#include <stdbool.h>
#include <string.h>

#define ROWS_MAX 256
#define WORDS_MAX 8
#define LITERAL 192 /* a kind from here on: so many bytes less of the input are the word */

/* Keys on all shards and with a tag; numbers at their bounds; options of all commands; patterns. */
static const char *const vocabulary[] = {
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "{t}1",
    "{t}2",
    "{t}3",
    "",
    "0",
    "1",
    "-1",
    "2",
    "7",
    "8",
    "10",
    "100",
    "1000",
    "-100",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "4294967295",
    "4294967296",
    "2147483648",
    "65536",
    "1.5",
    "-0",
    "1e5",
    "inf",
    "nan",
    "0x10",
    " 1",
    "+1",
    "01",
    "1700000000000",
    "1900000000",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "NX",
    "XX",
    "GT",
    "LT",
    "KEEPTTL",
    "PERSIST",
    "GET",
    "IFEQ",
    "IFNE",
    "IFDEQ",
    "IFDNE",
    "IDX",
    "LEN",
    "WITHMATCHLEN",
    "MINMATCHLEN",
    "MATCH",
    "COUNT",
    "TYPE",
    "string",
    "list",
    "MINSZ",
    "IDLE",
    "ATTR",
    "AND",
    "OR",
    "XOR",
    "NOT",
    "BYTE",
    "BIT",
    "SET",
    "INCRBY",
    "OVERFLOW",
    "WRAP",
    "SAT",
    "FAIL",
    "u8",
    "i64",
    "u63",
    "i1",
    "u64",
    "#1",
    "REPLACE",
    "ABSTTL",
    "IDLETIME",
    "FREQ",
    "DB",
    "ASYNC",
    "SYNC",
    "ENCODING",
    "REFCOUNT",
    "HELP",
    "*",
    "?",
    "[a-c]*",
    "[^a]",
    "\\*",
    "a*b*c*",
    "value",
    "another value that is longer than what is kept within an entry, by a little",
    "UBOUND",
    "LBOUND",
    "ENX",
    "BYINT",
    "BYFLOAT",
    "SAMPLES",
    "KEYS",
    "DELIFEQ",
};

struct rows {
    const struct command *at[ROWS_MAX];
    unsigned count;
};

static bool is_about_keys(const struct command *row)
{
    static const char *const groups[] = {"string", "generic", "bitmap", "hyperloglog"};
    unsigned i;

    if (row->flags & (BLOCKING | CONTAINER) || strcmp(row->name, "wait") == 0)
        return false;
    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strcmp(row->group, groups[i]) == 0)
            return true;
    return strcmp(row->name, "flushall") == 0 || strcmp(row->name, "select") == 0 ||
           strcmp(row->name, "dbsize") == 0;
}

static const struct rows *rows_of(const struct command_table *commands)
{
    static struct rows rows;
    size_t i;

    if (rows.count > 0)
        return &rows;
    for (i = 0; i < command_rows(commands) && rows.count < ROWS_MAX; i++)
        if (is_about_keys(command_at(commands, i)))
            rows.at[rows.count++] = command_at(commands, i);
    return &rows;
}

static void add_word(struct buffer *buffer, const void *bytes, size_t len)
{
    char header[32];

    snprintf(header, sizeof(header), "$%zu\r\n", len);
    buffer_add_text(buffer, header);
    buffer_add(buffer, bytes, len);
    buffer_add_text(buffer, "\r\n");
}

static void add_argument(struct buffer *buffer, struct fuzz_input *input)
{
    const unsigned kind = fuzz_byte(input);
    const char *word = vocabulary[kind % (sizeof(vocabulary) / sizeof(vocabulary[0]))];
    size_t len = kind - LITERAL;

    if (kind < LITERAL) {
        add_word(buffer, word, strlen(word));
        return;
    }
    if (len > input->len)
        len = input->len;
    add_word(buffer, fuzz_take(input, len), len);
}

/* "object|freq" is two words. */
static void add_name(struct buffer *buffer, const char *name)
{
    const size_t len = strcspn(name, "|");

    add_word(buffer, name, len);
    if (name[len] == '|')
        add_word(buffer, name + len + 1, strlen(name + len + 1));
}

void sentence_add(struct buffer *buffer, struct fuzz_input *input,
                  const struct command_table *commands)
{
    const struct rows *rows = rows_of(commands);
    const struct command *row = rows->at[fuzz_byte(input) % rows->count];
    unsigned arguments = fuzz_byte(input) % WORDS_MAX;
    char header[16];

    snprintf(header, sizeof(header), "*%u\r\n", arguments + 1 + (strchr(row->name, '|') != NULL));
    buffer_add_text(buffer, header);
    add_name(buffer, row->name);
    while (arguments-- > 0)
        add_argument(buffer, input);
}
