#include "conf/why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void why_set(struct why *why, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(why->text, sizeof(why->text), format, list);
    va_end(list);
}

void why_errno(struct why *why, const char *format, ...)
{
    const int error = errno;
    va_list list;
    size_t used;

    va_start(list, format);
    vsnprintf(why->text, sizeof(why->text), format, list);
    va_end(list);
    used = strlen(why->text);
    snprintf(why->text + used, sizeof(why->text) - used, ": %s", strerror(error));
}
