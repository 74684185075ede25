/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses the QOM name of an announced type. It is the type's own name, unless
 * QEMU has a type of that name. [machine lock held]
 */
#ifndef BRIDGE_QDEV_NAME_H
#define BRIDGE_QDEV_NAME_H

#include "registry/registry.h"

/* Is `name` a QOM type, or a type in one of QEMU's own modules? */
bool qdev_name_is_taken(const char *name);

/*
 * A free QOM name for `type`: its name; if QEMU has a type of that name or does
 * not take it, its full name (registry_type_full_name()). The text is never
 * freed.
 */
const char *qdev_name_choose(const struct registry_type *type);

#endif
