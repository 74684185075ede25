/* SPDX-License-Identifier: MIT */
/*
 * Reads a program's file: which kind it is, and whether it exports a symbol.
 * The file may be anything; every offset in it is checked. Any thread.
 */
#ifndef CLI_ELF_FIND_H
#define CLI_ELF_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_view {
    const uint8_t *data;
    size_t len;
};

enum elf_kind {
    ELF_NOT,            /* no ELF file */
    ELF_FOREIGN,        /* another class, byte order or architecture */
    ELF_OURS,           /* what this program itself is */
};

enum elf_kind elf_kind(struct elf_view v);

/*
 * The architecture in words ("32-bit ARM", "64-bit machine 243"), written
 * into `buf`, which is returned.
 */
#define ELF_ARCH_BYTES 48
const char *elf_arch(struct elf_view v, char buf[ELF_ARCH_BYTES]);

/* Does the ELF_OURS file export `name` (through its GNU hash table)? */
bool elf_exports(struct elf_view v, const char *name);

/* The build-id in hexadecimal into `buf`, or "" if the file has none. */
#define ELF_BUILD_ID_BYTES 129
const char *elf_build_id(struct elf_view v, char buf[ELF_BUILD_ID_BYTES]);

#endif
