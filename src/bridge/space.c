/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces of linked regions: one for each region, kept for good. */
#include <glib.h>

#include "bridge/device.h"
#include "bridge/symbols.h"

struct AddressSpace *space_of(struct MemoryRegion *mr)
{
    static GHashTable *spaces;
    struct AddressSpace *as;

    if (spaces == NULL)
        spaces = g_hash_table_new(NULL, NULL);
    as = g_hash_table_lookup(spaces, mr);
    if (as == NULL) {
        as = g_malloc0(DEVICE_SPACE_BYTES);
        q.address_space_init(as, mr, "outboard-link");
        g_hash_table_insert(spaces, mr, as);
    }
    return as;
}
