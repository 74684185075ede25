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
 *   The other side reads no member beyond `size`. Structs in lists have no
 *   `size`: the list's `stride` says it. So a later version can append
 *   members. It never moves a member and never uses one for something else.
 * - Members have fixed widths. Text is NUL-terminated UTF-8. Everything that a
 *   module puts into a descriptor is const and lives as long as the module.
 * - A member that is 0 or NULL means "not present", unless its comment says
 *   otherwise. Reserved members are 0.
 * - `flags` have to be understood: the host refuses a module with a flag that
 *   the host does not know. `hints` may be ignored: the model behaves the same
 *   without them.
 * - A truth value is a uint32_t, 0 or 1.
 * - The side that allocates memory frees it. No errno, FILE *, longjmp, C++
 *   exception or panic crosses between host and module.
 *
 * Form of the comments in these headers
 * A function's comment says what the function does. Then it lists the
 * parameters with units and ranges, then what the function returns, then who
 * owns pointers and how long they live. The last lines have these marks:
 *
 *   [machine lock held]  the host holds the lock under which the machine's
 *                        devices run. Only one such call runs at a time for
 *                        each machine. It may run on any thread of the host.
 *   [create]             as above, and before the machine first runs.
 *   [any thread]         no lock is needed.
 *   [test's thread]      the thread that made the test bench (bench.h).
 *   [no block]           the call does not wait for another thread, process
 *                        or device.
 *   [must not block]     the model implements the function, and the machine
 *                        waits for it.
 *   [since 0.N]          the ABI version that introduced it.
 *   [src/ROOM]           the folder of the source that implements it, or that
 *                        calls it if the module implements it.
 *
 * A model never calls a service from a thread of its own.
 */
#ifndef OUTBOARD_ABI_H
#define OUTBOARD_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifndef __cplusplus
#include <stdbool.h>                /* for authors; no struct here uses it */
#endif

/*
 * Descriptors hold 64-bit pointers, and a guest's bytes are little-endian in
 * many places. No other host was ever tried.
 */
#if UINTPTR_MAX != UINT64_MAX ||                                              \
    (defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
#error "Outboard needs a 64-bit little-endian host"
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
 * The version of this ABI. While the major is 0, each minor may break the ABI,
 * so a host accepts only modules of its own minor. From 1.0 on, versions only
 * append, and a host accepts modules of the same major whose minor is not
 * above the host's.
 */
#define OB_ABI_MAJOR 0
#define OB_ABI_MINOR 1

/*
 * The least minor version that the module needs. The headers declare
 * everything at all times. A module that uses newer services only after
 * OB_HAS() has found them can state an older minor: define OB_ABI_NEEDS before
 * the first #include, or with -DOB_ABI_NEEDS=N, in all files of the module.
 */
#ifndef OB_ABI_NEEDS
#define OB_ABI_NEEDS OB_ABI_MINOR
#endif
#if OB_ABI_NEEDS > OB_ABI_MINOR
#error "OB_ABI_NEEDS is above OB_ABI_MINOR; install newer headers"
#endif

/*
 * Results. 0 is success, and an error is negative. The numbers are fixed, and
 * are not those of errno.
 */
#define OB_OK              0
#define OB_E_INVALID       (-1)     /* refused: an argument or a state */
#define OB_E_FAULT         (-2)     /* no memory or part answers there */
#define OB_E_EXISTS        (-3)     /* the name or the place is taken */
#define OB_E_NOT_FOUND     (-4)     /* nothing has that name */
#define OB_E_NOT_SUPPORTED (-5)     /* this host does not have it */
#define OB_E_ENDED         (-6)     /* the model's own process has ended */

OB_C_BEGIN

/*
 * A list in a descriptor. The stride lets the struct of the items grow without
 * a change for older modules. The module owns the items. [since 0.1]
 */
struct ob_array {
    const void *items;              /* the first item; NULL if count is 0 */
    uint32_t count;                 /* items; 0 to 4096 */
    uint32_t stride;                /* bytes from one item to the next */
};

/* Initialiser of an ob_array from the C array `a`. [since 0.1] */
#define OB_ARRAY(a) { (a), sizeof(a) / sizeof((a)[0]), sizeof((a)[0]) }

/* Flag: a host without the extension refuses the type. Otherwise a wish. */
#define OB_EXT_NEEDED 1u

/*
 * An extension that a type has: a kind of part that is not on the system bus,
 * or another thing that ob_device_type cannot say. The header in ext/ declares
 * its struct: plain values, and functions that the host calls.
 *
 * A host that does not know an extension refuses a type that needs it, by name.
 * It ignores one that is only a wish. ob_extension() says in create() whether
 * the host has taken it. A type may wish for several versions of one; the host
 * takes each that it knows. [since 0.1] [src/device]
 */
struct ob_extension {
    const char *id;                 /* "ob.i2c-target/0" */
    uint32_t flags;                 /* OB_EXT_NEEDED, or 0 */
    uint32_t reserved;              /* 0 */
    const void *data;               /* the extension's struct; `size` first */
};

/*
 * An extension, complete with braces.
 *   id         the extension's name: OB_I2C_TARGET
 *   variable   the extension's struct
 *   ext_flags  OB_EXT_NEEDED or 0
 * [since 0.1]
 */
#define OB_EXT(id, variable, ext_flags) { (id), (ext_flags), 0, &(variable) }

/*
 * The descriptor of a module. The module owns it and all that it points to.
 * [since 0.1] [src/loader]
 */
struct ob_module {
    uint32_t size;                  /* sizeof(struct ob_module) */
    uint16_t abi_major;             /* OB_ABI_MAJOR of the build */
    uint16_t abi_minor;             /* least minor that the module needs */
    uint32_t flags;                 /* none defined: 0 */
    uint32_t hints;                 /* none defined: 0 */
    const char *name;               /* the file's base name, without ".so" */
    const char *version;            /* any text of the author's, or NULL */
    /*
     * An SPDX expression: "MIT", "GPL-2.0-or-later". It covers all that the
     * module links statically, for example the runtime of a language. If it
     * cannot be combined with the GPL, the host runs the module in a process
     * of its own and never opens it in QEMU's process.
     */
    const char *license;
    const char *desc;               /* one line, or NULL */
    struct ob_array devices;        /* of const struct ob_device_type * */
    struct ob_array boards;         /* of const struct ob_board_type * */
};

/*
 * The name of the only symbol that a module exports. A test that links two
 * modules into one bench gives each a symbol of its own:
 * -DOB_MODULE_SYMBOL=acme_module. Hosts that load a file look for the default
 * name. [since 0.1]
 */
#ifndef OB_MODULE_SYMBOL
#define OB_MODULE_SYMBOL outboard_module
#endif

/* The name that hosts look for in a file. */
#define OB_MODULE_SYMBOL_NAME "outboard_module"

/*
 * Exports a symbol, even where the compiler hides symbols by default; and the
 * opposite, for what the macros of the SDK define. The second is not for
 * authors.
 */
#if defined(__GNUC__)
#define OB_EXPORT  __attribute__((visibility("default")))
#define OB_HIDDEN_ __attribute__((visibility("hidden")))
#else
#define OB_EXPORT
#define OB_HIDDEN_
#endif

/* The symbol itself. */
extern OB_EXPORT const struct ob_module OB_MODULE_SYMBOL;

OB_C_END

#endif
