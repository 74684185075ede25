/* SPDX-License-Identifier: MIT */
/*
 * Models in a process of their own, as seen from QEMU or the bench: a process
 * is greeted over a socket, its types become a module like any other, and
 * their devices behave as local ones do. What a device's model asks for while
 * it is asked something is served within that call, through the same checks
 * as a local model's.
 *
 * A process that dies, hangs or talks nonsense is given up: reads of its
 * devices then give all ones, everything else does nothing. Its host may put
 * a new process in its place, and make devices anew in that.
 * All calls [machine lock held].
 */
#ifndef REMOTE_H
#define REMOTE_H

#include "device/device.h"

struct remote;

/* No silence counts as hung: a debugger may stop the process. */
#define REMOTE_FOR_EVER UINT64_MAX

struct remote_setup {
    int sock;               /* SOCK_SEQPACKET; taken over, also on failure */
    int module;             /* the module's file, stays the caller's; or -1 */
    const char *name;       /* the module's */
    const char *path;       /* as errors name it */
    uint64_t limit_ns;      /* silence that counts as hung; 0: 5 s;
                               REMOTE_FOR_EVER: none does */
    uint64_t memory_bytes;  /* of shared memory, at most; it limits itself */
    /*
     * Called once when the process is given up, and why; may be NULL. Its
     * requests may still be open: nothing may be restarted from here.
     */
    void (*gone)(void *opaque, const char *why);
    /*
     * A device is used that the process has no more, at a time when it may
     * be restarted. `must`: it should be, as a state is to be restored.
     * May be NULL.
     */
    void (*wake)(void *opaque, bool must);
    void *opaque;
};

/*
 * Greet the process at the other end, and have it open the module and tell
 * its types; all of them are checked. On success *ret_remote is the caller's.
 */
int remote_open(const struct remote_setup *setup, struct remote **ret_remote,
                struct ob_err *err);
/* After its last device is freed. The process then ends. NULL is fine. */
void remote_free(struct remote *r);

/*
 * Type `n` that the process serves, in the module's order; NULL past the last.
 * It lives with `r`.
 */
const struct device_decl *remote_type(const struct remote *r, uint32_t n);
/*
 * Hand `memory` (the caller's, outlives `r`) to the process, unless it was
 * before; *ret is the number that messages name it by. 0; -ENOSPC: there are
 * too many; -EAGAIN or another error: the process takes none, and never will
 * this one. RAM that ports tell of by mem_map() needs no call.
 */
int remote_memory(struct remote *r, const struct host_memory *memory,
                  uint32_t *ret, struct ob_err *err);
/* How many messages of a kind (ipc/msg.h) came from the process; for tests. */
uint64_t remote_count(const struct remote *r, unsigned kind);

/* How often the model of `d` was asked; and how many writes were posted. */
uint64_t remote_asked(const struct device *d, uint64_t *ret_posted);

/* Why it was given up, or NULL while it serves. */
const char *remote_gone(const struct remote *r);
/* Was it given up because it did not answer in time? */
bool remote_hung(const struct remote *r);
/* How long it may take to answer; 0: for ever. */
uint64_t remote_limit_ns(const struct remote *r);
/* `fn` for each of its live devices, in the order of their creation. */
void remote_each(const struct remote *r,
                 void (*fn)(void *opaque, struct device *d), void *opaque);
/*
 * Its socket has something to tell: lines that change by themselves are
 * served, and a process that has ended is given up, unless a request is open,
 * which will do both.
 */
void remote_check(struct remote *r);
/* The socket, to be watched for the end of the process; or -1. */
int remote_sock(const struct remote *r);
/*
 * A line for each of the last things that the process was asked, newest last.
 * Texts are the model's own: `line` prints them clean.
 */
void remote_last(const struct remote *r,
                 void (*line)(void *opaque, const char *text), void *opaque);

/* The process that has, or had, the model of `d`; NULL: it is local. */
struct remote *remote_of(const struct device *d);
/* Is the model of `d` gone with a process? */
bool remote_lost(const struct device *d);
/* Did it go with the one that was given up last, not with one before? */
bool remote_went(const struct device *d);

/* May the next two be called, or is a request of this process still open? */
bool remote_idle(const struct remote *r);
/*
 * Another process in the place of one that is gone; it has to serve the same
 * types. It has no devices yet. `setup` as in remote_open(); its functions
 * take effect on success only. Only while remote_idle().
 */
int remote_reopen(struct remote *r, const struct remote_setup *setup,
                  struct ob_err *err);
/*
 * Make the devices that are lost, and that `wanted(opaque, d)`, anew: the same
 * properties, inputs and clocks; reset if they were before; then the last state
 * that was saved or restored, if they were not reset since. Lines are put as
 * the model then puts them; those that it leaves alone fall. On failure the
 * process is given up. Only while remote_idle().
 */
int remote_restart(struct remote *r,
                   bool (*wanted)(void *opaque, struct device *d),
                   void *opaque, struct ob_err *err);

#endif
