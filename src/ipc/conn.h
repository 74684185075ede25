/* SPDX-License-Identifier: MIT */
/*
 * One connection between QEMU and a model's process: two rings in a sealed
 * memfd, and a socket. The socket carries the greeting and shows when the
 * other side has ended. One thread at a time uses a connection. A call that
 * waits spins for a bounded time and then sleeps on a futex.
 */
#ifndef IPC_CONN_H
#define IPC_CONN_H

#include "ipc/ring.h"
#include "ipc/wait.h"

#define IPC_LIMIT_NS UINT64_C(5000000000)

struct ipc_conn {
    struct ipc_ring out, in;
    enum ipc_direction direction;  /* of what comes in */
    int sock;                       /* ours; -1 once it is closed */
    void *memory;
    size_t memory_bytes;
    struct ipc_wait wait;
    uint32_t n_posts;               /* writes in `post`, not in the ring yet */
    uint32_t untold;                /* since the reader was last woken */
    struct ipc_msg post;
    uint8_t more[IPC_MORE_BYTES];  /* of `post`; or of the last POST taken */
};

/*
 * Sealed memory for the rings (it cannot shrink under us). *ret_fd is the
 * caller's to close. 0 or -errno.
 */
int ipc_memory_new(uint32_t slots, int *ret_fd, struct ob_err *err);

/*
 * QEMU's side: mark in the memory that the greeting is sent completely. A
 * process may take a packet before the call that sent it returns, and the
 * kernel may signal the packet to the process after that.
 */
void ipc_memory_greeted(int memory_fd);

/* The process's side: wait for that mark, for IPC_LIMIT_NS at most. */
void ipc_conn_greeted(const struct ipc_conn *c);

/*
 * Map the memory at `memory_fd` (the caller's to close) and take over the
 * socket `sock`. `direction` is that of what comes in here. Memory that is
 * too short, or may still shrink, is refused. `slots` was checked.
 */
int ipc_conn_open(struct ipc_conn *c, int memory_fd, uint32_t slots, int sock,
                  enum ipc_direction direction, struct ob_err *err);
/* Unmap and close. A zeroed connection is fine. */
void ipc_conn_close(struct ipc_conn *c);

/*
 * Send; waits for room. 0; -EPIPE: the other side has ended; -ETIMEDOUT: it
 * took no message for limit_ns; -EPROTO: it broke the protocol.
 */
int ipc_conn_put(struct ipc_conn *c, struct ipc_msg *msg, const void *payload,
                 struct ob_err *err);
/* The same without waking the other side; a call that wakes must follow. */
int ipc_conn_add(struct ipc_conn *c, struct ipc_msg *msg, const void *payload,
                 struct ob_err *err);
/*
 * Post a write (IPC_POST), which has no answer. The connection keeps it and
 * sends it with up to IPC_POSTS - 1 later writes of the same size to the same
 * region of a device, at the latest before the next ipc_conn_put(). Sent
 * alone, each write would cost the transfer of a cache line that the reader
 * polls.
 */
int ipc_conn_post(struct ipc_conn *c, const struct ipc_msg *msg,
                  struct ob_err *err);
/*
 * The next message, checked. *ret_payload is NULL, or msg->bytes bytes that
 * are the caller's to free(); those of a POST are in c->more, and NULL here.
 * Errors as above.
 */
int ipc_conn_take(struct ipc_conn *c, struct ipc_msg *ret, void **ret_payload,
                  struct ob_err *err);

/* Has the other side closed its end of the socket? Does not block. */
bool ipc_conn_peer_gone(const struct ipc_conn *c);
/*
 * Take the packets in the socket, at most 64. Each means that a message is in
 * the ring. Returns how many there were; does not block.
 */
unsigned ipc_conn_rung(const struct ipc_conn *c);
/* Notify the other side of a message that it does not wait for. */
void ipc_conn_ring_up(const struct ipc_conn *c);

/* Send a hello, with up to 4 descriptors. 0 or -errno. */
int ipc_hello_send(int sock, const struct ipc_hello *hello, const int *fds,
                   unsigned n_fds, struct ob_err *err);
/*
 * Receive and check one within `limit_ns` (0: no limit). Descriptors go to
 * fds[0 .. *ret_fds - 1], the caller's, close-on-exec; more than `max` are
 * refused.
 */
int ipc_hello_take(int sock, struct ipc_hello *ret, int *fds, unsigned max,
                   unsigned *ret_fds, uint64_t limit_ns, struct ob_err *err);

/*
 * One descriptor, in a packet of its own. Neither waits: sending gives -EAGAIN
 * if the other side has not taken those before, and taking if none is there.
 * *ret_fd is the caller's, close-on-exec. 0 or -errno.
 */
int ipc_fd_send(int sock, int fd);
int ipc_fd_take(int sock, int *ret_fd);

#endif
