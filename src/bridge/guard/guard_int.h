/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by guard.c (ends of QEMU) and guard_reset.c (the first reset). */
#ifndef BRIDGE_GUARD_INT_H
#define BRIDGE_GUARD_INT_H

#include "bridge/guard/guard.h"

/* Is the guard on? */
bool guard_is_up(void);
/*
 * The process is about to end by _exit() or abort(). Does not return if a part
 * is the cause. [any thread]
 */
void guard_meet_exit(void);
void guard_meet_abort(void);
/*
 * The reset begins, or continues with another object: both count as progress.
 */
void guard_reset_begin(void);
void guard_progress(void);

#endif
