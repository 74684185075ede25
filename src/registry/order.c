/* SPDX-License-Identifier: MIT */
/*
 * Orders modules so that dependencies come first, each once. It uses a stack
 * of its own, because a file may announce a chain of any length.
 */
#include "registry/registry.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "registry/registry_int.h"

/*
 * MARK_OPEN: on the stack. To meet such a module again is a circle; to meet one
 * that is MARK_DONE is a dependency that two modules share.
 */
enum order_mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct order_level {
    struct registry_module *module;
    const char *const *dep;         /* the next one to look at */
};

/* One walk. Each module is marked once, so the walk is linear. */
struct order_walk {
    const struct registry *registry;
    struct ob_err *err;
    unsigned char *marks;           /* by module number */
    GArray *stack;                  /* struct order_level */
    GPtrArray *done;                /* struct registry_module *, in order */
};

static int order_fail(const struct order_walk *walk,
                      const struct registry_module *at, const char *text)
{
    if (at->info.line)
        return err_set(walk->err, -EINVAL, "%s:%u:%u: %s", at->info.path,
                       at->info.line, at->info.col, text);
    return err_set(walk->err, -EINVAL, "%s: %s", at->info.path, text);
}

/* `a -> b -> a`, from where `again` stands on the stack; long ones are cut. */
static int order_cycle(const struct order_walk *walk,
                       const struct registry_module *again)
{
    GString *text = g_string_new("modules depend on each other in a circle (");
    guint i = 0, shown = 0;
    int ret;

    while (g_array_index(walk->stack, struct order_level, i).module != again)
        i++;
    for (; i < walk->stack->len && shown < 8; i++, shown++)
        g_string_append_printf(
            text, "%s -> ",
            g_array_index(walk->stack, struct order_level, i)
                .module->info.short_name);
    if (i < walk->stack->len)
        g_string_append(text, "... -> ");
    g_string_append_printf(text, "%s); remove one from its \"deps\"",
                           again->info.short_name);
    ret = order_fail(walk, again, text->str);
    g_string_free(text, TRUE);
    return ret;
}

const struct registry_module *registry_find_passed(
    const struct registry *registry, const char *name)
{
    if (registry_find_dep(registry, name))
        return NULL;
    for (guint i = 0; i < registry->all_modules->len; i++) {
        const struct registry_module *module = registry->all_modules->pdata[i];

        if (strcmp(module->info.short_name, name) == 0 ||
            strcmp(module->info.name, name) == 0)
            return module;
    }
    return NULL;
}

static int order_missing(const struct order_walk *walk,
                         const struct registry_module *at, const char *dep)
{
    const struct registry_module *other = registry_find_passed(walk->registry,
                                                               dep);
    struct str_near near = { .name = dep };
    const char *owner = at->info.short_name;
    char *text;
    int ret;

    for (guint i = 0; i < walk->registry->modules->len; i++) {
        const struct registry_module *m = walk->registry->modules->pdata[i];

        str_near_offer(&near, m->info.short_name);
        str_near_offer(&near, m->info.name);
    }
    if (other)
        text = g_strdup_printf("module \"%s\" depends on a module for other "
                               "targets (\"%s\", this is %s); correct "
                               "its \"arch\" or use another target",
                               owner, dep, walk->registry->arch);
    else if (near.best)
        text = g_strdup_printf("module \"%s\" depends on a module that is not "
                               "announced (\"%s\"); did you mean \"%s\"?",
                               owner, dep, near.best);
    else
        text = g_strdup_printf("module \"%s\" depends on a module that is not "
                               "announced (\"%s\"); announce it with "
                               "-add_modinfo, or install it",
                               owner, dep);
    ret = order_fail(walk, at, text);
    g_free(text);
    return ret;
}

static void order_push(struct order_walk *walk, struct registry_module *module)
{
    struct order_level level = { module, module->info.deps };

    walk->marks[module->number] = MARK_OPEN;
    g_array_append_val(walk->stack, level);
}

/* Take the next step of the top level: a dependency, or done. */
static int order_step(struct order_walk *walk)
{
    struct order_level *top = &g_array_index(walk->stack, struct order_level,
                                             walk->stack->len - 1);
    struct registry_module *module = top->module, *dep;

    if (!*top->dep) {
        walk->marks[module->number] = MARK_DONE;
        g_ptr_array_add(walk->done, module);
        g_array_set_size(walk->stack, walk->stack->len - 1);
        return 0;
    }
    dep = registry_find_dep(walk->registry, *top->dep);
    if (!dep)
        return order_missing(walk, module, *top->dep);
    top->dep++;
    if (walk->marks[dep->number] == MARK_OPEN)
        return order_cycle(walk, dep);
    if (walk->marks[dep->number] == MARK_NEW)
        order_push(walk, dep);
    return 0;
}

static void walk_begin(struct order_walk *walk)
{
    walk->marks = g_malloc0(walk->registry->modules->len + 1);
    walk->stack = g_array_new(FALSE, FALSE, sizeof(struct order_level));
    walk->done = g_ptr_array_new();
}

static int walk_from(struct order_walk *walk, struct registry_module *module)
{
    int ret = 0;

    if (walk->marks[module->number] == MARK_NEW)
        order_push(walk, module);
    while (ret == 0 && walk->stack->len > 0)
        ret = order_step(walk);
    return ret;
}

static int walk_end(struct order_walk *walk, int ret,
                    struct registry_module ***ret_modules, uint32_t *ret_n)
{
    if (ret == 0)
        *ret_n = walk->done->len;
    if (ret == 0)
        *ret_modules = (struct registry_module **)g_ptr_array_free(walk->done,
                                                                   FALSE);
    else
        g_ptr_array_free(walk->done, TRUE);
    g_array_free(walk->stack, TRUE);
    g_free(walk->marks);
    return ret;
}

int registry_order(const struct registry *registry,
                   struct registry_module *module,
                   struct registry_module ***ret_modules, uint32_t *ret_n,
                   struct ob_err *err)
{
    struct order_walk walk = { .registry = registry, .err = err };

    walk_begin(&walk);
    return walk_end(&walk, walk_from(&walk, module), ret_modules, ret_n);
}

int registry_order_all(const struct registry *registry,
                       bool (*wanted)(const struct registry_module *module),
                       struct registry_module ***ret_modules, uint32_t *ret_n,
                       struct ob_err *err)
{
    struct order_walk walk = { .registry = registry, .err = err };
    int ret = 0;

    walk_begin(&walk);
    for (guint i = 0; i < registry->modules->len && ret == 0; i++) {
        struct registry_module *module = registry->modules->pdata[i];

        if (wanted(module))
            ret = walk_from(&walk, module);
    }
    return walk_end(&walk, ret, ret_modules, ret_n);
}
