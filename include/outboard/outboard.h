/* SPDX-License-Identifier: MIT */
/*
 * Outboard SDK: all that the author of a model or of a board in C sees.
 *
 *     cc -shared -fPIC acme.c -o acme.so $(pkg-config --cflags outboard)
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
 * The head of the module's descriptor: name, the author's version, SPDX
 * licence. Followed by `.devices` and `.n_devices`, or OB_DEVICES(list).
 */
#define OB_MODULE_HEAD(module_name, module_version, spdx)                     \
    .size = sizeof(struct ob_module), .abi_major = OB_ABI_MAJOR,              \
    .abi_minor = OB_ABI_NEEDS, .name = (module_name),                         \
    .version = (module_version), .license = (spdx)

#define OB_DEVICES(list)                                                      \
    .devices = (list), .n_devices = sizeof(list) / sizeof((list)[0])
#define OB_BOARDS(list)                                                       \
    .boards = (list), .n_boards = sizeof(list) / sizeof((list)[0])

#endif
