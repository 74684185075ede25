/* SPDX-License-Identifier: MIT */
/* `outboard check`: checks modules, modinfo and boards without QEMU. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "board/plan.h"
#include "cli/check_announced.h"
#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/board_files.h"
#include "cli/discover.h"
#include "loader/loader.h"

static const char help[] =
    "usage: outboard check FILE...\n"
    "\n"
    "Checks board files, modinfo files and modules, as far as that is\n"
    "possible without QEMU. For a modinfo file, it also checks the modules\n"
    "and board files that the file names. It runs a module's code only in a\n"
    "confined process, to check what the module declares.\n"
    "Exit status 0: no file has an error.\n";

static int board_check(const struct json_doc *doc, const char *path,
                       struct ob_err *err)
{
    struct board_head *head;
    struct plan *plan;
    int ret = board_head_read(doc, &head, err);

    if (ret < 0)
        return ret;
    ret = board_plan(doc, NULL, &plan, err);
    if (ret == 0) {
        printf("%s: good, board %s\n", path, head->name);
        plan_free(plan);
    }
    board_head_free(head);
    return ret;
}

struct checking {
    const char *path;               /* as it was named */
    const struct cli *cli;
    const struct session *session;
    struct describer *describer;
};

/* Harmless with the QEMUs at hand, and not with another. */
static void exports_warn(const struct loader_gate *gate)
{
    const struct elf_names *names = &gate->section.names;
    const char *first = NULL;
    struct ob_err line = { 0 };
    unsigned count = 0;

    for (uint64_t i = 0; i < elf_names_count(names); i++) {
        const char *name = elf_names_exposed(names, i);

        if (name && count++ == 0)
            first = name;
    }
    if (!count)
        return;
    err_set(&line, -EEXIST,
            "%s: exports %u name%s besides " OB_MODULE_SYMBOL_NAME
            " (\"%.200s\"%s), which a QEMU may have too; make %s static, or "
            "compile with -fvisibility=hidden, as pkg-config --cflags "
            "outboard says",
            gate->path, count, count > 1 ? "s" : "", first,
            count > 1 ? ", ..." : "", count > 1 ? "them" : "it");
    cli_warn(line.text);
}

static int module_good(void *opaque, struct registry_module *m,
                       const struct loader_gate *gate, const char *path,
                       struct ob_err *err)
{
    const struct checking *c = opaque;
    const char *license = NULL;
    bool same = strcmp(c->path, path) == 0;
    int ret = 0;

    if (gate && !gate->native) {
        license = gate->section.info->modules[0].license;
        exports_warn(gate);
        ret = describe(
            c->describer, m, gate,
            loader_is_remote(c->session, m, license, ISOLATION_NONE, NULL),
            err);
    }
    if (ret == 0)
        printf("%s: good, module %s (%s)\n", c->path,
               same ? m->info.name : m->info.short_name,
               same ? license : path);
    return ret;
}

static void board_good(void *opaque, const struct registry_board *b)
{
    const struct checking *c = opaque;

    printf("%s: good, board %s (%s)\n", c->path, b->head.name, b->path);
}

/* An empty file is good, and a line says what that means. */
static void nothing_note(const struct registry *registry, const char *path)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    modules = registry_modules(registry, &n);
    for (i = 0; i < n; i++)
        if (modules[i]->origin != REGISTRY_INSTALLED)
            return;
    printf("%s: good, it announces no module\n", path);
}

/* What a run with this file would check, and the descriptors besides. */
static int named_check(const struct cli *cli, const char *path,
                       enum args_kind kind, struct ob_err *err)
{
    static const struct check_announced_ops ops = { module_good, board_good };
    struct args_item item = { kind, (char *)path };
    GPtrArray *items = g_ptr_array_new();
    struct qemus *qs = qemus_new(NULL);
    struct checking c = { path, cli, NULL, describer_new(cli) };
    struct session *s;
    int ret;

    g_ptr_array_add(items, &item);
    ret = discover(cli, cli->arch, NULL, items, &s, err);
    if (ret == 0) {
        c.session = s;
        ret = check_announced(s, qs, &ops, &c, err);
        if (ret == 0)
            nothing_note(s->registry, path);
        session_free(s);
    }
    g_ptr_array_free(items, TRUE);
    qemus_free(qs);
    describer_free(c.describer);
    return ret;
}

static int module_check(const struct cli *cli, const char *path,
                        struct ob_err *err)
{
    struct loader_gate gate;
    bool native;
    int ret = loader_gate_file(path, &gate, err);

    if (ret < 0)
        return ret;
    native = gate.native;
    if (native)
        printf("%s: good, native QEMU module for the build %s\n", path,
               gate.section.stamp);
    loader_gate_clear(&gate);
    return native ? 0 : named_check(cli, path, ARGS_MACHINES, err);
}

static int file_check(const struct cli *cli, const char *path,
                      struct ob_err *err)
{
    struct json_doc *doc;
    int ret;

    if (!g_str_has_suffix(path, ".json"))
        return module_check(cli, path, err);
    ret = json_load(path, FILE_TRUSTED, 0, &doc, err);
    if (ret < 0)
        return ret;
    if (board_file_is(doc))
        ret = board_check(doc, path, err);
    else
        ret = named_check(cli, path, ARGS_MODINFO, err);
    json_free(doc);
    return ret;
}

int verb_check(const struct cli *cli, int argc, char **argv,
               struct ob_err *err)
{
    static const struct cli_option none[] = { { NULL, NULL, NULL } };
    int i, status = EXIT_SUCCESS;
    int n = cli_options(argc, argv, none, help, err);

    if (n <= 0)
        return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (n == 1) {
        err_set(err, -EINVAL,
                "check: no file given; see outboard check --help");
        return EXIT_FAILURE;
    }
    for (i = 1; i < n; i++) {
        struct ob_err one = { 0 };

        if (file_check(cli, argv[i], &one) < 0) {
            cli_note(one.text);
            status = EXIT_FAILURE;
        }
    }
    return status;
}
