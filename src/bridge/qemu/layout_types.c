/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The self-check, first part: finds the sizes that QOM types declare. */
#include <errno.h>

#include "bridge/qemu/layout_scan.h"

/*
 * The sizes are at 8 and 16 in 7.2 to 11.1. A larger head would only add
 * chances of a false hit. No type that the bridge uses comes near the upper
 * bound.
 */
enum { TYPE_HEAD_BYTES = 64, SIZE_MAX_SANE = 1 << 16 };

/*
 * Such odd sizes are unlikely as pointers or counts. Two probes exclude a slot
 * that holds one of the sizes by chance. The types are abstract, so the user
 * cannot create them.
 */
static const struct qemu_type_info probes[2] = {
    { .name = "outboard-probe-a", .parent = "object", .abstract = true,
      .class_size = 4099, .instance_size = 6007 },
    { .name = "outboard-probe-b", .parent = "object", .abstract = true,
      .class_size = 5003, .instance_size = 7001 },
};

/*
 * The length of TypeImpl is unknown, so the kernel copies its head: a read
 * past the end of its memory must not end QEMU.
 */
static int type_slots_find(struct ob_err *err)
{
    struct scan cls = { .item = "TypeImpl.class_size" };
    struct scan ins = { .item = "TypeImpl.instance_size" };
    unsigned char head[2][TYPE_HEAD_BYTES];
    size_t at;
    int i;

    for (i = 0; i < 2; i++) {
        struct TypeImpl *t = q.type_register_static(&probes[i]);

        if (!probe_copy((uintptr_t)t, head[i], sizeof(head[i])))
            return scan_refuse("TypeImpl", 0, "a readable struct", err);
    }
    for (at = 0; at + 8 <= TYPE_HEAD_BYTES; at += 8) {
        if (slot64(head[0], at) == probes[0].class_size &&
            slot64(head[1], at) == probes[1].class_size)
            scan_hit(&cls, at);
        if (slot64(head[0], at) == probes[0].instance_size &&
            slot64(head[1], at) == probes[1].instance_size)
            scan_hit(&ins, at);
    }
    if (scan_end(&cls, &layout.type_class_size, err) < 0)
        return err->code;
    return scan_end(&ins, &layout.type_instance_size, err);
}

/* Where to store a size, the item's name, and its least plausible value. */
struct size_want {
    const char *item;
    size_t *ret;
    size_t least;
};

static int size_check(const struct size_want *want, size_t bytes,
                      struct ob_err *err)
{
    if (bytes < want->least || bytes > SIZE_MAX_SANE)
        return scan_refuse(want->item, bytes, "a size of that type", err);
    *want->ret = bytes;
    return 0;
}

/* Read the class size and the instance size of `type`. */
static int sizes_read(const char *type, const struct size_want *cls,
                      const struct size_want *instance, struct ob_err *err)
{
    struct ObjectClass *oc = scan_class(type, err);

    if (!oc || size_check(cls, layout_class_bytes(oc), err) < 0)
        return -ENOTSUP;
    return size_check(instance, layout_instance_bytes(oc), err);
}

/* The bridge's own data lies at a fixed offset, which must be past this. */
static int sysbus_fits(struct ob_err *err)
{
    if (layout.sysbus <= LAYOUT_PRIVATE_AT)
        return 0;
    return scan_refuse("sizeof(SysBusDevice)", layout.sysbus, "at most 2048",
                       err);
}

/* Read "device" first. The types below it declare at least its size. */
static int devices_read(struct ob_err *err)
{
    const struct size_want dc = { "sizeof(DeviceClass)", &layout.device_class,
                                  CLASS_HEAD_BYTES + 8 };
    const struct size_want dev = { "sizeof(DeviceState)", &layout.device, 48 };
    struct size_want sc = { "sizeof(SysBusDeviceClass)",
                            &layout.sysbus_class, 0 };
    struct size_want sbd = { "sizeof(SysBusDevice)", &layout.sysbus, 0 };

    if (sizes_read("device", &dc, &dev, err) < 0)
        return -ENOTSUP;
    sc.least = layout.device_class;
    sbd.least = layout.device + 8;
    if (sizes_read("sys-bus-device", &sc, &sbd, err) < 0)
        return -ENOTSUP;
    return sysbus_fits(err);
}

/*
 * QEMU reads the bridge's MemoryRegionOps in full. If its struct were longer,
 * QEMU would read past the bridge's.
 */
int layout_derive_types(struct ob_err *err)
{
    const struct size_want mc = { "sizeof(MachineClass)",
                                  &layout.machine_class, 200 };
    const struct size_want ms = { "sizeof(MachineState)", &layout.machine,
                                  200 };
    const struct size_want region = { "sizeof(MemoryRegion)", &layout.region,
                                      128 };
    size_t unused;
    const struct size_want any = { "class of \"memory-region\"", &unused, 1 };
    int ret = type_slots_find(err);

    if (ret == 0)
        ret = devices_read(err);
    if (ret == 0)
        ret = sizes_read("machine", &mc, &ms, err);
    if (ret == 0)
        ret = sizes_read("memory-region", &any, &region, err);
    layout.region_ops = symbols_size("unassigned_mem_ops");
    if (ret == 0 && layout.region_ops != sizeof(struct qemu_region_ops))
        ret = scan_refuse("sizeof(MemoryRegionOps)", layout.region_ops, "80",
                          err);
    return ret;
}
