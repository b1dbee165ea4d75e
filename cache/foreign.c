#include "cache/foreign.h"

#include <stdlib.h>

#include "cache/cache.h"
#include "cache/entry.h"
#include "cache/keyspace.h"
#include "cache/text.h"

struct foreign *foreign_new(const uint8_t *owners, uint32_t first, uint32_t step, uint32_t keys)
{
    struct foreign *foreign = calloc(1, sizeof(*foreign) + keys * sizeof(foreign->values[0]));

    if (foreign == NULL)
        return NULL;
    foreign->owners = owners;
    foreign->first = first;
    foreign->step = step;
    foreign->keys = keys;
    return foreign;
}

bool foreign_is_lost(const struct foreign *foreign)
{
    uint32_t i;

    for (i = 0; i < foreign->keys; i++)
        if (foreign->values[i].lost)
            return true;
    return false;
}

static struct entry *look(struct cache *cache, const struct args *args, uint32_t index)
{
    const struct bytes key = args_word(args, index);

    return keyspace_peek(cache, key, keyspace_hash(cache, key));
}

/* --- at the owners --- */

static void fill(struct foreign_value *value, const struct entry *entry, bool with_text,
                 struct reply *reply)
{
    const struct bytes text = text_of(entry);

    value->exists = entry != NULL;
    if (entry == NULL || !with_text)
        return;
    value->type = entry->kind & ENTRY_TYPE_MASK;
    value->expiry = entry_expiry(entry);
    value->text = text;
    if (entry_is_large(entry)) {
        reply_lend(reply, entry_large(entry), text);
    } else {
        value->in = reply;
        value->place = reply->len;
        reply_raw(reply, text.at, text.len);
    }
    value->lost = reply_is_broken(reply);
}

/* The words are those of the whole command: each owner picks out its own keys. */
static void fill_own(struct cache *cache, struct args *args, bool with_text, struct reply *reply)
{
    struct foreign *foreign = args->hidden;
    uint32_t i;

    for (i = 0; i < foreign->keys; i++)
        if (foreign->owners[i] == cache_index(cache))
            fill(&foreign->values[i], look(cache, args, foreign->first + i * foreign->step),
                 with_text, reply);
}

static void fetch(struct cache *cache, struct args *args, struct reply *reply)
{
    fill_own(cache, args, true, reply);
}

static void ask(struct cache *cache, struct args *args, struct reply *reply)
{
    fill_own(cache, args, false, reply);
}

static void forget(struct cache *cache, struct args *args, struct reply *reply)
{
    const struct foreign *foreign = args->hidden;
    const struct bytes key = args_word(args, foreign->first);

    (void)reply;
    if (foreign->forget)
        keyspace_delete(cache, key, keyspace_hash(cache, key));
}

const struct command foreign_fetch_command = {
    .name = "foreign|fetch", .arity = -2, .flags = INTERNAL, .route = ONE_SHARD, .on_cache = fetch};
const struct command foreign_ask_command = {
    .name = "foreign|ask", .arity = -2, .flags = INTERNAL, .route = ONE_SHARD, .on_cache = ask};
const struct command foreign_forget_command = {.name = "foreign|forget",
                                               .arity = -2,
                                               .flags = INTERNAL,
                                               .route = ONE_SHARD,
                                               .on_cache = forget};

/* --- in handlers --- */

static uint32_t number_of(const struct foreign *foreign, uint32_t index)
{
    return (index - foreign->first) / foreign->step;
}

bool foreign_is_here(const struct cache *cache, const struct args *args, uint32_t index)
{
    const struct foreign *foreign = args->hidden;

    return foreign == NULL || foreign->owners[number_of(foreign, index)] == cache_index(cache);
}

bool foreign_exists(struct cache *cache, const struct args *args, uint32_t index)
{
    const struct foreign *foreign = args->hidden;

    if (foreign == NULL)
        return look(cache, args, index) != NULL;
    return foreign->values[number_of(foreign, index)].exists;
}

static struct source of_entry(const struct entry *entry)
{
    if (entry == NULL)
        return (struct source){.text = bytes_new("", 0)};
    return (struct source){true, entry->kind & ENTRY_TYPE_MASK, entry_expiry(entry),
                           entry_text(entry)};
}

static struct source of_value(const struct foreign_value *value)
{
    if (!value->exists)
        return (struct source){.text = bytes_new("", 0)};
    return (struct source){
        true, value->type, value->expiry,
        value->in == NULL ? value->text : bytes_new(value->in->at + value->place, value->text.len)};
}

struct source foreign_peek(struct cache *cache, const struct args *args, uint32_t index)
{
    const struct foreign *foreign = args->hidden;

    if (foreign_is_here(cache, args, index))
        return of_entry(look(cache, args, index));
    return of_value(&foreign->values[number_of(foreign, index)]);
}

struct source foreign_read(struct cache *cache, const struct args *args, uint32_t index)
{
    const struct source source = foreign_peek(cache, args, index);

    if (source.exists)
        cache_stats(cache)->keyspace_hits++;
    else
        cache_stats(cache)->keyspace_misses++;
    return source;
}

bool foreign_text(struct cache *cache, const struct args *args, uint32_t index,
                  struct source *source, struct reply *reply)
{
    *source = foreign_read(cache, args, index);
    if (!source->exists || source->type == TYPE_TEXT)
        return true;
    reply_error(reply, ERROR_WRONG_TYPE);
    return false;
}

void foreign_delete_first(struct cache *cache, const struct args *args)
{
    struct foreign *foreign = args->hidden;
    const struct bytes key = args_word(args, foreign == NULL ? 1 : foreign->first);

    if (foreign != NULL && foreign->owners[0] != cache_index(cache))
        foreign->forget = true;
    else
        keyspace_delete(cache, key, keyspace_hash(cache, key));
}
