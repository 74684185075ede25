/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Creates a board's memory in QEMU: regions, aliases, and the regions of parts.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>

#include "base/units.h"
#include "bridge/devices/qdev.h"
#include "bridge/guard/guard.h"
#include "bridge/machines/board.h"
#include "bridge/machines/machine_type.h"
#include "bridge/memory/ram.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

/*
 * The self-check found the size, because the bridge does not know the struct.
 * QEMU keeps the region, so the bridge never frees it.
 */
static struct MemoryRegion *region_new(void)
{
    return g_malloc0(layout_round(layout.region));
}

/*
 * QEMU accepts a device as the owner of RAM and ROM, or no owner. The machine
 * is not a device, so these have none.
 */
static int backed_new(const struct plan_region *r, struct MemoryRegion *mr,
                      struct ob_err *err)
{
    struct Error *why = NULL;
    char size[UNITS_TEXT_BYTES];

    if (r->kind == PLAN_ROM)
        q.memory_region_init_rom(mr, NULL, r->name, r->bytes, &why);
    else
        q.memory_region_init_ram(mr, NULL, r->name, r->bytes, &why);
    if (!why) {
        if (r->kind == PLAN_RAM)
            ram_of_board(mr);
        return 0;
    }
    err_set(err, -ENOMEM,
            "memory \"%s\": QEMU cannot make %s of it (%s); make it smaller",
            r->name, units_show_bytes(r->bytes, size),
            q.error_get_pretty(why));
    q.error_free(why);
    return -ENOMEM;
}

static int machine_ram_get(struct board *b, const struct plan_region *r,
                           void **ret, struct ob_err *err)
{
    *ret = machine_ram(b->m);
    if (!*ret)
        return err_set(err, -EINVAL,
                       "memory \"%s\": QEMU made no RAM for this machine; "
                       "give -m",
                       r->name);
    return 0;
}

int board_memory_new(void *m, const struct plan_region *r, void *target,
                     void **ret, struct ob_err *err)
{
    struct board *b = m;
    struct MemoryRegion *mr;

    guard_at(&r->place, "memory", r->name, NULL);
    if (r->kind == PLAN_SYSTEM) {
        *ret = q.get_system_memory();
        return 0;
    }
    if (r->kind == PLAN_MACHINE_RAM)
        return machine_ram_get(b, r, ret, err);
    mr = region_new();
    if (r->kind == PLAN_CONTAINER)
        q.memory_region_init(mr, b->machine, r->name, r->bytes);
    else if (r->kind == PLAN_ALIAS)
        q.memory_region_init_alias(mr, b->machine, r->name, target, r->from,
                                   r->bytes);
    else if (backed_new(r, mr, err) < 0)
        return -ENOMEM;
    *ret = mr;
    return 0;
}

/*
 * QEMU maps a region into one container only. For any further place, map an
 * alias of it.
 */
static struct MemoryRegion *mappable(struct board *b, struct MemoryRegion *mr,
                                     const char *name)
{
    struct MemoryRegion *alias;

    if (!q.memory_region_is_mapped(mr))
        return mr;
    alias = region_new();
    q.memory_region_init_alias(alias, b->machine, name, mr, 0,
                               q.memory_region_size(mr));
    return alias;
}

int board_memory_map(void *m, void *region, void *container, uint64_t at,
                     int32_t priority, struct ob_err *err)
{
    (void)err;
    q.memory_region_add_subregion_overlap(
        container, at, mappable(m, region, "alias"), priority);
    return 0;
}

int board_unimplemented(void *m, const struct plan_unimp *u, void *container,
                        struct ob_err *err)
{
    struct board *b = m;
    struct SysBusDevice *dev;
    struct Error *why = NULL;

    guard_at(&u->place, "unimplemented", u->name, NULL);
    if (!q.object_class_by_name("unimplemented-device"))
        return err_set(err, -ENOTSUP,
                       "unimplemented \"%s\": this QEMU has no part for that; "
                       "leave it out",
                       u->name);
    if (q.object_property_find(b->machine, u->name))
        return err_set(err, -EEXIST,
                       "unimplemented \"%s\": the machine has something of "
                       "that name; rename it",
                       u->name);
    dev = (void *)q.object_new("unimplemented-device");
    q.object_property_add_child(b->machine, u->name, (struct Object *)dev);
    q.object_unref(dev);
    q.object_property_set_str((struct Object *)dev, "name", u->name, &why);
    if (!why)
        q.object_property_set_uint((struct Object *)dev, "size", u->bytes,
                                   &why);
    if (!why && q.sysbus_realize(dev, &why))
        return board_memory_map(m, q.sysbus_mmio_get_region(dev, 0), container,
                                u->at, -1000, err);
    err_set(err, -EINVAL, "unimplemented \"%s\": %s", u->name,
            why ? q.error_get_pretty(why) : "refused by QEMU");
    if (why)
        q.error_free(why);
    return -EINVAL;
}

/* --- parts ---------------------------------------------------------------- */

static int region_by_name(const struct board_part *part, const char *name,
                          uint32_t *ret, struct ob_err *err)
{
    const struct qdev *d = qdev_of(part->obj);
    int n = d ? device_decl_find(DECL_NAMES(d->type->regions), name) : -1;
    char *names;

    if (n >= 0) {
        *ret = (uint32_t)n;
        return 0;
    }
    names = d ? qdev_names(DECL_NAMES(d->type->regions))
              : g_strdup("number it");
    err_set(err, -ENOENT, "\"%s\" (%s) has no region \"%s\"; %s", part->name,
            q.object_get_typename(part->obj), name, names);
    g_free(names);
    return -ENOENT;
}

/* QEMU aborts or crashes on a region number that the device does not have. */
static int region_check(const struct board_part *part, uint32_t index,
                        struct ob_err *err)
{
    struct SysBusDevice *dev = (struct SysBusDevice *)part->obj;
    const char *type = q.object_get_typename(part->obj);
    unsigned count = 0;

    if (!q.object_dynamic_cast(part->obj, "sys-bus-device"))
        return err_set(err, -EINVAL,
                       "\"%s\" (%s) is not on the system bus and has no "
                       "regions; leave \"at\" out",
                       part->name, type);
    if (q.sysbus_has_mmio(dev, index))
        return 0;
    while (q.sysbus_has_mmio(dev, count))
        count++;
    if (count == 0)
        return err_set(err, -EINVAL,
                       "\"%s\" (%s) has no regions; leave \"at\" out",
                       part->name, type);
    return err_set(err, -EINVAL, "\"%s\" (%s) has no region %u; use 0 to %u",
                   part->name, type, index, count - 1);
}

/* Subtract and do not add: a board's address near 2^64 would wrap. */
static int region_fits(const struct board_part *part,
                       const struct plan_map *map, struct MemoryRegion *mr,
                       struct MemoryRegion *container, struct ob_err *err)
{
    uint64_t size = q.memory_region_size(mr);
    uint64_t room = q.memory_region_size(container);

    if (map->at < room && size <= room - map->at)
        return 0;
    return err_set(err, -ERANGE,
                   "\"%s\": region %u takes 0x%" PRIx64
                   " bytes and does not fit at 0x%" PRIx64 " of 0x%" PRIx64
                   "; lower \"at\" or choose another \"in\"",
                   part->name, map->index, size, map->at, room);
}

/*
 * On the system's memory, sysbus maps the region, so that info qtree shows the
 * address.
 */
int board_part_bytes(void *m, void *opaque, const struct plan_map *map,
                     uint64_t *ret, struct ob_err *err)
{
    struct board_part *part = opaque;
    uint32_t index = map->index;

    (void)m;
    board_guard(&map->place, "part", part);
    if (map->name && region_by_name(part, map->name, &index, err) < 0)
        return -ENOENT;
    if (region_check(part, index, err) < 0)
        return -EINVAL;
    *ret = q.memory_region_size(q.sysbus_mmio_get_region(
        (struct SysBusDevice *)part->obj, (int)index));
    return 0;
}

int board_part_map(void *m, void *opaque, const struct plan_map *map,
                   void *container, struct ob_err *err)
{
    struct board_part *part = opaque;
    struct SysBusDevice *dev = (struct SysBusDevice *)part->obj;
    struct MemoryRegion *mr;
    uint32_t index = map->index;

    board_guard(&map->place, "part", part);
    if (map->name && region_by_name(part, map->name, &index, err) < 0)
        return -ENOENT;
    if (region_check(part, index, err) < 0)
        return -EINVAL;
    mr = q.sysbus_mmio_get_region(dev, (int)index);
    if (region_fits(part, map, mr, container, err) < 0)
        return -ERANGE;
    if (container == q.get_system_memory() && !q.memory_region_is_mapped(mr))
        q.sysbus_mmio_map_overlap(dev, (int)index, map->at, map->priority);
    else
        board_memory_map(m, mr, container, map->at, map->priority, err);
    return 0;
}
