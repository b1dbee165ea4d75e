#include "tests/lin/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- texts --- */

#define BUCKETS (1u << 16)

static struct text {
    struct text *next;
    uint32_t number;
    uint32_t len;
    char bytes[];
} * buckets[BUCKETS];
static struct text **by_number;
static uint32_t count;
static uint32_t room;

static uint32_t bucket_of(struct bytes bytes)
{
    uint64_t hash = 0xcbf29ce484222325;
    size_t i;

    for (i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.at[i]) * 0x100000001b3;
    return (uint32_t)(hash >> 20) % BUCKETS;
}

static uint32_t add(struct bytes bytes, struct text **bucket)
{
    struct text *text = malloc(sizeof(*text) + bytes.len + 1);

    if (count + 1 >= room) {
        room = 2 * room + 1024;
        by_number = realloc(by_number, room * sizeof(struct text *));
    }
    *text = (struct text){.next = *bucket, .number = ++count, .len = (uint32_t)bytes.len};
    memcpy(text->bytes, bytes.at, bytes.len);
    text->bytes[bytes.len] = '\0';
    *bucket = text;
    by_number[count] = text;
    return count;
}

static uint32_t number_of(struct bytes bytes)
{
    struct text **bucket = &buckets[bucket_of(bytes)];
    const struct text *text;

    for (text = *bucket; text != NULL; text = text->next)
        if (bytes_equal(bytes_new(text->bytes, text->len), bytes))
            return text->number;
    return add(bytes, bucket);
}

static uint32_t joined(uint32_t number, struct bytes more)
{
    const struct text *text = by_number[number];
    char *bytes = malloc(text->len + more.len + 1);
    uint32_t result;

    memcpy(bytes, text->bytes, text->len);
    memcpy(bytes + text->len, more.at, more.len);
    result = number_of(bytes_new(bytes, text->len + more.len));
    free(bytes);
    return result;
}

/* One more than the number that the text is; false when it is none, or the largest. */
static bool counted_up(uint32_t number, int64_t *value)
{
    const struct text *text = by_number[number];
    char canonical[32];

    if (text->len > 20)
        return false;
    errno = 0;
    *value = strtoll(text->bytes, NULL, 10);
    snprintf(canonical, sizeof(canonical), "%lld", (long long)*value);
    return errno == 0 && strcmp(canonical, text->bytes) == 0 &&
           !__builtin_add_overflow(*value, 1, value);
}

static uint32_t number_text(int64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    return number_of(bytes_of(text));
}

void store_forget(void)
{
    for (; count > 0; count--)
        free(by_number[count]);
    memset(buckets, 0, sizeof(buckets));
    free(by_number);
    by_number = NULL;
    room = 0;
}

/* --- slots --- */

static const struct slot nothing = {ABSENT, 0, NEVER};

static bool may_be_there(const struct slot *slot, const struct op *op)
{
    return slot->text != ABSENT && (slot->latest == NEVER || op->called <= slot->latest);
}

static bool may_be_gone(const struct slot *slot, const struct op *op)
{
    return slot->text == ABSENT || (slot->latest != NEVER && op->returned >= slot->soonest);
}

static struct slot written(const struct op *op, struct bytes text)
{
    struct slot slot = {number_of(text), 0, NEVER};

    if (op->lifetime > 0 && op->returned != NEVER) {
        slot.soonest = op->called + op->lifetime - STORE_SLACK;
        slot.latest = op->returned + op->lifetime + STORE_SLACK;
    }
    return slot;
}

/* --- operations --- */

/* Those that find something: was it what they were told? */
static bool found(const struct slot *slot, const struct op *op)
{
    switch (op->told) {
    case TOLD_NOTHING:
        return true;
    case TOLD_TEXT:
        return may_be_there(slot, op) && number_of(op->answer) == slot->text;
    default:
        return op->told == TOLD_NULL && may_be_gone(slot, op);
    }
}

static bool get(struct slot *slot, const struct op *op)
{
    if (!found(slot, op))
        return false;
    if (op->told == TOLD_NULL)
        *slot = nothing;
    return true;
}

static bool getdel(struct slot *slot, const struct op *op)
{
    const bool happened = found(slot, op);

    *slot = nothing;
    return happened;
}

/* Was it there, as a number of 1 or 0 says? */
static bool agrees(const struct slot *slot, const struct op *op, bool there)
{
    return there ? may_be_there(slot, op) : may_be_gone(slot, op);
}

static bool del(struct slot *slot, const struct op *op)
{
    const bool happened = op->told == TOLD_NOTHING || agrees(slot, op, op->number == 1);

    *slot = nothing;
    return happened;
}

static bool setnx(struct slot *slot, const struct op *op)
{
    const bool sets = op->told == TOLD_NOTHING ? slot->text == ABSENT : op->number == 1;

    if (op->told != TOLD_NOTHING && !agrees(slot, op, !sets))
        return false;
    if (sets)
        *slot = written(op, op->text);
    return true;
}

/* To a key that is not there. */
static bool incr_nothing(struct slot *slot, const struct op *op)
{
    if (!may_be_gone(slot, op) || (op->told != TOLD_NOTHING && op->number != 1))
        return false;
    *slot = (struct slot){number_text(1), 0, NEVER};
    return true;
}

static bool incr(struct slot *slot, const struct op *op)
{
    int64_t value = 0;
    bool counts;

    if (slot->text == ABSENT)
        return op->told != TOLD_ERROR && incr_nothing(slot, op);
    counts = counted_up(slot->text, &value);
    if (op->told == TOLD_NOTHING ||
        (may_be_there(slot, op) && counts && op->told == TOLD_NUMBER && op->number == value)) {
        slot->text = counts ? number_text(value) : slot->text;
        return true;
    }
    if (op->told == TOLD_ERROR)
        return may_be_there(slot, op) && !counts;
    return incr_nothing(slot, op);
}

static bool append(struct slot *slot, const struct op *op)
{
    const uint32_t longer = slot->text == ABSENT ? ABSENT : joined(slot->text, op->text);

    if (longer != ABSENT && (op->told == TOLD_NOTHING ||
                             (may_be_there(slot, op) && by_number[longer]->len == op->number))) {
        slot->text = longer;
        return true;
    }
    if (!may_be_gone(slot, op) || (op->told != TOLD_NOTHING && (size_t)op->number != op->text.len))
        return false;
    *slot = (struct slot){number_of(op->text), 0, NEVER};
    return true;
}

static bool rename_key(struct slot *from, struct slot *to, const struct op *op)
{
    if (op->told == TOLD_ERROR || (op->told == TOLD_NOTHING && from->text == ABSENT)) {
        const bool happened = op->told == TOLD_NOTHING || may_be_gone(from, op);

        *from = nothing;
        return happened;
    }
    if (!may_be_there(from, op) && op->told != TOLD_NOTHING)
        return false;
    *to = *from;
    *from = nothing;
    return true;
}

static bool set(struct slot *slot, const struct op *op, struct bytes text)
{
    *slot = written(op, text);
    return op->told == TOLD_NOTHING || op->told == TOLD_OK;
}

bool store_step(const struct state *before, const struct op *op, struct state *after)
{
    struct slot *slot = &after->slots[op->key];

    *after = *before;
    switch (op->kind) {
    case OP_GET:
        return get(slot, op);
    case OP_SET:
        return set(slot, op, op->text);
    case OP_SETNX:
        return setnx(slot, op);
    case OP_GETDEL:
        return getdel(slot, op);
    case OP_DEL:
        return del(slot, op);
    case OP_INCR:
        return incr(slot, op);
    case OP_APPEND:
        return append(slot, op);
    case OP_MSET:
        return set(slot, op, op->text) && set(&after->slots[op->other], op, op->other_text);
    case OP_RENAME:
        return rename_key(slot, &after->slots[op->other], op);
    }
    return false;
}

uint64_t store_hash(const struct state *state)
{
    uint64_t hash = 0;
    unsigned i;

    for (i = 0; i < GROUP_KEYS; i++) {
        hash = (hash ^ state->slots[i].text) * 0x9e3779b97f4a7c15;
        hash = (hash ^ (uint64_t)state->slots[i].latest) * 0xbf58476d1ce4e5b9;
        hash ^= hash >> 29;
    }
    return hash;
}
