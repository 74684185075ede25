/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the functions of a program start, as its table for unwinding says
 * (.eh_frame_hdr, which the program header PT_GNU_EH_FRAME gives). The flags
 * of a segment do not tell code from constants: linkers for x86 put them in
 * segments of their own, those for other machines put both in one.
 */
#ifndef BRIDGE_FUNCTIONS_H
#define BRIDGE_FUNCTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* A table that was read; all zeros is a program without one. */
struct functions {
    uintptr_t base;             /* the starts count from here */
    const struct function_entry *entries;
    uint32_t count;
};

/*
 * Read the table's head at `at`, which lies in a readable segment that ends at
 * `end`. false, and an empty *ret: it has another form, or does not fit.
 */
bool functions_read(struct functions *ret, uintptr_t at, uintptr_t end);

/* Does a function start at `p`? */
bool functions_start(const struct functions *f, uintptr_t p);

/* Does `p` lie between the first and the last function's start? */
bool functions_span(const struct functions *f, uintptr_t p);

#endif
