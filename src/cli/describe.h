/* SPDX-License-Identifier: MIT */
/*
 * What a module's code says of itself, its descriptor, checked where that code
 * can do no harm: in a confined process (docs/wire.md), as it would start
 * there. Nothing of it runs in this process.
 */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include "cli/cli.h"
#include "loader/loader.h"

struct describer;

/* Its helper is started when first needed. Never NULL. */
struct describer *describer_new(const struct cli *cli);
/* All processes end. NULL is fine. */
void describer_free(struct describer *d);

/*
 * Have the module `m`, whose file is through its gates, opened and its types
 * described. `away`: it is to run in a process of its own; a module that runs
 * in QEMU's may need what such a process has not, and then a note says that
 * its descriptor was not looked at. 0 or -errno; takes at most 5 s.
 */
int describe(struct describer *d, const struct index_module *m,
             const struct loader_gate *gate, bool away, struct ob_err *err);

#endif
