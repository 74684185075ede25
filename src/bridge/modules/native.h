/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Native QEMU modules. QEMU's own loader opens them when one of their types or
 * option groups is first needed. The bridge replaces QEMU's table of modules by
 * a copy that also has the announced modules. Call at the hook. [machine lock
 * held]
 */
#ifndef BRIDGE_NATIVE_H
#define BRIDGE_NATIVE_H

#include "base/err.h"
#include "loader/loader.h"
#include "registry/registry.h"

/*
 * Check the native modules of `registry` by their gates and announce them to
 * QEMU. `l` is the bridge's loader. A module that has the machine of the
 * command line is opened now, because QEMU does not use its table to find
 * machines.
 */
int native_register(const struct registry *registry, struct loader *l,
                    struct ob_err *err);

/* Open the native module `m` now, after its dependencies. */
int native_open(const struct registry_module *m, struct ob_err *err);

/* Open the native module at `path`, which no modinfo announces. */
int native_open_path(struct loader *l, const char *path, struct ob_err *err);

/*
 * Open `m`, which announces the option group `group`, and pass `value` to the
 * list that the module registers with QEMU under that name.
 */
int native_option(const struct registry_module *m, const char *group,
                  const char *value, struct ob_err *err);

#endif
