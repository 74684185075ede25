/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by ram.c (regions) and ram_map.c (their places in address spaces). */
#ifndef BRIDGE_RAM_INT_H
#define BRIDGE_RAM_INT_H

#include "bridge/memory/ram.h"

struct ram {
    struct host_memory memory;
    uint8_t *host;              /* where QEMU has it mapped */
};

/* The shared memory of `mr`; NULL if it is not shared. */
struct ram *ram_find(struct MemoryRegion *mr);
/* Is any memory shared by now? */
bool ram_ready(void);

#endif
