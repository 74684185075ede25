/* SPDX-License-Identifier: MIT */
/* `outboard list`: prints the boards, types and modules. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "base/json_write.h"
#include "board/plan.h"
#include "cli/cli.h"
#include "cli/board_files.h"
#include "cli/discover.h"
#include "cli/isolation.h"
#include "loader/loader.h"

static const char help[] =
    "usage: outboard list [--json] [--arch ARCH] [FILE...]\n"
    "\n"
    "Lists the boards, device types and modules that are installed, or that\n"
    "the FILEs announce: boards (.json), modinfo files (.json), modules\n"
    "(.so). For each module it shows where the models would run, and why. To\n"
    "try another choice, write FILE.json,isolation=process or\n"
    "FILE.json,isolation=in-process, or write --isolate=... before the verb.\n"
    "A QEMU may have a type of the same name. A board takes the one of the\n"
    "module. -device takes QEMU's own; -device MODULE.TYPE takes the "
    "module's.\n"
    "  --arch ARCH   list only what is for qemu-system-ARCH\n"
    "  --json        print JSON\n";

static const char *origin_text(enum registry_origin origin)
{
    return origin == REGISTRY_INSTALLED ? "installed" : "announced";
}

/* "arm, aarch64", or "any" for an empty list; g_free() it. */
static char *arch_text(const char *const *arch)
{
    return arch[0] ? g_strjoinv(", ", (char **)arch) : g_strdup("any");
}

static const char *board_path(const struct registry_board *b)
{
    return b->path ? b->path : b->module->info.path;
}

static const char *licence_text(const struct registry_module *m)
{
    return m->info.license   ? m->info.license
           : m->info.command ? "not named"
                             : "see the module";
}

/*
 * What is on a board in JSON; NULL if it is in C, or if there is something
 * wrong with it that outboard check tells of.
 */
static struct plan *plan_of(const struct registry_board *b)
{
    struct json_doc *doc = NULL;
    struct plan *plan = NULL;

    if (!b->path || json_load(b->path, FILE_TRUSTED, 0, &doc, NULL) < 0)
        return NULL;
    if (board_plan(doc, NULL, &plan, NULL) < 0)
        plan = NULL;
    json_free(doc);
    return plan;
}

/* Where a part runs that is a module's; false if it is QEMU's own. */
static bool part_place(const struct session *s, const struct plan_part *part,
                       enum modinfo_isolation *ret_isolation,
                       const char **ret_why)
{
    const struct registry_type *type = registry_find_type(s->registry,
                                                          part->type);

    if (!type)
        return false;
    *ret_isolation = loader_is_remote(s, type->module, NULL, part->isolation,
                                      ret_why)
                         ? ISOLATION_PROCESS
                         : ISOLATION_IN_PROCESS;
    return true;
}

/* Only what is not where most are. */
static void parts_print(const struct session *s,
                        const struct registry_board *b)
{
    struct plan *plan = plan_of(b);
    const char *before = "parts in processes of their own:";

    for (uint32_t i = 0; plan && i < plan->part_count; i++) {
        enum modinfo_isolation place;
        const char *why;

        if (!part_place(s, &plan->parts[i], &place, &why) ||
            place != ISOLATION_PROCESS)
            continue;
        printf("  %-20s %s %s: %s\n", "", before, plan->parts[i].name, why);
        before = "                                ";
    }
    plan_free(plan);
}

static void parts_json(struct json_writer *w, const struct session *s,
                       const struct registry_board *b)
{
    struct plan *plan = plan_of(b);

    json_put_list(w, "parts");
    for (uint32_t i = 0; plan && i < plan->part_count; i++) {
        const struct plan_part *part = &plan->parts[i];
        enum modinfo_isolation place;
        const char *why;

        if (!part_place(s, part, &place, &why))
            continue;
        json_put_object(w, NULL);
        json_put_str(w, "name", part->name);
        json_put_str(w, "type", part->type);
        json_put_str(w, "isolation", modinfo_isolation_text(place));
        json_put_str(w, "why", why);
        json_put_end(w);
    }
    json_put_end(w);
    plan_free(plan);
}

static void boards_print(const struct session *s)
{
    struct registry_board *const *boards;
    uint32_t i, n;

    boards = registry_boards(s->registry, &n);
    puts(n ? "Boards" : "No boards");
    for (i = 0; i < n; i++) {
        char *arch = arch_text(boards[i]->head.arch);

        printf("  %-20s %s\n  %-20s for %s; %s, %s\n", boards[i]->head.name,
               boards[i]->head.title, "", arch, origin_text(boards[i]->origin),
               board_path(boards[i]));
        parts_print(s, boards[i]);
        g_free(arch);
    }
}

/* "category storage, on the i2c bus, needs ob.i2c-target/0"; g_free() it. */
static char *type_text(const struct modinfo_type *type)
{
    GString *text = g_string_new(NULL);
    char *needs = g_strjoinv(", ", (char **)type->needs);

    if (type->category)
        g_string_append_printf(text, "category %s",
                               modinfo_category_names[type->category]);
    if (type->bus != BUS_SYSTEM)
        g_string_append_printf(text, "%son the %s bus", text->len ? ", " : "",
                               modinfo_bus_names[type->bus]);
    if (*needs)
        g_string_append_printf(text, "%sneeds %s", text->len ? ", " : "",
                               needs);
    g_free(needs);
    return g_string_free(text, FALSE);
}

/* The second line only for what is not the rule. */
static void types_print(const struct session *s)
{
    const struct registry_type *types;
    uint32_t i, n;

    types = registry_types(s->registry, &n);
    puts(n ? "Types" : "No types");
    for (i = 0; i < n; i++) {
        const struct modinfo_type *type = types[i].info;
        char *more = type_text(type);

        printf("  %-28s in %s%s%s\n", types[i].name,
               types[i].module->info.short_name, type->desc[0] ? ": " : "",
               type->desc);
        if (more[0])
            printf("  %-28s %s\n", "", more);
        g_free(more);
    }
}

/* The file, or what it runs as; g_free() it. */
static char *what_text(const struct registry_module *m)
{
    char *words, *text;

    if (!m->info.command)
        return g_strconcat(m->info.name, ".so", NULL);
    words = g_strjoinv(" ", (char **)m->info.command);
    text = g_strconcat("runs as ", words, NULL);
    g_free(words);
    return text;
}

/* "in process" or "process", and why. */
static const char *place_text(const struct session *s,
                              const struct registry_module *m,
                              const char **ret_why)
{
    bool remote = loader_is_remote(s, m, NULL, ISOLATION_NONE, ret_why);

    return modinfo_isolation_text(remote ? ISOLATION_PROCESS
                                         : ISOLATION_IN_PROCESS);
}

static void modules_print(const struct session *s)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    modules = registry_modules(s->registry, &n);
    puts(n ? "Modules" : "No modules");
    for (i = 0; i < n; i++) {
        const struct registry_module *m = modules[i];
        char *arch = arch_text(m->info.arch), *what = what_text(m);
        const char *why, *place = place_text(s, m, &why);

        printf("  %-20s %s, licence %s, for %s; %s, %s\n"
               "  %-20s runs %s: %s\n",
               m->info.short_name, what, licence_text(m), arch,
               origin_text(m->origin), m->info.path, "",
               *place == 'p' ? "in a process of its own" : "in QEMU's process",
               why);
        g_free(arch);
        g_free(what);
    }
}

static void boards_json(struct json_writer *w, const struct session *s)
{
    struct registry_board *const *boards;
    uint32_t i, n;

    boards = registry_boards(s->registry, &n);
    json_put_list(w, "boards");
    for (i = 0; i < n; i++) {
        json_put_object(w, NULL);
        json_put_str(w, "name", boards[i]->head.name);
        json_put_str(w, "title", boards[i]->head.title);
        json_put_strs(w, "arch", boards[i]->head.arch);
        json_put_strs(w, "aliases", boards[i]->head.aliases);
        json_put_str(w, "origin", origin_text(boards[i]->origin));
        json_put_str(w, "path", board_path(boards[i]));
        parts_json(w, s, boards[i]);
        json_put_end(w);
    }
    json_put_end(w);
}

static void types_json(struct json_writer *w, const struct session *s)
{
    const struct registry_type *types;
    uint32_t i, n;

    types = registry_types(s->registry, &n);
    json_put_list(w, "types");
    for (i = 0; i < n; i++) {
        char *full = registry_type_full_name(&types[i]);

        json_put_object(w, NULL);
        json_put_str(w, "name", types[i].name);
        json_put_str(w, "full-name", full);
        json_put_str(w, "desc", types[i].info->desc);
        json_put_str(w, "module", types[i].module->info.short_name);
        json_put_str(w, "bus", modinfo_bus_names[types[i].info->bus]);
        json_put_str(w, "category",
                     modinfo_category_names[types[i].info->category]);
        json_put_strs(w, "needs", types[i].info->needs);
        json_put_end(w);
        g_free(full);
    }
    json_put_end(w);
}

static void modules_json(struct json_writer *w, const struct session *s)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    modules = registry_modules(s->registry, &n);
    json_put_list(w, "modules");
    for (i = 0; i < n; i++) {
        const char *why, *place = place_text(s, modules[i], &why);

        json_put_object(w, NULL);
        json_put_str(w, "module", modules[i]->info.short_name);
        json_put_str(w, "name", modules[i]->info.name);
        json_put_str(w, "license", modules[i]->info.license);
        json_put_strs(w, "arch", modules[i]->info.arch);
        json_put_strs(w, "deps", modules[i]->info.deps);
        json_put_strs(w, "opts", modules[i]->info.opts);
        if (modules[i]->info.command)
            json_put_strs(w, "command", modules[i]->info.command);
        json_put_str(w, "isolation", place);
        json_put_str(w, "why", why);
        json_put_str(w, "origin", origin_text(modules[i]->origin));
        json_put_str(w, "path", modules[i]->info.path);
        json_put_end(w);
    }
    json_put_end(w);
}

static void session_print(const struct session *s, bool json)
{
    struct json_writer *w;
    char *text;

    if (!json) {
        boards_print(s);
        types_print(s);
        modules_print(s);
        return;
    }
    w = json_writer_new();
    json_put_object(w, NULL);
    boards_json(w, s);
    types_json(w, s);
    modules_json(w, s);
    json_put_end(w);
    text = json_writer_done(w);
    fputs(text, stdout);
    g_free(text);
}

static void item_free(void *data)
{
    struct args_item *item = data;

    g_free(item->value);
    g_free(item);
}

/* A file is announced in the way that its contents ask for. */
static struct args_item *item_make(char *path)
{
    struct args_item *item = g_new0(struct args_item, 1);
    struct json_doc *doc;

    item->value = path;
    item->kind = ARGS_MACHINES;
    if (g_str_has_suffix(path, ".json") &&
        json_load(path, FILE_TRUSTED, 0, &doc, NULL) == 0) {
        if (!board_file_is(doc))
            item->kind = ARGS_MODINFO;
        json_free(doc);
    }
    return item;
}

/* `word` is a file; behind it may be said where its models are to run. */
static void items_add(GPtrArray *items, const char *word)
{
    const char *comma = g_strrstr(word, "," ISOLATION_ITEM);
    struct args_item *item;

    if (!comma) {
        g_ptr_array_add(items, item_make(g_strdup(word)));
        return;
    }
    g_ptr_array_add(items, item_make(g_strndup(word, comma - word)));
    item = g_new0(struct args_item, 1);
    item->kind = ARGS_MODINFO;
    item->value = g_strdup(comma + 1);
    g_ptr_array_add(items, item);
}

int verb_list(const struct cli *cli, int argc, char **argv, struct ob_err *err)
{
    bool json = false;
    const char *arch = cli->arch;
    const struct cli_option options[] = {
        { "--json", NULL, &json }, { "--arch", &arch, NULL },
        { NULL, NULL, NULL },
    };
    GPtrArray *items;
    struct session *s;
    int i, ret, n = cli_options(argc, argv, options, help, err);

    if (n <= 0)
        return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    items = g_ptr_array_new_with_free_func(item_free);
    for (i = 1; i < n; i++)
        items_add(items, argv[i]);
    ret = discover(cli, arch, NULL, items, &s, err);
    g_ptr_array_free(items, TRUE);
    if (ret < 0)
        return EXIT_FAILURE;
    session_print(s, json);
    session_free(s);
    return EXIT_SUCCESS;
}
