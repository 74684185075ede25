/* SPDX-License-Identifier: MIT */
/* Native QEMU modules among what is announced or installed. */
#ifndef CLI_NATIVE_MODULES_H
#define CLI_NATIVE_MODULES_H

#include "base/err.h"
#include "registry/registry.h"

/*
 * Find out which modules of the finished `ix` are native QEMU modules, and
 * where their files are: where Outboard looks first, then where QEMU does.
 * Each one, and what it depends on, is put through its gates: one that was
 * announced is refused, one that is merely installed is left out with a
 * warning. `qemu` (may be NULL) is the binary that they have to fit. `ix` is
 * finished afterwards.
 */
int native_modules_settle(struct registry *ix, const char *qemu,
                          struct ob_err *err);

/*
 * The file of module `name` where the QEMU binary `qemu` (may be NULL) looks
 * for modules; g_free(). NULL if there is none.
 */
char *native_modules_find(const char *qemu, const char *name);

#endif
