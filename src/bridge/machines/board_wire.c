/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects parts to backends, clocks, and the lines of other parts. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/str.h"
#include "bridge/devices/lines.h"
#include "bridge/devices/qdev.h"
#include "bridge/guard/guard.h"
#include "bridge/machines/board.h"
#include "bridge/qemu/symbols.h"

/* --- backends ------------------------------------------------------------- */

static int set_text(const struct board_part *part, const char *prop,
                    const char *text, struct ob_err *err)
{
    struct Error *why = NULL;

    if (!q.object_property_find(part->obj, prop))
        return board_no_property(part, "property", prop, err);
    if (!q.object_property_set_str(part->obj, prop, text, &why))
        return board_qemu_error(why, part, err);
    return 0;
}

static int join_serial(const struct board_part *part, const char *prop,
                       uint32_t n, struct ob_err *err)
{
    struct Chardev *chr = n < INT32_MAX ? q.serial_hd((int)n) : NULL;
    const char *label;

    if (!chr)
        return q.object_property_find(part->obj, prop)
                   ? 0
                   : board_no_property(part, "property", prop, err);
    label = q.object_get_canonical_path_component((struct Object *)chr);
    return set_text(part, prop, label, err);
}

static int join_drive(const struct board_part *part, const char *prop,
                      const struct plan_backend *b, struct ob_err *err)
{
    static const char *const interfaces[] = {   /* QEMU's order */
        "none", "ide", "scsi", "floppy", "pflash", "mtd", "sd", "virtio",
        "xen", NULL,
    };
    struct Error *why = NULL;
    void *drive;
    int type = 0;

    while (interfaces[type] && strcmp(interfaces[type], b->interface))
        type++;
    if (!interfaces[type])
        return err_set(err, -EINVAL,
                       "drive interface \"%s\" is not QEMU's; use sd, pflash, "
                       "mtd, ...",
                       b->interface);
    if (!q.object_property_find(part->obj, prop))
        return board_no_property(part, "property", prop, err);
    drive = q.drive_get(type, 0, (int)b->index);
    if (!drive)
        return 0;
    if (!q.qdev_prop_set_drive_err((struct DeviceState *)part->obj, prop,
                                   q.blk_by_legacy_dinfo(drive), &why))
        return board_qemu_error(why, part, err);
    return 0;
}

/*
 * Since 9.0 QEMU does all of this in one call. Before, the bridge reads QEMU's
 * table of -nic options.
 */
static int join_nic(const struct board_part *part, uint32_t n,
                    struct ob_err *err)
{
    enum { NICS = 8, USED_AT = 40 };
    size_t bytes = q.nd_table ? symbols_size("nd_table") / NICS : 0;
    struct DeviceState *dev = (struct DeviceState *)part->obj;
    char *nd;
    int used;

    if (!q.object_property_find(part->obj, "netdev"))
        return board_no_property(part, "property", "netdev", err);
    if (q.qemu_configure_nic_device) {
        q.qemu_configure_nic_device(dev, n == 0, NULL);
        return 0;
    }
    if (bytes < USED_AT + sizeof(used) || n >= NICS ||
        !q.qdev_set_nic_properties)
        return err_set(err, -ENOTSUP, "nic %u: not with this QEMU; use 0 to 7",
                       n);
    nd = (char *)q.nd_table + n * bytes;
    memcpy(&used, nd + USED_AT, sizeof(used));
    if (used)
        q.qdev_set_nic_properties(dev, nd);
    return 0;
}

int board_part_backend(void *m, void *opaque, const struct plan_backend *b,
                       struct ob_err *err)
{
    struct board_part *part = opaque;

    (void)m;
    board_guard(&b->place, "part", part);
    switch (b->kind) {
    case PLAN_SERIAL:
        return join_serial(part, b->prop ? b->prop : "chardev", b->index, err);
    case PLAN_DRIVE:
        return join_drive(part, b->prop ? b->prop : "drive", b, err);
    case PLAN_NIC: return join_nic(part, b->index, err);
    }
    return err_set(err, -EINVAL, "unknown backend");
}

/* --- clocks --------------------------------------------------------------- */

#define PERIOD_SECOND (1000000000ull << 32)

static int clock_of(const struct board_part *part, const char *name,
                    struct Clock **ret, struct ob_err *err)
{
    struct Object *clk = NULL;

    if (q.object_property_find(part->obj, name))
        clk = q.object_resolve_path_component(part->obj, name);
    if (!clk || !q.object_dynamic_cast(clk, "clock"))
        return board_no_property(part, "clock", name, err);
    *ret = (struct Clock *)clk;
    return 0;
}

static struct Clock *clock_fixed(struct board *b,
                                 const struct board_part *part,
                                 const struct plan_clock *c)
{
    char *name = g_strdup_printf("%s-%s", part->name, c->name);
    struct Clock *clk = q.clock_new(b->machine, name);

    q.clock_set(clk, c->hz == 0 ? 0 : PERIOD_SECOND / c->hz);
    g_free(name);
    return clk;
}

int board_part_clock(void *m, void *opaque, const struct plan_clock *c,
                     void *source, struct ob_err *err)
{
    struct board_part *part = opaque;
    struct Clock *input, *from;

    board_guard(&c->place, "part", part);
    if (clock_of(part, c->name, &input, err) < 0)
        return -ENOENT;
    if (!source)
        from = clock_fixed(m, part, c);
    else if (clock_of(source, c->output, &from, err) < 0)
        return -ENOENT;
    q.qdev_connect_clock_in((struct DeviceState *)part->obj, c->name, from);
    return 0;
}

/* --- lines ---------------------------------------------------------------- */

struct power {
    struct Object *cpu;
    uint64_t affinity;
};

/*
 * Switch the CPU on or off as a reset does: it starts where its properties say.
 */
static void power_set(void *opaque, int n, int level)
{
    struct power *p = opaque;

    (void)n;
    if (level)
        q.arm_set_cpu_on_and_reset(p->affinity);
}

static int power_input(const struct board_part *part, qemu_irq *ret,
                       struct ob_err *err)
{
    struct power *p;

    if (!q.arm_set_cpu_on_and_reset)
        return err_set(err, -ENOTSUP,
                       "\"%s.power\": this QEMU cannot switch its CPUs on; "
                       "leave it out",
                       part->name);
    p = g_new0(struct power, 1);
    p->cpu = part->obj;
    p->affinity = q.object_property_get_uint(part->obj, "mp-affinity", NULL);
    *ret = q.qemu_allocate_irq(power_set, p, 0);
    return 0;
}

static bool is_power(const struct assembly_pin *to)
{
    const struct board_part *part = to->part;

    return to->name && strcmp(to->name, "power") == 0 &&
           q.object_dynamic_cast(part->obj, "arm-cpu");
}

/*
 * Some of QEMU's parts abort at the first change of an input that they number
 * but do not know (input 99 of a RISC-V hart). Change it once while the guard
 * is on. Inputs are low until something drives them, so this changes nothing.
 */
static void input_try(const struct assembly_pin *to, qemu_irq line)
{
    const struct board_part *part = to->part;

    board_guard(to->place, "a line to part", part);
    q.qemu_set_irq(line, 0);
}

int board_connect(void *m, const struct assembly_pin *from,
                  const struct assembly_pin *to, struct ob_err *err)
{
    const struct board_part *a = from->part, *b = to->part;
    qemu_irq line;
    int ret;

    (void)m;
    board_guard(from->place, "a line of part", a);
    ret = is_power(to)
              ? power_input(b, &line, err)
              : lines_input(b->obj, b->name, to->name, to->index, &line, err);
    if (ret == 0)
        ret = from->irq ? lines_connect_irq(a->obj, a->name, from->name,
                                            from->index, line, err)
                        : lines_connect_gpio(a->obj, a->name, from->name,
                                             from->index, line, err);
    if (ret == 0 && !is_power(to))
        input_try(to, line);
    return ret;
}
