/* SPDX-License-Identifier: MIT */
/* Checks a module's descriptor. */
#include "loader/loader.h"

#include <errno.h>
#include <string.h>

#include "base/abi.h"
#include "base/list.h"
#include "base/str.h"

enum { LIST_MAX = 4096 };       /* types, boards in one module */

static int head_check(const struct ob_module *d, const char *path,
                      struct ob_err *err)
{
    if (d->size < sizeof(struct ob_module))
        return err_set(err, -EPROTO,
                       "%s: outboard_module is too small (size %u, %zu "
                       "expected); use OB_MODULE()",
                       path, d->size, sizeof(struct ob_module));
    if (!abi_fits(d->abi_major, d->abi_minor))
        return err_set(err, -EPROTO,
                       "%s: outboard_module is for ABI %u.%u, and this "
                       "Outboard has %d.%d; rebuild the module",
                       path, d->abi_major, d->abi_minor, OB_ABI_MAJOR,
                       OB_ABI_MINOR);
    if (d->flags != 0)
        return err_set(err, -EPROTO,
                       "%s: outboard_module has unknown flags (0x%x); install "
                       "a newer Outboard",
                       path, d->flags);
    return 0;
}

static int name_check(const struct ob_module *d, const char *name,
                      const char *path, struct ob_err *err)
{
    if (!d->name || strcmp(d->name, name) != 0)
        return err_set(err, -EINVAL,
                       "%s: outboard_module calls itself \"%.128s\", its "
                       ".modinfo section \"%s\"; make them agree",
                       path, d->name ? d->name : "", name);
    if (!d->license)
        return err_set(err, -EINVAL,
                       "%s: outboard_module names no licence; use "
                       "OB_MODULE()",
                       path);
    return 0;
}

/* One entry's name: an identifier, given once. */
static int entry_check(const char *name, const char *what, uint32_t n,
                       const char *path, struct ob_err *err)
{
    const char *flaw = name ? str_type_flaw(name) : "is missing";

    if (!flaw)
        return 0;
    return err_set(err, -EINVAL,
                   "%s: the name of %s %u in outboard_module %s (\"%.40s\"); "
                   "correct it",
                   path, what, n, flaw, name ? name : "");
}

static int list_check(const struct ob_array *list, const char *what,
                      const char *path, struct ob_err *err)
{
    if (list->count > LIST_MAX || (list->count && !list->items))
        return err_set(err, -EINVAL,
                       "%s: outboard_module says it holds %u %ss, %s; correct "
                       "it",
                       path, list->count, what,
                       list->items ? "more than 4096" : "but has no list");
    if (list->count && list->stride != sizeof(void *))
        return err_set(err, -EINVAL,
                       "%s: outboard_module's list of %ss has items of %u "
                       "bytes, %zu expected; list pointers, with OB_ARRAY()",
                       path, what, list->stride, sizeof(void *));
    for (uint32_t i = 0; i < list->count; i++) {
        if (!list_pointer(list, i))
            return err_set(err, -EINVAL,
                           "%s: %s %u in outboard_module is NULL; correct the "
                           "list",
                           path, what, i);
    }
    return 0;
}

static int lists_check(const struct ob_module *d, const char *path,
                       struct ob_err *err)
{
    int ret = list_check(&d->devices, "device", path, err);

    if (ret == 0)
        ret = list_check(&d->boards, "board", path, err);
    for (uint32_t i = 0; ret == 0 && i < d->devices.count; i++) {
        const struct ob_device_type *type = list_pointer(&d->devices, i);

        ret = entry_check(type->name, "device", i, path, err);
    }
    for (uint32_t i = 0; ret == 0 && i < d->boards.count; i++) {
        const struct ob_board_type *type = list_pointer(&d->boards, i);

        ret = entry_check(type->name, "board", i, path, err);
    }
    return ret;
}

int loader_check_descriptor(const struct ob_module *desc, const char *name,
                            const char *path, struct ob_err *err)
{
    int ret = head_check(desc, path, err);

    if (ret == 0)
        ret = name_check(desc, name, path, err);
    return ret < 0 ? ret : lists_check(desc, path, err);
}
