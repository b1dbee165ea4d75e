#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/clock.h"
#include "cache/panic.h"
#include "cache/random.h"
#include "net/families.h"
#include "net/info.h"
#include "net/loop.h"
#include "net/identity.h"
#include "net/reports.h"

/* --- INFO --- */

static void answer_info(struct loop *loop, struct request *whole, struct request *parts)
{
    struct info *info = reports_read(loop, parts);
    struct reply text;

    if (info == NULL) {
        reply_error(&whole->cargo.reply, ERROR_NO_ANSWER);
        return;
    }
    reply_init(&text);
    info_print(info, &whole->cargo.args, &text);
    reply_verbatim(&whole->cargo.reply, bytes_new(text.at, text.len));
    reply_inherit(&whole->cargo.reply, &text);
    reply_fini(&text);
    reports_free(info);
}

/* --- TIME, ROLE, LASTSAVE --- */

static void cmd_time(struct session *session, struct args *args, struct reply *reply)
{
    const int64_t now = clock_wall_us();

    (void)session;
    (void)args;
    reply_array(reply, 2);
    reply_bulk_int(reply, now / 1000000);
    reply_bulk_int(reply, now % 1000000);
}

/* A master that has sent nothing to no replica. */
static void cmd_role(struct session *session, struct args *args, struct reply *reply)
{
    (void)session;
    (void)args;
    reply_array(reply, 3);
    reply_text(reply, "master");
    reply_int(reply, 0);
    reply_array(reply, 0);
}

/* As a Redis that has not saved yet: when it was started. */
static void cmd_lastsave(struct session *session, struct args *args, struct reply *reply)
{
    (void)args;
    reply_int(reply, session->loop->facts->start_wall_ms / 1000);
}

/* --- SHUTDOWN --- */

enum { NOSAVE = 1 << 0, SAVE = 1 << 1, NOW = 1 << 2, FORCE = 1 << 3, ABORT = 1 << 4 };

/* The option's bit, 0 for a word that is none. */
static int shutdown_option(const struct args *args, uint32_t index)
{
    static const char *const words[] = {"nosave", "save", "now", "force", "abort"};
    int i;

    for (i = 0; i < 5; i++)
        if (args_say(args, index, words[i]))
            return 1 << i;
    return 0;
}

static bool read_shutdown(const struct args *args, int *options)
{
    uint32_t i;

    *options = 0;
    for (i = 1; i < args->count; i++) {
        const int option = shutdown_option(args, i);

        if (option == 0)
            return false;
        *options |= option;
    }
    if ((*options & SAVE) && (*options & NOSAVE))
        return false;
    return !(*options & ABORT) || *options == ABORT;
}

/* There is nothing to save, so all ways to shut down are one. It is never under way when a command
 * runs: main stops the loops' parsing first. Like Redis we answer nothing, nor anything behind it.
 */
static void cmd_shutdown(struct session *session, struct args *args, struct reply *reply)
{
    int options;

    if (!read_shutdown(args, &options)) {
        reply_error(reply, ERROR_SYNTAX);
    } else if (options == ABORT) {
        reply_error(reply, "ERR No shutdown in progress.");
    } else {
        log_write(session->loop->log, LOG_WARNING, "User requested shutdown...");
        session->replies = REPLIES_OFF;
        tgkill(getpid(), getpid(), SIGTERM); /* main waits for it; nobody else can be meant */
    }
}

/* --- LOLWUT: a croft in the hills, another one each time --- */

#define WIDTH 64
#define HEIGHT 14

struct picture {
    char rows[HEIGHT][WIDTH + 1]; /* with a line feed each */
    int ridge[WIDTH];             /* the row where the hill begins */
};

/* A slope goes on for some columns, then turns. */
static void raise_hills(struct picture *picture, struct random *random)
{
    int row = HEIGHT / 2, slope = -1, left = 0, x;

    for (x = 0; x < WIDTH; x++) {
        if (left-- == 0) {
            slope = (int)random_below(random, 3) - 1;
            left = 1 + (int)random_below(random, 4);
        }
        row += slope;
        if (row < 3 || row > HEIGHT - 5) {
            row -= slope;
            slope = 0;
        }
        picture->ridge[x] = row;
    }
}

static char ground(const struct picture *picture, struct random *random, int x, int y)
{
    const int next = picture->ridge[x + 1 < WIDTH ? x + 1 : x];

    if (y == picture->ridge[x])
        return next < y ? '/' : next > y ? '\\' : '_';
    if (y < picture->ridge[x])
        return random_below(random, 30) == 0 ? ".*'"[random_below(random, 3)] : ' ';
    if (y == HEIGHT - 1)
        return '~';
    return random_below(random, 12) == 0 ? ",\";"[random_below(random, 3)] : ' ';
}

static void paint_land(struct picture *picture, struct random *random)
{
    int x, y;

    raise_hills(picture, random);
    for (y = 0; y < HEIGHT; y++) {
        for (x = 0; x < WIDTH; x++)
            picture->rows[y][x] = ground(picture, random, x, y);
        picture->rows[y][WIDTH] = '\n';
    }
}

static void build_croft(struct picture *picture, struct random *random)
{
    static const char *const house[] = {"  ____||_ ", " /______\\\\", " |_[]__[]|"};
    const size_t len = strlen(house[0]);
    const size_t x = random_below(random, WIDTH - len);
    int i;

    for (i = 0; i < 3; i++)
        memcpy(&picture->rows[HEIGHT - 4 + i][x], house[i], len);
}

static void cmd_lolwut(struct session *session, struct args *args, struct reply *reply)
{
    static const char signature[] = "\ncroft ver. " CROFT_VERSION "\n";
    char text[sizeof(struct picture) + sizeof(signature)];
    struct picture picture;
    struct random random;
    int64_t version = clock_wall_us();

    (void)session;
    if (args->count > 2 && args_say(args, 1, "version") && !args_int(args, 2, &version, reply))
        return;
    random_seed(&random, (uint64_t)version);
    paint_land(&picture, &random);
    build_croft(&picture, &random);
    memcpy(text, picture.rows, sizeof(picture.rows));
    memcpy(text + sizeof(picture.rows), signature, sizeof(signature) - 1);
    reply_verbatim(reply, bytes_new(text, sizeof(picture.rows) + sizeof(signature) - 1));
}

/* clang-format off */
#define SERVER(since, complexity, summary, syntax) \
    DOC("server", since, complexity, summary, syntax)
#define ALWAYS (LOADING | STALE)

static const struct command rows[] = {
    /* name      arity  flags                           keys     route       gather    */
    { "info",      -1,  ALWAYS | BEHIND,                        NO_KEYS, EVERYWHERE, GATHERED,
      .on_host = reports_of_shard, .on_loop = reports_of_loop, .on_gathered = answer_info,
      .categories = CATEGORY_DANGEROUS,
      .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
      SERVER("1.0.0", "O(1)", "Tells how the server is and what it has done", "[section...]") },
    { "time",       1,  ALWAYS | FAST,                  NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_time, .tips = "nondeterministic_output",
      SERVER("2.6.0", "O(1)", "Tells the time: seconds since 1970, and microseconds", "") },
    { "shutdown",  -1,  ALWAYS | ADMIN | NOSCRIPT | NO_MULTI | ALLOW_BUSY, NO_KEYS, HERE, AS_IS,
      .on_session = cmd_shutdown,
      SERVER("1.0.0", "O(1)", "Ends the server in good order",
             "nosave_save=[NOSAVE|SAVE] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0") },
    { "lolwut",    -1,  READS | FAST,                   NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_lolwut,
      SERVER("5.0.0", NULL, "Draws a picture and tells the version", "[VERSION version]") },
    { "role",       1,  ALWAYS | NOSCRIPT | FAST,       NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_role, .categories = CATEGORY_ADMIN | CATEGORY_DANGEROUS,
      SERVER("2.8.12", "O(1)", "Tells the part this server plays in replication", "") },
    { "lastsave",   1,  ALWAYS | FAST,                  NO_KEYS, HERE,       AS_IS,
      .on_session = cmd_lastsave, .categories = CATEGORY_ADMIN | CATEGORY_DANGEROUS,
      .tips = "nondeterministic_output",
      SERVER("1.0.0", "O(1)", "Tells when data was last saved: when the server started", "") },
    { "monitor",    1,  ALWAYS | ADMIN | NOSCRIPT,      NO_KEYS, HERE,       AS_IS,
      .on_taken = monitor_ask,
      SERVER("1.0.0", NULL, "Shows every command that clients send, as it comes", "") },
    { .name = NULL },
};
/* clang-format on */

const struct command_family admin_family = {rows};
