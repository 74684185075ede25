/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds where the functions of a program start, from its table for unwinding
 * (.eh_frame_hdr, which the program header PT_GNU_EH_FRAME locates). The flags
 * of a segment do not separate code from constants: linkers for x86 put them in
 * separate segments, and linkers for other machines put both in one.
 */
#ifndef BRIDGE_FUNCTIONS_H
#define BRIDGE_FUNCTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* A table that was read. All zeros means a program without a table. */
struct functions {
    uintptr_t base;             /* the starts count from here */
    const struct function_entry *entries;
    uint32_t count;
};

/*
 * Read the table's header at `at`, in a readable segment that ends at `end`.
 * false, and an empty *ret: it has another form, or does not fit.
 */
bool functions_read(struct functions *ret, uintptr_t at, uintptr_t end);

/* Does a function start at `p`? */
bool functions_start(const struct functions *f, uintptr_t p);

/* Does `p` lie between the first and the last function's start? */
bool functions_span(const struct functions *f, uintptr_t p);

#endif
