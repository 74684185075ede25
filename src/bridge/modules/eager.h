/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads at start: modules named by -add_machines, modules whose option group is
 * used, and native QEMU modules. Runs at the hook, after the bridge registers
 * its types and before QEMU reads its arguments. [machine lock held]
 */
#ifndef BRIDGE_EAGER_H
#define BRIDGE_EAGER_H

#include "base/err.h"
#include "session/session.h"

/* Open all of it, in the registry's order; the first refusal is the error. */
int eager_open(const struct session *s, struct ob_err *err);

#endif
