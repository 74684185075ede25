/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM that the processes of models share with QEMU, so that their DMA
 * needs no message. The bridge shares only memory that certainly is RAM: a
 * board's own, and the machine's RAM of -m. It never shares ROM, flash, a
 * device's memory or a file. All calls [machine lock held].
 */
#ifndef BRIDGE_RAM_H
#define BRIDGE_RAM_H

#include "bridge/qemu/qemu.h"
#include "device/host_ops.h"

/* `mr` is plain RAM of the board. QEMU created it and never frees it. */
void ram_of_board(struct MemoryRegion *mr);

/*
 * The machine is complete and has not run yet. If there are remote models
 * (`remote`), the RAM becomes shared in place: its contents and its address
 * stay.
 */
void ram_init_done(bool remote);

/* The most bytes that a process may map. */
uint64_t ram_most(void);

/*
 * The shared memory in `as`, in the window of `bytes` from `base`, with
 * addresses that count from `base`; or NULL. The caller always passes the same
 * window for the same `as`. The result lives until the next call for that `as`.
 */
const struct host_map *ram_map(struct AddressSpace *as, uint64_t base,
                               uint64_t bytes);
/* A process wrote at `addr` (counted as in ram_map()) without QEMU. */
void ram_wrote(struct AddressSpace *as, uint64_t addr, uint64_t bytes);

#endif
