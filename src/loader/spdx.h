/* SPDX-License-Identifier: MIT */
/*
 * Decides whether a module of this licence may run in QEMU's process. QEMU as
 * a whole is under the GPL, version 2, so it must be possible to combine the
 * licence with that. The table is small, and a licence that is not in it is
 * refused.
 */
#ifndef LOADER_SPDX_H
#define LOADER_SPDX_H

#include "base/err.h"

/*
 * Judge the SPDX expression `expr` ("MIT", "GPL-2.0-or-later OR Apache-2.0",
 * "(MIT AND BSD-3-Clause)", "GPL-2.0-only WITH GCC-exception-2.0").
 * 0:        compatible
 * -EINVAL:  no SPDX expression
 * -EPERM:   not compatible; the text says which licence and why
 * `where` starts the text. Any thread; never blocks.
 */
int spdx_check(const char *expr, const char *where, struct ob_err *err);

#endif
