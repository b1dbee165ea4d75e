/*
 * parse - an answer of the server, as hiredis reads it.
 *
 * Owner   the test. Memory the reply is for freeReplyObject. Cost none. Errors end the test.
 */
#ifndef TESTS_TOP_PARSE_H
#define TESTS_TOP_PARSE_H

#include <hiredis/hiredis.h>
#include <string.h>

#include "tests/tap/tap.h"

static inline redisReply *parse(const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    if (redisReaderFeed(reader, text, strlen(text)) != REDIS_OK ||
        redisReaderGetReply(reader, &reply) != REDIS_OK || reply == NULL)
        tap_bail("the test's answer cannot be read: %s", text);
    redisReaderFree(reader);
    return reply;
}

#endif
