/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows a model's declared properties as QEMU's own: typed, described, with
 * defaults. So -device x,help, QMP and boards treat them like the properties of
 * any other device.
 */
#include <errno.h>
#include <glib.h>

#include "bridge/devices/qdev.h"
#include "bridge/qemu/symbols.h"

enum { LINK_STRONG = 1 };       /* QEMU keeps the target alive */

static const struct ob_prop *prop_of(const struct qdev_prop *p)
{
    return &p->d->type->props.at[p->n];
}

static void prop_done(int ret, const struct ob_err *err, struct Error **errp)
{
    if (ret < 0)
        qdev_error(errp, err);
}

/* --- getters and setters: between QEMU's visitor and the device core ----- */

/* QEMU gets each value from the device core, which holds the only copy. */
static void get_bool(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    struct qdev_prop *p = opaque;
    bool value = device_prop_get(p->d->device, p->n) != 0;

    (void)obj;
    q.visit_type_bool(v, name, &value, errp);
}

static void set_bool(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    struct qdev_prop *p = opaque;
    struct ob_err err = { 0 };
    bool value;

    (void)obj;
    if (q.visit_type_bool(v, name, &value, errp))
        prop_done(device_prop_set(p->d->device, p->n, value, &err), &err,
                  errp);
}

/*
 * Only QEMU's type for sizes accepts suffixes (64K). All other numbers are
 * read with 64 bits, because the device core checks the declared range, and
 * its error names that range.
 */
static bool visit_number(const struct qdev_prop *p, struct Visitor *v,
                         const char *name, uint64_t *value,
                         struct Error **errp)
{
    switch (prop_of(p)->type) {
    case OB_PROP_SIZE: return q.visit_type_size(v, name, value, errp);
    case OB_PROP_INT:
        return q.visit_type_int64(v, name, (int64_t *)value, errp);
    default: return q.visit_type_uint64(v, name, value, errp);
    }
}

static void get_number(struct Object *obj, struct Visitor *v, const char *name,
                       void *opaque, struct Error **errp)
{
    struct qdev_prop *p = opaque;
    uint64_t value = device_prop_get(p->d->device, p->n);

    (void)obj;
    visit_number(p, v, name, &value, errp);
}

static void set_number(struct Object *obj, struct Visitor *v, const char *name,
                       void *opaque, struct Error **errp)
{
    struct qdev_prop *p = opaque;
    struct ob_err err = { 0 };
    uint64_t value;

    (void)obj;
    if (visit_number(p, v, name, &value, errp))
        prop_done(device_prop_set(p->d->device, p->n, value, &err), &err,
                  errp);
}

/* An unset text reads as an empty one, as in QEMU's own devices. */
static void get_text(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    struct qdev_prop *p = opaque;
    const char *text = device_prop_get_text(p->d->device, p->n);
    char *copy = g_strdup(text ? text : "");

    (void)obj;
    q.visit_type_str(v, name, &copy, errp);
    g_free(copy);
}

/* The visitor allocates the text, and the device core keeps a copy. */
static void set_text(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    struct qdev_prop *p = opaque;
    struct ob_err err = { 0 };
    char *text = NULL;

    (void)obj;
    if (!q.visit_type_str(v, name, &text, errp))
        return;
    prop_done(device_prop_text(p->d->device, p->n, text, &err), &err, errp);
    g_free(text);
}

static void get_chardev(struct Object *obj, struct Visitor *v,
                        const char *name, void *opaque, struct Error **errp)
{
    struct qdev_chr *c = opaque;
    char *copy = g_strdup(c->label ? c->label : "");

    (void)obj;
    q.visit_type_str(v, name, &copy, errp);
    g_free(copy);
}

/*
 * The bridge keeps the label and not a pointer, because the user may remove
 * the chardev before realize. After realize the backend is connected, and a
 * new label would have no effect.
 */
static void set_chardev(struct Object *obj, struct Visitor *v,
                        const char *name, void *opaque, struct Error **errp)
{
    struct qdev_chr *c = opaque;
    struct ob_err err = { 0 };
    char *text = NULL;

    (void)obj;
    if (!q.visit_type_str(v, name, &text, errp))
        return;
    if (c->d->realized)
        err_set(&err, -EBUSY, "property '%s': the device is in use", name);
    else if (*text != '\0' && !q.qemu_chr_find(text))
        err_set(&err, -ENOENT,
                "property '%s': no chardev '%s'; make it with -chardev "
                "...,id=%s",
                name, text, text);
    prop_done(err.code, &err, errp);
    if (err.code < 0) {
        g_free(text);
        return;
    }
    g_free(c->label);
    c->label = text;
}

/* --- adding them --------------------------------------------------------- */

/* -device x,help prints these names, so they are those that QEMU uses. */
static const char *type_name(const struct ob_prop *p)
{
    static const char *const ints[] = { "int8", "int16", "int32", "int64" };

    switch (p->type) {
    case OB_PROP_INT: return ints[__builtin_ctz(p->bytes)];
    case OB_PROP_BOOL: return "bool";
    case OB_PROP_UINT:
        return p->bytes == 1   ? "uint8"
               : p->bytes == 2 ? "uint16"
               : p->bytes == 4 ? "uint32"
                               : "uint64";
    case OB_PROP_SIZE: return "size";
    default: return "str";
    }
}

/*
 * QEMU's help knows an enum of ours only as a text, so its choices appear in
 * the description.
 */
static void describe(struct qdev *d, const struct ob_prop *p)
{
    const char *desc = p->desc ? p->desc : "";
    GString *text = g_string_new(desc);

    if (p->type == OB_PROP_ENUM && p->choices) {
        char *all = g_strjoinv(", ", (char **)p->choices);

        g_string_append_printf(text, "%sone of: %s", *desc ? "; " : "", all);
        g_free(all);
    }
    if (p->flags & OB_PROP_REQUIRED)
        g_string_append(text, *desc ? " (required)" : "required");
    if (text->len > 0)
        q.object_property_set_description(d->obj, p->name, text->str);
    g_string_free(text, TRUE);
}

/*
 * The type "object" accepts regions and buses besides devices. QEMU refuses a
 * change after realize, because the model got the target before create().
 */
static void add_link(struct qdev *d, uint32_t n)
{
    q.object_property_add_link(
        d->obj, d->type->props.at[n].name, "object", &d->links[n].target,
        q.qdev_prop_allow_set_link_before_realize, LINK_STRONG);
}

/*
 * The device core has set the defaults already. QEMU gets them too, for its
 * help. A required property has no default, so the help must not show one.
 */
static void add_value(struct qdev *d, uint32_t n)
{
    const struct ob_prop *p = &d->type->props.at[n];
    bool text = p->type == OB_PROP_STRING || p->type == OB_PROP_ENUM;
    bool flag = p->type == OB_PROP_BOOL;
    struct ObjectProperty *prop = q.object_property_add(d->obj, p->name,
                                                        type_name(p),
                                                        text   ? get_text
                                                        : flag ? get_bool
                                                               : get_number,
                                                        text   ? set_text
                                                        : flag ? set_bool
                                                               : set_number,
                                                        NULL, &d->props[n]);

    if (p->flags & OB_PROP_REQUIRED)
        return;
    if (flag)
        q.object_property_set_default_bool(prop, p->def != 0);
    else if (p->type == OB_PROP_INT)
        q.object_property_set_default_int(prop, (int64_t)p->def);
    else if (!text)
        q.object_property_set_default_uint(prop, p->def);
    else if (device_prop_get_text(d->device, n))
        q.object_property_set_default_str(prop,
                                          device_prop_get_text(d->device, n));
}

void qdev_props_add(struct qdev *d)
{
    uint32_t count = d->type->props.count;

    d->props = g_new0(struct qdev_prop, count);
    d->links = g_new0(struct qdev_link, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct ob_prop *p = &d->type->props.at[i];

        d->props[i] = (struct qdev_prop){ d, i };
        if (p->type == OB_PROP_LINK)
            add_link(d, i);
        else
            add_value(d, i);
        describe(d, p);
    }
    for (uint32_t i = 0; i < d->type->chardevs.count; i++) {
        const struct decl_chardev *c = &d->type->chardevs.at[i];

        d->chrs[i].d = d;
        d->chrs[i].n = i;
        q.object_property_add(d->obj, c->name, "str", get_chardev, set_chardev,
                              NULL, &d->chrs[i]);
        q.object_property_set_description(d->obj, c->name, "id of a -chardev");
    }
}

/*
 * The bridge does this in realize, because a link may change until then. The
 * path names the target in messages.
 */
int qdev_props_links(struct qdev *d, struct ob_err *err)
{
    for (uint32_t i = 0; i < d->type->props.count; i++) {
        struct Object *target = d->links[i].target;
        char *path;
        int ret;

        if (!target)
            continue;
        path = q.object_get_canonical_path(target);
        ret = device_prop_link(d->device, i, target, path, err);
        g_free(path);
        if (ret < 0)
            return ret;
    }
    return 0;
}
