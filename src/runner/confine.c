/* SPDX-License-Identifier: MIT */
/*
 * Takes the rights of a process away. Afterwards the model's code can compute,
 * use memory, and use the connection. Everything else ends the process.
 *
 * The dynamic linker has to open the module's file by name. A filter cannot
 * read names, so openat() traps, and the handler returns a copy of the one
 * descriptor that QEMU sent. Code of the module that runs during linking gets
 * that descriptor too, and no other. Such code may run without an end. So the
 * first filter is the boundary, and the second one only makes the mistakes of
 * a good module harder to use.
 */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "loader/loader.h"
#include "runner/sanitized.h"

#define MEMORY_MAX (UINT64_C(1) << 30)
#define SHARED_MAX (UINT64_C(1) << 46)

enum { FD_MAX = 64, STACK_MAX = 8 << 20 };

static int module_fd;           /* for the handler of SIGSYS */

/* --- descriptors and limits ----------------------------------------------- */

static int descriptors_close(const struct confine *c, struct ob_err *err)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int top = MAX(MAX(c->sock, c->memory_sock), c->module);

    if (null < 0)
        return err_set(err, -errno, "/dev/null: cannot be opened");
    for (int fd = 0; fd < SANITIZED_NULL_STREAMS; fd++)
        dup2(null, fd);
    for (int fd = 3; fd <= top; fd++)
        if (fd != c->sock && fd != c->memory_sock && fd != c->module)
            close(fd);
    if (syscall(SYS_close_range, (unsigned)top + 1, ~0u, 0) < 0)
        for (int fd = top + 1; fd < 4096; fd++)
            close(fd);
    return 0;
}

/* A lower limit that the user has set stays. */
static void limit(int what, uint64_t most)
{
    struct rlimit r = { most, most };

    getrlimit((__rlimit_resource_t)what, &r);
    r.rlim_cur = MIN(r.rlim_cur, most);
    r.rlim_max = MIN(r.rlim_max, most);
    setrlimit((__rlimit_resource_t)what, &r);
}

/*
 * A process that root started is root: with capabilities it could poison
 * pages that it shares with QEMU (MADV_HWPOISON).
 */
static int capabilities_drop(void)
{
    struct __user_cap_header_struct head = {
        .version = _LINUX_CAPABILITY_VERSION_3,
    };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

    return (int)syscall(SYS_capset, &head, none);
}

/* QEMU may have ended before this process asked the kernel for a signal. */
static bool qemu_gone(int sock)
{
    struct pollfd p = { .fd = sock, .events = POLLRDHUP };

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP));
}

/*
 * RLIMIT_DATA counts the process's own memory, except the stack. RLIMIT_AS
 * adds the memory that QEMU may share, and keeps the page tables small.
 */
static int limits_set(int sock, uint64_t shared, struct ob_err *err)
{
    struct sanitized_memory more = sanitized_memory();

    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, FD_MAX);
    limit(RLIMIT_STACK, STACK_MAX);
    limit(RLIMIT_DATA, MEMORY_MAX + more.data);
    limit(RLIMIT_AS, MEMORY_MAX + MIN(shared, SHARED_MAX) + more.space);
    /* The kernel ends this process when QEMU's end of the socket closes. */
    if (fcntl(sock, F_SETOWN, getpid()) < 0 ||
        fcntl(sock, F_SETSIG, SIGKILL) < 0 ||
        fcntl(sock, F_SETFL, fcntl(sock, F_GETFL) | O_ASYNC) < 0 ||
        prctl(PR_SET_DUMPABLE, 0) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || capabilities_drop() < 0)
        return err_set(err, -errno, "limits: cannot be set (%s)",
                       strerror(errno));
    if (qemu_gone(sock))
        return err_set(err, -EPIPE, "QEMU is gone");
    return 0;
}

/* --- Landlock ------------------------------------------------------------- */

/*
 * The kernel's interface. The headers of Debian 12 have only that of Linux
 * 6.1.
 */
struct landlock {
    uint64_t files, network, scoped;
};

enum { LANDLOCK_CREATE = 444, LANDLOCK_RESTRICT = 446 };

/*
 * Without a rule, Landlock forbids all files, TCP, and signals and abstract
 * sockets to other processes. QEMU's side reports a kernel without Landlock.
 */
static int landlock_close(struct ob_err *err)
{
    static const unsigned file_rights[] = { 0, 13, 14, 15, 15, 16 };
    int abi = loader_landlock(), fd, ret;
    size_t bytes = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    struct landlock all = {
        .files = (1u << file_rights[abi < 5 ? abi : 5]) - 1,
        .network = 3, .scoped = 3,
    };

    if (abi < 1)
        return 0;
    fd = (int)syscall(LANDLOCK_CREATE, &all, bytes, 0);
    ret = fd < 0 || syscall(LANDLOCK_RESTRICT, fd, 0) < 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
    return ret ? err_set(err, ret, "landlock: cannot be had (%s)",
                         strerror(-ret))
               : 0;
}

/* --- system calls --------------------------------------------------------- */

/*
 * The registers that hold the first four arguments and the result of a system
 * call that trapped. The kernel has restored the first argument by then.
 */
#if defined(__x86_64__)
#define REGISTERS(u) ((u)->uc_mcontext.gregs)
static const unsigned arguments[] = { REG_RDI, REG_RSI, REG_RDX, REG_R10 };
enum { RESULT = REG_RAX };
#elif defined(__aarch64__)
#define REGISTERS(u) ((u)->uc_mcontext.regs)
static const unsigned arguments[] = { 0, 1, 2, 3 };
enum { RESULT = 0 };
#elif defined(__riscv) && __riscv_xlen == 64
#define REGISTERS(u) ((u)->uc_mcontext.__gregs)
static const unsigned arguments[] = { REG_A0, REG_A0 + 1, REG_A0 + 2,
                                      REG_A0 + 3 };
enum { RESULT = REG_A0 };
#else
#error "tell where this machine has the arguments of a system call"
#endif

static long argument(const ucontext_t *u, unsigned n)
{
    return (long)REGISTERS(u)[arguments[n]];
}

static void result_set(ucontext_t *u, long result)
{
    /* Signed on some machines, unsigned on others: the bits count. */
    memcpy(&REGISTERS(u)[RESULT], &result, sizeof(result));
}

/*
 * The copy shares its offset with module_fd, so the linker must find it at the
 * start of the file.
 */
static long open_trapped(void)
{
    long fd = syscall(SYS_dup, module_fd);

    if (fd >= 0)
        syscall(SYS_lseek, fd, 0, SEEK_SET);
    return fd >= 0 ? fd : -errno;
}

/*
 * Newer C libraries call newfstatat() for fstat(). That of a descriptor is
 * allowed; one of a path gets ENOENT.
 */
static long stat_trapped(const ucontext_t *u)
{
    const char *path = (const char *)argument(u, 1);

    if (!(argument(u, 3) & AT_EMPTY_PATH) || (path && *path))
        return -ENOENT;
    return syscall(SYS_fstat, argument(u, 0), argument(u, 2)) < 0 ? -errno : 0;
}

static void call_trapped(int signal, siginfo_t *info, void *context)
{
    int before = errno;

    (void)signal;
    result_set(context, info->si_syscall == SYS_openat
                            ? open_trapped()
                            : stat_trapped(context));
    errno = before;
}

static int filter_err(struct ob_err *err, int code)
{
    return err_set(err, code, "system call filter: cannot be made (%s)",
                   strerror(-code));
}

/* What computing, memory, the ring and the C library's exit need. */
static const int allowed[] = {
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(lseek), SCMP_SYS(fstat),
    SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime), SCMP_SYS(sched_yield), SCMP_SYS(getpid),
    SCMP_SYS(gettid), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(sendmsg), SCMP_SYS(seccomp),
    /* qsort() of glibc before 2.37 asks how much memory there is. */
    SCMP_SYS(sysinfo),
};

/*
 * The advice that the C library gives for its heap. Other advice reaches each
 * process that shares the page: MADV_REMOVE, MADV_HWPOISON, MADV_PAGEOUT.
 */
static const unsigned advice[] = {
    MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED,
    MADV_FREE, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
};

/* The macros of seccomp.h omit a member, and clang -Wextra warns of that. */
static int rule_allow_equal(scmp_filter_ctx f, int call, unsigned arg,
                            uint32_t value)
{
    struct scmp_arg_cmp is = { .arg = arg, .op = SCMP_CMP_EQ,
                               .datum_a = value, .datum_b = 0 };

    return seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, 1, &is);
}

static int rule_kill_masked(scmp_filter_ctx f, int call, unsigned arg,
                            uint64_t mask, uint64_t value)
{
    struct scmp_arg_cmp is = { .arg = arg, .op = SCMP_CMP_MASKED_EQ,
                               .datum_a = mask, .datum_b = value };

    return seccomp_rule_add_array(f, SCMP_ACT_KILL_PROCESS, call, 1, &is);
}

/*
 * The model must not close the socket: the kernel ends the process when QEMU's
 * end closes, and a process without the socket could run without an end.
 * RLIMIT_DATA does not count memory that is shared and anonymous, or that
 * grows down like a stack. Large pages are few and belong to the whole system.
 */
static int rules_never(scmp_filter_ctx f, const struct confine *c)
{
    static const uint64_t flags[] = {
        MAP_SHARED | MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_HUGETLB,
    };
    int ret = rule_kill_masked(f, SCMP_SYS(close), 0, UINT32_MAX,
                               (uint32_t)c->sock);

    for (size_t n = 0; !ret && n < sizeof(flags) / sizeof(*flags); n++)
        ret = rule_kill_masked(f, SCMP_SYS(mmap), 3, flags[n], flags[n]);
    return ret;
}

/* Shared memory comes on its own socket, and the runner reads its seals. */
static int rules_memory(scmp_filter_ctx f, const struct confine *c)
{
    int ret = rule_allow_equal(f, SCMP_SYS(recvmsg), 0,
                               (uint32_t)c->memory_sock);

    return ret ? ret : rule_allow_equal(f, SCMP_SYS(fcntl), 1, F_GET_SEALS);
}

/*
 * ipc/wait.c asks for its processor and moves its thread to another one. Only
 * the number 0, the caller, is allowed, so it cannot move another process.
 */
static int rules_processor(scmp_filter_ctx f)
{
    int ret = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(getcpu), 0);

    if (!ret)
        ret = rule_allow_equal(f, SCMP_SYS(sched_getaffinity), 0, 0);
    return ret ? ret : rule_allow_equal(f, SCMP_SYS(sched_setaffinity), 0, 0);
}

static int rules_before(scmp_filter_ctx f, const struct confine *c)
{
    int ret = rules_memory(f, c);

    if (!ret)
        ret = rules_processor(f);
    if (!ret)
        ret = sanitized_rules(f);
    for (size_t n = 0; !ret && n < sizeof(allowed) / sizeof(*allowed); n++)
        ret = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[n], 0);
    for (size_t n = 0; !ret && n < sizeof(advice) / sizeof(*advice); n++)
        ret = rule_allow_equal(f, SCMP_SYS(madvise), 2, advice[n]);
    if (!ret)
        ret = seccomp_rule_add(f, SCMP_ACT_TRAP, SCMP_SYS(openat), 0);
    if (!ret)
        ret = seccomp_rule_add(f, SCMP_ACT_TRAP, SCMP_SYS(newfstatat), 0);
    /* realloc() works without it; with it a stack could pass its limit. */
    if (!ret)
        ret = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOMEM), SCMP_SYS(mremap), 0);
    /* printf() asks whether its output is a terminal. */
    if (!ret)
        ret = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    if (!ret)
        ret = rule_allow_equal(f, SCMP_SYS(prctl), 0, PR_SET_NO_NEW_PRIVS);
    /* abort() and sanitizers send a signal to their own process. */
    return ret ? ret
               : rule_allow_equal(f, SCMP_SYS(tgkill), 0, (uint32_t)getpid());
}

/*
 * The kernel applies all filters, and the strictest result counts. So this one
 * has to name only what it forbids in addition.
 */
static int rules_after(scmp_filter_ctx f, const struct confine *c)
{
    static const int denied[] = {
        SCMP_SYS(openat), SCMP_SYS(sendmsg), SCMP_SYS(seccomp),
        SCMP_SYS(prctl),
    };
    const uint32_t kill = SCMP_ACT_KILL_PROCESS;
    int ret = 0;

    (void)c;

    for (size_t n = 0; !ret && n < sizeof(denied) / sizeof(*denied); n++)
        ret = seccomp_rule_add(f, kill, denied[n], 0);
    if (!ret)
        ret = seccomp_rule_add(
            f, kill, SCMP_SYS(mmap), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
    if (!ret)
        ret = seccomp_rule_add(
            f, kill, SCMP_SYS(mprotect), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
    return ret;
}

static int filter_load(uint32_t otherwise,
                       int (*rules)(scmp_filter_ctx, const struct confine *),
                       const struct confine *c, struct ob_err *err)
{
    scmp_filter_ctx f = seccomp_init(otherwise);
    int ret;

    if (!f)
        return filter_err(err, -ENOMEM);
    ret = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (!ret)
        ret = rules(f, c);
    if (!ret)
        ret = seccomp_load(f);
    seccomp_release(f);
    return ret ? filter_err(err, ret) : 0;
}

int confine_before(const struct confine *c, struct ob_err *err)
{
    struct sigaction sa = {
        .sa_sigaction = call_trapped, .sa_flags = SA_SIGINFO,
    };
    int ret = descriptors_close(c, err);

    if (ret || (ret = limits_set(c->sock, c->memory_bytes, err)) ||
        (ret = landlock_close(err)))
        return ret;
    module_fd = c->module;
    sigaction(SIGSYS, &sa, NULL);
    ret = filter_load(SCMP_ACT_ALLOW, rules_never, c, err);
    return ret ? ret
               : filter_load(SCMP_ACT_KILL_PROCESS, rules_before, c, err);
}

int confine_after(struct ob_err *err)
{
    return filter_load(SCMP_ACT_ALLOW, rules_after, NULL, err);
}
