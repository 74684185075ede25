/* SPDX-License-Identifier: MIT */
/*
 * This header declares the module: what a shared object shows to its host, and
 * how the module and the host agree on a version.
 *
 * A module exports one const symbol, `outboard_module`. It links nothing of
 * QEMU or Outboard: all services arrive in tables of functions. The same
 * binary runs inside QEMU, in a process of its own and on the test bench. A
 * model cannot tell which of them is its host.
 *
 * Rules for every struct of this ABI
 * - `size` comes first. It is sizeof in the build that filled the struct in.
 *   The host reads no member beyond `size`. So a later version can append
 *   members; it never moves a member and never uses one for something else.
 * - Members have fixed widths. Text is NUL-terminated UTF-8. Everything that a
 *   module puts into a descriptor is const and lives as long as the module.
 * - A member that is 0 or NULL means "not present", unless its comment says
 *   otherwise. Reserved members are 0.
 * - The host refuses a module with a flag bit that the host does not know.
 * - The side that allocates memory frees it. No errno, FILE *, longjmp or C++
 *   exception crosses between host and module.
 *
 * Form of the comments in these headers
 * A function's comment says what the function does, then lists the parameters
 * with units and ranges, then what it returns, then who owns pointers and how
 * long they live. The last line has these marks:
 *
 *   [machine lock held]  the host holds the lock under which the machine's
 *                        devices run. Only one such call runs at a time for
 *                        each machine. It may run on any thread of the host.
 *   [create]             as above, and before the machine first runs.
 *   [any thread]         no lock is needed.
 *   [test's thread]      the thread that made the test bench (bench.h).
 *   [no block]           the call does not wait for another thread, process
 *                        or device.
 *   [since 1.N]          the ABI version that introduced it.
 *   [src/ROOM]           the folder of the source that implements it, or that
 *                        calls it if the module implements it.
 *
 * A model never calls a service from a thread of its own. A function that a
 * model implements must not block, because the machine waits for it.
 */
#ifndef OUTBOARD_ABI_H
#define OUTBOARD_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifndef __cplusplus
#include <stdbool.h>
#endif

/* These two enclose declarations that C++ sees with C linkage. */
#ifdef __cplusplus
#define OB_C_BEGIN extern "C" {
#define OB_C_END   }
#else
#define OB_C_BEGIN
#define OB_C_END
#endif

/*
 * The version of this ABI. A host accepts a module if the major versions are
 * equal and the module's minor version is not above the host's. Versions 1.x
 * only append.
 */
#define OB_ABI_MAJOR 1
#define OB_ABI_MINOR 1

/*
 * The least minor version that the module needs; 0 by default. Define it
 * before the first #include, or with -DOB_ABI_NEEDS=1. The headers declare
 * nothing newer than this version, so a module cannot need more than it
 * states. An older host refuses the module. Use the same value in all files of
 * one module.
 */
#ifndef OB_ABI_NEEDS
#define OB_ABI_NEEDS 0
#endif
#if OB_ABI_NEEDS > OB_ABI_MINOR
#error "OB_ABI_NEEDS is above OB_ABI_MINOR; install newer headers"
#endif

OB_C_BEGIN

/*
 * A list in a descriptor. The stride lets the struct of the items grow without
 * a change for older modules. The module owns the items. [since 1.0]
 */
struct ob_array {
    const void *items;              /* the first item; NULL if count is 0 */
    uint32_t count;                 /* items; 0 to 4096 */
    uint32_t stride;                /* bytes from one item to the next */
};

/* Initializer of an ob_array from the C array `a`. */
#define OB_ARRAY(a) { (a), sizeof(a) / sizeof((a)[0]), sizeof((a)[0]) }

struct ob_device_type;              /* device.h */
struct ob_board_type;               /* board.h */

/*
 * The descriptor of a module. The module owns it and all that it points to.
 * [since 1.0] [src/loader]
 */
struct ob_module {
    uint32_t size;                  /* sizeof(struct ob_module) */
    uint16_t abi_major;             /* OB_ABI_MAJOR of the build */
    uint16_t abi_minor;             /* least minor that the module needs */
    uint32_t flags;                 /* none defined: 0 */
    uint32_t n_devices;             /* entries in `devices` */
    const char *name;               /* the file's base name, without ".so" */
    const char *version;            /* any text of the author's, or NULL */
    /*
     * An SPDX expression: "MIT", "GPL-2.0-or-later". If it cannot be combined
     * with the GPL, the host runs the module in a process of its own and never
     * opens it in QEMU's process.
     */
    const char *license;
    const char *desc;               /* one line, or NULL */
    const struct ob_device_type *const *devices;    /* n_devices pointers */
    const struct ob_board_type *const *boards;      /* n_boards pointers */
    uint32_t n_boards;              /* entries in `boards` */
    uint32_t reserved;              /* 0 */
};

/* The name of the only symbol that a module exports. */
#define OB_MODULE_SYMBOL "outboard_module"

/* Exports a symbol, even where the compiler hides symbols by default. */
#if defined(__GNUC__)
#define OB_EXPORT __attribute__((visibility("default")))
#else
#define OB_EXPORT
#endif

/*
 * Declares the exported symbol. Use it once in a module, followed by its
 * initializer:
 *
 *     OB_MODULE = { OB_MODULE_HEAD("acme", "1.0", "MIT"), ... };
 */
extern OB_EXPORT const struct ob_module outboard_module;
#define OB_MODULE OB_EXPORT const struct ob_module outboard_module

OB_C_END

#endif
