/* SPDX-License-Identifier: MIT */
/* Starts the launcher, and lets it start and end processes for models. */
#include "remote/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/conn.h"

#define FATE_NS UINT64_C(200000000)

enum { HOST_SOCKET = 3 };

struct launcher {
    int sock;
    pid_t pid;
    GHashTable *fates;          /* pid -> text */
};

/*
 * Start the program with `sock` as its descriptor 3 and no environment. It
 * gets none of QEMU's other descriptors, as of a disk image, and no signal
 * mask of QEMU's.
 */
static int program_start(const char *path, int sock, pid_t *ret_pid)
{
    char *argv[] = { (char *)path, NULL }, *envp[] = { NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none;
    int ret;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, sock, HOST_SOCKET);
    posix_spawn_file_actions_addclosefrom_np(&actions, HOST_SOCKET + 1);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attr, &none);
    ret = posix_spawn(ret_pid, path, &actions, &attr, argv, envp);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return -ret;
}

/* A pair whose own end is never 3, so that dup2() clears close-on-exec. */
static int pair_new(int socks[2])
{
    int moved;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
        return -errno;
    moved = fcntl(socks[1], F_DUPFD_CLOEXEC, 10);
    close(socks[1]);
    socks[1] = moved;
    if (moved >= 0)
        return 0;
    moved = -errno;
    close(socks[0]);
    return moved;
}

int launcher_new(const char *path, struct launcher **ret_launcher,
                 struct ob_err *err)
{
    struct launcher *n;
    int socks[2], ret = pair_new(socks);
    pid_t pid = 0;

    if (!ret) {
        ret = program_start(path, socks[1], &pid);
        close(socks[1]);
        if (ret)
            close(socks[0]);
    }
    if (ret)
        return err_set(err, ret,
                       "%s: cannot be started (%s); reinstall Outboard, or "
                       "let models run in QEMU",
                       path, strerror(-ret));
    n = g_new0(struct launcher, 1);
    n->sock = socks[0];
    n->pid = pid;
    n->fates = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    *ret_launcher = n;
    return 0;
}

/*
 * The launcher sees the closed socket, ends all its processes and then ends
 * itself (runner/main.c). So waitpid() returns.
 */
void launcher_free(struct launcher *n)
{
    if (!n)
        return;
    close(n->sock);
    waitpid(n->pid, NULL, 0);
    g_hash_table_destroy(n->fates);
    g_free(n);
}

/*
 * Take one message: keep a fate, and return 1 for an answer. Fates come at any
 * time, so a fate may come before the answer.
 */
static int message_take(struct launcher *n, uint64_t limit_ns,
                        struct ipc_hello *ret_hello, struct ob_err *err)
{
    unsigned n_fds;
    int ret = ipc_hello_take(n->sock, ret_hello, NULL, 0, &n_fds, limit_ns,
                             err);

    if (ret)
        return ret;
    if (ret_hello->status <= 0)
        return 1;
    g_hash_table_insert(n->fates, GUINT_TO_POINTER(ret_hello->types),
                        g_strdup(ret_hello->text));
    return 0;
}

static const struct ipc_hello request = {
    .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
    .bytes = sizeof(request), .slots = IPC_SLOTS,
};

/*
 * Ask for a process; `words` (or -1) is what program it is to run. QEMU closes
 * its copy of the process's end at once: only then does the socket show that
 * the process has ended.
 */
static int process_ask(struct launcher *n, int words, int *ret_sock,
                       int *ret_pid, struct ob_err *err)
{
    struct ipc_hello hello;
    int socks[2], fds[2], ret;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
        return err_set(err, -errno, "outboard-runner: no socket to it (%s)",
                       strerror(errno));
    fds[0] = socks[1];
    fds[1] = words;
    ret = ipc_hello_send(n->sock, &request, fds, words < 0 ? 1 : 2, err);
    close(socks[1]);
    while (!ret)
        ret = message_take(n, IPC_LIMIT_NS, &hello, err);
    if (ret == 1 && hello.status)
        ret = err_set(err, hello.status, "%s", hello.text);
    if (ret < 0) {
        close(socks[0]);
        return err_prefix(err, ret, "outboard-runner: gives no process");
    }
    /* The kernel reuses numbers: this fate is that of an older process. */
    g_hash_table_remove(n->fates, GUINT_TO_POINTER(hello.types));
    *ret_sock = socks[0];
    *ret_pid = (int)hello.types;
    return 0;
}

int launcher_process(struct launcher *n, int *ret_sock, int *ret_pid,
                     struct ob_err *err)
{
    return process_ask(n, -1, ret_sock, ret_pid, err);
}

/*
 * The file has words that end in NUL: the number of arguments, the arguments,
 * the environment. A file, because a packet may be too small for them.
 */
static int words_file(const char *const *argv, const char *const *envp,
                      int *ret_fd, struct ob_err *err)
{
    GString *text = g_string_new(NULL);
    int fd = memfd_create("outboard-words", MFD_CLOEXEC);
    bool whole;

    g_string_append_printf(text, "%u%c", g_strv_length((char **)argv), 0);
    for (; *argv; argv++)
        g_string_append_len(text, *argv, (gssize)strlen(*argv) + 1);
    for (; *envp; envp++)
        g_string_append_len(text, *envp, (gssize)strlen(*envp) + 1);
    whole = fd >= 0 && write(fd, text->str, text->len) == (ssize_t)text->len;
    g_string_free(text, TRUE);
    if (whole) {
        *ret_fd = fd;
        return 0;
    }
    if (fd >= 0)
        close(fd);
    return err_set(err, -ENOMEM,
                   "outboard-runner: no memory file for a command (%s)",
                   strerror(errno));
}

int launcher_program(struct launcher *n, const char *const *argv,
                     const char *const *envp, int *ret_sock, int *ret_pid,
                     struct ob_err *err)
{
    int words = -1, ret = words_file(argv, envp, &words, err);

    if (ret)
        return ret;
    ret = process_ask(n, words, ret_sock, ret_pid, err);
    close(words);
    return ret;
}

/*
 * The result is ignored: if the launcher has ended, the kernel has ended its
 * processes as well.
 */
void launcher_kill(struct launcher *n, int pid)
{
    struct ipc_hello hello = request;

    hello.types = (uint32_t)pid;
    ipc_hello_send(n->sock, &hello, NULL, 0, NULL);
}

/*
 * The launcher reports a fate soon after a process ends. FATE_NS bounds the
 * wait, because the caller holds the machine lock.
 */
const char *launcher_fate(struct launcher *n, int pid)
{
    struct ipc_hello hello;
    const char *fate;

    for (;;) {
        fate = g_hash_table_lookup(n->fates, GUINT_TO_POINTER(pid));
        if (fate || message_take(n, FATE_NS, &hello, NULL))
            return fate;
    }
}
