/*
 * trace - which objects are asked for, one after the other, and how large they are.
 *
 * Owner   one thread.
 * Memory  12 bytes per access.
 * Errors  false and the reason in `why`: no such file, or a line that is not `key size`.
 *
 * A file has lines `key size`, the key any word; `.gz` is read through gzip. An object that is hit
 * keeps the size it has in the cache, whatever the line says.
 */
#ifndef BENCH_SIM_TRACE_H
#define BENCH_SIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/why.h"

#define TRACE_NEVER UINT32_MAX

struct access {
    uint32_t object; /* 0 .. objects - 1 */
    uint32_t size;   /* bytes */
    uint32_t next;   /* when it is asked for again: an index, or TRACE_NEVER */
};

struct trace {
    const char *name;
    struct access *at;
    size_t count;
    size_t room;
    uint32_t objects;
};

void trace_init(struct trace *trace, const char *name);
void trace_fini(struct trace *trace);

void trace_add(struct trace *trace, uint32_t object, uint32_t size);

/* Reads a file into an empty trace. */
bool trace_load(struct trace *trace, const char *path, struct why *why);

/* After the last access: sizes become size * scale + extra, and `next` is filled in. */
void trace_finish(struct trace *trace, double scale, uint32_t extra);

/* Bytes of all objects together, at the size they are first asked for with. */
uint64_t trace_footprint(const struct trace *trace);

/* Bytes of the largest object. */
uint32_t trace_largest(const struct trace *trace);

#endif
