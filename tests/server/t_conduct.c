/* What the server does about clients that take more than is theirs: strangers, guessers, floods,
 * refused commands; and what it does when the system gives no more. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/peer.h"
#include "tests/tap/tap.h"

enum { PATH_SIZE = 256, STRANGERS = 200 };

static redisContext *open_unix(const struct child *child)
{
    char path[PATH_SIZE];

    child_path(child, "socket", path, sizeof(path));
    return peer_open_unix(path);
}

/* Whether the server ends it; what comes until then is not looked at. */
static bool is_ended(int fd)
{
    char bytes[65536];
    ssize_t got;

    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
        ;
    return got == 0 || errno == ECONNRESET;
}

static int count_lines(const struct child *child, const char *text)
{
    char *all = child_file(child, "log");
    int count = 0;

    for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
        count++;
    free(all);
    return count;
}

/* Has it grown by less than that since? Sanitizers, for which tests are scaled, keep what is freed. */
static bool grew_less(const struct child *child, long before_kb, long kb)
{
    return child_memory_kb(child, "VmRSS") - before_kb < kb || getenv("CROFT_TEST_SCALE") != NULL;
}

/* --- strangers --- */

/* Pipelines without the password and never reads; the server must not keep the answers. */
static bool flood(int fd, int count)
{
    struct buffer out = {0};
    bool sent;

    for (int i = 0; i < 1000; i++)
        buffer_add(&out, "PING\r\n", 6);
    for (sent = true; sent && count > 0; count -= 1000)
        sent = send(fd, out.at, out.len, MSG_NOSIGNAL) == (ssize_t)out.len;
    buffer_fini(&out);
    return sent;
}

static void strangers_are_not_kept_answers_for(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;
    long before;
    int fd;

    child_start(&child, subject, "--requirepass secret --unixsocket {dir}/socket");
    peer = open_unix(&child);
    ok(says(peer, "+OK", "AUTH secret"), "who knows the password is let in");
    before = child_memory_kb(&child, "VmRSS");
    fd = peer_connect(&child);
    ok(!flood(fd, 5000000) && is_ended(fd), "who does not, and does not read, is ended");
    ok(grew_less(&child, before, 4096), "and has taken no memory");
    ok(child_wait_text(&child, "log", "overcoming of output buffer limits"), "which is logged");
    ok(says(peer, "+PONG", "PING"), "others go on");
    close(fd);
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
}

static void strangers_have_little_time(const struct subject *subject)
{
    struct child child = {0};
    redisContext *good, *again;
    int fds[STRANGERS];
    bool ended = true;

    child_start(&child, subject, "--requirepass secret --auth-timeout 1 --loglevel verbose");
    good = peer_open(&child);
    again = peer_open(&child);
    ok(says(good, "+OK", "AUTH secret") && says(again, "+OK", "AUTH secret"), "some are let in");
    for (int i = 0; i < STRANGERS; i++) {
        fds[i] = peer_connect(&child);
        if (i % 2 == 0)
            peer_send(fds[i], "PING\r\n", 6); /* keeps on talking, which helps nothing */
    }
    for (int i = 0; i < STRANGERS; i++) {
        ended &= is_ended(fds[i]);
        close(fds[i]);
    }
    ok(ended, "who has not given the password after a second is ended");
    ok(child_wait_text(&child, "log", "has not given the password"), "which is logged");
    ok(says(good, "+PONG", "PING"), "who has stays");
    ok(says(again, "+RESET", "RESET"), "who gives it up with RESET");
    ok(is_ended(again->fd), "is ended, too, a second later");
    ok(says(good, "+PONG", "PING"), "who has still stays");
    peer_close(good);
    peer_close(again);
    ok(child_stop(&child), "the server ends well");
}

static void guessers_must_pause(const struct subject *subject)
{
    struct child child = {0};
    redisContext *guesser, *local;
    int64_t start;
    int wrong = 0;

    child_start(&child, subject,
                "--requirepass secret --auth-throttle 1 --io-threads 1 --unixsocket {dir}/socket");
    guesser = peer_open(&child);
    while (says_start(guesser, "-WRONGPASS invalid", "AUTH guess%d", wrong) && wrong < 100)
        wrong++;
    ok(wrong >= 10 && wrong < 100, "an address may be wrong ten times and no more (%d)", wrong);
    start = child_now_ms();
    ok(says_start(guesser, "-WRONGPASS too many", "AUTH secret") || child_now_ms() - start > 900,
       "then not even the right password helps");
    ok(says_start(guesser, "-WRONGPASS too many", "HELLO 3 AUTH default x") ||
           child_now_ms() - start > 900,
       "nor does HELLO");
    local = open_unix(&child);
    ok(says(local, "+OK", "AUTH secret"), "over the Unix socket it does");
    while (!says(guesser, "+OK", "AUTH secret") && child_now_ms() - start < CHILD_PATIENCE_MS)
        child_sleep_ms(100);
    ok(says(guesser, "$nil", "GET a"), "after a pause it does again");
    ok(child_wait_text(&child, "log", "Too many wrong passwords"), "which is logged");
    ok(says(local, "+OK", "CONFIG SET auth-throttle 0"), "it may be switched off");
    for (wrong = 0; wrong < 50 && says_start(guesser, "-WRONGPASS invalid", "AUTH x"); wrong++)
        ;
    is_int(wrong, 50, "then any number may be wrong");
    peer_close(guesser);
    peer_close(local);
    ok(child_stop(&child), "the server ends well");
}

/* The password must not be in anything that is written or told. */
static void secrets_are_not_told(const struct subject *subject)
{
    static const char *const questions[] = {"SLOWLOG GET 1000", "COMMANDLOG GET 100 slow",
                                            "CLIENT LIST", "INFO everything", "LATENCY DOCTOR"};
    struct child child = {0};
    redisContext *peer, *monitor, *other;
    struct buffer seen = {0};
    bool told = false;

    child_start(&child, subject,
                "--requirepass hidden-1 --loglevel debug --slowlog-log-slower-than 0");
    peer = peer_open(&child);
    monitor = peer_open(&child);
    says(peer, "+OK", "AUTH hidden-1");
    says(monitor, "+OK", "AUTH default hidden-1");
    ok(says(monitor, "+OK", "MONITOR"), "somebody looks on");
    other = peer_open(&child);
    says_start(other, "-", "AUTH hidden-2");
    says_start(other, "-", "HELLO 3 AUTH default hidden-3");
    says(peer, "+OK", "CONFIG SET requirepass hidden-4");
    says_start(other, "*", "HELLO 2 AUTH default hidden-4");
    says(peer, "+OK", "SET end 1");
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        char *text = ask(peer, questions[i]);

        told |= text != NULL && strstr(text, "hidden-") != NULL;
        free(text);
    }
    ok(!told, "no list tells a password");
    for (char *text = peer_next(monitor); text != NULL; text = peer_next(monitor)) {
        const bool end = strstr(text, "\"SET\"") != NULL;

        buffer_add(&seen, text, strlen(text));
        free(text);
        if (end)
            break;
    }
    buffer_add(&seen, "", 1);
    ok(strstr(seen.at, "AUTH") != NULL && strstr(seen.at, "hidden-") == NULL,
       "who looks on sees no password");
    is_int(count_lines(&child, "hidden-"), 0, "the log has none");
    buffer_fini(&seen);
    peer_close(other);
    peer_close(monitor);
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
}

/* --- from elsewhere --- */

/* An address of this machine that is not that of the loopback; packets to it do not leave the machine. */
static bool own_address(char *text, size_t size)
{
    struct ifaddrs *list = NULL, *one;
    bool found = false;

    if (getifaddrs(&list) != 0)
        return false;
    for (one = list; one != NULL && !found; one = one->ifa_next) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)one->ifa_addr;

        found = four != NULL && four->sin_family == AF_INET &&
                ntohl(four->sin_addr.s_addr) >> 24 != 127 &&
                inet_ntop(AF_INET, &four->sin_addr, text, (socklen_t)size) != NULL;
    }
    freeifaddrs(list);
    return found;
}

static void without_a_password_it_serves_this_machine_only(const struct subject *subject)
{
    struct child child = {0};
    redisContext *here, *elsewhere;
    char address[INET_ADDRSTRLEN], options[100];

    if (!own_address(address, sizeof(address))) {
        tap_skip(4, "this machine has no other address");
        return;
    }
    snprintf(options, sizeof(options), "--bind \"127.0.0.1 %s\"", address);
    child_start(&child, subject, options);
    here = peer_open(&child);
    elsewhere = redisConnect(address, child.port);
    ok(says_start(elsewhere, "-DENIED", "PING") || elsewhere->err != 0,
       "protected mode refuses who comes from elsewhere while there is no password");
    peer_close(elsewhere);
    ok(says(here, "+OK", "CONFIG SET requirepass secret"), "who is here sets one");
    elsewhere = redisConnect(address, child.port);
    ok(says(elsewhere, "+OK", "AUTH secret"), "then who comes from elsewhere may give it");
    peer_close(elsewhere);
    peer_close(here);
    ok(child_stop(&child), "the server ends well");
}

/* --- many --- */

static void some_places_are_kept(const struct subject *subject)
{
    struct child child = {0};
    redisContext *clients[20], *local[5];
    int full = 0, reserved = 0;

    child_start(&child, subject, "--maxclients 20 --unixsocket {dir}/socket");
    for (int i = 0; i < 20; i++) {
        clients[i] = peer_open(&child);
        full += says(clients[i], "+PONG", "PING");
    }
    is_int(full, 20, "as many clients as may be are served");
    {
        redisContext *more = peer_open(&child);

        ok(says_start(more, "-ERR max number of clients reached", "PING") || more->err != 0,
           "one more is told why it is not");
        peer_close(more);
    }
    for (int i = 0; i < 5; i++) {
        local[i] = open_unix(&child);
        if (local[i] != NULL)
            reserved += says(local[i], "+PONG", "PING");
    }
    is_int(reserved, 4, "over the Unix socket four more are");
    ok(says_start(local[0], "$id=", "CLIENT LIST"), "who can look what is going on");
    peer_close(clients[7]);
    for (int i = 0; i < 5; i++)
        if (local[i] != NULL)
            peer_close(local[i]);
    ok(peer_wait_info(clients[0], "connected_clients", 19), "a place becomes free");
    clients[7] = peer_open(&child);
    ok(says(clients[7], "+PONG", "PING"), "and is given to who comes next");
    for (int i = 0; i < 20; i++)
        peer_close(clients[i]);
    ok(child_stop(&child), "the server ends well");
}

/* Ticks of processor time, a hundredth of a second each. */
static long processor_ticks(const struct child *child)
{
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)child->pid);
    file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof(line), file) == NULL ||
        sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system) != 2)
        tap_note("cannot read %s", path);
    if (file != NULL)
        fclose(file);
    return (long)(user + system);
}

static void set_descriptors(const struct child *child, rlim_t most)
{
    struct rlimit limit;

    prlimit(child->pid, RLIMIT_NOFILE, NULL, &limit);
    limit.rlim_cur = most;
    if (prlimit(child->pid, RLIMIT_NOFILE, &limit, NULL) != 0)
        tap_note("cannot limit descriptors: %s", strerror(errno));
}

/* It is not served yet, but connected: the kernel does that. */
static void ask_pong(int fd)
{
    peer_send(fd, "PING\r\n", 6);
}

static bool hears_pong(int fd)
{
    char answer[7];

    return recv(fd, answer, sizeof(answer), MSG_WAITALL) == 7 &&
           memcmp(answer, "+PONG\r\n", 7) == 0;
}

static void without_descriptors_it_rests(const struct subject *subject)
{
    struct child child = {0};
    redisContext *peer;
    int waiting[50];
    bool served = true;
    long before;

    child_start(&child, subject, "");
    peer = peer_open(&child);
    says(peer, "+PONG", "PING");
    set_descriptors(&child, (rlim_t)child_descriptors(&child) + 2);
    for (int i = 0; i < 50; i++) {
        waiting[i] = peer_connect(&child);
        ask_pong(waiting[i]);
    }
    ok(child_wait_text(&child, "log", "Accepting client connection: accept: Too many open files"),
       "when there are no descriptors that is logged");
    before = processor_ticks(&child);
    child_sleep_ms(1500);
    ok(processor_ticks(&child) - before < 60, "it does not spin");
    is_int(count_lines(&child, "Accepting client connection"), 1, "nor flood the log");
    ok(says(peer, "+OK", "SET a 1"), "who is connected is served");
    set_descriptors(&child, 2000);
    for (int i = 0; i < 50; i++)
        served &= hears_pong(waiting[i]);
    ok(served, "when there are some again, who has waited is served");
    for (int i = 0; i < 50; i++)
        close(waiting[i]);
    peer_close(peer);
    ok(child_stop(&child), "the server ends well");
}

/* --- what is refused is not kept --- */

static bool send_words(int fd, int count, size_t size)
{
    struct buffer out = {0};
    char *word = malloc(size);
    bool sent = true;

    memset(word, 'w', size);
    for (int i = 0; i < count && sent; i++) {
        buffer_addf(&out, "$%zu\r\n", size);
        buffer_add(&out, word, size);
        buffer_add(&out, "\r\n", 2);
        if (out.len > 1 << 20 || i + 1 == count) {
            sent = peer_send(fd, out.at, out.len);
            out.len = 0;
        }
    }
    free(word);
    buffer_fini(&out);
    return sent;
}

struct refused {
    const char *start; /* the command's first words */
    int first;         /* how many these are */
    int words;         /* and that follow */
    size_t size;       /* of each */
    const char *answer;
};

static const struct refused refused[] = {
    {"$6\r\nnosuch\r\n", 1, 100000, 1000,
     "-ERR unknown command 'nosuch', with args beginning with: 'www"},
    {"$3\r\nGET\r\n", 1, 100000, 1000, "-ERR wrong number of arguments for 'get' command\r\n"},
    {"$6\r\nCONFIG\r\n$2\r\nXX\r\n", 2, 100000, 1000,
     "-ERR unknown subcommand 'XX'. Try CONFIG HELP.\r\n"},
    {"$6\r\nNOSUCH\r\n", 1, 3, 40000000,
     "-ERR unknown command 'NOSUCH', with args beginning with: 'www"},
};

static void one_refused_is_not_kept(const struct child *child, const struct refused *one)
{
    const int words = one->size > 100000 ? one->words : child_scaled(one->words);
    const int fd = peer_connect(child);
    struct buffer in = {0};
    const long before = child_memory_kb(child, "VmRSS");
    char header[32];
    bool sent;

    snprintf(header, sizeof(header), "*%d\r\n", one->first + words);
    sent = peer_send(fd, header, strlen(header)) && peer_send(fd, one->start, strlen(one->start)) &&
           send_words(fd, words, one->size);
    ok(sent && grew_less(child, before, 8192),
       "%d words of %zu bytes for what will be refused are not kept", words, one->size);
    ok(peer_send(fd, "QUIT\r\n", 6) && peer_read_end(fd, &in) &&
           strncmp(in.at, one->answer, strlen(one->answer)) == 0 && in.len > 5 &&
           memcmp(in.at + in.len - 5, "+OK\r\n", 5) == 0,
       "and it is answered as ever: %s", one->answer);
    buffer_fini(&in);
    close(fd);
}

static void what_is_refused_is_not_kept(const struct child *child)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        one_refused_is_not_kept(child, &refused[i]);
}

/* --- long pipelines, half commands --- */

/* What is here of a command is not copied again for each piece that comes: that would not end. */
static void a_long_command_comes_in_pieces(const struct child *child)
{
    const int words = child_scaled(100000);
    const int fd = peer_connect(child);
    struct buffer in = {0};
    char header[32];

    snprintf(header, sizeof(header), "*%d\r\n$3\r\nDEL\r\n", 1 + words);
    ok(peer_send(fd, header, strlen(header)) && send_words(fd, words, 1000) &&
           peer_send(fd, "QUIT\r\n", 6) && peer_read_end(fd, &in),
       "a command of %d words of 1000 bytes is taken in", words);
    is_bytes(in.at, in.len, ":0\r\n+OK\r\n", 9, "and answered");
    buffer_fini(&in);
    close(fd);
}

static void who_reads_late_is_served(const struct child *child)
{
    const int count = child_scaled(1000000);
    const int fd = peer_connect(child);
    struct buffer out = {0}, in = {0};
    const struct buffer nothing = {0};
    bool right = true;

    for (int i = 0; i < count; i++)
        buffer_addf(&out, "*3\r\n$3\r\nSET\r\n$9\r\nk%08d\r\n$5\r\nvalue\r\n", i % 100000);
    ok(peer_send(fd, out.at, out.len), "%d SETs are written before the first answer is read",
       count);
    ok(peer_pump(fd, &nothing, 1, NULL, 5 * (size_t)count, &in), "all are answered");
    for (int i = 0; i < count && right; i++)
        right = memcmp(in.at + 5 * (size_t)i, "+OK\r\n", 5) == 0;
    ok(right, "and well");
    buffer_fini(&out);
    buffer_fini(&in);
    close(fd);
}

/* How many clients hold no more of a buffer than what they have sent takes. */
static int count_shrunk(redisContext *peer)
{
    char *list = ask(peer, "CLIENT LIST");
    int count = 0;

    for (const char *at = list; at != NULL && (at = strstr(at, " qbuf-free=0 ")) != NULL; at++)
        count++;
    free(list);
    return count;
}

static void slow_writers_cost_little(const struct child *child)
{
    static const char half[] = "*3\r\n$3\r\nSET\r\n$4\r\nslow\r\n$100\r\nabc";
    const int count = child_scaled(500);
    redisContext *peer = peer_open(child);
    int *fds = calloc((size_t)count, sizeof(*fds));
    const int64_t start = child_now_ms();
    int shrunk;
    bool right = true;

    for (int i = 0; i < count; i++) {
        fds[i] = peer_connect(child);
        peer_send(fds[i], half, strlen(half));
    }
    peer_wait_info(peer, "connected_clients", count + 1);
    do {
        child_sleep_ms(200);
        shrunk = count_shrunk(peer);
    } while (shrunk < count && child_now_ms() - start < CHILD_PATIENCE_MS);
    is_int(shrunk, count, "a client with half a command soon takes no more than that");
    for (int i = 0; i < count; i++) {
        char rest[99];

        memset(rest, 'r', 97);
        memcpy(rest + 97, "\r\n", 2);
        right &= peer_send(fds[i], rest, 99);
    }
    for (int i = 0; i < count; i++) {
        char answer[5];

        right &= recv(fds[i], answer, 5, MSG_WAITALL) == 5 && memcmp(answer, "+OK\r\n", 5) == 0;
        close(fds[i]);
    }
    ok(right, "and is answered when it has sent the rest");
    free(fds);
    peer_close(peer);
}

/* --- keys that were chosen to collide --- */

/* Keys on each shard, from INFO; how many shards there are. */
static int keys_by_shard(redisContext *peer, long long keys[64])
{
    char *info = ask(peer, "INFO shards");
    int count = 0;

    for (const char *at = info; at != NULL && count < 64; count++) {
        at = strstr(at, ",keys=");
        if (at == NULL)
            break;
        at += strlen(",keys=");
        keys[count] = strtoll(at, NULL, 10);
    }
    free(info);
    return count;
}

static long long most_of(const long long *keys, int count)
{
    long long most = 0;

    for (int i = 0; i < count; i++)
        most = keys[i] > most ? keys[i] : most;
    return most;
}

/* 4096 keys that are one and the same to h * 31 + c (the first pair) or h * 33 + c (the second). */
static void set_colliding(redisContext *peer, const char *zero, const char *one)
{
    char key[25];

    for (int i = 0; i < 4096; i++) {
        for (int bit = 0; bit < 12; bit++)
            memcpy(key + 2 * bit, i >> bit & 1 ? one : zero, 2);
        key[24] = '\0';
        redisAppendCommand(peer, "SET %s v", key);
    }
    for (int i = 0; i < 4096; i++)
        free(peer_next(peer));
}

static void colliding_keys_are_spread(const struct child *child)
{
    static const char *const pairs[][2] = {{"Aa", "BB"}, {"Ez", "FY"}};
    redisContext *peer = peer_open(child);
    long long keys[64];
    int shards;

    for (int i = 0; i < 2; i++) {
        says(peer, "+OK", "FLUSHALL");
        set_colliding(peer, pairs[i][0], pairs[i][1]);
        is_int(ask_int(peer, "DBSIZE"), 4096, "4096 keys that collide for a known hash are set");
        shards = keys_by_shard(peer, keys);
        ok(shards > 0 && most_of(keys, shards) < 4096 / shards + 400,
           "each of %d shards has its share of them", shards);
    }
    says(peer, "+OK", "FLUSHALL");
    for (int i = 0; i < 20000; i++)
        redisAppendCommand(peer, "SET {tag}%d v", i);
    for (int i = 0; i < 20000; i++)
        free(peer_next(peer));
    shards = keys_by_shard(peer, keys);
    is_int(most_of(keys, shards), 20000, "20000 keys with one tag are on one shard");
    ok(says(peer, "+OK", "SET other 1") && says(peer, "$v", "GET {tag}19999"),
       "and all are served");
    peer_close(peer);
}

/* --- peers that vanish --- */

/* Is a keep-alive timer set on the server's end? `wanted`: its state in /proc/net/tcp. */
static bool has_timer(const struct child *child, const char *wanted)
{
    char line[512], port[16];
    FILE *file = fopen("/proc/net/tcp", "r");
    bool has = false;

    snprintf(port, sizeof(port), ":%04X", (unsigned)child->port);
    while (file != NULL && !has && fgets(line, sizeof(line), file) != NULL) {
        char local[64], remote[64], state[8], queues[64], timer[64];

        has = sscanf(line, " %*s %63s %63s %7s %63s %63s", local, remote, state, queues, timer) ==
                  5 &&
              strstr(local, port) != NULL && strcmp(state, "01") == 0 &&
              strncmp(timer, wanted, 2) == 0;
    }
    if (file != NULL)
        fclose(file);
    return has;
}

static void peers_are_probed(const struct child *child)
{
    redisContext *peer = peer_open(child);

    says(peer, "+PONG", "PING");
    child_sleep_ms(300);
    ok(has_timer(child, "02"), "a silent peer will be probed");
    peer_close(peer);
}

int main(int argc, char **argv)
{
    struct subject subject;
    struct child child = {0};

    subject_init(&subject, argc, argv);
    strangers_are_not_kept_answers_for(&subject);
    strangers_have_little_time(&subject);
    guessers_must_pause(&subject);
    secrets_are_not_told(&subject);
    without_a_password_it_serves_this_machine_only(&subject);
    some_places_are_kept(&subject);
    without_descriptors_it_rests(&subject);
    child_start(&child, &subject, "");
    what_is_refused_is_not_kept(&child);
    a_long_command_comes_in_pieces(&child);
    who_reads_late_is_served(&child);
    slow_writers_cost_little(&child);
    colliding_keys_are_spread(&child);
    peers_are_probed(&child);
    ok(child_stop(&child), "the server ends well");
    return tap_done();
}
