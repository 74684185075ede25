/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only code in QEMU's process that prints messages or exits for the bridge.
 * It ends QEMU only before the guest runs: later, nothing of ours may end QEMU.
 * guard/ and watch/ write their own last line, because they run in signal
 * handlers and beside a hung thread.
 */
#ifndef BRIDGE_REPORT_H
#define BRIDGE_REPORT_H

#include "base/err.h"

/*
 * Print "outboard: TEXT" on stderr and end QEMU with status 1, as QEMU does for
 * its own refusals (its exit handlers restore the terminal). At the hook and in
 * a machine's init only. [machine lock held]
 */
void report_fatal(const struct ob_err *err) __attribute__((noreturn));

/* End QEMU with status 1, without a message. Its exit handlers run. */
void report_exit(void) __attribute__((noreturn));

/* One line on stderr, "outboard: warning: TEXT". Any thread. */
void report_warning(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* Print "outboard: note: TEXT" in the same way: nothing is wrong. */
void report_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
