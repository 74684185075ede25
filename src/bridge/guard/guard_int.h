/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guard.c (the ends) and guard_reset.c (the first reset) share. */
#ifndef BRIDGE_GUARD_INT_H
#define BRIDGE_GUARD_INT_H

#include "bridge/guard/guard.h"

/* Is the guard up? */
bool guard_is_up(void);
/*
 * The process is about to end by _exit() or abort(). Does not return if that
 * is a part's doing. [any thread]
 */
void guard_meet_exit(void);
void guard_meet_abort(void);
/* The reset begins, or goes on with another object: that is progress. */
void guard_reset_begin(void);
void guard_progress(void);

#endif
