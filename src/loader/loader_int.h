/* SPDX-License-Identifier: MIT */
/*
 * The struct of a loader, and the functions that the files of this room share.
 */
#ifndef LOADER_LOADER_INT_H
#define LOADER_LOADER_INT_H

#include <glib.h>

#include "loader/loader.h"

struct loader {
    const struct session *session;
    char *qemu;                 /* for native modules; may be NULL */
    const char *stamp;          /* its stamp; NULL: not known yet */
    struct linking *link;       /* the libraries that it has read */
    GHashTable *opened;         /* struct registry_module * -> its own */
};

/* The directory of a module's JSON file, g_free(); NULL: there is no file. */
char *loader_json_dir(const struct session *s,
                      const struct registry_module *m);

/* May `m` have its dependencies? A native module needs native ones. */
int loader_check_deps(const struct loader *l, const struct registry_module *m,
                      bool native, struct ob_err *err);

/* The gates of a native QEMU module that come after owner, mode and ELF. */
int loader_gate_native(const struct loader *l, const struct registry_module *m,
                       const struct loader_gate *gate, struct ob_err *err);

/* Does the native module at `gate` fit the QEMU that `l` knows? */
int loader_check_fit(const struct loader *l, const struct loader_gate *gate,
                     struct ob_err *err);

/*
 * Refuse a native module if the user or its modinfo wants it outside QEMU's
 * process, or if its licence cannot be combined with QEMU's. --isolate=all does
 * not apply: that option is about models.
 */
int loader_check_native_place(const struct session *s,
                              const struct registry_module *m,
                              struct ob_err *err);

#endif
