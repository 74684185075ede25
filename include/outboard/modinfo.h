/* SPDX-License-Identifier: MIT */
/*
 * This header writes the module's modinfo: `key=value` strings in the ELF
 * section `.modinfo`, as in Linux modules. A program can read them without
 * running any code of the module. `outboard modinfo acme.so` prints the JSON
 * file that belongs to them. If a module has both, they must agree.
 *
 * OB_MODULE() writes the keys name, version and license, OB_DEVICE() writes
 * objs and desc.TYPE, OB_DEVICE_CATEGORY() writes category.TYPE, and this
 * header writes abi. Write the others yourself:
 *
 *     OB_MODINFO("arch", "arm,aarch64");
 *     OB_MODINFO("deps", "acme-common");
 *     OB_MODINFO("needs.acme-uart", "ob.name/0");
 *
 * Optional keys: short, isolation, bus.TYPE, board.NAME.FIELD, and the lists
 * needs.TYPE, arch, deps, opts and boards. Separate the entries of a list with
 * commas, or repeat the key. docs/modinfo.md describes all keys.
 */
#ifndef OUTBOARD_MODINFO_H
#define OUTBOARD_MODINFO_H

#include <outboard/abi.h>

/* Helpers that paste tokens and turn a macro's value into a string. */
#define OB_MODINFO_CAT2_(a, b) a##b
#define OB_MODINFO_CAT_(a, b)  OB_MODINFO_CAT2_(a, b)
#define OB_MODINFO_STR2_(x)    #x
#define OB_MODINFO_STR_(x)     OB_MODINFO_STR2_(x)

/*
 * Write one entry of modinfo. Use it at file level.
 *   key    one of the keys above; a string literal
 *   value  text on one line; a string literal
 * [since 0.1] [src/modinfo reads it]
 */
#define OB_MODINFO(key, value)                                                \
    __attribute__((section(".modinfo"), used, aligned(1)))                    \
    static const char OB_MODINFO_CAT_(ob_modinfo_, __COUNTER__)[] =           \
        key "=" value

OB_MODINFO("abi",
           OB_MODINFO_STR_(OB_ABI_MAJOR) "." OB_MODINFO_STR_(OB_ABI_NEEDS));

#endif
