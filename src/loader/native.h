/* SPDX-License-Identifier: MIT */
/*
 * Native QEMU modules: shared objects that call QEMU's functions themselves,
 * so they run only with the build that they were compiled for. QEMU marks both
 * sides with a stamp, `qemu_stamp_<sha1>`: a symbol in the module, a text in
 * the program. Any thread; may block on the file system.
 */
#ifndef LOADER_NATIVE_H
#define LOADER_NATIVE_H

#include "base/err.h"
#include "loader/loader.h"

/*
 * The stamp of the QEMU binary open at `fd`, called `name` in errors.
 * -ENODATA: it has none (built without modules); -EEXIST: several.
 */
int native_stamp_read(int fd, const char *name,
                      char ret_stamp[SECTION_STAMP_BYTES], struct ob_err *err);

/* The same for a binary of `len` bytes that is in memory. */
int native_stamp_in(const char *data, size_t len, const char *name,
                    char ret_stamp[SECTION_STAMP_BYTES], struct ob_err *err);

/*
 * Is the native module at `gate` for the QEMU binary `qemu` (a path)?
 * -ELIBSCN names both builds.
 */
int native_check(const struct loader_gate *gate, const char *qemu,
                 struct ob_err *err);

/* The same with the stamp of `qemu` known. */
int native_check_stamp(const struct loader_gate *gate, const char *qemu,
                       const char *stamp, struct ob_err *err);

#define NATIVE_DIR_ENV "QEMU_MODULE_DIR"

/*
 * Where the QEMU binary `qemu` (may be NULL) looks for modules: QEMU_MODULE_DIR
 * if it is absolute, and the directories that the binary names and that only
 * root or the user may write; its module directory is one of them. Reads the
 * whole file: some ms. NULL at the end, the caller's (g_strfreev).
 */
char **native_dirs(const char *qemu);

#endif
