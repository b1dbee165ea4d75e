/*
 * crc64 - the checksum at the end of what DUMP answers: polynomial of Jones, reflected, from 0.
 *
 * Owner   pure function.
 * Memory  a constant table of 16 numbers.
 * Cost    two steps per byte.
 * Errors  none.
 *
 * David T. Jones, "An improved 64-bit cyclic redundancy check for protein sequences", 2002.
 */
#ifndef CACHE_CRC64_H
#define CACHE_CRC64_H

#include <stdint.h>

#include "cache/bytes.h"

uint64_t crc64(struct bytes text);

#endif
