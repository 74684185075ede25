/* SPDX-License-Identifier: MIT */
/*
 * The main file of the launcher. Descriptor 3 is a socket to QEMU. A greeting
 * with a socket asks for a process that serves on that socket. The process has
 * the models of a module or, with a second descriptor, becomes a program. A
 * greeting without descriptors names a process to kill. The launcher reports
 * to QEMU how a process ended. When QEMU ends, the launcher ends all its
 * processes and itself.
 */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/loader.h"
#include "runner/sanitized.h"

enum { LAUNCHER = 3 };

static GHashTable *started;         /* pids that were not reaped */

/* --- the launcher --------------------------------------------------------- */

/* When memory runs out, the kernel should end a model and not QEMU. */
static void memory_last(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    dprintf(fd, "1000");
    close(fd);
}

/*
 * `words`: the file that names the program, or -1. The launcher may have ended
 * before the kernel knew of PR_SET_PDEATHSIG, so the child looks at its parent
 * afterwards.
 */
static int child_start(int sock, int words)
{
    pid_t parent = getpid(), pid = fork();
    sigset_t none;

    if (pid)
        return pid;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    close(LAUNCHER);
    if (words >= 0)
        program_run(sock, words);
    memory_last();
    prctl(PR_SET_NAME, "outboard-model");
    runner_process(sock);
    _exit(1);
}

static int tell(pid_t pid, int status, const char *text)
{
    struct ipc_hello out = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(out), .slots = IPC_SLOTS, .types = (uint32_t)pid,
        .status = status,
    };

    g_strlcpy(out.text, text, sizeof(out.text));
    return ipc_hello_send(LAUNCHER, &out, NULL, 0, NULL);
}

/*
 * Kill only a process that is not reaped: until then the kernel does not give
 * its number to another process.
 */
static void process_kill(pid_t pid)
{
    if (!g_hash_table_contains(started, GINT_TO_POINTER(pid)))
        return;
    kill(-pid, SIGKILL);            /* a program's session */
    kill(pid, SIGKILL);
}

/* Fork or kill a process. 0, or -errno when QEMU has ended. */
static int request_serve(void)
{
    struct ipc_hello hello;
    unsigned n_fds = 0;
    int fds[2], pid, rc;

    rc = ipc_hello_take(LAUNCHER, &hello, fds, 2, &n_fds, 0, NULL);
    if (rc)
        return rc;
    if (!n_fds) {
        process_kill((pid_t)hello.types);
        return 0;
    }
    pid = child_start(fds[0], n_fds > 1 ? fds[1] : -1);
    rc = pid < 0 ? tell(0, -errno, strerror(errno)) : tell(pid, 0, "");
    if (pid > 0)
        g_hash_table_add(started, GINT_TO_POINTER(pid));
    while (n_fds)
        close(fds[--n_fds]);
    return rc;
}

/*
 * Report how processes ended. Only those that QEMU asked for: a program may
 * leave other children behind.
 */
static void children_reap(void)
{
    char text[128];
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (!g_hash_table_remove(started, GINT_TO_POINTER(pid)))
            continue;               /* a program left it behind */
        if (WIFSIGNALED(status))
            g_snprintf(text, sizeof(text), "ended by signal %d (%s)",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
        else
            g_snprintf(text, sizeof(text), "ended by itself, status %d",
                       WEXITSTATUS(status));
        tell(pid, 1, text);
    }
}

static int launcher_run(int signals)
{
    struct signalfd_siginfo info;
    struct pollfd p[2] = {
        { .fd = LAUNCHER, .events = POLLIN }, { .fd = signals,
                                               .events = POLLIN },
    };

    for (;;) {
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return 1;
        if (p[1].revents && read(signals, &info, sizeof(info)) > 0)
            children_reap();
        if ((p[0].revents & POLLIN) && request_serve())
            return 0;
        if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
            return 0;
    }
}

int main(int argc, char **argv)
{
    struct stat st;
    sigset_t set;
    int ret;

    if (argc > 1 && !strcmp(argv[1], "--version")) {
        printf("outboard-runner %s\n", OB_VERSION);
        return 0;
    }
    if (fstat(LAUNCHER, &st) < 0 || !S_ISSOCK(st.st_mode)) {
        fprintf(stderr, "outboard-runner: descriptor 3 is not a socket; this "
                        "program is started by outboard, not by hand\n");
        return 1;
    }
    /* Only QEMU handles the signals of a terminal. */
    setsid();
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_SETMASK, &set, NULL);
    libraries_begin();
    sanitized_begin();
    started = g_hash_table_new(NULL, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    ret = launcher_run(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    program_end_all();
    return ret;
}
