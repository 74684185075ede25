/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports arguments whose type name both QEMU and a module have. */
#include "bridge/devices/qdev_clash.h"

#include <glib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "bridge/devices/qdev_name.h"
#include "bridge/devices/qdev_type.h"
#include "bridge/process/arguments.h"
#include "bridge/process/report.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

#define DRIVER_KEY "driver="

/* The member "driver" of the JSON form of -device; g_free() it, or NULL. */
static char *json_driver(const char *text)
{
    struct json_doc *doc;
    const struct json *driver;
    char *name;

    /* QEMU reports a text that does not parse. */
    if (json_parse(text, strlen(text), "-device", &doc, NULL) < 0)
        return NULL;
    driver = json_get(json_root(doc), "driver");
    name = driver && driver->kind == JSON_STRING ? g_strdup(driver->text)
                                                 : NULL;
    json_free(doc);
    return name;
}

/* The driver of "NAME,key=value" or "key=value,driver=NAME"; g_free() it. */
static char *value_driver(const char *value)
{
    char *name = NULL;
    bool first = true;

    while (value) {
        char *item = str_take_item(&value);

        if (first && !strchr(item, '=')) {
            g_free(name);
            name = g_strdup(item);
        } else if (g_str_has_prefix(item, DRIVER_KEY)) {
            g_free(name);
            name = g_strdup(item + strlen(DRIVER_KEY));
        }
        first = false;
        g_free(item);
    }
    return name;
}

/* -global's short form, NAME.property=value, ends NAME at its first dot. */
static char *global_driver(const char *value)
{
    size_t len = strcspn(value, ".=");

    return value[len] == '.' ? g_strndup(value, len) : value_driver(value);
}

static bool machine_option_is_ours(const struct registry *registry,
                                   const char *option)
{
    const char *value = arguments_value(option);
    char *name;
    bool ours;

    if (!value)
        return false;
    if (g_str_has_prefix(value, "type="))
        value += strlen("type=");
    name = g_strndup(value, strcspn(value, ","));
    ours = registry_find_board(registry, name);
    g_free(name);
    return ours;
}

/* QEMU has types in modules of its own; -device creates most of those. */
static bool qemus_is_creatable(const char *name)
{
    struct ObjectClass *oc = q.object_class_by_name(name);

    if (!oc)
        return true;
    return q.object_class_dynamic_cast(oc, "device") &&
           ((const char *)oc)[layout.dc_user_creatable];
}

/*
 * A user of QEMU's own boards who has a module installed for something else
 * means QEMU's type, and must get no message for it.
 */
static bool user_may_mean(const struct registry *registry,
                          const struct registry_type *type, bool device)
{
    return type->module->origin != REGISTRY_INSTALLED ||
           machine_option_is_ours(registry, "M") ||
           machine_option_is_ours(registry, "machine") ||
           (device && !qemus_is_creatable(type->name));
}

/* May a clash of `name` surprise the user? *ret_type is the module's type. */
static bool name_clashes(const struct registry *registry, const char *name,
                         bool device, const struct registry_type **ret_type)
{
    const struct registry_type *type = registry_find_type(registry, name);
    const char *qom = qdev_type_qom(name);

    *ret_type = type;
    return qom && strcmp(type->name, name) == 0 && strcmp(qom, name) != 0 &&
           qdev_name_is_taken(name) && user_may_mean(registry, type, device);
}

static void name_report(const struct registry_type *type, bool device)
{
    const char *name = type->name, *qom = qdev_type_qom(name);

    if (device)
        report_note("-device %s: takes QEMU's own type, not that of module "
                    "\"%s\"; write -device %s for the module's",
                    name, type->module->info.short_name, qom);
    else
        report_note("-global %s: sets QEMU's own type, not that of module "
                    "\"%s\"; write -global driver=%s,property=...,value=... "
                    "for the module's",
                    name, type->module->info.short_name, qom);
}

/* The name that -device or -global `value` takes; g_free() it, or NULL. */
static char *option_driver(const char *value, bool device)
{
    if (!device)
        return global_driver(value);
    return *value == '{' ? json_driver(value) : value_driver(value);
}

/* A command line may have many `-device loader,...`: report each type once. */
void qdev_clash_report(const struct registry *registry)
{
    GHashTable *said[2] = {
        g_hash_table_new(NULL, NULL), g_hash_table_new(NULL, NULL),
    };

    for (char *const *arg = arguments_all(); arg[0] && arg[1]; arg++) {
        bool device = arguments_option_is(arg[0], "device");
        const struct registry_type *type;
        char *name;

        if (!device && !arguments_option_is(arg[0], "global"))
            continue;
        name = option_driver(arg[1], device);
        if (name && name_clashes(registry, name, device, &type) &&
            g_hash_table_add(said[device], (gpointer)type))
            name_report(type, device);
        g_free(name);
    }
    g_hash_table_destroy(said[0]);
    g_hash_table_destroy(said[1]);
}
