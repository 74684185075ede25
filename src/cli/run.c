/* SPDX-License-Identifier: MIT */
/* Starts QEMU with external modules and boards. */
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
    const struct session *s = opaque;

    return registry_find_option(s->registry, name);
}

/* The module has to be there before QEMU would have parsed the option. */
static void option_took(void *opaque, const char *name, const char *value)
{
    struct session *s = opaque;

    registry_find_option(s->registry, name)->origin = REGISTRY_NAMED;
    session_add_option(s, name, value);
}

/* An option group that QEMU has itself stays QEMU's. */
static void options_warn(const struct registry *registry)
{
    const struct registry_option *options;
    uint32_t i, n;

    options = registry_options(registry, &n);
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
static int named_check(const struct session *s, const struct qemu *qemu,
                       struct ob_err *err)
{
    struct qemus *qs = qemus_new(qemu);
    int ret = check_announced(s, qs, NULL, NULL, err);

    qemus_free(qs);
    return ret;
}

static int start(const struct cli *cli, const struct qemu *qemu,
                 struct args *args, struct session *s, struct ob_err *err)
{
    struct launch launch;
    bool with_bridge;
    int ret = args_take(args, option_ours, option_took, s, err);

    if (ret == 0)
        ret = args_check_spelling(args, err);
    if (ret < 0)
        return ret;
    with_bridge = !discover_is_empty(s);
    ret = bare_check(qemu, args, &with_bridge, err);
    if (ret == 0)
        ret = named_check(s, qemu, err);
    if (ret < 0)
        return ret;
    options_warn(s->registry);
    ret = launch_make(cli, qemu, args->qemu, with_bridge ? s : NULL, &launch,
                      err);
    if (ret < 0)
        return ret;
    if (cli->print)
        launch_print(&launch, with_bridge ? s : NULL);
    else
        ret = launch_exec(&launch, err);
    launch_clear(&launch);
    return ret;
}

int run_qemu(const struct cli *cli, int argc, char **argv, struct ob_err *err)
{
    struct qemu *qemu = NULL;
    struct args *args = NULL;
    struct session *s = NULL;
    int ret = qemu_find(argv[0], &qemu, err);

    if (ret == 0)
        ret = args_split(argc - 1, argv + 1, &args, err);
    if (ret == 0)
        ret = discover(cli, cli->arch ? cli->arch : qemu->arch,
                       qemu->kind == QEMU_SCRIPT ? NULL : qemu->path,
                       args->items, &s, err);
    if (ret == 0)
        ret = start(cli, qemu, args, s, err);
    session_free(s);
    args_free(args);
    qemu_free(qemu);
    return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
