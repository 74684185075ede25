/* SPDX-License-Identifier: MIT */
/* Typed access to the values of a document, and its error texts. */
#include "base/json.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_index.h"
#include "base/str.h"
#include "base/units.h"

static int json_errv(const struct json *node, bool at_key, struct ob_err *err,
                     const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

static int json_errv(const struct json *node, bool at_key, struct ob_err *err,
                     const char *fmt, va_list ap)
{
    char text[OB_ERR_TEXT_BYTES];
    bool key = at_key && node->key_line;

    vsnprintf(text, sizeof(text), fmt, ap);
    return err_set(err, -EINVAL, "%s:%u:%u: %s", json_name(node->doc),
                   key ? node->key_line : node->line,
                   key ? node->key_col : node->col, text);
}

int json_err(const struct json *node, struct ob_err *err, const char *fmt, ...)
{
    va_list ap;
    int ret;

    va_start(ap, fmt);
    ret = json_errv(node, false, err, fmt, ap);
    va_end(ap);
    return ret;
}

int json_key_err(const struct json *node, struct ob_err *err, const char *fmt,
                 ...)
{
    va_list ap;
    int ret;

    va_start(ap, fmt);
    ret = json_errv(node, true, err, fmt, ap);
    va_end(ap);
    return ret;
}

/* The number of bytes in the first 40 characters of `text`. */
static int json_clip(const char *text)
{
    return (int)(g_utf8_strlen(text, -1) <= 40
                     ? (glong)strlen(text)
                     : g_utf8_offset_to_pointer(text, 40) - text);
}

const char *json_show(const struct json *node, char buf[JSON_SHOW_BYTES])
{
    int clip = node->text ? json_clip(node->text) : 0;
    const char *more = node->text && node->text[clip] ? "..." : "";

    switch (node->kind) {
    case JSON_NULL: snprintf(buf, JSON_SHOW_BYTES, "null"); break;
    case JSON_BOOL:
        snprintf(buf, JSON_SHOW_BYTES, node->boolean ? "true" : "false");
        break;
    case JSON_NUMBER:
        snprintf(buf, JSON_SHOW_BYTES, "%.*s%s", clip, node->text, more);
        break;
    case JSON_STRING:
        snprintf(buf, JSON_SHOW_BYTES, "\"%.*s%s\"", clip, node->text, more);
        break;
    case JSON_ARRAY:
        snprintf(buf, JSON_SHOW_BYTES, "a list of %u", node->count);
        break;
    case JSON_OBJECT:
        snprintf(buf, JSON_SHOW_BYTES, "an object of %u", node->count);
        break;
    }
    return buf;
}

/* `"at"`, or a description for a list entry or the root. */
static const char *json_label(const struct json *node,
                              char buf[JSON_SHOW_BYTES])
{
    if (node->key)
        snprintf(buf, JSON_SHOW_BYTES, "\"%.*s%s\"", json_clip(node->key),
                 node->key, node->key[json_clip(node->key)] ? "..." : "");
    else if (node->parent && node->parent->key)
        snprintf(buf, JSON_SHOW_BYTES, "an entry of \"%.*s\"",
                 json_clip(node->parent->key), node->parent->key);
    else
        snprintf(buf, JSON_SHOW_BYTES,
                 node->parent ? "this entry" : "the document");
    return buf;
}

/* "`label` is not `what` (seen); `todo`" */
static int json_wrong(const struct json *node, struct ob_err *err,
                      const char *what, const char *todo)
{
    char label[JSON_SHOW_BYTES], seen[JSON_SHOW_BYTES];

    return json_err(node, err, "%s is not %s (%s); %s",
                    json_label(node, label), what, json_show(node, seen),
                    todo);
}

const struct json *json_get(const struct json *obj, const char *key)
{
    return obj ? json_index_find(obj, key) : NULL;
}

int json_need(const struct json *obj, const char *key, const struct json **ret,
              struct ob_err *err)
{
    const struct json *node;
    char seen[JSON_SHOW_BYTES];

    if (json_object(obj, err))
        return -EINVAL;
    node = json_get(obj, key);
    if (!node)
        return json_err(obj, err, "\"%s\" is missing (%s); add it", key,
                        json_show(obj, seen));
    *ret = node;
    return 0;
}

static int json_unknown_key(const struct json *child,
                            const char *const allowed[], struct ob_err *err)
{
    const char *nearest = str_nearest(child->key, allowed);
    GString *all;
    int ret;

    if (nearest)
        return json_key_err(child, err,
                            "unknown key (\"%.64s\"); did you mean \"%s\"?",
                            child->key, nearest);
    all = g_string_new(NULL);
    for (; *allowed; allowed++)
        g_string_append_printf(all, "%s\"%s\"", all->len ? ", " : "",
                               *allowed);
    ret = json_key_err(child, err,
                       "unknown key (\"%.64s\"); known here: %s, and your own "
                       "as \"x-...\"",
                       child->key, all->str);
    g_string_free(all, TRUE);
    return ret;
}

int json_check_keys(const struct json *obj, const char *const allowed[],
                    struct ob_err *err)
{
    if (json_object(obj, err))
        return -EINVAL;
    JSON_EACH (child, obj) {
        if (strncmp(child->key, "x-", 2) == 0 || str_in(child->key, allowed))
            continue;
        return json_unknown_key(child, allowed, err);
    }
    return 0;
}

int json_object(const struct json *node, struct ob_err *err)
{
    if (node->kind == JSON_OBJECT)
        return 0;
    return json_wrong(node, err, "an object", "write { ... }");
}

int json_list(const struct json *node, struct ob_err *err)
{
    if (node->kind == JSON_ARRAY)
        return 0;
    return json_wrong(node, err, "a list", "write [ ... ]");
}

int json_str(const struct json *node, const char **ret, struct ob_err *err)
{
    if (node->kind != JSON_STRING)
        return json_wrong(node, err, "a string", "write it in \"quotes\"");
    *ret = node->text;
    return 0;
}

int json_bool(const struct json *node, bool *ret, struct ob_err *err)
{
    if (node->kind != JSON_BOOL)
        return json_wrong(node, err, "true or false",
                          "write true or false, without quotes");
    *ret = node->boolean;
    return 0;
}

int json_u64(const struct json *node, uint64_t *ret, struct ob_err *err)
{
    return json_range(node, 0, UINT64_MAX, ret, err);
}

int json_range(const struct json *node, uint64_t min, uint64_t max,
               uint64_t *ret_value, struct ob_err *err)
{
    char todo[80];
    uint64_t value;
    int ret = node->kind == JSON_NUMBER ? units_u64(node->text, &value)
                                        : -EINVAL;

    snprintf(todo, sizeof(todo), "use %llu to %llu", (unsigned long long)min,
             (unsigned long long)max);
    if (ret == -ERANGE || (ret == 0 && (value < min || value > max)))
        return json_wrong(node, err, "in range", todo);
    if (ret)
        return json_wrong(node, err, "a whole number", todo);
    *ret_value = value;
    return 0;
}

int json_i64(const struct json *node, int64_t *ret_value, struct ob_err *err)
{
    bool minus = node->kind == JSON_NUMBER && node->text[0] == '-';
    uint64_t value;
    int ret = node->kind == JSON_NUMBER ? units_u64(node->text + minus, &value)
                                        : -EINVAL;

    if (ret == -ERANGE ||
        (ret == 0 && value > (uint64_t)INT64_MAX + (minus ? 1 : 0)))
        return json_wrong(node, err, "in range", "use -2^63 to 2^63 - 1");
    if (ret)
        return json_wrong(node, err, "a whole number", "write it as -12");
    *ret_value = minus ? (int64_t)(0 - value) : (int64_t)value;
    return 0;
}

int json_double(const struct json *node, double *ret, struct ob_err *err)
{
    double value;

    if (node->kind != JSON_NUMBER)
        return json_wrong(node, err, "a number", "write it as 1.5");
    value = g_ascii_strtod(node->text, NULL);
    if (!isfinite(value))
        return json_wrong(node, err, "in range", "use a smaller number");
    *ret = value;
    return 0;
}

/* A number, or a string that `parse` accepts. */
static int json_quantity(const struct json *node,
                         int (*parse)(const char *text, uint64_t *ret_value),
                         const char *what, const char *todo,
                         uint64_t *ret_value, struct ob_err *err)
{
    bool fits = node->kind == JSON_STRING || node->kind == JSON_NUMBER;
    int ret = -EINVAL;

    if (fits)
        ret = node->kind == JSON_STRING ? parse(node->text, ret_value)
                                        : units_u64(node->text, ret_value);
    if (ret == -ERANGE)
        return json_wrong(node, err, "a whole number of 64 bits", todo);
    if (ret)
        return json_wrong(node, err, what, todo);
    return 0;
}

int json_address(const struct json *node, uint64_t *ret, struct ob_err *err)
{
    return json_quantity(node, units_u64, "an address",
                         "write it as \"0x40011000\"", ret, err);
}

int json_bytes(const struct json *node, uint64_t *ret, struct ob_err *err)
{
    return json_quantity(node, units_bytes, "a size",
                         "write it as \"192 KiB\", \"1 MiB\" or \"0x1000\"",
                         ret, err);
}

int json_hz(const struct json *node, uint64_t *ret, struct ob_err *err)
{
    return json_quantity(node, units_hz, "a frequency",
                         "write it as \"168 MHz\" or \"32768 Hz\"", ret, err);
}

int json_ns(const struct json *node, uint64_t *ret, struct ob_err *err)
{
    return json_quantity(node, units_ns, "a time",
                         "write it as \"10 ms\" or \"250 ns\"", ret, err);
}

int json_choice(const struct json *node, const char *const names[],
                unsigned *ret, struct ob_err *err)
{
    const char *text = NULL, *nearest;
    char label[JSON_SHOW_BYTES], seen[JSON_SHOW_BYTES];
    GString *all;

    if (json_str(node, &text, err))
        return -EINVAL;
    for (unsigned i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0) {
            *ret = i;
            return 0;
        }
    }
    nearest = str_nearest(text, names);
    all = g_string_new(NULL);
    for (; !nearest && *names; names++)
        g_string_append_printf(all, "%s\"%s\"", all->len ? ", " : "", *names);
    json_err(node, err, "%s is unknown (%s); %s%s%s", json_label(node, label),
             json_show(node, seen),
             nearest ? "did you mean \"" : "use one of ",
             nearest ? nearest : all->str, nearest ? "\"?" : "");
    g_string_free(all, TRUE);
    return -EINVAL;
}
