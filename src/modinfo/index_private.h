/* SPDX-License-Identifier: MIT */
/* What index.c, index_order.c and index_io.c share. */
#ifndef MODINFO_INDEX_PRIVATE_H
#define MODINFO_INDEX_PRIVATE_H

#include <glib.h>

#include "base/arena.h"
#include "modinfo/index.h"

struct index {
    const char *arch;               /* NULL: every target */
    struct arena *arena;            /* all that has no other owner */
    GPtrArray *files;               /* struct modinfo_file *, owned */
    char *buffer;                   /* what index_load() read; owned */

    GPtrArray *all_modules;         /* as added, losers too */
    GPtrArray *all_boards;
    GArray *notes;                  /* struct index_note */

    /* made by index_finish(): winners */
    GPtrArray *modules;
    GPtrArray *boards;
    GArray *types;                  /* struct index_type */
    GArray *options;                /* struct index_option */
    GHashTable *by_short_name;      /* -> struct index_module * */
    GHashTable *by_file;            /* -> struct index_module * */
    GHashTable *by_type;            /* -> place in `types` + 1 */
    GHashTable *by_option;          /* -> place in `options` + 1 */
    GHashTable *by_board;           /* -> struct index_board * */
    GHashTable *by_alias;           /* -> struct index_board * */
};

/* Add a module whose strings live as long as the index, and its boards. */
struct index_module *index_add_info(struct index *ix,
                                    const struct modinfo *info,
                                    const char *so_path,
                                    enum index_origin origin);

/* Add a board whose head and path live as long as the index. */
struct index_board *index_add_head(struct index *ix,
                                   const struct board_head *head,
                                   const char *path,
                                   struct index_module *module,
                                   enum index_origin origin);

#endif
