#include "net/journal.h"

#include <stdio.h>
#include <stdlib.h>

#include "cache/panic.h"
#include "net/describe.h"
#include "net/first.h"
#include "net/loop.h"
#include "net/secrets.h"
#include "shard/spikes.h"

struct entry {
    struct entry *newer;
    struct entry *older;
    uint64_t id;
    int64_t seconds; /* wall clock */
    uint64_t value;
    enum journal_kind kind;
    char peer[DESCRIBE_ADDRESS];
    char *name;
    uint32_t count;
    struct bytes words[JOURNAL_WORDS]; /* each with memory of its own */
};

struct pages {
    struct entry *newest;
    struct entry *oldest;
    size_t length;
    size_t most;
    uint64_t next_id;
};

struct journal {
    struct pages kinds[JOURNAL_KINDS];
};

/* --- entries --- */

/* Without memory it is an empty one. */
static struct bytes copy_text(struct bytes text)
{
    char *copy = malloc(text.len + 1);

    if (copy == NULL)
        return bytes_new(NULL, 0);
    bytes_copy(copy, text.at, text.len);
    return bytes_new(copy, text.len);
}

/* "the first 128 bytes... (72 more bytes)" */
static struct bytes cut_text(struct bytes text, size_t shown)
{
    char *copy = malloc(shown + 64);
    int more;

    if (copy == NULL)
        return bytes_new(NULL, 0);
    memcpy(copy, text.at, shown);
    more = snprintf(copy + shown, 64, "... (%zu more bytes)", text.len - shown);
    return bytes_new(copy, shown + (size_t)more);
}

/* A large word that its command has brought along may be a shard's by now: only its length is
 * known. */
static struct bytes note_word(const struct request *request, uint32_t index)
{
    const struct args *args = &request->cargo.args;
    const struct bytes word = args_word(args, index);

    if (secrets_hide(request->cargo.command, args, index))
        return copy_text(bytes_of(SECRETS_SHOWN));
    if (request->net.carried != 0 && word.len >= LARGE_MIN)
        return cut_text(word, 0);
    return word.len <= JOURNAL_WORD ? copy_text(word) : cut_text(word, JOURNAL_WORD);
}

static struct bytes note_rest(uint32_t count)
{
    char text[64];

    snprintf(text, sizeof(text), "... (%u more arguments)", count);
    return copy_text(bytes_of(text));
}

static void note_words(struct entry *entry, const struct request *request)
{
    const uint32_t count = request->cargo.args.count;
    uint32_t i;

    entry->count = count < JOURNAL_WORDS ? count : JOURNAL_WORDS;
    for (i = 0; i < entry->count; i++)
        entry->words[i] = i == JOURNAL_WORDS - 1 && count > JOURNAL_WORDS
                              ? note_rest(count - JOURNAL_WORDS + 1)
                              : note_word(request, i);
}

/* NULL: no memory. */
static struct entry *new_entry(const struct conn *conn, const struct request *request,
                               enum journal_kind kind, uint64_t value)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    char local[DESCRIBE_ADDRESS] = "";

    if (entry == NULL)
        return NULL;
    entry->kind = kind;
    entry->value = value;
    entry->seconds = loop_wall_ms(conn->loop) / 1000;
    conn->transport->ops->names(conn->transport, entry->peer, local, sizeof(local));
    if (conn->session.name != NULL)
        (void)session_set_text(&entry->name, bytes_of(conn->session.name));
    note_words(entry, request);
    return entry;
}

static void free_entry(struct entry *entry)
{
    uint32_t i;

    for (i = 0; i < entry->count; i++)
        free((char *)entry->words[i].at);
    free(entry->name);
    free(entry);
}

/* --- the book --- */

struct journal *journal_new(void)
{
    return must_calloc(1, sizeof(struct journal));
}

static void drop_oldest(struct pages *pages)
{
    struct entry *entry = pages->oldest;

    pages->oldest = entry->newer;
    if (pages->oldest == NULL)
        pages->newest = NULL;
    else
        pages->oldest->older = NULL;
    pages->length--;
    free_entry(entry);
}

static void keep_at_most(struct pages *pages, size_t most)
{
    while (pages->length > most)
        drop_oldest(pages);
}

void journal_free(struct journal *journal)
{
    unsigned i;

    for (i = 0; journal != NULL && i < JOURNAL_KINDS; i++)
        keep_at_most(&journal->kinds[i], 0);
    free(journal);
}

static void add(struct pages *pages, struct entry *entry)
{
    entry->id = pages->next_id++;
    entry->older = pages->newest;
    if (pages->newest == NULL)
        pages->oldest = entry;
    else
        pages->newest->newer = entry;
    pages->newest = entry;
    pages->length++;
    keep_at_most(pages, pages->most);
}

static void take_entry(struct loop *loop, struct args *args, struct reply *reply)
{
    struct entry *entry = args->hidden;

    (void)reply;
    add(&loop->journal->kinds[entry->kind], entry);
}

static const struct command note_command = {
    .name = "journal|note", .flags = INTERNAL, .on_loop = take_entry};

void journal_trim(struct journal *journal, const struct settings *settings)
{
    journal->kinds[JOURNAL_SLOW].most = (size_t)settings->slowlog_max_len;
    journal->kinds[JOURNAL_LARGE_REQUEST].most = (size_t)settings->commandlog_large_request_max_len;
    journal->kinds[JOURNAL_LARGE_REPLY].most = (size_t)settings->commandlog_large_reply_max_len;
    /* As in Redis, what is there already stays until something is added. */
}

size_t journal_length(const struct journal *journal, enum journal_kind kind)
{
    return journal->kinds[kind].length;
}

void journal_reset(struct journal *journal, enum journal_kind kind)
{
    keep_at_most(&journal->kinds[kind], 0);
}

static void write_entry(const struct entry *entry, struct reply *reply)
{
    uint32_t i;

    reply_array(reply, 6);
    reply_int(reply, (int64_t)entry->id);
    reply_int(reply, entry->seconds);
    reply_int(reply, (int64_t)entry->value);
    reply_array(reply, entry->count);
    for (i = 0; i < entry->count; i++)
        reply_bulk(reply, entry->words[i]);
    reply_text(reply, entry->peer);
    reply_text(reply, entry->name == NULL ? "" : entry->name);
}

void journal_write(const struct journal *journal, enum journal_kind kind, size_t count,
                   struct reply *reply)
{
    const struct pages *pages = &journal->kinds[kind];
    const struct entry *entry = pages->newest;

    if (count > pages->length)
        count = pages->length;
    reply_array(reply, count);
    for (; count > 0; count--, entry = entry->older)
        write_entry(entry, reply);
}

/* --- noticing: what there is no memory for is not noted --- */

static void note(const struct conn *conn, const struct request *request, enum journal_kind kind,
                 uint64_t value)
{
    struct entry *entry = new_entry(conn, request, kind, value);

    if (entry != NULL && !first_tell(conn->loop, &note_command, entry))
        free_entry(entry);
}

void journal_look(const struct conn *conn, const struct request *request)
{
    const struct attention *attention = &conn->loop->attention;
    const struct command *command = request->cargo.command;
    const uint64_t nanoseconds = request->cargo.nanoseconds;
    uint64_t bytes;

    if (command == NULL || (command->flags & SKIP_SLOWLOG))
        return;
    if (__builtin_expect(nanoseconds >= attention->slow_ns, 0))
        note(conn, request, JOURNAL_SLOW, nanoseconds / 1000);
    if (__builtin_expect(nanoseconds >= attention->spike_ns, 0))
        spikes_note(&conn->loop->spikes, command->flags & FAST ? SPIKE_FAST_COMMAND : SPIKE_COMMAND,
                    loop_wall_ms(conn->loop) / 1000, nanoseconds);
    if (attention->large_request != UINT64_MAX &&
        (bytes = attention_request_bytes(request)) >= attention->large_request)
        note(conn, request, JOURNAL_LARGE_REQUEST, bytes);
    if (attention->large_reply != UINT64_MAX &&
        (bytes = attention_reply_bytes(request)) >= attention->large_reply)
        note(conn, request, JOURNAL_LARGE_REPLY, bytes);
}
