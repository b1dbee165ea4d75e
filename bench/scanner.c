#include "bench/scanner.h"

#define WORD 8 /* digits in one word */
#define LONGEST_HEADER 64u

void scanner_init(struct scanner *scanner, const struct phrase *phrase)
{
    *scanner = (struct scanner){.phrase = phrase};
}

static void skip(struct input *input, size_t len)
{
    input->at += len;
    input->len -= len;
}

static bool begins(const struct input *input, const char *word, size_t len)
{
    return input->len >= len && memcmp(input->at, word, len) == 0;
}

/* Takes one line off the input, without its end; false when it is not there yet. */
static bool take_line(struct scanner *scanner, struct input *input)
{
    const char *end = memchr(input->at, '\n', input->len);

    if (end == NULL)
        return false;
    scanner->line = input->at;
    scanner->line_len = (size_t)(end - input->at);
    if (scanner->line_len > 0 && end[-1] == '\r')
        scanner->line_len--;
    skip(input, (size_t)(end - input->at) + 1);
    return true;
}

static bool line_is(const struct scanner *scanner, const char *text)
{
    return scanner->line_len == strlen(text) && memcmp(scanner->line, text, scanner->line_len) == 0;
}

static bool line_begins(const struct scanner *scanner, const char *text)
{
    return scanner->line_len >= strlen(text) && memcmp(scanner->line, text, strlen(text)) == 0;
}

/* A line without an end is no line. */
static enum scanner_found unfinished(struct scanner *scanner, const struct input *input)
{
    scanner->line = input->at;
    scanner->line_len = input->len;
    return input->len < SCANNER_KEPT ? SCANNER_MORE : SCANNER_BROKEN;
}

/* Any other line than what was hoped for. */
static enum scanner_found judge_line(const struct scanner *scanner)
{
    if (scanner->phrase->protocol == PROTOCOL_RESP)
        return line_begins(scanner, "-") ? SCANNER_ERROR : SCANNER_BROKEN;
    if (line_is(scanner, "ERROR") || line_begins(scanner, "CLIENT_ERROR") ||
        line_begins(scanner, "SERVER_ERROR"))
        return SCANNER_ERROR;
    return SCANNER_BROKEN;
}

static enum scanner_found read_stored(struct scanner *scanner, struct input *input)
{
    const bool resp = scanner->phrase->protocol == PROTOCOL_RESP;
    const char *good = resp ? "+OK\r\n" : "STORED\r\n";
    const size_t len = resp ? 5 : 8;

    if (begins(input, good, len)) {
        skip(input, len);
        return SCANNER_STORED;
    }
    if (!take_line(scanner, input))
        return unfinished(scanner, input);
    return judge_line(scanner);
}

/* The number at the end of the header: the length of the value. */
static bool parse_size(const struct scanner *scanner, size_t from, size_t *size)
{
    size_t i;

    *size = 0;
    for (i = from; i < scanner->line_len && scanner->line[i] >= '0' && scanner->line[i] <= '9'; i++)
        *size = *size * 10 + (size_t)(scanner->line[i] - '0');
    return i > from && i == scanner->line_len && i - from < 10;
}

static enum scanner_found begin_value(struct scanner *scanner, size_t digits_at, size_t end_len)
{
    const struct sizes *sizes = &scanner->phrase->sizes;

    if (!parse_size(scanner, digits_at, &scanner->size))
        return SCANNER_BROKEN;
    scanner->left = scanner->size + end_len;
    scanner->wrong = scanner->size < sizes->smallest || scanner->size > sizes->largest;
    scanner->head_seen = scanner->size == 0;
    return SCANNER_HIT;
}

/* $64 or $-1 */
static enum scanner_found read_resp_header(struct scanner *scanner)
{
    const bool is_value =
        scanner->line_len > 1 && scanner->line[0] == '$' && scanner->line[1] != '-';

    if (is_value) /* most likely, so asked first and without a call */
        return begin_value(scanner, 1, strlen("\r\n"));
    if (line_is(scanner, "$-1") || line_is(scanner, "_"))
        return SCANNER_MISS;
    return judge_line(scanner);
}

/* VALUE key:000000000000 0 64, or END */
static enum scanner_found read_memcached_header(struct scanner *scanner, uint64_t digits)
{
    static const char before[] = "VALUE key:0000", between[] = " 0 ";
    const size_t digits_at = strlen(before), size_at = digits_at + WORD + strlen(between);
    enum scanner_found found;

    if (line_is(scanner, "END"))
        return SCANNER_MISS;
    if (!line_begins(scanner, "VALUE key:") || scanner->line_len <= size_at)
        return judge_line(scanner);
    found = begin_value(scanner, size_at, strlen("\r\nEND\r\n"));
    scanner->wrong |= memcmp(scanner->line + digits_at, &digits, WORD) != 0;
    return found;
}

static enum scanner_found read_header(struct scanner *scanner, uint64_t digits, struct input *input)
{
    if (!take_line(scanner, input))
        return unfinished(scanner, input);
    if (scanner->phrase->protocol == PROTOCOL_RESP)
        return read_resp_header(scanner);
    return read_memcached_header(scanner, digits);
}

/* The compiler makes one compare of it where the length is that of a word. */
static bool ends_digits(const char *at, size_t len, uint64_t digits)
{
    if (len == WORD)
        return memcmp(at, &digits, WORD) == 0;
    return memcmp(at, (const char *)&digits + WORD - len, len) == 0;
}

/* The first digits, or as many of the last as a short value has room for. */
static bool check_head(struct scanner *scanner, uint64_t digits, const struct input *input)
{
    const size_t len = scanner->size < WORD ? scanner->size : WORD;

    if (input->len < len)
        return false;
    scanner->wrong |= !ends_digits(input->at, len, digits);
    scanner->head_seen = true;
    return true;
}

/* What follows the value, and before it the last digits. */
static bool check_tail(struct scanner *scanner, uint64_t digits, struct input *input)
{
    const bool resp = scanner->phrase->protocol == PROTOCOL_RESP;
    const char *end = resp ? "\r\n" : "\r\nEND\r\n";
    const size_t end_len = resp ? 2 : 7;

    skip(input, scanner->left - end_len);
    if (scanner->size >= 2 * WORD)
        scanner->wrong |= memcmp(input->at - WORD, &digits, WORD) != 0;
    scanner->left = scanner->size = 0;
    if (!begins(input, end, end_len))
        return false;
    skip(input, end_len);
    return true;
}

/* The middle of a long value goes by unread; its last few bytes wait until all of them are here. */
static void pass_middle(struct scanner *scanner, struct input *input)
{
    const size_t kept = 2 * WORD + LONGEST_HEADER;
    size_t step;

    if (scanner->left <= kept)
        return;
    step = scanner->left - kept < input->len ? scanner->left - kept : input->len;
    skip(input, step);
    scanner->left -= step;
}

static enum scanner_found read_value(struct scanner *scanner, uint64_t digits, struct input *input)
{
    if (!scanner->head_seen && !check_head(scanner, digits, input))
        return SCANNER_MORE;
    if (input->len < scanner->left) {
        pass_middle(scanner, input);
        return SCANNER_MORE;
    }
    if (!check_tail(scanner, digits, input))
        return SCANNER_BROKEN;
    return scanner->wrong ? SCANNER_WRONG : SCANNER_HIT;
}

enum scanner_found scanner_read(struct scanner *scanner, struct expected expected,
                                struct input *input)
{
    if (!expected.is_get)
        return read_stored(scanner, input);
    if (scanner->left == 0) {
        const enum scanner_found found = read_header(scanner, expected.digits, input);

        if (found != SCANNER_HIT)
            return found;
    }
    return read_value(scanner, expected.digits, input);
}
