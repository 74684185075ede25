/* SPDX-License-Identifier: MIT */
/*
 * This header is the whole SDK for the author of a model, or of a board in C.
 * Include it alone; it includes the other headers:
 *
 *     abi.h      the module, the rules for all structs, the marks
 *     board.h    boards in C
 *     device.h   the device type
 *     host.h     the services that a model calls
 *     modinfo.h  what the module states without running
 *     regs.h     registers
 *
 *     cc -shared -fPIC acme.c -o acme.so $(pkg-config --cflags outboard)
 *
 * A unit test of a model includes <outboard/bench.h> instead.
 */
#ifndef OUTBOARD_OUTBOARD_H
#define OUTBOARD_OUTBOARD_H

#include <outboard/abi.h>
#include <outboard/board.h>
#include <outboard/device.h>
#include <outboard/host.h>
#include <outboard/modinfo.h>
#include <outboard/regs.h>

/*
 * The first members of the module's descriptor.
 *   module_name     as in OB_MODINFO("name", ...)
 *   module_version  any text of the author's
 *   spdx            the licence, as in OB_MODINFO("license", ...)
 * Add OB_DEVICES(list), OB_BOARDS(list) or both after it. [since 1.0]
 */
#define OB_MODULE_HEAD(module_name, module_version, spdx)                     \
    .size = sizeof(struct ob_module), .abi_major = OB_ABI_MAJOR,              \
    .abi_minor = OB_ABI_NEEDS, .name = (module_name),                         \
    .version = (module_version), .license = (spdx)

/* The module's device types: a C array of pointers to them. [since 1.0] */
#define OB_DEVICES(list)                                                      \
    .devices = (list), .n_devices = sizeof(list) / sizeof((list)[0])
/* The module's boards in C: a C array of pointers to them. [since 1.0] */
#define OB_BOARDS(list)                                                       \
    .boards = (list), .n_boards = sizeof(list) / sizeof((list)[0])

#endif
