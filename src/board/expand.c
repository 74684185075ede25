/* SPDX-License-Identifier: MIT */
/* Expands repetitions, conditions and {expressions} of a board's text. */
#include "board/expand.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "board/plan.h"

struct expand {
    struct arena *arena;
    struct expr_env env;
    uint32_t nodes;
    struct ob_err *err;
};

/* The members of one object or list that is being built. */
struct expand_list {
    struct json *parent;
    const struct json **tail;
    GHashTable *keys;           /* of an object */
};

static int expand_node(struct expand *x, const struct json *in,
                       struct json **ret);

static int expand_why(struct expand *x, const struct json *at, const char *why)
{
    return json_err(at, x->err, "%s", why);
}

/*
 * The document is shared and never changes, so the result is a copy. It keeps
 * line and column for errors. It drops `index`, which is for the old children.
 */
static struct json *expand_copy(struct expand *x, const struct json *in)
{
    struct json *out = arena_alloc(x->arena, sizeof(*out));

    *out = *in;
    out->next = out->child = out->parent = NULL;
    out->index = NULL;
    out->count = 0;
    return out;
}

/* Replace the {expressions} in the text of `in` by their values. */
static int expand_fill(struct expand *x, const struct json *in,
                       const char *text, struct json *out)
{
    char why[EXPR_WHY_BYTES];
    enum expr_kind kind;
    GString *filled;

    if (!strpbrk(text, "{}"))
        return 0;
    if (expr_fill(text, &x->env, &filled, &kind, why))
        return expand_why(x, in, why);
    out->kind = kind == EXPR_TEXT     ? JSON_STRING
                : kind == EXPR_NUMBER ? JSON_NUMBER
                                      : JSON_BOOL;
    out->boolean = kind == EXPR_TRUTH_VALUE && filled->str[0] == '1';
    out->text = arena_text(x->arena, filled->str, filled->len);
    out->text_len = filled->len;
    g_string_free(filled, TRUE);
    return 0;
}

/*
 * The parser has refused equal keys of the text. Here different texts can
 * become equal keys, for example "a{i}" and "a0".
 */
static int expand_key(struct expand *x, const struct json *in,
                      struct expand_list *list, struct json *out)
{
    struct json key = *in;

    key.text = NULL;
    if (!in->key)
        return 0;
    if (expand_fill(x, in, in->key, &key))
        return -EINVAL;
    if (key.text) {
        out->key = key.text;
        out->key_len = key.text_len;
    }
    if (g_hash_table_add(list->keys, (gpointer)out->key))
        return 0;
    return json_key_err(in, x->err,
                        "a name is there already (\"%.64s\"); put {i} into "
                        "the names of what is repeated",
                        out->key);
}

/*
 * The key comes from `in`, not from `value`: the value of "each" has the key
 * "each", which must not reach the result.
 */
static int expand_append(struct expand *x, struct expand_list *list,
                         const struct json *in, const struct json *value)
{
    struct json *out;

    if (expand_node(x, value, &out))
        return -EINVAL;
    out->key = in->key;
    out->key_len = in->key_len;
    out->key_line = in->key_line;
    out->key_col = in->key_col;
    if (expand_key(x, in, list, out))
        return -EINVAL;
    out->parent = list->parent;
    *list->tail = out;
    list->tail = &out->next;
    list->parent->count++;
    return 0;
}

/* Read a count or condition: a number, an expression, or "{expression}". */
static int expand_number(struct expand *x, const struct json *node,
                         uint64_t *ret_value)
{
    char why[EXPR_WHY_BYTES];
    size_t len;
    char *text;
    int ret;

    if (node->kind == JSON_NUMBER)
        return json_u64(node, ret_value, x->err);
    if (node->kind == JSON_BOOL) {
        *ret_value = node->boolean;
        return 0;
    }
    if (node->kind != JSON_STRING)
        return json_err(node, x->err,
                        "\"%s\" is not a number (%s); write 4 or an "
                        "expression such as \"cpus\"",
                        node->key, json_kind_name(node->kind));
    len = strlen(node->text);
    if (node->text[0] == '{' && node->text[len - 1] == '}')
        text = g_strndup(node->text + 1, len - 2);
    else
        text = g_strdup(node->text);
    ret = expr_value(text, &x->env, ret_value, why);
    g_free(text);
    return ret < 0 ? expand_why(x, node, why) : 0;
}

static int expand_times(struct expand *x, const struct json *repeat,
                        uint64_t *ret)
{
    if (expand_number(x, repeat, ret))
        return -EINVAL;
    if (*ret > PLAN_REPEAT_MAX)
        return json_err(repeat, x->err,
                        "\"repeat\" is too large (%llu); use %u at most",
                        (unsigned long long)*ret, (unsigned)PLAN_REPEAT_MAX);
    if (x->env.depth == EXPR_REPEATS)
        return json_err(repeat, x->err,
                        "a repeat is nested too deep (level %u); use %u "
                        "levels at most",
                        x->env.depth + 1, EXPR_REPEATS);
    return 0;
}

/* Beside "each", allow only keys for the condition and the count. */
static int expand_check_each(struct expand *x, const struct json *in)
{
    static const char *const keys[] = { "repeat", "if", "each", NULL };

    return json_check_keys(in, keys, x->err);
}

/*
 * Three nested repeats could make 1024 * 1024 * 1024 values of a short text.
 * The count stops that, and it includes values that "if" omits, so it bounds
 * time and memory.
 */
static int expand_count(struct expand *x, const struct json *at)
{
    if (++x->nodes <= EXPAND_NODES_MAX)
        return 0;
    return json_err(at, x->err,
                    "the board is too large (more than %u values with its "
                    "repeats); repeat less",
                    EXPAND_NODES_MAX);
}

/* Append `in` once for the current indices, if its "if" allows it. */
static int expand_once(struct expand *x, struct expand_list *list,
                       const struct json *in)
{
    const struct json *cond = json_get(in, "if");
    const struct json *each = json_get(in, "each");
    uint64_t yes = 1;

    if (expand_count(x, in) || (each && expand_check_each(x, in)))
        return -EINVAL;
    if (cond && expand_number(x, cond, &yes))
        return -EINVAL;
    return yes ? expand_append(x, list, in, each ? each : in) : 0;
}

/*
 * "repeat" is evaluated outside its own repeat: the count may use the outer
 * indices, but not the one that it defines.
 */
static int expand_member(struct expand *x, struct expand_list *list,
                         const struct json *in)
{
    const struct json *repeat = json_get(in, "repeat");
    unsigned level = x->env.depth;
    uint64_t times;
    int ret = 0;

    if (in->key && strncmp(in->key, "x-", 2) == 0)
        return 0;
    if (!repeat)
        return expand_once(x, list, in);
    if (expand_times(x, repeat, &times))
        return -EINVAL;
    x->env.depth++;
    for (uint64_t n = 0; n < times && ret == 0; n++) {
        x->env.index[level] = n;
        ret = expand_once(x, list, in);
    }
    x->env.depth--;
    return ret;
}

/* Keys of the repetition itself, which the result does not have. */
static int expand_is_own(const struct json *in, const struct json *child)
{
    return in->kind == JSON_OBJECT && (strcmp(child->key, "repeat") == 0 ||
                                       strcmp(child->key, "if") == 0);
}

static int expand_children(struct expand *x, const struct json *in,
                           struct json *out)
{
    struct expand_list list = { out, &out->child, NULL };
    int ret = 0;

    list.keys = g_hash_table_new(g_str_hash, g_str_equal);
    JSON_EACH (child, in) {
        if (expand_is_own(in, child))
            continue;
        ret = expand_member(x, &list, child);
        if (ret)
            break;
    }
    g_hash_table_destroy(list.keys);
    return ret;
}

/*
 * Each level of recursion is one level of the text, so JSON_DEPTH_MAX bounds
 * it.
 */
static int expand_node(struct expand *x, const struct json *in,
                       struct json **ret)
{
    *ret = expand_copy(x, in);
    if (in->kind == JSON_STRING)
        return expand_fill(x, in, in->text, *ret);
    return in->child ? expand_children(x, in, *ret) : 0;
}

int board_expand(const struct json *node, const struct expr_env *env,
                 struct arena *arena, const struct json **ret,
                 struct ob_err *err)
{
    struct expand x = { arena, *env, 0, err };
    struct json *out;

    if (expand_node(&x, node, &out))
        return -EINVAL;
    *ret = out;
    return 0;
}
