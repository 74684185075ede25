/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines between devices, QEMU's own and ours alike: every number is checked
 * against what the device really has, because QEMU aborts on a wrong one.
 * All calls [machine lock held]. `label` names the device in errors.
 */
#ifndef BRIDGE_PINS_H
#define BRIDGE_PINS_H

#include "base/err.h"
#include "bridge/qemu/qemu.h"

/*
 * Gpio input `n` of group `name` (NULL: the unnamed ones) of `dev`; or of the
 * device inside it that is called so, as a cluster's "harts[0]".
 */
int lines_input(struct Object *dev, const char *label, const char *name,
                uint32_t n, qemu_irq *ret, struct ob_err *err);

/* Join gpio output `n` of group `name` (NULL: unnamed) of `dev` to `line`. */
int lines_connect_gpio(struct Object *dev, const char *label, const char *name,
                       uint32_t n, qemu_irq line, struct ob_err *err);

/* Join interrupt output `n` of `dev`, or the one that is called `name`. */
int lines_connect_irq(struct Object *dev, const char *label, const char *name,
                      uint32_t n, qemu_irq line, struct ob_err *err);

/* How many inputs (or outputs) of that name: unnamed for NULL. */
uint32_t lines_count(struct Object *dev, const char *name, bool inputs);

#endif
