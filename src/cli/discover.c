/* SPDX-License-Identifier: MIT */
/* Makes the session from the installed, announced and named files. */
#include "cli/discover.h"

#include <dirent.h>
#include <errno.h>
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

struct discovery {
    const struct cli *cli;
    const char *qemu;           /* binary for native modules; may be NULL */
    struct session *session;
    struct registry *registry;  /* the session's */
    char **module_dirs;         /* first looked in first */
    char **board_dirs;
    const struct modinfo_file *last;    /* -add_modinfo's, taken last */
};

static bool file_is_board(const char *path)
{
    struct json_doc *doc = NULL;
    bool is = json_load(path, FILE_TRUSTED, 0, &doc, NULL) == 0 &&
              board_file_is(doc);

    json_free(doc);
    return is;
}

static void report(void *opaque, bool detail, const char *text)
{
    const struct discovery *g = opaque;

    if (!detail)
        cli_warn(text);
    else if (g->cli->verbose)
        cli_note(text);
}

/*
 * What was named for another target is ignored like what is installed for
 * one, but never in silence.
 */
static void named_fits(const struct discovery *g, const char *path,
                       const char *name, const char *const *arch)
{
    const char *target = registry_arch(g->registry);
    struct ob_err line = { 0 };
    char *list;

    if (!target || modinfo_arch_fits(arch, target))
        return;
    list = g_strjoinv(", ", (char **)arch);
    err_set(&line, -EINVAL, "%s: \"%s\" is for %s, this is %s; it is ignored",
            path, name, list, target);
    cli_warn(line.text);
    g_free(list);
}

/* --- boards --------------------------------------------------------------- */

static int board_doc_add(struct discovery *g, const struct json_doc *doc,
                         const char *path, enum registry_origin origin,
                         struct ob_err *err)
{
    struct board_head *head;
    int ret = board_head_read(doc, &head, err);

    if (ret < 0)
        return ret;
    if (origin == REGISTRY_NAMED)
        named_fits(g, path, head->name, head->arch);
    registry_add_board(g->registry, head, path, origin);
    board_file_note_parts(g->session, doc, head->name);
    board_head_free(head);
    return 0;
}

/* A board that was named is checked whole, before QEMU starts. */
static int board_named(struct discovery *g, const char *path,
                       struct ob_err *err)
{
    struct json_doc *doc;
    struct plan *plan = NULL;
    int ret = json_load(path, FILE_TRUSTED, 0, &doc, err);

    if (ret < 0)
        return ret;
    if (!board_file_is(doc) && json_root(doc)->kind == JSON_OBJECT)
        ret = err_set(err, -EINVAL,
                      "%s: is not a board file (no \"outboard\": 1 in it); "
                      "announce modinfo with -add_modinfo",
                      path);
    if (ret == 0)
        ret = board_plan(doc, NULL, &plan, err);
    plan_free(plan);
    if (ret == 0)
        ret = board_doc_add(g, doc, path, REGISTRY_NAMED, err);
    json_free(doc);
    return ret;
}

/* --- modinfo -------------------------------------------------------------- */

/* A modinfo file in which no module wants to be where it may not. */
static int modinfo_read(const char *path, struct modinfo_file **ret_file,
                        struct ob_err *err)
{
    struct modinfo_file *file;
    int ret = modinfo_load(path, FILE_TRUSTED, &file, err);

    if (ret < 0)
        return ret;
    for (uint32_t i = 0; i < file->count && ret == 0; i++)
        ret = loader_check_isolation(&file->modules[i], err);
    if (ret < 0) {
        modinfo_free(file);
        return ret;
    }
    cli_warn_lines(file->warnings);
    *ret_file = file;
    return 0;
}

/* --- what is installed ---------------------------------------------------- */

/* How a file that was found is taken in. */
typedef int take_file(struct discovery *g, const char *path,
                      struct ob_err *err);

static int take_board(struct discovery *g, const char *path,
                      struct ob_err *err)
{
    struct json_doc *doc;
    int ret = json_load(path, FILE_TRUSTED, 0, &doc, err);

    if (ret < 0)
        return ret;
    ret = board_doc_add(g, doc, path, REGISTRY_INSTALLED, err);
    json_free(doc);
    return ret;
}

/* A board file that is wrong must not stop the modules beside it. */
static void installed_boards(struct discovery *g,
                             const struct modinfo_file *file)
{
    for (uint32_t i = 0; i < file->count; i++) {
        struct ob_err err = { 0 };

        if (board_files_add(g->session, &file->modules[i], REGISTRY_INSTALLED,
                            &err) < 0)
            cli_warn(err.text);
    }
}

/* Modinfo; boards may lie beside it. */
static int take_modinfo(struct discovery *g, const char *path,
                        struct ob_err *err)
{
    struct modinfo_file *file;
    struct ob_err own = { 0 };
    int ret = modinfo_read(path, &file, &own);

    if (ret == 0) {
        registry_add_modinfo(g->registry, file, REGISTRY_INSTALLED);
        installed_boards(g, file);
        return 0;
    }
    return file_is_board(path) ? take_board(g, path, err)
                               : err_set(err, ret, "%s", own.text);
}

static void installed_file(struct discovery *g, const char *path,
                           take_file *take)
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
static void dir_scan(struct discovery *g, const char *dir, take_file *take,
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
static void installed_add(struct discovery *g)
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
static int boards_add(struct discovery *g, const struct modinfo_file *file,
                      enum registry_origin origin, struct ob_err *err)
{
    int ret = 0;

    for (uint32_t i = 0; i < file->count && ret == 0; i++)
        ret = board_files_add(g->session, &file->modules[i], origin, err);
    return ret;
}

/* If the file is a board, say so: its keys are not modinfo's. */
static int modinfo_announced(struct discovery *g, const char *path,
                             struct ob_err *err)
{
    struct modinfo_file *file;
    struct ob_err own = { 0 };
    int ret = modinfo_read(path, &file, &own);

    if (ret == 0) {
        registry_add_modinfo(g->registry, file, REGISTRY_ANNOUNCED);
        g->last = file;
        return boards_add(g, file, REGISTRY_ANNOUNCED, err);
    }
    if (file_is_board(path))
        return err_set(
            err, ret, "%s: is a board file; name it with -add_machines", path);
    return err_set(err, ret, "%s", own.text);
}

/* `isolation=...` behind a file is about the modules of that file. */
static int file_isolation(struct discovery *g, const char *item,
                          struct ob_err *err)
{
    if (!g->last)
        return err_set(err, -EINVAL,
                       "-add_modinfo: %s stands before any file; write "
                       "FILE.json,%s",
                       item, item);
    return isolation_of_file(g->session, g->last,
                             item + strlen(ISOLATION_ITEM), err);
}

/* --time-limit, in seconds. */
static int time_limit_add(struct discovery *g, struct ob_err *err)
{
    const char *text = g->cli->time_limit;
    char *with_unit;
    uint64_t ns;
    int ret;

    if (!text)
        return 0;
    with_unit = g_strconcat(text, " s", NULL);
    ret = units_ns(with_unit, &ns);
    g_free(with_unit);
    if (ret < 0 || ns > LIMIT_MOST_NS || (ns && ns < LIMIT_LEAST_NS))
        return err_set(err, -EINVAL,
                       "--time-limit: \"%.100s\" does not do; give seconds "
                       "from 0.001 to 86400, or 0 for no limit",
                       text);
    g->session->time_limited = true;
    g->session->time_limit_ns = ns;
    return 0;
}

/*
 * What -add_machines names is announced (`least`: at least so), and for other
 * targets: a warning.
 */
static bool named_passed(struct discovery *g, const char *name,
                         enum registry_origin least)
{
    const struct registry_module *m;

    registry_finish(g->registry, NULL, NULL);
    m = registry_find_passed(g->registry, name);
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
static int native_named(struct discovery *g, const struct loader_gate *gate,
                        struct ob_err *err)
{
    int ret = g->qemu ? native_check(gate, g->qemu, err) : 0;
    char *name = module_name_of(gate->path), *real;
    struct registry_module *m;

    if (ret == 0 && !named_passed(g, name, REGISTRY_ANNOUNCED)) {
        real = realpath(gate->path, NULL);
        m = registry_find_file(g->registry, name);
        if (m && m->origin == REGISTRY_ANNOUNCED) {
            registry_set_file(g->registry, m, real ? real : gate->path, true);
            m->origin = REGISTRY_NAMED;
        } else {
            session_add_native_file(g->session, real ? real : gate->path);
        }
        free(real);
    }
    g_free(name);
    return ret;
}

/* The module that -add_modinfo announced of which `info` is the section. */
static struct registry_module *announced_find(struct discovery *g,
                                              const struct modinfo *info)
{
    struct registry_module *m;

    registry_finish(g->registry, NULL, NULL);
    m = registry_find_file(g->registry, info->name);
    if (!m)
        m = registry_find_module(g->registry, info->short_name);
    return m && m->origin == REGISTRY_ANNOUNCED ? m : NULL;
}

/*
 * A module of ours that is named by its path. If a JSON file announced it,
 * that file is what counts: it may say less than the module itself.
 */
static int own_named(struct discovery *g, struct loader_gate *gate,
                     const char *path, struct ob_err *err)
{
    struct modinfo_file *file = gate->section.info;
    const struct modinfo *info = &file->modules[0];
    struct registry_module *m = announced_find(g, info);
    int ret;

    cli_warn_lines(file->warnings);
    if (m) {
        ret = modinfo_agree(&m->info, info, path, g->registry, err);
        registry_set_file(g->registry, m, path, false);
        m->origin = REGISTRY_NAMED;
        return ret;
    }
    if (named_passed(g, info->name, REGISTRY_ANNOUNCED))
        return 0;
    named_fits(g, path, info->name, info->arch);
    registry_add_module(g->registry, file, path, REGISTRY_NAMED);
    gate->section.info = NULL;      /* the index has it now */
    return boards_add(g, file, REGISTRY_NAMED, err);
}

static int module_named(struct discovery *g, const char *path,
                        struct ob_err *err)
{
    struct loader_gate gate;
    int ret = loader_gate_file(path, &gate, err);

    if (ret < 0)
        return ret;
    ret = gate.native ? native_named(g, &gate, err)
                      : own_named(g, &gate, path, err);
    loader_gate_clear(&gate);
    return ret;
}

static int name_where_qemu_looks(struct discovery *g, const char *name,
                                 struct ob_err *err)
{
    char *path = native_modules_find(g->qemu, name);
    int ret = path ? module_named(g, path, err) : -ENOENT;

    g_free(path);
    return ret;
}

/* A bare name: announced already, or a file in one of the directories. */
static int name_named(struct discovery *g, const char *name,
                      struct ob_err *err)
{
    const char *flaw = str_ident_flaw(name);
    struct registry_module *m;
    char *file, *places;
    int ret = -ENOENT;

    if (flaw)
        return err_set(err, -EINVAL,
                       "-add_machines: the module name \"%.200s\" %s; give a "
                       "name, a module (.so) or a board file (.json)",
                       name, flaw);
    registry_finish(g->registry, NULL, NULL);
    m = registry_find_file(g->registry, name);
    if (!m)
        m = registry_find_module(g->registry, name);
    if (m) {
        m->origin = REGISTRY_NAMED;
        return 0;
    }
    if (named_passed(g, name, REGISTRY_INSTALLED))
        return 0;
    file = g_strconcat(name, ".so", NULL);
    for (char **dir = g->module_dirs; *dir && ret == -ENOENT; dir++) {
        char *path = g_build_filename(*dir, file, NULL);

        if (access(path, F_OK) == 0)
            ret = module_named(g, path, err);
        g_free(path);
    }
    if (ret == -ENOENT)
        ret = name_where_qemu_looks(g, name, err);
    places = g_strjoinv(", ", g->module_dirs);
    if (ret == -ENOENT)
        err_set(err, ret,
                "-add_machines: no module \"%s\" is announced, and no file %s "
                "is in %s, or where QEMU looks; give its path, or name its "
                "directory in OUTBOARD_PATH",
                name, file, places);
    g_free(places);
    g_free(file);
    return ret;
}

/* Modules, by path or by name: what they mean may be announced later. */
static bool item_is_module(const struct args_item *item)
{
    return item->kind == ARGS_MACHINES &&
           !g_str_has_suffix(item->value, ".json");
}

static int module_add(struct discovery *g, const struct args_item *item,
                      struct ob_err *err)
{
    if (g_str_has_suffix(item->value, ".so") || strchr(item->value, '/'))
        return module_named(g, item->value, err);
    return name_named(g, item->value, err);
}

/* In order, but modules after all that is announced. */
static int items_add(struct discovery *g, const GPtrArray *items,
                     struct ob_err *err)
{
    guint i;
    int ret = 0;

    for (i = 0; i < items->len && ret == 0; i++) {
        const struct args_item *item = items->pdata[i];

        if (item->kind == ARGS_MODINFO &&
            g_str_has_prefix(item->value, ISOLATION_ITEM))
            ret = file_isolation(g, item->value, err);
        else if (item->kind == ARGS_MODINFO)
            ret = modinfo_announced(g, item->value, err);
        else if (!item_is_module(item))
            ret = board_named(g, item->value, err);
    }
    for (i = 0; i < items->len && ret == 0; i++) {
        if (item_is_module(items->pdata[i]))
            ret = module_add(g, items->pdata[i], err);
    }
    return ret;
}

/* --- all of it ------------------------------------------------------------ */

static void places_add(struct discovery *g)
{
    char *cwd = g_get_current_dir();

    g->session->start_dir = session_text(g->session, cwd);
    for (char **dir = g->module_dirs; *dir; dir++)
        session_add_module_dir(g->session, *dir);
    g_free(cwd);
}

static int all_add(struct discovery *g, const GPtrArray *items,
                   struct ob_err *err)
{
    int ret = 0;

    installed_add(g);
    if (items)
        ret = items_add(g, items, err);
    if (ret < 0)
        return ret;
    places_add(g);
    registry_finish(g->registry, report, g);
    ret = isolation_by_name(g->session, g->cli->isolate, err);
    if (ret == 0)
        ret = native_modules_settle(g->session, g->qemu, err);
    return ret < 0 ? ret : time_limit_add(g, err);
}

int discover(const struct cli *cli, const char *arch, const char *qemu,
             const GPtrArray *items, struct session **ret_session,
             struct ob_err *err)
{
    struct session *s = session_new(arch);
    struct discovery g = {
        .cli = cli, .qemu = qemu, .session = s, .registry = s->registry,
        .module_dirs = path_module_dirs(cli->prefix),
        .board_dirs = path_board_dirs(cli->prefix),
    };
    int status;

    s->verbose = cli->verbose;
    status = all_add(&g, items, err);
    if (status == 0)
        *ret_session = s;
    else
        session_free(s);
    g_strfreev(g.module_dirs);
    g_strfreev(g.board_dirs);
    return status;
}

bool discover_is_empty(const struct session *s)
{
    struct registry_module *const *modules;
    uint32_t n;

    if (s->native_files->len > 0 || s->options->len > 0)
        return false;
    registry_types(s->registry, &n);
    if (n > 0)
        return false;
    registry_boards(s->registry, &n);
    if (n > 0)
        return false;
    modules = registry_modules(s->registry, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (modules[i]->origin == REGISTRY_NAMED)
            return false;
    }
    return true;
}
