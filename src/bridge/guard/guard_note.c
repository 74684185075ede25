/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembers the object that QEMU is resetting, as far as the guard knows it. */
#include "bridge/guard/guard_note.h"

#include <stddef.h>

enum { STACK_WORDS_MAX = 8 << 20 };

static struct Object *volatile now;
static volatile bool now_is_sure;   /* one of our models is being reset */
static uintptr_t reset_top;         /* the stack pointer when the reset began */

void guard_note_begin(uintptr_t top)
{
    reset_top = top;
}

void guard_note_set(struct Object *obj, bool sure)
{
    now = obj;
    if (sure)
        now_is_sure = true;
}

void guard_note_clear(void)
{
    now = NULL;
    now_is_sure = false;
}

/*
 * QEMU resets some objects in ways that leave no note, and then the last note
 * names another object. The note is valid only if QEMU still holds the object's
 * address on the stack, between `sp` and the place where the reset began.
 */
static bool is_on_stack(uintptr_t sp)
{
    const uintptr_t *at = (const uintptr_t *)(sp & ~(uintptr_t)7);
    const uintptr_t *top = (const uintptr_t *)reset_top;

    if (top - at > STACK_WORDS_MAX)
        return false;
    while (at < top)
        if (*at++ == (uintptr_t)now)
            return true;
    return false;
}

const struct object_entry *guard_note_object(uintptr_t sp)
{
    return now && (now_is_sure || is_on_stack(sp))
               ? objects_find((uintptr_t)now)
               : NULL;
}
