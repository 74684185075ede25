/* SPDX-License-Identifier: MIT */
/*
 * Runs the device types of a module on the test bench, for `outboard check
 * --run`. Each runs in a confined process of its own, so a model that crashes
 * or hangs is one more line. None of the code runs in this process.
 */
#ifndef CLI_CHECK_RUN_H
#define CLI_CHECK_RUN_H

#include "cli/describe.h"

/*
 * Hold the types of module `m`, whose file has passed its gates, to the laws of
 * ob_bench_check(); only `type`, if it is not NULL. Prints "PATH: good, type
 * ..." or, to stderr, a line for each law that is broken. `limit_ns`: how long
 * one call of a model may take, 0: without a limit; a check of a type takes at
 * most twelve times as long.
 *
 * 0; -EINVAL without an error: lines were printed; or another error.
 */
int check_run(struct describer *d, const struct registry_module *m,
              const struct loader_gate *gate, const char *type,
              uint64_t limit_ns, struct ob_err *err);

#endif
