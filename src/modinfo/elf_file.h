/* SPDX-License-Identifier: MIT */
/*
 * Reads an ELF file, for the files of this room. The file is hostile: every
 * offset, size and count is checked against its size. The file is not mapped,
 * because it may shrink meanwhile. Beyond the first header, only files of this
 * program's own class, byte order and machine are read.
 */
#ifndef MODINFO_ELF_FILE_H
#define MODINFO_ELF_FILE_H

#include <elf.h>
#include <link.h>
#include <stdint.h>

#include "base/err.h"

/* Far above what any module has; keeps hostile sizes from eating memory. */
enum {
    TABLE_BYTES_MAX = 8 << 20,      /* section headers, their names */
    WHOLE_BYTES_MAX = 64 << 10, /* read at once */
    INFO_BYTES_MAX = 1 << 20,       /* .modinfo */
    SYMBOL_BYTES_MAX = 64 << 20,    /* .dynsym, .dynstr */
};

struct elf_file {
    int fd;
    const char *name;
    uint64_t size;
    struct ob_err *err;
    ElfW(Ehdr) head;
    ElfW(Shdr) *sections;
    uint32_t n_sections;
    char *whole;                /* all of a small one; or NULL */
    char *names;                /* .shstrtab, NUL added */
    uint64_t names_len;
};

/*
 * Start with `fd`, called `name` in errors: header and section headers are
 * read. The refusals of section_read(), except those about a module.
 * elf_close() frees what it holds, also after a failure; `fd` stays open.
 */
int elf_open(struct elf_file *f, int fd, const char *name, struct ob_err *err);
void elf_close(struct elf_file *f);

/* -EBADMSG, "the module is damaged": `what` has a `value` that cannot be. */
int elf_broken(struct elf_file *f, const char *what, uint64_t value);

/* `len` bytes at `offset` into new memory with a NUL behind; at most `max`. */
int elf_slurp(struct elf_file *f, uint64_t offset, uint64_t len, uint64_t max,
              const char *what, char **ret_text);

/* The section called `name`, or of `type` where `name` is NULL; or NULL. */
const ElfW(Shdr) *
    elf_section(const struct elf_file *f, const char *name, uint32_t type);

#endif
