/* Gives a target the inputs that are kept in files: each argument is one, or a folder of them. For builds
 * without an engine, and for an input that an engine has found. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/load.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tap/tap.h"

static unsigned inputs;

static void replay_file(const char *path)
{
    size_t len;
    char *bytes = load_read(path, &len);

    if (bytes == NULL)
        tap_bail("%s cannot be read", path);
    fprintf(stderr, "# %s\n", path);
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
    free(bytes);
    inputs++;
}

static void replay_folder(const char *path)
{
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, alphasort);
    int i;

    if (count < 0)
        tap_bail("%s cannot be read", path);
    for (i = 0; i < count; i++) {
        char name[4096];

        snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            replay_file(name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++) {
        struct stat about;

        if (stat(argv[i], &about) == 0 && S_ISDIR(about.st_mode))
            replay_folder(argv[i]);
        else
            replay_file(argv[i]);
    }
    ok(inputs > 0, "%u inputs, and nothing was wrong with any", inputs);
    return tap_done();
}
