/* SPDX-License-Identifier: MIT */
/*
 * A native machine. It makes its device with qdev_new(): QEMU loads the module
 * that has the type at that moment. What -custom said is in the log.
 */
#include "native.h"

#include <string.h>

STAMPED

struct MachineState;

/* Where MachineClass has these, from 7.2 to 11.1. */
enum { CLASS_DESC = 120, CLASS_INIT = 136 };

extern struct Error *error_fatal;

struct DeviceState *qdev_new(const char *type);
bool qdev_realize_and_unref(struct DeviceState *dev, void *bus,
                            struct Error **errp);
void *object_property_add_child(void *parent, const char *name, void *child);
void *qemu_find_opts_err(const char *group, struct Error **errp);
void *qemu_opts_find(void *list, const char *id);
const char *qemu_opt_get(void *opts, const char *name);
const char *target_machine_typename(void) __attribute__((weak));

static void option_log(const char *key)
{
    void *list = qemu_find_opts_err("custom", NULL);
    void *opts = list ? qemu_opts_find(list, NULL) : NULL;
    const char *value = opts ? qemu_opt_get(opts, key) : NULL;
    char line[100];

    snprintf(line, sizeof(line), "%s=%s", key, value ? value : "");
    native_log(line);
}

static void machine_init(struct MachineState *machine)
{
    struct DeviceState *dev;

    native_log("machine starts");
    option_log("level");
    dev = qdev_new("first-counter");
    object_property_add_child(machine, "counter", dev);
    qdev_realize_and_unref(dev, NULL, &error_fatal);
}

static void class_init(struct ObjectClass *oc, void *data)
{
    static const char desc[] = "a native machine";
    const char *text = desc;
    void (*init)(struct MachineState *) = machine_init;

    (void)data;
    memcpy((char *)oc + CLASS_DESC, &text, sizeof(text));
    memcpy((char *)oc + CLASS_INIT, &init, sizeof(init));
}

static void types(void)
{
    static struct interface_info interfaces[2];
    struct type_info info = {
        .name = "custom-arm-machine", .parent = "machine",
        .class_init = class_init, .interfaces = interfaces,
    };

    /* From 11 on each target lists machines with an interface of its own. */
    if (target_machine_typename &&
        strcmp(target_machine_typename(), "machine") != 0)
        interfaces[0].type = target_machine_typename();
    type_register_static(&info);
    native_log("machine");
}

TYPE_INIT(types)
