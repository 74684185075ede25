/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds out whether QEMU's main loop starves, and makes room for it. A bottom
 * half shows when the main loop runs. QEMU runs "safe work" of a processor
 * while all processors are stopped and the machine lock is free. So a piece of
 * safe work that waits gives the main loop the time to take the lock.
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "bridge/qemu/symbols.h"
#include "bridge/remote/fairness.h"

/*
 * Nanoseconds: between two beats, until a beat is late, and a pause at most. A
 * pause costs about 0.3 ms of the guest's time, so this is 2 % of a poll.
 */
enum { BEAT_NS = 20000000, LATE_NS = 2000000, PAUSE_MAX_NS = 500000 };
enum { PAUSE_US = 20 };

static uint64_t beat_ns;            /* the last that came, or was asked for */
static bool beat_open;              /* asked for, and did not come yet */
static bool pause_open;             /* asked for, and not over yet */

static uint64_t clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* In the main loop, with the machine lock. */
static void beat(void *opaque)
{
    (void)opaque;
    beat_ns = clock_ns();
    __atomic_store_n(&beat_open, false, __ATOMIC_RELEASE);
}

/*
 * On a processor's thread, without the machine lock, while all processors are
 * stopped. The main loop takes the lock in this time.
 */
static void pause_for_beat(struct Object *cpu, void *data)
{
    uint64_t end = clock_ns() + PAUSE_MAX_NS;

    (void)cpu;
    (void)data;
    while (__atomic_load_n(&beat_open, __ATOMIC_ACQUIRE) && clock_ns() < end)
        usleep(PAUSE_US);
    __atomic_store_n(&pause_open, false, __ATOMIC_RELEASE);
}

/* With -icount QEMU itself takes turns between the processors and the loop. */
static bool is_possible(void)
{
    return q.aio_bh_schedule_oneshot_full && q.async_safe_run_on_cpu &&
           q.use_icount && *(const int *)q.use_icount == 0;
}

/*
 * Is this the main loop's thread? qemu_in_main_thread() of 7.2 is true for any
 * thread that holds the machine lock.
 */
static bool in_main_loop(void)
{
    return gettid() == getpid();
}

static void pause_request(void)
{
    struct Object *cpu = q.qemu_get_cpu(0);

    if (!cpu || __atomic_load_n(&pause_open, __ATOMIC_ACQUIRE))
        return;
    pause_open = true;
    q.async_safe_run_on_cpu(cpu, pause_for_beat, NULL);
}

void fairness_check(void)
{
    uint64_t now = clock_ns();

    /* The main loop's own requests show that it runs. */
    if (!is_possible() || in_main_loop() || !q.runstate_is_running())
        return;
    if (!__atomic_load_n(&beat_open, __ATOMIC_ACQUIRE)) {
        if (now - beat_ns < BEAT_NS)
            return;
        beat_ns = now;
        beat_open = true;
        q.aio_bh_schedule_oneshot_full(q.qemu_get_aio_context(), beat, NULL,
                                       "outboard-beat");
    } else if (now - beat_ns > LATE_NS) {
        /* If one pause is not enough, the next one may come as late again. */
        beat_ns = now;
        pause_request();
    }
}
