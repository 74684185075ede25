/* SPDX-License-Identifier: MIT */
/*
 * Reads a module's ELF file without running it. The file is hostile: every
 * offset, size and count in it is checked against the file's size.
 */
#ifndef MODINFO_SECTION_H
#define MODINFO_SECTION_H

#include <stdbool.h>

#include "base/err.h"
#include "modinfo/modinfo.h"
#include "modinfo/elf_names.h"

#define SECTION_STAMP_BYTES 96

struct section {
    struct modinfo_file *info;  /* one module; NULL if no .modinfo section */
    bool entry;                 /* exports OB_MODULE_SYMBOL_NAME as data */
    bool stamped;               /* a native QEMU module */
    char stamp[SECTION_STAMP_BYTES];    /* "qemu_stamp_<sha1>", or "" */
    struct elf_names names;     /* what the dynamic linker goes by */
};

/*
 * Read `fd`, called `name` in errors. Refused, each with a text and code of
 * its own:
 *   -ENOEXEC       not ELF at all (a text file, an empty one, a script)
 *   -EBADMSG       ELF, but cut short or inconsistent
 *   -ELIBBAD       for another architecture than this program; names both
 *   -ELIBEXEC      a program or an object file, not a shared object
 *   -EPERM         looks for libraries in the current directory
 *   -ENODATA       neither a .modinfo section nor QEMU's stamp
 *   -EINVAL        a .modinfo section with wrong entries
 * On success *ret_section is filled; section_clear() frees what it holds.
 */
int section_read(int fd, const char *name, struct section *ret_section,
                 struct ob_err *err);

/*
 * Is `fd` a shared object for this machine that has no .modinfo section? Then
 * it is not a module of ours, but may be a native QEMU module. A quick look:
 * section_read() checks the rest.
 */
bool section_is_missing(int fd);

/* Free what a filled or zeroed `section` holds. */
void section_clear(struct section *section);

/*
 * Make a module's facts from `len` bytes of "key=value\0" strings, as the
 * section holds them. For section_read() and tests.
 */
int section_parse(const char *data, size_t len, const char *name,
                  struct modinfo_file **ret_file, struct ob_err *err);

#endif
