/* SPDX-License-Identifier: MIT */
/* Finds the QEMU that the user names, and which kind of program it is. */
#ifndef CLI_QEMU_H
#define CLI_QEMU_H

#include <glib.h>

#include "base/err.h"
#include "cli/elf_find.h"

enum qemu_kind {
    QEMU_FULL,          /* exports what the bridge needs to get in */
    QEMU_BARE,          /* a QEMU that exports nothing (built for microvm) */
    QEMU_SCRIPT,        /* starts with "#!": some wrapper, believed */
};

struct qemu {
    enum qemu_kind kind;
    char *path;             /* the file that is run */
    char *argv0;            /* what it is called as */
    char *arch;             /* as in qemu-system-ARCH; NULL if unknown */
    struct elf_view view;   /* its file, mapped; empty for a script */
};

/*
 * Find `name`, on PATH unless it holds a slash, and look at it. Refused: what
 * is not there, not a file, not executable, for another architecture, not
 * QEMU, or this very program. *ret_qemu is the caller's (qemu_free).
 */
int qemu_find(const char *name, struct qemu **ret_qemu, struct ob_err *err);

/* Paths of all qemu-system-* on PATH, by name; g_ptr_array_free(). */
GPtrArray *qemu_list(void);

/* NULL is fine. */
void qemu_free(struct qemu *qemu);

/*
 * ARCH of "/usr/bin/qemu-system-ARCH" or "outboard-system-ARCH[-more]": the
 * caller's (g_free), or NULL if `path` is not called so.
 */
char *qemu_arch_of(const char *path);

#endif
