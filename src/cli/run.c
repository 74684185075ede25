/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include <glib.h>

#include "cli/args.h"
#include "cli/check_announced.h"
#include "cli/cli.h"
#include "cli/discover.h"
#include "cli/launch.h"
#include "cli/qemu.h"

static bool option_ours(void *opaque, const char *name)
{
    return registry_find_option(opaque, name) != NULL;
}

/* The module has to be there before QEMU would have parsed the option. */
static void option_took(void *opaque, const char *name, const char *value)
{
    struct registry *ix = opaque;
    char *note = g_strconcat(name, " ", value, NULL);

    registry_find_option(ix, name)->origin = REGISTRY_NAMED;
    registry_add_note(ix, DISCOVER_NOTE_OPTION, note);
    g_free(note);
}

/* An option group that QEMU has itself stays QEMU's. */
static void options_warn(const struct registry *ix)
{
    const struct registry_option *options;
    uint32_t i, n;

    options = registry_options(ix, &n);
    for (i = 0; i < n; i++) {
        struct ob_err line = { 0 };

        if (!args_is_qemu_option(options[i].name))
            continue;
        err_set(&line, -EEXIST,
                "%s: option group \"%s\" of module \"%s\" is an option of "
                "QEMU's own, which gets it; give it another name",
                options[i].module->info.path, options[i].name,
                options[i].module->info.short_name);
        cli_warn(line.text);
    }
}

/*
 * A QEMU that cannot take the bridge: refused if something was asked for, run
 * as it is otherwise.
 */
static int bare_check(const struct qemu *qemu, const struct args *args,
                      bool *with_bridge, struct ob_err *err)
{
    struct ob_err line = { 0 };

    if (qemu->kind != QEMU_BARE || !*with_bridge)
        return 0;
    err_set(&line, -ENOTSUP,
            "%s: exports none of QEMU's functions (built for microvm alone), "
            "so nothing external can be added to it; use qemu-system-%s",
            qemu->path, qemu->arch ? qemu->arch : "ARCH");
    if (args->items->len > 0)
        return err_set(err, -ENOTSUP, "%s", line.text);
    cli_note(line.text);
    *with_bridge = false;
    return 0;
}

/* All that was named or announced: nothing starts with a part of it wrong. */
static int named_check(const struct registry *ix, const struct qemu *qemu,
                       struct ob_err *err)
{
    struct qemus *qs = qemus_new(qemu);
    int r = check_announced(ix, qs, NULL, NULL, err);

    qemus_free(qs);
    return r;
}

static int start(const struct cli *cli, const struct qemu *qemu,
                 struct args *args, struct registry *ix, struct ob_err *err)
{
    struct launch launch;
    bool with_bridge;
    int r = args_take(args, option_ours, option_took, ix, err);

    if (r == 0)
        r = args_check_spelling(args, err);
    if (r < 0)
        return r;
    with_bridge = !discover_is_empty(ix);
    r = bare_check(qemu, args, &with_bridge, err);
    if (r == 0)
        r = named_check(ix, qemu, err);
    if (r < 0)
        return r;
    options_warn(ix);
    r = launch_make(cli, qemu, args->qemu, with_bridge ? ix : NULL, &launch,
                    err);
    if (r < 0)
        return r;
    if (cli->print)
        launch_print(&launch, with_bridge ? ix : NULL);
    else
        r = launch_exec(&launch, err);
    launch_clear(&launch);
    return r;
}

int run_qemu(const struct cli *cli, int argc, char **argv, struct ob_err *err)
{
    struct qemu *qemu = NULL;
    struct args *args = NULL;
    struct registry *ix = NULL;
    int r = qemu_find(argv[0], &qemu, err);

    if (r == 0)
        r = args_split(argc - 1, argv + 1, &args, err);
    if (r == 0)
        r = discover_index(cli, cli->arch ? cli->arch : qemu->arch,
                           qemu->kind == QEMU_SCRIPT ? NULL : qemu->path,
                           args->items, &ix, err);
    if (r == 0)
        r = start(cli, qemu, args, ix, err);
    registry_free(ix);
    args_free(args);
    qemu_free(qemu);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
