/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's own table of the modules that it was built with. It names the types
 * that QEMU registers only when it loads one of them. [machine lock held]
 */
#ifndef BRIDGE_OWN_MODULES_H
#define BRIDGE_OWN_MODULES_H

#include <stddef.h>

#include "base/err.h"

/* One module: 40 bytes from 7.2 to 11.1. own_modules() checks the table. */
struct own_module {
    const char *name;           /* of the file, without ".so"; NULL: the end */
    const char *arch;           /* its only target, or NULL: every one */
    const char **objs;
    const char **deps;
    const char **opts;
};

/*
 * The entries of QEMU's table, without its end mark. -ENOTSUP: the table is not
 * as expected.
 */
int own_modules(const struct own_module **ret, size_t *ret_n,
                struct ob_err *err);

/*
 * The module of QEMU's that has the type `type`; NULL: no module has it, or
 * the table is not as expected.
 */
const char *own_module_of(const char *type);

#endif
