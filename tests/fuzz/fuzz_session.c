/* SPDX-License-Identifier: MIT */
/* Any bytes as the session that the bridge reads. */
#include "fuzz.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "session/session.h"

/* Every type is found again, and is one that QEMU would take. */
static void check_types(const struct registry *registry)
{
    uint32_t n;
    const struct registry_type *types = registry_types(registry, &n);

    for (uint32_t i = 0; i < n; i++)
        if (registry_find_type(registry, types[i].name) != &types[i] ||
            str_type_flaw(types[i].name))
            abort();
}

/* Modules can be ordered, or are refused: no hang, no crash. */
static void check_orders(const struct registry *registry)
{
    uint32_t n, n_order;
    struct registry_module *const *modules = registry_modules(registry, &n);

    for (uint32_t i = 0; i < n && i < 16; i++) {
        struct registry_module **order;

        if (registry_order(registry, modules[i], &order, &n_order, NULL) < 0)
            continue;
        if (order[n_order - 1] != modules[i])
            abort();
        g_free(order);
    }
}

/* Each enumeration is in its range, and no text is missing. */
static void check_wishes(const struct session *s)
{
    for (guint i = 0; i < s->wishes->len; i++) {
        const struct session_wish *wish = &g_array_index(
            s->wishes, struct session_wish, i);

        if (wish->source >= SESSION_SOURCES || !wish->module ||
            wish->place == ISOLATION_NONE || wish->place >= ISOLATIONS)
            abort();
        if (wish->source != SESSION_FROM_ALL &&
            !session_find_wish(s, wish->module))
            abort();
    }
    for (guint i = 0; i < s->options->len; i++) {
        const struct session_option *option = &g_array_index(
            s->options, struct session_option, i);

        if (str_ident_flaw(option->group) || !option->value)
            abort();
    }
}

/* What was read can be written, and read again. */
static void check_journey(const struct session *s)
{
    struct session *copy = NULL;
    int fd = -1;

    if (session_memfd(s, &fd, NULL) < 0 || session_read(fd, &copy, NULL) < 0)
        abort();
    session_free(copy);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session *s = NULL;
    struct ob_err err = { 0 };
    int fd = memfd_create("fuzz-session", MFD_CLOEXEC), ret;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    ret = session_read(fd, &s, &err);
    if ((ret < 0) != (err.code < 0) || strchr(err.text, '\n'))
        abort();
    if (ret == 0) {
        check_types(s->registry);
        check_orders(s->registry);
        check_wishes(s);
        check_journey(s);
        session_free(s);
    }
    close(fd);
    return 0;
}
