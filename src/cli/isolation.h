/* SPDX-License-Identifier: MIT */
/*
 * What the command line says of where modules run, as notes of the index
 * (loader/loader.h), by which loader_is_remote() decides. One thread.
 */
#ifndef CLI_ISOLATION_H
#define CLI_ISOLATION_H

#include "registry/registry.h"

/* How an item of -add_modinfo's list begins that is no file. */
#define ISOLATION_ITEM "isolation="

/*
 * `-add_modinfo FILE,isolation=VALUE`: what VALUE, "process" or "in-process",
 * says of the modules of `file`. Refused for one whose licence forbids it.
 */
int isolation_of_file(struct registry *ix, const struct modinfo_file *file,
                      const char *value, struct ob_err *err);

/*
 * `--isolate=LIST` (NULL: not given): "all" or short names of modules, which
 * have to be in the finished index.
 */
int isolation_by_name(struct registry *ix, const char *list,
                      struct ob_err *err);

#endif
