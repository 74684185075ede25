/* SPDX-License-Identifier: MIT */
/* Numbers for the memory that hosts share with processes: maps and objects. */
#include "device/host_ops.h"

uint64_t host_maps_generation = 1;

void host_maps_changed(void)
{
    host_maps_generation++;
}

uint64_t host_memory_id(void)
{
    static uint64_t last;

    return ++last;
}
