#include "cache/entry.h"

#include "tests/tap/tap.h"

static struct memory memory;

static void a_new_entry_is_empty_and_counted(void)
{
    struct entry *entry = entry_new(&memory, bytes_of("greeting"), 10, ENTRY_FOREVER);

    is_bytes(entry_key(entry).at, entry_key(entry).len, "greeting", 8, "it has its key");
    is_int(entry_text(entry).len, 0, "and no value yet");
    ok(entry_is(entry, TYPE_TEXT), "it is text");
    is_int(entry_expiry(entry), ENTRY_FOREVER, "it stays for ever");
    is_int(entry_size(entry), 16 + 8 + 10, "it costs a header, a key and a place for the value");
    is_int(memory.used, entry_size(entry), "and that is counted");
    entry_free(&memory, entry);
    is_int(memory.used, 0, "and given back");
}

static void an_expiry_costs_eight_bytes(void)
{
    struct entry *entry = entry_new(&memory, bytes_of("k"), 1, 1700000000123);

    is_int(entry_expiry(entry), 1700000000123, "the time is there");
    is_int(entry_size(entry), 16 + 8 + 1 + 1, "and costs eight bytes");
    entry_set_expiry(entry, -5);
    is_int(entry_expiry(entry), -5, "it can be changed");
    is_bytes(entry_key(entry).at, entry_key(entry).len, "k", 1, "the key is still there");
    entry_free(&memory, entry);
}

static void a_value_is_written_in_place(void)
{
    struct entry *entry = entry_new(&memory, bytes_of("k"), 8, 5);

    entry_set_text(entry, bytes_new("a\0b\r\n\xff", 6));
    is_bytes(entry_text(entry).at, entry_text(entry).len, "a\0b\r\n\xff", 6, "any bytes will do");
    entry_set_text(entry, bytes_of("12345678"));
    is_bytes(entry_text(entry).at, entry_text(entry).len, "12345678", 8, "up to the capacity");
    entry_set_text(entry, bytes_new(entry_text(entry).at + 2, 5));
    is_bytes(entry_text(entry).at, entry_text(entry).len, "34567", 5, "also a part of itself");
    ok(entry_value_at(entry) == entry_text(entry).at, "there is one place for it");
    entry_set_text(entry, bytes_of(""));
    is_int(entry_text(entry).len, 0, "also nothing");
    entry_free(&memory, entry);
}

static void a_copy_has_everything(int64_t before, int64_t after)
{
    struct entry *entry = entry_new(&memory, bytes_of("key"), 20, before);
    struct entry *copy;

    entry_set_text(entry, bytes_of("value"));
    entry->heat = 77;
    copy = entry_copy(&memory, entry, 5, after);
    entry_free(&memory, entry);
    is_bytes(entry_key(copy).at, entry_key(copy).len, "key", 3, "a copy has the key");
    is_bytes(entry_text(copy).at, entry_text(copy).len, "value", 5, "and the value");
    is_int(entry_expiry(copy), after, "and the new expiry");
    is_int(copy->heat, 77, "and what belongs to others");
    is_int(copy->value_capacity, 5, "and the new capacity");
    entry_free(&memory, copy);
    is_int(memory.used, 0, "and all is given back");
}

static void large_values_lie_elsewhere(void)
{
    struct large *large = memory_take_large(&memory, LARGE_MIN + 10), *other;
    struct entry *entry = entry_new_large(&memory, bytes_of("key"), large, LARGE_MIN, 5);
    struct entry *copy;

    ok(entry_is_large(entry) && entry_large(entry) == large, "an entry may have a block");
    is_int(entry_size(entry), 16 + 8 + 3 + 8, "it costs eight bytes itself");
    is_int(memory.used, entry_size(entry) + large->size, "and the block");
    ok(entry_text(entry).at == large->at && entry_text(entry).len == LARGE_MIN &&
           entry_value_at(entry) == large->at,
       "the value is there");
    is_int(entry_expiry(entry), 5, "the expiry here");
    is_bytes(entry_key(entry).at, entry_key(entry).len, "key", 3, "and so is the key");
    copy = entry_copy(&memory, entry, LARGE_MIN, ENTRY_FOREVER);
    ok(entry_large(copy) == large && large->holders == 2, "a copy shares the block");
    entry_free(&memory, entry);
    is_int(large->holders, 1, "until the other one is freed");
    ok(entry_text(copy).at == large->at && entry_expiry(copy) == ENTRY_FOREVER, "and has it then");
    other = memory_take_large(&memory, LARGE_MIN);
    entry_change_large(&memory, copy, other);
    ok(entry_text(copy).at == other->at, "another block may take its place");
    is_int(memory.used, entry_size(copy) + other->size, "and the first is given back");
    entry_free(&memory, copy);
    is_int(memory.used, 0, "and all in the end");
    larges_fini(&memory.larges);
}

static void empty_keys_are_keys(void)
{
    struct entry *entry = entry_new(&memory, bytes_of(""), 0, ENTRY_FOREVER);

    is_int(entry_key(entry).len, 0, "a key may be empty");
    is_int(entry_size(entry), 16, "and costs only the header");
    entry_free(&memory, entry);
}

static void too_much_is_refused(void)
{
    const size_t much = (size_t)UINT32_MAX + 1;

    ok(entry_new(&memory, bytes_of("k"), much, ENTRY_FOREVER) == NULL, "a value beyond 4 GiB");
    ok(entry_new(&memory, bytes_new("k", much), 1, ENTRY_FOREVER) == NULL, "a key beyond 4 GiB");
    is_int(memory.used, 0, "and nothing is counted");
}

int main(void)
{
    a_new_entry_is_empty_and_counted();
    an_expiry_costs_eight_bytes();
    a_value_is_written_in_place();
    a_copy_has_everything(ENTRY_FOREVER, ENTRY_FOREVER);
    a_copy_has_everything(ENTRY_FOREVER, 99);
    a_copy_has_everything(99, ENTRY_FOREVER);
    a_copy_has_everything(99, 100);
    large_values_lie_elsewhere();
    empty_keys_are_keys();
    too_much_is_refused();
    return tap_done();
}
