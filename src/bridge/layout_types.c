/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The self-check, first part: QOM types and the sizes that they hold. */
#include <errno.h>

#include "bridge/layout_scan.h"

enum { TYPE_HEAD_BYTES = 64, SIZE_MAX_SANE = 1 << 16 };

static const struct qemu_type_info probes[2] = {
    { .name = "outboard-probe-a", .parent = "object", .abstract = true,
      .class_size = 4099, .instance_size = 6007 },
    { .name = "outboard-probe-b", .parent = "object", .abstract = true,
      .class_size = 5003, .instance_size = 7001 },
};

static int type_slots_find(struct ob_err *err)
{
    struct scan cls = { .item = "TypeImpl.class_size" };
    struct scan ins = { .item = "TypeImpl.instance_size" };
    unsigned char head[2][TYPE_HEAD_BYTES];
    size_t at;
    int i;

    for (i = 0; i < 2; i++) {
        struct TypeImpl *t = q.type_register_static(&probes[i]);

        if (!peek_copy((uintptr_t)t, head[i], sizeof(head[i])))
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

/* Class and instance size of `type`, each at least what `min_*` says. */
static int sizes_read(const char *type, size_t *ret_class, size_t min_class,
                      size_t *ret_instance, size_t min_instance,
                      struct ob_err *err)
{
    struct ObjectClass *oc = scan_class(type, err);

    if (oc == NULL)
        return -ENOTSUP;
    *ret_class = layout_class_bytes(oc);
    *ret_instance = layout_instance_bytes(oc);
    if (*ret_class < min_class || *ret_class > SIZE_MAX_SANE)
        return scan_refuse(type, *ret_class, "a larger class", err);
    if (*ret_instance < min_instance || *ret_instance > SIZE_MAX_SANE)
        return scan_refuse(type, *ret_instance, "a larger instance", err);
    return 0;
}

int layout_derive_types(struct ob_err *err)
{
    size_t unused;
    int r = type_slots_find(err);

    if (r == 0)
        r = sizes_read("device", &layout.device_class, CLASS_HEAD_BYTES + 8,
                       &layout.device, 48, err);
    if (r == 0)
        r = sizes_read("sys-bus-device", &layout.sysbus_class,
                       layout.device_class, &layout.sysbus, layout.device + 8,
                       err);
    if (r == 0)
        r = sizes_read("machine", &layout.machine_class, 200, &layout.machine,
                       200, err);
    if (r == 0)
        r = sizes_read("memory-region", &unused, 1, &layout.region, 128, err);
    layout.region_ops = symbols_size("unassigned_mem_ops");
    if (r == 0 && layout.region_ops != sizeof(struct qemu_region_ops))
        r = scan_refuse("sizeof(MemoryRegionOps)", layout.region_ops, "80",
                        err);
    return r;
}
