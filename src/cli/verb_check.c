/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "board/plan.h"
#include "cli/cli.h"
#include "cli/gather.h"
#include "loader/loader.h"

static const char help[] =
    "usage: outboard check FILE...\n"
    "\n"
    "Checks board files, modinfo files and modules as far as that can be done\n"
    "without QEMU, and runs nothing of them. A modinfo file's modules are\n"
    "looked for and checked with it, and so are its boards.\n"
    "Exit status 0: all are good.\n";

static int board_check(const struct json_doc *doc, const char *path,
                       struct ob_err *err)
{
    struct board_head *head;
    struct plan *plan;
    int r = board_head_read(doc, &head, err);

    if (r < 0)
        return r;
    r = board_plan(doc, NULL, &plan, err);
    if (r == 0) {
        printf("%s: good, board %s\n", path, head->name);
        plan_free(plan);
    }
    board_head_free(head);
    return r;
}

static int module_check(const char *path, struct ob_err *err)
{
    struct loader_gate gate;
    int r = loader_gate_file(path, &gate, err);

    if (r < 0)
        return r;
    if (gate.native)
        printf("%s: good, native QEMU module for the build %s\n", path,
               gate.section.stamp);
    else
        printf("%s: good, module %s (%s)\n", path,
               gate.section.info->modules[0].name,
               gate.section.info->modules[0].license);
    loader_gate_clear(&gate);
    return 0;
}

/* Every module of `ix` that came from a file that was named. */
static int modules_check(const struct index *ix, const char *path,
                         struct ob_err *err)
{
    struct loader *l = loader_new(ix);
    struct index_module *const *modules;
    uint32_t i, n;
    int r = 0;

    modules = index_modules(ix, &n);
    for (i = 0; i < n && r == 0; i++) {
        struct index_module **order;
        char *file;
        uint32_t count;

        if (modules[i]->origin == INDEX_INSTALLED)
            continue;
        r = index_order(ix, modules[i], &order, &count, err);
        if (r < 0)
            break;
        g_free(order);
        r = loader_check(l, modules[i], &file, err);
        if (r < 0)
            break;
        printf("%s: good, module %s (%s)\n", path,
               modules[i]->info.short_name, file);
        g_free(file);
    }
    loader_free(l);
    return r;
}

/* Every board file that the modinfo file names, whole. */
static int boards_check(const struct index *ix, const char *path,
                        struct ob_err *err)
{
    struct index_board *const *boards;
    uint32_t i, n;
    int r = 0;

    boards = index_boards(ix, &n);
    for (i = 0; i < n && r == 0; i++) {
        struct json_doc *doc;
        struct plan *plan = NULL;

        if (boards[i]->origin == INDEX_INSTALLED || !boards[i]->path)
            continue;
        r = json_load(boards[i]->path, FILE_TRUSTED, 0, &doc, err);
        if (r < 0)
            break;
        r = board_plan(doc, NULL, &plan, err);
        if (r == 0)
            printf("%s: good, board %s (%s)\n", path, boards[i]->head.name,
                   boards[i]->path);
        plan_free(plan);
        json_free(doc);
    }
    return r;
}

static int modinfo_check(const struct cli *cli, const char *path,
                         struct ob_err *err)
{
    struct args_item item = { ARGS_MODINFO, (char *)path };
    GPtrArray *items = g_ptr_array_new();
    struct index *ix;
    int r;

    g_ptr_array_add(items, &item);
    r = gather_index(cli, cli->arch, NULL, items, &ix, err);
    g_ptr_array_free(items, TRUE);
    if (r < 0)
        return r;
    r = modules_check(ix, path, err);
    if (r == 0)
        r = boards_check(ix, path, err);
    index_free(ix);
    return r;
}

static int file_check(const struct cli *cli, const char *path,
                      struct ob_err *err)
{
    struct json_doc *doc;
    int r;

    if (!g_str_has_suffix(path, ".json"))
        return module_check(path, err);
    r = json_load(path, FILE_TRUSTED, 0, &doc, err);
    if (r < 0)
        return r;
    if (gather_is_board(doc))
        r = board_check(doc, path, err);
    else
        r = modinfo_check(cli, path, err);
    json_free(doc);
    return r;
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
        err_set(err, -EINVAL, "check: no file given; see outboard check "
                "--help");
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
