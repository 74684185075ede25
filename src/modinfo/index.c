/* SPDX-License-Identifier: MIT */
/* Collecting what is announced, and settling who wins. */
#include "modinfo/index.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "modinfo/index_private.h"

/* One run of index_finish(). */
struct index_run {
    struct index *ix;
    index_report *report;
    void *opaque;
};

static GHashTable *index_table(void)
{
    return g_hash_table_new(g_str_hash, g_str_equal);
}

struct index *index_new(const char *arch)
{
    struct index *ix = g_new0(struct index, 1);

    ix->arena = arena_new(64 * 1024);
    ix->arch = arena_strdup(ix->arena, arch);
    ix->files = g_ptr_array_new();
    ix->all_modules = g_ptr_array_new();
    ix->all_boards = g_ptr_array_new();
    ix->modules = g_ptr_array_new();
    ix->boards = g_ptr_array_new();
    ix->notes = g_array_new(FALSE, FALSE, sizeof(struct index_note));
    ix->types = g_array_new(FALSE, FALSE, sizeof(struct index_type));
    ix->options = g_array_new(FALSE, FALSE, sizeof(struct index_option));
    ix->by_short_name = index_table();
    ix->by_file = index_table();
    ix->by_type = index_table();
    ix->by_option = index_table();
    ix->by_board = index_table();
    ix->by_alias = index_table();
    return ix;
}

void index_free(struct index *ix)
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

const char *index_arch(const struct index *ix)
{
    return ix->arch;
}

void index_set_arch(struct index *ix, const char *arch)
{
    ix->arch = arena_strdup(ix->arena, arch);
}

struct index_board *index_add_head(struct index *ix,
                                   const struct board_head *head,
                                   const char *path,
                                   struct index_module *module,
                                   enum index_origin origin)
{
    struct index_board *board = arena_zeros(ix->arena, 1, sizeof(*board));

    board->head = *head;
    board->path = path;
    board->module = module;
    board->origin = origin;
    g_ptr_array_add(ix->all_boards, board);
    return board;
}

struct index_module *index_add_info(struct index *ix,
                                    const struct modinfo *info,
                                    const char *so_path,
                                    enum index_origin origin)
{
    struct index_module *module = arena_zeros(ix->arena, 1, sizeof(*module));

    module->info = *info;
    module->origin = origin;
    module->file = so_path;
    g_ptr_array_add(ix->all_modules, module);
    for (uint32_t i = 0; i < info->n_boards; i++)
        if (!info->boards[i].file)
            index_add_head(ix, &info->boards[i], NULL, module, origin);
    return module;
}

void index_add_module(struct index *ix, struct modinfo_file *file,
                      const char *so_path, enum index_origin origin)
{
    const char *path = arena_strdup(ix->arena, so_path);

    g_ptr_array_add(ix->files, file);
    for (uint32_t i = 0; i < file->count; i++)
        index_add_info(ix, &file->modules[i], path, origin);
}

void index_set_file(struct index *ix, struct index_module *module,
                    const char *so_path, bool native)
{
    module->file = arena_strdup(ix->arena, so_path);
    module->native = native;
}

void index_drop_module(struct index *ix, struct index_module *module)
{
    for (guint i = ix->all_boards->len; i-- > 0;) {
        const struct index_board *board = ix->all_boards->pdata[i];

        if (board->module == module)
            g_ptr_array_remove_index(ix->all_boards, i);
    }
    g_ptr_array_remove(ix->all_modules, module);
}

void index_add_modinfo(struct index *ix, struct modinfo_file *file,
                       enum index_origin origin)
{
    index_add_module(ix, file, NULL, origin);
}

void index_add_board(struct index *ix, const struct board_head *head,
                     const char *path, enum index_origin origin)
{
    struct board_head copy = *head;

    copy.name = arena_strdup(ix->arena, head->name);
    copy.title = arena_strdup(ix->arena, head->title ? head->title : "");
    copy.arch = arena_list(ix->arena, head->arch);
    copy.aliases = arena_list(ix->arena, head->aliases);
    index_add_head(ix, &copy, arena_strdup(ix->arena, path), NULL, origin);
}

void index_add_note(struct index *ix, const char *key, const char *value)
{
    struct index_note note = {
        arena_strdup(ix->arena, key), arena_strdup(ix->arena, value),
    };

    g_array_append_val(ix->notes, note);
}

static void run_say(const struct index_run *run, bool detail, const char *fmt,
                    ...) __attribute__((format(printf, 3, 4)));

static void run_say(const struct index_run *run, bool detail, const char *fmt,
                    ...)
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
static const char *module_place(const struct index_module *module,
                                char buf[512])
{
    const struct modinfo *info = &module->info;

    if (info->line)
        snprintf(buf, 512, "%s:%u:%u", info->path, info->line, info->col);
    else
        snprintf(buf, 512, "%s", info->path);
    return buf;
}

static const char *board_place(const struct index_board *board, char buf[512])
{
    if (board->module)
        return module_place(board->module, buf);
    snprintf(buf, 512, "%s", board->path);
    return buf;
}

/* Say that `what` "name" at `place` takes the place of the one at `before`. */
static void run_say_twice(const struct index_run *run, bool detail,
                          const char *what, const char *name,
                          const char *place, const char *before)
{
    if (strcmp(place, before) == 0)
        return;             /* the same file, named twice */
    run_say(run, detail,
            "%s: %s is announced twice (\"%s\", also in %s); this one is used",
            place, what, name, before);
}

static void run_say_module_twice(const struct index_run *run, const char *what,
                                 const char *name,
                                 const struct index_module *now,
                                 const struct index_module *before)
{
    char here[512], there[512];

    if (!run->report || now == before)
        return;
    run_say_twice(run, before->origin == INDEX_INSTALLED, what, name,
                  module_place(now, here), module_place(before, there));
}

/* "arm, aarch64" */
static void index_join(const char *const *list, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (; *list && len + 1 < size; list++) {
        snprintf(buf + len, size - len, "%s%s", len ? ", " : "", *list);
        len = strlen(buf);
    }
}

/* Is this for our target? If not, say so to those who want details. */
static bool run_arch_fits(const struct index_run *run, const char *place,
                          const char *what, const char *name,
                          const char *const *arch)
{
    char list[256];

    if (!run->ix->arch || modinfo_arch_fits(arch, run->ix->arch))
        return true;
    if (run->report) {
        index_join(arch, list, sizeof(list));
        run_say(run, true,
                "%s: %s is passed over (\"%s\" is for %s, this is %s); use it "
                "with that target",
                place, what, name, list, run->ix->arch);
    }
    return false;
}

/* Later modules take the short names of earlier ones. */
static void run_choose_modules(const struct index_run *run)
{
    struct index *ix = run->ix;

    for (guint i = 0; i < ix->all_modules->len; i++) {
        struct index_module *now = ix->all_modules->pdata[i];
        const char *name = now->info.short_name;
        struct index_module *before;
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
        struct index_module *now = ix->all_modules->pdata[i];

        if (g_hash_table_lookup(ix->by_short_name, now->info.short_name) !=
            now)
            continue;
        now->number = ix->modules->len;
        g_ptr_array_add(ix->modules, now);
        g_hash_table_replace(ix->by_file, (gpointer)now->info.name, now);
    }
}

static void run_add_type(const struct index_run *run, const char *name,
                         const char *desc, struct index_module *module)
{
    GArray *types = run->ix->types;
    struct index_type type = { name, desc, module };
    gpointer place = g_hash_table_lookup(run->ix->by_type, name);

    if (!place) {
        g_array_append_val(types, type);
        g_hash_table_insert(run->ix->by_type, (gpointer)name,
                            GUINT_TO_POINTER(types->len));
    } else {
        struct index_type *before = &g_array_index(
            types, struct index_type, GPOINTER_TO_UINT(place) - 1);

        run_say_module_twice(run, "a type", name, module, before->module);
        *before = type;
        g_hash_table_replace(run->ix->by_type, (gpointer)name, place);
    }
}

static void run_add_option(const struct index_run *run, const char *name,
                           struct index_module *module)
{
    GArray *options = run->ix->options;
    struct index_option option = { name, module };
    gpointer place = g_hash_table_lookup(run->ix->by_option, name);

    if (!place) {
        g_array_append_val(options, option);
        g_hash_table_insert(run->ix->by_option, (gpointer)name,
                            GUINT_TO_POINTER(options->len));
    } else {
        struct index_option *before = &g_array_index(
            options, struct index_option, GPOINTER_TO_UINT(place) - 1);

        run_say_module_twice(run, "an option group", name, module,
                             before->module);
        *before = option;
        g_hash_table_replace(run->ix->by_option, (gpointer)name, place);
    }
}

static void run_add_held(const struct index_run *run,
                         struct index_module *module)
{
    const struct modinfo *info = &module->info;

    for (uint32_t i = 0; i < info->n_objs; i++)
        run_add_type(run, info->objs[i], info->descs[i], module);
    for (const char *const *opt = info->opts; *opt; opt++)
        run_add_option(run, *opt, module);
}

/* Does the module that holds this board stand, and is it for our target? */
static bool run_board_stands(const struct index_run *run,
                             const struct index_board *board)
{
    const struct index_module *module = board->module;
    char place[512];

    if (module &&
        index_find_module(run->ix, module->info.short_name) != module)
        return false;
    return run_arch_fits(run, run->report ? board_place(board, place) : "",
                         "a board", board->head.name, board->head.arch);
}

/* Is replacing it what one does on purpose: to try another file of it? */
static bool board_meant(const struct index_board *now,
                        const struct index_board *before)
{
    return before->origin == INDEX_INSTALLED ||
           (before->path && now->path && before->origin < now->origin);
}

static void run_say_board_twice(const struct index_run *run,
                                const struct index_board *now,
                                const struct index_board *before)
{
    char here[512], there[512];

    if (!run->report ||
        (now->path && before->path && path_same(now->path, before->path)))
        return;
    run_say_twice(run, board_meant(now, before), "a board", now->head.name,
                  board_place(now, here), board_place(before, there));
}

static void run_choose_boards(const struct index_run *run)
{
    struct index *ix = run->ix;

    for (guint i = 0; i < ix->all_boards->len; i++) {
        struct index_board *now = ix->all_boards->pdata[i];
        struct index_board *before;

        if (!run_board_stands(run, now))
            continue;
        before = g_hash_table_lookup(ix->by_board, now->head.name);
        if (before)
            run_say_board_twice(run, now, before);
        g_hash_table_replace(ix->by_board, (gpointer)now->head.name, now);
    }
    for (guint i = 0; i < ix->all_boards->len; i++) {
        struct index_board *now = ix->all_boards->pdata[i];

        if (g_hash_table_lookup(ix->by_board, now->head.name) != now)
            continue;
        g_ptr_array_add(ix->boards, now);
        for (const char *const *alias = now->head.aliases; *alias; alias++)
            g_hash_table_replace(ix->by_alias, (gpointer)*alias, now);
    }
}

static void index_forget(struct index *ix)
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

void index_finish(struct index *ix, index_report *report, void *opaque)
{
    const struct index_run run = { ix, report, opaque };

    index_forget(ix);
    run_choose_modules(&run);
    for (guint i = 0; i < ix->modules->len; i++)
        run_add_held(&run, ix->modules->pdata[i]);
    run_choose_boards(&run);
}

struct index_module *const *index_modules(const struct index *ix,
                                          uint32_t *ret_n)
{
    *ret_n = ix->modules->len;
    return (struct index_module *const *)ix->modules->pdata;
}

const struct index_type *index_types(const struct index *ix, uint32_t *ret_n)
{
    *ret_n = ix->types->len;
    return (const struct index_type *)(void *)ix->types->data;
}

struct index_board *const *index_boards(const struct index *ix,
                                        uint32_t *ret_n)
{
    *ret_n = ix->boards->len;
    return (struct index_board *const *)ix->boards->pdata;
}

const struct index_option *index_options(const struct index *ix,
                                         uint32_t *ret_n)
{
    *ret_n = ix->options->len;
    return (const struct index_option *)(void *)ix->options->data;
}

const struct index_note *index_notes(const struct index *ix, uint32_t *ret_n)
{
    *ret_n = ix->notes->len;
    return (const struct index_note *)(void *)ix->notes->data;
}

const char *index_note(const struct index *ix, const char *key)
{
    uint32_t n;
    const struct index_note *notes = index_notes(ix, &n);

    for (uint32_t i = 0; i < n; i++)
        if (strcmp(notes[i].key, key) == 0)
            return notes[i].value;
    return NULL;
}

const struct index_type *index_find_type(const struct index *ix,
                                         const char *name)
{
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(ix->by_type, name));

    return place ? &g_array_index(ix->types, struct index_type, place - 1)
                 : NULL;
}

struct index_module *index_find_option(const struct index *ix,
                                       const char *name)
{
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(ix->by_option, name));

    return place ? g_array_index(ix->options, struct index_option, place - 1)
                       .module
                 : NULL;
}

struct index_module *index_find_module(const struct index *ix,
                                       const char *short_name)
{
    return g_hash_table_lookup(ix->by_short_name, short_name);
}

struct index_module *index_find_file(const struct index *ix, const char *name)
{
    return g_hash_table_lookup(ix->by_file, name);
}

struct index_module *index_find_dep(const struct index *ix, const char *name)
{
    struct index_module *module = index_find_module(ix, name);

    return module ? module : index_find_file(ix, name);
}

struct index_board *index_find_board(const struct index *ix, const char *name)
{
    struct index_board *board = g_hash_table_lookup(ix->by_board, name);

    return board ? board : g_hash_table_lookup(ix->by_alias, name);
}

const char *index_nearest_type(const struct index *ix, const char *name)
{
    struct str_near near = { .name = name };
    uint32_t n;
    const struct index_type *types = index_types(ix, &n);

    for (uint32_t i = 0; i < n; i++)
        str_near_offer(&near, types[i].name);
    return near.best;
}

const char *index_nearest_board(const struct index *ix, const char *name)
{
    struct str_near near = { .name = name };
    uint32_t n;
    struct index_board *const *boards = index_boards(ix, &n);

    for (uint32_t i = 0; i < n; i++) {
        const char *const *alias = boards[i]->head.aliases;

        str_near_offer(&near, boards[i]->head.name);
        for (; *alias; alias++)
            str_near_offer(&near, *alias);
    }
    return near.best;
}
