/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by remote_module.c (processes) and crash.c (their ends). */
#ifndef BRIDGE_REMOTE_MODULE_INT_H
#define BRIDGE_REMOTE_MODULE_INT_H

#include "bridge/remote/remote_module.h"
#include "remote/remote.h"

enum { CRASH_RESTARTS = 5 };

/* The process of one module. It is never freed. */
struct remote_module {
    struct registry_module *module;
    struct remote *remote;
    char *path;
    char *license;              /* as the module's section has it; or NULL */
    int module_fd;              /* the file, after its gates; -1: a program */
    int pid;
    bool watched;               /* QEMU's main loop polls its socket */
    bool due, called;    /* to be restarted; a bottom half is scheduled */
    bool told;                  /* its end was reported since its start */
    int64_t started_us;         /* monotonic */
    int64_t restarts_us[CRASH_RESTARTS];    /* ring of the last ones */
    uint32_t n_restarts;
    uint32_t short_runs;           /* restarts in a row that served for < 1 s */
};

/*
 * Start a process for `f`: the first one, or a replacement for one that ended.
 * Returns 0, or `err`.
 */
int remote_module_connect(struct remote_module *f, struct ob_err *err);
/*
 * How the process ended, or NULL. Ends the process if it still runs. The text
 * lives until the next call.
 */
const char *remote_module_fate(struct remote_module *f);
/* The process of the device's model, or NULL if the model runs in QEMU. */
struct remote_module *remote_module_of(const struct device *d);

/*
 * Called when a process is lost, when a device of a lost process is used, and
 * now and then after requests:
 * as in struct remote_setup, with the struct remote_module as opaque.
 */
struct remote_module_events {
    void (*lost)(void *opaque, const char *why);
    void (*wake)(void *opaque, bool must);
    void (*turn)(void *opaque);
};
/* Call once, before the first process. `e` is never freed. */
void remote_module_listen(const struct remote_module_events *e);

#endif
