/* SPDX-License-Identifier: MIT */
#include "cli/describe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "remote/launcher.h"
#include "remote/remote.h"

#define HOST_FILE "lib/outboard/outboard-runner"

struct describer {
    char *host;                 /* the program; NULL: not known */
    struct launcher *nursery;    /* NULL: not started */
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
    launcher_free(d->nursery);
    g_free(d->host);
    g_free(d);
}

static bool started(struct describer *d)
{
    struct ob_err err = { 0 }, line = { 0 };

    if (d->nursery || d->failed)
        return d->nursery;
    if (!d->host)
        err_set(&err, -ENOENT, "it is not known where Outboard is installed");
    else if (launcher_new(d->host, &d->nursery, &err) == 0)
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

static int refused(const struct loader_gate *gate, bool away, const char *fate,
                   const struct ob_err *why, struct ob_err *err)
{
    struct ob_err line = { 0 };

    if (away || (why->code != -ELIBACC && !ended_by_filter(fate)))
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
             const struct loader_gate *gate, bool away, struct ob_err *err)
{
    struct remote_setup setup = {
        .module = gate->fd, .name = m->info.name, .path = gate->path,
    };
    struct remote *remote = NULL;
    struct ob_err why = { 0 };
    int pid, r;

    if (!started(d))
        return 0;
    r = launcher_process(d->nursery, &setup.sock, &pid, err);
    if (r < 0)
        return r;
    r = remote_open(&setup, &remote, &why);
    if (r < 0)
        r = refused(gate, away,
                    r == -EPIPE ? launcher_fate(d->nursery, pid) : NULL, &why,
                    err);
    remote_free(remote);
    launcher_kill(d->nursery, pid);
    return r;
}
