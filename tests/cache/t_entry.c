#include "cache/entry.h"

#include "tests/tap/tap.h"

static struct memory memory;
static char long_text[100000];

static void a_new_entry_is_empty_and_counted(void)
{
    struct entry *entry = entry_new(&memory, bytes_of("greeting"), 10, ENTRY_FOREVER);

    is_bytes(entry_key(entry).at, entry_key(entry).len, "greeting", 8, "it has its key");
    is_int(entry_text(entry).len, 0, "and no value yet");
    ok(entry_is(entry, TYPE_TEXT), "it is text");
    is_int(entry_expiry(entry), ENTRY_FOREVER, "it stays for ever");
    is_int(entry->heat, 0, "it has not been used");
    is_int(entry_size(entry), 8 + 8, "it costs a header and a key so far");
    is_int(entry_cost(&memory, entry), 8 + 8 + 16, "and with a place for the value a slot");
    is_int(memory.used, entry_cost(&memory, entry), "and that is counted");
    entry_free(&memory, entry);
    is_int(memory.used, 0, "and given back");
}

static void an_expiry_costs_eight_bytes(void)
{
    struct entry *entry = entry_new(&memory, bytes_of("k"), 7, 1700000000123);

    is_int(entry_expiry(entry), 1700000000123, "the time is there");
    is_int(entry_cost(&memory, entry), 8 + 8 + 1 + 7, "and costs eight bytes");
    entry_set_expiry(&memory, entry, -5);
    is_int(entry_expiry(entry), -5, "it can be changed");
    is_bytes(entry_key(entry).at, entry_key(entry).len, "k", 1, "the key is still there");
    entry_free(&memory, entry);
}

static void a_value_is_written_in_place(void)
{
    struct entry *entry = entry_new(&memory, bytes_of("k"), 8, 5);

    entry_set_text(entry, bytes_new("a\0b\r\n\xff", 6));
    is_bytes(entry_text(entry).at, entry_text(entry).len, "a\0b\r\n\xff", 6, "any bytes will do");
    is_int(entry_capacity(&memory, entry), 8 + 7, "there is room to the end of the slot");
    entry_set_text(entry, bytes_of("123456789012345"));
    is_bytes(entry_text(entry).at, entry_text(entry).len, "123456789012345", 15, "all of that");
    entry_set_text(entry, bytes_new(entry_text(entry).at + 2, 5));
    is_bytes(entry_text(entry).at, entry_text(entry).len, "34567", 5, "also a part of itself");
    ok(entry_value_at(entry) == entry_text(entry).at, "there is one place for it");
    entry_set_len(entry, 3);
    is_bytes(entry_text(entry).at, entry_text(entry).len, "345", 3, "the length can be set");
    entry_set_text(entry, bytes_of(""));
    is_int(entry_text(entry).len, 0, "also nothing");
    entry_free(&memory, entry);
}

static void a_copy_has_everything(int64_t before, int64_t after)
{
    struct entry *entry = entry_new(&memory, bytes_of("key"), 20, before);
    struct entry *copy;

    entry_set_text(entry, bytes_of("value"));
    entry->heat = 0x12345678;
    copy = entry_copy(&memory, entry, 5, after);
    entry_free(&memory, entry);
    is_bytes(entry_key(copy).at, entry_key(copy).len, "key", 3, "a copy has the key");
    is_bytes(entry_text(copy).at, entry_text(copy).len, "value", 5, "and the value");
    is_int(entry_expiry(copy), after, "and the new expiry");
    is_int(copy->heat, 0x12345678, "and the heat");
    ok(entry_capacity(&memory, copy) < 20, "and the new capacity");
    entry_free(&memory, copy);
    is_int(memory.used, 0, "and all is given back");
}

static void large_values_lie_elsewhere(void)
{
    struct large *large = memory_take_large(&memory, LARGE_MIN + 10), *other;
    struct entry *entry, *copy;

    large->len = LARGE_MIN;
    entry = entry_new_large(&memory, bytes_of("keys:one"), large, 5);
    ok(entry_is_large(entry) && entry_large(entry) == large, "an entry may have a block");
    is_int(entry_cost(&memory, entry), 8 + 8 + 8 + 8, "it costs eight bytes itself");
    is_int(memory.used, entry_cost(&memory, entry) + large->size, "and the block");
    ok(entry_text(entry).at == large->at && entry_text(entry).len == LARGE_MIN &&
           entry_value_at(entry) == large->at,
       "the value is there");
    is_int(entry_len(entry), LARGE_MIN, "and has its length");
    is_int(entry_expiry(entry), 5, "the expiry here");
    is_bytes(entry_key(entry).at, entry_key(entry).len, "keys:one", 8, "and so is the key");
    copy = entry_copy(&memory, entry, LARGE_MIN, ENTRY_FOREVER);
    ok(entry_large(copy) == large && large->holders == 2, "a copy shares the block");
    entry_free(&memory, entry);
    is_int(large->holders, 1, "until the other one is freed");
    ok(entry_text(copy).at == large->at && entry_expiry(copy) == ENTRY_FOREVER, "and has it then");
    other = memory_take_large(&memory, LARGE_MIN);
    entry_change_large(&memory, copy, other);
    ok(entry_text(copy).at == other->at, "another block may take its place");
    is_int(memory.used, entry_cost(&memory, copy) + other->size, "and the first is given back");
    entry_set_len(copy, 7);
    is_int(entry_text(copy).len, 7, "its length can be set");
    entry_free(&memory, copy);
    is_int(memory.used, 0, "and all in the end");
}

/* Around every length at which something changes. */
static void keys_of_any_length_are_keys(void)
{
    static const size_t lengths[] = {0,    1,    8,    16,   254,  255,   256,   257,
                                     1000, 8000, 8191, 8192, 8193, 10000, 65536, 100000};
    bool right = true;
    unsigned i;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const struct bytes key = bytes_new(long_text, lengths[i]);
        struct entry *entry = entry_new(&memory, key, 100, i % 2 == 0 ? ENTRY_FOREVER : 77);
        struct entry *copy;

        entry_set_text(entry, bytes_new(long_text + 5, 100));
        copy = entry_copy(&memory, entry, 100, i % 3 == 0 ? ENTRY_FOREVER : 78);
        right &= memory.used == entry_cost(&memory, entry) + entry_cost(&memory, copy);
        right &= entry_size(copy) <= memory_slot(&memory, copy);
        entry_free(&memory, entry);
        right &= bytes_equal(entry_key(copy), key);
        right &= bytes_equal(entry_text(copy), bytes_new(long_text + 5, 100));
        entry_free(&memory, copy);
        right &= memory.used == 0;
    }
    ok(right, "keys have any length");
}

static void empty_keys_are_keys(void)
{
    struct entry *entry = entry_new(&memory, bytes_of(""), 0, ENTRY_FOREVER);

    is_int(entry_key(entry).len, 0, "a key may be empty");
    is_int(entry_cost(&memory, entry), 16, "and costs the header, rounded up");
    entry_free(&memory, entry);
}

static void what_is_too_long_lies_elsewhere(void)
{
    ok(entry_fits_inside(bytes_of("k"), 32000), "a value of some kilobytes lies inside");
    ok(!entry_fits_inside(bytes_of("k"), LARGE_MIN), "a large one does not");
    ok(!entry_fits_inside(bytes_new(long_text, 1000), 32000), "nor both of key and value");
    ok(entry_fits_inside(bytes_new(long_text, 100000), 24000), "a very long key does not count");
}

int main(void)
{
    unsigned i;

    for (i = 0; i < sizeof(long_text); i++)
        long_text[i] = (char)(i * 7 + i / 256);
    a_new_entry_is_empty_and_counted();
    an_expiry_costs_eight_bytes();
    a_value_is_written_in_place();
    a_copy_has_everything(ENTRY_FOREVER, ENTRY_FOREVER);
    a_copy_has_everything(ENTRY_FOREVER, 99);
    a_copy_has_everything(99, ENTRY_FOREVER);
    a_copy_has_everything(99, 100);
    large_values_lie_elsewhere();
    keys_of_any_length_are_keys();
    empty_keys_are_keys();
    what_is_too_long_lies_elsewhere();
    memory_fini(&memory);
    return tap_done();
}
