/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that run in processes of their own: which modules, and how the bridge
 * starts them. All calls [machine lock held].
 */
#ifndef BRIDGE_REMOTE_MODULE_H
#define BRIDGE_REMOTE_MODULE_H

#include <outboard/outboard.h>

#include "base/err.h"
#include "loader/loader.h"

struct remote;

/*
 * Start outboard-runner, which is in the same directory as the library at
 * `library`, if any module of the session may need it. At the hook: later, QEMU
 * forks for -daemonize and forbids itself to start programs for -sandbox.
 */
int remote_module_start(const char *library, struct ob_err *err);

/* Does any module run in a process? */
bool remote_module_any(void);

/*
 * Get the process that serves the module `im`, with its types checked; start it
 * if this is the first time. Returns 1 and *ret; 0: the module runs in QEMU's
 * process; or an error. `l` is for the gates; `where` is what a board's part
 * says.
 */
int remote_module_open(struct loader *l, struct registry_module *im,
                       enum modinfo_isolation where, struct remote **ret,
                       struct ob_err *err);
/*
 * Does a request wait for a process without a time limit (--time-limit=0)? Then
 * `text` names the process. This does not take the lock: call it only after the
 * lock's holder has waited for some time. [any thread]
 */
bool remote_module_waits_for_ever(char *text, size_t size);
/*
 * May the module run in QEMU's process? Returns 0, or -EPERM with the reason.
 */
int remote_module_check_in_process(struct loader *l,
                                   struct registry_module *im,
                                   struct ob_err *err);

#endif
