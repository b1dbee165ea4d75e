/* Streams with large words, cut into pieces: whatever the cuts, the same words come out. */
#include "net/arrival.h"

#include <stdio.h>
#include <stdlib.h>

#include "cache/random.h"
#include "shard/pool.h"
#include "tests/tap/tap.h"

static const struct resp_limits limits = {.bulk = 512 << 20};
static struct blocks blocks;
static struct pool pool;
static struct random dice;

/* --- a stream --- */

static char *stream;
static size_t stream_len, stream_room;

static void put(const void *bytes, size_t len)
{
    if (stream_len + len > stream_room) {
        stream_room = 2 * (stream_len + len);
        stream = realloc(stream, stream_room);
    }
    memcpy(stream + stream_len, bytes, len);
    stream_len += len;
}

static char byte_of(size_t word, size_t i)
{
    return (char)(word * 37 + i * 7 + i / 256);
}

/* Word `number` of `len` bytes. */
static void put_word(size_t number, size_t len)
{
    char header[32];
    size_t i;

    put(header, (size_t)snprintf(header, sizeof(header), "$%zu\r\n", len));
    for (i = 0; i < len; i++)
        put(&(char){byte_of(number, i)}, 1);
    put("\r\n", 2);
}

static void put_command(const size_t *lens, size_t count)
{
    char header[32];
    size_t i;

    put(header, (size_t)snprintf(header, sizeof(header), "*%zu\r\n", count));
    for (i = 0; i < count; i++)
        put_word(i, lens[i]);
}

/* --- the other end, as a connection does it --- */

struct taker {
    struct resp resp;
    struct arrival arrival;
    struct block *input;
    size_t parsed;
    unsigned commands;
    unsigned large;
    const char *error;
    bool right;
};

static void check(struct taker *taker)
{
    struct request *request = pool_make(&pool, 2);
    struct bytes *words = pool_words(request, taker->resp.count);
    size_t i, k;

    for (i = 0; i < taker->resp.count; i++)
        words[i] = bytes_new(taker->input->at + taker->parsed + taker->resp.spans[i].at,
                             taker->resp.spans[i].len);
    if (taker->arrival.first != NULL)
        arrival_hand_over(&taker->arrival, &taker->resp, request);
    for (i = 0; i < taker->resp.count; i++)
        for (k = 0; k < words[i].len; k++)
            taker->right &= words[i].at[k] == byte_of(i, k);
    for (const struct large *large = request->cargo.args.larges; large; large = large->next)
        taker->large++;
    arrival_take_back(&blocks, request);
    pool_give_back(&pool, &request);
    taker->commands++;
}

static void take_in(struct taker *taker, struct bytes bytes)
{
    struct block *grown = block_take(&blocks, taker->input->len + bytes.len);

    memcpy(grown->at, taker->input->at, taker->input->len);
    memcpy(grown->at + taker->input->len, bytes.at, bytes.len);
    grown->len = taker->input->len + bytes.len;
    block_drop(&blocks, &taker->input);
    taker->input = grown;
}

static void end_word(struct taker *taker)
{
    take_in(taker, arrival_end(&taker->arrival, &blocks));
}

static bool parse_one(struct taker *taker)
{
    char *bytes = taker->input->at + taker->parsed;

    if (taker->arrival.large != NULL || taker->error != NULL)
        return false;
    switch (resp_parse(&taker->resp, &limits, bytes, taker->input->len - taker->parsed)) {
    case RESP_MORE:
        if (resp_word(&taker->resp) < LARGE_MIN)
            return false;
        arrival_begin(&taker->arrival, &blocks, &taker->resp, taker->input, taker->parsed);
        if (!arrival_is_complete(&taker->arrival))
            return false;
        end_word(taker);
        return true;
    case RESP_ERROR:
        taker->error = taker->resp.error;
        return false;
    case RESP_COMMAND:
        check(taker);
        break;
    case RESP_NOTHING:
    case RESP_NO_MEMORY:
        break;
    }
    taker->parsed += taker->resp.at;
    resp_next_command(&taker->resp);
    return true;
}

/* As much of the piece as there is room for; how much that was. */
static size_t receive(struct taker *taker, struct bytes piece)
{
    struct large *large;
    size_t room;

    if (taker->arrival.large == NULL) {
        take_in(taker, piece);
        return piece.len;
    }
    room = arrival_room(&taker->arrival, &blocks);
    large = taker->arrival.large;
    if (room > piece.len)
        room = piece.len;
    memcpy(large->at + large->len, piece.at, room);
    large->len += room;
    if (arrival_is_complete(&taker->arrival))
        end_word(taker);
    return room;
}

static void feed(struct taker *taker, size_t from, size_t until)
{
    while (from < until && taker->error == NULL) {
        from += receive(taker, bytes_new(stream + from, until - from));
        while (parse_one(taker))
            ;
    }
}

static void begin(struct taker *taker)
{
    *taker = (struct taker){.right = true};
    resp_init(&taker->resp);
    taker->input = block_take(&blocks, 0);
}

static void end(struct taker *taker)
{
    arrival_drop(&taker->arrival, &blocks);
    block_drop(&blocks, &taker->input);
    resp_fini(&taker->resp);
    taker->right &= blocks.bytes == 0 && blocks.arriving == 0;
}

/* Cuts every `every` bytes, or, with 0, anywhere. */
static bool comes_out(size_t every, unsigned commands, unsigned large)
{
    struct taker taker;
    size_t from, until;

    begin(&taker);
    for (from = 0; from < stream_len; from = until) {
        until = from + (every != 0 ? every : 1 + random_below(&dice, 40000));
        if (until > stream_len)
            until = stream_len;
        feed(&taker, from, until);
    }
    end(&taker);
    if (taker.commands != commands || taker.large > large)
        tap_note("%u commands with %u large words", taker.commands, taker.large);
    return taker.right && taker.error == NULL && taker.commands == commands;
}

static void cuts_do_not_matter(void)
{
    static const size_t steps[] = {1, 2, 3, 7, 100, 16000, 32768, 65536, 1 << 20};
    bool right = true;
    size_t i;

    stream_len = 0;
    put_command((size_t[]){3, 5, LARGE_MIN}, 3);
    put_command((size_t[]){3, LARGE_MIN - 1, LARGE_MIN + 1, 3, LARGE_MIN, 100000, 70000}, 7);
    put_command((size_t[]){1}, 1);
    put_command((size_t[]){LARGE_MIN, 300000}, 2);
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        ok(comes_out(steps[i], 4, 7), "pieces of %zu bytes", steps[i]);
    for (i = 0; i < 100; i++)
        right &= comes_out(0, 4, 7);
    ok(right, "a hundred times by chance");
}

static void mistakes_are_found(void)
{
    struct taker taker;
    size_t i;

    for (i = 0; i < 2; i++) {
        stream_len = 0;
        put_command((size_t[]){3, LARGE_MIN}, 2);
        stream[stream_len - 2 + i] = 'x';
        begin(&taker);
        feed(&taker, 0, 1000);
        feed(&taker, 1000, stream_len);
        is_text(taker.error == NULL ? "" : taker.error, "Protocol error: invalid bulk length",
                "a large word without its end is refused");
        is_int(taker.commands, 0, "and is no command");
        end(&taker);
    }
}

/* What was announced costs nothing before it comes, when others have announced much already. */
static void announcements_are_cheap(void)
{
    enum { MANY = 200 };
    static struct taker takers[MANY];
    bool right = true;
    size_t i;

    stream_len = 0;
    put_command((size_t[]){3, 10 << 20}, 2);
    for (i = 0; i < MANY; i++) {
        begin(&takers[i]);
        feed(&takers[i], 0, 50000);
    }
    ok(blocks.bytes < MANY * 150000u + (32u << 20), "200 announcements of 10 MB hold %zu MB",
       blocks.bytes >> 20);
    for (i = 0; i < MANY; i += 50) {
        feed(&takers[i], 50000, stream_len);
        right &= takers[i].commands == 1 && takers[i].right;
    }
    ok(right, "each may still come");
    for (i = 0; i < MANY; i++)
        end(&takers[i]);
    is_int(blocks.bytes, 0, "and nothing is left");
}

int main(void)
{
    blocks_init(&blocks);
    pool_init(&pool, 0);
    random_seed(&dice, 3);
    cuts_do_not_matter();
    mistakes_are_found();
    announcements_are_cheap();
    pool_fini(&pool);
    blocks_fini(&blocks);
    free(stream);
    return tap_done();
}
