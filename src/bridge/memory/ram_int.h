/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ram.c (objects) and ram_map.c (where they are) share. */
#ifndef BRIDGE_RAM_INT_H
#define BRIDGE_RAM_INT_H

#include "bridge/memory/ram.h"

struct ram {
    struct host_memory memory;
    uint8_t *host;              /* where QEMU has it */
};

/* NULL: `mr` is not shared. */
struct ram *ram_find(struct MemoryRegion *mr);
/* Is there any, by now? */
bool ram_ready(void);

#endif
