#include "net/http/live.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/sha256.h"

#define DIGEST 32
#define BASE64 45 /* of a digest, with a zero behind */

struct bytes live_text(void)
{
    return bytes_new((const char *)live_html, live_html_size);
}

/* What is between the first two of these. */
static struct bytes between(struct bytes page, const char *from, const char *to)
{
    const char *start = memmem(page.at, page.len, from, strlen(from));
    const char *end;

    assert(start != NULL);
    start += strlen(from);
    end = memmem(start, page.len - (size_t)(start - page.at), to, strlen(to));
    assert(end != NULL);
    return bytes_new(start, (size_t)(end - start));
}

static void digest_of(struct bytes text, unsigned char digest[DIGEST + 1])
{
    char hex[SHA256_HEX + 1];
    unsigned i;

    sha256_hex(text, hex);
    for (i = 0; i < DIGEST; i++) {
        const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};

        digest[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    digest[DIGEST] = 0;
}

/* RFC 4648, for the one length that is needed: eleven times three bytes, the last of which is none. */
static void base64_of(struct bytes text, char into[BASE64])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char digest[DIGEST + 1];
    unsigned i, k;

    digest_of(text, digest);
    for (i = 0; i < DIGEST + 1; i += 3) {
        const unsigned bits =
            (unsigned)digest[i] << 16 | (unsigned)digest[i + 1] << 8 | digest[i + 2];

        for (k = 0; k < 4; k++)
            *into++ = digits[bits >> (18 - 6 * k) & 63];
    }
    into[-1] = '=';
    *into = '\0';
}

void live_policy(char into[LIVE_POLICY])
{
    char style[BASE64], script[BASE64];

    base64_of(between(live_text(), "<style>", "</style>"), style);
    base64_of(between(live_text(), "<script>", "</script>"), script);
    snprintf(into, LIVE_POLICY,
             "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; "
             "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'",
             style, script);
}
