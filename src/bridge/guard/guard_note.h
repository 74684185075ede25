/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A note of the object that QEMU is resetting, for the guard's message. The
 * code that resets objects writes it; a signal handler may read it. [machine
 * lock held, unless noted]
 */
#ifndef BRIDGE_GUARD_NOTE_H
#define BRIDGE_GUARD_NOTE_H

#include "bridge/guard/objects.h"

/*
 * A reset begins. Its caller's frame lies above `top` on this thread's stack.
 */
void guard_note_begin(uintptr_t top);
/*
 * QEMU resets `obj` next. `sure`: nothing else is reset before
 * guard_note_clear().
 */
void guard_note_set(struct Object *obj, bool sure);
void guard_note_clear(void);
/*
 * The object that QEMU is resetting, or NULL if the guard does not know it.
 * `sp` is the stack pointer where the guard took over. [any thread, in a signal
 * too]
 */
const struct object_entry *guard_note_object(uintptr_t sp);

#endif
