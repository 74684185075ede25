/* SPDX-License-Identifier: MIT */
/* Names and lists of names. All calls: any thread; none blocks. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

/* Longest identifier (module, type, option group, board), without its NUL. */
#define STR_IDENT_MAX 128

/*
 * Edit distance (insert, delete, replace, swap neighbours: 1 each), ASCII
 * case ignored. Texts are compared over their first 64 bytes.
 */
unsigned str_distance(const char *a, const char *b);

/*
 * The entry of the NULL-terminated `names` that is nearest to `name`, or NULL
 * if none is near (2 edits, 1 in short names, a third of long ones). The result
 * belongs to `names`.
 */
const char *str_nearest(const char *name, const char *const names[]);

/* As str_nearest(), over candidates offered one by one. */
struct str_near {
    const char *name;       /* what was asked for; set by the caller */
    const char *best;       /* nearest so far, or NULL */
    unsigned distance;      /* of `best` */
};
void str_near_offer(struct str_near *near, const char *candidate);

/* Is `name` in the NULL-terminated `names` (may be NULL)? */
bool str_in(const char *name, const char *const names[]);

/* Entries before the NULL of `names` (may be NULL). */
size_t str_count(const char *const names[]);

/*
 * Is `name` an identifier: 1 to STR_IDENT_MAX of [A-Za-z0-9._+-], the first
 * neither '.' nor '-'? Returns NULL if so, else a constant phrase that says
 * what is wrong with it ("is empty", "starts with a dot", ...).
 */
const char *str_ident_flaw(const char *name);

/*
 * As str_ident_flaw(), and fit as a QEMU type name: [A-Za-z0-9._-] only and
 * no leading 0 (from 9.0 on QEMU aborts on anything else).
 */
const char *str_type_flaw(const char *name);

/*
 * Bytes of the character at `at` (not its NUL) if it may be shown on a
 * terminal as it is, else 0: controls (C0, DEL, and C1, which terminals take
 * for escapes), what turns or breaks a line (bidirectional marks, U+2028),
 * what cannot be seen, and bytes that are not UTF-8.
 */
size_t str_shown_bytes(const char *at);

/*
 * The next item of the list "a,b,c" at *at; a comma within an item is written
 * twice, as for QEMU. *at moves past the item, and is NULL after the last one.
 * The caller frees the item (g_free).
 */
char *str_take_item(const char **at);

#endif
