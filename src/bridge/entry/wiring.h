/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects QEMU's types to boards, modules and models. */
#ifndef BRIDGE_WIRING_H
#define BRIDGE_WIRING_H

/* Fill bridge_callbacks. Call it at the hook, after session_take(). */
void wiring_install(void);

#endif
