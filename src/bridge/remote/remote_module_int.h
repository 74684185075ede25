/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What remote_module.c (processes) and crash.c (their ends) share. */
#ifndef BRIDGE_REMOTE_MODULE_INT_H
#define BRIDGE_REMOTE_MODULE_INT_H

#include "bridge/remote/remote_module.h"
#include "remote/remote.h"

enum { CRASH_RESTARTS = 5 };

/* One module's process; lives as long as QEMU. */
struct remote_module {
    struct registry_module *module;
    struct remote *remote;
    char *path;
    char *license;              /* as the module says itself; or NULL */
    int module_fd;              /* the file, through its gates; -1: a program */
    int pid;
    bool watched;               /* QEMU's loop looks at its socket */
    bool due, called;           /* to be restarted; a bottom half will */
    bool told;                  /* that it went, since it was started */
    int64_t started_us;         /* monotonic */
    int64_t restarts_us[CRASH_RESTARTS];    /* ring of the last ones */
    uint32_t n_restarts;
    uint32_t in_vain;           /* restarts in a row that served for < 1 s */
};

/*
 * A process for `f`: the first one, or another in the place of one that is
 * gone. 0, or `err`.
 */
int remote_module_connect(struct remote_module *f, struct ob_err *err);
/*
 * How the process that is gone ended, or NULL; it is, afterwards. The text
 * lives until the next call.
 */
const char *remote_module_fate(struct remote_module *f);
/* What the device's model runs in, or NULL: in QEMU. */
struct remote_module *remote_module_of(const struct device *d);

/*
 * What is called when a process is lost, and when a device of a lost process
 * is used: as in struct remote_setup, with the struct remote_module as opaque.
 */
struct remote_module_events {
    void (*lost)(void *opaque, const char *why);
    void (*wake)(void *opaque, bool must);
};
/* Once, before the first process. `e` lives as long as QEMU. */
void remote_module_listen(const struct remote_module_events *e);

#endif
