/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files that read the JSON file. Private to this room.
 *
 * The functions return 0, or -1 with the reader's error set.
 */
#ifndef MODINFO_JSON_READER_H
#define MODINFO_JSON_READER_H

#include "base/arena.h"
#include "base/json.h"
#include "modinfo/fields.h"
#include "modinfo/fields_type.h"

/* One file that is being read. */
struct modinfo_reader {
    struct arena *arena;
    struct ob_err *err;
    struct fields_warnings warnings;
};

/* The text of `node`: one line, bounded. */
int reader_line(struct modinfo_reader *rd, const struct json *node,
                const char **ret_text);

/*
 * The text at `key` of `obj`: one line, bounded. An absent key leaves *ret_text
 * alone: the caller sets the default.
 */
int reader_text(struct modinfo_reader *rd, const struct json *obj,
                const char *key, const char **ret_text);

/*
 * The list of names at `key` of `obj`: no name has a flaw, or is there twice.
 * A list that is absent or null is empty.
 */
int reader_names(struct modinfo_reader *rd, const struct json *obj,
                 const char *key, fields_flaw *flaw_of,
                 const char *const **ret_names, size_t *ret_n);

/*
 * Read "types" and "descs" of the module `obj`, whose "objs" is in `info`
 * already: sets its objs and types. json_types.c.
 */
int reader_types(struct modinfo_reader *rd, const struct json *obj,
                 struct modinfo *info);

#endif
