/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads through pointers that may be anything. A slot of an unknown struct may
 * hold a pointer, a number or garbage, and nothing here dereferences it before
 * a check. At the hook only, one thread.
 */
#ifndef BRIDGE_PROBE_H
#define BRIDGE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does a function of the program start at `p`? */
bool probe_is_code(uintptr_t p);

/*
 * The NUL-terminated printable ASCII text at `p`, if it lies in the program's
 * own segments (a literal or static data), else NULL. Never faults.
 */
const char *probe_literal(uintptr_t p);

/* Do the `bytes` at `p` lie in one of the program's own segments? */
bool probe_is_own(uintptr_t p, size_t bytes);

/*
 * Copy `bytes` from any address. false if part of it is not mapped. The kernel
 * copies, so a bad address is an error and not a fault.
 */
bool probe_copy(uintptr_t p, void *ret, size_t bytes);

/*
 * Is the text `want` (below 128 bytes), with its NUL, at `p`? `p` may be any
 * address.
 */
bool probe_text_is(uintptr_t p, const char *want);

/* Free what probe_copy() uses. */
void probe_end(void);

#endif
