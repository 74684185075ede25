/* SPDX-License-Identifier: MIT */
/*
 * Collects the announced modules, types and boards, and decides which takes
 * precedence.
 */
#include "registry/registry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "registry/registry_int.h"

/*
 * One run of registry_finish(). Each run builds all tables again from what was
 * added: that is simpler than to keep them right at each change, and takes
 * about 1 ms for 10,000 types.
 */
struct registry_run {
    struct registry *registry;
    registry_report *report;
    void *opaque;
};

static GHashTable *registry_table(void)
{
    return g_hash_table_new(g_str_hash, g_str_equal);
}

struct registry *registry_new(const char *arch)
{
    struct registry *registry = g_new0(struct registry, 1);

    registry->arena = arena_new(64 * 1024);
    registry->arch = arena_strdup(registry->arena, arch);
    registry->files = g_ptr_array_new();
    registry->all_modules = g_ptr_array_new();
    registry->all_boards = g_ptr_array_new();
    registry->modules = g_ptr_array_new();
    registry->boards = g_ptr_array_new();
    registry->types = g_array_new(FALSE, FALSE, sizeof(struct registry_type));
    registry->options = g_array_new(FALSE, FALSE,
                                    sizeof(struct registry_option));
    registry->by_short_name = registry_table();
    registry->by_file = registry_table();
    registry->by_type = registry_table();
    registry->by_option = registry_table();
    registry->by_board = registry_table();
    registry->by_alias = registry_table();
    return registry;
}

void registry_free(struct registry *registry)
{
    if (!registry)
        return;
    for (guint i = 0; i < registry->files->len; i++)
        modinfo_free(registry->files->pdata[i]);
    g_ptr_array_free(registry->files, TRUE);
    g_ptr_array_free(registry->all_modules, TRUE);
    g_ptr_array_free(registry->all_boards, TRUE);
    g_ptr_array_free(registry->modules, TRUE);
    g_ptr_array_free(registry->boards, TRUE);
    g_array_free(registry->types, TRUE);
    g_array_free(registry->options, TRUE);
    g_hash_table_destroy(registry->by_short_name);
    g_hash_table_destroy(registry->by_file);
    g_hash_table_destroy(registry->by_type);
    g_hash_table_destroy(registry->by_option);
    g_hash_table_destroy(registry->by_board);
    g_hash_table_destroy(registry->by_alias);
    arena_free(registry->arena);
    g_free(registry);
}

const char *registry_arch(const struct registry *registry)
{
    return registry->arch;
}

void registry_set_arch(struct registry *registry, const char *arch)
{
    registry->arch = arena_strdup(registry->arena, arch);
}

static void registry_add_head(struct registry *registry,
                              const struct board_head *head, const char *path,
                              struct registry_module *module,
                              enum registry_origin origin)
{
    struct registry_board *board = arena_zeros(registry->arena, 1,
                                               sizeof(*board));

    board->head = *head;
    board->path = path;
    board->module = module;
    board->origin = origin;
    g_ptr_array_add(registry->all_boards, board);
}

static void registry_add_info(struct registry *registry,
                              const struct modinfo *info, const char *so_path,
                              enum registry_origin origin)
{
    struct registry_module *module = arena_zeros(registry->arena, 1,
                                                 sizeof(*module));

    /* The strings stay the file's, which the registry frees at its end. */
    module->info = *info;
    module->origin = origin;
    module->file = so_path;
    g_ptr_array_add(registry->all_modules, module);
    for (uint32_t i = 0; i < info->n_boards; i++)
        if (!info->boards[i].file)
            registry_add_head(registry, &info->boards[i], NULL, module,
                              origin);
}

struct registry_module *registry_put_module(
    struct registry *registry, const struct registry_module *module)
{
    struct registry_module *copy = arena_zeros(registry->arena, 1,
                                               sizeof(*copy));

    *copy = *module;
    g_ptr_array_add(registry->all_modules, copy);
    return copy;
}

void registry_put_board(struct registry *registry,
                        const struct registry_board *board)
{
    registry_add_head(registry, &board->head, board->path, board->module,
                      board->origin);
}

void registry_add_module(struct registry *registry, struct modinfo_file *file,
                         const char *so_path, enum registry_origin origin)
{
    const char *path = arena_strdup(registry->arena, so_path);

    g_ptr_array_add(registry->files, file);
    for (uint32_t i = 0; i < file->count; i++)
        registry_add_info(registry, &file->modules[i], path, origin);
}

void registry_set_file(struct registry *registry,
                       struct registry_module *module, const char *so_path,
                       bool native)
{
    module->file = arena_strdup(registry->arena, so_path);
    module->native = native;
}

void registry_drop_module(struct registry *registry,
                          struct registry_module *module)
{
    /* A board in C cannot be built without the code of its module. */
    for (guint i = registry->all_boards->len; i-- > 0;) {
        const struct registry_board *board = registry->all_boards->pdata[i];

        if (board->module == module)
            g_ptr_array_remove_index(registry->all_boards, i);
    }
    g_ptr_array_remove(registry->all_modules, module);
}

void registry_add_modinfo(struct registry *registry, struct modinfo_file *file,
                          enum registry_origin origin)
{
    registry_add_module(registry, file, NULL, origin);
}

void registry_add_board(struct registry *registry,
                        const struct board_head *head, const char *path,
                        enum registry_origin origin)
{
    struct board_head copy = *head;

    copy.name = arena_strdup(registry->arena, head->name);
    copy.title = arena_strdup(registry->arena, head->title ? head->title : "");
    copy.arch = arena_list(registry->arena, head->arch);
    copy.aliases = arena_list(registry->arena, head->aliases);
    registry_add_head(registry, &copy, arena_strdup(registry->arena, path),
                      NULL, origin);
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

/* Is this for our target? If not, it is a detail to report. */
static bool run_arch_fits(const struct registry_run *run, const char *place,
                          const char *what, const char *name,
                          const char *const *arch)
{
    char list[256];

    if (!run->registry->arch || modinfo_arch_fits(arch, run->registry->arch))
        return true;
    if (run->report) {
        registry_join(arch, list, sizeof(list));
        run_say(run, true,
                "%s: %s is ignored (\"%s\" is for %s, this is %s); use it "
                "with that target",
                place, what, name, list, run->registry->arch);
    }
    return false;
}

/*
 * Later modules take the short names of earlier ones. A module is replaced as a
 * whole: types of two versions of one module must not mix. The first walk finds
 * the winners, the second keeps the order in which they were added.
 */
static void run_choose_modules(const struct registry_run *run)
{
    struct registry *registry = run->registry;

    for (guint i = 0; i < registry->all_modules->len; i++) {
        struct registry_module *now = registry->all_modules->pdata[i];
        const char *name = now->info.short_name;
        struct registry_module *before;
        char place[512];

        if (!run_arch_fits(run, run->report ? module_place(now, place) : "",
                           "a module", name, now->info.arch))
            continue;
        before = g_hash_table_lookup(registry->by_short_name, name);
        if (before)
            run_say_module_twice(run, "a module", name, now, before);
        g_hash_table_replace(registry->by_short_name, (gpointer)name, now);
    }
    for (guint i = 0; i < registry->all_modules->len; i++) {
        struct registry_module *now = registry->all_modules->pdata[i];

        if (g_hash_table_lookup(registry->by_short_name,
                                now->info.short_name) != now)
            continue;
        now->number = registry->modules->len;
        g_ptr_array_add(registry->modules, now);
        g_hash_table_replace(registry->by_file, (gpointer)now->info.name, now);
    }
}

static void run_add_type(const struct registry_run *run, const char *name,
                         const struct modinfo_type *info,
                         struct registry_module *module)
{
    /* The place of the first one is kept, so that lists keep their order. */
    GArray *types = run->registry->types;
    struct registry_type type = { name, info, module };
    gpointer place = g_hash_table_lookup(run->registry->by_type, name);

    if (!place) {
        g_array_append_val(types, type);
        g_hash_table_insert(run->registry->by_type, (gpointer)name,
                            GUINT_TO_POINTER(types->len));
    } else {
        struct registry_type *before = &g_array_index(
            types, struct registry_type, GPOINTER_TO_UINT(place) - 1);

        run_say_module_twice(run, "a type", name, module, before->module);
        *before = type;
        g_hash_table_replace(run->registry->by_type, (gpointer)name, place);
    }
}

static void run_add_option(const struct registry_run *run, const char *name,
                           struct registry_module *module)
{
    GArray *options = run->registry->options;
    struct registry_option option = { name, module };
    gpointer place = g_hash_table_lookup(run->registry->by_option, name);

    if (!place) {
        g_array_append_val(options, option);
        g_hash_table_insert(run->registry->by_option, (gpointer)name,
                            GUINT_TO_POINTER(options->len));
    } else {
        struct registry_option *before = &g_array_index(
            options, struct registry_option, GPOINTER_TO_UINT(place) - 1);

        run_say_module_twice(run, "an option group", name, module,
                             before->module);
        *before = option;
        g_hash_table_replace(run->registry->by_option, (gpointer)name, place);
    }
}

/* What a winner holds; a module that lost adds nothing. */
static void run_add_held(const struct registry_run *run,
                         struct registry_module *module)
{
    const struct modinfo *info = &module->info;

    for (uint32_t i = 0; i < info->n_objs; i++)
        run_add_type(run, info->objs[i], &info->types[i], module);
    for (const char *const *opt = info->opts; *opt; opt++)
        run_add_option(run, *opt, module);
}

/*
 * Can the board be chosen? A board in C goes with its module: if another module
 * took the short name, the board is not there either.
 */
static bool run_board_stands(const struct registry_run *run,
                             const struct registry_board *board)
{
    const struct registry_module *module = board->module;
    char place[512];

    if (module &&
        registry_find_module(run->registry, module->info.short_name) != module)
        return false;
    return run_arch_fits(run, run->report ? board_place(board, place) : "",
                         "a board", board->head.name, board->head.arch);
}

/*
 * Did the user replace the board on purpose? -add_machines board.json tries
 * another file of an announced board; a warning would only disturb.
 */
static bool board_meant(const struct registry_board *now,
                        const struct registry_board *before)
{
    return before->origin == REGISTRY_INSTALLED ||
           (before->path && now->path && before->origin < now->origin);
}

/* Two links to one file, or one file named twice, need no message. */
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
    struct registry *registry = run->registry;

    for (guint i = 0; i < registry->all_boards->len; i++) {
        struct registry_board *now = registry->all_boards->pdata[i];
        struct registry_board *before;

        if (!run_board_stands(run, now))
            continue;
        before = g_hash_table_lookup(registry->by_board, now->head.name);
        if (before)
            run_say_board_twice(run, now, before);
        g_hash_table_replace(registry->by_board, (gpointer)now->head.name,
                             now);
    }
    for (guint i = 0; i < registry->all_boards->len; i++) {
        struct registry_board *now = registry->all_boards->pdata[i];

        if (g_hash_table_lookup(registry->by_board, now->head.name) != now)
            continue;
        g_ptr_array_add(registry->boards, now);
        for (const char *const *alias = now->head.aliases; *alias; alias++)
            g_hash_table_replace(registry->by_alias, (gpointer)*alias, now);
    }
}

/* The tables only: what was added stays. */
static void registry_forget(struct registry *registry)
{
    g_ptr_array_set_size(registry->modules, 0);
    g_ptr_array_set_size(registry->boards, 0);
    g_array_set_size(registry->types, 0);
    g_array_set_size(registry->options, 0);
    g_hash_table_remove_all(registry->by_short_name);
    g_hash_table_remove_all(registry->by_file);
    g_hash_table_remove_all(registry->by_type);
    g_hash_table_remove_all(registry->by_option);
    g_hash_table_remove_all(registry->by_board);
    g_hash_table_remove_all(registry->by_alias);
}

void registry_finish(struct registry *registry, registry_report *report,
                     void *opaque)
{
    const struct registry_run run = { registry, report, opaque };

    /* Types and boards in C depend on which modules won. */
    registry_forget(registry);
    run_choose_modules(&run);
    for (guint i = 0; i < registry->modules->len; i++)
        run_add_held(&run, registry->modules->pdata[i]);
    run_choose_boards(&run);
}

struct registry_module *const *registry_modules(
    const struct registry *registry, uint32_t *ret_n)
{
    *ret_n = registry->modules->len;
    return (struct registry_module *const *)registry->modules->pdata;
}

const struct registry_type *registry_types(const struct registry *registry,
                                           uint32_t *ret_n)
{
    *ret_n = registry->types->len;
    return (const struct registry_type *)(void *)registry->types->data;
}

struct registry_board *const *registry_boards(const struct registry *registry,
                                              uint32_t *ret_n)
{
    *ret_n = registry->boards->len;
    return (struct registry_board *const *)registry->boards->pdata;
}

const struct registry_option *registry_options(const struct registry *registry,
                                               uint32_t *ret_n)
{
    *ret_n = registry->options->len;
    return (const struct registry_option *)(void *)registry->options->data;
}

/*
 * A short name may hold '+', and may start with '0', '_' or '+'. A QEMU type
 * name may not.
 */
char *registry_type_full_name(const struct registry_type *type)
{
    const char *module = type->module->info.short_name;
    const char *start = strchr("0_+", *module) ? "m" : "";
    char *full = g_strconcat(start, module, ".", type->name, NULL);

    return g_strdelimit(full, "+", '_');
}

static const struct registry_type *type_by_name(
    const struct registry *registry, const char *name)
{
    guint place = GPOINTER_TO_UINT(
        g_hash_table_lookup(registry->by_type, name));

    return place ? &g_array_index(registry->types, struct registry_type,
                                  place - 1)
                 : NULL;
}

/*
 * Both parts of a full name may contain dots, so try each dot. The name of a
 * type is unique, so a type whose full name is equal is the only one.
 */
static const struct registry_type *type_by_full_name(
    const struct registry *registry, const char *name)
{
    const char *dot = strchr(name, '.');

    for (; dot; dot = strchr(dot + 1, '.')) {
        const struct registry_type *type = type_by_name(registry, dot + 1);
        char *full = type ? registry_type_full_name(type) : NULL;
        bool same = full && strcmp(full, name) == 0;

        g_free(full);
        if (same)
            return type;
    }
    return NULL;
}

const struct registry_type *registry_find_type(const struct registry *registry,
                                               const char *name)
{
    const struct registry_type *type = type_by_name(registry, name);

    return type ? type : type_by_full_name(registry, name);
}

struct registry_module *registry_find_option(const struct registry *registry,
                                             const char *name)
{
    guint place = GPOINTER_TO_UINT(
        g_hash_table_lookup(registry->by_option, name));

    return place ? g_array_index(registry->options, struct registry_option,
                                 place - 1)
                       .module
                 : NULL;
}

struct registry_module *registry_find_module(const struct registry *registry,
                                             const char *short_name)
{
    return g_hash_table_lookup(registry->by_short_name, short_name);
}

struct registry_module *registry_find_file(const struct registry *registry,
                                           const char *name)
{
    return g_hash_table_lookup(registry->by_file, name);
}

struct registry_module *registry_find_dep(const struct registry *registry,
                                          const char *name)
{
    struct registry_module *module = registry_find_module(registry, name);

    return module ? module : registry_find_file(registry, name);
}

struct registry_board *registry_find_board(const struct registry *registry,
                                           const char *name)
{
    struct registry_board *board = g_hash_table_lookup(registry->by_board,
                                                       name);

    return board ? board : g_hash_table_lookup(registry->by_alias, name);
}

const char *registry_nearest_type(const struct registry *registry,
                                  const char *name)
{
    struct str_near near = { .name = name };
    uint32_t n;
    const struct registry_type *types = registry_types(registry, &n);

    for (uint32_t i = 0; i < n; i++)
        str_near_offer(&near, types[i].name);
    return near.best;
}

/* An alias is as good an answer as a name: -M takes both. */
const char *registry_nearest_board(const struct registry *registry,
                                   const char *name)
{
    struct str_near near = { .name = name };
    uint32_t n;
    struct registry_board *const *boards = registry_boards(registry, &n);

    for (uint32_t i = 0; i < n; i++) {
        const char *const *alias = boards[i]->head.aliases;

        str_near_offer(&near, boards[i]->head.name);
        for (; *alias; alias++)
            str_near_offer(&near, *alias);
    }
    return near.best;
}
