/* SPDX-License-Identifier: MIT */
/*
 * Models that are programs of their own. They keep the rights and the
 * environment of the user that started QEMU. When QEMU ends, the launcher also
 * ends the processes that such programs have started: it is the parent of all
 * orphans below it.
 */
#include "runner/runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

enum { SOCKET = 3, WORDS_MAX = 1 << 21 };

/* --- becoming one --------------------------------------------------------- */

static void failed(int sock, const char *path, int code)
    __attribute__((noreturn));

static void failed(int sock, const char *path, int code)
{
    struct ipc_hello out = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(out), .slots = IPC_SLOTS, .status = -code,
    }, in;
    unsigned n_fds;
    int fds[2];

    /*
     * QEMU must get the answer. A socket that closes with unread data drops
     * what it has sent, so this reads QEMU's greeting first.
     */
    ipc_hello_take(sock, &in, fds, 2, &n_fds, IPC_LIMIT_NS, NULL);
    g_snprintf(out.text, sizeof(out.text), "%.900s: cannot be started (%s)",
               path, strerror(code));
    ipc_hello_send(sock, &out, NULL, 0, NULL);
    _exit(1);
}

/* Take up to `most` words; *at moves behind the last one. */
static char **words_take(char **at, const char *end, unsigned most)
{
    GPtrArray *list = g_ptr_array_new();

    for (; *at < end && list->len < most; *at += strlen(*at) + 1)
        g_ptr_array_add(list, *at);
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}

/*
 * The program has no input. It prints to the standard error, so that its lines
 * do not mix with QEMU's output.
 */
static int streams_set(int sock)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, 0) < 0 || dup2(2, 1) < 0)
        return -1;
    if (sock != SOCKET)
        return dup2(sock, SOCKET);
    return fcntl(sock, F_SETFD, 0);
}

void program_run(int sock, int words)
{
    char *data, *at, **count, **argv, **envp;
    size_t len;

    if (file_read_fd(words, "command", WORDS_MAX, &data, &len, NULL))
        failed(sock, "command", EPROTO);
    at = data;
    count = words_take(&at, data + len, 1);
    argv = words_take(&at, data + len, count[0] ? atoi(count[0]) : 0);
    envp = words_take(&at, data + len, UINT_MAX);
    if (!argv[0])
        failed(sock, "command", EPROTO);
    setsid();
    if (streams_set(sock) < 0)
        failed(sock, argv[0], errno);
    syscall(SYS_close_range, SOCKET + 1, ~0u, 0);
    execve(argv[0], argv, envp);
    failed(SOCKET, argv[0], errno);
}

/* --- ending them ---------------------------------------------------------- */

static pid_t parent_of(const char *pid)
{
    char path[64], text[512], *state;
    int parent = 0, fd;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    state = strrchr(text, ')');     /* a name may have any bytes */
    if (!state || sscanf(state + 1, " %*c %d", &parent) != 1)
        return 0;
    return parent;
}

/* Kill our children; how many there were. */
static int children_kill(void)
{
    DIR *dir = opendir("/proc");
    struct dirent *e;
    int n = 0;

    while (dir && (e = readdir(dir)))
        if (g_ascii_isdigit(e->d_name[0]) && parent_of(e->d_name) == getpid())
            n += kill(atoi(e->d_name), SIGKILL) == 0;
    if (dir)
        closedir(dir);
    return n;
}

void program_end_all(void)
{
    /* The children of a child that ends become ours, so look again. */
    while (children_kill() > 0)
        waitpid(-1, NULL, 0);
}
