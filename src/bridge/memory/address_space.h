/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces of linked regions: one for each region, never freed. */
#ifndef BRIDGE_ADDRESS_SPACE_H
#define BRIDGE_ADDRESS_SPACE_H

#include <stdint.h>

#include "bridge/qemu/qemu.h"

/*
 * An address space in which `mr` starts at *ret_base. It is never freed. Call
 * this only while the machine runs, because regions then have their final
 * places. [machine lock held]
 */
struct AddressSpace *address_space_of(struct MemoryRegion *mr,
                                      uint64_t *ret_base);

#endif
