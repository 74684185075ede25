/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files that read the strings of a .modinfo section. Private to
 * this room.
 *
 * The functions return 0, or -EINVAL with the reader's error set.
 */
#ifndef MODINFO_SECTION_READER_H
#define MODINFO_SECTION_READER_H

#include <glib.h>

#include "base/arena.h"
#include "modinfo/fields.h"
#include "modinfo/fields_type.h"

/* The list of boards' names comes behind the lists of fields.h. */
enum { LIST_BOARDS = FIELDS_LISTS, LISTS };

/* What a section says of one type, as text, to notice a second value. */
struct type_said {
    const char *bus, *category;
};

/* The arena goes to the modinfo_file. section_parse() frees the lists. */
struct section_reader {
    const char *place;          /* how errors and warnings begin */
    struct arena *arena;
    struct ob_err *err;
    struct modinfo *info;
    struct modinfo_type *types;
    struct type_said *types_said;
    struct board_head *boards;
    const char **said;          /* for each board, the text of each field */
    struct fields_warnings warnings;
    GPtrArray *lists[LISTS];
    GHashTable *places;         /* type or board -> its place + 1 */
};

/* Set the reader's error, behind the section's place. */
int section_fail(struct section_reader *rd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* `key` has two values that differ. */
int section_twice(struct section_reader *rd, const char *key,
                  const char *first, const char *second);

/* No key is called `key`. */
int section_unknown(struct section_reader *rd, const char *key);

/* Add the names of `value`, separated by commas, to `list`. */
int section_split(struct section_reader *rd, const char *key,
                  const char *value, fields_flaw *flaw_of, GPtrArray *list);

/*
 * Check `value`, a text, and store it. A header with OB_MODINFO repeats its
 * string in each source file, so only a different value is an error.
 */
int section_text(struct section_reader *rd, const char *key, const char *value,
                 const char **ret_text);

/* Where `name` stands in the list that rd->places shows, from 1; or 0. */
size_t section_place(const struct section_reader *rd, const char *name);

/*
 * Read the entry `key`=`value` if it is FIELD.TYPE; others are left to the
 * other passes. rd->places shows the types. section_types.c.
 */
int section_type(struct section_reader *rd, const char *key,
                 const char *value);

#endif
