/* SPDX-License-Identifier: MIT */
/*
 * What a module says of itself without being run: `key=value` strings in an
 * ELF section `.modinfo`, as Linux modules have. `outboard modinfo acme.so`
 * writes the JSON file from them; where both exist they must agree.
 *
 *     OB_MODINFO("name", "acme");
 *     OB_MODINFO("license", "MIT");
 *     OB_MODINFO("objs", "acme-uart,acme-timer");
 *
 * Keys: name (required), license (required), short, version, arch, objs, deps,
 * opts, boards (lists: separated by commas; a key may also be repeated),
 * desc.TYPE, board.NAME.FIELD (docs/modinfo.md). The entry `abi` is written by
 * this header.
 */
#ifndef OUTBOARD_MODINFO_H
#define OUTBOARD_MODINFO_H

#include <outboard/abi.h>

#define OB_MODINFO_CAT2_(a, b) a##b
#define OB_MODINFO_CAT_(a, b)  OB_MODINFO_CAT2_(a, b)
#define OB_MODINFO_STR2_(x)    #x
#define OB_MODINFO_STR_(x)     OB_MODINFO_STR2_(x)

#define OB_MODINFO(key, value)                                                \
    __attribute__((section(".modinfo"), used, aligned(1)))                    \
    static const char OB_MODINFO_CAT_(ob_modinfo_, __COUNTER__)[] =           \
        key "=" value

OB_MODINFO("abi",
           OB_MODINFO_STR_(OB_ABI_MAJOR) "." OB_MODINFO_STR_(OB_ABI_MINOR));

#endif
