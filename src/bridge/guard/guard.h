/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Some of QEMU's own parts end QEMU when a board forgets what they need (a
 * link, say), or when a board wires them in a circle, and nothing tells
 * beforehand. Modules may end it as well. From the first part of a board made
 * to the end of the machine's first reset, the guard turns each such end into
 * one line that names the part, and exit status 1: a signal, also on an
 * exhausted stack; abort(); exit() and _exit(); ten seconds of CPU time
 * without progress. What QEMU prints to stderr in that time is held back. It
 * becomes part of the line, or is printed when the guard ends.
 *
 * The guard never reaches into the life of a running machine: it ends when the
 * first reset does, at the latest before the first CPU runs or when QEMU's main
 * loop turns. [machine lock held, unless noted]
 */
#ifndef BRIDGE_GUARD_H
#define BRIDGE_GUARD_H

#include <stdint.h>

#include "base/err.h"
#include "bridge/guard/objects.h"

/* Remember the terminal as it is before QEMU changes it. At the hook. */
void guard_terminal_save(void);
/* Give it back so. [any thread, in a signal too] */
void guard_terminal_restore(void);

/* From here on an end is ours; `board` is the board's name and is kept. */
void guard_begin(const char *board);
/*
 * What is being done now: `what` is "part", `name` its name, at `place` (may
 * be NULL); `module` is that of its model, or NULL if the part is QEMU's own.
 * All texts have to live until the next call.
 */
void guard_at(const struct plan_place *place, const char *what,
              const char *name, const char *module);
/* QEMU itself is at work, for no part: its complaints pass as they are. */
void guard_between(void);
/* Drop what was held back: our own words say it better. */
void guard_discard(void);
/* Print what was held back; ends are QEMU's again. No-op if it has ended. */
void guard_end(void);
/* End the guard, print `err` and end QEMU, as report_fatal() does. */
void guard_fatal(const struct ob_err *err) __attribute__((noreturn));

/* guard_reset.c: before the first part, so that it is called first. */
void guard_reset_announce(void);
/* guard_reset.c: the machine is complete; prepare for its first reset. */
void guard_reset_prepare(void);
/* guard_reset.c: a model's reset begins and ends. Any time, any number. */
void guard_reset_enter(struct Object *obj);
void guard_reset_leave(void);

#endif
