#include "top/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- INFO --- */

struct field {
    const char *name;
    size_t place;
};

#define AT(member) offsetof(struct sample, member)

/* clang-format off */
static const struct field fields[] = {
    {"uptime_in_seconds",           AT(uptime)},
    {"connected_clients",           AT(clients)},
    {"blocked_clients",             AT(blocked)},
    {"maxclients",                  AT(maxclients)},
    {"total_connections_received",  AT(connections)},
    {"rejected_connections",        AT(rejected)},
    {"total_commands_processed",    AT(commands)},
    {"total_net_input_bytes",       AT(input)},
    {"total_net_output_bytes",      AT(output)},
    {"total_error_replies",         AT(errors)},
    {"keyspace_hits",               AT(hits)},
    {"keyspace_misses",             AT(misses)},
    {"evicted_keys",                AT(evicted)},
    {"expired_keys",                AT(expired)},
    {"used_memory",                 AT(used)},
    {"used_memory_rss",             AT(rss)},
    {"maxmemory",                   AT(maxmemory)},
};

static const struct field shard_fields[] = {
    {"thread",            offsetof(struct sample_shard, thread)},
    {"keys",              offsetof(struct sample_shard, keys)},
    {"requests",          offsetof(struct sample_shard, requests)},
    {"queue",             offsetof(struct sample_shard, queue)},
    {"memory",            offsetof(struct sample_shard, memory)},
    {"longest_turn_usec", offsetof(struct sample_shard, longest_us)},
    {"hits",              offsetof(struct sample_shard, hits)},
    {"misses",            offsetof(struct sample_shard, misses)},
    {"evicted",           offsetof(struct sample_shard, evicted)},
};
/* clang-format on */

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A piece of a line. */
struct piece {
    const char *at;
    size_t len;
};

static bool says(struct piece piece, const char *text)
{
    return strlen(text) == piece.len && memcmp(piece.at, text, piece.len) == 0;
}

static bool begins(struct piece piece, const char *text)
{
    return piece.len >= strlen(text) && memcmp(piece.at, text, strlen(text)) == 0;
}

static void copy(char *into, size_t room, struct piece piece)
{
    const size_t len = piece.len < room ? piece.len : room - 1;

    memcpy(into, piece.at, len);
    into[len] = '\0';
}

static uint64_t number(struct piece piece)
{
    char digits[32];

    copy(digits, sizeof(digits), piece);
    return strtoull(digits, NULL, 10);
}

static uint64_t microseconds(struct piece seconds)
{
    char digits[32];

    copy(digits, sizeof(digits), seconds);
    return (uint64_t)(strtod(digits, NULL) * 1e6 + 0.5);
}

/* Cuts what is before the sign off; false when the sign is not there. */
static bool cut(struct piece *rest, char sign, struct piece *head)
{
    const char *at = rest->len == 0 ? NULL : memchr(rest->at, sign, rest->len);

    *head = *rest;
    if (at == NULL) {
        rest->len = 0;
        return false;
    }
    head->len = (size_t)(at - rest->at);
    rest->at = at + 1;
    rest->len -= head->len + 1;
    return true;
}

static bool put(const struct field *rows, size_t count, void *into, struct piece name,
                struct piece value)
{
    for (size_t i = 0; i < count; i++)
        if (says(name, rows[i].name)) {
            *(uint64_t *)((char *)into + rows[i].place) = number(value);
            return true;
        }
    return false;
}

/* shard3:thread=0,keys=1,... */
static void read_shard(struct sample *sample, struct piece name, struct piece rest)
{
    const uint64_t index = number((struct piece){name.at + 5, name.len - 5});
    struct piece pair, key;

    if (index >= SAMPLE_SHARDS)
        return;
    if (index >= sample->shard_count)
        sample->shard_count = (unsigned)index + 1;
    sample->has.shards = true;
    while (rest.len > 0) {
        cut(&rest, ',', &pair);
        if (!cut(&pair, '=', &key))
            continue;
        put(shard_fields, COUNT(shard_fields), &sample->shards[index], key, pair);
        sample->has.queue |= says(key, "queue");
        sample->has.longest |= says(key, "longest_turn_usec");
        sample->has.found |= says(key, "hits");
    }
}

/* cmdstat_get:calls=1,usec=5,... */
static void read_command(struct sample *sample, struct piece name, struct piece rest)
{
    struct sample_command *command = &sample->of_commands[sample->command_count];
    struct piece pair, key;

    if (sample->command_count == SAMPLE_COMMANDS)
        return;
    sample->command_count++;
    *command = (struct sample_command){.calls = 0};
    copy(command->name, sizeof(command->name), (struct piece){name.at + 8, name.len - 8});
    while (rest.len > 0) {
        cut(&rest, ',', &pair);
        if (!cut(&pair, '=', &key))
            continue;
        if (says(key, "calls"))
            command->calls = number(pair);
        else if (says(key, "usec"))
            command->us = number(pair);
    }
}

/* db0:keys=1,expires=0,avg_ttl=0 */
static void read_database(struct sample *sample, struct piece rest)
{
    struct piece pair, key;

    while (rest.len > 0) {
        cut(&rest, ',', &pair);
        if (!cut(&pair, '=', &key))
            continue;
        if (says(key, "keys"))
            sample->keys += number(pair);
        else if (says(key, "expires"))
            sample->expiring += number(pair);
    }
}

static bool is_numbered(struct piece name, const char *word)
{
    const size_t len = strlen(word);

    return begins(name, word) && name.len > len && name.at[len] >= '0' && name.at[len] <= '9';
}

/* Every server says which Redis it is like; those with a name of their own come behind that. */
static void read_identity(struct sample *sample, struct piece name, struct piece value)
{
    if (says(name, "redis_version") && sample->version[0] == '\0') {
        copy(sample->name, sizeof(sample->name), (struct piece){"redis", 5});
        copy(sample->version, sizeof(sample->version), value);
    } else if (says(name, "croft_version") || says(name, "valkey_version")) {
        copy(sample->name, sizeof(sample->name), (struct piece){name.at, name.len - 8});
        copy(sample->version, sizeof(sample->version), value);
    }
}

static void read_line(struct sample *sample, struct piece name, struct piece value)
{
    if (is_numbered(name, "shard"))
        read_shard(sample, name, value);
    else if (is_numbered(name, "db"))
        read_database(sample, value);
    else if (begins(name, "cmdstat_"))
        read_command(sample, name, value);
    else if (says(name, "maxmemory_policy"))
        copy(sample->policy, sizeof(sample->policy), value);
    else if (says(name, "shard_placement"))
        copy(sample->placement, sizeof(sample->placement), value);
    else if (says(name, "used_cpu_sys") || says(name, "used_cpu_user"))
        sample->cpu_us += microseconds(value);
    else if (!put(fields, COUNT(fields), sample, name, value))
        read_identity(sample, name, value);
}

/* As if the whole server were a shard. */
static void make_one_shard(struct sample *sample)
{
    sample->shard_count = 1;
    sample->shards[0] = (struct sample_shard){.keys = sample->keys,
                                              .requests = sample->commands,
                                              .memory = sample->used,
                                              .hits = sample->hits,
                                              .misses = sample->misses,
                                              .evicted = sample->evicted};
    sample->has.found = true;
}

void sample_read_info(struct sample *sample, const char *text)
{
    struct piece rest = {text, strlen(text)}, line, name;

    while (rest.len > 0) {
        cut(&rest, '\n', &line);
        if (line.len > 0 && line.at[line.len - 1] == '\r')
            line.len--;
        if (cut(&line, ':', &name))
            read_line(sample, name, line);
    }
    if (sample->version[0] == '\0') { /* it does not say what it is */
        copy(sample->name, sizeof(sample->name), (struct piece){"server", 6});
        copy(sample->version, sizeof(sample->version), (struct piece){"?", 1});
    }
    if (!sample->has.shards)
        make_one_shard(sample);
}

/* --- LATENCY HISTOGRAM --- */

static unsigned bucket_of(uint64_t edge)
{
    const unsigned place = edge == 0 ? 0 : 63u - (unsigned)__builtin_clzll(edge);

    return place < SAMPLE_BUCKETS ? place : SAMPLE_BUCKETS - 1;
}

/* Pairs of an edge and how many took up to it, those of smaller ones, too. */
static void add_buckets(struct sample *sample, const redisReply *pairs)
{
    uint64_t before = 0;

    for (size_t i = 0; i + 1 < pairs->elements; i += 2) {
        const uint64_t edge = (uint64_t)pairs->element[i]->integer;
        const uint64_t count = (uint64_t)pairs->element[i + 1]->integer;
        struct sample_bucket *bucket = &sample->buckets[bucket_of(edge)];

        if (edge > bucket->edge)
            bucket->edge = edge;
        bucket->count += count - before;
        before = count;
    }
}

static bool is_text(const redisReply *reply, const char *text)
{
    return (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS) &&
           strcmp(reply->str, text) == 0;
}

void sample_read_histogram(struct sample *sample, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY)
        return;
    sample->has.latency = true;
    for (size_t i = 1; i < reply->elements; i += 2) {
        const redisReply *about = reply->element[i];

        for (size_t j = 0; j + 1 < about->elements; j += 2)
            if (is_text(about->element[j], "histogram_usec"))
                add_buckets(sample, about->element[j + 1]);
    }
}

/* --- HOTKEYS --- */

/* As redis-cli shows a text; what there is no room for is left out, the quote is not. */
static void show(char into[SAMPLE_KEY], const char *key, size_t len)
{
    size_t used = 0;

    into[used++] = '"';
    for (size_t i = 0; i < len && used < SAMPLE_KEY - 6; i++) {
        const unsigned char byte = (unsigned char)key[i];
        static const char plain[] = "\n\r\t\a\b", letters[] = "nrtab";
        const char *found = byte == '\0' ? NULL : strchr(plain, byte);

        if (byte == '"' || byte == '\\')
            used += (size_t)sprintf(into + used, "\\%c", byte);
        else if (found != NULL)
            used += (size_t)sprintf(into + used, "\\%c", letters[found - plain]);
        else if (byte < ' ' || byte > '~')
            used += (size_t)sprintf(into + used, "\\x%02x", byte);
        else
            into[used++] = (char)byte;
    }
    into[used++] = '"';
    into[used] = '\0';
}

void sample_read_hottest(struct sample *sample, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY)
        return;
    sample->has.hottest = true;
    for (size_t i = 0; i < reply->elements && sample->hottest_count < SAMPLE_HOTTEST; i++) {
        const redisReply *row = reply->element[i];
        struct sample_hot *hot = &sample->hottest[sample->hottest_count];

        if (row->type != REDIS_REPLY_ARRAY || row->elements != 3 ||
            row->element[0]->type != REDIS_REPLY_STRING)
            continue;
        show(hot->key, row->element[0]->str, (size_t)row->element[0]->len);
        hot->database = (uint64_t)row->element[1]->integer;
        hot->reads = (uint64_t)row->element[2]->integer;
        sample->hottest_count++;
    }
}
