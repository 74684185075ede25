/* SPDX-License-Identifier: MIT */
/* What index.c, registry_order.c and registry_io.c share. */
#ifndef REGISTRY_INT_H
#define REGISTRY_INT_H

#include <glib.h>

#include "base/arena.h"
#include "registry/registry.h"

struct registry {
    const char *arch;               /* NULL: every target */
    struct arena *arena;            /* all that has no other owner */
    GPtrArray *files;               /* struct modinfo_file *, owned */
    char *buffer;                   /* what registry_load() read; owned */

    GPtrArray *all_modules;         /* as added, losers too */
    GPtrArray *all_boards;
    GArray *notes;                  /* struct registry_note */

    /* made by registry_finish(): winners */
    GPtrArray *modules;
    GPtrArray *boards;
    GArray *types;                  /* struct registry_type */
    GArray *options;                /* struct registry_option */
    GHashTable *by_short_name;      /* -> struct registry_module * */
    GHashTable *by_file;            /* -> struct registry_module * */
    GHashTable *by_type;            /* -> place in `types` + 1 */
    GHashTable *by_option;          /* -> place in `options` + 1 */
    GHashTable *by_board;           /* -> struct registry_board * */
    GHashTable *by_alias;           /* -> struct registry_board * */
};

/* Add a module whose strings live as long as the index, and its boards. */
struct registry_module *registry_add_info(struct registry *ix,
                                          const struct modinfo *info,
                                          const char *so_path,
                                          enum registry_origin origin);

/* Add a board whose head and path live as long as the index. */
struct registry_board *registry_add_head(struct registry *ix,
                                         const struct board_head *head,
                                         const char *path,
                                         struct registry_module *module,
                                         enum registry_origin origin);

#endif
