/* SPDX-License-Identifier: MIT */
/* Functions that the verbs of the command share. One thread. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/err.h"

/* Outboard's own options, which stand before QEMU's name or the verb. */
struct cli {
    bool print;             /* --print */
    bool verbose;           /* --verbose */
    const char *arch;       /* --arch ARCH, or NULL */
    const char *isolate;    /* --isolate=all or NAME[,...]; or NULL */
    const char *time_limit; /* --time-limit=SECONDS, or NULL */
    char *prefix;           /* the tree we are installed in; may be NULL */
};

/*
 * A verb: `argv[0]` is its name. Returns main()'s status: EXIT_SUCCESS, or
 * EXIT_FAILURE with the reason in `err` (or, if that is unset, printed).
 */
typedef int cli_verb(const struct cli *cli, int argc, char **argv,
                     struct ob_err *err);

cli_verb verb_modinfo, verb_check, verb_list, verb_doctor, verb_new;

/*
 * Begin QEMU, `argv[0]`, with what is external: does not return but on
 * failure or for --print.
 */
cli_verb run_qemu;

/* `outboard --version [QEMU]`. */
cli_verb show_version;

/* "outboard: warning: TEXT" on stderr. */
void cli_warn(const char *text);

/* The same for each of `lines`, NULL at the end. */
void cli_warn_lines(const char *const *lines);

/* "outboard: TEXT" on stderr, for verbose runs. */
void cli_note(const char *text);

/* What each verb's own options have in common. */
struct cli_option {
    const char *name;       /* "--json" */
    const char **value;     /* where the next word goes, or NULL: a flag */
    bool *flag;
};

/*
 * Parse the options of a verb: those of `options` (ended by a NULL name) and
 * --help, which prints `help`. The words that are left move to the front of
 * `argv`, behind argv[0]. Returns how many words there are then, argv[0]
 * included; 0 if help was printed; -EINVAL.
 */
int cli_options(int argc, char **argv, const struct cli_option *options,
                const char *help, struct ob_err *err);

#endif
