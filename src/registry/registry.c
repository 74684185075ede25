/* SPDX-License-Identifier: MIT */
/* Collecting what is announced, and settling who wins. */
#include "registry/registry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "registry/registry_int.h"

/* One run of registry_finish(). */
struct registry_run {
    struct registry *ix;
    registry_report *report;
    void *opaque;
};

static GHashTable *registry_table(void)
{
    return g_hash_table_new(g_str_hash, g_str_equal);
}

struct registry *registry_new(const char *arch)
{
    struct registry *ix = g_new0(struct registry, 1);

    ix->arena = arena_new(64 * 1024);
    ix->arch = arena_strdup(ix->arena, arch);
    ix->files = g_ptr_array_new();
    ix->all_modules = g_ptr_array_new();
    ix->all_boards = g_ptr_array_new();
    ix->modules = g_ptr_array_new();
    ix->boards = g_ptr_array_new();
    ix->notes = g_array_new(FALSE, FALSE, sizeof(struct registry_note));
    ix->types = g_array_new(FALSE, FALSE, sizeof(struct registry_type));
    ix->options = g_array_new(FALSE, FALSE, sizeof(struct registry_option));
    ix->by_short_name = registry_table();
    ix->by_file = registry_table();
    ix->by_type = registry_table();
    ix->by_option = registry_table();
    ix->by_board = registry_table();
    ix->by_alias = registry_table();
    return ix;
}

void registry_free(struct registry *ix)
{
    if (!ix)
        return;
    for (guint i = 0; i < ix->files->len; i++)
        modinfo_free(ix->files->pdata[i]);
    g_ptr_array_free(ix->files, TRUE);
    g_ptr_array_free(ix->all_modules, TRUE);
    g_ptr_array_free(ix->all_boards, TRUE);
    g_ptr_array_free(ix->modules, TRUE);
    g_ptr_array_free(ix->boards, TRUE);
    g_array_free(ix->notes, TRUE);
    g_array_free(ix->types, TRUE);
    g_array_free(ix->options, TRUE);
    g_hash_table_destroy(ix->by_short_name);
    g_hash_table_destroy(ix->by_file);
    g_hash_table_destroy(ix->by_type);
    g_hash_table_destroy(ix->by_option);
    g_hash_table_destroy(ix->by_board);
    g_hash_table_destroy(ix->by_alias);
    arena_free(ix->arena);
    g_free(ix->buffer);
    g_free(ix);
}

const char *registry_arch(const struct registry *ix)
{
    return ix->arch;
}

void registry_set_arch(struct registry *ix, const char *arch)
{
    ix->arch = arena_strdup(ix->arena, arch);
}

struct registry_board *registry_add_head(struct registry *ix,
                                         const struct board_head *head,
                                         const char *path,
                                         struct registry_module *module,
                                         enum registry_origin origin)
{
    struct registry_board *board = arena_zeros(ix->arena, 1, sizeof(*board));

    board->head = *head;
    board->path = path;
    board->module = module;
    board->origin = origin;
    g_ptr_array_add(ix->all_boards, board);
    return board;
}

struct registry_module *registry_add_info(struct registry *ix,
                                          const struct modinfo *info,
                                          const char *so_path,
                                          enum registry_origin origin)
{
    struct registry_module *module = arena_zeros(ix->arena, 1,
                                                 sizeof(*module));

    module->info = *info;
    module->origin = origin;
    module->file = so_path;
    g_ptr_array_add(ix->all_modules, module);
    for (uint32_t i = 0; i < info->n_boards; i++)
        if (!info->boards[i].file)
            registry_add_head(ix, &info->boards[i], NULL, module, origin);
    return module;
}

void registry_add_module(struct registry *ix, struct modinfo_file *file,
                         const char *so_path, enum registry_origin origin)
{
    const char *path = arena_strdup(ix->arena, so_path);

    g_ptr_array_add(ix->files, file);
    for (uint32_t i = 0; i < file->count; i++)
        registry_add_info(ix, &file->modules[i], path, origin);
}

void registry_set_file(struct registry *ix, struct registry_module *module,
                       const char *so_path, bool native)
{
    module->file = arena_strdup(ix->arena, so_path);
    module->native = native;
}

void registry_drop_module(struct registry *ix, struct registry_module *module)
{
    for (guint i = ix->all_boards->len; i-- > 0;) {
        const struct registry_board *board = ix->all_boards->pdata[i];

        if (board->module == module)
            g_ptr_array_remove_index(ix->all_boards, i);
    }
    g_ptr_array_remove(ix->all_modules, module);
}

void registry_add_modinfo(struct registry *ix, struct modinfo_file *file,
                          enum registry_origin origin)
{
    registry_add_module(ix, file, NULL, origin);
}

void registry_add_board(struct registry *ix, const struct board_head *head,
                        const char *path, enum registry_origin origin)
{
    struct board_head copy = *head;

    copy.name = arena_strdup(ix->arena, head->name);
    copy.title = arena_strdup(ix->arena, head->title ? head->title : "");
    copy.arch = arena_list(ix->arena, head->arch);
    copy.aliases = arena_list(ix->arena, head->aliases);
    registry_add_head(ix, &copy, arena_strdup(ix->arena, path), NULL, origin);
}

void registry_add_note(struct registry *ix, const char *key, const char *value)
{
    struct registry_note note = {
        arena_strdup(ix->arena, key), arena_strdup(ix->arena, value),
    };

    g_array_append_val(ix->notes, note);
}

static void run_say(const struct registry_run *run, bool detail,
                    const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void run_say(const struct registry_run *run, bool detail,
                    const char *fmt, ...)
{
    struct ob_err line = { 0 };
    va_list ap;

    if (!run->report)
        return;
    va_start(ap, fmt);
    err_setv(&line, -EINVAL, fmt, ap);
    va_end(ap);
    run->report(run->opaque, detail, line.text);
}

/* "acme.json:3:5", or the module's path. */
static const char *module_place(const struct registry_module *module,
                                char buf[512])
{
    const struct modinfo *info = &module->info;

    if (info->line)
        snprintf(buf, 512, "%s:%u:%u", info->path, info->line, info->col);
    else
        snprintf(buf, 512, "%s", info->path);
    return buf;
}

static const char *board_place(const struct registry_board *board,
                               char buf[512])
{
    if (board->module)
        return module_place(board->module, buf);
    snprintf(buf, 512, "%s", board->path);
    return buf;
}

/* Say that `what` "name" at `place` takes the place of the one at `before`. */
static void run_say_twice(const struct registry_run *run, bool detail,
                          const char *what, const char *name,
                          const char *place, const char *before)
{
    if (strcmp(place, before) == 0)
        return;             /* the same file, named twice */
    run_say(run, detail,
            "%s: %s is announced twice (\"%s\", also in %s); this one is used",
            place, what, name, before);
}

static void run_say_module_twice(const struct registry_run *run,
                                 const char *what, const char *name,
                                 const struct registry_module *now,
                                 const struct registry_module *before)
{
    char here[512], there[512];

    if (!run->report || now == before)
        return;
    run_say_twice(run, before->origin == REGISTRY_INSTALLED, what, name,
                  module_place(now, here), module_place(before, there));
}

/* "arm, aarch64" */
static void registry_join(const char *const *list, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (; *list && len + 1 < size; list++) {
        snprintf(buf + len, size - len, "%s%s", len ? ", " : "", *list);
        len = strlen(buf);
    }
}

/* Is this for our target? If not, say so to those who want details. */
static bool run_arch_fits(const struct registry_run *run, const char *place,
                          const char *what, const char *name,
                          const char *const *arch)
{
    char list[256];

    if (!run->ix->arch || modinfo_arch_fits(arch, run->ix->arch))
        return true;
    if (run->report) {
        registry_join(arch, list, sizeof(list));
        run_say(run, true,
                "%s: %s is passed over (\"%s\" is for %s, this is %s); use it "
                "with that target",
                place, what, name, list, run->ix->arch);
    }
    return false;
}

/* Later modules take the short names of earlier ones. */
static void run_choose_modules(const struct registry_run *run)
{
    struct registry *ix = run->ix;

    for (guint i = 0; i < ix->all_modules->len; i++) {
        struct registry_module *now = ix->all_modules->pdata[i];
        const char *name = now->info.short_name;
        struct registry_module *before;
        char place[512];

        if (!run_arch_fits(run, run->report ? module_place(now, place) : "",
                           "a module", name, now->info.arch))
            continue;
        before = g_hash_table_lookup(ix->by_short_name, name);
        if (before)
            run_say_module_twice(run, "a module", name, now, before);
        g_hash_table_replace(ix->by_short_name, (gpointer)name, now);
    }
    for (guint i = 0; i < ix->all_modules->len; i++) {
        struct registry_module *now = ix->all_modules->pdata[i];

        if (g_hash_table_lookup(ix->by_short_name, now->info.short_name) !=
            now)
            continue;
        now->number = ix->modules->len;
        g_ptr_array_add(ix->modules, now);
        g_hash_table_replace(ix->by_file, (gpointer)now->info.name, now);
    }
}

static void run_add_type(const struct registry_run *run, const char *name,
                         const char *desc, struct registry_module *module)
{
    GArray *types = run->ix->types;
    struct registry_type type = { name, desc, module };
    gpointer place = g_hash_table_lookup(run->ix->by_type, name);

    if (!place) {
        g_array_append_val(types, type);
        g_hash_table_insert(run->ix->by_type, (gpointer)name,
                            GUINT_TO_POINTER(types->len));
    } else {
        struct registry_type *before = &g_array_index(
            types, struct registry_type, GPOINTER_TO_UINT(place) - 1);

        run_say_module_twice(run, "a type", name, module, before->module);
        *before = type;
        g_hash_table_replace(run->ix->by_type, (gpointer)name, place);
    }
}

static void run_add_option(const struct registry_run *run, const char *name,
                           struct registry_module *module)
{
    GArray *options = run->ix->options;
    struct registry_option option = { name, module };
    gpointer place = g_hash_table_lookup(run->ix->by_option, name);

    if (!place) {
        g_array_append_val(options, option);
        g_hash_table_insert(run->ix->by_option, (gpointer)name,
                            GUINT_TO_POINTER(options->len));
    } else {
        struct registry_option *before = &g_array_index(
            options, struct registry_option, GPOINTER_TO_UINT(place) - 1);

        run_say_module_twice(run, "an option group", name, module,
                             before->module);
        *before = option;
        g_hash_table_replace(run->ix->by_option, (gpointer)name, place);
    }
}

static void run_add_held(const struct registry_run *run,
                         struct registry_module *module)
{
    const struct modinfo *info = &module->info;

    for (uint32_t i = 0; i < info->n_objs; i++)
        run_add_type(run, info->objs[i], info->descs[i], module);
    for (const char *const *opt = info->opts; *opt; opt++)
        run_add_option(run, *opt, module);
}

/* Does the module that holds this board stand, and is it for our target? */
static bool run_board_stands(const struct registry_run *run,
                             const struct registry_board *board)
{
    const struct registry_module *module = board->module;
    char place[512];

    if (module &&
        registry_find_module(run->ix, module->info.short_name) != module)
        return false;
    return run_arch_fits(run, run->report ? board_place(board, place) : "",
                         "a board", board->head.name, board->head.arch);
}

/* Is replacing it what one does on purpose: to try another file of it? */
static bool board_meant(const struct registry_board *now,
                        const struct registry_board *before)
{
    return before->origin == REGISTRY_INSTALLED ||
           (before->path && now->path && before->origin < now->origin);
}

static void run_say_board_twice(const struct registry_run *run,
                                const struct registry_board *now,
                                const struct registry_board *before)
{
    char here[512], there[512];

    if (!run->report ||
        (now->path && before->path && path_same(now->path, before->path)))
        return;
    run_say_twice(run, board_meant(now, before), "a board", now->head.name,
                  board_place(now, here), board_place(before, there));
}

static void run_choose_boards(const struct registry_run *run)
{
    struct registry *ix = run->ix;

    for (guint i = 0; i < ix->all_boards->len; i++) {
        struct registry_board *now = ix->all_boards->pdata[i];
        struct registry_board *before;

        if (!run_board_stands(run, now))
            continue;
        before = g_hash_table_lookup(ix->by_board, now->head.name);
        if (before)
            run_say_board_twice(run, now, before);
        g_hash_table_replace(ix->by_board, (gpointer)now->head.name, now);
    }
    for (guint i = 0; i < ix->all_boards->len; i++) {
        struct registry_board *now = ix->all_boards->pdata[i];

        if (g_hash_table_lookup(ix->by_board, now->head.name) != now)
            continue;
        g_ptr_array_add(ix->boards, now);
        for (const char *const *alias = now->head.aliases; *alias; alias++)
            g_hash_table_replace(ix->by_alias, (gpointer)*alias, now);
    }
}

static void registry_forget(struct registry *ix)
{
    g_ptr_array_set_size(ix->modules, 0);
    g_ptr_array_set_size(ix->boards, 0);
    g_array_set_size(ix->types, 0);
    g_array_set_size(ix->options, 0);
    g_hash_table_remove_all(ix->by_short_name);
    g_hash_table_remove_all(ix->by_file);
    g_hash_table_remove_all(ix->by_type);
    g_hash_table_remove_all(ix->by_option);
    g_hash_table_remove_all(ix->by_board);
    g_hash_table_remove_all(ix->by_alias);
}

void registry_finish(struct registry *ix, registry_report *report,
                     void *opaque)
{
    const struct registry_run run = { ix, report, opaque };

    registry_forget(ix);
    run_choose_modules(&run);
    for (guint i = 0; i < ix->modules->len; i++)
        run_add_held(&run, ix->modules->pdata[i]);
    run_choose_boards(&run);
}

struct registry_module *const *registry_modules(const struct registry *ix,
                                                uint32_t *ret_n)
{
    *ret_n = ix->modules->len;
    return (struct registry_module *const *)ix->modules->pdata;
}

const struct registry_type *registry_types(const struct registry *ix,
                                           uint32_t *ret_n)
{
    *ret_n = ix->types->len;
    return (const struct registry_type *)(void *)ix->types->data;
}

struct registry_board *const *registry_boards(const struct registry *ix,
                                              uint32_t *ret_n)
{
    *ret_n = ix->boards->len;
    return (struct registry_board *const *)ix->boards->pdata;
}

const struct registry_option *registry_options(const struct registry *ix,
                                               uint32_t *ret_n)
{
    *ret_n = ix->options->len;
    return (const struct registry_option *)(void *)ix->options->data;
}

const struct registry_note *registry_notes(const struct registry *ix,
                                           uint32_t *ret_n)
{
    *ret_n = ix->notes->len;
    return (const struct registry_note *)(void *)ix->notes->data;
}

const char *registry_note(const struct registry *ix, const char *key)
{
    uint32_t n;
    const struct registry_note *notes = registry_notes(ix, &n);

    for (uint32_t i = 0; i < n; i++)
        if (strcmp(notes[i].key, key) == 0)
            return notes[i].value;
    return NULL;
}

const struct registry_type *registry_find_type(const struct registry *ix,
                                               const char *name)
{
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(ix->by_type, name));

    return place ? &g_array_index(ix->types, struct registry_type, place - 1)
                 : NULL;
}

struct registry_module *registry_find_option(const struct registry *ix,
                                             const char *name)
{
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(ix->by_option, name));

    return place
               ? g_array_index(ix->options, struct registry_option, place - 1)
                     .module
               : NULL;
}

struct registry_module *registry_find_module(const struct registry *ix,
                                             const char *short_name)
{
    return g_hash_table_lookup(ix->by_short_name, short_name);
}

struct registry_module *registry_find_file(const struct registry *ix,
                                           const char *name)
{
    return g_hash_table_lookup(ix->by_file, name);
}

struct registry_module *registry_find_dep(const struct registry *ix,
                                          const char *name)
{
    struct registry_module *module = registry_find_module(ix, name);

    return module ? module : registry_find_file(ix, name);
}

struct registry_board *registry_find_board(const struct registry *ix,
                                           const char *name)
{
    struct registry_board *board = g_hash_table_lookup(ix->by_board, name);

    return board ? board : g_hash_table_lookup(ix->by_alias, name);
}

const char *registry_nearest_type(const struct registry *ix, const char *name)
{
    struct str_near near = { .name = name };
    uint32_t n;
    const struct registry_type *types = registry_types(ix, &n);

    for (uint32_t i = 0; i < n; i++)
        str_near_offer(&near, types[i].name);
    return near.best;
}

const char *registry_nearest_board(const struct registry *ix, const char *name)
{
    struct str_near near = { .name = name };
    uint32_t n;
    struct registry_board *const *boards = registry_boards(ix, &n);

    for (uint32_t i = 0; i < n; i++) {
        const char *const *alias = boards[i]->head.aliases;

        str_near_offer(&near, boards[i]->head.name);
        for (; *alias; alias++)
            str_near_offer(&near, *alias);
    }
    return near.best;
}
