/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place in QEMU's process that prints and that ends it for us. Only
 * before the guest runs: later, nothing of ours may end QEMU.
 */
#ifndef BRIDGE_REPORT_H
#define BRIDGE_REPORT_H

#include "base/err.h"

/*
 * Print "outboard: TEXT" on stderr and end QEMU with status 1, as QEMU does
 * for its own refusals (its exit handlers give the terminal back). At the
 * hook and in a machine's init only. [machine lock held]
 */
void report_fatal(const struct ob_err *err) __attribute__((noreturn));

/* End QEMU with status 1, without a message. Its exit handlers run. */
void report_exit(void) __attribute__((noreturn));

/* One line on stderr, "outboard: warning: TEXT". Any thread. */
void report_warning(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* "outboard: note: TEXT", likewise: nothing is wrong. */
void report_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
