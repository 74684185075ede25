/* SPDX-License-Identifier: MIT */
/*
 * Opening and reading files that may be hostile. A file is opened once; what
 * is checked is that descriptor, and what is read is that descriptor.
 * All calls: any thread; may block on the file system, never on a FIFO.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* What file_open() asks of a file beyond being regular and readable. */
enum file_gate {
    FILE_ANY,       /* nothing more */
    FILE_TRUSTED,   /* owned by root or the user; others cannot write it, nor
                       swap it in its directory */
};

/*
 * Open the regular file `path` for reading (O_CLOEXEC). Symbolic links are
 * resolved first; the gate looks at the file they lead to and at the
 * directory that holds it. On success *ret_fd is the caller's to close.
 * Errors name `path` and, for FILE_TRUSTED, the command that fixes it.
 */
int file_open(const char *path, enum file_gate gate, int *ret_fd,
              struct ob_err *err);

/*
 * The check of file_open(FILE_TRUSTED) on an open descriptor: regular, owner
 * root or the user, not writable by group or others. The directory is not
 * looked at. `name` is what errors call the file.
 */
int file_check_trusted(int fd, const char *name, struct ob_err *err);

/*
 * Read the whole of `fd` (a regular file) from its start. More than `limit`
 * bytes are refused before anything is read. *ret_data is malloc()ed, with a
 * NUL after its *ret_len bytes; the caller frees it.
 */
int file_read_fd(int fd, const char *name, size_t limit, char **ret_data,
                 size_t *ret_len, struct ob_err *err);

/* file_open() and file_read_fd() in one. */
int file_read(const char *path, enum file_gate gate, size_t limit,
              char **ret_data, size_t *ret_len, struct ob_err *err);

#endif
