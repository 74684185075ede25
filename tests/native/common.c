/* SPDX-License-Identifier: MIT */
/*
 * A native module that another one depends on, and takes a function from. Its
 * type is a PCI device, which a running machine can be given.
 */
#include "native.h"

STAMPED

int native_common_step(void);
int native_common_step(void)
{
    return 3;
}

static void types(void)
{
    static const struct interface_info interfaces[] = {
        { "conventional-pci-device" }, { NULL },
    };
    static const struct type_info info = {
        .name = "common-thing", .parent = "pci-device",
        .interfaces = interfaces,
    };

    type_register_static(&info);
    native_log("common");
}

TYPE_INIT(types)
