/* SPDX-License-Identifier: MIT */
/* Sends, receives and checks greetings, and descriptors over a socket. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/conn.h"

enum { FDS_MAX = 4 };

union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

static ssize_t packet_send(int sock, const void *bytes, size_t count,
                           const int *fds, unsigned n_fds, int flags)
{
    struct iovec iov = { (void *)bytes, count };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
    union control control;

    memset(&control, 0, sizeof(control));
    if (n_fds) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(&control.head), fds, n_fds * sizeof(int));
    }
    return sendmsg(sock, &m, MSG_NOSIGNAL | flags);
}

int ipc_hello_send(int sock, const struct ipc_hello *hello, const int *fds,
                   unsigned n_fds, struct ob_err *err)
{
    if (packet_send(sock, hello, sizeof(*hello), fds, n_fds, 0) !=
        (ssize_t)sizeof(*hello))
        return err_set(err, -EPIPE,
                       "the other side closed the connection during the "
                       "handshake (%s)",
                       strerror(errno));
    return 0;
}

/* Take the descriptors out of `m`; too many are closed and refused. */
static int fds_take(struct msghdr *m, int *fds, unsigned max,
                    unsigned *ret_fds, struct ob_err *err)
{
    unsigned n = 0, extra = 0;

    for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
        size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
            if (n < max)
                fds[n++] = fd;
            else
                extra++, close(fd);
        }
    }
    if (!extra && !(m->msg_flags & MSG_CTRUNC)) {
        *ret_fds = n;
        return 0;
    }
    while (n)
        close(fds[--n]);
    return err_set(err, -EPROTO, "a greeting has more than %u descriptors",
                   max);
}

static int hello_wait(int sock, uint64_t limit_ns, struct ob_err *err)
{
    struct pollfd p = { .fd = sock, .events = POLLIN };
    int ms = limit_ns ? (int)(limit_ns / 1000000u) : -1;
    int n;

    do {
        n = poll(&p, 1, ms);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return err_set(err, -ETIMEDOUT, "no greeting within %g s",
                       (double)limit_ns / 1e9);
    return n < 0 ? err_set(err, -errno, "no greeting: %s", strerror(errno))
                 : 0;
}

int ipc_hello_take(int sock, struct ipc_hello *ret, int *fds, unsigned max,
                   unsigned *ret_fds, uint64_t limit_ns, struct ob_err *err)
{
    struct iovec iov = { ret, sizeof(*ret) };
    union control control;
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1,
        .msg_control = control.bytes, .msg_controllen = sizeof(control),
    };
    int status = hello_wait(sock, limit_ns, err);
    ssize_t n;

    if (status)
        return status;
    n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
    /* It ended with something unread: told once, before its last words. */
    if (n < 0 && errno == ECONNRESET)
        n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n <= 0)
        return err_set(err, -EPIPE, "the process at the other end is gone");
    status = fds_take(&m, fds, max, ret_fds, err);
    if (status)
        return status;
    status = ipc_hello_check(ret, (size_t)n, err);
    while (status && *ret_fds)
        close(fds[--*ret_fds]);
    return status;
}

int ipc_fd_send(int sock, int fd)
{
    if (packet_send(sock, "", 1, &fd, 1, MSG_DONTWAIT) == 1)
        return 0;
    return -errno;
}

int ipc_fd_take(int sock, int *ret_fd)
{
    char byte;
    struct iovec iov = { &byte, 1 };
    union control control;
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1,
        .msg_control = control.bytes, .msg_controllen = sizeof(control),
    };
    unsigned n = 0;
    int ret;

    if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0)
        return -EAGAIN;
    ret = fds_take(&m, ret_fd, 1, &n, NULL);
    return ret ? ret : n ? 0 : -EPROTO;
}

int ipc_hello_check(const struct ipc_hello *hello, size_t bytes,
                    struct ob_err *err)
{
    if (bytes != sizeof(*hello) || hello->magic != IPC_MAGIC ||
        hello->bytes != sizeof(*hello))
        return err_set(err, -EPROTO,
                       "the other side sent %zu bytes that are not a greeting",
                       bytes);
    if (hello->major != IPC_MAJOR)
        return err_set(err, -EPROTO,
                       "the other side speaks version %u.%u of the protocol, "
                       "and this one %u.%u; use both of one Outboard",
                       hello->major, hello->minor, IPC_MAJOR, IPC_MINOR);
    if (!ipc_slots_fit(hello->slots))
        return err_set(err, -EPROTO,
                       "rings of %u slots; a power of two from %u to %u is "
                       "needed",
                       hello->slots, IPC_SLOTS_MIN, IPC_SLOTS_MAX);
    if (!memchr(hello->name, 0, sizeof(hello->name)) ||
        !memchr(hello->text, 0, sizeof(hello->text)))
        return err_set(err, -EPROTO, "a text in the greeting has no end");
    return 0;
}
