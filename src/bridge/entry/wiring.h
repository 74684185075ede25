/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects QEMU's types to boards, modules and models. */
#ifndef BRIDGE_WIRING_H
#define BRIDGE_WIRING_H

/* Fill bridge_callbacks. At the hook, with the session taken. */
void wiring_install(void);

#endif
