/* SPDX-License-Identifier: MIT */
/*
 * Checks a module's descriptor in a confined process (docs/ipc.md), like that
 * of an isolated module, where the module's code can do no harm. None of the
 * code runs in this process.
 */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include "cli/cli.h"
#include "loader/loader.h"
#include "remote/launcher.h"

struct describer;

/* Its helper is started when first needed. Never NULL. */
struct describer *describer_new(const struct cli *cli);
/* Ends all its processes. NULL is fine. */
void describer_free(struct describer *d);

/*
 * Open the module `m`, whose file has passed its gates, and check its types.
 * `is_remote`: it will run in a process of its own. A module that runs in
 * QEMU's process may need what a confined process lacks; then a note says that
 * its descriptor was not checked. 0 or -errno; takes at most 5 s.
 */
int describe(struct describer *d, const struct registry_module *m,
             const struct loader_gate *gate, bool is_remote,
             struct ob_err *err);

/* What starts the confined processes; `d` owns it. 0 or -errno. */
int describer_launcher(struct describer *d, struct launcher **ret_launcher,
                       struct ob_err *err);

#endif
