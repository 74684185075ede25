/* SPDX-License-Identifier: MIT */
/*
 * One connection between QEMU and a model's process: two rings in a sealed
 * memfd, and a socket by which it was set up and which tells when the other
 * side is gone. One thread at a time; what waits spins for a bounded time
 * first, and sleeps on a futex then.
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
    uint8_t more[IPC_MORE_BYTES];  /* of `post`; or of the one taken last */
};

/*
 * Sealed memory for the rings (it cannot shrink under us). *ret_fd is the
 * caller's to close. 0 or -errno.
 */
int ipc_memory_new(uint32_t slots, int *ret_fd, struct ob_err *err);

/*
 * QEMU's side: say in the memory that the greeting is sent, to its last step.
 * A process may take a packet before the call that sent it returns, and the
 * kernel may still tell the process of the packet then.
 */
void ipc_memory_greeted(int memory_fd);

/* The process's side: wait until that is said, for IPC_LIMIT_NS at most. */
void ipc_conn_greeted(const struct ipc_conn *c);

/*
 * Map the memory at `memory_fd` (the caller's to close) and take over the
 * socket `sock`. `direction` is that of what comes in here. Memory that is
 * too short, or may still shrink, is refused. `slots` was checked.
 */
int ipc_conn_open(struct ipc_conn *c, int memory_fd, uint32_t slots, int sock,
                  enum ipc_direction direction, struct ob_err *err);
/* Unmaps and closes. A zeroed one is fine. */
void ipc_conn_close(struct ipc_conn *c);

/*
 * Send; waits for room. 0; -EPIPE: the other side is gone; -ETIMEDOUT: it
 * takes nothing for limit_ns; -EPROTO: it wrote nonsense.
 */
int ipc_conn_put(struct ipc_conn *c, struct ipc_msg *msg, const void *payload,
                 struct ob_err *err);
/* The same without waking the other side: one that wakes it has to follow. */
int ipc_conn_add(struct ipc_conn *c, struct ipc_msg *msg, const void *payload,
                 struct ob_err *err);
/*
 * Post a write (IPC_POST): no answer comes. It is kept back, and goes
 * with up to IPC_POSTS - 1 later ones to the same region of the same size, or
 * before what ipc_conn_put() is given next: alone, each would cost the
 * transfer of a cache line that the reader looks at all the time.
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

/* Is the other side's end of the socket closed? Does not block. */
bool ipc_conn_peer_gone(const struct ipc_conn *c);
/*
 * Take the packets that lie in the socket, at most 64: each tells that a
 * message is in the ring. How many there were; does not block.
 */
unsigned ipc_conn_rung(const struct ipc_conn *c);
/* Tell the other side that a message is there that it does not wait for. */
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
