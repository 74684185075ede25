/* SPDX-License-Identifier: MIT */
/*
 * Finds items in a declaration's lists, and writes refusals that name the
 * type.
 */
#include "device/decl/decl_int.h"

#include <errno.h>
#include <string.h>

/*
 * A module may have many types, so each refusal starts with the type's name.
 */
int decl_refuse(const struct device_decl *decl, struct ob_err *err,
                const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_setv(err, -EINVAL, fmt, ap);
    va_end(ap);
    return err_prefix(err, -EINVAL, "type %s", decl->name);
}

/*
 * The name is the first member of the items of every list, so the size of an
 * item is enough to find it.
 */
const char *device_decl_name(const void *items, uint32_t count, size_t bytes,
                             uint32_t n)
{
    const char *name;

    if (n >= count)
        return NULL;
    memcpy(&name, (const char *)items + n * bytes, sizeof(name));
    return name;
}

/* The caller has checked the names of the list: strcmp() cannot take NULL. */
int device_decl_find(const void *items, uint32_t count, size_t bytes,
                     const char *name)
{
    for (uint32_t n = 0; n < count; n++)
        if (!strcmp(device_decl_name(items, count, bytes, n), name))
            return (int)n;
    return -1;
}
