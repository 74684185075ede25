/* SPDX-License-Identifier: MIT */
/*
 * Knows the names in directories. To look for the files of 1,000 installed
 * modules would need one access() for each module and directory. A list of
 * each directory needs a few calls. One thread.
 */
#ifndef CLI_DIR_NAMES_H
#define CLI_DIR_NAMES_H

#include <stdbool.h>

struct dir_names;

struct dir_names *dir_names_new(void);
/* NULL is fine. */
void dir_names_free(struct dir_names *names);

/*
 * May `dir` hold a file `file`? The directory is read once. False is certain;
 * true also for a directory that cannot be read, so the caller looks itself.
 */
bool dir_names_may_have(struct dir_names *names, const char *dir,
                        const char *file);

#endif
