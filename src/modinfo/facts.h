/* SPDX-License-Identifier: MIT */
/*
 * The rules that the JSON file, the section and the saved index share. Private
 * to this room.
 */
#ifndef MODINFO_FACTS_H
#define MODINFO_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "modinfo/modinfo.h"

#define FACTS_TEXT_MAX 256      /* bytes of a title or description */

/* The lists that a module may have, in the order they are written in. */
enum facts_list { FACTS_ARCH, FACTS_OBJS, FACTS_DEPS, FACTS_OPTS };
#define FACTS_LISTS 4

/* The key of each list, NULL at the end. */
extern const char *const facts_list_names[FACTS_LISTS + 1];

/* The list of that kind in `info`. */
const char *const *facts_list(const struct modinfo *info,
                              enum facts_list which);
void facts_list_set(struct modinfo *info, enum facts_list which,
                    const char *const *list, size_t n);

/* What is wrong with a name; NULL if nothing is. */
typedef const char *facts_flaw(const char *name);

/* The check for an entry of that list. */
facts_flaw *facts_list_flaw(enum facts_list which);

/* A module's short name, here and in "deps": one line of any text. */
const char *facts_short_flaw(const char *name);

/* What is wrong with `name` as a module's base name; NULL if nothing is. */
const char *facts_name_flaw(const char *name);

/* What is wrong with a title, description, version or licence; or NULL. */
const char *facts_text_flaw(const char *text);

/* The place of the first of `n` names that stands earlier already; or `n`. */
size_t facts_twice(const char *const *names, size_t n);

/* Fill in the limits that were left out (0) and say what is wrong; or NULL. */
const char *facts_board_settle(struct board_head *head);

/*
 * What is wrong with the path of a board file in modinfo: it stands below the
 * modinfo file's directory, and is called .json. NULL if nothing is.
 */
const char *facts_file_flaw(const char *file);
#define FACTS_FILE_TODO "name a .json file in the modinfo file's directory"

/* Does `head` say anything that its file says? Before facts_board_settle(). */
bool facts_board_says(const struct board_head *head);

/* What to write instead of a name that `flaw_of` finds wrong. */
const char *facts_todo(facts_flaw *flaw_of);

#endif
