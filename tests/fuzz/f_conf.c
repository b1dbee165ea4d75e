/* The configuration file: any text is refused with a reason or accepted; then CONFIG REWRITE leaves it as it
 * is, and after a change writes what says the same as the settings.
 *
 *     input  one byte: what is changed; then the text */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"
#include "conf/rewrite.h"
#include "tests/fuzz/fuzz.h"

/* Where flushing to the disk costs nothing. */
static char folder[] = "/dev/shm/fuzz-conf.XXXXXX";
static char path[64];

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void make_folder(void)
{
    if (path[0] != '\0')
        return;
    if (mkdtemp(folder) == NULL)
        fuzz_fail("%s cannot be made", folder);
    snprintf(path, sizeof(path), "%s/croft.conf", folder);
    atexit(remove_folder);
}

static void write_file(const void *bytes, size_t len)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        fuzz_fail("%s cannot be written", path);
}

/* But that a last line without an end is given one. */
static void file_must_be(const uint8_t *bytes, size_t len)
{
    const bool ends = len == 0 || bytes[len - 1] == '\n';
    size_t now_len;
    char *now = load_read(path, &now_len);

    if (now == NULL || now_len != len + !ends || memcmp(now, bytes, len) != 0)
        fuzz_fail("a rewrite without a change has changed the file");
    free(now);
}

static void must_agree(const struct settings *a, const struct settings *b)
{
    const char *name;
    size_t i;

    for (i = 0; (name = settings_name(i)) != NULL; i++) {
        char *of_a = settings_value(a, name);
        char *of_b = settings_value(b, name);

        if (strcmp(of_a, of_b) != 0)
            fuzz_fail("%s is '%s', and '%s' is read", name, of_a, of_b);
        free(of_a);
        free(of_b);
    }
}

static void change(struct settings *settings, unsigned choice)
{
    static const char *const changes[][2] = {
        {"maxmemory", "12345678"},
        {"maxmemory-policy", "volatile-ttl"},
        {"loglevel", "warning"},
        {"bind", "127.0.0.1"},
        {"requirepass", "a \"b"},
        {"client-output-buffer-limit", "normal 1mb 2mb 3"},
        {"save", ""},
        {"timeout", "7"},
    };
    const char *const *pair = changes[choice % (sizeof(changes) / sizeof(changes[0]))];
    struct why why;

    if (!settings_set_text(settings, pair[0], pair[1], &why))
        fuzz_fail("%s: %s", pair[0], why.text);
}

static struct settings *read_file(struct why *why)
{
    struct settings *settings = settings_new();
    char *argv[] = {"croft", path};

    if (load_arguments(settings, 2, argv, why))
        return settings;
    settings_free(settings);
    return NULL;
}

static void rewrite(struct settings *settings)
{
    struct why why;

    if (!rewrite_file(settings, &why))
        fuzz_fail("%s", why.text);
}

static void must_come_back(struct settings *settings, unsigned choice)
{
    struct settings *again;
    struct why why = {""};

    change(settings, choice);
    rewrite(settings);
    again = read_file(&why);
    if (again == NULL)
        fuzz_fail("what was written is refused: %s", why.text);
    must_agree(settings, again);
    settings_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_input input = {bytes, len};
    const unsigned choice = fuzz_byte(&input);
    struct settings *settings;
    struct why why = {""};

    /* Other files are no part of the input, and some never end. */
    if (memmem(input.at, input.len, "nclude", 6) != NULL)
        return -1;
    make_folder();
    write_file(input.at, input.len);
    settings = read_file(&why);
    if (settings == NULL) {
        if (why.text[0] == '\0')
            fuzz_fail("refused without a reason");
        return 0;
    }
    rewrite(settings);
    file_must_be(input.at, input.len);
    must_come_back(settings, choice);
    settings_free(settings);
    return 0;
}
