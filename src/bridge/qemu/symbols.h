/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Binds QEMU's functions by name at run time: `q.qdev_new("acme-uart")`.
 * symbols.def is the only list of them. The bridge links nothing of QEMU: a
 * preloaded library with an undefined symbol would break every program.
 */
#ifndef BRIDGE_SYMBOLS_H
#define BRIDGE_SYMBOLS_H

#include "base/err.h"
#include "bridge/qemu/qemu.h"

struct bridge_symbols {
#define Q(kind, ret, name, args) ret (*name) args;
#define QA(kind, ret, name, alt, args) ret (*name) args;
#define QD(kind, name) void *name;
#include "bridge/qemu/symbols.def"
#undef Q
#undef QA
#undef QD
};

/*
 * The bound functions. An OPTIONAL entry may be NULL. Filled once, at the hook.
 */
extern struct bridge_symbols q;

/* Where a program or library lies in memory, and its build-id. */
struct bridge_image {
    uintptr_t low, high;        /* of all its segments */
    uintptr_t text_low, text_high;      /* of the executable ones */
    uintptr_t base;             /* the offset added to its addresses */
    const void *dynamic;        /* its dynamic section, or NULL */
    char build_id[64];          /* hexadecimal, or "" */
};

/*
 * The program that this process runs, as the dynamic loader reports it. Any
 * thread.
 */
const struct bridge_image *symbols_program(void);

/* Does the running program itself (not a library) export `name`? */
bool symbols_program_exports(const char *name);

/*
 * Bind the whole list. Returns 0, or -ENOSYS that names the REQUIRED entries
 * which this program lacks (the first eight, and their number).
 */
int symbols_bind(struct ob_err *err);

/*
 * Is the OPTIONAL entry `name` bound? Some targets lack whole families of
 * devices (ssi, i2c, sd, arm_load_kernel), so a board asks when it needs them.
 * Returns 0, or -ENOSYS with "`who`: ..." that names the entry.
 */
int symbols_need(const void *fn, const char *name, const char *who,
                 struct ob_err *err);

/* The size of the data symbol in ELF's table, or 0 if unknown. */
size_t symbols_size(const char *name);

/* How many entries of the list are bound, and how many there are. */
void symbols_count(unsigned *ret_bound, unsigned *ret_all);

#endif
