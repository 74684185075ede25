/* SPDX-License-Identifier: MIT */
/*
 * Executes QEMU in this process: makes its environment and its command. One
 * thread.
 */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include <glib.h>

#include "cli/cli.h"
#include "cli/qemu.h"
#include "session/session.h"

struct launch {
    const struct qemu *qemu;
    char **argv;            /* NULL-terminated, argv[0] included; owned */
    char *preload;          /* value for LD_PRELOAD; NULL: leave it alone */
    int session_fd;         /* for OUTBOARD_SESSION; -1: none */
};

/*
 * Fill *ret_launch for `qemu` with the arguments `args` (char *, no argv[0]).
 * With a session, the bridge comes along, from `cli->prefix`. NULL: plain QEMU.
 * launch_clear() frees it.
 */
int launch_make(const struct cli *cli, const struct qemu *qemu,
                const GPtrArray *args, const struct session *s,
                struct launch *ret_launch, struct ob_err *err);
void launch_clear(struct launch *l);

/* Become QEMU. Returns on failure only. */
int launch_exec(const struct launch *l, struct ob_err *err);

/* Print the command and, as comments, the session `s` (or NULL). */
void launch_print(const struct launch *l, const struct session *s);

#endif
