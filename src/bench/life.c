/* SPDX-License-Identifier: MIT */
/*
 * Creates and frees the bench, loads modules, and keeps log lines and
 * requests.
 */
#include "bench/bench_int.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/list.h"
static void type_free(void *type)
{
    device_decl_free(type);
}

struct ob_bench *ob_bench_new(void)
{
    struct ob_bench *b = g_new0(struct ob_bench, 1);

    b->types = g_ptr_array_new();
    b->owned = g_ptr_array_new_with_free_func(type_free);
    b->devs = g_ptr_array_new();
    b->buses = g_ptr_array_new();
    b->targets = g_ptr_array_new_with_free_func(g_free);
    b->lines = g_array_new(FALSE, FALSE, sizeof(struct bench_line));
    b->requests = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    b->checked = g_ptr_array_new_with_free_func(g_free);
    b->thread = g_thread_self();
    b->strict = true;
    b->wanted = 1u << OB_LOG_GUEST | 1u << OB_LOG_UNIMPL;
    g_ptr_array_add(b->buses, bench_bus_new(b));
    return b;
}

uint32_t ob_bench_free(struct ob_bench *b)
{
    uint32_t mistakes;

    if (!b)
        return 0;
    while (b->devs->len)
        ob_bench_dev_free(b->devs->pdata[b->devs->len - 1]);
    for (guint n = 0; n < b->buses->len; n++)
        bench_bus_free(b->buses->pdata[n]);
    ob_bench_log_clear(b);
    g_ptr_array_free(b->types, TRUE);
    g_ptr_array_free(b->owned, TRUE);
    g_ptr_array_free(b->devs, TRUE);
    g_ptr_array_free(b->buses, TRUE);
    g_ptr_array_free(b->targets, TRUE);
    g_array_free(b->lines, TRUE);
    g_array_free(b->requests, TRUE);
    g_ptr_array_free(b->checked, TRUE);
    mistakes = b->mistakes;
    g_free(b);
    return mistakes;
}

void ob_bench_strict(struct ob_bench *b, bool on)
{
    b->strict = on;
}

uint32_t ob_bench_mistakes(const struct ob_bench *b)
{
    return b->mistakes;
}

const char *ob_bench_error(const struct ob_bench *b)
{
    return b->err.text;
}

uint32_t ob_bench_request_take(struct ob_bench *b)
{
    uint32_t request;

    if (!b->requests->len)
        return 0;
    request = g_array_index(b->requests, uint32_t, 0);
    g_array_remove_index(b->requests, 0);
    return request;
}

void ob_bench_seed(struct ob_bench *b, uint64_t seed)
{
    b->seed = seed;
}

/* --- modules -------------------------------------------------------------- */

static int module_check(struct ob_bench *b, const struct ob_module *m)
{
    if (m->size < sizeof(*m))
        return err_set(&b->err, -EINVAL,
                       "module: its struct has %u bytes, at least %zu "
                       "expected; define it with OB_MODULE()",
                       m->size, sizeof(*m));
    if (!m->name || !*m->name)
        return err_set(&b->err, -EINVAL, "module: has no name; give it one");
    if (!abi_fits(m->abi_major, m->abi_minor))
        return err_set(&b->err, -EINVAL,
                       "module %s: needs ABI %u.%u and this bench has %u.%u; "
                       "build both with the same SDK",
                       m->name, m->abi_major, m->abi_minor, OB_ABI_MAJOR,
                       OB_ABI_MINOR);
    if (m->flags)
        return err_set(&b->err, -EINVAL,
                       "module %s: flags 0x%x are unknown; use 0", m->name,
                       m->flags);
    if (!m->license || !*m->license)
        return err_set(&b->err, -EINVAL,
                       "module %s: names no licence; give OB_MODULE() an SPDX "
                       "expression",
                       m->name);
    if (m->devices.count &&
        (!m->devices.items || m->devices.stride != sizeof(void *)))
        return err_set(&b->err, -EINVAL,
                       "module %s: %u devices of %u bytes each at %p; list "
                       "pointers, with OB_ARRAY()",
                       m->name, m->devices.count, m->devices.stride,
                       m->devices.items);
    return 0;
}

static const struct device_decl *type_find(struct ob_bench *b,
                                           const char *name)
{
    for (guint n = 0; n < b->types->len; n++) {
        const struct device_decl *t = b->types->pdata[n];

        if (!strcmp(t->name, name))
            return t;
    }
    return NULL;
}

int bench_type_add(struct ob_bench *b, const char *module,
                   const struct device_decl *type)
{
    if (type_find(b, type->name))
        return err_set(&b->err, -EEXIST,
                       "module %s: type %s is known already; announce each "
                       "once",
                       module, type->name);
    g_ptr_array_add(b->types, (void *)type);
    return 0;
}

static int module_add(struct ob_bench *b, const struct ob_module *m)
{
    guint before = b->types->len;
    int ret = module_check(b, m);

    for (uint32_t n = 0; !ret && n < m->devices.count; n++) {
        struct device_decl *t;

        ret = device_decl_new(list_pointer(&m->devices, n), &local_model_ops,
                              &t, &b->err);
        if (ret)
            break;
        g_ptr_array_add(b->owned, t);
        ret = bench_type_add(b, m->name, t);
    }
    if (ret)
        g_ptr_array_set_size(b->types, (gint)before);
    return ret;
}

/* Keep the reason: the next error is about the missing types. */
static int refused_note(struct ob_bench *b, int ret)
{
    if (ret && !b->refused.code)
        b->refused = b->err;
    return ret;
}

int32_t ob_bench_module(struct ob_bench *b, const struct ob_module *m)
{
    err_clear(&b->err);
    return bench_result(refused_note(b, module_add(b, m)));
}

static int file_add(struct ob_bench *b, const char *path)
{
    const struct ob_module *m;
    /* Without a slash, dlopen() would search directories. */
    char *file = strchr(path, '/') ? g_strdup(path)
                                   : g_strconcat("./", path, NULL);
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

    g_free(file);
    if (!library)
        return err_set(&b->err, -ENOENT,
                       "%s: cannot be loaded (%s); check the path and how it "
                       "was built",
                       path, dlerror());
    m = dlsym(library, OB_MODULE_SYMBOL_NAME);
    if (!m)
        return err_set(&b->err, -ENOENT,
                       "%s: exports no %s; declare it with OB_MODULE", path,
                       OB_MODULE_SYMBOL_NAME);
    return module_add(b, m);
}

int32_t ob_bench_load(struct ob_bench *b, const char *path)
{
    err_clear(&b->err);
    return bench_result(refused_note(b, file_add(b, path)));
}
