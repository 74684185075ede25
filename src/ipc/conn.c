/* SPDX-License-Identifier: MIT */
/*
 * One connection: creates its memory, and puts messages into it and takes them
 * out.
 */
#include "ipc/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };
enum { SLICE_MAX_NS = 64000000, SLICE_IDLE_NS = 2000000000 };
enum { RUNG_MAX = 64, UNTOLD_MAX = 64 };

/* --- memory --------------------------------------------------------------- */

int ipc_memory_new(uint32_t slots, int *ret_fd, struct ob_err *err)
{
    int fd = memfd_create("outboard-wire", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0 || ftruncate(fd, (off_t)ipc_memory_bytes(slots)) < 0 ||
        fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
        int code = -errno;

        if (fd >= 0)
            close(fd);
        return err_set(err, code, "shared memory: cannot be made (%s)",
                       strerror(-code));
    }
    *ret_fd = fd;
    return 0;
}

static int memory_check(int fd, size_t bytes, struct ob_err *err)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    if (fstat(fd, &st) < 0 || st.st_size < (off_t)bytes)
        return err_set(err, -EPROTO, "shared memory: is too short");
    if (seals < 0 || !(seals & F_SEAL_SHRINK))
        return err_set(err, -EPROTO, "shared memory: may be cut off; seal it");
    return 0;
}

static void wait_init(struct ipc_conn *c)
{
    bool runner = c->direction == IPC_TO_RUNNER;

    ipc_wait_init(&c->wait);
    c->wait.sock = c->sock;
    c->wait.limit_ns = IPC_LIMIT_NS;
    /* A runner has no other work, and it ends with QEMU. */
    c->wait.slice_max_ns = runner ? SLICE_IDLE_NS : SLICE_MAX_NS;
    /* The user may have bound QEMU's thread to a processor. */
    c->wait.may_move = runner;
    c->wait.cpu = &c->out.head->cpu;
    c->wait.peer_cpu = &c->in.head->cpu;
}

int ipc_conn_open(struct ipc_conn *c, int memory_fd, uint32_t slots, int sock,
                  enum ipc_direction direction, struct ob_err *err)
{
    size_t bytes = ipc_memory_bytes(slots);
    int ret = memory_check(memory_fd, bytes, err);
    void *memory;

    if (ret)
        return ret;
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd,
                  0);
    if (memory == MAP_FAILED) {
        ret = -errno;
        return err_set(err, ret, "shared memory: cannot be mapped (%s)",
                       strerror(-ret));
    }
    memset(c, 0, sizeof(*c));
    c->memory = memory;
    c->memory_bytes = bytes;
    c->direction = direction;
    c->sock = sock;
    ipc_ring_init(&c->out, memory, slots, direction == IPC_TO_QEMU ? 0 : 1);
    ipc_ring_init(&c->in, memory, slots, direction == IPC_TO_QEMU ? 1 : 0);
    wait_init(c);
    return 0;
}

void ipc_conn_close(struct ipc_conn *c)
{
    if (!c->memory)
        return;
    munmap(c->memory, c->memory_bytes);
    if (c->sock >= 0)
        close(c->sock);
    memset(c, 0, sizeof(*c));
    c->sock = -1;
}

/* --- waiting -------------------------------------------------------------- */

void ipc_memory_greeted(int memory_fd)
{
    const uint32_t one = 1;

    /* If it fails, the process waits for its limit and then continues. */
    if (pwrite(memory_fd, &one, sizeof(one),
               offsetof(struct ipc_ring_head, greeted)) < 0)
        return;
}

void ipc_conn_greeted(const struct ipc_conn *c)
{
    uint64_t start = ipc_wait_clock_ns();

    while (!__atomic_load_n(&c->in.head->greeted, __ATOMIC_ACQUIRE) &&
           ipc_wait_clock_ns() - start < IPC_LIMIT_NS)
        sched_yield();
}

bool ipc_conn_peer_gone(const struct ipc_conn *c)
{
    return ipc_wait_peer_closed(&c->wait);
}

unsigned ipc_conn_rung(const struct ipc_conn *c)
{
    unsigned n = 0;
    char byte;

    while (n < RUNG_MAX && recv(c->sock, &byte, 1, MSG_DONTWAIT) > 0)
        n++;
    return n;
}

void ipc_conn_ring_up(const struct ipc_conn *c)
{
    /* A full socket has enough packets to wake the other side. */
    (void)send(c->sock, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int in_ready(void *opaque)
{
    struct ipc_conn *c = opaque;

    return ipc_ring_ready(&c->in) ? 1 : 0;
}

struct putting {
    struct ipc_conn *c;
    struct ipc_msg *msg;
    const void *payload;
};

static int out_ready(void *opaque)
{
    struct putting *p = opaque;
    int ret = ipc_ring_put(&p->c->out, p->msg, p->payload);

    return ret == -EAGAIN ? 0 : ret ? ret : 1;
}

static int wait_for(struct ipc_conn *c, uint32_t *word, ipc_ready *ready,
                    void *opaque, struct ob_err *err)
{
    int ret = ready(opaque);

    if (!ret)
        ret = ipc_wait_awake(&c->wait, ready, opaque);
    if (!ret) {
        /* The other side may itself wait for room. */
        ipc_wait_wake(&c->in.head->full);
        ret = ipc_wait_asleep(&c->wait, word, ready, opaque, err);
    }
    if (ret == -EPROTO)
        err_set(err, ret,
                "the process at the other end wrote an impossible position");
    return ret < 0 ? ret : 0;
}

/*
 * A reader that sleeps does not make room. It may not know yet of the messages
 * in the ring, so wake it before this side waits.
 */
static int put_when(struct ipc_conn *c, ipc_ready *ready, void *opaque,
                    struct ob_err *err)
{
    int ret = ready(opaque);

    if (ret == 1)
        return 0;
    ipc_wait_wake(&c->out.head->asleep);
    return wait_for(c, &c->out.head->full, ready, opaque, err);
}

/*
 * Publish the writes that were kept back. A reader that sleeps is woken only
 * after UNTOLD_MAX of them, because waking costs a system call.
 */
static int posts_put(struct ipc_conn *c, struct ob_err *err)
{
    struct putting p = { c, &c->post, c->more };
    int ret;

    if (!c->n_posts)
        return 0;
    ret = put_when(c, out_ready, &p, err);
    c->untold += c->n_posts;
    c->n_posts = 0;
    if (ret || c->untold < UNTOLD_MAX)
        return ret;
    c->untold = 0;
    ipc_wait_wake(&c->out.head->asleep);
    return 0;
}

int ipc_conn_add(struct ipc_conn *c, struct ipc_msg *msg, const void *payload,
                 struct ob_err *err)
{
    struct putting p = { c, msg, payload };
    int ret = posts_put(c, err);

    return ret ? ret : put_when(c, out_ready, &p, err);
}

int ipc_conn_put(struct ipc_conn *c, struct ipc_msg *msg, const void *payload,
                 struct ob_err *err)
{
    int ret = ipc_conn_add(c, msg, payload, err);

    if (ret)
        return ret;
    c->untold = 0;
    ipc_wait_wake(&c->out.head->asleep);
    return 0;
}

/* May this write go with those that are kept back? */
static bool post_joins(const struct ipc_conn *c, const struct ipc_msg *msg)
{
    const struct ipc_msg *first = &c->post;

    return c->n_posts < IPC_POSTS && msg->dev == first->dev &&
           msg->a == first->a && msg->b == first->b &&
           msg->depth == first->depth && msg->x <= UINT32_MAX;
}

int ipc_conn_post(struct ipc_conn *c, const struct ipc_msg *msg,
                  struct ob_err *err)
{
    uint32_t offset = (uint32_t)msg->x;
    uint8_t *at;
    int ret;

    if (c->n_posts && post_joins(c, msg)) {
        at = c->more + c->post.bytes;
        memcpy(at, &offset, sizeof(offset));
        memcpy(at + sizeof(offset), &msg->y, sizeof(msg->y));
        c->post.bytes += IPC_MORE;
        c->n_posts++;
        return 0;
    }
    ret = posts_put(c, err);
    c->post = *msg;
    c->post.bytes = 0;
    c->n_posts = 1;
    return ret;
}

/* Copy the payload of a message that was peeked out of shared memory. */
static int payload_take(struct ipc_conn *c, const struct ipc_msg *msg,
                        void **ret_payload, struct ob_err *err)
{
    if (!msg->bytes)
        return 0;
    if (msg->kind == IPC_POST) {       /* frequent, so it is not allocated */
        ipc_ring_payload(&c->in, msg, c->more);
        return 0;
    }
    *ret_payload = malloc(msg->bytes);
    if (!*ret_payload)
        return err_set(err, -ENOMEM, "no memory for a message");
    ipc_ring_payload(&c->in, msg, *ret_payload);
    return 0;
}

int ipc_conn_take(struct ipc_conn *c, struct ipc_msg *ret, void **ret_payload,
                  struct ob_err *err)
{
    int status = 0;

    if (!ipc_ring_ready(&c->in)) {
        ipc_ring_tell(&c->in);
        status = wait_for(c, &c->in.head->asleep, in_ready, c, err);
    }
    *ret_payload = NULL;
    if (!status)
        status = ipc_ring_peek(&c->in, c->direction, ret, err);
    if (!status)
        status = payload_take(c, ret, ret_payload, err);
    if (status)
        return status;
    ipc_ring_drop(&c->in, ret);
    /* No fence: wait_for() has one, and wakes a writer that this missed. */
    if (__atomic_load_n(&c->in.head->full, __ATOMIC_RELAXED)) {
        ipc_ring_tell(&c->in);
        ipc_wait_wake(&c->in.head->full);
    }
    return 0;
}
