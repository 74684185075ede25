/* SPDX-License-Identifier: MIT */
/*
 * The rules for device types, which the JSON file and the section share.
 * Private to this room, and to the reader of sessions.
 */
#ifndef MODINFO_FIELDS_TYPE_H
#define MODINFO_FIELDS_TYPE_H

#include <stddef.h>

#include "base/arena.h"
#include "modinfo/modinfo.h"

#define FIELDS_NEEDS_MAX 16      /* extensions that one type needs */
#define FIELDS_WARNINGS_MAX 16   /* of one file */

/* What is wrong with the id of an extension, "ob.name/0"; or NULL. */
const char *fields_need_flaw(const char *id);

/* A list without entries, for what was left out. */
extern const char *const fields_no_names[1];

/* A type of which nothing is said. */
extern const struct modinfo_type fields_type_plain;

/* The keys that a type has, NULL at the end. */
extern const char *const fields_type_keys[];

/*
 * Warnings of one file, while it is being read. fields_warn_key() drops those
 * past FIELDS_WARNINGS_MAX, and says so once.
 */
struct fields_warnings {
    const char *lines[FIELDS_WARNINGS_MAX + 1];
    size_t n;
};

/*
 * A type has the unknown key `key`, at `place`: a newer Outboard may know it,
 * so the rest of the file is still read.
 */
void fields_warn_key(struct fields_warnings *warnings, struct arena *arena,
                     const char *place, const char *key, const char *type);

#endif
