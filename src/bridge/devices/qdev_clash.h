/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports arguments whose type name both QEMU and a module have. */
#ifndef BRIDGE_QDEV_CLASH_H
#define BRIDGE_QDEV_CLASH_H

#include "registry/registry.h"

/*
 * `-device NAME` and `-global NAME.property` take QEMU's own type. If a module
 * has a type NAME too, and the user may mean that one, say so. Call once, at
 * the hook, after qdev_types_register(). [machine lock held]
 */
void qdev_clash_report(const struct registry *registry);

#endif
