/* SPDX-License-Identifier: MIT */
/*
 * Where things are looked for. Never the current directory by itself. All
 * strings returned are the caller's (g_free / g_strfreev). Any thread, as
 * long as none changes the environment.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

/*
 * Does the program run with more rights than its user has (setuid, setgid,
 * file capabilities)? Then the environment is not believed.
 */
bool path_privileged(void);

/* The directory part of `path`, symbolic links resolved; NULL if it does not
 * exist. */
char *path_dir(const char *path);

/*
 * The directory that holds the tree this program or library is installed in:
 * from PREFIX/bin/outboard or PREFIX/lib/outboard/x.so, `levels` directories
 * above the one that holds `file` (1 for bin/, 2 for lib/outboard/). NULL if
 * `file` does not exist.
 */
char *path_prefix(const char *file, unsigned levels);

/* Are both the same file, however they are called? False if one is missing. */
bool path_same(const char *a, const char *b);

/* Is the existing file `path`, links resolved, somewhere below the existing
 * directory `dir`, links resolved? */
bool path_below(const char *path, const char *dir);

/* The path of this program's executable, resolved; NULL if unknown. */
char *path_self(void);

/*
 * Directories for modules, first looked in first, NULL-terminated: the entries
 * of OUTBOARD_PATH that are absolute, the user's data directory + "/modules",
 * `prefix`/lib/outboard/modules (`prefix` may be NULL). A privileged run
 * has only the last.
 */
char **path_module_dirs(const char *prefix);

/* The same for boards: OUTBOARD_PATH, user's + "/boards", and
 * `prefix`/share/outboard/boards. */
char **path_board_dirs(const char *prefix);

/* $XDG_DATA_HOME/outboard, or ~/.local/share/outboard; NULL if there is no
 * home, or if the run is privileged. */
char *path_user_dir(void);

#endif
