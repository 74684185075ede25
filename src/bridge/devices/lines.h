/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines between devices, QEMU's own and ours alike. These calls check every
 * number against the lines that the device has, because QEMU aborts on a wrong
 * number. All calls [machine lock held]. `label` names the device in errors.
 */
#ifndef BRIDGE_LINES_H
#define BRIDGE_LINES_H

#include "base/err.h"
#include "bridge/qemu/qemu.h"

/*
 * Find gpio input `n` of group `name` (NULL: the unnamed group) of `dev`.
 * `name` may also be a child device's name: a cluster has "harts[0]".
 */
int lines_input(struct Object *dev, const char *label, const char *name,
                uint32_t n, qemu_irq *ret, struct ob_err *err);

/*
 * Connect gpio output `n` of group `name` (NULL: unnamed) of `dev` to `line`.
 */
int lines_connect_gpio(struct Object *dev, const char *label, const char *name,
                       uint32_t n, qemu_irq line, struct ob_err *err);

/* Connect interrupt output `n` of `dev`, or the output called `name`. */
int lines_connect_irq(struct Object *dev, const char *label, const char *name,
                      uint32_t n, qemu_irq line, struct ob_err *err);

/* The number of inputs (or outputs) in the group `name`; NULL: unnamed. */
uint32_t lines_count(struct Object *dev, const char *name, bool inputs);

#endif
