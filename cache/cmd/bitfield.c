/* Numbers of any width in a text. */
#include "cache/bits.h"
#include "cache/cache.h"
#include "cache/data_families.h"
#include "cache/keyspace.h"
#include "cache/text.h"

/* What becomes of a number that does not fit. */
enum overflow { WRAP, SATURATE, FAIL };

enum action { GET, SET, ADD };

struct operation {
    enum action action;
    enum overflow overflow;
    bool is_signed;
    unsigned width;
    uint64_t offset;
    int64_t operand;
};

/* Goes through the words, one operation after the other. */
struct reader {
    const struct cache *cache;
    const struct args *args;
    uint32_t index;
    enum overflow overflow;
};

/* --- reading what is asked for --- */

static bool read_type(const struct args *args, uint32_t index, struct operation *operation,
                      struct reply *reply)
{
    const struct bytes word = args_word(args, index);
    int64_t width;

    if (word.len > 1 && (word.at[0] == 'i' || word.at[0] == 'u') &&
        number_parse(bytes_new(word.at + 1, word.len - 1), &width)) {
        operation->is_signed = word.at[0] == 'i';
        operation->width = (unsigned)width;
        if (width >= 1 && width <= (operation->is_signed ? 64 : 63))
            return true;
    }
    reply_error(reply, "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                       "supported but i64 is.");
    return false;
}

static bool read_overflow(struct reader *reader, struct reply *reply)
{
    const struct args *args = reader->args;

    if (args_say(args, reader->index + 1, "wrap"))
        reader->overflow = WRAP;
    else if (args_say(args, reader->index + 1, "sat"))
        reader->overflow = SATURATE;
    else if (args_say(args, reader->index + 1, "fail"))
        reader->overflow = FAIL;
    else {
        reply_error(reply, "ERR Invalid OVERFLOW type specified");
        return false;
    }
    reader->index += 2;
    return true;
}

/* Its name and how many words follow. */
static bool find_action(const struct reader *reader, enum action *action)
{
    static const struct {
        const char *name;
        uint32_t words;
    } actions[] = {[GET] = {"get", 2}, [SET] = {"set", 3}, [ADD] = {"incrby", 3}};
    unsigned i;

    for (i = GET; i <= ADD; i++)
        if (args_say(reader->args, reader->index, actions[i].name) &&
            reader->index + actions[i].words < reader->args->count) {
            *action = (enum action)i;
            return true;
        }
    return false;
}

static bool read_operation(struct reader *reader, struct operation *operation, struct reply *reply)
{
    const uint32_t index = reader->index;

    operation->overflow = reader->overflow;
    operation->operand = 0;
    if (!find_action(reader, &operation->action)) {
        reply_error(reply, ERROR_SYNTAX);
        return false;
    }
    if (!read_type(reader->args, index + 1, operation, reply) ||
        !bits_offset(reader->cache, reader->args, index + 2, operation->width, &operation->offset,
                     reply))
        return false;
    reader->index += operation->action == GET ? 3 : 4;
    return operation->action == GET ||
           args_int(reader->args, index + 3, &operation->operand, reply);
}

static bool is_overflow(const struct reader *reader)
{
    return args_say(reader->args, reader->index, "overflow") &&
           reader->index + 1 < reader->args->count;
}

/* The next operation; false at the end, and when a mistake was answered. */
static bool next(struct reader *reader, struct operation *operation, struct reply *reply)
{
    while (reader->index < reader->args->count && is_overflow(reader))
        if (!read_overflow(reader, reply))
            return false;
    return reader->index < reader->args->count && read_operation(reader, operation, reply);
}

/* --- numbers --- */

/* What `value` is cut down to; `fits` says whether nothing was lost. */
static int64_t fit(__int128 value, const struct operation *operation, bool *fits)
{
    const unsigned width = operation->width;
    const __int128 one = 1;
    const __int128 most = (one << (operation->is_signed ? width - 1 : width)) - 1;
    const __int128 least = operation->is_signed ? -most - 1 : 0;
    uint64_t low = (uint64_t)value;

    *fits = value >= least && value <= most;
    if (*fits)
        return (int64_t)value;
    if (operation->overflow == SATURATE)
        return (int64_t)(value > most ? most : least);
    low <<= 64 - width;
    return operation->is_signed ? (int64_t)low >> (64 - width) : (int64_t)(low >> (64 - width));
}

static int64_t read_number(struct bytes text, const struct operation *operation)
{
    const unsigned unused = 64 - operation->width;
    const uint64_t value = bits_read(text, operation->offset, operation->width);

    return operation->is_signed ? (int64_t)(value << unused) >> unused : (int64_t)value;
}

/* A negative number for an unsigned field counts as a very large one. */
static __int128 operand(const struct operation *operation)
{
    if (operation->action == SET && !operation->is_signed)
        return (__int128)(uint64_t)operation->operand;
    return operation->operand;
}

static void change(struct entry *entry, const struct operation *operation, struct reply *reply)
{
    const int64_t before = read_number(entry_text(entry), operation);
    bool fits;
    const int64_t after =
        fit((operation->action == ADD ? before : 0) + operand(operation), operation, &fits);

    if (!fits && operation->overflow == FAIL) {
        reply_null(reply);
        return;
    }
    bits_write(entry_value_at(entry), operation->offset, operation->width, (uint64_t)after);
    reply_int(reply, operation->action == ADD ? after : before);
}

/* --- the commands --- */

/* What all operations together need; nothing is done until all were read. */
struct plan {
    uint32_t operations;
    uint64_t bits; /* 0: nothing is written */
};

static bool make_plan(const struct cache *cache, const struct args *args, struct plan *plan,
                      struct reply *reply)
{
    struct reader reader = {cache, args, 2, WRAP};
    struct operation operation;

    *plan = (struct plan){0, 0};
    while (next(&reader, &operation, reply)) {
        const uint64_t end = operation.offset + operation.width;

        plan->operations++;
        if (operation.action != GET && end > plan->bits)
            plan->bits = end;
    }
    return !reply->failed;
}

/* `entry` may be missing when nothing is to be written. */
static void carry_out(struct cache *cache, const struct args *args, const struct plan *plan,
                      struct entry *entry, struct reply *reply)
{
    struct reader reader = {cache, args, 2, WRAP};
    struct operation operation;

    reply_array(reply, plan->operations);
    while (next(&reader, &operation, reply))
        if (operation.action == GET)
            reply_int(reply, read_number(text_of(entry), &operation));
        else
            change(entry, &operation, reply);
}

static void read_only(struct cache *cache, struct args *args, const struct plan *plan,
                      struct reply *reply)
{
    struct entry *entry = keyspace_read(cache, args_word(args, 1), args->hash);

    if (text_accept(entry, reply))
        carry_out(cache, args, plan, entry, reply);
}

static void cmd_bitfield(struct cache *cache, struct args *args, struct reply *reply)
{
    struct plan plan;
    struct entry *entry;

    if (!make_plan(cache, args, &plan, reply))
        return;
    if (plan.bits == 0) {
        read_only(cache, args, &plan, reply);
        return;
    }
    entry = keyspace_peek(cache, args_word(args, 1), args->hash);
    if (!text_accept(entry, reply))
        return;
    entry = text_grow(cache, args, (size_t)((plan.bits + 7) / 8), reply);
    if (entry != NULL)
        carry_out(cache, args, &plan, entry, reply);
}

static void cmd_bitfield_ro(struct cache *cache, struct args *args, struct reply *reply)
{
    struct plan plan;

    if (!make_plan(cache, args, &plan, reply))
        return;
    if (plan.bits > 0)
        reply_error(reply, "ERR BITFIELD_RO only supports the GET subcommand");
    else
        read_only(cache, args, &plan, reply);
}

/* clang-format off */
static const struct command rows[] = {
    /* name         arity  flags             keys           route      gather  */
    { "bitfield",     -2,  WRITES | DENYOOM, KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_bitfield, .key_flags = "RW access update variable_flags",
      .key_notes = "This command allows both access and modification of the key",
      DOC("bitmap", "3.2.0", "O(1) per operation", "Reads and writes numbers of any width in a text",
          "key operation=[GET encoding_offset=(encoding offset)|"
          "write=([OVERFLOW wrap_sat_fail=(WRAP|SAT|FAIL)] "
          "write_operation=(SET encoding_offset_value=(encoding offset value#integer)|"
          "INCRBY encoding_offset_increment=(encoding offset increment)))]...") },
    { "bitfield_ro",  -2,  READS | FAST,     KEYS(1, 1, 1), ONE_SHARD, AS_IS,
      .on_cache = cmd_bitfield_ro, .key_flags = "RO access",
      DOC("bitmap", "6.0.0", "O(1) per operation", "Reads numbers of any width in a text",
          "key [GET encoding_offset=(encoding offset)]...*") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family bitfield_family = {rows};
