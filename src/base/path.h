/* SPDX-License-Identifier: MIT */
/*
 * The directories that Outboard searches. The current directory is never one of
 * them by default. The caller frees all returned strings (g_free / g_strfreev).
 * Any thread, as long as no thread changes the environment.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

/*
 * Does the program run with more rights than its user has (setuid, setgid, file
 * capabilities)? Then Outboard ignores the environment.
 */
bool path_privileged(void);

/*
 * The directory part of `path` with symbolic links resolved; NULL if it does
 * not exist.
 */
char *path_dir(const char *path);

/*
 * The prefix that this program or library is installed in: from
 * PREFIX/bin/outboard or PREFIX/lib/outboard/x.so, `levels` directories above
 * the directory of `file` (1 for bin/, 2 for lib/outboard/). NULL if `file`
 * does not exist.
 */
char *path_prefix(const char *file, unsigned levels);

/* Are both paths the same file? False if one does not exist. */
bool path_same(const char *a, const char *b);

/*
 * Is the existing file `path` below the existing directory `dir`, both with
 * links resolved?
 */
bool path_below(const char *path, const char *dir);

/* The path of this program's executable, resolved; NULL if unknown. */
char *path_self(void);

/*
 * The directories for modules in search order, NULL-terminated: the absolute
 * entries of OUTBOARD_PATH, the user's data directory + "/modules",
 * `prefix`/lib/outboard/modules (`prefix` may be NULL). A privileged run has
 * only the last one.
 */
char **path_module_dirs(const char *prefix);

/*
 * The same for boards: OUTBOARD_PATH, the user's data directory + "/boards",
 * and `prefix`/share/outboard/boards.
 */
char **path_board_dirs(const char *prefix);

/*
 * $XDG_DATA_HOME/outboard, or ~/.local/share/outboard. NULL if there is no home
 * directory, or if the run is privileged.
 */
char *path_user_dir(void);

#endif
