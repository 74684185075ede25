/* SPDX-License-Identifier: MIT */
/* `outboard check`: checks modules, modinfo and boards without QEMU. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "board/plan.h"
#include "cli/check_announced.h"
#include "cli/check_run.h"
#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/board_files.h"
#include "cli/discover.h"
#include "ipc/conn.h"
#include "loader/loader.h"

static const char help[] =
    "usage: outboard check FILE...\n"
    "       outboard check --run FILE|MODULE|TYPE...\n"
    "\n"
    "Checks board files, modinfo files and modules, as far as that is\n"
    "possible without QEMU. For a modinfo file, it also checks the modules\n"
    "and board files that the file names. It runs a module's code only in a\n"
    "confined process, to check what the module declares.\n"
    "  --run   also run each device type, in a confined process of its own,\n"
    "          on the test bench, and check that it obeys the laws of\n"
    "          ob_bench_check(); also accepts the name of an installed "
    "module\n"
    "          or of one type\n"
    "Exit status 0: no file has an error, and no type breaks a law.\n";

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
    bool run;                       /* --run */
    bool broken;                    /* and a line said so */
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

/* Only `type`, or all types if it is NULL. */
static int module_run(struct checking *c, const struct registry_module *m,
                      const struct loader_gate *gate, const char *type,
                      struct ob_err *err)
{
    const struct session *s = c->session;
    uint64_t limit_ns = s->time_limited ? s->time_limit_ns : IPC_LIMIT_NS;
    struct ob_err line = { 0 };
    int ret;

    if (!gate || gate->native) {
        err_set(&line, -ENOTSUP,
                "%s: its types do not run on the test bench, because it is %s",
                m->info.short_name,
                gate ? "a native QEMU module" : "a program");
        cli_note(line.text);
        return 0;
    }
    ret = check_run(c->describer, m, gate, type, limit_ns, err);
    if (ret == -EINVAL && !err->code) {
        c->broken = true;
        ret = 0;
    }
    return ret;
}

static int module_good(void *opaque, struct registry_module *m,
                       const struct loader_gate *gate, const char *path,
                       struct ob_err *err)
{
    struct checking *c = opaque;
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
    if (ret == 0 && c->run)
        ret = module_run(c, m, gate, NULL, err);
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

/* A session in which `items` are announced; the caller's. */
static int session_open(struct checking *c, GPtrArray *items,
                        struct session **ret_session, struct ob_err *err)
{
    int ret = discover(c->cli, c->cli->arch, NULL, items, ret_session, err);

    if (ret == 0) {
        c->session = *ret_session;
        c->describer = describer_new(c->cli);
    }
    return ret;
}

static void session_close(struct checking *c, struct session *session)
{
    describer_free(c->describer);
    session_free(session);
    c->describer = NULL;
    c->session = NULL;
}

/* What a run with this file would check, and the descriptors besides. */
static int named_check(struct checking *c, enum args_kind kind,
                       struct ob_err *err)
{
    static const struct check_announced_ops ops = { module_good, board_good };
    struct args_item item = { kind, (char *)c->path };
    GPtrArray *items = g_ptr_array_new();
    struct qemus *qs = qemus_new(NULL);
    struct session *s;
    int ret;

    g_ptr_array_add(items, &item);
    ret = session_open(c, items, &s, err);
    if (ret == 0) {
        ret = check_announced(s, qs, &ops, c, err);
        if (ret == 0)
            nothing_note(s->registry, c->path);
        session_close(c, s);
    }
    g_ptr_array_free(items, TRUE);
    qemus_free(qs);
    return ret;
}

static int module_check(struct checking *c, struct ob_err *err)
{
    struct loader_gate gate;
    bool native;
    int ret = loader_gate_file(c->path, &gate, err);

    if (ret < 0)
        return ret;
    native = gate.native;
    if (native)
        printf("%s: good, native QEMU module for the build %s\n", c->path,
               gate.section.stamp);
    loader_gate_clear(&gate);
    return native ? 0 : named_check(c, ARGS_MACHINES, err);
}

static int file_check(struct checking *c, struct ob_err *err)
{
    struct json_doc *doc;
    int ret;

    if (!g_str_has_suffix(c->path, ".json"))
        return module_check(c, err);
    ret = json_load(c->path, FILE_TRUSTED, 0, &doc, err);
    if (ret < 0)
        return ret;
    if (board_file_is(doc))
        ret = board_check(doc, c->path, err);
    else
        ret = named_check(c, ARGS_MODINFO, err);
    json_free(doc);
    return ret;
}

/* --- --run with a name ---------------------------------------------------- */

/* The module called `name`, or the one that has that type: then sets it. */
static const struct registry_module *module_called(const struct registry *r,
                                                   const char *name,
                                                   const char **ret_type)
{
    const struct registry_module *m = registry_find_module(r, name);
    const struct registry_type *type;

    if (m)
        return m;
    type = registry_find_type(r, name);
    *ret_type = name;
    return type ? type->module : NULL;
}

static int installed_run(struct checking *c, struct ob_err *err)
{
    const char *type = NULL;
    const struct registry_module *m = module_called(c->session->registry,
                                                    c->path, &type);
    struct loader_gate gate;
    struct loader *loader;
    int ret;

    if (!m)
        return err_set(err, -ENOENT,
                       "check: no file, module or type is called \"%.128s\"; "
                       "see outboard list",
                       c->path);
    if (m->info.command)
        return module_run(c, m, NULL, type, err);
    loader = loader_new(c->session);
    ret = loader_gate(loader, m, &gate, err);
    if (ret == 0) {
        ret = module_run(c, m, &gate, type, err);
        loader_gate_clear(&gate);
    }
    loader_free(loader);
    return ret;
}

static int name_run(struct checking *c, struct ob_err *err)
{
    GPtrArray *items = g_ptr_array_new();
    struct session *s;
    int ret = session_open(c, items, &s, err);

    if (ret == 0) {
        ret = installed_run(c, err);
        session_close(c, s);
    }
    g_ptr_array_free(items, TRUE);
    return ret;
}

static bool is_name(const char *word)
{
    return !strchr(word, '/') && !g_str_has_suffix(word, ".json") &&
           !g_str_has_suffix(word, ".so") &&
           !g_file_test(word, G_FILE_TEST_EXISTS);
}

int verb_check(const struct cli *cli, int argc, char **argv,
               struct ob_err *err)
{
    struct checking c = { .cli = cli };
    const struct cli_option options[] = {
        { "--run", NULL, &c.run }, { NULL, NULL, NULL },
    };
    int i, status = EXIT_SUCCESS;
    int n = cli_options(argc, argv, options, help, err);

    if (n <= 0)
        return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (n == 1) {
        err_set(err, -EINVAL,
                "check: no file given; see outboard check --help");
        return EXIT_FAILURE;
    }
    for (i = 1; i < n; i++) {
        struct ob_err one = { 0 };

        c.path = argv[i];
        if ((c.run && is_name(c.path) ? name_run : file_check)(&c, &one) < 0) {
            cli_note(one.text);
            status = EXIT_FAILURE;
        }
    }
    return c.broken ? EXIT_FAILURE : status;
}
