/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is loaded at once: modules named by -add_machines, modules whose option
 * group is used, and native QEMU modules. At the hook, after our types are
 * registered, before QEMU looks at its arguments. [machine lock held]
 */
#ifndef BRIDGE_EAGER_H
#define BRIDGE_EAGER_H

#include "base/err.h"
#include "session/session.h"

/* Open all of it, in the registry's order; the first refusal is the error. */
int eager_open(const struct session *s, struct ob_err *err);

#endif
