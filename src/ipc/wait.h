/* SPDX-License-Identifier: MIT */
/*
 * How one side of a connection waits for the other. It polls while an answer
 * may come at any moment, yields the processor if the other side may need it,
 * and at last sleeps on a futex. It does each step for longer if the step
 * brought answers lately. So on a busier machine an access gets slower only
 * gradually. docs/decisions/0015-waiting-without-a-cliff.md has the reasons.
 * One thread at a time.
 */
#ifndef IPC_WAIT_H
#define IPC_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct ipc_wait {
    int sock;                   /* to see whether the other side is closed */
    uint64_t limit_ns;          /* of silence that is a failure; 0: no limit */
    uint64_t slept_ns;          /* in all; the caller may set it to 0 */
    uint64_t slice_max_ns;      /* the longest sleep without a look */
    uint32_t *cpu;              /* shared: 1 + where this side sleeps */
    const uint32_t *peer_cpu;   /* shared: the same of the other side */
    bool may_move;              /* this thread may choose its processor */
    uint32_t spin_ns, spin_max_ns;  /* looks for so long: now, and at most */
    uint32_t waits;             /* that were not over at once */
    uint32_t yield_pause;       /* so many waits go without a yield */
    uint32_t yield_backoff;     /* the length of the last such pause */
    bool yields_first;          /* a yield, not a look, brought the last one */
    uint32_t together;          /* sleeps in a row on the peer's processor */
    uint32_t moves;             /* to another processor, so far */
};

/*
 * What is waited for: 1 if it is there, 0 if not yet, or -errno. -EPROTO means
 * that the other side wrote a position that cannot be.
 */
typedef int ipc_ready(void *opaque);

/* Times for this machine; `w` was zeroed, the caller sets the rest. */
void ipc_wait_init(struct ipc_wait *w);

/* Look, yield, look on, but do not sleep. What `ready` returned last. */
int ipc_wait_awake(struct ipc_wait *w, ipc_ready *ready, void *opaque);
/*
 * Sleep until `ready`; the other side clears the futex `word` and wakes it.
 * 0; -EPIPE: the other side closed its socket; -ETIMEDOUT: it was silent for
 * limit_ns; or what `ready` returned, with text in `err` for all of them.
 */
int ipc_wait_asleep(struct ipc_wait *w, uint32_t *word, ipc_ready *ready,
                    void *opaque, struct ob_err *err);
/* Wake the side that sleeps at `word`, after what was published before. */
void ipc_wait_wake(uint32_t *word);

/* Did the other side close its end of the socket? Does not block. */
bool ipc_wait_peer_closed(const struct ipc_wait *w);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t ipc_wait_clock_ns(void);

#endif
