#include "bench/options.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "bench/amount.h"

enum kind {
    TEXT,   /* const char * */
    AMOUNT, /* uint64_t, with bounds */
    REAL,   /* double, with bounds */
    FLAG,   /* bool, no argument */
    PROTOCOL,
    DISTRIBUTION,
    ARRIVALS,
};

struct row {
    const char *name;
    enum kind kind;
    size_t field;
    double low, high;
    const char *argument, *help;
};

#define AT(field) offsetof(struct options, field)

/* clang-format off */
static const struct row rows[] = {
    {"host",          TEXT,         AT(host),           0,     0,     "NAME",
        "where the server is (127.0.0.1)"},
    {"port",          AMOUNT,       AT(port),           1,     65535, "N",
        "its port (6379; 11211 for memcached)"},
    {"unix",          TEXT,         AT(path),           0,     0,     "PATH",
        "its unix socket, instead of host and port"},
    {"protocol",      PROTOCOL,     AT(protocol),       0,     0,     "NAME",
        "resp or memcached, its text protocol (resp)"},
    {"connections",   AMOUNT,       AT(connections),    1,     1e6,   "N",
        "connections, all threads together (50)"},
    {"threads",       AMOUNT,       AT(threads),        1,     1024,  "N",
        "threads that share the connections (1)"},
    {"pipeline",      AMOUNT,       AT(pipeline),       1,     10000, "N",
        "requests sent at once on a connection (1)"},
    {"get-share",     REAL,         AT(get_share),      0,     1,     "0..1",
        "how many of the requests are GET, not SET (0.5)"},
    {"keys",          AMOUNT,       AT(keys),           1,     1e9,   "N",
        "different keys (1m)"},
    {"distribution",  DISTRIBUTION, AT(skew),           0,     0,     "WORD",
        "uniform or zipf:0.99 (uniform)"},
    {"value-size",    TEXT,         AT(value_size),     0,     0,     "SIZE",
        "64, 1-1024 or lognormal:200,1.5 (64)"},
    {"ttl",           AMOUNT,       AT(ttl),            0,     2592e3, "SECONDS",
        "SET with this time to live (0: none)"},
    {"requests",      AMOUNT,       AT(requests),       1,     1e15,  "N",
        "stop after this many"},
    {"seconds",       REAL,         AT(seconds),        0.001, 1e7,   "N",
        "or after this long (10)"},
    {"warmup",        REAL,         AT(warmup),         0,     1e7,   "SECONDS",
        "load that is not measured, before (0)"},
    {"rate",          REAL,         AT(rate),           0.1,   1e9,   "N",
        "open loop: requests per second; latency counts\n"
        "from when a request was due (closed loop)"},
    {"arrivals",      ARRIVALS,     AT(poisson),        0,     0,     "WORD",
        "poisson or even, of an open loop (poisson)"},
    {"fill",          FLAG,         AT(fill),           0,     0,     NULL,
        "first SET every key once"},
    {"only-fill",     FLAG,         AT(only_fill),      0,     0,     NULL,
        "SET every key once, and nothing else"},
    {"expect-misses", FLAG,         AT(expect_misses),  0,     0,     NULL,
        "a GET that finds nothing is no mistake"},
    {"seed",          AMOUNT,       AT(seed),           0,     1e19,  "N",
        "another choice of keys and values (1)"},
    {"json",          TEXT,         AT(json),           0,     0,     "FILE",
        "results as JSON; - is standard output, no table"},
    {"quiet",         FLAG,         AT(quiet),          0,     0,     NULL,
        "no progress, no table"},
    {"help",          FLAG,         AT(help),           0,     0,     NULL,
        "this"},
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *find(const char *argument)
{
    if (strncmp(argument, "--", 2) != 0)
        return NULL;
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(argument + 2, rows[i].name) == 0)
            return &rows[i];
    return NULL;
}

static bool read_amount(const struct row *row, const char *text, uint64_t *amount)
{
    uint64_t number;

    if (!amount_parse(text, &number) || (double)number < row->low || (double)number > row->high)
        return false;
    *amount = number;
    return true;
}

static bool read_real(const struct row *row, const char *text, double *real)
{
    double number;
    uint64_t amount;

    if (amount_parse(text, &amount)) /* 200k is a rate, too */
        number = (double)amount;
    else if (!amount_parse_real(text, &number))
        return false;
    if (number < row->low || number > row->high)
        return false;
    *real = number;
    return true;
}

static bool read_skew(const char *text, double *skew)
{
    double number;

    if (strcmp(text, "uniform") == 0)
        *skew = 0;
    else if (strncmp(text, "zipf:", 5) == 0 && amount_parse_real(text + 5, &number) && number > 0 &&
             number <= 10)
        *skew = number;
    else
        return false;
    return true;
}

static bool read_protocol(const char *text, enum protocol *protocol)
{
    if (strcmp(text, "resp") == 0)
        *protocol = PROTOCOL_RESP;
    else if (strcmp(text, "memcached") == 0)
        *protocol = PROTOCOL_MEMCACHED;
    else
        return false;
    return true;
}

static bool read_arrivals(const char *text, bool *poisson)
{
    *poisson = strcmp(text, "poisson") == 0;
    return *poisson || strcmp(text, "even") == 0;
}

static bool read(const struct row *row, const char *text, void *field)
{
    switch (row->kind) {
    case TEXT:
        *(const char **)field = text;
        return true;
    case AMOUNT:
        return read_amount(row, text, field);
    case REAL:
        return read_real(row, text, field);
    case FLAG:
        *(bool *)field = true;
        return true;
    case PROTOCOL:
        return read_protocol(text, field);
    case DISTRIBUTION:
        return read_skew(text, field);
    case ARRIVALS:
        return read_arrivals(text, field);
    }
    return false;
}

static bool read_all(struct options *options, int argc, char **argv, struct why *why)
{
    for (int i = 1; i < argc; i++) {
        const struct row *row = find(argv[i]);
        const char *text = "";

        if (row == NULL) {
            why_set(why, "there is no option %s; --help lists them", argv[i]);
            return false;
        }
        if (row->kind != FLAG && i + 1 == argc) {
            why_set(why, "--%s needs %s after it", row->name, row->argument);
            return false;
        }
        if (row->kind != FLAG)
            text = argv[++i];
        if (!read(row, text, (char *)options + row->field)) {
            why_set(why, "--%s cannot be '%s'", row->name, text);
            return false;
        }
    }
    return true;
}

static bool make_sense(struct options *options, struct why *why)
{
    if (options->port == 0)
        options->port = options->protocol == PROTOCOL_RESP ? 6379 : 11211;
    if (options->requests > 0 && options->seconds > 0) {
        why_set(why, "--requests and --seconds exclude each other");
        return false;
    }
    if (options->requests == 0 && options->seconds == 0)
        options->seconds = 10;
    if (options->threads > options->connections) {
        why_set(why, "%" PRIu64 " threads cannot share %" PRIu64 " connections", options->threads,
                options->connections);
        return false;
    }
    options->fill |= options->only_fill;
    return true;
}

bool options_parse(struct options *options, int argc, char **argv, struct why *why)
{
    *options = (struct options){.host = "127.0.0.1",
                                .connections = 50,
                                .threads = 1,
                                .pipeline = 1,
                                .get_share = 0.5,
                                .keys = 1000000,
                                .value_size = "64",
                                .poisson = true,
                                .seed = 1};
    return read_all(options, argc, argv, why) && make_sense(options, why);
}

static void print_row(FILE *file, const struct row *row)
{
    char left[40];
    const char *help = row->help, *end;

    snprintf(left, sizeof(left), "--%s %s", row->name, row->argument == NULL ? "" : row->argument);
    while ((end = strchr(help, '\n')) != NULL) {
        fprintf(file, "  %-24s %.*s\n", left, (int)(end - help), help);
        left[0] = '\0';
        help = end + 1;
    }
    fprintf(file, "  %-24s %s\n", left, help);
}

void options_print_help(FILE *file)
{
    fprintf(file, "croft-bench - loads a cache server, checks what it answers, and measures\n\n"
                  "usage: croft-bench [--option value ...]\n\n");
    for (size_t i = 0; i < ROWS; i++)
        print_row(file, &rows[i]);
    fprintf(
        file,
        "\nA closed loop sends --pipeline requests on a connection, waits for all replies, and\n"
        "sends the next; an open loop (--rate) sends that many whenever they are due.\n\n"
        "    croft-bench --fill --pipeline 50 --seconds 5\n"
        "    croft-bench --rate 50k --get-share 0.9 --distribution zipf:0.99\n"
        "    croft-bench --protocol memcached --value-size 1-1024 --requests 1m --json -\n\n"
        "Exit status: 0 all well, 1 could not run, 2 replies were not what they had to be.\n");
}

char *options_address(const struct options *options, char *into)
{
    if (options->path != NULL)
        snprintf(into, OPTIONS_ADDRESS, "%s", options->path);
    else
        snprintf(into, OPTIONS_ADDRESS, "%s:%" PRIu64, options->host, options->port);
    return into;
}
