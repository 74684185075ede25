/* SPDX-License-Identifier: MIT */
/* Board files that modinfo names: "boards": { NAME: { "file": ... } }. */
#ifndef CLI_BOARD_FILES_H
#define CLI_BOARD_FILES_H

#include "registry/registry.h"

/*
 * Add the board files that `info` names to the index, if the module is for
 * its target. Each is read through the gates of a trusted file; it has to lie
 * below the directory of info->path, to be the board of that name, and to be
 * for a target of the module's. Stops at the first that is wrong: what and
 * where is in `err`. May block on the file system; one thread.
 */
int board_files_add(struct registry *ix, const struct modinfo *info,
                    enum registry_origin origin, struct ob_err *err);

#endif
