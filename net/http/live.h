/*
 * live - the live page: live.html as it was when the program was built, and what a browser may do
 * for it.
 *
 * Owner   constant.
 * Memory  read-only; the policy is some 300 bytes of the caller's.
 * Cost    two digests for the policy, once.
 * Errors  none.
 */
#ifndef NET_HTTP_LIVE_H
#define NET_HTTP_LIVE_H

#include <stddef.h>

#include "cache/bytes.h"
#include "shard/owner.h"

/* From the build: see CMakeLists.txt. */
extern const unsigned char live_html[];
extern const size_t live_html_size;

#define LIVE_POLICY 512

struct bytes live_text(void) ANY_THREAD;

/* A Content-Security-Policy: its own style and script, its own news, and nothing else. */
void live_policy(char into[LIVE_POLICY]) ANY_THREAD;

#endif
