/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends the bridge's own event to all QMP monitors. [machine lock held] */
#ifndef BRIDGE_EVENT_H
#define BRIDGE_EVENT_H

/*
 * Send the event OUTBOARD_MODEL_GONE to all QMP monitors: the part's QOM path,
 * its module, the reason, and the reaction ("error", ...).
 */
void event_model_gone(const char *path, const char *module, const char *reason,
                      const char *action);

#endif
