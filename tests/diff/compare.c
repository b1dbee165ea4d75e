#include "tests/diff/compare.h"

#include <stdlib.h>
#include <string.h>

#include "tests/talk/frame.h"
#include "tests/tap/tap.h"

struct value {
    const char *at;
    size_t len;
};

static bool same_bytes(struct value one, struct value other)
{
    return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

/* Takes one value off the front; false when there is none. */
static bool take(struct value *rest, struct value *taken)
{
    const long len = rest->len == 0 ? 0 : frame_length(rest->at, rest->len);

    if (len <= 0)
        return false;
    *taken = (struct value){rest->at, (size_t)len};
    rest->at += len;
    rest->len -= (size_t)len;
    return true;
}

static int by_bytes(const void *one, const void *other)
{
    const struct value *a = one, *b = other;
    const int order = memcmp(a->at, b->at, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* The elements of an aggregate, `step` at a time, in an order of their own. */
static struct value *sorted(struct value whole, long children, long step)
{
    struct value *items = calloc((size_t)children + 1, sizeof(*items)), taken;
    const size_t header = (size_t)frame_header(whole.at, whole.len);
    struct value rest = {whole.at + header, whole.len - header};

    if (items == NULL)
        tap_bail("no memory to sort an answer");
    for (long i = 0; i < children && take(&rest, &taken); i++) {
        if (i % step == 0)
            items[i / step] = taken;
        else
            items[i / step].len += taken.len;
    }
    qsort(items, (size_t)(children / step), sizeof(*items), by_bytes);
    return items;
}

static bool same_elements(struct value one, struct value other, long step)
{
    const long children = frame_children(one.at, one.len);
    struct value *ones, *others;
    bool same = children >= 0 && *one.at == *other.at &&
                children == frame_children(other.at, other.len) && children % step == 0;

    if (!same)
        return false;
    ones = sorted(one, children, step);
    others = sorted(other, children, step);
    for (long i = 0; i < children / step && same; i++)
        same = same_bytes(ones[i], others[i]);
    free(ones);
    free(others);
    return same;
}

/* Times that are left differ by what passed, in seconds or milliseconds. */
static bool near(struct value one, struct value other)
{
    const long long patience = 300000;
    long long a, b;

    if (*one.at != ':' || *other.at != ':')
        return false;
    a = strtoll(one.at + 1, NULL, 10);
    b = strtoll(other.at + 1, NULL, 10);
    return a >= 0 && b >= 0 && llabs(a - b) < patience;
}

static bool same_shape(struct value one, struct value other)
{
    return *one.at == *other.at && *one.at != '-';
}

static bool same(struct value one, struct value other, enum comparison comparison)
{
    if (same_bytes(one, other))
        return true;
    switch (comparison) {
    case COMPARE_SET:
        return same_elements(one, other, 1);
    case COMPARE_PAIRS:
        return same_elements(one, other, 2);
    case COMPARE_WORDS:
        return *one.at == '-' && *other.at == '-';
    case COMPARE_NEAR:
        return near(one, other);
    case COMPARE_SHAPE:
        return same_shape(one, other);
    default:
        return false;
    }
}

static struct value all(const struct subject *subject)
{
    return (struct value){subject->in.data, subject->in.len};
}

static bool same_end(const struct subject *oracle, const struct subject *other)
{
    return oracle->silent == other->silent && oracle->scanned.len == other->scanned.len &&
           (oracle->scanned.len == 0 ||
            memcmp(oracle->scanned.data, other->scanned.data, oracle->scanned.len) == 0);
}

size_t compare_answers(const struct scenario *scenario, const struct subject *oracle,
                       const struct subject *other)
{
    struct value ours = all(other), theirs = all(oracle), one, another;

    if (!same_bytes(ours, theirs))
        for (size_t i = 0; i < scenario->count; i++) {
            const bool is_one = take(&theirs, &one), is_another = take(&ours, &another);

            if (is_one != is_another ||
                (is_one && !same(one, another, scenario->said[i].comparison)))
                return i;
        }
    else
        ours.len = theirs.len = 0;
    return ours.len == theirs.len && same_end(oracle, other) ? COMPARE_SAME : scenario->count;
}

void compare_count(const struct scenario *scenario, const struct subject *oracle)
{
    struct value rest = all(oracle), taken;

    for (size_t i = 0; i < scenario->count && take(&rest, &taken); i++) {
        struct production *it = scenario->said[i].production;

        if (it == NULL)
            continue;
        it->tried++;
        it->succeeded += *taken.at != '-';
    }
}

const char *compare_answer(const struct subject *subject, size_t index, size_t *len)
{
    struct value rest = all(subject), taken;

    do
        if (!take(&rest, &taken))
            return NULL;
    while (index-- > 0);
    *len = taken.len;
    return taken.at;
}
