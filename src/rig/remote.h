/* SPDX-License-Identifier: MIT */
/*
 * Models in a process of their own, as seen from QEMU or the bench: a process
 * is greeted over a socket, its types become a module like any other, and
 * their devices behave as local ones do. What a device's model asks for while
 * it is asked something is served within that call, through the same checks
 * as a local model's.
 *
 * A process that dies, hangs or talks nonsense is given up: reads of its
 * devices then give all ones, everything else does nothing.
 * All calls [machine lock held].
 */
#ifndef RIG_REMOTE_H
#define RIG_REMOTE_H

#include "rig/device.h"

struct rig_remote;

/* No silence counts as hung: a debugger may stop the process. */
#define RIG_REMOTE_FOR_EVER UINT64_MAX

struct rig_remote_setup {
    int sock;               /* SOCK_SEQPACKET; taken over, also on failure */
    int module;             /* the module's file, stays the caller's; or -1 */
    const char *name;       /* the module's */
    const char *path;       /* as errors name it */
    uint64_t limit_ns;      /* silence that counts as hung; 0: 5 s;
                               RIG_REMOTE_FOR_EVER: none does */
    uint64_t memory_bytes;  /* of shared memory, at most; it limits itself */
    /* Called once when the process is given up, and why; may be NULL. */
    void (*gone)(void *opaque, const char *why);
    void *opaque;
};

/*
 * Greet the process at the other end, and have it open the module and tell
 * its types; all of them are checked. On success *ret is the caller's.
 */
int rig_remote_open(const struct rig_remote_setup *setup,
                    struct rig_remote **ret, struct ob_err *err);
/* After its last device is freed. The process then ends. NULL is fine. */
void rig_remote_free(struct rig_remote *r);

/* What the process serves, as a module; lives with `r`. */
const struct ob_module *rig_remote_module(const struct rig_remote *r);
/*
 * Hand `memory` (the caller's, outlives `r`) to the process, unless it was
 * before; *ret is the number that messages name it by. 0; -ENOSPC: there are
 * too many; -EAGAIN or another error: the process takes none, and never will
 * this one. RAM that ports tell of by mem_map() needs no call.
 */
int rig_remote_memory(struct rig_remote *r, const struct rig_memory *memory,
                      uint32_t *ret, struct ob_err *err);
/* How many messages of a kind (wire/msg.h) came from the process; for tests. */
uint64_t rig_remote_count(const struct rig_remote *r, unsigned kind);

/* Why it was given up, or NULL while it serves. */
const char *rig_remote_gone(const struct rig_remote *r);

#endif
