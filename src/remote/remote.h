/* SPDX-License-Identifier: MIT */
/*
 * Remote models, as QEMU's process or the bench sees them. A runner is greeted
 * over a socket, and its types become declarations like those of a local
 * module. Its devices behave like local ones. While the runner serves a
 * request, its model may call services. They are served within that request,
 * with the checks that a local model's calls get.
 *
 * If a runner ends, hangs or breaks the protocol, this room ends it. Reads of
 * its devices then return all ones, and all other calls do nothing. The host
 * may start another runner in its place, and create the devices again there.
 * All calls [machine lock held].
 */
#ifndef REMOTE_H
#define REMOTE_H

#include "device/device.h"

struct remote;

/* No silence counts as hung, because a debugger may stop the runner. */
#define REMOTE_NO_LIMIT UINT64_MAX

/* A poll of a guest takes this many requests in about 20 us. */
#define REMOTE_TURN 64u

struct remote_setup {
    int sock;               /* SOCK_SEQPACKET; closed here, also on failure */
    int module;             /* the module's file, stays the caller's; or -1 */
    const char *name;       /* the module's */
    const char *path;       /* as errors name it */
    uint64_t limit_ns;      /* silence that counts as hung; 0: 5 s;
                               REMOTE_NO_LIMIT: no silence does */
    uint64_t memory_bytes;  /* the most shared memory that it may map */
    /*
     * Called once when the runner is given up, with the reason. Requests may
     * still be open, so restart nothing from here. May be NULL.
     */
    void (*gone)(void *opaque, const char *why);
    /*
     * A device is used whose runner has ended, and a restart is possible now.
     * `must`: restart it, because a saved state is about to be restored. May be
     * NULL.
     */
    void (*wake)(void *opaque, bool must);
    /*
     * Called after every REMOTE_TURN requests, when none is open. The host may
     * give its other threads a turn. May be NULL.
     */
    void (*turn)(void *opaque);
    void *opaque;
};

/*
 * Greet the runner at the other end. It opens the module and describes its
 * types, and all of them are checked. 0 and *ret_remote, the caller's; or a
 * negative errno and `err`.
 */
int remote_open(const struct remote_setup *setup, struct remote **ret_remote,
                struct ob_err *err);
/* After its last device is freed. The runner then ends. NULL is fine. */
void remote_free(struct remote *r);

/*
 * Type `n` of the runner's module, in the module's order; NULL past the last.
 * It lives as long as `r`.
 */
const struct device_decl *remote_type(const struct remote *r, uint32_t n);
/*
 * Hand `memory` (the caller's; it outlives `r`) to the runner, unless it has it
 * already. 0 and *ret, its number in messages. -ENOSPC: there are too many
 * objects. -EAGAIN or another error: the runner does not take this one, now or
 * later. RAM that host_ops.mem_map() returns needs no call.
 */
int remote_memory(struct remote *r, const struct host_memory *memory,
                  uint32_t *ret, struct ob_err *err);
/* How many messages of a kind (ipc/msg.h) came from the process; for tests. */
uint64_t remote_count(const struct remote *r, unsigned kind);

/* The requests about `d` so far; *ret_posted: the writes that were posted. */
uint64_t remote_asked(const struct device *d, uint64_t *ret_posted);

/* The reason why it was given up, or NULL while it serves. */
const char *remote_gone(const struct remote *r);
/* Was it given up because it did not answer in time? */
bool remote_hung(const struct remote *r);
/* How long it may take to answer, in ns; 0: without a limit. */
uint64_t remote_limit_ns(const struct remote *r);
/* Call `fn` for each of its live devices, in the order of their creation. */
void remote_each(const struct remote *r,
                 void (*fn)(void *opaque, struct device *d), void *opaque);
/*
 * Call this when its socket is readable. It serves interrupt lines that change
 * without a request, and gives up a runner that has ended. While a request is
 * open it does nothing: the request does both.
 */
void remote_check(struct remote *r);
/* The socket, so that the host can watch for its end; or -1. */
int remote_sock(const struct remote *r);
/*
 * Call `line` for each of the last requests to the runner, the newest last. The
 * texts contain names from the model, so `line` must print them clean.
 */
void remote_last(const struct remote *r,
                 void (*line)(void *opaque, const char *text), void *opaque);

/* The runner that has, or had, the model of `d`; NULL: the model is local. */
struct remote *remote_of(const struct device *d);
/* Did the model of `d` end with its runner? */
bool remote_lost(const struct device *d);
/* Did it end with the runner that was given up last, not an earlier one? */
bool remote_went(const struct device *d);

/* Are all requests of this runner closed? Only then call the next two. */
bool remote_idle(const struct remote *r);
/*
 * Put another runner in the place of one that was given up. It must describe
 * the same types, and has no devices yet. `setup` is as in remote_open(); its
 * functions take effect on success only. Only while remote_idle().
 */
int remote_reopen(struct remote *r, const struct remote_setup *setup,
                  struct ob_err *err);
/*
 * Create the lost devices for which `wanted(opaque, d)` is true again, with the
 * same properties, inputs and clocks. A device that was reset is reset again.
 * If it was not reset since, it gets the last state that was saved or restored.
 * Output lines take the level that the new model drives, and the lines that it
 * does not drive go low. On failure the runner is given up. Only while
 * remote_idle().
 */
int remote_restart(struct remote *r,
                   bool (*wanted)(void *opaque, struct device *d),
                   void *opaque, struct ob_err *err);

#endif
