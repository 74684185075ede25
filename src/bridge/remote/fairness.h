/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets QEMU's main loop run while a guest polls a remote device. Each access of
 * the guest holds the machine lock until the runner answers, and the next one
 * takes the lock again at once. The main loop waits for the lock, but it wakes
 * up too late each time: timers, the monitor and backends stood still for
 * 100 ms and more (docs/decisions/0015-waiting-without-a-cliff.md).
 */
#ifndef BRIDGE_FAIRNESS_H
#define BRIDGE_FAIRNESS_H

/*
 * Call this after some requests to a runner, when none is open. If the main
 * loop did not run for two milliseconds although it has work, the bridge asks
 * QEMU to stop the guest's processors for a moment. [machine lock held]
 */
void fairness_check(void);

#endif
