/* SPDX-License-Identifier: MIT */
/* Between the files of src/loader. */
#ifndef LOADER_PRIVATE_H
#define LOADER_PRIVATE_H

#include "loader/loader.h"

/* The index that the loader was made for. */
const struct registry *loader_index(const struct loader *l);

/* The libraries that it has read; lives with the loader. */
struct linking *loader_linking(const struct loader *l);

/* The directory of a module's JSON file, g_free(); NULL if it has none. */
char *loader_json_dir(const struct registry *ix,
                      const struct registry_module *m);

/*
 * The gates of a native QEMU module that come after owner, mode and ELF:
 * native_gate.c.
 */
int loader_gate_native(const struct loader *l, const struct registry_module *m,
                       const struct loader_gate *gate, struct ob_err *err);

/*
 * Is a native module asked to run outside QEMU's process, or is its licence one
 * that cannot be combined with QEMU's? --isolate=all does not apply to it,
 * because that option is about models.
 */
int loader_check_native_place(const struct registry *ix,
                              const struct registry_module *m,
                              struct ob_err *err);

/* May `m` have its dependencies? Native modules need native ones. */
int loader_check_deps(const struct loader *l, const struct registry_module *m,
                      bool native, struct ob_err *err);

/*
 * The QEMU binary that native modules have to fit, and its stamp if that is
 * known already; each may be NULL.
 */
const char *loader_qemu(const struct loader *l, const char **ret_stamp);

#endif
