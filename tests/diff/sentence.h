/*
 * sentence - the words of one request while it is made up.
 *
 * Owner   the writer; reused for every request.
 * Memory  all words stand in one text that grows; a word is a place in it.
 * Cost    linear in the bytes.
 * Errors  words beyond SENTENCE_WORDS are dropped.
 */
#ifndef TESTS_DIFF_SENTENCE_H
#define TESTS_DIFF_SENTENCE_H

#include "tests/talk/text.h"

#define SENTENCE_WORDS 64

struct sentence {
    struct text bytes;
    struct {
        size_t at;
        size_t len;
    } words[SENTENCE_WORDS];
    size_t count;
};

void sentence_clear(struct sentence *);

/* What is added to `bytes` between these two is a word. */
void sentence_begin(struct sentence *);
void sentence_end(struct sentence *);
void sentence_add(struct sentence *, const void *bytes, size_t len);

const char *sentence_word(const struct sentence *, size_t index);

void sentence_drop(struct sentence *, size_t index);
void sentence_swap(struct sentence *, size_t one, size_t other);
/* The last word goes to where `index` is, in place of what is there. */
void sentence_replace_by_last(struct sentence *, size_t index);

/* As a RESP request, and as a line with quotes where they are needed. */
void sentence_request(const struct sentence *, struct text *out);
void sentence_line(const struct sentence *, struct text *out);

#endif
