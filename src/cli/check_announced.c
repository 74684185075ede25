/* SPDX-License-Identifier: MIT */
/* Checks the named and announced modules and boards, before QEMU starts. */
#include "cli/check_announced.h"

#include <string.h>

#include <glib.h>

#include "base/json.h"
#include "base/str.h"
#include "board/plan.h"
#include "loader/linking.h"

/* --- QEMUs and their names ------------------------------------------------ */

struct qemus {
    const struct qemu *known;
    GPtrArray *found;           /* struct qemu *, when first asked for */
};

static void qemu_drop(void *q)
{
    qemu_free(q);
}

struct qemus *qemus_new(const struct qemu *known)
{
    struct qemus *qs = g_new0(struct qemus, 1);

    qs->known = known;
    return qs;
}

void qemus_free(struct qemus *qs)
{
    if (!qs)
        return;
    if (qs->found)
        g_ptr_array_free(qs->found, TRUE);
    g_free(qs);
}

static GPtrArray *qemus_on_path(struct qemus *qs)
{
    GPtrArray *paths;

    if (qs->found)
        return qs->found;
    qs->found = g_ptr_array_new_with_free_func(qemu_drop);
    paths = qemu_list();
    for (guint i = 0; i < paths->len; i++) {
        struct qemu *q;

        if (qemu_find(paths->pdata[i], &q, NULL) == 0)
            g_ptr_array_add(qs->found, q);
    }
    g_ptr_array_free(paths, TRUE);
    return qs->found;
}

static bool qemu_has(const struct qemu *q, const struct modinfo *info,
                     const char *name)
{
    return q->kind == QEMU_FULL &&
           (!q->arch || modinfo_arch_fits(info->arch, q->arch)) &&
           elf_exports(q->view, name);
}

/* A QEMU that module `info` is for and that exports `name`; or NULL. */
static const struct qemu *qemus_exporting(struct qemus *qs,
                                          const struct modinfo *info,
                                          const char *name)
{
    GPtrArray *all;

    if (qs->known)
        return qemu_has(qs->known, info, name) ? qs->known : NULL;
    all = qemus_on_path(qs);
    for (guint i = 0; i < all->len; i++)
        if (qemu_has(all->pdata[i], info, name))
            return all->pdata[i];
    return NULL;
}

/*
 * Names that both the module and the process in which it runs have. This
 * process has the libraries that count too: the C library and GLib.
 */
static int exports_check(struct qemus *qs, const struct modinfo *info,
                         const struct loader_gate *gate, bool remote,
                         struct ob_err *err)
{
    const struct elf_names *names = &gate->section.names;
    int ret = linking_check_exports(names, gate->path, err);

    for (uint64_t i = 0; ret == 0 && !remote && i < elf_names_count(names);
         i++) {
        const char *name = elf_names_exposed(names, i);
        const struct qemu *q = name ? qemus_exporting(qs, info, name) : NULL;

        if (q) {
            char *base = g_path_get_basename(q->path);

            ret = linking_clash(gate->path, name, base, err);
            g_free(base);
        }
    }
    return ret;
}

/* --- modules -------------------------------------------------------------- */

struct check {
    const struct session *session;
    const struct registry *registry;
    struct loader *loader;
    struct qemus *qemus;
    const struct check_announced_ops *ops;
    void *opaque;
    struct ob_err *err;
};

static bool module_is_named(const struct registry_module *m)
{
    return m->origin != REGISTRY_INSTALLED;
}

/* A run whose target is not known yet, as behind a script of any name. */
static bool target_unknown(const struct check *c)
{
    return !c->ops && !registry_arch(c->registry);
}

static bool module_is_for_all(const struct registry_module *m)
{
    return module_is_named(m) && !*m->info.arch;
}

static int module_tell(const struct check *c, struct registry_module *m,
                       const struct loader_gate *gate, const char *path)
{
    if (!c->ops || !module_is_named(m))
        return 0;
    return c->ops->module(c->opaque, m, gate, path, c->err);
}

static int program_check(const struct check *c, struct registry_module *m)
{
    char *path;
    int ret = loader_program(c->loader, m, &path, c->err);

    if (ret < 0)
        return ret;
    ret = module_tell(c, m, NULL, path);
    g_free(path);
    return ret;
}

static int module_check(const struct check *c, struct registry_module *m)
{
    struct loader_gate gate;
    bool remote;
    int ret;

    if (m->info.command)
        return program_check(c, m);
    ret = loader_gate(c->loader, m, &gate, c->err);
    if (ret < 0)
        return ret;
    if (!gate.native) {
        remote = loader_is_remote(c->session, m,
                                  gate.section.info->modules[0].license,
                                  ISOLATION_NONE, NULL);
        ret = exports_check(c->qemus, &m->info, &gate, remote, c->err);
    }
    if (ret == 0)
        ret = module_tell(c, m, &gate, gate.path);
    loader_gate_clear(&gate);
    return ret;
}

static bool module_depends(const struct registry *registry,
                           const struct registry_module *m,
                           const struct registry_module *dep)
{
    for (const char *const *name = m->info.deps; *name; name++)
        if (registry_find_dep(registry, *name) == dep)
            return true;
    return false;
}

/* A merely installed module is here as a dependency: of which one? */
static int needed_by(const struct check *c, const struct registry_module *dep,
                     int code)
{
    struct registry_module *const *modules;
    uint32_t n;

    modules = registry_modules(c->registry, &n);
    for (uint32_t i = 0; i < n; i++) {
        const struct modinfo *info = &modules[i]->info;

        if (module_is_named(modules[i]) &&
            module_depends(c->registry, modules[i], dep))
            return err_prefix(c->err, code, "module \"%s\" needs \"%s\"",
                              info->short_name, dep->info.short_name);
    }
    return code;
}

static int modules_check(const struct check *c)
{
    struct registry_module **order;
    uint32_t n;
    int ret = registry_order_all(
        c->registry, target_unknown(c) ? module_is_for_all : module_is_named,
        &order, &n, c->err);

    if (ret < 0)
        return ret;
    for (uint32_t i = 0; i < n && ret == 0; i++) {
        ret = module_check(c, order[i]);
        if (ret < 0 && !module_is_named(order[i]))
            ret = needed_by(c, order[i], ret);
    }
    g_free(order);
    return ret;
}

/* --- boards --------------------------------------------------------------- */

static int board_check(const struct check *c, const struct registry_board *b)
{
    struct json_doc *doc;
    struct plan *plan = NULL;
    int ret = json_load(b->path, FILE_TRUSTED, 0, &doc, c->err);

    if (ret < 0)
        return ret;
    ret = board_plan(doc, NULL, &plan, c->err);
    if (ret == 0 && c->ops)
        c->ops->board(c->opaque, b);
    plan_free(plan);
    json_free(doc);
    return ret;
}

static int boards_check(const struct check *c)
{
    struct registry_board *const *boards;
    uint32_t n;
    int ret = 0;

    boards = registry_boards(c->registry, &n);
    for (uint32_t i = 0; i < n && ret == 0; i++)
        if (boards[i]->origin != REGISTRY_INSTALLED && boards[i]->path &&
            !(target_unknown(c) && *boards[i]->head.arch))
            ret = board_check(c, boards[i]);
    return ret;
}

int check_announced(const struct session *s, struct qemus *qs,
                    const struct check_announced_ops *ops, void *opaque,
                    struct ob_err *err)
{
    struct check c = {
        .session = s, .registry = s->registry, .loader = loader_new(s),
        .qemus = qs, .ops = ops, .opaque = opaque, .err = err,
    };
    int ret = modules_check(&c);

    if (ret == 0)
        ret = boards_check(&c);
    loader_free(c.loader);
    return ret;
}
