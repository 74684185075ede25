/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which device types this bridge can make: of the buses in buses.def that this
 * QEMU has, with the extensions in src/device/decl/ext_kinds.def.
 */
#ifndef BRIDGE_SUPPORTED_H
#define BRIDGE_SUPPORTED_H

#include "base/err.h"
#include "registry/registry.h"

/*
 * Can the bridge make devices of `type`? Returns 0, or -ENOTSUP with a text
 * that names the bus or the extension that the bridge lacks. Looks only at
 * modinfo and at QEMU's classes: call it before the module is opened, with
 * QEMU's machine lock held.
 */
int supported_check(const struct registry_type *type, struct ob_err *err);

#endif
