/*
 * frame - where a RESP reply ends, in the versions 2 and 3 of the protocol.
 *
 * Owner   nobody; functions of bytes.
 * Memory  none.
 * Cost    linear in the bytes looked at.
 * Errors  FRAME_INCOMPLETE: more bytes are needed; FRAME_BROKEN: this will never be a reply.
 */
#ifndef TESTS_TALK_FRAME_H
#define TESTS_TALK_FRAME_H

#include "tests/talk/text.h"

enum { FRAME_INCOMPLETE = 0, FRAME_BROKEN = -1 };

/* Length of the value at the start of the bytes, with everything in it. */
long frame_length(const char *bytes, size_t len);

/* Length of its first line, with CR LF. */
long frame_header(const char *bytes, size_t len);

/* How many values follow the header of an aggregate; -1 when it is none, or nil. */
long frame_children(const char *bytes, size_t len);

/* Type and content without length and line ends: "$hello", ":1", "$nil"; an aggregate is as sent.
 */
void frame_face(const char *bytes, size_t len, struct text *face);

/* The value in the notation of talk files, an aggregate with one line for each value in it. */
void frame_print(const char *bytes, size_t len, struct text *out);

#endif
