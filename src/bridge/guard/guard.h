/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard names the part that ends QEMU. Some of QEMU's own parts end QEMU if
 * a board omits what they need (a link, for example) or connects them in a
 * circle, and QEMU offers no way to check beforehand. Modules may end QEMU too.
 * The guard is on from the creation of a board's first part to the end of the
 * machine's first reset. It turns each end into one line that names the part,
 * and exit status 1: a signal, also on an exhausted stack; abort(); exit() and
 * _exit(); ten seconds of CPU time without progress. While it is on, it holds
 * back what QEMU prints to stderr. That text becomes part of the line, or the
 * guard prints it when the guard ends.
 *
 * The guard never acts on a running machine. It ends with the first reset, and
 * at the latest before the first CPU runs or when QEMU's main loop turns.
 * [machine lock held, unless noted]
 */
#ifndef BRIDGE_GUARD_H
#define BRIDGE_GUARD_H

#include <stdint.h>

#include "base/err.h"
#include "bridge/guard/objects.h"

/* Remember the terminal's settings before QEMU changes them. At the hook. */
void guard_terminal_save(void);
/* Restore the terminal's settings. [any thread, in a signal too] */
void guard_terminal_restore(void);

/*
 * Start the guard for the board called `board`. The guard keeps that pointer.
 */
void guard_begin(const char *board);
/*
 * Say what the bridge does now: `what` is "part", `name` its name, at `place`
 * (may be NULL). `module` is the module of its model, or NULL if the part is
 * QEMU's own. All texts must live until the next call.
 */
void guard_at(const struct plan_place *place, const char *what,
              const char *name, const char *module);
/* QEMU itself works now, for no part: print its complaints as they are. */
void guard_between(void);
/* Drop the text that was held back: an error of the bridge says it better. */
void guard_discard(void);
/*
 * Print the text that was held back and end the guard. Does nothing if the
 * guard has ended.
 */
void guard_end(void);
/* End the guard, print `err` and end QEMU, as report_fatal() does. */
void guard_fatal(const struct ob_err *err) __attribute__((noreturn));

/*
 * guard_reset.c: call it before the first part exists, so that QEMU calls its
 * reset handler first.
 */
void guard_reset_announce(void);
/* guard_reset.c: the machine is complete. Prepare for its first reset. */
void guard_reset_prepare(void);
/*
 * guard_reset.c: a model's reset begins and ends. Any time, any number of
 * times.
 */
void guard_reset_enter(struct Object *obj);
void guard_reset_leave(void);

#endif
