/* SPDX-License-Identifier: MIT */
/*
 * Makes the session: finds installed modules and boards, and adds those that
 * the user announces and names. It runs no code of a module.
 */
#ifndef CLI_DISCOVER_H
#define CLI_DISCOVER_H

#include "cli/args.h"
#include "cli/cli.h"
#include "session/session.h"

/*
 * The session for target `arch` (NULL: every target), with all that is
 * installed and with `items` (struct args_item; may be NULL). Its registry is
 * finished. A fault in an installed file is a warning; a fault in a file that
 * the user names is an error. `qemu` (may be NULL) is the binary that native
 * QEMU modules have to fit. *ret_session is the caller's (session_free).
 */
int discover(const struct cli *cli, const char *arch, const char *qemu,
             const GPtrArray *items, struct session **ret_session,
             struct ob_err *err);

/* Does plain QEMU do, because nothing external is in the session? */
bool discover_is_empty(const struct session *s);

#endif
