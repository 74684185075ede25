/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that run in processes of their own: which, and how they are
 * started. All calls [machine lock held].
 */
#ifndef BRIDGE_REMOTE_MODULE_H
#define BRIDGE_REMOTE_MODULE_H

#include <outboard/outboard.h>

#include "base/err.h"
#include "loader/loader.h"

struct remote;

/*
 * Start outboard-runner, which lies beside the library at `library`, if any
 * module of the session may need it. At the hook: later QEMU forks for
 * -daemonize, and forbids itself to start programs for -sandbox.
 */
int remote_module_start(const char *library, struct ob_err *err);

/* Does any module run in a process? */
bool remote_module_any(void);

/*
 * The process that serves the module `im`, its types checked; started if
 * this is the first time. 1 and *ret; 0: it runs in QEMU's process; or an
 * error. `l` is for the gates; `where` is what a board's part says.
 */
int remote_module_open(struct loader *l, struct registry_module *im,
                       enum modinfo_isolation where, struct remote **ret,
                       struct ob_err *err);
/*
 * Does a request wait for a process that has no time limit
 * (--time-limit=0)? Then `text` says which. Does not take the lock: call it
 * only after the lock's holder has waited for some time. [any thread]
 */
bool remote_module_waits_for_ever(char *text, size_t size);
/* May it run in QEMU's process? 0, or -EPERM and why not. */
int remote_module_check_in_process(struct loader *l,
                                   struct registry_module *im,
                                   struct ob_err *err);

#endif
