/* SPDX-License-Identifier: MIT */
/*
 * Adds to the session where modules run, as the command line says.
 * loader_is_remote() uses these choices. One thread.
 */
#ifndef CLI_ISOLATION_H
#define CLI_ISOLATION_H

#include "session/session.h"

/* An item of -add_modinfo's list that begins so is not a file. */
#define ISOLATION_ITEM "isolation="

/*
 * `-add_modinfo FILE,isolation=VALUE`: VALUE, "process" or "in-process", is
 * for the modules of `file`. Refused if a module's licence forbids it.
 */
int isolation_of_file(struct session *s, const struct modinfo_file *file,
                      const char *value, struct ob_err *err);

/*
 * `--isolate=LIST` (NULL: not given): "all", or short names of modules that
 * the finished registry has.
 */
int isolation_by_name(struct session *s, const char *list, struct ob_err *err);

#endif
