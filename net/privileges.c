#include "net/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- another user --- */

static bool is_root_still(void)
{
    return geteuid() == 0 || setuid(0) == 0;
}

bool privileges_become(const char *user, struct why *why)
{
    const struct passwd *entry;

    errno = 0;
    entry = getpwnam(user);
    if (entry == NULL) {
        why_set(why, "user %s: there is no such user", user);
        return false;
    }
    if (geteuid() != 0) {
        if (entry->pw_uid == geteuid())
            return true;
        why_set(why, "user %s: only root can become somebody else", user);
        return false;
    }
    /* In this order: without being root the groups could not be given up any more. */
    if (initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
        setuid(entry->pw_uid) != 0) {
        why_errno(why, "cannot become user %s", user);
        return false;
    }
    if (entry->pw_uid != 0 && is_root_still()) {
        why_set(why, "user %s: root's rights cannot be given up", user);
        return false;
    }
    return true;
}

/* --- few system calls --- */

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE

/* What a server that runs, changes its settings, rewrites its configuration and ends does, in libc's
 * ways of several years. */
static const unsigned short allowed[] = {
    /* clang-format off */
    /* connections */
    SYS_accept4, SYS_bind, SYS_connect, SYS_getpeername, SYS_getsockname, SYS_getsockopt, SYS_listen,
    SYS_recvfrom, SYS_recvmsg, SYS_sendfile, SYS_sendmsg, SYS_sendto, SYS_setsockopt, SYS_shutdown, SYS_socket,
    /* waiting */
    SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_futex, SYS_ppoll,
    SYS_pselect6, SYS_timerfd_create, SYS_timerfd_settime, SYS_nanosleep, SYS_clock_nanosleep,
    SYS_sched_yield, SYS_restart_syscall, SYS_pipe2,
#ifdef SYS_epoll_pwait2
    SYS_epoll_pwait2,
#endif
    /* io_uring */
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    /* files: the log, the configuration, what the kernel tells of the process */
    SYS_openat, SYS_close, SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64,
    SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_fsync, SYS_fdatasync, SYS_ftruncate,
    SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_fchmod, SYS_fchown, SYS_fcntl, SYS_ioctl, SYS_getcwd,
    SYS_faccessat, SYS_readlinkat, SYS_getdents64, SYS_umask, SYS_dup, SYS_dup3,
    /* memory */
    SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_mincore, SYS_membarrier,
    /* time and the process itself */
    SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_times, SYS_getrusage, SYS_sysinfo,
    SYS_uname, SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
    SYS_getppid, SYS_getrandom, SYS_prlimit64, SYS_getrlimit, SYS_setrlimit, SYS_getcpu,
    SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_prctl, SYS_rseq, SYS_set_robust_list,
    /* signals and the end */
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigtimedwait, SYS_sigaltstack,
    SYS_tgkill, SYS_exit, SYS_exit_group,
#ifdef __x86_64__
    /* older names of the same */
    SYS_access, SYS_chmod, SYS_dup2, SYS_epoll_wait, SYS_epoll_create, SYS_open, SYS_pipe, SYS_poll,
    SYS_readlink, SYS_rename, SYS_select, SYS_stat, SYS_lstat, SYS_time, SYS_unlink, SYS_accept,
    SYS_eventfd, SYS_getdents,
#endif
    /* clang-format on */
};

#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

/* A comparison for each; the jump over those that are left has one byte. */
_Static_assert(ALLOWED < 250, "too many calls for the jumps of the filter");

static struct sock_filter step(unsigned short code, unsigned k, size_t if_so, size_t if_not)
{
    return (struct sock_filter){code, (unsigned char)if_so, (unsigned char)if_not, k};
}

static size_t write_filter(struct sock_filter *filter)
{
    size_t count = 0, i;

    filter[count++] =
        step(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, arch), 0, 0);
    filter[count++] = step(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
    filter[count++] = step(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    filter[count++] =
        step(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr), 0, 0);
    for (i = 0; i < ALLOWED; i++)
        filter[count++] = step(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], ALLOWED - i, 0);
    filter[count++] = step(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
    filter[count++] = step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    return count;
}

bool privileges_limit_calls(struct why *why)
{
    struct sock_filter filter[ALLOWED + 8];
    const struct sock_fprog program = {(unsigned short)write_filter(filter), filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
        why_errno(why, "seccomp yes: the kernel does not take the filter");
        return false;
    }
    return true;
}

#else

bool privileges_limit_calls(struct why *why)
{
    why_set(why, "seccomp yes: the system calls of this machine are not known");
    return false;
}

#endif
