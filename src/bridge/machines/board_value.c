/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets properties and links of parts. QEMU converts the values to the types of
 * the properties and refuses values that do not fit; the bridge keeps QEMU's
 * text.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "bridge/devices/qdev.h"
#include "bridge/guard/guard.h"
#include "bridge/machines/board.h"
#include "bridge/qemu/symbols.h"

/* Properties that QEMU reserves for itself. */
static const char *const private_props[] = {
    "type", "realized", "hotpluggable", "hotplugged", "parent_bus", NULL,
};

/*
 * ObjectProperty starts with its name and its type, from 7.2 to 11.1
 * (include/qom/object.h).
 */
struct property_head {
    const char *name, *type;
};

int board_no_property(const struct board_part *part, const char *what,
                      const char *name, struct ob_err *err)
{
    struct str_near near = { .name = name };
    uintptr_t iter[8] = { 0 };      /* QEMU's iterator takes two words */
    struct property_head *prop;
    const char *type = q.object_get_typename(part->obj);

    q.object_property_iter_init(iter, part->obj);
    while ((prop = (void *)q.object_property_iter_next(iter)))
        if (!str_in(prop->name, private_props))
            str_near_offer(&near, prop->name);
    if (near.best)
        return err_set(err, -ENOENT,
                       "\"%s\" (%s) has no %s \"%s\"; did you mean \"%s\"?",
                       part->name, type, what, name, near.best);
    return err_set(err, -ENOENT,
                   "\"%s\" (%s) has no %s \"%s\"; see -device %s,help",
                   part->name, type, what, name, type);
}

/* --- values --------------------------------------------------------------- */

static bool type_is_number(const char *type)
{
    return strncmp(type, "uint", 4) == 0 || strncmp(type, "int", 3) == 0 ||
           strncmp(type, "size", 4) == 0;
}

/* The value as JSON, for lists. */
static void value_json(const struct plan_value *v, GString *out)
{
    if (v->kind == JSON_BOOL) {
        g_string_append(out, v->boolean ? "true" : "false");
    } else if (v->is_number) {
        g_string_append_printf(out, "%s%" PRIu64, v->is_negative ? "-" : "",
                               v->number);
    } else if (v->kind == JSON_NUMBER) {
        g_string_append(out, v->text);
    } else if (v->kind == JSON_ARRAY) {
        g_string_append_c(out, '[');
        for (uint32_t i = 0; i < v->count; i++) {
            if (i > 0)
                g_string_append_c(out, ',');
            value_json(&v->items[i], out);
        }
        g_string_append_c(out, ']');
    } else {
        g_string_append_c(out, '"');
        for (const char *c = v->text; *c != '\0'; c++)
            if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\')
                g_string_append_printf(out, "\\u%04x", *c);
            else
                g_string_append_c(out, *c);
        g_string_append_c(out, '"');
    }
}

static bool set_list(struct Object *obj, const char *name,
                     const struct plan_value *v, struct Error **why)
{
    GString *text = g_string_new(NULL);
    struct QObject *list;
    bool ok;

    value_json(v, text);
    list = q.qobject_from_json(text->str, why);
    ok = list && q.object_property_set_qobject(obj, name, list, why);
    g_string_free(text, TRUE);
    return ok;
}

static bool is_texts(const struct plan_value *v)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (v->items[i].kind != JSON_STRING)
            return false;
    return v->count > 0;
}

/*
 * QEMU reads some properties as a list in one text ("MS,MS"). Join the items
 * for those, so that "repeat" can produce them.
 */
static bool set_joined(struct Object *obj, const char *name,
                       const struct plan_value *v, struct Error **why)
{
    GString *text = g_string_new(v->items[0].text);
    bool ok;

    for (uint32_t i = 1; i < v->count; i++)
        g_string_append_printf(text, ",%s", v->items[i].text);
    ok = q.object_property_set_str(obj, name, text->str, why);
    g_string_free(text, TRUE);
    return ok;
}

static bool set_number(struct Object *obj, const char *name,
                       const struct plan_value *v, struct Error **why)
{
    if (v->is_negative)
        return q.object_property_set_int(obj, name, -(int64_t)v->number, why);
    return q.object_property_set_uint(obj, name, v->number, why);
}

static bool set_value(struct Object *obj, const char *name,
                      const struct plan_value *v, struct Error **why)
{
    const char *type = q.object_property_get_type(obj, name, NULL);

    if (v->kind == JSON_ARRAY && strcmp(type, "str") == 0 && is_texts(v))
        return set_joined(obj, name, v, why);
    if (v->kind == JSON_ARRAY)
        return set_list(obj, name, v, why);
    if (v->kind == JSON_BOOL)
        return q.object_property_set_bool(obj, name, v->boolean, why);
    if (v->is_number && (v->kind == JSON_NUMBER || type_is_number(type)))
        return set_number(obj, name, v, why);
    if (v->kind == JSON_STRING && strcmp(type, "str") == 0)
        return q.object_property_set_str(obj, name, v->text, why);
    return q.object_property_parse(obj, name, v->text, why);
}

/* QEMU before 8.1 represents a list as len-NAME and NAME[0], NAME[1], ... */
static int set_old_list(const struct board_part *part, const char *name,
                        const struct plan_value *v, struct ob_err *err)
{
    char *len = g_strconcat("len-", name, NULL);
    struct Error *why = NULL;
    bool ok = q.object_property_set_uint(part->obj, len, v->count, &why);

    g_free(len);
    for (uint32_t i = 0; ok && i < v->count; i++) {
        char *item = g_strdup_printf("%s[%u]", name, i);

        ok = set_value(part->obj, item, &v->items[i], &why);
        g_free(item);
    }
    return ok ? 0 : board_qemu_error(why, part, err);
}

static bool has_old_list(const struct board_part *part, const char *name)
{
    char *len = g_strconcat("len-", name, NULL);
    bool found = q.object_property_find(part->obj, len);

    g_free(len);
    return found;
}

int board_part_prop(void *m, void *opaque, const char *name,
                    const struct plan_value *value, struct ob_err *err)
{
    struct board_part *part = opaque;
    struct Error *why = NULL;

    (void)m;
    board_guard(&value->place, "part", part);
    if (value->kind == JSON_ARRAY && has_old_list(part, name))
        return set_old_list(part, name, value, err);
    if (!q.object_property_find(part->obj, name) ||
        str_in(name, private_props))
        return board_no_property(part, "property", name, err);
    if (!set_value(part->obj, name, value, &why))
        return board_qemu_error(why, part, err);
    return 0;
}

/* --- links ---------------------------------------------------------------- */

struct bus_list {
    GString *names;
};

static int bus_offer(struct Object *child, void *opaque)
{
    struct bus_list *list = opaque;

    if (q.object_dynamic_cast(child, "bus")) {
        g_string_append_printf(list->names, "%s\"%s\"",
                               list->names->len > 0 ? ", " : "",
                               q.object_get_canonical_path_component(child));
    }
    return 0;
}

int board_bus(const struct board_part *part, const char *name,
              struct BusState **ret, struct ob_err *err)
{
    struct bus_list list = { NULL };
    struct BusState *bus = q.qdev_get_child_bus(
        (struct DeviceState *)part->obj, name);

    if (bus) {
        *ret = bus;
        return 0;
    }
    list.names = g_string_new(NULL);
    q.object_child_foreach(part->obj, bus_offer, &list);
    err_set(err, -ENOENT, "\"%s\" (%s) has no bus \"%s\"; it has %s",
            part->name, q.object_get_typename(part->obj), name,
            list.names->len > 0 ? list.names->str : "none");
    g_string_free(list.names, TRUE);
    return -ENOENT;
}

static int target_object(const struct assembly_target *target,
                         struct Object **ret, struct ob_err *err)
{
    struct board_part *part = target->part;
    struct BusState *bus;

    if (target->kind == PLAN_TARGET_REGION) {
        *ret = target->region;
        return 0;
    }
    if (target->kind == PLAN_TARGET_BUS) {
        if (board_bus(part, target->bus, &bus, err) < 0)
            return -ENOENT;
        *ret = (struct Object *)bus;
        return 0;
    }
    *ret = part->obj;
    return 0;
}

int board_part_link(void *m, void *opaque, const char *name,
                    const struct assembly_target *target, struct ob_err *err)
{
    struct board_part *part = opaque;
    struct Error *why = NULL;
    struct Object *to;
    const char *type;

    (void)m;
    if (target_object(target, &to, err) < 0)
        return -ENOENT;
    if (!q.object_property_find(part->obj, name)) {
        if (qdev_of(part->obj))
            return board_no_property(part, "link", name, err);
        q.object_property_add_const_link(part->obj, name, to);
        return 0;
    }
    type = q.object_property_get_type(part->obj, name, NULL);
    if (strncmp(type, "link<", 5) != 0)
        return err_set(err, -EINVAL,
                       "\"%s\" (%s): \"%s\" is not a link but %s; set it in "
                       "\"props\"",
                       part->name, q.object_get_typename(part->obj), name,
                       type);
    if (!q.object_property_set_link(part->obj, name, to, &why))
        return board_qemu_error(why, part, err);
    return 0;
}
