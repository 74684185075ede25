/* SPDX-License-Identifier: MIT */
/* Checks a module's descriptor in a confined process. */
#include "cli/describe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "remote/remote.h"

#define HOST_FILE "lib/outboard/outboard-runner"

struct describer {
    char *host;                 /* the program; NULL: not known */
    struct launcher *launcher;    /* NULL: not started */
    bool failed;                /* it cannot be started, which was said */
};

struct describer *describer_new(const struct cli *cli)
{
    struct describer *d = g_new0(struct describer, 1);

    if (cli->prefix)
        d->host = g_build_filename(cli->prefix, HOST_FILE, NULL);
    return d;
}

void describer_free(struct describer *d)
{
    if (!d)
        return;
    launcher_free(d->launcher);
    g_free(d->host);
    g_free(d);
}

int describer_launcher(struct describer *d, struct launcher **ret_launcher,
                       struct ob_err *err)
{
    int ret = 0;

    if (!d->host)
        return err_set(err, -ENOENT,
                       "it is not known where Outboard is installed");
    if (!d->launcher)
        ret = launcher_new(d->host, &d->launcher, err);
    if (ret == 0)
        *ret_launcher = d->launcher;
    return ret;
}

static bool started(struct describer *d)
{
    struct ob_err err = { 0 }, line = { 0 };
    struct launcher *launcher;

    if (d->failed)
        return false;
    if (describer_launcher(d, &launcher, &err) == 0)
        return true;
    d->failed = true;
    err_set(&line, -ENOENT, "check: descriptors are not checked (%s)",
            err.text);
    cli_note(line.text);
    return false;
}

/* It did what only a confined process may not do: allowed in QEMU's. */
static bool ended_by_filter(const char *fate)
{
    char text[32];

    snprintf(text, sizeof(text), "ended by signal %d ", SIGSYS);
    return fate && g_str_has_prefix(fate, text);
}

static int refused(const struct loader_gate *gate, bool remote,
                   const char *fate, const struct ob_err *why,
                   struct ob_err *err)
{
    struct ob_err line = { 0 };

    if (remote || (why->code != -ELIBACC && !ended_by_filter(fate)))
        return err_set(err, why->code, "%s%s%s", why->text, fate ? ", " : "",
                       fate ? fate : "");
    err_set(&line, why->code,
            "%s: its descriptor is not checked, because it does not start in "
            "a confined process (%s)",
            gate->path, fate ? fate : why->text);
    cli_note(line.text);
    return 0;
}

int describe(struct describer *d, const struct registry_module *m,
             const struct loader_gate *gate, bool is_remote,
             struct ob_err *err)
{
    struct remote_setup setup = {
        .module = gate->fd, .name = m->info.name, .path = gate->path,
    };
    struct remote *remote = NULL;
    struct ob_err why = { 0 };
    int pid, ret;

    if (!started(d))
        return 0;
    ret = launcher_process(d->launcher, &setup.sock, &pid, err);
    if (ret < 0)
        return ret;
    ret = remote_open(&setup, &remote, &why);
    if (ret < 0)
        ret = refused(gate, is_remote,
                      ret == -EPIPE ? launcher_fate(d->launcher, pid) : NULL,
                      &why, err);
    remote_free(remote);
    launcher_kill(d->launcher, pid);
    return ret;
}
