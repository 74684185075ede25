/* SPDX-License-Identifier: MIT */
/*
 * This header is the whole SDK for the author of a model, or of a board in C.
 * Include it alone; it includes the other headers:
 *
 *     abi.h      the module, the rules for all structs, the marks
 *     bits.h     fields, bytes and ticks: small functions
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
#include <outboard/bits.h>
#include <outboard/board.h>
#include <outboard/device.h>
#include <outboard/host.h>
#include <outboard/modinfo.h>
#include <outboard/regs.h>

#ifndef __cplusplus

/*
 * Define the module's descriptor and state it in the module's modinfo. Use it
 * at file level, once in a module:
 *
 *     OB_MODULE("sensors", "1.0", "MIT", &tmp105_type, &at24c_type);
 *
 *   label     the module's name: the file's base name, without ".so"
 *   revision  any text of the author's
 *   spdx      the licence, an SPDX expression
 *   ...       pointers to the module's device types
 * The first three are string literals. [since 0.1]
 */
#define OB_MODULE(label, revision, spdx, ...)                                 \
    OB_MODULE_WITH(label, revision, spdx,                                     \
                   .devices = OB_ARRAY(                                       \
                       ((const struct ob_device_type *const[]){               \
                           __VA_ARGS__ })))

/*
 * The same for a module with other members, such as boards:
 *
 *     OB_MODULE_WITH("acme", "1.0", "MIT", .devices = OB_ARRAY(devices),
 *                    .boards = OB_ARRAY(boards));
 *
 * [since 0.1]
 */
#define OB_MODULE_WITH(label, revision, spdx, ...)                            \
    OB_MODINFO("name", label);                                                \
    OB_MODINFO("version", revision);                                          \
    OB_MODINFO("license", spdx);                                              \
    OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {                     \
        OB_MODULE_HEAD(label, revision, spdx), __VA_ARGS__                    \
    }

/*
 * The first members of a descriptor, for a module that only lives in a test:
 *
 *     static const struct ob_module fakes = {
 *         OB_MODULE_HEAD("fakes", "1.0", "MIT"), .devices = OB_ARRAY(list),
 *     };
 *
 * [since 0.1]
 */
#define OB_MODULE_HEAD(label, revision, spdx)                                 \
    .size = sizeof(struct ob_module), .abi_major = OB_ABI_MAJOR,              \
    .abi_minor = OB_ABI_NEEDS, .name = (label), .version = (revision),        \
    .license = (spdx)

#endif

#endif
