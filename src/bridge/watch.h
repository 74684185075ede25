/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGTERM, SIGINT and SIGHUP end a QEMU that hangs. QEMU's own handlers only
 * leave a request for its main loop, which never sees it when a device's code
 * holds the big lock for ever. The bridge leaves the handlers in place. A
 * thread looks on when one of the signals has come. It looks for a thread of
 * QEMU's that stays in one access to a device for two seconds of its CPU time
 * (or for twenty looks in a module's own code), while the main loop does not
 * turn. Then it prints one line, and QEMU dies by that signal.
 *
 * A QEMU whose main loop turns is never touched, nor one that is busy with
 * anything but a device: with the end itself, with a snapshot, with a disk.
 */
#ifndef BRIDGE_WATCH_H
#define BRIDGE_WATCH_H

/*
 * Start the thread. When the machine is complete, not before: -daemonize forks
 * until then. Costs nothing until a signal comes. [machine lock held]
 */
void watch_start(void);

#endif
