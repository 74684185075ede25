/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Creates a model's regions as QEMU's memory: MMIO, and rom-devices where the
 * model lets the guest read memory. Writes to a rom-device arrive as MMIO.
 *
 * The owner of a region is not the device. QEMU does not let an access enter a
 * region again while its device is in use, and a part that forwards an access
 * into another part needs that. So the machine owns the region. A region with
 * rom-devices has no owner: QEMU assumes that the owner of a rom-device is a
 * device, and aborts if it is not.
 */
#include <glib.h>

#include "bridge/devices/qdev.h"
#include "bridge/process/report.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

static struct MemoryRegion *memory_new(void)
{
    return g_malloc0(layout_round(layout.region));
}

/*
 * The region's ops call the device core directly, so an access costs no step of
 * the bridge. The device core refuses, splits and widens accesses, as on every
 * host: QEMU would widen a narrow access without aligning it. QEMU gets the
 * largest size only, and cuts the accesses of DMA and the monitor by it.
 */
static void ops_fill(struct qemu_region_ops *ops, const struct decl_region *r)
{
    bool unaligned = r->flags & OB_REGION_UNALIGNED;

    ops->read = device_region_read;
    ops->write = device_region_write;
    ops->endianness = r->flags & OB_REGION_BIG_ENDIAN ? QEMU_ENDIAN_BIG
                                                      : QEMU_ENDIAN_LITTLE;
    ops->valid.min_access_size = 1;
    ops->valid.max_access_size = r->access_max;
    ops->valid.unaligned = unaligned;
    ops->impl.min_access_size = 1;
    ops->impl.max_access_size = 8;
    ops->impl.unaligned = unaligned;
}

/* --- pages --------------------------------------------------------------- */

static uint64_t page_read(void *opaque, uint64_t offset, unsigned bytes)
{
    struct qdev_page *p = opaque;

    return device_region_read(p->region, p->at + offset, bytes);
}

static void page_write(void *opaque, uint64_t offset, uint64_t value,
                       unsigned bytes)
{
    struct qdev_page *p = opaque;

    device_region_write(p->region, p->at + offset, value, bytes);
}

/*
 * QEMU gives the memory a name for snapshots, and aborts if another block has
 * that name. The contents follow from the model's state, so no snapshot needs
 * them.
 */
static bool page_init(struct qdev_page *p, struct qdev_region *dr,
                      const char *name)
{
    char *full = g_strdup_printf("%s, direct", name);
    struct Error *why = NULL;

    p->ops = dr->ops;
    p->ops.read = page_read;
    p->ops.write = page_write;
    p->mr = memory_new();
    q.memory_region_init_rom_device(p->mr, NULL, &p->ops, p, full, p->bytes,
                                    &why);
    g_free(full);
    if (!why) {
        q.vmstate_unregister_ram(p->mr, NULL);
        return true;
    }
    report_warning("%s: %s; the guest's reads come one by one", name,
                   q.error_get_pretty(why));
    q.error_free(why);
    p->mr = NULL;
    return false;
}

/*
 * Does the guest see what the host stores in the page? A guest maps registers
 * as device memory. Under KVM on arm64 such reads bypass the cache and would
 * see old values, unless the processor forces caching (FEAT_S2FWB, from Armv8.4
 * on).
 */
static bool pages_seen(void)
{
#if defined(__aarch64__)
    return !q.kvm_allowed || !*(const bool *)q.kvm_allowed;
#else
    return true;
#endif
}

static void pages_init(struct qdev *d, uint32_t n, const char *name)
{
    const struct decl_region *r = &d->type->regions.at[n];
    struct qdev_region *dr = &d->regions[n];

    if (!pages_seen())
        return;
    dr->pages = g_new0(struct qdev_page, r->pages.count);
    for (uint32_t i = 0; i < r->pages.count; i++) {
        const struct device_pages *from = &r->pages.at[i];
        struct qdev_page *p = &dr->pages[dr->n_pages];

        p->region = device_region(d->device, n);
        p->at = from->at;
        p->bytes = from->bytes;
        dr->n_pages += page_init(p, dr, name);
    }
}

uint8_t *qdev_region_memory(struct qdev *d, uint32_t n, uint64_t at,
                            uint64_t bytes)
{
    const struct qdev_region *dr = &d->regions[n];

    for (uint32_t i = 0; i < dr->n_pages; i++)
        if (dr->pages[i].at == at && dr->pages[i].bytes == bytes)
            return q.memory_region_get_ram_ptr(dr->pages[i].mr);
    return NULL;
}

/* --- regions ------------------------------------------------------------- */

static void region_io(struct qdev *d, uint32_t n, struct MemoryRegion *mr,
                      struct Object *owner, const char *name)
{
    q.memory_region_init_io(mr, owner, &d->regions[n].ops,
                            device_region(d->device, n), name,
                            device_decl_region(d->type, n)->bytes);
}

/* MMIO lies below, and the pages lie over it. */
static void region_mixed(struct qdev *d, uint32_t n, const char *name)
{
    struct qdev_region *dr = &d->regions[n];

    dr->io = memory_new();
    q.memory_region_init(dr->mr, NULL, name,
                         device_decl_region(d->type, n)->bytes);
    region_io(d, n, dr->io, NULL, name);
    q.memory_region_add_subregion_overlap(dr->mr, 0, dr->io, 0);
    for (uint32_t i = 0; i < dr->n_pages; i++)
        q.memory_region_add_subregion_overlap(dr->mr, dr->pages[i].at,
                                              dr->pages[i].mr, 1);
}

void qdev_region_add(struct qdev *d, uint32_t n)
{
    const struct decl_region *r = device_decl_region(d->type, n);
    struct qdev_region *dr = &d->regions[n];
    char *name = g_strdup_printf("%s.%s", d->name, r->name);

    ops_fill(&dr->ops, r);
    pages_init(d, n, name);
    if (dr->n_pages == 1 && dr->pages[0].bytes == r->bytes) {
        dr->mr = dr->pages[0].mr;
    } else {
        dr->mr = memory_new();
        if (dr->n_pages > 0)
            region_mixed(d, n, name);
        else
            region_io(d, n, dr->mr, q.qdev_get_machine(), name);
    }
    q.sysbus_init_mmio((struct SysBusDevice *)d->obj, dr->mr);
    g_free(name);
}

/* A region is a child of its owner, so unparenting drops that reference too. */
void qdev_region_free(struct qdev *d, uint32_t n)
{
    struct qdev_region *dr = &d->regions[n];

    if (dr->mr)
        q.object_unparent((struct Object *)dr->mr);
    if (dr->io)
        q.object_unparent((struct Object *)dr->io);
    for (uint32_t i = 0; i < dr->n_pages; i++)
        if (dr->pages[i].mr != dr->mr)
            q.object_unparent((struct Object *)dr->pages[i].mr);
    g_free(dr->pages);
}
