/*
 * settings - everything that can be set, as one snapshot.
 *
 * Owner   whoever made it; once published it is immutable, and a change is another snapshot.
 * Memory  a snapshot owns all its texts and lists, and settings_free gives everything back. A TEXT
 *         is never NULL. What settings_value returns is the caller's, to be given to free().
 * Cost    a clone copies a few dozen short texts: for start and CONFIG SET, not for hot paths.
 *         Reading a value is reading a field.
 * Errors  false and the reason in `why`, in the words of Redis 7.0; the settings are as before.
 *
 * The fields with their defaults and bounds are the rows of conf/options.def. Files and command
 * lines are read by conf/load.h, CONFIG REWRITE is conf/rewrite.h, the sample file is
 * conf/sample.h.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/why.h"
#include "conf/words.h"

/* A COUNT that was given as `auto`. */
#define SETTINGS_AUTO (-1)

struct settings_list {
    size_t count;
    char **at;
};

/* Classes of clients, as client-output-buffer-limit tells them apart. */
enum { LIMIT_NORMAL, LIMIT_REPLICA, LIMIT_PUBSUB, LIMIT_CLASSES };

struct settings_limit {
    int64_t hard;    /* bytes; 0 is no limit */
    int64_t soft;    /* bytes that may be exceeded for `seconds`; 0 is no limit */
    int64_t seconds; /* how long */
};

struct settings_limits {
    struct settings_limit of[LIMIT_CLASSES];
};

/* Bits of EVENTS, in the order in which Redis prints their letters: g$lshzxetdnKEm. */
enum {
    EVENTS_GENERIC = 1 << 0,
    EVENTS_TEXT = 1 << 1,
    EVENTS_LIST = 1 << 2,
    EVENTS_SET = 1 << 3,
    EVENTS_HASH = 1 << 4,
    EVENTS_ZSET = 1 << 5,
    EVENTS_EXPIRED = 1 << 6,
    EVENTS_EVICTED = 1 << 7,
    EVENTS_STREAM = 1 << 8,
    EVENTS_MODULE = 1 << 9,
    EVENTS_ALL = (1 << 10) - 1, /* the letter A */
    EVENTS_NEW = 1 << 10,
    EVENTS_KEYSPACE = 1 << 11,
    EVENTS_KEYEVENT = 1 << 12,
    EVENTS_MISSED = 1 << 13,
};

/* What ENUM fields hold: LOGLEVEL_NOTICE, POLICY_ALLKEYS_LRU, PLACEMENT_AUTO, ... */
enum settings_word {
#define WORD(field, constant, value, text) constant = value,
#include "conf/options.def"
};

/* How many names are remembered without effect. */
enum {
    SETTINGS_KNOWN = 0
#define KNOWN(type, name, standard, when) +1
#include "conf/options.def"
};

#define SETTINGS_INT int64_t
#define SETTINGS_CLAMPED int64_t
#define SETTINGS_COUNT int64_t
#define SETTINGS_SIZE int64_t
#define SETTINGS_SHARE int64_t
#define SETTINGS_OCTAL int64_t
#define SETTINGS_BOOL bool
#define SETTINGS_ENUM int
#define SETTINGS_TEXT char *
#define SETTINGS_LIST struct settings_list
#define SETTINGS_LIMITS struct settings_limits
#define SETTINGS_EVENTS int64_t

struct settings {
#define OPTION(type, field, name, standard, low, high, when, help) SETTINGS_##type field;
#include "conf/options.def"
#define REPEATED(field, name, count, help) struct settings_list field; /* all words of all lines */
#include "conf/options.def"

    /* Absolute path of the file that was named at start; NULL without one. */
    char *config_file;
    /* Of conf/ only: texts of KNOWN names that were given, others NULL. */
    char *known[SETTINGS_KNOWN];
};

/* All defaults. NULL, of these two: no memory. */
struct settings *settings_new(void);
struct settings *settings_clone(const struct settings *);
void settings_free(struct settings *); /* NULL is fine */

/*
 * Gives `name` (any case, aliases too) the words of `values`, as a line of a file does, whether or
 * not it may change while the server runs. For files, command lines, start-up and tests.
 */
bool settings_set(struct settings *, const char *name, const struct words *values, struct why *);

/* The same for one value, a C string: settings_set_text(settings, "port", "7777", &why). */
bool settings_set_text(struct settings *, const char *name, const char *value, struct why *);

/*
 * CONFIG SET: `pairs` is name, value, name, value. Returns a new snapshot with all of them changed,
 * or NULL with the complete error, to be sent after "ERR ". Nothing is half done.
 */
struct settings *settings_change(const struct settings *, const struct words *pairs, struct why *);

/* CONFIG GET: all names by index, aliases too; NULL behind the last. */
const char *settings_name(size_t index);

/* The value as text, as CONFIG GET shows it; NULL for a name that is not there, and without memory. */
char *settings_value(const struct settings *, const char *name);

/* Whether Redis knows the name and this server remembers its value without effect. */
bool settings_without_effect(const char *name);

/*
 * Names without effect that were given a value other than Redis' default, to be mentioned in the
 * log: call with *index = 0 first, until NULL.
 */
const char *settings_next_ignored(const struct settings *, size_t *index);

#endif
