/*
 * sentence - commands out of the bytes of an input: any row about keys, with words that mean something to
 * it and words that do not.
 *
 * Owner   one thread; the list of rows is made once.
 * Memory  the buffer that is written into.
 * Cost    copies.
 * Errors  none: every input is some sentence.
 */
#ifndef TESTS_FUZZ_SENTENCE_H
#define TESTS_FUZZ_SENTENCE_H

#include "cache/command.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sim/buffer.h"

/* Adds one command, as an array of texts. */
void sentence_add(struct buffer *buffer, struct fuzz_input *input,
                  const struct command_table *commands);

#endif
