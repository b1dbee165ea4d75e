#include "tests/sim/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/number.h"
#include "cache/panic.h"

/* Names that route in every way: plain, by a tag, by what is no tag. */
static const char *const forms[] = {"k%u",  "{t}k%u", "k%u{u}",  "{}k%u",
                                    "k%u{", "}{t}%u", "a{b{c}%u"};

void model_fini(struct model *model)
{
    model_clear(model);
}

void model_name(const struct model *model, unsigned key, char *name)
{
    const int len = snprintf(name, MODEL_NAME, "%s", model->prefix);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(name + len, MODEL_NAME - (size_t)len, forms[key % (sizeof(forms) / sizeof(forms[0]))],
             key);
#pragma GCC diagnostic pop
}

int model_find(const struct model *model, struct bytes name)
{
    char ours[MODEL_NAME];
    unsigned i;

    for (i = 0; i < MODEL_KEYS; i++) {
        model_name(model, i, ours);
        if (bytes_equal(name, bytes_of(ours)))
            return (int)i;
    }
    return -1;
}

struct bytes model_value(const struct model *model, unsigned key)
{
    return bytes_new(model->keys[key].at, model->keys[key].len);
}

void model_remove(struct model *model, unsigned key)
{
    free(model->keys[key].at);
    model->keys[key] = (struct model_key){0};
}

void model_set(struct model *model, unsigned key, struct bytes value)
{
    char *copy = must_malloc(value.len + 1);

    if (value.len > 0)
        memcpy(copy, value.at, value.len);
    model_remove(model, key);
    model->keys[key] = (struct model_key){.at = copy, .len = value.len};
}

void model_append(struct model *model, unsigned key, struct bytes more)
{
    struct model_key *it = &model->keys[key];

    it->at = must_realloc(it->at, it->len + more.len + 1);
    memcpy(it->at + it->len, more.at, more.len);
    it->len += more.len;
}

void model_clear(struct model *model)
{
    unsigned i;

    for (i = 0; i < MODEL_KEYS; i++)
        model_remove(model, i);
}

void model_copy(struct model *to, const struct model *from)
{
    unsigned i;

    model_clear(to);
    memcpy(to->prefix, from->prefix, sizeof(to->prefix));
    for (i = 0; i < MODEL_KEYS; i++)
        if (from->keys[i].at != NULL) {
            model_set(to, i, model_value(from, i));
            to->keys[i].expires = from->keys[i].expires;
        }
}

bool model_add(struct model *model, unsigned key, int64_t by, int64_t *sum)
{
    const bool expires = model->keys[key].expires;
    char text[24];

    *sum = 0;
    if (model->keys[key].at != NULL && !number_parse(model_value(model, key), sum))
        return false;
    *sum += by;
    model_set(model, key, bytes_new(text, (size_t)sprintf(text, "%lld", (long long)*sum)));
    model->keys[key].expires = expires;
    return true;
}

unsigned model_count(const struct model *model)
{
    return (unsigned)__builtin_popcountll(model_mask(model));
}

uint64_t model_mask(const struct model *model)
{
    uint64_t mask = 0;
    unsigned i;

    for (i = 0; i < MODEL_KEYS; i++)
        if (model->keys[i].at != NULL)
            mask |= (uint64_t)1 << i;
    return mask;
}
