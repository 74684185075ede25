/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The object that is being reset, as far as it is known. */
#include "bridge/guard/guard_note.h"

#include <stddef.h>

enum { STACK_WORDS_MAX = 8 << 20 };

static struct Object *volatile now;
static volatile bool now_is_sure;   /* a model of ours is being reset */
static uintptr_t reset_top;         /* the stack when the reset began */

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
 * What QEMU resets in other ways leaves no note, and the last one would tell
 * of another object. That one is being reset only if QEMU still holds its
 * address: on the stack, from `sp` up to where the reset began.
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

const struct known *guard_note_known(uintptr_t sp)
{
    return now != NULL && (now_is_sure || is_on_stack(sp))
               ? known_find((uintptr_t)now)
               : NULL;
}
