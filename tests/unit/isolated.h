/* SPDX-License-Identifier: MIT */
/* A module's process for a test, with no QEMU. */
#ifndef TESTS_ISOLATED_H
#define TESTS_ISOLATED_H

#include <outboard/bench.h>

#include "remote/launcher.h"
#include "remote/remote.h"
#include "remote_types.h"

struct isolated {
    struct remote *remote;
    int pid;
};

/*
 * The module's file `path` in a process of its own, from a launcher that is
 * started once, of the program $OB_HOST. Ends the test on failure.
 */
struct isolated isolated_open(const char *path, const char *name,
                              uint64_t limit_ns);
struct launcher *isolated_launcher(void);

/*
 * A group's setup and teardown: start the launcher, so that every test finds
 * the same descriptors open; end it, and check that it left no process.
 */
int isolated_start(void **state);
int isolated_end(void **state);

/*
 * Tests of models are compiled with -Dob_bench_module=isolated_module: the
 * types then come from the files of $OB_MODULE, each in a process of its own.
 */
int isolated_module(struct ob_bench *b, const struct ob_module *m);

#endif
