/* What is left of a command that will be refused goes by without being kept; a large word comes elsewhere. */
#include "net/resp.h"

#include <string.h>

#include "tests/tap/tap.h"

static const struct resp_limits limits = {.bulk = 512 << 20};

#define WORDS "*4\r\n$1\r\na\r\n$6\r\nsecond\r\n$0\r\n\r\n$3\r\nend\r\n"

/* The rest of the command in pieces, as a connection hands it on: what is done with is taken out. Where
 * its end is, counted from the start, or 0 when there is none. */
static size_t end_of_rest(struct resp *resp, const char *stream, size_t len, size_t piece)
{
    char kept[256];
    size_t here = resp->at, have = resp->at, gone = 0;

    memcpy(kept, stream, have);
    while (here < len) {
        const size_t more = piece < len - here ? piece : len - here;
        enum resp_event event;
        size_t used;

        memcpy(kept + have, stream + here, more);
        have += more;
        here += more;
        event = resp_skip(resp, &limits, kept, have, &used);
        memmove(kept + resp->at, kept + resp->at + used, have - resp->at - used);
        have -= used;
        gone += used;
        if (event == RESP_COMMAND)
            return resp->at + gone;
        if (event == RESP_ERROR)
            return 0;
    }
    return 0;
}

/* After `first` bytes of it nobody wants the rest. */
static size_t end_after(const char *stream, size_t first, size_t piece)
{
    char bytes[256];
    struct resp resp;
    size_t end = 0;

    memcpy(bytes, stream, first);
    resp_init(&resp);
    if (resp_parse(&resp, &limits, bytes, first) == RESP_MORE) {
        const uint32_t words = resp_words(&resp);

        if (resp_cut(&resp, first))
            end = words == 4 ? end_of_rest(&resp, stream, strlen(stream), piece) : SIZE_MAX;
    }
    resp_fini(&resp);
    return end;
}

static void the_rest_goes_by_to_its_end(void)
{
    const size_t len = strlen(WORDS);
    size_t first, piece, cuts = 0;
    bool right = true;

    for (first = 1; first < len; first++)
        for (piece = 1; piece <= len; piece++) {
            const size_t end = end_after(WORDS "PING\r\n", first, piece);

            cuts += end != 0;
            right &= end == 0 || end == len;
        }
    ok(right && cuts > 0, "wherever it is cut: %zu ways", cuts);
}

static const char *error_of_rest(const char *stream)
{
    static struct resp resp;
    char bytes[256];
    size_t first = strlen("*4\r\n$1\r\na\r\n");

    memcpy(bytes, stream, first);
    resp_init(&resp);
    resp_parse(&resp, &limits, bytes, first);
    resp_cut(&resp, first);
    end_of_rest(&resp, stream, strlen(stream), 1);
    resp_fini(&resp);
    return resp.error;
}

static void what_goes_by_is_still_checked(void)
{
    is_text(error_of_rest("*4\r\n$1\r\na\r\nb"), "Protocol error: expected '$', got 'b'", "a word");
    is_text(error_of_rest("*4\r\n$1\r\na\r\n$x\r\n"), "Protocol error: invalid bulk length",
            "a length");
    is_text(error_of_rest("*4\r\n$1\r\na\r\n$2\r\nbbxx"), "Protocol error: invalid bulk length",
            "the end of a word");
}

/* A word of which enough is here is cut in two: what an error repeats is kept. */
static void long_words_are_cut(void)
{
    char bytes[RESP_QUOTED + 64] = "*2\r\n$1\r\na\r\n$1000\r\n";
    const size_t start = strlen(bytes);
    struct resp resp;
    size_t used;

    memset(bytes + start, 'x', sizeof(bytes) - start);
    resp_init(&resp);
    ok(resp_parse(&resp, &limits, bytes, start + 10) == RESP_MORE, "a long word begins");
    is_int(resp_word(&resp), 1000, "its length is known");
    is_int(resp_wants(&resp, start + 10), 992, "and how much is to come");
    ok(!resp_cut(&resp, start + 10), "it is not cut before an error has enough of it");
    resp_parse(&resp, &limits, bytes, start + RESP_QUOTED);
    ok(resp_cut(&resp, start + RESP_QUOTED), "but then");
    is_int(resp.count, 2, "it is a word");
    is_int(resp.spans[1].len, RESP_QUOTED, "as long as is here");
    is_int(resp_word(&resp), 1000 - RESP_QUOTED, "what is left of it is to come");
    ok(resp_skip(&resp, &limits, bytes, start + RESP_QUOTED, &used) == RESP_MORE && used == 0,
       "and is waited for");
    resp_fini(&resp);
}

/* A word that has come as a whole, but not the end of its line. */
static void whole_words_are_kept_whole(void)
{
    char bytes[] = "*1\r\n$3\r\nabc\r\n";
    struct resp resp;
    size_t used;

    resp_init(&resp);
    resp_parse(&resp, &limits, bytes, 11);
    ok(resp_cut(&resp, 11), "a short word is cut when all of it is here");
    ok(resp_word(&resp) == 0 && resp.spans[0].len == 3, "nothing of it is to come");
    ok(resp_skip(&resp, &limits, bytes, 13, &used) == RESP_COMMAND && used == 2,
       "but the end of its line");
    resp_fini(&resp);
}

static void large_words_come_elsewhere(void)
{
    char bytes[] = "*2\r\n$1\r\na\r\n$100\r\n";
    char end[] = "*2\r\n$1\r\na\r\n$100\r\n\r\n";
    struct resp resp;

    resp_init(&resp);
    resp_parse(&resp, &limits, bytes, strlen(bytes));
    is_int(resp_word(&resp), 100, "a word is being received");
    resp_lift(&resp);
    is_int(resp_word(&resp), 0, "and now by somebody else");
    ok(resp_parse(&resp, &limits, end, strlen(end)) == RESP_COMMAND,
       "the end of its line ends the command");
    ok(resp.count == 2 && resp.spans[1].at == RESP_ELSEWHERE && resp.spans[1].len == 100,
       "whose word is not among its bytes");
    resp_fini(&resp);
}

int main(void)
{
    the_rest_goes_by_to_its_end();
    what_goes_by_is_still_checked();
    long_words_are_cut();
    whole_words_are_kept_whole();
    large_words_come_elsewhere();
    return tap_done();
}
