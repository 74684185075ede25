/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds a board's plan in QEMU: types, creation and realize of parts. QEMU
 * aborts on most mistakes, so every call checks its arguments first.
 */
#include "bridge/machines/board.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "board/builder.h"
#include "bridge/devices/qdev.h"
#include "bridge/devices/qdev_type.h"
#include "bridge/guard/guard.h"
#include "bridge/machines/machine_type.h"
#include "bridge/modules/modules.h"
#include "bridge/process/session.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

/* The place of the part or or-gate `name` in the board's text. */
static const struct plan_place *place_of(const struct plan *plan,
                                         const char *name)
{
    for (uint32_t i = 0; i < plan->part_count; i++)
        if (strcmp(plan->parts[i].name, name) == 0)
            return &plan->parts[i].place;
    for (uint32_t i = 0; i < plan->gate_count; i++)
        if (strcmp(plan->gates[i].name, name) == 0)
            return &plan->gates[i].place;
    return NULL;
}

/* --- types ---------------------------------------------------------------- */

static void near_offer_classes(struct str_near *near)
{
    GSList *all = q.object_class_get_list("device", false);

    for (GSList *i = all; i; i = i->next)
        str_near_offer(near, q.object_class_get_name(i->data));
    g_slist_free(all);
}

static int unknown_type(const char *type, struct ob_err *err)
{
    struct str_near near = { .name = type };
    uint32_t n;
    const struct registry_type *ours = registry_types(
        bridge_session()->registry, &n);

    near_offer_classes(&near);
    for (uint32_t i = 0; i < n; i++)
        str_near_offer(&near, ours[i].name);
    if (!near.best)
        return err_set(err, -ENOENT,
                       "unknown type \"%s\": neither this QEMU nor a module "
                       "has it; announce its module with -add_modinfo",
                       type);
    return err_set(err, -ENOENT, "unknown type \"%s\"; did you mean \"%s\"?",
                   type, near.best);
}

/* For "qemu:NAME". An older QEMU may lack a type that a module has. */
static int unknown_qemu_type(const char *name, struct ob_err *err)
{
    const struct registry_type *ours = registry_find_type(
        bridge_session()->registry, name);
    struct str_near near = { .name = name };
    char *todo;
    int ret;

    near_offer_classes(&near);
    todo = ours ? g_strdup_printf("leave \"" PLAN_QEMU_TYPE "\" out for the "
                                  "type of module \"%s\"",
                                  ours->module->info.short_name)
           : near.best
               ? g_strdup_printf("did you mean \"" PLAN_QEMU_TYPE "%s\"?",
                                 near.best)
               : g_strdup("see -device help");
    ret = err_set(err, -ENOENT,
                  "type \"" PLAN_QEMU_TYPE
                  "%s\": this QEMU has no type of its own with that name; %s",
                  name, todo);
    g_free(todo);
    return ret;
}

/*
 * The class of `type`. QEMU has some of its devices in modules of its own: load
 * those first.
 */
static struct ObjectClass *class_of(const char *type)
{
    return q.module_object_class_by_name ? q.module_object_class_by_name(type)
                                         : q.object_class_by_name(type);
}

/*
 * QEMU's own parts run in QEMU's process, so "isolation" and "on-crash" do not
 * apply to them.
 */
static int op_process_check(void *m, const char *type,
                            enum modinfo_isolation where, struct ob_err *err)
{
    const char *own = plan_qemu_type(type);
    const struct registry_type *ours = registry_find_type(
        bridge_session()->registry, type);

    (void)m;
    if (ours && !ours->module->native)
        return modules_check_place(ours->module, where, err);
    if (!ours && !class_of(own ? own : type))
        return 0;
    return err_set(err, -EINVAL,
                   "type \"%s\" is %s, which runs in QEMU; leave \"%s\" out",
                   type, ours ? "a native QEMU module's" : "QEMU's own part",
                   where != ISOLATION_NONE ? "isolation" : "on-crash");
}

static int qemu_class_find(const char *name, struct ObjectClass **ret,
                           struct ob_err *err)
{
    *ret = class_of(name);
    return *ret && !q.object_class_dynamic_cast(*ret, DEVICE_TYPE_BASE)
               ? 0
               : unknown_qemu_type(name, err);
}

/*
 * A board is external, so a module's type takes precedence over QEMU's. Only
 * "qemu:NAME" is always QEMU's.
 */
static int class_find(const char *type, enum modinfo_isolation where,
                      struct ObjectClass **ret, struct ob_err *err)
{
    const char *own = plan_qemu_type(type), *qom;
    const struct device_decl *ours;

    if (own)
        return qemu_class_find(own, ret, err);
    if (modules_open_type(type, where, &ours, err) < 0)
        return -EINVAL;
    qom = qdev_type_qom(type);
    *ret = class_of(qom ? qom : type);
    return *ret ? 0 : unknown_type(type, err);
}

static int class_check(const char *type, enum modinfo_isolation where,
                       struct ObjectClass **ret, struct ob_err *err)
{
    int status = class_find(type, where, ret, err);

    if (status < 0)
        return status;
    if (!q.object_class_dynamic_cast(*ret, "device"))
        return err_set(err, -EINVAL,
                       "type \"%s\" is not a device; name a device type",
                       type);
    if (q.object_class_is_abstract(*ret))
        return err_set(err, -EINVAL,
                       "type \"%s\" is abstract, a base of others; name one "
                       "of those",
                       type);
    return 0;
}

static int op_type_check(void *m, const char *type,
                         enum modinfo_isolation where, struct ob_err *err)
{
    struct ObjectClass *oc;

    (void)m;
    return class_check(type, where, &oc, err);
}

/* --- parts ---------------------------------------------------------------- */

static int op_part_new(void *m, const char *name, const char *type,
                       enum modinfo_isolation where, void **ret,
                       struct ob_err *err)
{
    struct board *b = m;
    struct board_part *part;
    struct ObjectClass *oc;
    struct object_name known = { place_of(b->plan, name), "part", name,
                                objects_module(type) };

    guard_at(known.place, known.what, name, known.module);
    if (class_check(type, where, &oc, err) < 0)
        return -EINVAL;
    if (q.object_property_find(b->machine, name))
        return err_set(err, -EEXIST,
                       "part \"%s\": the machine has something of that name; "
                       "rename the part",
                       name);
    part = g_new0(struct board_part, 1);
    part->name = g_strdup(name);
    part->known = known;
    part->known.name = part->name;
    modules_instances_run(where);
    part->obj = q.object_new(q.object_class_get_name(oc));
    modules_instances_run(ISOLATION_NONE);
    q.object_property_add_child(b->machine, name, part->obj);
    q.object_unref(part->obj);
    objects_add_part(part->obj, &part->known);
    *ret = part;
    return 0;
}

static void op_part_crash(void *m, void *opaque, enum plan_crash crash)
{
    struct board_part *part = opaque;
    struct qdev *d = qdev_of(part->obj);

    (void)m;
    if (d)
        d->on_crash = crash;
}

/*
 * The bus type that the device needs. "System" means the system bus.
 * DeviceClass.bus_type is the last member of its struct.
 */
static const char *bus_type(struct Object *obj)
{
    const char *text;

    memcpy(&text, (char *)q.object_get_class(obj) + layout.dc_bus_type,
           sizeof(text));
    return text;
}

static int plug_bus(const struct board_part *part,
                    const struct board_part *owner, const char *name,
                    struct BusState **ret, struct ob_err *err)
{
    const char *wants = bus_type(part->obj);

    if (board_bus(owner, name, ret, err) < 0)
        return -ENOENT;
    if (!wants)
        return err_set(err, -EINVAL,
                       "\"%s\" (%s) plugs into no bus; leave \"bus\" out",
                       part->name, q.object_get_typename(part->obj));
    if (q.object_dynamic_cast((struct Object *)*ret, wants))
        return 0;
    return err_set(err, -EINVAL,
                   "\"%s\" (%s) needs a bus of type %s, and \"%s.%s\" is %s; "
                   "name a bus of that type",
                   part->name, q.object_get_typename(part->obj), wants,
                   owner->name, name,
                   q.object_get_typename((struct Object *)*ret));
}

/*
 * A CPU complex reads the memory that its link "memory" names. Unless the board
 * sets the link, use the system's memory.
 */
static void link_memory(const struct board_part *part)
{
    if (!q.object_property_find(part->obj, "memory") ||
        strcmp(q.object_property_get_type(part->obj, "memory", NULL),
               "link<memory-region>") != 0 ||
        q.object_property_get_link(part->obj, "memory", NULL))
        return;
    q.object_property_set_link(part->obj, "memory",
                               (struct Object *)q.get_system_memory(), NULL);
}

/*
 * The CPU of a cortex-m board fetches its vectors from the memory that its
 * programs are loaded into, as the chip's boot pins would select it, unless
 * "props" set another address.
 */
static void point_at_vectors(const struct board *b,
                             const struct board_part *part)
{
    static const char *const props[] = { "init-svtor", "init-nsvtor" };
    const struct plan_boot *boot = &b->plan->boot;

    if (boot->kind != PLAN_BOOT_CORTEX_M ||
        strcmp(b->plan->parts[boot->cpu].name, part->name) != 0)
        return;
    for (unsigned i = 0; i < 2; i++)
        if (q.object_property_find(part->obj, props[i]) &&
            q.object_property_get_uint(part->obj, props[i], NULL) == 0)
            q.object_property_set_uint(part->obj, props[i], boot->kernel_at,
                                       NULL);
}

static int op_part_realize(void *m, void *opaque, void *bus_part,
                           const char *bus, struct ob_err *err)
{
    struct board_part *part = opaque;
    struct DeviceState *dev = (struct DeviceState *)part->obj;
    struct BusState *on = NULL;
    struct Error *why = NULL;
    bool sysbus = q.object_dynamic_cast(part->obj, "sys-bus-device");

    (void)m;
    board_guard(part->known.place, "part", part);
    if (bus_part && plug_bus(part, bus_part, bus, &on, err) < 0)
        return -EINVAL;
    if (!on && !sysbus && bus_type(part->obj))
        return err_set(err, -EINVAL,
                       "\"%s\" (%s) plugs into a bus of type %s; name it with "
                       "\"bus\"",
                       part->name, q.object_get_typename(part->obj),
                       bus_type(part->obj));
    link_memory(part);
    point_at_vectors(m, part);
    if (sysbus && !on ? !q.sysbus_realize((struct SysBusDevice *)dev, &why)
                      : !q.qdev_realize(dev, on, &why))
        return board_qemu_error(why, part, err);
    part->realized = true;
    return 0;
}

const struct assembly_ops board_ops = {
    .process_check = op_process_check,
    .type_check = op_type_check,
    .memory_new = board_memory_new,
    .memory_map = board_memory_map,
    .unimplemented = board_unimplemented,
    .part_new = op_part_new,
    .part_crash = op_part_crash,
    .part_prop = board_part_prop,
    .part_link = board_part_link,
    .part_backend = board_part_backend,
    .part_clock = board_part_clock,
    .part_realize = op_part_realize,
    .part_bytes = board_part_bytes,
    .part_map = board_part_map,
    .connect = board_connect,
    .boot = board_boot,
};

/* --- the machine ---------------------------------------------------------- */

static int plan_of_file(const char *path, const struct board_ask *ask,
                        struct plan **ret_plan, struct ob_err *err)
{
    struct json_doc *doc;
    int ret = json_load(path, FILE_TRUSTED, 0, &doc, err);

    if (ret < 0)
        return ret;
    ret = board_plan(doc, ask, ret_plan, err);
    json_free(doc);
    return ret;
}

static int plan_of_module(const struct registry_board *board,
                          const struct board_ask *ask, struct plan **ret,
                          struct ob_err *err)
{
    const struct ob_board_type *type;
    const char *path;

    if (modules_open_board(board, &type, &path, err) < 0)
        return -EINVAL;
    return board_plan_c(type, path, ask, ret, err);
}

int board_machine_init(struct bridge_machine *m, struct ob_err *err)
{
    struct board_ask ask = {
        .ram_bytes = machine_ram_bytes(m), .cpus = machine_smp(m, "cpus"),
    };
    struct board *b = g_new0(struct board, 1);
    struct plan *plan;
    int ret = m->board->module && !m->board->path
                  ? plan_of_module(m->board, &ask, &plan, err)
                  : plan_of_file(m->board->path, &ask, &plan, err);

    if (ret < 0) {
        g_free(b);
        return ret;
    }
    b->m = m;
    b->machine = (struct Object *)m->state;
    b->plan = plan;
    m->live = b;
    guard_begin(plan->board);
    guard_reset_announce();
    ret = assembly_build(plan, &board_ops, b, err);
    if (ret < 0)
        guard_end();
    else
        guard_between();
    return ret;
}
