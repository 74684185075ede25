/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets SIGTERM, SIGINT and SIGHUP end a QEMU that hangs. QEMU's own handlers
 * only leave a request for its main loop, which never runs if a device's code
 * never releases the machine lock. The bridge's handlers call QEMU's. After
 * one of the signals, a thread of the bridge searches for a thread of QEMU
 * that stays in one access to a device for two seconds of its CPU time (or for
 * twenty looks in a module's own code), while the main loop does not run. Then
 * it prints one line, and ends QEMU by that signal.
 *
 * The bridge never ends a QEMU whose main loop runs, nor one that is busy with
 * something other than a device: its own exit, a snapshot, a disk.
 */
#ifndef BRIDGE_WATCH_H
#define BRIDGE_WATCH_H

/*
 * Start the thread. Only when the machine is complete, because -daemonize forks
 * before. It costs nothing until a signal arrives. [machine lock held]
 */
void watch_start(void);

#endif
