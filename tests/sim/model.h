/*
 * model - keys that only one client writes, as that client must see them: one command after the
 * other, whatever shards they live on and however many are under way.
 *
 * Owner   a client.
 * Memory  its copies of the values.
 * Cost    none.
 * Errors  none.
 */
#ifndef TESTS_SIM_MODEL_H
#define TESTS_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/bytes.h"

#define MODEL_KEYS 14
#define MODEL_NAME 40

struct model {
    char prefix[16]; /* empty with a database of one's own */
    struct model_key {
        char *at; /* NULL: no such key */
        size_t len;
        bool expires; /* far in the future */
    } keys[MODEL_KEYS];
};

void model_fini(struct model *model);
void model_name(const struct model *model, unsigned key, char *name);
int model_find(const struct model *model, struct bytes name); /* -1: no key of ours */

struct bytes model_value(const struct model *model, unsigned key); /* at == NULL: none */
void model_set(struct model *model, unsigned key, struct bytes value);
void model_remove(struct model *model, unsigned key);
void model_append(struct model *model, unsigned key, struct bytes more);
void model_clear(struct model *model);
void model_copy(struct model *to, const struct model *from); /* replaces what `to` was */

/* False: it is not a number. */
bool model_add(struct model *model, unsigned key, int64_t by, int64_t *sum);

unsigned model_count(const struct model *model);
uint64_t model_mask(const struct model *model); /* a bit for each key that is there */

#endif
