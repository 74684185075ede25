/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completes the device tree that a kernel gets: the user's file, or the plan's
 * own tree.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bridge/machines/boot.h"
#include "bridge/machines/machine_type.h"

enum { DT_FILE_MAX = 4 << 20, DT_MORE = 64 << 10 };

/* Append to a property; cells are big-endian, as the tree stores them. */
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

/* Texts for the libfdt errors that a user's tree can cause. */
static const char *dt_reason(int rc)
{
    if (rc == -FDT_ERR_NOSPACE)
        return "the board adds more than 64 KiB to the tree";
    return fdt_strerror(rc);
}

/* Refuse: the node at the path's first `bytes` bytes does not exist. */
static int parent_missing(const char *path, int bytes, struct ob_err *err)
{
    return err_set(err, -ENOENT,
                   "cannot add node \"%s\": its parent \"%.*s\" does not "
                   "exist; use this board's device tree, or set a property of "
                   "the parent first",
                   path, bytes, path);
}

/*
 * Set *ret to the node at `path`. Adds the node if its parent exists. A tree
 * without the parent is probably for another board, so it is refused.
 */
static int node_get(void *fdt, const char *path, int *ret, struct ob_err *err)
{
    const char *name = strrchr(path, '/');
    int bytes = (int)(name - path), parent = 0;

    *ret = fdt_path_offset(fdt, path);
    if (*ret != -FDT_ERR_NOTFOUND)
        return *ret >= 0 ? 0
                         : err_set(err, -EINVAL,
                                   "node \"%s\" is not found (%s); write it "
                                   "as \"/memory@0\"",
                                   path, fdt_strerror(*ret));
    if (name[1] == '\0')
        return err_set(err, -EINVAL,
                       "node \"%s\" has no name; leave out the last \"/\"",
                       path);
    if (bytes > 0)
        parent = fdt_path_offset_namelen(fdt, path, bytes);
    while (parent == -FDT_ERR_NOTFOUND && bytes > 0) {
        int above = bytes - 1;

        while (above > 0 && path[above] != '/')
            above--;
        if (above == 0 || fdt_path_offset_namelen(fdt, path, above) >= 0)
            return parent_missing(path, bytes, err);
        bytes = above;
    }
    *ret = parent < 0 ? parent : fdt_add_subnode(fdt, parent, name + 1);
    return *ret >= 0 ? 0
                     : err_set(err, -EINVAL,
                               "cannot add node \"%s\" (%s); check the device "
                               "tree",
                               path, dt_reason(*ret));
}

/* Set a property of node `at`, which messages call `path`. */
static int prop_set(void *fdt, int at, const char *path, const char *name,
                    const void *bytes, size_t len, struct ob_err *err)
{
    int ret = fdt_setprop(fdt, at, name, bytes, (int)len);

    if (ret < 0)
        return err_set(err, -EINVAL,
                       "cannot set %s of node \"%s\" (%s); check the device "
                       "tree",
                       name, path, dt_reason(ret));
    return 0;
}

static int set_bytes(void *fdt, const char *node, const char *name,
                     const GByteArray *value, struct ob_err *err)
{
    int at, ret = node_get(fdt, node, &at, err);

    return ret < 0
               ? ret
               : prop_set(fdt, at, node, name, value->data, value->len, err);
}

static int set_cells(void *fdt, const char *name, uint64_t value,
                     struct ob_err *err)
{
    GByteArray *bytes = g_byte_array_new();
    int ret;

    add_cell(bytes, value, 2);
    ret = set_bytes(fdt, "/chosen", name, bytes, err);
    g_byte_array_unref(bytes);
    return ret;
}

/* --- memory --------------------------------------------------------------- */

/*
 * Linux finds memory nodes by their type, U-Boot by their name without the
 * address.
 */
static bool is_memory(const void *fdt, int node)
{
    const char *type = fdt_getprop(fdt, node, "device_type", NULL);
    const char *name = fdt_get_name(fdt, node, NULL);

    return (type && strcmp(type, "memory") == 0) ||
           strcmp(name, "memory") == 0 || g_str_has_prefix(name, "memory@");
}

/* The first memory node among the root's children, from `node` on; or -1. */
static int memory_next(const void *fdt, int node)
{
    while (node >= 0 && !is_memory(fdt, node))
        node = fdt_next_subnode(fdt, node);
    return node;
}

/* The node with the plan's name, else another memory node, else a new node. */
static int memory_get(void *fdt, const char *path, int *ret,
                      struct ob_err *err)
{
    int at = fdt_path_offset(fdt, path);

    if (at < 0)
        at = memory_next(fdt, fdt_first_subnode(fdt, 0));
    if (at >= 0) {
        *ret = at;
        return 0;
    }
    return node_get(fdt, path, ret, err);
}

/* One node has all banks, so delete the other memory nodes. */
static int memory_others_delete(void *fdt, const char *kept)
{
    int ret = 0, at = memory_next(fdt, fdt_first_subnode(fdt, 0));

    while (ret == 0 && at >= 0) {
        if (strcmp(fdt_get_name(fdt, at, NULL), kept) == 0) {
            at = memory_next(fdt, fdt_next_subnode(fdt, at));
        } else {
            ret = fdt_del_node(fdt, at);
            at = memory_next(fdt, fdt_first_subnode(fdt, 0));
        }
    }
    return ret;
}

/*
 * If a root has no cells, they are 2 and 1 in the specification, and 1 and 1 in
 * Linux. Set them, so that all readers agree.
 */
static int root_cells(void *fdt, int *ret_address, int *ret_size,
                      struct ob_err *err)
{
    int ret = 0;

    if (!fdt_getprop(fdt, 0, "#address-cells", NULL))
        ret = fdt_setprop_u32(fdt, 0, "#address-cells", 2);
    if (ret == 0 && !fdt_getprop(fdt, 0, "#size-cells", NULL))
        ret = fdt_setprop_u32(fdt, 0, "#size-cells", 1);
    if (ret < 0)
        return err_set(err, -EINVAL,
                       "cannot set the root's cells (%s); check the device "
                       "tree",
                       dt_reason(ret));
    *ret_address = fdt_address_cells(fdt, 0);
    *ret_size = fdt_size_cells(fdt, 0);
    if (*ret_address < 1 || *ret_size < 1)
        return err_set(err, -EINVAL,
                       "the root's #address-cells and #size-cells describe no "
                       "memory; use 2 and 2");
    return 0;
}

/*
 * Write the banks in the tree's cells. Large banks become pieces of 2 GiB where
 * the size has one cell.
 */
static int memory_reg(const struct plan_boot *plan, int ac, int sc,
                      GByteArray *reg, struct ob_err *err)
{
    uint64_t most = sc == 1 ? UINT64_C(0x80000000) : UINT64_MAX;

    for (uint32_t i = 0; i < plan->bank_count; i++) {
        uint64_t at = plan->banks[i].at, left = plan->banks[i].bytes;

        if (ac == 1 && left > 0 && (at + left - 1) >> 32 != 0)
            return err_set(err, -EINVAL,
                           "the root's #address-cells is 1, "
                           "and memory ends at 0x%" PRIx64 "; use 2, or less "
                           "memory",
                           at + left);
        while (left > 0) {
            uint64_t piece = MIN(left, most);

            add_cell(reg, at, ac);
            add_cell(reg, piece, sc);
            at += piece;
            left -= piece;
        }
    }
    return 0;
}

static int memory_write(void *fdt, const char *path, const GByteArray *reg,
                        struct ob_err *err)
{
    char *name = NULL;
    int at, ret = memory_get(fdt, path, &at, err);

    /* Each change moves the nodes after it, so search by name again. */
    if (ret == 0) {
        name = g_strdup_printf("/%s", fdt_get_name(fdt, at, NULL));
        ret = prop_set(fdt, at, name, "device_type", "memory",
                       sizeof("memory"), err);
    }
    if (ret == 0)
        ret = prop_set(fdt, at, name, "reg", reg->data, reg->len, err);
    if (ret == 0 && memory_others_delete(fdt, name + 1) != 0)
        ret = err_set(err, -EINVAL,
                      "cannot delete a second memory node; check the device "
                      "tree");
    g_free(name);
    return ret;
}

static int set_memory(const struct boot *boot, void *fdt, struct ob_err *err)
{
    GByteArray *reg = g_byte_array_new();
    int ac = 0, sc = 0, ret = root_cells(fdt, &ac, &sc, err);

    if (ret == 0)
        ret = memory_reg(boot->plan, ac, sc, reg, err);
    if (ret == 0)
        ret = memory_write(fdt, boot->plan->dt_memory, reg, err);
    g_byte_array_unref(reg);
    return ret;
}

/* --- what else the plan and the command line set ------------------------- */

static int set_props(const struct boot *boot, void *fdt, struct ob_err *err)
{
    const struct plan_boot *plan = boot->plan;
    int ret = 0;

    for (uint32_t i = 0; ret == 0 && i < plan->dt_prop_count; i++) {
        const struct plan_dt_prop *p = &plan->dt_props[i];
        GByteArray *bytes = g_byte_array_new();

        add_value(bytes, &p->value);
        ret = set_bytes(fdt, p->node, p->name, bytes, err);
        g_byte_array_unref(bytes);
    }
    return ret;
}

/*
 * Set the plan's properties. The properties of a plan's own tree do not apply
 * to the user's tree.
 */
static int set_plan(const struct boot *boot, bool users, void *fdt,
                    struct ob_err *err)
{
    int ret = users && boot->plan->dt_new ? 0 : set_props(boot, fdt, err);

    if (ret == 0 && boot->plan->dt_memory)
        ret = set_memory(boot, fdt, err);
    return ret;
}

static int set_chosen(const struct boot *boot, void *fdt, struct ob_err *err)
{
    char *append = machine_text(boot->b->m, "append");
    int ret = 0;

    if (append) {
        GByteArray *bytes = g_byte_array_new();

        g_byte_array_append(bytes, (uint8_t *)append, strlen(append) + 1);
        ret = set_bytes(fdt, "/chosen", "bootargs", bytes, err);
        g_byte_array_unref(bytes);
    }
    g_free(append);
    if (ret == 0 && boot->initrd_bytes > 0) {
        ret = set_cells(fdt, "linux,initrd-start", boot->initrd_at, err);
        if (ret == 0)
            ret = set_cells(fdt, "linux,initrd-end",
                            boot->initrd_at + boot->initrd_bytes, err);
    }
    return ret;
}

static int dt_new(void **ret_blob, struct ob_err *err)
{
    void *fdt = malloc(DT_MORE);
    int ret = fdt ? fdt_create_empty_tree(fdt, DT_MORE) : 0;

    if (!fdt || ret != 0) {
        free(fdt);
        return err_set(err, -ENOMEM, "out of memory for a device tree");
    }
    *ret_blob = fdt;
    return 0;
}

static int dt_open(const char *path, void **ret_blob, struct ob_err *err)
{
    size_t len, room;
    char *file;
    void *fdt;
    int ret = file_read(path, FILE_ANY, DT_FILE_MAX, &file, &len, err);

    if (ret < 0)
        return err_prefix(err, ret, "-dtb");
    ret = fdt_check_full(file, len);
    room = len + DT_MORE;
    fdt = ret == 0 ? malloc(room) : NULL;
    if (fdt)
        ret = fdt_open_into(file, fdt, (int)room);
    free(file);
    if (!fdt || ret != 0) {
        free(fdt);
        return err_set(err, -EINVAL,
                       "-dtb: %s: is not a device tree blob (%s); give a .dtb "
                       "file",
                       path, fdt_strerror(ret));
    }
    *ret_blob = fdt;
    return 0;
}

int boot_dt(const struct boot *boot, const char *path, void **ret_blob,
            uint32_t *ret_bytes, struct ob_err *err)
{
    void *fdt = NULL;
    int ret = path ? dt_open(path, &fdt, err) : dt_new(&fdt, err);

    if (ret < 0)
        return ret;
    ret = set_plan(boot, path, fdt, err);
    if (ret == 0)
        ret = set_chosen(boot, fdt, err);
    if (ret < 0) {
        free(fdt);
        return path ? err_prefix(err, ret, "-dtb: %s", path)
                    : err_prefix(err, ret, "the board's device tree");
    }
    fdt_pack(fdt);
    *ret_bytes = fdt_totalsize(fdt);
    *ret_blob = fdt;
    return 0;
}
