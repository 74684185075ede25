/* SPDX-License-Identifier: MIT */
/* Finds the native QEMU modules among the announced and installed modules. */
#ifndef CLI_NATIVE_MODULES_H
#define CLI_NATIVE_MODULES_H

#include "base/err.h"
#include "session/session.h"

/*
 * Find out which modules of the session `s` are native QEMU modules, and where
 * their files are: first where Outboard looks, then where QEMU does. Each one
 * and its dependencies pass their gates. An announced one that fails is an
 * error; an installed one is left out with a warning. `qemu` (may be NULL) is
 * the binary that they have to fit. The registry is finished before and after.
 */
int native_modules_settle(struct session *s, const char *qemu,
                          struct ob_err *err);

/*
 * The file of module `name` where the QEMU binary `qemu` (may be NULL) looks
 * for modules; g_free(). NULL if no file was found.
 */
char *native_modules_find(const char *qemu, const char *name);

#endif
