/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens when the process of a module ends: to its parts, to the machine,
 * and in the messages to the user. All calls [machine lock held].
 */
#ifndef BRIDGE_CRASH_H
#define BRIDGE_CRASH_H

#include "bridge/devices/qdev.h"

struct remote_module;

/*
 * Add to an object with a remote model: "on-crash" (text, any time) and
 * "crashed" (true after the process ended; false restarts it). A model's own
 * property of such a name has precedence.
 */
void crash_props_add(struct qdev *d);

/*
 * From now on the bridge calls crash.c when a process ends. Once, at the hook.
 */
void crash_install(void);

/*
 * The remote device is realized: from now on the bridge notices the end of its
 * process.
 */
void crash_watch(struct qdev *d);

#endif
