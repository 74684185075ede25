/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device tree that a kernel is handed: the user's file, completed. */
#include <errno.h>
#include <glib.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bridge/boot.h"
#include "bridge/machine_type.h"

enum { DT_FILE_MAX = 4 << 20, DT_MORE = 64 << 10 };

/* A property being put together, cells big-endian as the tree has them. */
static void add_cell(GByteArray *out, uint64_t value, int cells)
{
    for (; cells > 0; cells--) {
        uint64_t part = cells > 2 ? 0 : value >> (32 * (cells - 1));
        uint32_t be = GUINT32_TO_BE((uint32_t)part);

        g_byte_array_append(out, (uint8_t *)&be, sizeof(be));
    }
}

static void add_value(GByteArray *out, const struct plan_value *v)
{
    if (v->kind == JSON_ARRAY)
        for (uint32_t i = 0; i < v->count; i++)
            add_value(out, &v->items[i]);
    else if (v->kind == JSON_STRING)
        g_byte_array_append(out, (const uint8_t *)v->text,
                            strlen(v->text) + 1);
    else if (v->kind == JSON_NUMBER)
        add_cell(out, v->number, 1);
}

/* Of a tree of the board's own: the node at `path`, if its parent is there. */
static void node_make(void *fdt, const char *path)
{
    const char *name = strrchr(path, '/');
    int parent;

    if (name == NULL || name[1] == '\0' || fdt_path_offset(fdt, path) >= 0)
        return;
    parent = fdt_path_offset_namelen(fdt, path,
                                     (int)MAX(name - path, (ptrdiff_t)1));
    if (parent >= 0)
        fdt_add_subnode(fdt, parent, name + 1);
}

static int set_bytes(void *fdt, const char *node, const char *name,
                     const GByteArray *value, struct ob_err *err)
{
    int at = fdt_path_offset(fdt, node);

    if (at == -FDT_ERR_NOTFOUND && node[0] == '/' &&
        strchr(node + 1, '/') == NULL)
        at = fdt_add_subnode(fdt, 0, node + 1);
    if (at >= 0)
        at = fdt_setprop(fdt, at, name, value->data, (int)value->len);
    if (at < 0)
        return err_set(err, -EINVAL, "cannot set %s of node \"%s\" (%s); is "
                       "its parent there, and is it this board's device "
                       "tree?", name, node, fdt_strerror(at));
    return 0;
}

static int set_cells(void *fdt, const char *name, uint64_t value,
                     struct ob_err *err)
{
    GByteArray *bytes = g_byte_array_new();
    int rc;

    add_cell(bytes, value, 2);
    rc = set_bytes(fdt, "/chosen", name, bytes, err);
    g_byte_array_unref(bytes);
    return rc;
}

/* Banks as the tree's cells can say them: large ones in pieces of 2 GiB. */
static int set_memory(const struct boot *boot, void *fdt, struct ob_err *err)
{
    const struct plan_boot *plan = boot->plan;
    int ac = fdt_address_cells(fdt, 0), sc = fdt_size_cells(fdt, 0);
    uint64_t most = sc == 1 ? UINT64_C(0x80000000) : UINT64_MAX;
    GByteArray *reg = g_byte_array_new();
    int rc;

    for (uint32_t i = 0; i < plan->bank_count; i++) {
        uint64_t at = plan->banks[i].at, left = plan->banks[i].bytes;

        while (left > 0) {
            uint64_t piece = MIN(left, most);

            add_cell(reg, at, ac);
            add_cell(reg, piece, sc);
            at += piece;
            left -= piece;
        }
    }
    rc = set_bytes(fdt, plan->dt_memory, "reg", reg, err);
    g_byte_array_unref(reg);
    return rc;
}

static int set_props(const struct boot *boot, void *fdt, struct ob_err *err)
{
    const struct plan_boot *plan = boot->plan;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < plan->dt_prop_count; i++) {
        const struct plan_dt_prop *p = &plan->dt_props[i];
        GByteArray *bytes = g_byte_array_new();

        add_value(bytes, &p->value);
        if (plan->dt_new)
            node_make(fdt, p->node);
        rc = set_bytes(fdt, p->node, p->name, bytes, err);
        g_byte_array_unref(bytes);
    }
    return rc;
}

/* The props of a plan's own tree are not for a tree of the user's. */
static int set_plan(const struct boot *boot, bool users, void *fdt,
                    struct ob_err *err)
{
    int rc = users && boot->plan->dt_new ? 0 : set_props(boot, fdt, err);

    if (rc == 0 && boot->plan->dt_memory != NULL)
        rc = set_memory(boot, fdt, err);
    return rc;
}

static int set_chosen(const struct boot *boot, void *fdt, struct ob_err *err)
{
    char *append = machine_text(boot->b->m, "append");
    int rc = 0;

    if (append != NULL) {
        GByteArray *bytes = g_byte_array_new();

        g_byte_array_append(bytes, (uint8_t *)append, strlen(append) + 1);
        rc = set_bytes(fdt, "/chosen", "bootargs", bytes, err);
        g_byte_array_unref(bytes);
    }
    g_free(append);
    if (rc == 0 && boot->initrd_bytes > 0) {
        rc = set_cells(fdt, "linux,initrd-start", boot->initrd_at, err);
        if (rc == 0)
            rc = set_cells(fdt, "linux,initrd-end",
                           boot->initrd_at + boot->initrd_bytes, err);
    }
    return rc;
}

static int dt_new(void **ret, struct ob_err *err)
{
    void *fdt = malloc(DT_MORE);
    int rc = fdt != NULL ? fdt_create_empty_tree(fdt, DT_MORE) : 0;

    if (fdt == NULL || rc != 0) {
        free(fdt);
        return err_set(err, -ENOMEM, "out of memory for a device tree");
    }
    *ret = fdt;
    return 0;
}

static int dt_open(const char *path, void **ret, struct ob_err *err)
{
    size_t len, room;
    char *file;
    void *fdt;
    int rc = file_read(path, FILE_ANY, DT_FILE_MAX, &file, &len, err);

    if (rc < 0)
        return err_prefix(err, rc, "-dtb");
    rc = fdt_check_full(file, len);
    room = len + DT_MORE;
    fdt = rc == 0 ? malloc(room) : NULL;
    if (fdt != NULL)
        rc = fdt_open_into(file, fdt, (int)room);
    free(file);
    if (fdt == NULL || rc != 0) {
        free(fdt);
        return err_set(err, -EINVAL, "-dtb: %s: is no device tree blob (%s); "
                       "give a .dtb file", path, fdt_strerror(rc));
    }
    *ret = fdt;
    return 0;
}

int boot_dt(const struct boot *boot, const char *path, void **ret,
            uint32_t *ret_bytes, struct ob_err *err)
{
    void *fdt = NULL;
    int rc = path != NULL ? dt_open(path, &fdt, err) : dt_new(&fdt, err);

    if (rc < 0)
        return rc;
    rc = set_plan(boot, path != NULL, fdt, err);
    if (rc == 0)
        rc = set_chosen(boot, fdt, err);
    if (rc < 0) {
        free(fdt);
        return path != NULL ? err_prefix(err, rc, "-dtb: %s", path)
                            : err_prefix(err, rc, "the board's device tree");
    }
    fdt_pack(fdt);
    *ret_bytes = fdt_totalsize(fdt);
    *ret = fdt;
    return 0;
}
