#include "cache/glob.h"

#include <stddef.h>

/* What one match asks for. `*p` below is always a place in the pattern. */
struct walk {
    struct bytes pattern;
    bool nocase;
};

/* A letter as the pattern sees it. Bytes of 128 and more order below 0, as Redis has it on amd64.
 */
static int letter_of(const struct walk *walk, char c)
{
    return (signed char)(walk->nocase ? bytes_lower(c) : c);
}

static bool is_letter(const struct walk *walk, char expected, char c)
{
    return letter_of(walk, expected) == letter_of(walk, c);
}

/* Which end is the lower one is decided before letters are folded; so [Z-a] folds to nothing. */
static bool is_in_range(const struct walk *walk, char first, char last, char c)
{
    const bool turned = (signed char)first > (signed char)last;
    const int low = letter_of(walk, turned ? last : first);
    const int high = letter_of(walk, turned ? first : last);

    return letter_of(walk, c) >= low && letter_of(walk, c) <= high;
}

/*
 * Does one member of a class, at `*p`, allow `c`? Moves `*p` behind it. A quoted member counts in
 * its own case only, even where letters are folded.
 */
static bool member_allows(const struct walk *walk, size_t *p, char c)
{
    const char *at = walk->pattern.at + *p;
    const size_t left = walk->pattern.len - *p;

    if (left >= 2 && at[0] == '\\') {
        *p += 2;
        return at[1] == c;
    }
    if (left >= 3 && at[1] == '-') {
        *p += 3;
        return is_in_range(walk, at[0], at[2], c);
    }
    *p += 1;
    return is_letter(walk, at[0], c);
}

/* `*p` is behind the '['; it is moved behind the ']', or to the end of a class that has none. */
static bool class_allows(const struct walk *walk, size_t *p, char c)
{
    const struct bytes pattern = walk->pattern;
    const bool inverted = *p < pattern.len && pattern.at[*p] == '^';
    bool found = false;

    *p += inverted;
    while (*p < pattern.len && pattern.at[*p] != ']')
        found |= member_allows(walk, p, c);
    *p += *p < pattern.len;
    return found != inverted;
}

/* Does what stands at `*p`, which is no star, allow `c`? Moves `*p` behind it. */
static bool item_allows(const struct walk *walk, size_t *p, char c)
{
    const struct bytes pattern = walk->pattern;
    const char item = pattern.at[(*p)++];

    if (item == '?')
        return true;
    if (item == '[')
        return class_allows(walk, p, c);
    if (item == '\\' && *p < pattern.len)
        return is_letter(walk, pattern.at[(*p)++], c);
    return is_letter(walk, item, c);
}

/* Only stars can match no text at all. */
static bool is_only_stars(struct bytes pattern, size_t p)
{
    while (p < pattern.len && pattern.at[p] == '*')
        p++;
    return p == pattern.len;
}

/*
 * Only the last star ever needs another try: whatever an earlier star could swallow more, the last
 * one can swallow as well. So two places are all there is to remember, and nothing recurses.
 *
 *     pattern   a * b c ? *         behind_star: where a new try starts in the pattern
 *     text      a x x b c d         retry:       where the last try started in the text
 */
static bool match(const struct walk *walk, struct bytes text)
{
    const struct bytes pattern = walk->pattern;
    size_t p = 0, t = 0, behind_star = 0, retry = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.at[p] == '*') {
            behind_star = ++p;
            retry = t;
            if (p == pattern.len)
                return true;
        } else if (p < pattern.len && item_allows(walk, &p, text.at[t])) {
            t++;
        } else if (behind_star > 0) {
            p = behind_star;
            t = ++retry;
        } else {
            return false;
        }
    }
    return is_only_stars(pattern, p);
}

/* Redis asks its matcher nothing about "*" alone; any other row of stars refuses the empty text. */
static bool match_empty(struct bytes pattern)
{
    return pattern.len == 0 || (pattern.len == 1 && pattern.at[0] == '*');
}

static bool match_in(struct bytes pattern, struct bytes text, bool nocase)
{
    const struct walk walk = {pattern, nocase};

    return text.len == 0 ? match_empty(pattern) : match(&walk, text);
}

bool glob_match(struct bytes pattern, struct bytes text)
{
    return match_in(pattern, text, false);
}

bool glob_match_nocase(struct bytes pattern, struct bytes text)
{
    return match_in(pattern, text, true);
}
