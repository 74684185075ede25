/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The self-check, third part: finds MachineClass. It compares three classes:
 * "machine" itself, an abstract scratch subclass of it, and "none".
 */
#include <errno.h>
#include <glib.h>

#include "bridge/qemu/layout_scan.h"

enum { SLACK_BYTES = 1024 };

static const struct qemu_type_info probe = {
    .name = "outboard-probe-machine", .parent = "machine", .abstract = true,
};

/* The three classes, and the bytes that can be compared. */
struct machine_classes {
    const void *base, *probe, *none;
    size_t bytes;
};

static int text_find(const char *item, const struct machine_classes *c,
                     const char *want, size_t *ret, struct ob_err *err)
{
    struct scan s = { .item = item };
    size_t at;

    for (at = CLASS_HEAD_BYTES; at + 8 <= c->bytes; at += 8) {
        if (probe_text_is(slot64(c->none, at), want))
            scan_hit(&s, at);
    }
    return scan_end(&s, ret, err);
}

static int init_find(const struct machine_classes *c, struct ob_err *err)
{
    struct scan s = { .item = "MachineClass.init" };
    size_t at;

    for (at = CLASS_HEAD_BYTES; at + 8 <= c->bytes; at += 8) {
        if (slot64(c->none, at) != slot64(c->base, at) &&
            probe_is_code(slot64(c->none, at)))
            scan_hit(&s, at);
    }
    return scan_end(&s, &layout.mc_init, err);
}

static bool cpus_at(const struct machine_classes *c, size_t at)
{
    int i;

    for (i = 0; i < 3; i++, at += 4) {
        if (slot32(c->base, at) != 0 || slot32(c->probe, at) != 1)
            return false;
    }
    return true;
}

static int max_cpus_find(const struct machine_classes *c, struct ob_err *err)
{
    struct scan s = { .item = "MachineClass.max_cpus" };
    size_t at;

    for (at = CLASS_HEAD_BYTES; at + 16 <= c->bytes; at += 4) {
        if (cpus_at(c, at))
            scan_hit(&s, at);
    }
    return scan_end(&s, &layout.mc_max_cpus, err);
}

/* no_serial, no_parallel, no_floppy and no_cdrom are the low bits. */
static int flags_check(const struct machine_classes *c, struct ob_err *err)
{
    size_t at = layout.mc_max_cpus + 12;
    uint32_t none = slot32(c->none, at);

    if ((none & 0xf) != 0xf || (slot32(c->base, at) & 0xf) != 0)
        return scan_refuse("MachineClass.no_serial...", none,
                           "the low four bits", err);
    layout.mc_flags = at;
    return 0;
}

static int ram_size_find(const struct machine_classes *c, struct ob_err *err)
{
    struct scan s = { .item = "MachineClass.default_ram_size" };
    size_t at;

    for (at = CLASS_HEAD_BYTES; at + 8 <= c->bytes; at += 8) {
        if (slot64(c->base, at) == 128ull << 20 && slot64(c->none, at) == 0)
            scan_hit(&s, at);
    }
    return scan_end(&s, &layout.mc_ram_size, err);
}

/*
 * The alias of every machine is NULL or a literal. Otherwise this is not its
 * slot.
 */
static int alias_check(GSList *machines, struct ob_err *err)
{
    uint64_t alias;

    layout.mc_alias = layout.mc_name + 8;
    if (layout.mc_desc != layout.mc_name + 16)
        return scan_refuse("MachineClass.alias",
                           layout.mc_desc - layout.mc_name,
                           "16 bytes from name to desc", err);
    for (; machines; machines = machines->next) {
        alias = slot64(machines->data, layout.mc_alias);
        if (alias != 0 && !probe_literal(alias))
            return scan_refuse("MachineClass.alias", alias, "a text", err);
    }
    return 0;
}

/* The setter stores a list's new head in the class and changes nothing else. */
static int dynamic_find(size_t bytes, struct ob_err *err)
{
    struct scan s = { .item = "MachineClass.allowed_dynamic_sysbus_devices" };
    struct ObjectClass *scratch = g_malloc0(bytes + SLACK_BYTES);
    size_t at;

    q.machine_class_allow_dynamic_sysbus_dev(scratch, "outboard-probe");
    for (at = CLASS_HEAD_BYTES; at + 8 <= bytes; at += 8) {
        if (slot64(scratch, at) != 0)
            scan_hit(&s, at);
    }
    g_free(scratch);
    return scan_end(&s, &layout.mc_dynamic, err);
}

static int slots_find(const struct machine_classes *c, struct ob_err *err)
{
    int ret = text_find("MachineClass.name", c, "none", &layout.mc_name, err);

    if (ret == 0)
        ret = text_find("MachineClass.desc", c, "empty machine",
                        &layout.mc_desc, err);
    if (ret == 0)
        ret = text_find("MachineClass.default_ram_id", c, "ram",
                        &layout.mc_ram_id, err);
    if (ret == 0)
        ret = init_find(c, err);
    if (ret == 0)
        ret = max_cpus_find(c, err);
    if (ret == 0)
        ret = flags_check(c, err);
    if (ret == 0)
        ret = ram_size_find(c, err);
    return ret == 0 ? dynamic_find(c->bytes, err) : ret;
}

int layout_derive_machine(struct ob_err *err)
{
    struct machine_classes c = { .bytes = layout.machine_class };
    GSList *machines;
    int ret;

    q.type_register_static(&probe);
    c.base = scan_class("machine", err);
    c.probe = scan_class(probe.name, err);
    c.none = scan_class("none-machine", err);
    if (!c.base || !c.probe || !c.none)
        return -ENOTSUP;
    ret = slots_find(&c, err);
    if (ret < 0)
        return ret;
    machines = q.object_class_get_list("machine", false);
    ret = alias_check(machines, err);
    g_slist_free(machines);
    return ret;
}
