/* SPDX-License-Identifier: MIT */
/*
 * The module: what a shared object shows to its host, and how both agree on
 * a version.
 *
 * A module exports one const symbol, `outboard_module`, and links nothing:
 * neither QEMU nor Outboard. All it needs arrives in tables of functions.
 * The same binary runs inside QEMU, in a process of its own and on the test
 * bench, and cannot tell which.
 *
 * Rules that hold for every struct of this ABI
 * - `size` comes first: sizeof in the build that filled the struct in. A host
 *   reads no member past it, so members are appended, never moved or reused.
 * - Members are fixed-width; text is NUL-terminated UTF-8; what a module hands
 *   over in a descriptor is const and lives as long as the module.
 * - Members that are 0 or NULL mean "not there"; reserved members are 0.
 * - A flag bit that the host does not know makes it refuse the module.
 * - Whoever allocates frees. No errno, FILE *, longjmp or C++ exception
 *   crosses.
 *
 * Thread words, used for every function below
 *   [machine lock held]  the host holds the lock under which the machine's
 *                        devices run; one such call at a time per machine.
 *                        May be any thread. The call must not block.
 *   [create]             as above, and before the machine first runs.
 *   [any thread]         no lock needed.
 * A model never calls a service from a thread of its own.
 */
#ifndef OUTBOARD_ABI_H
#define OUTBOARD_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifndef __cplusplus
#include <stdbool.h>
#endif

#ifdef __cplusplus
#define OB_C_BEGIN extern "C" {
#define OB_C_END   }
#else
#define OB_C_BEGIN
#define OB_C_END
#endif

/*
 * Version of this ABI. A host takes a module of its own major whose minor is
 * not above the host's. 1.x only ever appends.
 */
#define OB_ABI_MAJOR 1
#define OB_ABI_MINOR 0

OB_C_BEGIN

/*
 * A list in a descriptor: `count` items that lie `stride` bytes apart. The
 * stride lets an item struct grow without breaking older modules.
 */
struct ob_array {
    const void *items;
    uint32_t count;
    uint32_t stride;
};

/* An ob_array of the C array `a`. */
#define OB_ARRAY(a) { (a), sizeof(a) / sizeof((a)[0]), sizeof((a)[0]) }

struct ob_device_type;
struct ob_board_type;

/*
 * What a module is. `license` is an SPDX expression; a module that is not
 * GPL-compatible is never opened in QEMU's process, but in one of its own.
 */
struct ob_module {
    uint32_t size;
    uint16_t abi_major;             /* OB_ABI_MAJOR of the build */
    uint16_t abi_minor;             /* least minor that the module needs */
    uint32_t flags;                 /* none defined: 0 */
    uint32_t n_devices;
    const char *name;               /* the file's base name, without ".so" */
    const char *version;            /* the author's, free text; may be NULL */
    const char *license;            /* "MIT", "GPL-2.0-or-later", ... */
    const char *desc;               /* one line; may be NULL */
    const struct ob_device_type *const *devices;    /* n_devices of them */
    const struct ob_board_type *const *boards;      /* n_boards of them */
    uint32_t n_boards;
    uint32_t reserved;
};

/* The one symbol that a module exports. */
#define OB_MODULE_SYMBOL "outboard_module"

#if defined(__GNUC__)
#define OB_EXPORT __attribute__((visibility("default")))
#else
#define OB_EXPORT
#endif

/*
 * Declares the exported symbol; used once in a module, followed by its
 * initializer:
 *
 *     OB_MODULE = { OB_MODULE_HEAD("acme", "1.0", "MIT"), ... };
 */
extern OB_EXPORT const struct ob_module outboard_module;
#define OB_MODULE OB_EXPORT const struct ob_module outboard_module

OB_C_END

#endif
