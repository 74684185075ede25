/* SPDX-License-Identifier: MIT */
/* Waits for the other side: polls, yields, moves to another core, sleeps. */
#include "ipc/wait.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Nanoseconds. A woken thread takes about 50 us where a core has to wake. */
enum { SPIN_MAX_NS = 50000, SPIN_MIN_NS = 1000, SLICE_MIN_NS = 16000000 };
/* Looks: about one microsecond before the first yield, and between clocks. */
enum { LOOKS_FIRST = 60, LOOKS = 20 };
/* Every so many waits, the longest time is tried again. */
enum { TRY_EVERY = 16 };
/* A yield that took so long went to a third process: pause. */
enum { YIELDS = 4, YIELD_LONG_NS = 50000, PAUSE_MIN = 16, PAUSE_MAX = 4096 };
/* So many sleeps in a row on one core do not happen by accident. */
enum { TOGETHER_MAX = 16 };

/* On one core, a look keeps the other side from answering: yield at once. */
static uint32_t spin_most(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return SPIN_MAX_NS;
    return CPU_COUNT(&set) > 1 ? SPIN_MAX_NS : 0;
}

void ipc_wait_init(struct ipc_wait *w)
{
    w->spin_ns = w->spin_max_ns = spin_most();
}

uint64_t ipc_wait_clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/*
 * Tell the processor that this is a loop of looks. The number of looks is
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

/* --- awake ---------------------------------------------------------------- */

/* `count` looks; what was found, or 0. */
static int looks(int count, ipc_ready *ready, void *opaque)
{
    int ret = 0;

    for (; count && !ret; count--, relax())
        ret = ready(opaque);
    return ret;
}

/* A yield went to a third process: pause, longer each time. */
static void yield_failed(struct ipc_wait *w)
{
    w->yield_backoff = 2 * w->yield_backoff + PAUSE_MIN;
    if (w->yield_backoff > PAUSE_MAX)
        w->yield_backoff = PAUSE_MAX;
    w->yield_pause = w->yield_backoff;
}

/*
 * Give the processor away, in case the other side needs this very one. A yield
 * costs under a microsecond if the other side runs then, or no process at all.
 * But the kernel takes it for the end of a time slice: a third process that
 * wants this core keeps it for milliseconds.
 */
static int yields(struct ipc_wait *w, ipc_ready *ready, void *opaque)
{
    int ret = 0;

    if (w->yield_pause) {
        w->yield_pause--;
        return 0;
    }
    for (int n = 0; n < YIELDS && !ret; n++) {
        uint64_t start = ipc_wait_clock_ns();

        sched_yield();
        ret = ready(opaque);
        if (!ret && ipc_wait_clock_ns() - start > YIELD_LONG_NS) {
            yield_failed(w);
            break;
        }
    }
    if (ret)
        w->yield_backoff = 0;
    w->yields_first = ret != 0;
    return ret;
}

/*
 * Look for as long as that paid lately. The bound falls while looking does not
 * help. But where both sides sleep, each finds the other too slow to look for,
 * so now and then the whole time is tried, and both are awake again.
 */
static int looks_bounded(struct ipc_wait *w, ipc_ready *ready, void *opaque)
{
    uint32_t bound = ++w->waits % TRY_EVERY ? w->spin_ns : w->spin_max_ns;
    uint64_t end = ipc_wait_clock_ns() + bound;
    int ret;

    do
        ret = looks(LOOKS, ready, opaque);
    while (!ret && ipc_wait_clock_ns() < end);
    if (ret)
        w->spin_ns = w->spin_max_ns;
    else if (w->spin_ns > 2 * SPIN_MIN_NS)
        w->spin_ns /= 2;
    else
        w->spin_ns = SPIN_MIN_NS;
    return ret;
}

int ipc_wait_awake(struct ipc_wait *w, ipc_ready *ready, void *opaque)
{
    int ret = 0;

    /*
     * A yield takes longer than most answers. So after a wait that a yield
     * ended, a few looks show whether the other side is on this core at all.
     */
    if (w->spin_max_ns)
        ret = looks(w->yields_first ? LOOKS : LOOKS_FIRST, ready, opaque);
    if (ret)
        w->yields_first = false;
    else
        ret = yields(w, ready, opaque);
    if (!ret && w->spin_max_ns)
        ret = looks_bounded(w, ready, opaque);
    return ret;
}

/* --- asleep --------------------------------------------------------------- */

static void futex_sleep(uint32_t *word, uint64_t ns)
{
    struct timespec ts = { (time_t)(ns / 1000000000u),
                           (long)(ns % 1000000000u) };

    syscall(SYS_futex, word, FUTEX_WAIT, 1, &ts, NULL, 0);
}

void ipc_wait_wake(uint32_t *word)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0)
        return;
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool ipc_wait_peer_closed(const struct ipc_wait *w)
{
    struct pollfd p = { .fd = w->sock, .events = POLLRDHUP };

    return poll(&p, 1, 0) > 0 &&
           (p.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL));
}

/*
 * Have the kernel put this thread on another of its processors. It may run on
 * the same ones as before afterwards.
 */
static void move_off(struct ipc_wait *w, unsigned cpu)
{
    cpu_set_t mine, others;

    if (cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof(mine), &mine) < 0)
        return;
    others = mine;
    CPU_CLR(cpu, &others);
    if (!CPU_COUNT(&others) ||
        sched_setaffinity(0, sizeof(others), &others) < 0)
        return;
    sched_setaffinity(0, sizeof(mine), &mine);
    w->moves++;
}

/*
 * Two sides that sleep by turns count as one busy thread for the kernel, so it
 * may leave both on one processor for seconds, beside a third process: each
 * access then takes two switches. One side breaks that up.
 */
static void keep_apart(struct ipc_wait *w)
{
    int cpu = sched_getcpu();
    uint32_t here = cpu < 0 ? 0 : (uint32_t)cpu + 1;

    __atomic_store_n(w->cpu, here, __ATOMIC_RELAXED);
    if (!w->may_move || !w->spin_max_ns || !here ||
        __atomic_load_n(w->peer_cpu, __ATOMIC_RELAXED) != here) {
        w->together = 0;
    } else if (++w->together == TOGETHER_MAX) {
        w->together = 0;
        move_off(w, (unsigned)cpu);
    }
}

/*
 * What is slept counts as silence, but not more than was intended: if the
 * whole machine was stopped meanwhile, that is a failure of neither side.
 */
static uint64_t slice_sleep(struct ipc_wait *w, uint32_t *word, uint64_t slice)
{
    uint64_t start = ipc_wait_clock_ns(), took;

    futex_sleep(word, slice);
    took = ipc_wait_clock_ns() - start;
    took = took < 2 * slice ? took : 2 * slice;
    w->slept_ns += took;
    return took;
}

static int wait_failed(struct ipc_wait *w, uint64_t silent, struct ob_err *err)
{
    if (ipc_wait_peer_closed(w))
        return err_set(err, -EPIPE, "the process at the other end is gone");
    if (w->limit_ns && silent >= w->limit_ns)
        return err_set(err, -ETIMEDOUT,
                       "the process at the other end does nothing for %g s",
                       (double)w->limit_ns / 1e9);
    return 0;
}

/* Slices grow: the other side may die, and a hostile one never wakes us. */
static int slices_sleep(struct ipc_wait *w, uint32_t *word, ipc_ready *ready,
                        void *opaque, struct ob_err *err)
{
    uint64_t silent = 0, slice = SLICE_MIN_NS;
    int ret;

    for (;;) {
        __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        ret = ready(opaque);
        if (!ret) {
            silent += slice_sleep(w, word, slice);
            ret = ready(opaque);
        }
        if (!ret)
            ret = wait_failed(w, silent, err);
        if (ret)
            return ret;
        slice = slice * 2 < w->slice_max_ns ? slice * 2 : w->slice_max_ns;
    }
}

int ipc_wait_asleep(struct ipc_wait *w, uint32_t *word, ipc_ready *ready,
                    void *opaque, struct ob_err *err)
{
    int ret;

    keep_apart(w);
    ret = slices_sleep(w, word, ready, opaque, err);
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
    return ret < 0 ? ret : 0;
}
