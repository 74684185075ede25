/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM that models' processes share with QEMU, so that their DMA needs no
 * message. Only RAM that is known to be nothing else: a board's own, and the
 * machine's of -m; never ROM, flash, a device's memory or a file.
 * All calls [machine lock held].
 */
#ifndef BRIDGE_RAM_H
#define BRIDGE_RAM_H

#include "bridge/qemu/qemu.h"
#include "device/host_ops.h"

/* `mr` is plain RAM of the board's, made by QEMU and owned for good. */
void ram_of_board(struct MemoryRegion *mr);

/*
 * The machine is made and has not run yet. If there are processes (`away`),
 * RAM becomes shared in place: what is in it stays, at the same address.
 */
void ram_init_done(bool away);

/* How many bytes a process may come to map, at most. */
uint64_t ram_most(void);

/*
 * What of `as` is shared now, in the window of `bytes` from `base`, addresses
 * counted from there; or NULL. The same `as` always comes with the same window.
 * Lives until the next call for it.
 */
const struct host_map *ram_map(struct AddressSpace *as, uint64_t base,
                               uint64_t bytes);
/* A process wrote there (as ram_map() counts), past QEMU. */
void ram_wrote(struct AddressSpace *as, uint64_t addr, uint64_t bytes);

#endif
