/* SPDX-License-Identifier: MIT */
/*
 * Removes our two options, and the option groups of external modules, from
 * QEMU's command line.
 *
 * The rule, here and in docs/command.md: a word is an option unless the word
 * before it is an option of QEMU's that takes a value. So the value of
 * `-append -add_modinfo` stays. We assume that an option that is not in our
 * list takes no value.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>

#include <glib.h>

#include "base/err.h"

enum args_kind {
    ARGS_MACHINES,          /* -add_machines */
    ARGS_MODINFO,           /* -add_modinfo */
};

/* One thing asked for; lists are taken apart, the order is kept. */
struct args_item {
    enum args_kind kind;
    char *value;            /* never empty */
};

struct args {
    GPtrArray *qemu;        /* char *, the arguments left for QEMU; owned */
    GPtrArray *items;       /* struct args_item *, owned */
};

/*
 * Split `argv` (`argc` words after the name of QEMU's binary). *ret_args is the
 * caller's (args_free).
 */
int args_split(int argc, char *const *argv, struct args **ret_args,
               struct ob_err *err);

/*
 * Take every `-NAME value` out of args->qemu for which `ours(opaque, NAME)`.
 * `took(opaque, NAME, value)` is called for each, in order. An option without
 * a value is an error.
 */
int args_take(struct args *args, bool (*ours)(void *opaque, const char *name),
              void (*took)(void *opaque, const char *name, const char *value),
              void *opaque, struct ob_err *err);

/*
 * Refuse a word among args->qemu that looks like one of our two options
 * misspelt ("-add-modinfo", "-add_mod", "-modinfo"), and name the one that is
 * meant. Values of options, QEMU's own options, and words that are in no list
 * of ours are not touched. After args_take().
 */
int args_check_spelling(const struct args *args, struct ob_err *err);

/* Is `name` (no dash) an option of QEMU's own? */
bool args_is_qemu_option(const char *name);

/* NULL is fine. */
void args_free(struct args *args);

#endif
