/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers the QOM types of announced devices. */
#include "bridge/devices/qdev_type.h"

#include <glib.h>
#include <string.h>

#include "base/str.h"
#include "bridge/devices/qdev_name.h"
#include "bridge/buses/bus.h"
#include "bridge/process/arguments.h"
#include "bridge/process/report.h"
#include "bridge/buses/supported.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

/* A full name: two identifiers and a dot. */
enum { NAME_MAX_BYTES = 2 * STR_IDENT_MAX + 2 };

struct device_class_private {
    const struct registry_type *type;
    void (*parent_realize)(struct DeviceState *, struct Error **);
    void (*parent_unrealize)(struct DeviceState *);
};

/* Lies in QEMU's object at LAYOUT_PRIVATE_AT. */
struct qdev_private {
    struct bridge_device *live;
};

/* What the bridge has done about a type. */
struct type_entry {
    bool done;
    const char *qom;                /* its QOM name; NULL: it has none */
};

static const struct registry *types_index;
static struct type_entry *types_done;   /* by position in registry_types() */

/* Behind the class of each parent: our own data is at one place in all. */
static size_t class_private_at;

static struct device_class_private *class_private(struct ObjectClass *oc)
{
    return (void *)((char *)oc + class_private_at);
}

static struct qdev_private *qdev_private_of(void *obj)
{
    return (void *)((char *)obj + LAYOUT_PRIVATE_AT);
}

static void type_instance_init(struct Object *obj)
{
    const struct registry_type *type;

    type = class_private(q.object_get_class(obj))->type;
    if (bridge_callbacks.qdev_init)
        qdev_private_of(obj)->live = bridge_callbacks.qdev_init(obj, type);
}

static void type_instance_finalize(struct Object *obj)
{
    struct qdev_private *p = qdev_private_of(obj);

    if (p->live && bridge_callbacks.qdev_finalize)
        bridge_callbacks.qdev_finalize(p->live);
    p->live = NULL;
}

static void type_realize(struct DeviceState *dev, struct Error **errp)
{
    struct Object *obj = (struct Object *)dev;
    struct qdev_private *p = qdev_private_of(dev);

    if (p->live && bridge_callbacks.qdev_realize) {
        bridge_callbacks.qdev_realize(p->live, errp);
        return;
    }
    q.error_setg_internal(errp, __FILE__, __LINE__, __func__,
                          "%s: this build of the bridge makes no devices; "
                          "install a complete outboard",
                          q.object_get_typename(obj));
}

static void type_unrealize(struct DeviceState *dev)
{
    struct qdev_private *p = qdev_private_of(dev);

    if (p->live && bridge_callbacks.qdev_unrealize)
        bridge_callbacks.qdev_unrealize(p->live);
}

/*
 * The class of the common parent. The classes of its children start as copies.
 */
static void base_class_init(struct ObjectClass *oc, void *data)
{
    const struct bus_kind *kind = data;
    struct device_class_private *p = class_private(oc);

    if (kind->class_init)
        kind->class_init(oc,
                         layout_class_bytes(q.object_class_by_name("device")));
    ((char *)oc)[layout.dc_user_creatable] = 1;
    q.device_class_set_parent_realize(oc, type_realize, &p->parent_realize);
    q.device_class_set_parent_unrealize(oc, type_unrealize,
                                        &p->parent_unrealize);
}

/* QEMU's bits are in the order of enum modinfo_category. */
static void class_set_category(struct ObjectClass *oc,
                               enum modinfo_category category)
{
    uint64_t bits;

    if (!layout.has_categories || category == CATEGORY_NONE)
        return;
    bits = UINT64_C(1) << (category - 1);
    memcpy((char *)oc + layout.dc_categories, &bits, sizeof(bits));
}

static void type_class_init(struct ObjectClass *oc, void *data)
{
    const struct registry_type *type = data;
    const char *desc = type->info->desc;

    class_private(oc)->type = type;
    if (layout.has_desc && desc && desc[0] != '\0')
        memcpy((char *)oc + layout.dc_desc, &desc, sizeof(desc));
    class_set_category(oc, type->info->category);
}

static void base_register(const struct bus_kind *kind)
{
    const struct qemu_type_info info = {
        .name = kind->base,
        .parent = kind->parent,
        .abstract = true,
        .instance_size = LAYOUT_PRIVATE_AT + sizeof(struct qdev_private),
        .class_size = class_private_at + sizeof(struct device_class_private),
        .class_init = base_class_init,
        .class_data = (void *)kind,
    };

    q.type_register_static(&info);
}

/* From 9.0 on, QEMU aborts on such a name. The registry should hold none. */
static bool type_name_fits(const struct registry_type *t)
{
    const char *flaw = str_type_flaw(t->name);

    if (flaw)
        report_warning("device type \"%s\" is left out: the name %s", t->name,
                       flaw);
    return !flaw;
}

static void type_register(const struct registry_type *t, const char *qom)
{
    const struct bus_kind *kind = bus_kind_of(t->info->bus);
    const struct qemu_type_info info = {
        .name = qom,
        /* No such bus here: its first object gives the reason. */
        .parent = kind ? kind->base : DEVICE_TYPE_BASE,
        .instance_init = type_instance_init,
        .instance_finalize = type_instance_finalize,
        .class_init = type_class_init,
        .class_data = (void *)t,
    };

    q.type_register_static(&info);
}

static struct type_entry *entry_of(const struct registry_type *t)
{
    uint32_t n;

    return &types_done[t - registry_types(types_index, &n)];
}

static void type_register_once(const struct registry_type *t)
{
    struct type_entry *entry = entry_of(t);

    if (entry->done)
        return;
    entry->done = true;
    if (t->module->native || !type_name_fits(t))
        return;
    entry->qom = qdev_name_choose(t);
    type_register(t, entry->qom);
}

/*
 * A type that the bridge does not support is registered too: its first object
 * then gives an error that names the reason. `-device help` must not list it.
 */
static void types_register_all(bool to_list)
{
    uint32_t n, i;
    const struct registry_type *all = registry_types(types_index, &n);

    for (i = 0; i < n; i++)
        if (!to_list || supported_check(&all[i], NULL) == 0)
            type_register_once(&all[i]);
}

const char *qdev_type_qom(const char *name)
{
    const struct registry_type *t;

    t = types_index ? registry_find_type(types_index, name) : NULL;
    if (!t)
        return NULL;
    type_register_once(t);
    return entry_of(t)->qom;
}

/*
 * A full name is good in every QEMU, so that a command line need not know
 * whether this QEMU has a type of the plain name. -device finds only QOM names:
 * if `name` is not the type's QOM name, make it a second one.
 */
static void name_register(const char *name)
{
    if (qdev_type_qom(name) && !qdev_name_is_taken(name))
        type_register(registry_find_type(types_index, name), name);
}

/* Register each of our types that is named anywhere in the argument. */
static void argument_register(const char *arg)
{
    char name[NAME_MAX_BYTES];
    const char *end;
    size_t len;

    for (; *arg != '\0'; arg = *end != '\0' ? end + 1 : end) {
        for (end = arg; g_ascii_isalnum(*end) || strchr("._+-", *end); end++)
            if (*end == '\0')
                break;
        len = end - arg;
        if (len == 0 || len >= sizeof(name))
            continue;
        memcpy(name, arg, len);
        name[len] = '\0';
        name_register(name);
    }
}

/* May QEMU list the types? It ends after that. */
static bool arguments_want_list(void)
{
    char *const *arg;

    for (arg = arguments_all(); *arg; arg++) {
        if (arguments_option_is(*arg, "device") && arg[1] &&
            (strstr(arg[1], "help") || strchr(arg[1], '?')))
            return true;
    }
    return false;
}

/* May QEMU read a type's name from a file before the machine is complete? */
static bool arguments_want_all(void)
{
    char *const *arg;

    for (arg = arguments_all(); *arg; arg++) {
        if (arguments_option_is(*arg, "readconfig") ||
            arguments_option_is(*arg, "preconfig") || strchr(*arg, '\\'))
            return true;
    }
    return false;
}

static void machine_done(struct qemu_notifier *n, void *data)
{
    (void)n;
    (void)data;
    types_register_all(false);
}

/* Does the user give the guest a device tree? */
static bool arguments_have_tree(void)
{
    const char *machine = arguments_value("machine");
    const char *m = arguments_value("M");

    return arguments_value("dtb") || (machine && strstr(machine, ",dtb=")) ||
           (m && strstr(m, ",dtb="));
}

/*
 * Let `-device` create our devices on QEMU's own boards too. Boards that write
 * a device tree for the platform bus (virt) end QEMU if they do not know a
 * device on it, unless the user gives the device tree. Only those boards have
 * that bus.
 */
static void machines_allow(void)
{
    bool all = !q.object_class_by_name("platform-bus-device") ||
               arguments_have_tree();
    GSList *machines = q.object_class_get_list("machine", false);
    GSList *m;

    for (m = machines; m; m = m->next) {
        void *list;

        memcpy(&list, (char *)m->data + layout.mc_dynamic, sizeof(list));
        if (!list || all)
            q.machine_class_allow_dynamic_sysbus_dev(m->data,
                                                     DEVICE_TYPE_BASE);
    }
    g_slist_free(machines);
}

void qdev_types_register(const struct registry *registry)
{
    static struct qemu_notifier done = { .notify = machine_done };
    char *const *arg;
    uint32_t n;

    registry_types(registry, &n);
    if (n == 0)
        return;
    types_index = registry;
    types_done = g_new0(struct type_entry, n);
    class_private_at = layout_round(bus_class_bytes());
    bus_each(base_register);
    machines_allow();
    if (arguments_want_all()) {
        types_register_all(false);
        return;
    }
    for (arg = arguments_all(); *arg; arg++)
        argument_register(*arg);
    if (arguments_want_list())
        types_register_all(true);
    q.qemu_add_machine_init_done_notifier(&done);
}
