/* SPDX-License-Identifier: MIT */
/*
 * Properties. The core checks them when the host sets them, and stores them in
 * the model's state struct before create(). After that only those that are
 * OB_PROP_LIVE change.
 */
#include "device/core.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

/*
 * The core keeps the values outside the state struct until create(). A proxy
 * sends them to a runner and leaves its own struct as it is.
 */
void device_props_init(struct device *d)
{
    d->props = g_new0(struct device_prop, d->type->props.count);
    for (uint32_t n = 0; n < d->type->props.count; n++) {
        const struct ob_prop *p = &d->type->props.at[n];

        d->props[n].value = p->def;
        if (p->type == OB_PROP_STRING)
            d->props[n].text = g_strdup(p->def_text);
    }
}

void device_props_free(struct device *d)
{
    for (uint32_t n = 0; n < d->type->props.count; n++) {
        g_free(d->props[n].text);
        g_free(d->props[n].link.label);
    }
    g_free(d->props);
}

static int prop_err(struct device *d, const struct ob_prop *p, int code,
                    struct ob_err *err, const char *text)
{
    return err_set(err, code, "%s %s: property %s: %s", d->type->name, d->id,
                   p->name, text);
}

/* Property `n`, if it may be set now and `kinds` (bits by type) has it. */
static int prop_open(struct device *d, uint32_t n, unsigned kinds,
                     const char *wanted, const struct ob_prop **ret,
                     struct ob_err *err)
{
    const struct ob_prop *p = &d->type->props.at[n];

    if (n >= d->type->props.count)
        return err_set(err, -ENOENT,
                       "%s %s: property %u is past the %u declared",
                       d->type->name, d->id, n, d->type->props.count);
    if (d->phase != DEVICE_NEW &&
        !(d->phase == DEVICE_LIVE && p->flags & OB_PROP_LIVE))
        return prop_err(d, p, -EBUSY, err,
                        "is fixed once the part is made; set it before");
    if (!(kinds & (1u << p->type)))
        return prop_err(d, p, -EINVAL, err, wanted);
    *ret = p;
    return 0;
}

/* A live device's model is told; others get the value with create(). */
static int number_put(struct device *d, uint32_t n, uint64_t value)
{
    d->props[n].value = value;
    d->props[n].set = true;
    if (d->phase == DEVICE_LIVE) {
        d->model->prop(d, n, value);
        device_direct_sync(d);
    }
    return 0;
}

/*
 * The model may rely on the range: the core checks each value here, so
 * create() does not have to.
 */
int device_prop_set(struct device *d, uint32_t n, uint64_t value,
                    struct ob_err *err)
{
    const unsigned kinds = 1u << OB_PROP_BOOL | 1u << OB_PROP_UINT |
                           1u << OB_PROP_SIZE | 1u << OB_PROP_ENUM |
                           1u << OB_PROP_INT;
    const struct ob_prop *p;
    int ret = prop_open(d, n, kinds, "takes no number", &p, err);

    if (ret)
        return ret;
    if (!decl_prop_fits(p, value) && p->type == OB_PROP_INT)
        return err_set(err, -ERANGE,
                       "%s %s: property %s: %" PRId64 " is out "
                       "of range; use %" PRId64 " to %" PRId64,
                       d->type->name, d->id, p->name, (int64_t)value,
                       (int64_t)p->min, (int64_t)p->max);
    if (!decl_prop_fits(p, value))
        return err_set(err, -ERANGE,
                       "%s %s: property %s: %" PRIu64 " is out "
                       "of range; use %" PRIu64 " to %" PRIu64,
                       d->type->name, d->id, p->name, value, p->min, p->max);
    return number_put(d, n, value);
}

static int enum_set(struct device *d, uint32_t n, const struct ob_prop *p,
                    const char *text, struct ob_err *err)
{
    GString *all;
    int ret;

    for (uint64_t i = 0; p->choices[i]; i++) {
        if (!strcmp(p->choices[i], text))
            return number_put(d, n, i);
    }
    all = g_string_new(NULL);
    for (uint64_t i = 0; p->choices[i]; i++)
        g_string_append_printf(all, "%s%s", i ? ", " : "", p->choices[i]);
    ret = err_set(
        err, -EINVAL,
        "%s %s: property %s: \"%s\" is not one of its choices; use %s",
        d->type->name, d->id, p->name, text, all->str);
    g_string_free(all, TRUE);
    return ret;
}

int device_prop_text(struct device *d, uint32_t n, const char *text,
                     struct ob_err *err)
{
    const struct ob_prop *p;
    int ret = prop_open(d, n, 1u << OB_PROP_STRING | 1u << OB_PROP_ENUM,
                        "takes no text", &p, err);

    if (ret)
        return ret;
    if (p->type == OB_PROP_ENUM)
        return enum_set(d, n, p, text, err);
    g_free(d->props[n].text);
    d->props[n].text = g_strdup(text);
    d->props[n].set = true;
    return 0;
}

/*
 * `label` is what the user sees. It is also what goes to a runner, where a
 * pointer of this process has no meaning.
 */
int device_prop_link(struct device *d, uint32_t n, void *target,
                     const char *label, struct ob_err *err)
{
    const struct ob_prop *p;
    int ret = prop_open(d, n, 1u << OB_PROP_LINK, "takes no link", &p, err);

    if (ret)
        return ret;
    g_free(d->props[n].link.label);
    d->props[n].link.target = target;
    d->props[n].link.label = g_strdup(label);
    d->props[n].set = true;
    return 0;
}

bool device_prop_is_set(const struct device *d, uint32_t n)
{
    return n < d->type->props.count && d->props[n].set;
}

uint64_t device_prop_get(const struct device *d, uint32_t n)
{
    return n < d->type->props.count ? d->props[n].value : 0;
}

const char *device_prop_get_text(const struct device *d, uint32_t n)
{
    const struct ob_prop *p = &d->type->props.at[n];

    if (n >= d->type->props.count)
        return NULL;
    switch (p->type) {
    case OB_PROP_STRING: return d->props[n].text;
    case OB_PROP_LINK: return d->props[n].link.label;
    case OB_PROP_ENUM: return p->choices[d->props[n].value];
    default: return NULL;
    }
}

/*
 * The core checks this at create() only, because a host sets the properties
 * one at a time.
 */
int device_props_check(struct device *d, struct ob_err *err)
{
    for (uint32_t n = 0; n < d->type->props.count; n++) {
        const struct ob_prop *p = &d->type->props.at[n];

        if ((p->flags & OB_PROP_REQUIRED) && !d->props[n].set)
            return prop_err(d, p, -EINVAL, err,
                            "is required and not set; set it");
    }
    return 0;
}

/*
 * The model gets pointers to the core's own text and link. Both live until
 * device_free(), and neither changes after create().
 */
static void prop_store(struct device *d, const struct ob_prop *p,
                       const struct device_prop *v)
{
    const struct ob_link *link = v->link.label ? &v->link : NULL;
    uint8_t *at = d->state + p->offset;

    switch (p->type) {
    case OB_PROP_STRING: memcpy(at, &v->text, sizeof(v->text)); break;
    case OB_PROP_LINK: memcpy(at, &link, sizeof(link)); break;
    default: device_store(at, decl_prop_bytes(p), v->value);
    }
}

void device_prop_store(struct device *d, uint32_t n)
{
    prop_store(d, &d->type->props.at[n], &d->props[n]);
}

void device_props_store(struct device *d)
{
    for (uint32_t n = 0; n < d->type->props.count; n++)
        prop_store(d, &d->type->props.at[n], &d->props[n]);
}
