/* SPDX-License-Identifier: MIT */
/* Names and lists of names. All calls: any thread; none blocks. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

/* Longest identifier (module, type, option group, board), without its NUL. */
#define STR_IDENT_MAX 128

/*
 * The edit distance (insert, delete, replace, swap neighbours: 1 each), without
 * ASCII case. Only the first 64 bytes of each text count.
 */
unsigned str_distance(const char *a, const char *b);

/*
 * The entry of the NULL-terminated `names` that is nearest to `name`, or NULL
 * if none is near (2 edits, 1 in short names, a third of long names). The
 * result belongs to `names`.
 */
const char *str_nearest(const char *name, const char *const names[]);

/* As str_nearest(), for candidates that the caller offers one by one. */
struct str_near {
    const char *name;       /* the name to search for; set by the caller */
    const char *best;       /* nearest so far, or NULL */
    unsigned distance;      /* of `best` */
};
void str_near_offer(struct str_near *near, const char *candidate);

/* Is `name` in the NULL-terminated `names` (may be NULL)? */
bool str_in(const char *name, const char *const names[]);

/* The number of entries before the NULL of `names` (may be NULL). */
size_t str_count(const char *const names[]);

/*
 * Is `name` an identifier: 1 to STR_IDENT_MAX of [A-Za-z0-9._+-], the first one
 * not '.' or '-'? Returns NULL if it is, else a constant phrase that says what
 * is wrong ("is empty", "starts with a dot", ...).
 */
const char *str_ident_flaw(const char *name);

/*
 * As str_ident_flaw(), and valid as a QEMU type name: [A-Za-z0-9._-] only, and
 * the first one not 0 or _ (from 9.0 on, QEMU aborts on anything else).
 */
const char *str_type_flaw(const char *name);

/*
 * The size of the character at `at` (not its NUL) if a terminal may show it as
 * it is, else 0. Unsafe are controls (C0, DEL, and C1, which terminals read as
 * escapes), characters that turn or break a line (bidirectional marks, U+2028),
 * invisible characters, and bytes that are not UTF-8.
 */
size_t str_shown_bytes(const char *at);

/*
 * Take the next item of the list "a,b,c" at *at. A comma in an item is written
 * twice, as for QEMU. *at moves past the item, and is NULL after the last one.
 * The caller frees the item (g_free).
 */
char *str_take_item(const char **at);

#endif
