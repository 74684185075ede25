/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the process of a module goes: what becomes of its parts, who is told,
 * and how they are made anew. All calls [machine lock held].
 */
#ifndef BRIDGE_CRASH_H
#define BRIDGE_CRASH_H

#include "bridge/devices/qdev.h"

struct remote_module;

/*
 * To an object whose model is in another process: "on-crash" (text, any
 * time) and "crashed" (true while the model is gone; false restarts it). A
 * model's own property of such a name stands.
 */
void crash_props_add(struct qdev *d);

/* From now on crash.c is called when a process ends. Once, at the hook. */
void crash_install(void);

/* A device of a process is realized: from now on its end is noticed. */
void crash_watch(struct qdev *d);

/*
 * The event OUTBOARD_MODEL_GONE to all QMP monitors: the part's QOM path, its
 * module, why, and what is done about it ("error", ...).
 */
void event_model_gone(const char *path, const char *module, const char *reason,
                      const char *action);

#endif
