/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps one address space for each linked region. They are never freed. */
#include <glib.h>

#include "bridge/memory/address_space.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

/*
 * QEMU counts the addresses of an address space from the place where its root
 * is mapped in another container. It also replaces an alias or a container of
 * one whole region by the region itself. So a mapped region lies at an offset
 * other than 0 in a container of its own.
 */
enum { SPACE_OFFSET = 0x1000 };

struct space {
    uint64_t base;              /* address of the region's first byte */
    _Alignas(16) char as[QEMU_SPACE_BYTES];
};

static struct MemoryRegion *region_new(void)
{
    return g_malloc0(layout_round(layout.region));
}

static struct MemoryRegion *wrap(struct MemoryRegion *mr)
{
    struct MemoryRegion *root = region_new(), *alias = region_new();
    struct Object *machine = q.qdev_get_machine();
    uint64_t bytes = q.memory_region_size(mr);

    q.memory_region_init(root, machine, "outboard-link", bytes + SPACE_OFFSET);
    q.memory_region_init_alias(alias, machine, "outboard-link-to", mr, 0,
                               bytes);
    q.memory_region_add_subregion(root, SPACE_OFFSET, alias);
    return root;
}

static struct space *space_new(struct MemoryRegion *mr)
{
    struct space *s = g_new0(struct space, 1);

    if (q.memory_region_is_mapped(mr) &&
        q.memory_region_size(mr) < UINT64_MAX - SPACE_OFFSET) {
        mr = wrap(mr);
        s->base = SPACE_OFFSET;
    }
    q.address_space_init((struct AddressSpace *)s->as, mr, "outboard-link");
    return s;
}

struct AddressSpace *address_space_of(struct MemoryRegion *mr,
                                      uint64_t *ret_base)
{
    static GHashTable *spaces;
    struct space *s;

    if (!spaces)
        spaces = g_hash_table_new(NULL, NULL);
    s = g_hash_table_lookup(spaces, mr);
    if (!s) {
        s = space_new(mr);
        g_hash_table_insert(spaces, mr, s);
    }
    *ret_base = s->base;
    return (struct AddressSpace *)s->as;
}
