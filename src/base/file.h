/* SPDX-License-Identifier: MIT */
/*
 * Opens and reads files that may be hostile. A file is opened once. Checks and
 * reads use that descriptor. All calls: any thread; may block on the file
 * system, never on a FIFO.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* What file_open() requires, in addition to a regular and readable file. */
enum file_gate {
    FILE_ANY,       /* nothing more */
    FILE_TRUSTED,   /* owned by root or the user; others cannot write it, nor
                       swap it in its directory */
};

/*
 * Open the regular file `path` for reading (O_CLOEXEC). Symbolic links are
 * resolved first. The gate checks the file that they lead to and the directory
 * of that file. On success the caller closes *ret_fd. Errors name `path` and,
 * for FILE_TRUSTED, the command that fixes the problem.
 */
int file_open(const char *path, enum file_gate gate, int *ret_fd,
              struct ob_err *err);

/*
 * Do the check of file_open(FILE_TRUSTED) on an open descriptor: regular, owned
 * by root or the user, not writable by group or others. This does not check the
 * directory. `name` is the file's name in errors.
 */
int file_check_trusted(int fd, const char *name, struct ob_err *err);

/*
 * Read all of `fd` (a regular file) from its start. A file of more than `limit`
 * bytes is refused before it is read. *ret_data is allocated with malloc() and
 * has a NUL after its *ret_len bytes; the caller frees it.
 */
int file_read_fd(int fd, const char *name, size_t limit, char **ret_data,
                 size_t *ret_len, struct ob_err *err);

/* file_open() and file_read_fd() in one. */
int file_read(const char *path, enum file_gate gate, size_t limit,
              char **ret_data, size_t *ret_len, struct ob_err *err);

#endif
