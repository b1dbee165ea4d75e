#include "cache/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nineteen decimal digits always fit into 64 bits without a sign; int64 never needs more. */
#define PARSED_DIGITS 19

static unsigned digit_of(char c)
{
    return (unsigned)(unsigned char)c - '0'; /* anything that is no digit gives more than 9 */
}

/* All of `at[0 .. len)` as digits, len <= PARSED_DIGITS: hence no overflow to look for. */
static bool parse_digits(const char *at, size_t len, uint64_t *value)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        const unsigned digit = digit_of(at[i]);

        if (digit > 9)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool number_parse(struct bytes text, int64_t *value)
{
    const bool negative = text.len > 0 && text.at[0] == '-';
    const char *at = text.at + negative;
    const size_t len = text.len - negative;
    uint64_t size;

    if (len == 0 || len > PARSED_DIGITS)
        return false;
    if (at[0] == '0' && text.len > 1) /* neither "-0" nor "01" */
        return false;
    if (!parse_digits(at, len, &size) || size > (uint64_t)INT64_MAX + negative)
        return false;
    *value = (int64_t)(negative ? -size : size);
    return true;
}

/* Any number of digits, leading zeros too, as long as the value fits. */
static bool parse_long_digits(const char *at, size_t len, uint64_t *value)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        const unsigned digit = digit_of(at[i]);

        if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, digit, &sum))
            return false;
    }
    *value = sum;
    return true;
}

bool number_parse_cursor(struct bytes text, uint64_t *value)
{
    const size_t end = strnlen(text.at, text.len);
    const bool sign = end > 0 && (text.at[0] == '-' || text.at[0] == '+');
    uint64_t size;

    if (end == 1 && sign)
        return false;
    if (!parse_long_digits(text.at + sign, end - sign, &size))
        return false;
    *value = sign && text.at[0] == '-' ? -size : size;
    return true;
}

/* clang-format off */
static const char pairs[200] =
    "00010203040506070809" "10111213141516171819" "20212223242526272829" "30313233343536373839"
    "40414243444546474849" "50515253545556575859" "60616263646566676869" "70717273747576777879"
    "80818283848586878889" "90919293949596979899";
/* clang-format on */

/* How many decimal digits `value` has. */
static size_t digits_of(uint64_t value)
{
    size_t count = 1;

    for (;; value /= 10000, count += 4) {
        if (value < 10)
            return count;
        if (value < 100)
            return count + 1;
        if (value < 1000)
            return count + 2;
        if (value < 10000)
            return count + 3;
    }
}

size_t number_print_unsigned(char *into, uint64_t value)
{
    const size_t len = digits_of(value);
    char *at = into + len;

    for (; value >= 100; value /= 100) {
        at -= 2;
        memcpy(at, pairs + value % 100 * 2, 2);
    }
    if (value >= 10)
        memcpy(into, pairs + value * 2, 2);
    else
        *into = (char)('0' + value);
    return len;
}

size_t number_print(char *into, int64_t value)
{
    if (value >= 0)
        return number_print_unsigned(into, (uint64_t)value);
    *into = '-';
    return 1 + number_print_unsigned(into + 1, -(uint64_t)value);
}

static size_t print_word(char *into, const char *word)
{
    const size_t len = strlen(word);

    memcpy(into, word, len);
    return len;
}

size_t number_print_double(char *into, double value)
{
    if (isnan(value))
        return print_word(into, "nan");
    if (isinf(value))
        return print_word(into, value > 0 ? "inf" : "-inf");
    return (size_t)snprintf(into, NUMBER_DOUBLE, "%.17g", value);
}

bool number_parse_long(struct bytes text, long double *value)
{
    char copy[NUMBER_LONG];
    char *end;
    long double number;

    if (text.len == 0 || text.len >= sizeof(copy) || isspace((unsigned char)text.at[0]))
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    errno = 0;
    number = strtold(copy, &end);
    if (end != copy + text.len || errno == EINVAL || isnan(number))
        return false;
    if (errno == ERANGE && (isinf(number) || number == 0))
        return false;
    *value = number;
    return true;
}

size_t number_print_long(char *into, long double value)
{
    size_t len = (size_t)snprintf(into, NUMBER_LONG, "%.17Lf", value);

    while (into[len - 1] == '0')
        len--;
    if (into[len - 1] == '.')
        len--;
    if (len == 2 && into[0] == '-' && into[1] == '0') {
        into[0] = '0';
        len = 1;
    }
    return len;
}
