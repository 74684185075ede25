/* SPDX-License-Identifier: MIT */
/* Evaluates the expressions in a board's texts. */
#include "board/expr.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

#define EXPR_DEPTH_MAX 32       /* parentheses within parentheses */

struct expr {
    const char *at;             /* the text that is not read yet */
    const struct expr_env *env;
    unsigned depth;
    bool truth;                 /* the value is that of a comparison */
    char *why;                  /* EXPR_WHY_BYTES */
};

static int expr_fail(struct expr *e, const char *what, const char *todo)
{
    snprintf(e->why, EXPR_WHY_BYTES, "%s (\"%.32s\"); %s", what, e->at, todo);
    return -EINVAL;
}

static void expr_skip(struct expr *e)
{
    while (*e->at == ' ')
        e->at++;
}

/* Read the operator `op` if it comes next. */
static bool expr_take(struct expr *e, const char *op)
{
    size_t len = strlen(op);

    expr_skip(e);
    if (strncmp(e->at, op, len) != 0)
        return false;
    e->at += len;
    return true;
}

static bool expr_is_word(char ch)
{
    return g_ascii_isalnum(ch) || ch == '_';
}

/* A number, with or without a unit. */
static int expr_number(struct expr *e, uint64_t *ret)
{
    const char *end = e->at, *unit;
    char text[48];

    while (expr_is_word(*end))
        end++;
    unit = *end == ' ' ? end + 1 : end;
    if (strncmp(unit, "KiB", 3) == 0 || strncmp(unit, "MiB", 3) == 0 ||
        strncmp(unit, "GiB", 3) == 0)
        end = unit + 3;
    if ((size_t)(end - e->at) >= sizeof(text))
        return expr_fail(e, "a number is too long", "shorten it");
    memcpy(text, e->at, end - e->at);
    text[end - e->at] = '\0';
    if (units_bytes(text, ret))
        return expr_fail(e, "a number cannot be read",
                         "write 12, 0x1f or 4 GiB");
    e->at = end;
    return 0;
}

static int expr_any(struct expr *e, unsigned level, uint64_t *ret);

/*
 * Parentheses, also those of min() and max(), are the only recursion that a
 * text controls. The limit protects the stack from a hostile text.
 */
static int expr_inner(struct expr *e, const char *close, uint64_t *ret_value)
{
    int ret;

    if (++e->depth > EXPR_DEPTH_MAX)
        return expr_fail(e, "parentheses are nested too deep",
                         "use 32 levels at most");
    ret = expr_any(e, 0, ret_value);
    e->depth--;
    if (ret == 0 && !expr_take(e, close))
        return expr_fail(e, "an expression is not closed",
                         *close == ',' ? "put a \",\" here"
                                       : "put a \")\" here");
    return ret;
}

static int expr_minmax(struct expr *e, bool min, uint64_t *ret)
{
    uint64_t a, b;

    if (!expr_take(e, "("))
        return expr_fail(e, "min and max want two numbers", "write min(a, b)");
    if (expr_inner(e, ",", &a) || expr_inner(e, ")", &b))
        return -EINVAL;
    *ret = (a < b) == min ? a : b;
    return 0;
}

static int expr_unknown(struct expr *e, const char *word, size_t len)
{
    static const char *const repeats[] = { "", "i, ", "i, j, ", "i, j, k, " };

    snprintf(e->why, EXPR_WHY_BYTES,
             "a name in braces is unknown (\"%.*s\"); use %s%scpus, min() or "
             "max()",
             (int)(len > 32 ? 32 : len), word, repeats[e->env->depth],
             e->env->has_ram ? "ram, " : "");
    return -EINVAL;
}

static bool expr_same(const char *word, size_t len, const char *name)
{
    return strlen(name) == len && memcmp(word, name, len) == 0;
}

static int expr_word(struct expr *e, uint64_t *ret)
{
    const char *word = e->at;
    size_t len = 0;

    while (expr_is_word(word[len]))
        len++;
    e->at += len;
    if (len == 1 && *word >= 'i' && *word < (char)('i' + e->env->depth))
        *ret = e->env->index[*word - 'i'];
    else if (expr_same(word, len, "cpus"))
        *ret = e->env->cpus;
    else if (expr_same(word, len, "ram") && e->env->has_ram)
        *ret = e->env->ram;
    else if (expr_same(word, len, "min"))
        return expr_minmax(e, true, ret);
    else if (expr_same(word, len, "max"))
        return expr_minmax(e, false, ret);
    else
        return expr_unknown(e, word, len);
    return 0;
}

static int expr_atom(struct expr *e, uint64_t *ret)
{
    expr_skip(e);
    e->truth = false;
    if (g_ascii_isdigit(*e->at))
        return expr_number(e, ret);
    if (expr_is_word(*e->at))
        return expr_word(e, ret);
    if (expr_take(e, "("))
        return expr_inner(e, ")", ret);
    return expr_fail(e, "a number or a name is missing", "put one here");
}

/*
 * Binary operators, lowest precedence first; within a level, longer texts
 * first.
 */
static const struct expr_op {
    const char *text;
    unsigned level;
    char code;
} expr_ops[] = {
    { "||", 0, 'o' }, { "&&", 1, 'a' }, { "==", 2, '=' }, { "!=", 2, '!' },
    { "<=", 2, 'l' }, { ">=", 2, 'g' }, { "<<", 4, 'L' }, { ">>", 4, 'R' },
    { "<", 2, '<' },  { ">", 2, '>' },  { "|", 3, '|' },  { "&", 3, '&' },
    { "+", 5, '+' },  { "-", 5, '-' },  { "*", 6, '*' },  { "/", 6, '/' },
    { "%", 6, '%' },
};
enum { EXPR_LEVELS = 7, EXPR_TRUTH = 2 };

static int expr_range(struct expr *e, const char *why)
{
    snprintf(e->why, EXPR_WHY_BYTES,
             "an expression %s; keep it from 0 to 2^64 - 1", why);
    return -EINVAL;
}

/*
 * Bits that a shift to the left loses are an error, as with all other
 * operators. C does not define a shift by 64, so `b` is tested before 64 - b.
 */
static int expr_shift(struct expr *e, bool left, uint64_t a, uint64_t b,
                      uint64_t *ret)
{
    if (b > 63 || (left && a && b && a >> (64 - b)))
        return expr_range(e, "shifts too far");
    *ret = left ? a << b : a >> b;
    return 0;
}

/*
 * Both operands are evaluated by now, also those of && and ||. So an error in
 * the right one counts even if the left one decides the value.
 */
static int expr_apply(struct expr *e, char code, uint64_t a, uint64_t b,
                      uint64_t *ret)
{
    switch (code) {
    case 'o': *ret = a || b; return 0;
    case 'a': *ret = a && b; return 0;
    case '=': *ret = a == b; return 0;
    case '!': *ret = a != b; return 0;
    case 'l': *ret = a <= b; return 0;
    case 'g': *ret = a >= b; return 0;
    case '<': *ret = a < b; return 0;
    case '>': *ret = a > b; return 0;
    case '|': *ret = a | b; return 0;
    case '&': *ret = a & b; return 0;
    case 'L': return expr_shift(e, true, a, b, ret);
    case 'R': return expr_shift(e, false, a, b, ret);
    case '+':
        return __builtin_add_overflow(a, b, ret)
                   ? expr_range(e, "is too large")
                   : 0;
    case '-':
        return __builtin_sub_overflow(a, b, ret)
                   ? expr_range(e, "is below zero")
                   : 0;
    case '*':
        return __builtin_mul_overflow(a, b, ret)
                   ? expr_range(e, "is too large")
                   : 0;
    default:
        if (b == 0)
            return expr_range(e, "divides by zero");
        *ret = code == '/' ? a / b : a % b;
        return 0;
    }
}

static const struct expr_op *expr_next_op(struct expr *e, unsigned level)
{
    expr_skip(e);
    for (unsigned n = 0; n < G_N_ELEMENTS(expr_ops); n++) {
        const struct expr_op *op = &expr_ops[n];

        if (strncmp(e->at, op->text, strlen(op->text)) == 0)
            return op->level == level ? op : NULL;
    }
    return NULL;
}

static int expr_any(struct expr *e, unsigned level, uint64_t *ret)
{
    const struct expr_op *op;
    uint64_t right;

    if (level == EXPR_LEVELS)
        return expr_atom(e, ret);
    if (expr_any(e, level + 1, ret))
        return -EINVAL;
    while ((op = expr_next_op(e, level))) {
        e->at += strlen(op->text);
        if (expr_any(e, level + 1, &right) ||
            expr_apply(e, op->code, *ret, right, ret))
            return -EINVAL;
        e->truth = op->level <= EXPR_TRUTH;
    }
    return 0;
}

static int expr_whole(const char *text, const struct expr_env *env,
                      uint64_t *ret, bool *ret_truth, char why[EXPR_WHY_BYTES])
{
    struct expr e = { text, env, 0, false, why };
    uint64_t value;

    if (expr_any(&e, 0, &value))
        return -EINVAL;
    expr_skip(&e);
    if (*e.at)
        return expr_fail(&e, "an expression goes on after its end",
                         "remove this or put an operator before it");
    *ret = value;
    *ret_truth = e.truth;
    return 0;
}

int expr_value(const char *text, const struct expr_env *env, uint64_t *ret,
               char why[EXPR_WHY_BYTES])
{
    bool truth;

    return expr_whole(text, env, ret, &truth, why);
}

/* Evaluate the {expression} at *text; moves *text behind its closing brace. */
static int expr_braced(const char **text, const struct expr_env *env,
                       uint64_t *ret_value, bool *ret_truth,
                       char why[EXPR_WHY_BYTES])
{
    const char *close = strchr(*text, '}');
    char *inner;
    int ret;

    if (!close) {
        snprintf(why, EXPR_WHY_BYTES,
                 "a brace is not closed (\"%.32s\"); add \"}\", or write "
                 "\"{{\" for a brace",
                 *text);
        return -EINVAL;
    }
    inner = g_strndup(*text + 1, close - *text - 1);
    ret = expr_whole(inner, env, ret_value, ret_truth, why);
    g_free(inner);
    *text = close + 1;
    return ret;
}

int expr_fill(const char *text, const struct expr_env *env, GString **ret,
              enum expr_kind *ret_kind, char why[EXPR_WHY_BYTES])
{
    GString *out = g_string_new(NULL);
    const char *at = text;
    bool only = false, truth = false;
    uint64_t value;

    while (*at) {
        if (at[0] == '{' && at[1] != '{') {
            only = at == text;
            if (expr_braced(&at, env, &value, &truth, why)) {
                g_string_free(out, TRUE);
                return -EINVAL;
            }
            g_string_append_printf(out, "%" G_GUINT64_FORMAT, value);
            only = only && *at == '\0';
            continue;
        }
        if ((at[0] == '{' || at[0] == '}') && at[1] == at[0])
            at++;
        g_string_append_c(out, *at++);
    }
    *ret = out;
    *ret_kind = !only ? EXPR_TEXT : truth ? EXPR_TRUTH_VALUE : EXPR_NUMBER;
    return 0;
}
