/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading through pointers that may be anything. A slot of an unknown struct
 * may hold a pointer, a number or rubbish; nothing here follows it blindly.
 * Hook only, one thread.
 */
#ifndef BRIDGE_PEEK_H
#define BRIDGE_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does a function of the program start at `p`? */
bool peek_is_code(uintptr_t p);

/*
 * The NUL-terminated printable ASCII text at `p` if that is in the program's
 * own segments (a literal or static data), else NULL. Never faults.
 */
const char *peek_literal(uintptr_t p);

/*
 * Copy `bytes` from any address; false if part of it is not mapped. The
 * kernel does the copying, so a bad address is an error, not a fault.
 */
bool peek_copy(uintptr_t p, void *ret, size_t bytes);

/* Is the text `want` (below 128 bytes), with its NUL, at `p`? Any address. */
bool peek_text_is(uintptr_t p, const char *want);

/* Close what peek_copy() uses. */
void peek_end(void);

#endif
