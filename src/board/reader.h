/* SPDX-License-Identifier: MIT */
/*
 * Reads a board's text into a plan: shared by the files of this room. Each
 * board_read_x() turns one section into items of the reader's arrays. All names
 * are known by then (board_read_names()). Private to src/board. Every call
 * returns 0, or -EINVAL with place and text in r->err.
 */
#ifndef BOARD_READER_H
#define BOARD_READER_H

#include <glib.h>

#include "base/arena.h"
#include "base/str.h"
#include "board/plan.h"

enum board_name_kind { BOARD_NAME_REGION, BOARD_NAME_PART };

/* A name that links, maps and pins may use. */
struct board_name {
    enum board_name_kind kind;
    bool builtin;               /* "system", or "ram" if -m gives it */
    uint32_t index;
    struct plan_place place;
};

struct board_reader {
    struct arena *arena;        /* becomes the plan's */
    struct ob_err *err;
    struct plan *plan;          /* its arrays are filled in at the end */
    GHashTable *names;          /* text -> struct board_name * */
    GArray *regions, *parts, *unimps, *wires, *gates;
    uint32_t *first_wire;       /* of each part, for board_check_gates() */
    const char *file, *file_copy;   /* last place's file, its copy */
};

/* Key tables of keys.def. */
#define KEYS(object_, ...) extern const char *const board_keys_##object_[];
#include "board/keys.def"
#undef KEYS

/* --- reader.c: places, names, common values --- */
struct plan_place board_place(struct board_reader *r, const struct json *at);
struct plan_place board_key_place(struct board_reader *r,
                                  const struct json *at);
/* Set "file:line:col: text" for an item whose JSON is freed already. */
int board_err(struct board_reader *r, const struct plan_place *at,
              const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Add `name` to the names, or refuse it. */
int board_name_add(struct board_reader *r, const struct json *node,
                   enum board_name_kind kind, uint32_t index);
/*
 * Find the name `text`, which must be of `kind`; `at` is the place of errors.
 */
int board_name_find(struct board_reader *r, const struct json *at,
                    const char *text, enum board_name_kind kind,
                    uint32_t *ret);
const struct board_name *board_name_get(struct board_reader *r,
                                        const char *text);
/*
 * `; did you mean "x"?`, or `; use ...` with names of `kind`. Lives in the
 * arena.
 */
const char *board_name_hint(struct board_reader *r, const char *text,
                            enum board_name_kind kind);
/* Split "cprman.uart-out" into part and rest; false if it has no dot. */
bool board_split(struct board_reader *r, const char *text,
                 const char **ret_part, const char **ret_rest);
/*
 * Read optional members of `obj`. *ret does not change if a member is missing.
 */
int board_opt_region(struct board_reader *r, const struct json *obj,
                     const char *key, uint32_t *ret);
int board_opt_priority(struct board_reader *r, const struct json *obj,
                       int32_t *ret);
/* A size, more than 0. */
int board_size(struct board_reader *r, const struct json *node, uint64_t *ret);
/* Move `array` into the arena for the plan, and free it. */
void *board_keep(struct board_reader *r, GArray *array, uint32_t *ret_count);
#define BOARD_ITEM(type_, array_, n_) (&g_array_index(array_, type_, n_))

/* --- the sections --- */
int board_read_value(struct board_reader *r, const struct json *node,
                     struct plan_value *ret); /* value.c */
int board_read_memory_names(struct board_reader *r, const struct json *memory);
int board_read_memory(struct board_reader *r, const struct json *memory);
int board_read_unimplemented(struct board_reader *r, const struct json *node);
int board_read_part_names(struct board_reader *r, const struct json *parts);
int board_read_parts(struct board_reader *r, const struct json *parts);
int board_read_wires(struct board_reader *r, const struct json *parts);
int board_read_boot(struct board_reader *r, const struct json *boot);

/* --- the whole --- */
int board_check_maps(struct board_reader *r);       /* overlap.c */
int board_check_nesting(struct board_reader *r);    /* order.c */
int board_order_parts(struct board_reader *r);      /* order.c */
int board_check_gates(struct board_reader *r);      /* order.c */

/* Limits of -m and -smp as the head's JSON gives them. */
int board_check_ask(const struct json *root, const struct board_head *head,
                    struct board_ask *ask, struct ob_err *err);

/*
 * Make the plan of the sections in `root` (memory, parts, unimplemented, boot;
 * the head's keys are ignored), for the checked values of `ask`.
 */
int board_plan_tree(const struct json *root, const char *board,
                    const struct board_ask *ask, struct plan **ret,
                    struct ob_err *err);

#endif
