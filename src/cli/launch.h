/* SPDX-License-Identifier: MIT */
/* Becoming QEMU: the environment, the command, exec. One thread. */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include <glib.h>

#include "cli/cli.h"
#include "cli/qemu.h"
#include "registry/registry.h"

struct launch {
    const struct qemu *qemu;
    char **argv;            /* NULL-terminated, argv[0] included; owned */
    char *preload;          /* value for LD_PRELOAD; NULL: leave it alone */
    int session_fd;         /* for OUTBOARD_SESSION; -1: none */
};

/*
 * Fill *ret for `qemu` with the arguments `args` (char *, without argv[0]).
 * With an index, the bridge comes along: found in `cli->prefix`, or refused.
 * NULL: plain QEMU. launch_clear() frees it.
 */
int launch_make(const struct cli *cli, const struct qemu *qemu,
                const GPtrArray *args, const struct registry *ix,
                struct launch *ret, struct ob_err *err);
void launch_clear(struct launch *l);

/* Become QEMU. Returns on failure only. */
int launch_exec(const struct launch *l, struct ob_err *err);

/* Print the command and, as comments, what the index `ix` (or NULL) says. */
void launch_print(const struct launch *l, const struct registry *ix);

#endif
