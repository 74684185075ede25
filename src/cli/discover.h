/* SPDX-License-Identifier: MIT */
/*
 * Making the index (registry/registry.h) of what is installed and of what the
 * user announces. Nothing of a module is run for it.
 */
#ifndef CLI_DISCOVER_H
#define CLI_DISCOVER_H

#include "cli/args.h"
#include "cli/cli.h"
#include "registry/registry.h"

/* Note of the index: the path of a native QEMU module to load at once. */
#define DISCOVER_NOTE_NATIVE "native"
/* Note of the index: "NAME VALUE" of an external option group. */
#define DISCOVER_NOTE_OPTION "option"
/* Note of the index: "1" on a verbose run. */
#define DISCOVER_NOTE_VERBOSE "verbose"

/*
 * The index for target `arch` (NULL: every one) of what is installed and of
 * `items` (struct args_item; may be NULL), finished. What is wrong with an
 * installed file is a warning; what is wrong with a named one is an error.
 * `qemu` (may be NULL) is the binary that native modules have to fit. *ret is
 * the caller's (registry_free).
 */
int discover_index(const struct cli *cli, const char *arch, const char *qemu,
                   const GPtrArray *items, struct registry **ret,
                   struct ob_err *err);

/* Is there nothing in `ix` for which QEMU would need the bridge? */
bool discover_is_empty(const struct registry *ix);

/*
 * Note in `ix` if a part of the board `name`, parsed as `doc`, is to run in a
 * process of its own: QEMU has to be prepared for that before it starts.
 */
void discover_note_parts(struct registry *ix, const struct json_doc *doc,
                         const char *name);

/* Is the parsed file a board (else it is taken for modinfo)? */
bool discover_is_board(const struct json_doc *doc);

#endif
