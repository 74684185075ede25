/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How QEMU's own loader comes to the file of a native module. The loader takes
 * no paths: it searches its directories for a name. [machine lock held]
 */
#ifndef BRIDGE_NATIVE_WAY_H
#define BRIDGE_NATIVE_WAY_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Find the way from QEMU's module directories to the root. QEMU's functions
 * for modules must be bound. -ENOTSUP: the loader has no directory.
 */
int native_way_find(struct ob_err *err);

/* Has native_way_find() succeeded? */
bool native_way_known(void);

/*
 * The name in QEMU's table for `path`, which ends in ".so". g_free() it. The
 * way must be known.
 */
char *native_way_name(const char *path);

#endif
