/* SPDX-License-Identifier: MIT */
#include "cli/discover.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "base/units.h"
#include "board/plan.h"
#include "cli/board_files.h"
#include "cli/isolation.h"
#include "cli/native_modules.h"
#include "loader/loader.h"
#include "loader/native.h"

/* What a model may be given to answer in: up to a day. */
#define LIMIT_LEAST_NS UINT64_C(1000000)
#define LIMIT_MOST_NS UINT64_C(86400000000000)

struct gather {
    const struct cli *cli;
    const char *qemu;           /* binary for native modules; may be NULL */
    struct registry *ix;
    char **module_dirs;         /* first looked in first */
    char **board_dirs;
    const struct modinfo_file *last;    /* -add_modinfo's, taken last */
};

bool discover_is_board(const struct json_doc *doc)
{
    const struct json *mark = json_get(json_root(doc), "outboard");

    return mark && mark->kind == JSON_NUMBER;
}

static bool file_is_board(const char *path)
{
    struct json_doc *doc = NULL;
    bool is = json_load(path, FILE_TRUSTED, 0, &doc, NULL) == 0 &&
              discover_is_board(doc);

    json_free(doc);
    return is;
}

void discover_note_parts(struct registry *ix, const struct json_doc *doc,
                         const char *name)
{
    const struct json *parts = json_get(json_root(doc), "parts");
    const char *where;

    if (!parts || parts->kind != JSON_OBJECT)
        return;
    JSON_EACH (part, parts) {
        const struct json *said = part->kind == JSON_OBJECT
                                      ? json_get(part, "isolation")
                                      : NULL;

        if (said && json_str(said, &where, NULL) == 0 &&
            modinfo_isolation_find(where) != ISOLATION_IN_PROCESS) {
            registry_add_note(ix, LOADER_NOTE_PROCESS, name);
            return;
        }
    }
}

static void report(void *opaque, bool detail, const char *text)
{
    const struct gather *g = opaque;

    if (!detail)
        cli_warn(text);
    else if (g->cli->verbose)
        cli_note(text);
}

/*
 * What was named for another target is passed over like what is installed for
 * one, but never in silence.
 */
static void named_fits(const struct gather *g, const char *path,
                       const char *name, const char *const *arch)
{
    const char *target = registry_arch(g->ix);
    struct ob_err line = { 0 };
    char *list;

    if (!target || modinfo_arch_fits(arch, target))
        return;
    list = g_strjoinv(", ", (char **)arch);
    err_set(&line, -EINVAL,
            "%s: \"%s\" is for %s, this is %s; it is passed over", path, name,
            list, target);
    cli_warn(line.text);
    g_free(list);
}

/* --- boards --------------------------------------------------------------- */

static int board_doc_add(struct gather *g, const struct json_doc *doc,
                         const char *path, enum registry_origin origin,
                         struct ob_err *err)
{
    struct board_head *head;
    int r = board_head_read(doc, &head, err);

    if (r < 0)
        return r;
    if (origin == REGISTRY_NAMED)
        named_fits(g, path, head->name, head->arch);
    registry_add_board(g->ix, head, path, origin);
    discover_note_parts(g->ix, doc, head->name);
    board_head_free(head);
    return 0;
}

/* A board that was named is checked whole, before QEMU starts. */
static int board_named(struct gather *g, const char *path, struct ob_err *err)
{
    struct json_doc *doc;
    struct plan *plan = NULL;
    int r = json_load(path, FILE_TRUSTED, 0, &doc, err);

    if (r < 0)
        return r;
    if (!discover_is_board(doc) && json_root(doc)->kind == JSON_OBJECT)
        r = err_set(err, -EINVAL,
                    "%s: is no board file (no \"outboard\": 1 in it); "
                    "announce modinfo with -add_modinfo",
                    path);
    if (r == 0)
        r = board_plan(doc, NULL, &plan, err);
    plan_free(plan);
    if (r == 0)
        r = board_doc_add(g, doc, path, REGISTRY_NAMED, err);
    json_free(doc);
    return r;
}

/* --- modinfo -------------------------------------------------------------- */

/* A modinfo file in which no module wants to be where it may not. */
static int modinfo_read(const char *path, struct modinfo_file **ret,
                        struct ob_err *err)
{
    struct modinfo_file *file;
    int r = modinfo_load(path, FILE_TRUSTED, &file, err);

    if (r < 0)
        return r;
    for (uint32_t i = 0; i < file->count && r == 0; i++)
        r = loader_check_isolation(&file->modules[i], err);
    if (r < 0)
        modinfo_free(file);
    else
        *ret = file;
    return r;
}

/* --- what is installed ---------------------------------------------------- */

/* How a file that was found is taken in. */
typedef int take_file(struct gather *g, const char *path, struct ob_err *err);

static int take_board(struct gather *g, const char *path, struct ob_err *err)
{
    struct json_doc *doc;
    int r = json_load(path, FILE_TRUSTED, 0, &doc, err);

    if (r < 0)
        return r;
    r = board_doc_add(g, doc, path, REGISTRY_INSTALLED, err);
    json_free(doc);
    return r;
}

/* A board file that is wrong must not stop the modules beside it. */
static void installed_boards(struct gather *g, const struct modinfo_file *file)
{
    for (uint32_t i = 0; i < file->count; i++) {
        struct ob_err err = { 0 };

        if (board_files_add(g->ix, &file->modules[i], REGISTRY_INSTALLED,
                            &err) < 0)
            cli_warn(err.text);
    }
}

/* Modinfo; boards may lie beside it. */
static int take_modinfo(struct gather *g, const char *path, struct ob_err *err)
{
    struct modinfo_file *file;
    struct ob_err own = { 0 };
    int r = modinfo_read(path, &file, &own);

    if (r == 0) {
        registry_add_modinfo(g->ix, file, REGISTRY_INSTALLED);
        installed_boards(g, file);
        return 0;
    }
    return file_is_board(path) ? take_board(g, path, err)
                               : err_set(err, r, "%s", own.text);
}

static void installed_file(struct gather *g, const char *path, take_file *take)
{
    struct ob_err err = { 0 };

    if (take(g, path, &err) < 0)
        cli_warn(err.text);
}

static int entry_filter(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* All of `dir` in the order of names; boards lie one directory deeper too. */
static void dir_scan(struct gather *g, const char *dir, take_file *take,
                     unsigned deeper)
{
    struct dirent **list;
    int i, n = scandir(dir, &list, entry_filter, alphasort);

    for (i = 0; i < n; i++) {
        char *path = g_build_filename(dir, list[i]->d_name, NULL);

        if (g_str_has_suffix(path, ".json"))
            installed_file(g, path, take);
        else if (deeper > 0 && list[i]->d_type != DT_REG &&
                 !g_str_has_suffix(path, ".so"))
            dir_scan(g, path, take, deeper - 1);
        g_free(path);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

static bool dir_in(char **dirs, const char *dir)
{
    return g_strv_contains((const char *const *)dirs, dir);
}

/* What is looked in first wins, so it is added last. */
static void installed_add(struct gather *g)
{
    guint i;

    for (i = g_strv_length(g->module_dirs); i-- > 0;) {
        const char *dir = g->module_dirs[i];

        dir_scan(g, dir, take_modinfo, dir_in(g->board_dirs, dir) ? 1 : 0);
    }
    for (i = g_strv_length(g->board_dirs); i-- > 0;) {
        if (!dir_in(g->module_dirs, g->board_dirs[i]))
            dir_scan(g, g->board_dirs[i], take_board, 1);
    }
}

/* --- what is announced ---------------------------------------------------- */

/* The boards in JSON of modules that were announced or named. */
static int boards_add(struct gather *g, const struct modinfo_file *file,
                      enum registry_origin origin, struct ob_err *err)
{
    int r = 0;

    for (uint32_t i = 0; i < file->count && r == 0; i++)
        r = board_files_add(g->ix, &file->modules[i], origin, err);
    return r;
}

/* If the file is a board, say so: its keys are not modinfo's. */
static int modinfo_announced(struct gather *g, const char *path,
                             struct ob_err *err)
{
    struct modinfo_file *file;
    struct ob_err own = { 0 };
    int r = modinfo_read(path, &file, &own);

    if (r == 0) {
        registry_add_modinfo(g->ix, file, REGISTRY_ANNOUNCED);
        g->last = file;
        return boards_add(g, file, REGISTRY_ANNOUNCED, err);
    }
    if (file_is_board(path))
        return err_set(
            err, r, "%s: is a board file; name it with -add_machines", path);
    return err_set(err, r, "%s", own.text);
}

/* `isolation=...` behind a file is about the modules of that file. */
static int file_isolation(struct gather *g, const char *item,
                          struct ob_err *err)
{
    if (!g->last)
        return err_set(err, -EINVAL,
                       "-add_modinfo: %s stands before any file; write "
                       "FILE.json,%s",
                       item, item);
    return isolation_of_file(g->ix, g->last, item + strlen(ISOLATION_ITEM),
                             err);
}

/* --time-limit: a note that gives it in nanoseconds. */
static int time_limit_add(struct gather *g, struct ob_err *err)
{
    const char *text = g->cli->time_limit;
    char *with_unit, *note;
    uint64_t ns;
    int r;

    if (!text)
        return 0;
    with_unit = g_strconcat(text, " s", NULL);
    r = units_ns(with_unit, &ns);
    g_free(with_unit);
    if (r < 0 || ns > LIMIT_MOST_NS || (ns && ns < LIMIT_LEAST_NS))
        return err_set(err, -EINVAL,
                       "--time-limit: \"%.100s\" does not do; give seconds "
                       "from 0.001 to 86400, or 0 for no limit",
                       text);
    note = g_strdup_printf("%" PRIu64, ns);
    registry_add_note(g->ix, LOADER_NOTE_LIMIT, note);
    g_free(note);
    return 0;
}

/*
 * What -add_machines names is announced (`least`: at least so), and for other
 * targets: a warning.
 */
static bool named_passed(struct gather *g, const char *name,
                         enum registry_origin least)
{
    const struct registry_module *m;

    registry_finish(g->ix, NULL, NULL);
    m = registry_find_passed(g->ix, name);
    if (!m || m->origin < least)
        return false;
    named_fits(g, m->info.path, name, m->info.arch);
    return true;
}

/* The base name of `path`, without ".so". */
static char *module_name_of(const char *path)
{
    char *name = g_path_get_basename(path);

    if (g_str_has_suffix(name, ".so"))
        name[strlen(name) - strlen(".so")] = '\0';
    return name;
}

/* A native module has modinfo only if a file announces it. */
static int native_named(struct gather *g, const struct loader_gate *gate,
                        struct ob_err *err)
{
    int r = g->qemu ? native_check(gate, g->qemu, err) : 0;
    char *name = module_name_of(gate->path), *real;
    struct registry_module *m;

    if (r == 0 && !named_passed(g, name, REGISTRY_ANNOUNCED)) {
        real = realpath(gate->path, NULL);
        m = registry_find_file(g->ix, name);
        if (m && m->origin == REGISTRY_ANNOUNCED) {
            registry_set_file(g->ix, m, real ? real : gate->path, true);
            m->origin = REGISTRY_NAMED;
        } else {
            registry_add_note(g->ix, DISCOVER_NOTE_NATIVE,
                              real ? real : gate->path);
        }
        free(real);
    }
    g_free(name);
    return r;
}

/* The module that -add_modinfo announced of which `info` is the section. */
static struct registry_module *announced_find(struct gather *g,
                                              const struct modinfo *info)
{
    struct registry_module *m;

    registry_finish(g->ix, NULL, NULL);
    m = registry_find_file(g->ix, info->name);
    if (!m)
        m = registry_find_module(g->ix, info->short_name);
    return m && m->origin == REGISTRY_ANNOUNCED ? m : NULL;
}

/*
 * A module of ours that is named by its path. If a JSON file announced it,
 * that file is what counts: it may say less than the module itself.
 */
static int own_named(struct gather *g, struct loader_gate *gate,
                     const char *path, struct ob_err *err)
{
    struct modinfo_file *file = gate->section.info;
    const struct modinfo *info = &file->modules[0];
    struct registry_module *m = announced_find(g, info);
    int r;

    if (m) {
        r = modinfo_agree(&m->info, info, path, g->ix, err);
        registry_set_file(g->ix, m, path, false);
        m->origin = REGISTRY_NAMED;
        return r;
    }
    if (named_passed(g, info->name, REGISTRY_ANNOUNCED))
        return 0;
    named_fits(g, path, info->name, info->arch);
    registry_add_module(g->ix, file, path, REGISTRY_NAMED);
    gate->section.info = NULL;      /* the index has it now */
    return boards_add(g, file, REGISTRY_NAMED, err);
}

static int module_named(struct gather *g, const char *path, struct ob_err *err)
{
    struct loader_gate gate;
    int r = loader_gate_file(path, &gate, err);

    if (r < 0)
        return r;
    r = gate.native ? native_named(g, &gate, err)
                    : own_named(g, &gate, path, err);
    loader_gate_clear(&gate);
    return r;
}

static int name_where_qemu_looks(struct gather *g, const char *name,
                                 struct ob_err *err)
{
    char *path = native_modules_find(g->qemu, name);
    int r = path ? module_named(g, path, err) : -ENOENT;

    g_free(path);
    return r;
}

/* A bare name: announced already, or a file in one of the directories. */
static int name_named(struct gather *g, const char *name, struct ob_err *err)
{
    const char *flaw = str_ident_flaw(name);
    struct registry_module *m;
    char *file, *places;
    int r = -ENOENT;

    if (flaw)
        return err_set(err, -EINVAL,
                       "-add_machines: the module name \"%.200s\" %s; give a "
                       "name, a module (.so) or a board file (.json)",
                       name, flaw);
    registry_finish(g->ix, NULL, NULL);
    m = registry_find_file(g->ix, name);
    if (!m)
        m = registry_find_module(g->ix, name);
    if (m) {
        m->origin = REGISTRY_NAMED;
        return 0;
    }
    if (named_passed(g, name, REGISTRY_INSTALLED))
        return 0;
    file = g_strconcat(name, ".so", NULL);
    for (char **dir = g->module_dirs; *dir && r == -ENOENT; dir++) {
        char *path = g_build_filename(*dir, file, NULL);

        if (access(path, F_OK) == 0)
            r = module_named(g, path, err);
        g_free(path);
    }
    if (r == -ENOENT)
        r = name_where_qemu_looks(g, name, err);
    places = g_strjoinv(", ", g->module_dirs);
    if (r == -ENOENT)
        err_set(err, r,
                "-add_machines: no module \"%s\" is announced, and no file %s "
                "is in %s, or where QEMU looks; give its path, or name its "
                "directory in OUTBOARD_PATH",
                name, file, places);
    g_free(places);
    g_free(file);
    return r;
}

/* Modules, by path or by name: what they mean may be announced later. */
static bool item_is_module(const struct args_item *item)
{
    return item->kind == ARGS_MACHINES &&
           !g_str_has_suffix(item->value, ".json");
}

static int module_add(struct gather *g, const struct args_item *item,
                      struct ob_err *err)
{
    if (g_str_has_suffix(item->value, ".so") || strchr(item->value, '/'))
        return module_named(g, item->value, err);
    return name_named(g, item->value, err);
}

/* In order, but modules after all that is announced. */
static int items_add(struct gather *g, const GPtrArray *items,
                     struct ob_err *err)
{
    guint i;
    int r = 0;

    for (i = 0; i < items->len && r == 0; i++) {
        const struct args_item *item = items->pdata[i];

        if (item->kind == ARGS_MODINFO &&
            g_str_has_prefix(item->value, ISOLATION_ITEM))
            r = file_isolation(g, item->value, err);
        else if (item->kind == ARGS_MODINFO)
            r = modinfo_announced(g, item->value, err);
        else if (!item_is_module(item))
            r = board_named(g, item->value, err);
    }
    for (i = 0; i < items->len && r == 0; i++) {
        if (item_is_module(items->pdata[i]))
            r = module_add(g, items->pdata[i], err);
    }
    return r;
}

/* --- all of it ------------------------------------------------------------ */

static void notes_add(struct gather *g)
{
    char *cwd = g_get_current_dir();

    registry_add_note(g->ix, LOADER_NOTE_CWD, cwd);
    for (char **dir = g->module_dirs; *dir; dir++)
        registry_add_note(g->ix, LOADER_NOTE_DIR, *dir);
    if (g->cli->verbose)
        registry_add_note(g->ix, DISCOVER_NOTE_VERBOSE, "1");
    g_free(cwd);
}

int discover_index(const struct cli *cli, const char *arch, const char *qemu,
                   const GPtrArray *items, struct registry **ret,
                   struct ob_err *err)
{
    struct gather g = { .cli = cli, .qemu = qemu, .ix = registry_new(arch) };
    int r = 0;

    g.module_dirs = path_module_dirs(cli->prefix);
    g.board_dirs = path_board_dirs(cli->prefix);
    installed_add(&g);
    if (items)
        r = items_add(&g, items, err);
    if (r == 0) {
        notes_add(&g);
        registry_finish(g.ix, report, &g);
        r = isolation_by_name(g.ix, cli->isolate, err);
    }
    if (r == 0)
        r = native_modules_settle(g.ix, qemu, err);
    if (r == 0)
        r = time_limit_add(&g, err);
    if (r == 0)
        *ret = g.ix;
    else
        registry_free(g.ix);
    g_strfreev(g.module_dirs);
    g_strfreev(g.board_dirs);
    return r;
}

bool discover_is_empty(const struct registry *ix)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    if (registry_note(ix, DISCOVER_NOTE_NATIVE) ||
        registry_note(ix, DISCOVER_NOTE_OPTION))
        return false;
    registry_types(ix, &n);
    if (n > 0)
        return false;
    registry_boards(ix, &n);
    if (n > 0)
        return false;
    modules = registry_modules(ix, &n);
    for (i = 0; i < n; i++) {
        if (modules[i]->origin == REGISTRY_NAMED)
            return false;
    }
    return true;
}
