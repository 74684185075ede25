/* SPDX-License-Identifier: MIT */
/*
 * The rules that the JSON file and the section share. Private to this room.
 */
#ifndef MODINFO_FIELDS_H
#define MODINFO_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "modinfo/modinfo.h"

#define FIELDS_TEXT_MAX 256      /* bytes of a title or description */

/* The lists that a module may have, in the order they are written in. */
enum fields_list { FIELDS_ARCH, FIELDS_OBJS, FIELDS_DEPS, FIELDS_OPTS };
#define FIELDS_LISTS 4

/* The key of each list, NULL at the end. */
extern const char *const fields_list_names[FIELDS_LISTS + 1];

/* The list of that kind in `info`. */
const char *const *fields_list(const struct modinfo *info,
                               enum fields_list which);
void fields_list_set(struct modinfo *info, enum fields_list which,
                     const char *const *list, size_t n);

/* What is wrong with a name; NULL if nothing is. */
typedef const char *fields_flaw(const char *name);

/* The check for an entry of that list. */
fields_flaw *fields_list_flaw(enum fields_list which);

/* A module's short name, here and in "deps": one line of any text. */
const char *fields_short_flaw(const char *name);

/* What is wrong with `name` as a module's base name; NULL if nothing is. */
const char *fields_name_flaw(const char *name);

/* What is wrong with a title, description, version or licence; or NULL. */
const char *fields_text_flaw(const char *text);

/* The place of the first of `n` names that stands earlier already; or `n`. */
size_t fields_twice(const char *const *names, size_t n);

/* Fill in the limits that were left out (0) and say what is wrong; or NULL. */
const char *fields_board_settle(struct board_head *head);

/*
 * What is wrong with the path of a board file in modinfo: it stands below the
 * modinfo file's directory, and is called .json. NULL if nothing is.
 */
const char *fields_file_flaw(const char *file);
#define FIELDS_FILE_TODO "name a .json file in the modinfo file's directory"

/* Does `head` say anything that its file says? Before fields_board_settle(). */
bool fields_board_says(const struct board_head *head);

/* What to write instead of a name that `flaw_of` finds wrong. */
const char *fields_todo(fields_flaw *flaw_of);

#endif
