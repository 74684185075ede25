/* SPDX-License-Identifier: MIT */
/*
 * Adds board files: those on the command line, and those that modinfo names
 * ("boards": { N: { "file": F } }).
 */
#ifndef CLI_BOARD_FILES_H
#define CLI_BOARD_FILES_H

#include "session/session.h"

/*
 * Add the board files that `info` names to the registry of `s`, if the module
 * is for its target. Each file passes the gates of a trusted file. It has to
 * lie below the directory of info->path, to be the board of that name, and to
 * be for a target of the module. The first fault is the error. May block on
 * the file system; one thread.
 */
int board_files_add(struct session *s, const struct modinfo *info,
                    enum registry_origin origin, struct ob_err *err);

/* Is the parsed file a board file? Otherwise it is taken for modinfo. */
bool board_file_is(const struct json_doc *doc);

/*
 * Add the board `name`, parsed as `doc`, to the session if one of its parts
 * asks for a process of its own: the bridge has to start the runner before
 * QEMU's main().
 */
void board_file_note_parts(struct session *s, const struct json_doc *doc,
                           const char *name);

#endif
