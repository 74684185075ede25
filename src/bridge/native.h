/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Native QEMU modules: QEMU's own loader opens them, when one of their types
 * or option groups is needed for the first time. It is told of them by a table
 * in place of its own, which holds all that QEMU's own holds as well. At the
 * hook. [machine lock held]
 */
#ifndef BRIDGE_NATIVE_H
#define BRIDGE_NATIVE_H

#include "base/err.h"
#include "loader/loader.h"
#include "modinfo/index.h"

/*
 * Put the native modules of `ix` through their gates and tell QEMU of them;
 * `l` is the bridge's loader. Those that hold the machine that the command
 * line asks for are opened now: QEMU looks for machines without its table.
 */
int native_register(const struct index *ix, struct loader *l,
                    struct ob_err *err);

/* Open the native module `m` now, what it depends on first. */
int native_open(const struct index_module *m, struct ob_err *err);

/* Open the native module at `path`, which no modinfo announces. */
int native_open_path(struct loader *l, const char *path, struct ob_err *err);

/*
 * Open `m`, which announces the option group `group`, and hand `value` to the
 * list that it has registered with QEMU under that name.
 */
int native_option(const struct index_module *m, const char *group,
                  const char *value, struct ob_err *err);

#endif
