/* SPDX-License-Identifier: MIT */
/* A native device, whose module needs common.c to be loaded before it. */
#include "native.h"

STAMPED

int native_common_step(void);
void *object_class_property_add_bool(struct ObjectClass *oc, const char *name,
                                     bool (*get)(struct Object *,
                                                 struct Error **),
                                     void (*set)(struct Object *, bool,
                                                 struct Error **));

static bool three_get(struct Object *obj, struct Error **errp)
{
    (void)obj;
    (void)errp;
    return native_common_step() == 3;
}

static void class_init(struct ObjectClass *oc, void *data)
{
    (void)data;
    object_class_property_add_bool(oc, "step-is-three", three_get, NULL);
}

static void types(void)
{
    static const struct type_info info = {
        .name = "first-counter", .parent = "device", .class_init = class_init,
    };

    type_register_static(&info);
    native_log("first");
}

TYPE_INIT(types)
