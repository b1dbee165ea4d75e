/*
 * resp - bytes to words, incrementally. The only reader of RESP.
 *
 *     *3\r\n  $3\r\nSET\r\n  $5\r\ngreet\r\n  $5\r\nhello\r\n
 *
 *     or, inline:  SET greet "hello"\r\n
 *
 * Source  the Redis serialization protocol specification, request side; limits and texts of Redis
 *         7.0.
 * Owner   a connection.
 * Memory  RESP_FEW words inside; more grow as words arrive, never with a declared count.
 * Cost    one pass: no byte is looked at twice, however the bytes are cut into pieces.
 * Errors  RESP_ERROR with Redis' text; nothing behind it may be parsed.
 *
 * A large word may be received elsewhere than among the bytes: see resp_lift.
 *
 * The same bytes give the same events, whatever the segmentation.
 */
#ifndef NET_RESP_H
#define NET_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/bytes.h"
#include "shard/owner.h"

#define RESP_FEW 5
#define RESP_INLINE_MAX 65536
#define RESP_QUOTED 512 /* more of a word than any error repeats */

enum resp_event {
    RESP_MORE,      /* not complete yet */
    RESP_COMMAND,   /* resp->count words, at least one */
    RESP_NOTHING,   /* an empty line or an empty array: no command and no reply */
    RESP_ERROR,     /* resp->error says why; the connection must end */
    RESP_NO_MEMORY, /* for that many words; it must end, too */
};

struct resp_limits {
    int64_t bulk;         /* proto-max-bulk-len */
    bool unauthenticated; /* 10 words of 16 KiB */
};

/* A word: where it is, counted from the start of the command; RESP_ELSEWHERE: not among its bytes.
 */
#define RESP_ELSEWHERE 0
struct resp_span {
    uint32_t at;
    uint32_t len;
};

struct resp {
    uint32_t at;    /* next byte to look at, counted from the start of the command */
    uint32_t count; /* words found */
    uint32_t capacity;
    uint8_t stage;
    int32_t left;  /* words to come */
    uint32_t bulk; /* length of the word at hand */
    struct resp_span *spans;
    struct resp_span few[RESP_FEW];
    char error[64]; /* without the dash */
};

void resp_init(struct resp *resp) ON_NET;
void resp_fini(struct resp *resp) ON_NET;

/*
 * Goes on with the command whose first byte is bytes[0] and of which `len` bytes are here by now
 * (all that were there before, and more). Inline words are unquoted in place. After RESP_COMMAND
 * and RESP_NOTHING, `at` is the length of the command; resp_next_command must be called before the
 * next.
 */
enum resp_event resp_parse(struct resp *resp, const struct resp_limits *limits, char *bytes,
                           size_t len) ON_NET;
void resp_next_command(struct resp *resp) ON_NET;

/* Between two commands? Then the next byte is the first of one. */
static inline bool resp_is_between(const struct resp *resp)
{
    return resp->stage == 0;
}

/*
 * The usual command: a few words of less than a thousand bytes, all of it among the `len` bytes.
 * Its length, and its words, which look into the bytes; 0 when it is anything else, for resp_parse.
 * For clients of whom no password is wanted any more.
 */
size_t resp_usual(const char *bytes, size_t len, struct bytes words[RESP_FEW],
                  uint32_t *count) ON_NET;

/* The same when there are at least as many bytes as its number of words and its name take, and both
 * have been read: the name is words[0]. */
size_t resp_usual_rest(const char *bytes, size_t len, struct bytes words[RESP_FEW],
                       uint32_t count) ON_NET;

/* After RESP_MORE: the length of the word that is being received, 0 when it is none. */
size_t resp_word(const struct resp *resp) ON_NET;

/* That word is received elsewhere: what is to come at `at` is the end of its line. False: no memory. */
bool resp_lift(struct resp *resp) ON_NET;

/*
 * A command that will be refused needs no more words than an error repeats. After RESP_MORE, resp_cut
 * ends its words with what is among the `here` bytes of it; false: there is not enough of the word at
 * hand yet, or no memory. From then on resp_skip goes through what follows the first `at` bytes: `used` bytes of
 * that are done with, and must be taken out before the next call.
 */
bool resp_cut(struct resp *resp, size_t here) ON_NET;
enum resp_event resp_skip(struct resp *resp, const struct resp_limits *limits, const char *bytes,
                          size_t len, size_t *used) ON_NET;

/* The words of a command, those to come as well; before any of it is cut or lifted. */
uint32_t resp_words(const struct resp *resp) ON_NET;

/* How many more bytes the command needs, while its last word is being received, else 0; for sizing a
 * buffer. */
size_t resp_wants(const struct resp *resp, size_t len) ON_NET;

#endif
