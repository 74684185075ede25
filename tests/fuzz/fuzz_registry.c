/* SPDX-License-Identifier: MIT */
/* Any bytes as the index that is handed to the bridge. */
#include "fuzz.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "registry/registry.h"

/* Every type is found again, and is one that QEMU would take. */
static void check_types(const struct registry *ix)
{
    uint32_t n;
    const struct registry_type *types = registry_types(ix, &n);

    for (uint32_t i = 0; i < n; i++)
        if (registry_find_type(ix, types[i].name) != &types[i] ||
            str_type_flaw(types[i].name))
            abort();
}

/* Modules can be ordered, or are refused: no hang, no crash. */
static void check_orders(const struct registry *ix)
{
    uint32_t n, n_order;
    struct registry_module *const *modules = registry_modules(ix, &n);

    for (uint32_t i = 0; i < n && i < 16; i++) {
        struct registry_module **order;

        if (registry_order(ix, modules[i], &order, &n_order, NULL) < 0)
            continue;
        if (order[n_order - 1] != modules[i])
            abort();
        g_free(order);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registry *ix = NULL;
    struct ob_err err = { 0 };
    int fd = memfd_create("fuzz-index", MFD_CLOEXEC), r;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    r = registry_load(fd, &ix, &err);
    if ((r < 0) != (err.code < 0) || strchr(err.text, '\n'))
        abort();
    if (r == 0) {
        check_types(ix);
        check_orders(ix);
    }
    registry_free(ix);
    close(fd);
    return 0;
}
