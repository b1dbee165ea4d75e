#include "conf/words.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap/tap.h"

#define LINE(text) text, sizeof(text) - 1

/* Splits and shows the words as [one][two], or "no". */
static const char *shown(const char *line, size_t len)
{
    static char text[256];
    struct words words;
    size_t i;

    if (!words_split(&words, line, len))
        return words.count == 0 && words.at == NULL ? "no" : "leftovers";
    text[0] = '\0';
    for (i = 0; i < words.count; i++) {
        strcat(text, "[");
        strcat(text, words.at[i]);
        strcat(text, "]");
    }
    words_free(&words);
    return text;
}

static void bare_words(void)
{
    is_text(shown(LINE("")), "", "an empty line has no words");
    is_text(shown(LINE(" \t\r\n")), "", "blanks are no words");
    is_text(shown(LINE("set a  b")), "[set][a][b]", "blanks divide words");
    is_text(shown(LINE("  set\ta\r\n")), "[set][a]", "all kinds of blanks divide words");
    is_text(shown(LINE("a\\n b#c")), "[a\\n][b#c]", "outside quotes nothing is special");
    is_text(shown(LINE("one\0two")), "[one]", "a zero byte ends the line");
    is_text(shown("abcdef", 3), "[abc]", "no byte behind the end is read");
}

static void quoted_words(void)
{
    is_text(shown(LINE("\"a b\" c")), "[a b][c]", "double quotes keep blanks");
    is_text(shown(LINE("'a b' c")), "[a b][c]", "single quotes keep blanks");
    is_text(shown(LINE("\"\" ''")), "[][]", "quotes can hold nothing");
    is_text(shown(LINE("\"\\n\\r\\t\\b\\a\"")), "[\n\r\t\b\a]",
            "letters stand for control characters");
    is_text(shown(LINE("\"\\\\ \\\" \\q\"")), "[\\ \" q]", "other letters stand for themselves");
    is_text(shown(LINE("\"\\x41\\x6a\\x4A\"")), "[AjJ]", "bytes can be written in hexadecimal");
    is_text(shown(LINE("\"\\x4\" \"\\xzz\"")), "[x4][xzz]", "half a hexadecimal byte is letters");
    is_text(shown(LINE("'a\\n\\'b'")), "[a\\n'b]", "single quotes know only the quote itself");
    is_text(shown(LINE("a\"b c\" d'e f'")), "[ab c][de f]", "quotes may begin inside a word");
}

static void bad_quotes(void)
{
    is_text(shown(LINE("\"a")), "no", "double quotes must end");
    is_text(shown(LINE("'a")), "no", "single quotes must end");
    is_text(shown(LINE("\"a\"b")), "no", "nothing may follow double quotes");
    is_text(shown(LINE("'a'b")), "no", "nothing may follow single quotes");
    is_text(shown(LINE("a b \"c\\\"")), "no", "a quoted quote does not end");
    is_text(shown(LINE("\"a\\")), "no", "a last backslash does not end");
    is_text(shown("\"a\"", 2), "no", "a quote behind the end does not count");
}

static void binary_words(void)
{
    struct words words;

    ok(words_split(&words, LINE("\"a\\x00b\" c")), "a word may hold a zero byte");
    is_int(words.count, 2, "and others follow");
    is_bytes(words.at[0], words.len[0], "a\0b", 3, "and it counts");
    words_free(&words);
    words_free(&words);
    ok(words.count == 0, "words can be freed twice");
}

static void many_words(void)
{
    struct words words = {0, NULL, NULL};
    int i;

    for (i = 0; i < 1000; i++)
        words_add(&words, "word", 4);
    is_int(words.count, 1000, "a thousand words can be added");
    is_text(words.at[999], "word", "and the last is there");
    words_free(&words);
}

static void quoting(const char *word, size_t len, const char *expected)
{
    char *quoted = words_quote(word, len);
    struct words words;

    is_text(quoted, expected, "%s is quoted", expected);
    ok(words_split(&words, quoted, strlen(quoted)) && words.count == 1, "%s is one word", expected);
    is_bytes(words.at[0], words.len[0], word, len, "%s is read back", expected);
    words_free(&words);
    free(quoted);
}

static void every_byte(void)
{
    struct words words;
    char bytes[256];
    char *quoted;
    int i;

    for (i = 0; i < 256; i++)
        bytes[i] = (char)i;
    quoted = words_quote(bytes, sizeof(bytes));
    ok(words_split(&words, quoted, strlen(quoted)), "all bytes in one word can be read again");
    is_bytes(words.at[0], words.len[0], bytes, sizeof(bytes), "and are the same");
    words_free(&words);
    free(quoted);
}

int main(void)
{
    bare_words();
    quoted_words();
    bad_quotes();
    binary_words();
    many_words();
    quoting(LINE("plain"), "plain");
    quoting(LINE(""), "\"\"");
    quoting(LINE("a b"), "\"a b\"");
    quoting(LINE("#a"), "\"#a\"");
    quoting(LINE("a\"\\\n\0'"), "\"a\\\"\\\\\\n\\x00'\"");
    every_byte();
    return tap_done();
}
