/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A note of the object that is being reset, for the guard's message. Code that
 * resets objects writes it; a signal handler may read it. [machine lock held,
 * unless noted]
 */
#ifndef BRIDGE_GUARD_NOTE_H
#define BRIDGE_GUARD_NOTE_H

#include "bridge/guard/objects.h"

/* A reset begins, called from above `top` on this thread's stack. */
void guard_note_begin(uintptr_t top);
/* `obj` is next. `sure`: nothing else is reset until guard_note_clear(). */
void guard_note_set(struct Object *obj, bool sure);
void guard_note_clear(void);
/*
 * The object that is being reset, or NULL if it is not known. `sp` is the
 * stack where the guard took over. [any thread, in a signal too]
 */
const struct known *guard_note_known(uintptr_t sp);

#endif
