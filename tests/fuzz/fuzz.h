/*
 * fuzz - what each target is to an engine: a function of bytes that ends the program when something is
 * wrong.
 *
 *     libFuzzer and AFL++ call it with inputs they think of; replay.c with those kept in files
 *
 * Owner   one thread.
 * Memory  everything is given back before it returns.
 * Cost    well below a millisecond for most inputs, or an engine gets nowhere.
 * Errors  fuzz_fail and assertions; the engine keeps the input.
 *
 * Source  the interface of libFuzzer, https://llvm.org/docs/LibFuzzer.html
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define fuzz_fail(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())

/* What is left of an input that is read like a file; behind its end there are zeros. */
struct fuzz_input {
    const uint8_t *at;
    size_t len;
};

static inline const uint8_t *fuzz_take(struct fuzz_input *input, size_t len)
{
    const uint8_t *at = input->at;

    input->at += len;
    input->len -= len;
    return at;
}

static inline unsigned fuzz_byte(struct fuzz_input *input)
{
    return input->len > 0 ? *fuzz_take(input, 1) : 0;
}

static inline uint64_t fuzz_number(struct fuzz_input *input, unsigned bytes)
{
    uint64_t number = 0;

    while (bytes-- > 0)
        number = number << 8 | fuzz_byte(input);
    return number;
}

#endif
