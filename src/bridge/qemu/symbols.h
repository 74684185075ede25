/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's functions, bound by name at run time: `q.qdev_new("acme-uart")`.
 * The one list of them is symbols.def. Nothing of QEMU is linked: a library
 * that is preloaded with an undefined symbol would break every program.
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

/* The bound table; an OPTIONAL entry may be NULL. Filled once, at the hook. */
extern struct bridge_symbols q;

/* Where a program or library lies in memory, and its identity. */
struct bridge_image {
    uintptr_t low, high;        /* of all its segments */
    uintptr_t text_low, text_high;      /* of the executable ones */
    uintptr_t base;             /* what was added to its addresses */
    const void *dynamic;        /* its dynamic section, or NULL */
    char build_id[64];          /* hexadecimal, or "" */
};

/* The program that this process runs, as the loader sees it. Any thread. */
const struct bridge_image *symbols_program(void);

/* Does the running program itself (not a library) export `name`? */
bool symbols_program_exports(const char *name);

/*
 * Bind the whole list. 0, or -ENOSYS naming every REQUIRED one that this
 * program lacks (the first eight of them, and how many in all).
 */
int symbols_bind(struct ob_err *err);

/*
 * Is the OPTIONAL entry `name` there? Device families that some targets lack
 * (ssi, i2c, sd, arm_load_kernel) are asked for when a board needs them. 0, or
 * -ENOSYS with "`who`: ..." naming it.
 */
int symbols_need(const void *fn, const char *name, const char *who,
                 struct ob_err *err);

/* Bytes that the symbol has in ELF's table (for data), or 0 if unknown. */
size_t symbols_size(const char *name);

/* How many of the list are bound, and how many it has. */
void symbols_count(unsigned *ret_bound, unsigned *ret_all);

#endif
