#include "cache/glob.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

/*
 * The rules once more, the slow and obvious way: a star is tried with every length. It takes the
 * pattern item by item from the front and calls itself for the rest.
 */
static bool slow_match(struct bytes pattern, struct bytes text, bool nocase);

static struct bytes from(struct bytes view, size_t off)
{
    return bytes_new(view.at + off, view.len - off);
}

static int order_of(char c, bool nocase)
{
    return (signed char)(nocase ? bytes_lower(c) : c);
}

static bool slow_range(char a, char b, char c, bool nocase)
{
    if ((signed char)a > (signed char)b)
        return slow_range(b, a, c, nocase);
    return order_of(a, nocase) <= order_of(c, nocase) && order_of(c, nocase) <= order_of(b, nocase);
}

/* `members` is what follows the '[' and a '^'; returns the length of the class in `*len`. */
static bool slow_class(struct bytes members, char c, bool nocase, size_t *len)
{
    bool found = false;
    size_t i = 0;

    while (i < members.len && members.at[i] != ']') {
        const size_t left = members.len - i;

        if (members.at[i] == '\\' && left > 1) {
            found = found || members.at[i + 1] == c;
            i += 2;
        } else if (left > 2 && members.at[i + 1] == '-') {
            found = found || slow_range(members.at[i], members.at[i + 2], c, nocase);
            i += 3;
        } else {
            found = found || order_of(members.at[i], nocase) == order_of(c, nocase);
            i++;
        }
    }
    *len = i < members.len ? i + 1 : i;
    return found;
}

static bool slow_match_class(struct bytes pattern, struct bytes text, bool nocase)
{
    const bool inverted = pattern.len > 1 && pattern.at[1] == '^';
    const struct bytes members = from(pattern, inverted ? 2 : 1);
    size_t len;

    if (slow_class(members, text.at[0], nocase, &len) == inverted)
        return false;
    return slow_match(from(members, len), from(text, 1), nocase);
}

static bool slow_match_star(struct bytes pattern, struct bytes text, bool nocase)
{
    size_t i;

    for (i = 0; i <= text.len; i++)
        if (slow_match(from(pattern, 1), from(text, i), nocase))
            return true;
    return false;
}

static bool slow_match(struct bytes pattern, struct bytes text, bool nocase)
{
    if (pattern.len == 0)
        return text.len == 0;
    if (pattern.at[0] == '*')
        return slow_match_star(pattern, text, nocase);
    if (text.len == 0)
        return false;
    if (pattern.at[0] == '[')
        return slow_match_class(pattern, text, nocase);
    if (pattern.at[0] == '?')
        return slow_match(from(pattern, 1), from(text, 1), nocase);
    if (pattern.at[0] == '\\' && pattern.len > 1)
        pattern = from(pattern, 1);
    if (order_of(pattern.at[0], nocase) != order_of(text.at[0], nocase))
        return false;
    return slow_match(from(pattern, 1), from(text, 1), nocase);
}

/* The one rule that the reference does not know. */
static bool expected_match(struct bytes pattern, struct bytes text, bool nocase)
{
    if (text.len == 0)
        return pattern.len == 0 || (pattern.len == 1 && pattern.at[0] == '*');
    return slow_match(pattern, text, nocase);
}

/* The next string over `letters`, in place: all of length 0, then 1, then 2, up to `most`. */
static bool next_string(char *at, size_t *len, size_t most, const char *letters)
{
    size_t i;

    for (i = *len; i-- > 0;) {
        const char *letter = strchr(letters, at[i]) + 1;

        if (*letter != '\0') {
            at[i] = *letter;
            return true;
        }
        at[i] = letters[0];
    }
    if (*len == most)
        return false;
    memset(at, letters[0], ++*len);
    return true;
}

/* A copy of exactly that length, so that a sanitizer sees every read behind the end. */
static struct bytes exact_copy(const char *at, size_t len)
{
    return bytes_new(memcpy(malloc(len + (len == 0)), at, len), len);
}

static unsigned count_wrong(struct bytes pattern, size_t most, const char *letters, bool nocase)
{
    char buffer[16];
    size_t len = 0;
    unsigned wrong = 0;

    do {
        const struct bytes text = bytes_new(buffer, len);
        const bool got = nocase ? glob_match_nocase(pattern, text) : glob_match(pattern, text);

        if (got == expected_match(pattern, text, nocase))
            continue;
        if (wrong++ == 0)
            tap_note("pattern \"%.*s\" and text \"%.*s\" %s", (int)pattern.len, pattern.at,
                     (int)len, buffer, got ? "match" : "do not match");
    } while (next_string(buffer, &len, most, letters));
    return wrong;
}

static void agrees(size_t pattern_most, const char *pattern_letters, size_t text_most,
                   const char *text_letters, bool nocase)
{
    char buffer[16];
    size_t len = 0;
    unsigned wrong = 0;

    do {
        struct bytes pattern = exact_copy(buffer, len);

        wrong += count_wrong(pattern, text_most, text_letters, nocase);
        free((char *)pattern.at);
    } while (next_string(buffer, &len, pattern_most, pattern_letters));
    is_int(wrong, 0, "all patterns of \"%s\" up to %zu agree with the slow matcher%s",
           pattern_letters, pattern_most, nocase ? ", folding case" : "");
}

static void test_all_short(void)
{
    agrees(7, "*?ab", 4, "ab", false);
    agrees(6, "*[]a\\", 3, "a]\\", false);
    agrees(6, "[]^-ac", 2, "abc-^]", false);
    agrees(5, "[]-aZ\\", 2, "AazZ-]", true);
    agrees(5, "[^-a\x7f\xe9", 2, "a\x7f\xe9\x80", false);
}

static void matches(const char *pattern, const char *text)
{
    ok(glob_match(bytes_of(pattern), bytes_of(text)), "\"%s\" matches \"%s\"", pattern, text);
}

static void differs(const char *pattern, const char *text)
{
    ok(!glob_match(bytes_of(pattern), bytes_of(text)), "\"%s\" does not match \"%s\"", pattern,
       text);
}

static void test_by_hand(void)
{
    matches("", "");
    matches("*", "");
    differs("**", "");
    differs("", "a");
    differs("?", "");
    matches("user:*:name", "user:17:name");
    differs("user:*:name", "user:17:names");
    matches("h?llo", "hello");
    differs("h?llo", "hllo");
    matches("h[^e]llo", "hallo");
    differs("h[^e]llo", "hello");
    matches("h[a-c]llo", "hbllo");
    matches("h[c-a]llo", "hbllo");
    matches("h[abc", "hb");
    differs("h[abc", "hd");
    matches("[^", "x");
    differs("[", "[");
    differs("[]", "]");
    matches("[^]", "]");
    matches("[\\]]", "]");
    matches("[a-]", "^");
    matches("[a-", "-");
    matches("\\", "\\");
    matches("a\\", "a\\");
    matches("\\*", "*");
    differs("\\*", "a");
    matches("**a**", "a");
    matches("*aab", "aaaab");
}

static void test_case(void)
{
    ok(glob_match_nocase(bytes_of("MaxMem*"), bytes_of("maxmemory")), "letters fold when asked to");
    ok(!glob_match(bytes_of("MaxMem*"), bytes_of("maxmemory")), "and do not otherwise");
    ok(glob_match_nocase(bytes_of("[A-C]x"), bytes_of("bX")), "ranges fold");
    ok(!glob_match_nocase(bytes_of("[\\A]"), bytes_of("a")), "quoted members of a class do not");
    ok(glob_match_nocase(bytes_of("\\A"), bytes_of("a")), "quoted letters outside a class do");
    ok(!glob_match_nocase(bytes_of("[Z-a]"), bytes_of("m")), "[Z-a] folds to an empty range");
}

static void test_zero_bytes(void)
{
    ok(glob_match(bytes_new("a\0*", 3), bytes_new("a\0bc", 4)), "zero bytes are bytes");
    ok(!glob_match(bytes_new("a\0", 2), bytes_new("a", 1)), "and do not end a pattern");
    ok(glob_match(bytes_new("[\0]", 3), bytes_new("\0", 1)), "and can be in a class");
}

/* Twenty thousand stars would be twenty thousand calls deep, or 2^n tries, if done naively. */
static void test_hostile(void)
{
    enum { STARS = 20000, TEXT = 2000 };
    char *pattern = malloc(2 * STARS), *text = malloc(TEXT);
    size_t i;

    for (i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "*a", 2);
    memset(text, 'a', TEXT);
    ok(!glob_match(bytes_new(pattern, 2 * STARS), bytes_new(text, TEXT)),
       "more stars and letters than text are refused in time");
    ok(glob_match(bytes_new(pattern, 2 * TEXT), bytes_new(text, TEXT)),
       "two thousand stars still match");
    pattern[2 * TEXT - 1] = 'b';
    ok(!glob_match(bytes_new(pattern, 2 * TEXT), bytes_new(text, TEXT)),
       "two thousand stars with a wrong end do not");
    free(pattern);
    free(text);
}

int main(void)
{
    test_by_hand();
    test_case();
    test_zero_bytes();
    test_all_short();
    test_hostile();
    return tap_done();
}
