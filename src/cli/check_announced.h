/* SPDX-License-Identifier: MIT */
/*
 * Checks the named and announced modules, their dependencies, and board files,
 * before QEMU starts. A run and `outboard check` share this code. No code of a
 * module runs.
 */
#ifndef CLI_CHECK_ANNOUNCED_H
#define CLI_CHECK_ANNOUNCED_H

#include "cli/qemu.h"
#include "loader/loader.h"

/* The QEMUs in which modules may run: no name may clash with theirs. */
struct qemus;

/* Only `known` (the caller's, outlives it), or all on PATH if it is NULL. */
struct qemus *qemus_new(const struct qemu *known);
/* NULL is fine. */
void qemus_free(struct qemus *qs);

/* What to do with each that is good. */
struct check_announced_ops {
    /* `gate` is NULL for a module that is a program. 0 or -errno. */
    int (*module)(void *opaque, struct registry_module *m,
                  const struct loader_gate *gate, const char *path,
                  struct ob_err *err);
    void (*board)(void *opaque, const struct registry_board *b);
};

/*
 * Check all of the session `s` that is not merely installed, and its
 * dependencies. The first fault is the error. May block on the file system.
 * `ops` is NULL for a run of QEMU: if the target is not known, what is for some
 * targets only is skipped.
 */
int check_announced(const struct session *s, struct qemus *qs,
                    const struct check_announced_ops *ops, void *opaque,
                    struct ob_err *err);

#endif
