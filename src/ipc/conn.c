/* SPDX-License-Identifier: MIT */
#include "ipc/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };
enum { SPIN_MAX_NS = 50000, SPIN_MIN_NS = 1000, SLICE_MIN_NS = 16000000,
       SLICE_MAX_NS = 64000000, SLICE_IDLE_NS = 2000000000 };
enum { RUNG_MAX = 64, UNTOLD_MAX = 64 };
enum { TRY_EVERY = 16, LOOKS_FIRST = 60, LOOKS = 20 };

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

/* With one processor, whoever spins keeps the other side from answering. */
static uint32_t spin_most(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return SPIN_MAX_NS;
    return CPU_COUNT(&set) > 1 ? SPIN_MAX_NS : 0;
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
    c->limit_ns = IPC_LIMIT_NS;
    c->spin_ns = c->spin_max_ns = spin_most();
    ipc_ring_init(&c->out, memory, slots, direction == IPC_TO_QEMU ? 0 : 1);
    ipc_ring_init(&c->in, memory, slots, direction == IPC_TO_QEMU ? 1 : 0);
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

static uint64_t clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/*
 * Tell the processor that this is a loop of looks. How often it looks is
 * counted (LOOKS), for a hint that takes some tens of cycles. On most arm64
 * cores `yield` takes none; `isb` refills the pipeline, which takes as long.
 */
static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#elif defined(__riscv)
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010");     /* pause */
#endif
}

void ipc_memory_greeted(int memory_fd)
{
    const uint32_t one = 1;

    /* If it fails, the process waits for its limit, and then goes on. */
    if (pwrite(memory_fd, &one, sizeof(one),
               offsetof(struct ipc_ring_head, greeted)) < 0)
        return;
}

void ipc_conn_greeted(const struct ipc_conn *c)
{
    uint64_t start = clock_ns();

    while (!__atomic_load_n(&c->in.head->greeted, __ATOMIC_ACQUIRE) &&
           clock_ns() - start < IPC_LIMIT_NS)
        sched_yield();
}

static void futex_sleep(uint32_t *word, uint64_t ns)
{
    struct timespec ts = { (time_t)(ns / 1000000000u),
                           (long)(ns % 1000000000u) };

    syscall(SYS_futex, word, FUTEX_WAIT, 1, &ts, NULL, 0);
}

/* Wake whoever sleeps at `word`, after what was published before. */
static void bell(uint32_t *word)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0)
        return;
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool ipc_conn_peer_gone(const struct ipc_conn *c)
{
    struct pollfd p = { .fd = c->sock, .events = POLLRDHUP };

    return poll(&p, 1, 0) > 0 &&
           (p.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL));
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
    /* If it takes no more, there are enough in it. */
    (void)send(c->sock, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Has what is waited for come about? */
typedef int ipc_ready(struct ipc_conn *c, void *opaque);

static int in_ready(struct ipc_conn *c, void *opaque)
{
    (void)opaque;
    return ipc_ring_ready(&c->in) ? 1 : 0;
}

struct putting {
    struct ipc_msg *msg;
    const void *payload;
};

static int out_ready(struct ipc_conn *c, void *opaque)
{
    struct putting *p = opaque;
    int ret = ipc_ring_put(&c->out, p->msg, p->payload);

    return ret == -EAGAIN ? 0 : ret ? ret : 1;
}

/*
 * How long to spin now. The bound falls while spinning is in vain; but where
 * both sides sleep, each finds the other too slow to spin for, so now and
 * then the whole time is tried, and both are awake again.
 */
static uint32_t spin_bound(struct ipc_conn *c)
{
    return ++c->waits % TRY_EVERY ? c->spin_ns : c->spin_max_ns;
}

/* `count` looks; what was found, or 0. */
static int spin_some(struct ipc_conn *c, int count, ipc_ready *ready,
                     void *opaque)
{
    int ret = 0;

    for (; count && !ret; count--, relax())
        ret = ready(c, opaque);
    if (ret)
        c->spin_ns = c->spin_max_ns;
    return ret;
}

static int wait_spin(struct ipc_conn *c, ipc_ready *ready, void *opaque)
{
    uint32_t bound = spin_bound(c);
    uint64_t end;
    int ret;

    if (!bound)
        return 0;
    ret = spin_some(c, LOOKS_FIRST, ready, opaque);
    if (ret)
        return ret;
    end = clock_ns() + bound;
    do {
        /* Others, perhaps the one that is waited for, want this core? */
        sched_yield();
        ret = spin_some(c, LOOKS, ready, opaque);
    } while (!ret && clock_ns() < end);
    if (!ret)
        c->spin_ns = c->spin_ns / 2 > SPIN_MIN_NS ? c->spin_ns / 2
                                                  : SPIN_MIN_NS;
    return ret;
}

/*
 * What is slept counts as silence, but not more than was meant to be: a
 * machine that was stopped meanwhile, both ends with it, is nobody's failure.
 */
static uint64_t slice_sleep(struct ipc_conn *c, uint32_t *word, uint64_t slice)
{
    uint64_t start = clock_ns(), took;

    futex_sleep(word, slice);
    took = clock_ns() - start;
    took = took < 2 * slice ? took : 2 * slice;
    c->slept_ns += took;
    return took;
}

static int wait_failed(struct ipc_conn *c, uint64_t silent, struct ob_err *err)
{
    if (ipc_conn_peer_gone(c))
        return err_set(err, -EPIPE, "the process at the other end is gone");
    if (c->limit_ns && silent >= c->limit_ns)
        return err_set(err, -ETIMEDOUT,
                       "the process at the other end does nothing for %g s",
                       (double)c->limit_ns / 1e9);
    return 0;
}

/*
 * Sleep at `word` until `ready`, in slices that grow: the other side may die,
 * and a hostile one never rings.
 */
static int wait_sleep(struct ipc_conn *c, uint32_t *word, ipc_ready *ready,
                      void *opaque, struct ob_err *err)
{
    uint64_t silent = 0, slice = SLICE_MIN_NS;
    /* A process has nothing else to do, and is ended with QEMU anyway. */
    uint64_t most = c->direction == IPC_TO_QEMU ? SLICE_MAX_NS : SLICE_IDLE_NS;
    int ret;

    bell(&c->in.head->full);
    for (;;) {
        __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        ret = ready(c, opaque);
        if (!ret)
            silent += slice_sleep(c, word, slice);
        if (ret || (ret = ready(c, opaque)))
            break;
        if ((ret = wait_failed(c, silent, err)))
            break;
        slice = slice * 2 < most ? slice * 2 : most;
    }
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
    return ret;
}

static int wait_for(struct ipc_conn *c, uint32_t *word, ipc_ready *ready,
                    void *opaque, struct ob_err *err)
{
    int ret = ready(c, opaque);

    if (!ret)
        ret = wait_spin(c, ready, opaque);
    if (!ret)
        ret = wait_sleep(c, word, ready, opaque, err);
    if (ret == -EPROTO)
        err_set(err, ret,
                "the process at the other end wrote an impossible position");
    return ret < 0 ? ret : 0;
}

/* A reader that was not told of what is there already makes no room. */
static int put_when(struct ipc_conn *c, ipc_ready *ready, void *opaque,
                    struct ob_err *err)
{
    int ret = ready(c, opaque);

    if (ret == 1)
        return 0;
    bell(&c->out.head->asleep);
    return wait_for(c, &c->out.head->full, ready, opaque, err);
}

/* Publish what was kept back; a reader that sleeps hears of it later. */
static int posts_put(struct ipc_conn *c, struct ob_err *err)
{
    struct putting p = { &c->post, c->more };
    int ret;

    if (!c->n_posts)
        return 0;
    ret = put_when(c, out_ready, &p, err);
    c->untold += c->n_posts;
    c->n_posts = 0;
    if (ret || c->untold < UNTOLD_MAX)
        return ret;
    c->untold = 0;
    bell(&c->out.head->asleep);
    return 0;
}

int ipc_conn_add(struct ipc_conn *c, struct ipc_msg *msg, const void *payload,
                 struct ob_err *err)
{
    struct putting p = { msg, payload };
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
    bell(&c->out.head->asleep);
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
    if (msg->kind == IPC_POST) {       /* often: nothing is allocated */
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
    int rc = 0;

    if (!ipc_ring_ready(&c->in)) {
        ipc_ring_tell(&c->in);
        rc = wait_for(c, &c->in.head->asleep, in_ready, NULL, err);
    }
    *ret_payload = NULL;
    if (!rc)
        rc = ipc_ring_peek(&c->in, c->direction, ret, err);
    if (!rc)
        rc = payload_take(c, ret, ret_payload, err);
    if (rc)
        return rc;
    ipc_ring_drop(&c->in, ret);
    /* No fence here: wait_sleep() has one, and rings if this came too early. */
    if (__atomic_load_n(&c->in.head->full, __ATOMIC_RELAXED)) {
        ipc_ring_tell(&c->in);
        bell(&c->in.head->full);
    }
    return 0;
}
