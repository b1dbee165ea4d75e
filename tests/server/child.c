#include "tests/server/child.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/tap/tap.h"

enum { PAUSE_MS = 5, WORDS_MAX = 128, TEXT_MAX = 4096, PATH_SIZE = 256 };

void subject_init(struct subject *subject, int argc, char **argv)
{
    const char *name;

    *subject = (struct subject){.path = argc > 1 ? argv[1] : getenv("CROFT")};
    if (subject->path == NULL || subject->path[0] == '\0')
        tap_skip_all("no server to test: name the binary, or set CROFT");
    if (argc > 2) {
        subject->shape = argv + 2;
        subject->shape_count = argc - 2;
    }
    name = strrchr(subject->path, '/');
    subject->is_croft = strncmp(name != NULL ? name + 1 : subject->path, "croft", 5) == 0;
    signal(SIGPIPE, SIG_IGN);
}

int child_scaled(int count)
{
    const char *text = getenv("CROFT_TEST_SCALE");
    const int percent = text != NULL ? atoi(text) : 100;
    const int64_t scaled = (int64_t)count * (percent > 0 ? percent : 100) / 100;

    return scaled > 0 ? (int)scaled : 1;
}

int64_t child_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void child_sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

int child_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        tap_bail("no free port: %s", strerror(errno));
    close(fd);
    return ntohs(address.sin_port);
}

/* --- its directory --- */

static void make_dir(struct child *child)
{
    const char *base = getenv("TMPDIR");

    if (base == NULL || strlen(base) > 40)
        base = "/tmp";
    snprintf(child->dir, sizeof(child->dir), "%s/server-XXXXXX", base);
    if (mkdtemp(child->dir) == NULL)
        tap_bail("cannot make a directory in %s: %s", base, strerror(errno));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

void child_path(const struct child *child, const char *name, char *into, int size)
{
    snprintf(into, (size_t)size, "%s/%s", child->dir, name);
}

static char *read_all(FILE *file)
{
    char *text = NULL;
    size_t len = 0;
    ssize_t got;

    got = getdelim(&text, &len, '\0', file);
    if (got > 0)
        return text;
    free(text);
    return strdup("");
}

char *child_file(const struct child *child, const char *name)
{
    char path[PATH_SIZE];
    FILE *file;
    char *text;

    child_path(child, name, path, sizeof(path));
    file = fopen(path, "r");
    if (file == NULL)
        return strdup("");
    text = read_all(file);
    fclose(file);
    return text;
}

void child_write(const struct child *child, const char *name, const char *text)
{
    char path[PATH_SIZE];
    FILE *file;

    child_path(child, name, path, sizeof(path));
    file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        tap_bail("cannot write %s: %s", path, strerror(errno));
}

bool child_wait_text(const struct child *child, const char *name, const char *text)
{
    const int64_t start = child_now_ms();
    bool found = false;

    while (!found && child_now_ms() - start < CHILD_PATIENCE_MS) {
        char *all = child_file(child, name);

        found = strstr(all, text) != NULL;
        free(all);
        if (!found)
            child_sleep_ms(PAUSE_MS);
    }
    return found;
}

static void note_log(const struct child *child)
{
    char *log = child_file(child, "log");
    const size_t len = strlen(log);

    tap_note("the server printed:\n%s", len > 3000 ? log + len - 3000 : log);
    free(log);
}

/* --- its command line --- */

static void replace(char *text, size_t size, const char *name, const char *value)
{
    char *found;

    while ((found = strstr(text, name)) != NULL) {
        char rest[TEXT_MAX];

        snprintf(rest, sizeof(rest), "%s", found + strlen(name));
        snprintf(found, size - (size_t)(found - text), "%s%s", value, rest);
    }
}

/* Splits `text` in place, after the words that are there. */
static int split(char *text, char **words, int count)
{
    char *at = text;

    for (;;) {
        const char stop = (at += strspn(at, " "), *at == '"') ? '"' : ' ';

        if (*at == '\0')
            break;
        if (count == WORDS_MAX - 1)
            tap_bail("too many options");
        at += stop == '"';
        words[count++] = at;
        at += strcspn(at, stop == '"' ? "\"" : " ");
        if (*at != '\0')
            *at++ = '\0';
    }
    words[count] = NULL;
    return count;
}

static _Noreturn void become_server(const struct child *child, char **words)
{
    char path[PATH_SIZE];
    int log;

    child_path(child, "log", path, sizeof(path));
    log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    execvp(words[0], words);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", words[0], strerror(errno));
    _exit(127);
}

static void run(struct child *child, char **words)
{
    child->status = 0;
    child->pid = fork();
    if (child->pid < 0)
        tap_bail("cannot fork: %s", strerror(errno));
    if (child->pid == 0)
        become_server(child, words);
}

static void spawn(struct child *child, const char *options, char **words, int count)
{
    char text[TEXT_MAX];
    char port[16];

    snprintf(text, sizeof(text), "%s", options);
    snprintf(port, sizeof(port), "%d", child->port);
    replace(text, sizeof(text), "{dir}", child->dir);
    replace(text, sizeof(text), "{port}", port);
    split(text, words, count);
    run(child, words);
}

void child_init(struct child *child, const struct subject *subject)
{
    if (child->dir[0] == '\0')
        make_dir(child);
    child->subject = subject;
    if (child->port == 0)
        child->port = child_free_port();
}

void child_spawn(struct child *child, const struct subject *subject, const char *options)
{
    char *words[WORDS_MAX] = {(char *)subject->path};

    child_init(child, subject);
    spawn(child, options, words, 1);
}

/* --- waiting --- */

static bool is_over(struct child *child)
{
    if (child->pid == 0)
        return true;
    if (waitpid(child->pid, &child->status, WNOHANG) != child->pid)
        return false;
    child->pid = 0;
    return true;
}

static bool answers(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)},
                                  .sin_port = htons((uint16_t)port)};
    const struct timeval patience = {2, 0};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    char answer = '\0';
    bool answered;

    answered = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
               setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
               write(fd, "PING\r\n", 6) == 6 && read(fd, &answer, 1) == 1;
    if (fd >= 0)
        close(fd);
    /* An error is an answer, too: a password may be wanted. */
    return answered && (answer == '+' || answer == '-');
}

bool child_wait_ready(struct child *child)
{
    const int64_t start = child_now_ms();

    while (!is_over(child) && child_now_ms() - start < CHILD_PATIENCE_MS) {
        if (answers(child->port))
            return true;
        child_sleep_ms(PAUSE_MS);
    }
    return false;
}

bool child_wait_end(struct child *child)
{
    const int64_t start = child_now_ms();

    while (!is_over(child) && child_now_ms() - start < CHILD_PATIENCE_MS)
        child_sleep_ms(PAUSE_MS);
    return child->pid == 0;
}

int child_exit_status(const struct child *child)
{
    return child->pid == 0 && WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
}

static bool read_port(struct child *child)
{
    if (!child_wait_text(child, "port", "\n"))
        return false;
    char *text = child_file(child, "port");
    child->port = atoi(text);
    free(text);
    return true;
}

void child_start(struct child *child, const struct subject *subject, const char *options)
{
    char *words[WORDS_MAX] = {(char *)subject->path};
    char text[TEXT_MAX], file[PATH_MAX];
    int count = 1;

    child_init(child, subject);
    child_path(child, "croft.conf", file, sizeof(file));
    if (access(file, R_OK) == 0)
        words[count++] = file;
    for (int i = 0; i < subject->shape_count && subject->is_croft; i++)
        words[count++] = subject->shape[i];
    snprintf(text, sizeof(text), "%s --dir {dir} %s",
             subject->is_croft ? "--port auto --port-file {dir}/port"
                               : "--port {port} --save \"\" --appendonly no",
             options);
    spawn(child, text, words, count);
    if ((!subject->is_croft || read_port(child)) && child_wait_ready(child))
        return;
    note_log(child);
    child_drop(child);
    tap_bail("the server does not start with: %s", options);
}

/* --- ending --- */

bool child_end(struct child *child, int signal)
{
    if (child->pid == 0 || kill(child->pid, signal) != 0) {
        tap_note("the server had ended before, wait status 0x%x", (unsigned)child->status);
    } else if (!child_wait_end(child)) {
        tap_note("the server still runs %d s after signal %d", CHILD_PATIENCE_MS / 1000, signal);
    } else if (child_exit_status(child) == 0) {
        return true;
    } else {
        tap_note("the server ended with wait status 0x%x", (unsigned)child->status);
    }
    note_log(child);
    return false;
}

bool child_stop(struct child *child)
{
    const bool clean = child_end(child, SIGTERM);

    child_drop(child);
    return clean;
}

void child_drop(struct child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, &child->status, 0);
    }
    if (child->dir[0] != '\0')
        nftw(child->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    *child = (struct child){.status = child->status};
}

/* --- looking at it from outside --- */

int child_descriptors(const struct child *child)
{
    char path[64];
    int count = 0;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)child->pid);
    dir = opendir(path);
    if (dir == NULL)
        return -1;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2;
}

pid_t child_thread(const struct child *child, const char *name)
{
    char path[PATH_SIZE + 64], line[64];
    struct dirent *entry;
    pid_t found = 0;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)child->pid);
    dir = opendir(path);
    while (dir != NULL && found == 0 && (entry = readdir(dir)) != NULL) {
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", (int)child->pid, entry->d_name);
        file = fopen(path, "r");
        if (file != NULL && fgets(line, sizeof(line), file) != NULL &&
            strncmp(line, name, strlen(name)) == 0)
            found = (pid_t)atoi(entry->d_name);
        if (file != NULL)
            fclose(file);
    }
    if (dir != NULL)
        closedir(dir);
    return found;
}

bool child_hold(pid_t thread)
{
    return ptrace(PTRACE_SEIZE, thread, NULL, NULL) == 0 &&
           ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) == 0 &&
           waitpid(thread, NULL, __WALL) == thread;
}

void child_let_go(pid_t thread)
{
    ptrace(PTRACE_DETACH, thread, NULL, NULL);
}

long child_memory_kb(const struct child *child, const char *line)
{
    char path[64], text[256];
    long kb = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)child->pid);
    file = fopen(path, "r");
    while (file != NULL && fgets(text, sizeof(text), file) != NULL)
        if (strncmp(text, line, strlen(line)) == 0)
            kb = strtol(text + strlen(line) + 1, NULL, 10);
    if (file != NULL)
        fclose(file);
    return kb;
}
