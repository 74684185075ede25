/* SPDX-License-Identifier: MIT */
/*
 * Every name that the bridge asks for, as a weak function that returns 0: what
 * fake_qemu.c does not define itself.
 */
#define Q(kind, ret, name, args) \
    __attribute__((weak)) void *name(void); void *name(void) { return 0; }
#define QA(kind, ret, name, alt, args) Q(kind, ret, name, args)
#define QD(kind, name) \
    __attribute__((weak, visibility("default"))) char name[256];

#pragma GCC visibility push(default)
#include "bridge/qemu/symbols.def"
#pragma GCC visibility pop
