/* SPDX-License-Identifier: MIT */
/*
 * Reads what the dynamic linker uses in a shared object: the libraries that it
 * needs, and its names. The file is hostile; none of its code runs. Any
 * thread.
 */
#ifndef MODINFO_ELF_NAMES_H
#define MODINFO_ELF_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct elf_file;
struct elf_names_table;       /* the names: elf_names.c */

struct elf_names {
    char **needed;          /* libraries, as it names them: any text; NULL at
                               the end */
    char **filters;         /* those that may be missing (DT_AUXILIARY) */
    char *rpath, *runpath;  /* where to look for them; or NULL */
    bool symbolic;          /* its names are its own: linked -Bsymbolic */
    struct elf_names_table *table;    /* NULL: it has no names */
};

/* Of a file that elf_open() took. elf_names_clear() frees what it holds. */
int elf_names_read(struct elf_file *f, struct elf_names *ret_names);

/* The same for the library at `path`, any shared object. */
int elf_names_read_file(const char *path, struct elf_names *ret_names,
                        struct ob_err *err);

/* Free what a filled or zeroed one holds. */
void elf_names_clear(struct elf_names *s);

/* How many entries the table of names has. */
uint64_t elf_names_count(const struct elf_names *s);

/*
 * The name of entry `n` if the object does not define it and cannot do
 * without (it is not weak); else NULL. *ret_version is the version wanted, or
 * NULL. Both live with `s`.
 */
const char *elf_names_wanted(const struct elf_names *s, uint64_t n,
                             const char **ret_version);

/*
 * The name of entry `n` if the object defines it for others; else NULL.
 * *ret_data: it is data, not a function.
 */
const char *elf_names_defined(const struct elf_names *s, uint64_t n,
                              bool *ret_data);

/*
 * The name of entry `n` if the object exports it, and may be given another
 * object's of that name by the dynamic linker; else NULL. The symbol of a
 * module, names that C++ joins on purpose, and those that each linker adds are
 * not among them.
 */
const char *elf_names_exposed(const struct elf_names *s, uint64_t n);

/* Does it define `name`, in `version` if that is given (or NULL)? */
bool elf_names_has(const struct elf_names *s, const char *name,
                   const char *version);

#endif
