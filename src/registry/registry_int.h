/* SPDX-License-Identifier: MIT */
/* The fields of a registry, for registry.c and order.c. */
#ifndef REGISTRY_INT_H
#define REGISTRY_INT_H

#include <glib.h>

#include "base/arena.h"
#include "registry/registry.h"

struct registry {
    const char *arch;               /* NULL: every target */
    struct arena *arena;            /* all that has no other owner */
    GPtrArray *files;               /* struct modinfo_file *, owned */

    GPtrArray *all_modules;         /* as added, losers too */
    GPtrArray *all_boards;

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

#endif
