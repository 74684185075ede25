/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place in QEMU's process that prints and that ends it for us. Only
 * before the guest runs: later, nothing of ours may end QEMU.
 */
#ifndef BRIDGE_EDGE_H
#define BRIDGE_EDGE_H

#include "base/err.h"

/*
 * Print "outboard: TEXT" on stderr and end QEMU with status 1, as QEMU does
 * for its own refusals (its exit handlers give the terminal back). At the
 * hook and in a machine's init only. [machine lock held]
 */
void edge_refuse(const struct ob_err *err) __attribute__((noreturn));

/* End QEMU with status 1, without a message. Its exit handlers run. */
void edge_leave(void) __attribute__((noreturn));

/* One line on stderr, "outboard: warning: TEXT". Any thread. */
void edge_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "outboard: note: TEXT", likewise: nothing is wrong. */
void edge_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
