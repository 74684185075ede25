/* SPDX-License-Identifier: MIT */
/*
 * Finds out from the files whether the dynamic linker can link a module. It
 * loads and runs nothing. Each name that a module does not define must be in a
 * library that it needs, or that one of these needs. A name that only QEMU has
 * does not count: the dynamic linker would use it, and the module would not
 * work in another build of QEMU, nor in a process of its own.
 */
#ifndef LOADER_LINKING_H
#define LOADER_LINKING_H

#include "base/err.h"
#include "modinfo/elf_names.h"

struct linking;

/* Caches the libraries that it reads. linking_free(NULL) is fine. */
struct linking *linking_new(void);
void linking_free(struct linking *l);

/*
 * Look for all names and libraries that `s`, the file `path`, needs; `remote`:
 * in a process of its own, where libraries come from the system's directories
 * only. -ENOEXEC names a missing name, -ELIBACC a missing library. What cannot
 * be decided passes: the dynamic linker decides later.
 */
int linking_check(struct linking *l, const struct elf_names *s,
                  const char *path, bool remote, struct ob_err *err);

/*
 * Refuse a module that exports a name which this process has already, from a
 * library or its program: calls within the module would go there. -EEXIST
 * names both, and what to do.
 */
int linking_check_exports(const struct elf_names *s, const char *path,
                          struct ob_err *err);

/* The same refusal, for a name that `owner` (a file's name) has. */
int linking_clash(const char *path, const char *name, const char *owner,
                  struct ob_err *err);

#endif
