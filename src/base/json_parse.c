/* SPDX-License-Identifier: MIT */
/*
 * Parses JSON text to a tree. yajl finds the tokens and reports only the offset
 * behind each one. From that offset this file computes where the token began,
 * and its line and column.
 */
#include "base/json.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "base/arena.h"
#include "base/json_index.h"

struct json_doc {
    struct arena *arena;
    struct json *root;
    char *name;
};

/* One open array or object while parsing. */
struct json_level {
    struct json *node;
    struct json *last;          /* its last child so far */
};

struct json_parser {
    struct json_doc *doc;
    struct ob_err *err;
    yajl_handle yajl;
    const char *data;
    size_t len;
    size_t end;                 /* offset behind the last token */
    size_t at;                  /* offset that line and col stand for */
    uint32_t line, col;
    int code;                   /* first error, or 0 */
    const char *key;            /* the key that waits for its value */
    uint32_t key_len, key_line, key_col;
    unsigned depth;
    struct json_level levels[JSON_DEPTH_MAX];
};

/*
 * Advance line and col to offset `to`, which is never before the current one.
 */
static void parser_walk(struct json_parser *p, size_t to)
{
    for (; p->at < to; p->at++) {
        unsigned char ch = (unsigned char)p->data[p->at];

        if (ch == '\n') {
            p->line++;
            p->col = 1;
        } else if ((ch & 0xc0) != 0x80) {
            p->col++;
        }
    }
}

static bool parser_is_gap(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == ',' ||
           ch == ':';
}

/* Set line and col to the start of the token that ends at `end`. */
static void parser_locate(struct json_parser *p, size_t end)
{
    size_t start = p->end;

    while (start + 1 < end && parser_is_gap(p->data[start]))
        start++;
    parser_walk(p, start);
}

/* The same, for the token that yajl reports now. */
static void parser_token(struct json_parser *p)
{
    size_t end = yajl_get_bytes_consumed(p->yajl);

    parser_locate(p, end);
    p->end = end;
}

static int parser_fail(struct json_parser *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Set an error at line and col. Returns yajl's value for "stop". */
static int parser_fail(struct json_parser *p, const char *fmt, ...)
{
    va_list ap;

    if (p->code)
        return 0;
    p->code = -EINVAL;
    va_start(ap, fmt);
    err_setv(p->err, p->code, fmt, ap);
    va_end(ap);
    err_prefix(p->err, p->code, "%s:%u:%u", p->doc->name, p->line, p->col);
    return 0;
}

/* Add a new node of `kind` at the parser's place in the tree. */
static struct json *parser_add(struct json_parser *p, enum json_kind kind)
{
    struct json *node = arena_alloc(p->doc->arena, sizeof(*node));

    memset(node, 0, sizeof(*node));
    node->kind = kind;
    node->doc = p->doc;
    node->line = p->line;
    node->col = p->col;
    node->key = p->key;
    node->key_len = p->key_len;
    node->key_line = p->key ? p->key_line : 0;
    node->key_col = p->key ? p->key_col : 0;
    p->key = NULL;
    p->key_len = 0;
    if (p->depth == 0) {
        p->doc->root = node;
    } else {
        struct json_level *level = &p->levels[p->depth - 1];

        node->parent = level->node;
        if (level->last)
            level->last->next = node;
        else
            level->node->child = node;
        level->last = node;
        level->node->count++;
    }
    return node;
}

static int on_null(void *ctx)
{
    parser_token(ctx);
    parser_add(ctx, JSON_NULL);
    return 1;
}

static int on_bool(void *ctx, int value)
{
    parser_token(ctx);
    parser_add(ctx, JSON_BOOL)->boolean = value != 0;
    return 1;
}

static int on_number(void *ctx, const char *text, size_t len)
{
    struct json_parser *p = ctx;
    struct json *node;

    parser_token(p);
    node = parser_add(p, JSON_NUMBER);
    node->text = arena_text(p->doc->arena, text, len);
    node->text_len = (uint32_t)len;
    return 1;
}

/* The 16 bits of the \uXXXX at `at`, or 0 if `end` comes first. */
static unsigned parser_escape(const char *at, const char *end)
{
    unsigned value = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return 0;
    for (int i = 2; i < 6; i++)
        value = value * 16 + (unsigned)g_ascii_xdigit_value(at[i]);
    return value;
}

/*
 * yajl turns half of a surrogate pair into "?", so search the raw token for
 * one.
 */
static bool parser_has_half(const char *at, const char *end)
{
    while ((at = memchr(at, '\\', (size_t)(end - at)))) {
        unsigned high = parser_escape(at, end);

        if (high >= 0xd800 && high <= 0xdfff) {
            unsigned low = parser_escape(at + 6, end);

            if (high >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
                return true;
            at += 6;
        }
        at += 2;
    }
    return false;
}

static int parser_check_text(struct json_parser *p, const void *text,
                             size_t len)
{
    if (parser_has_half(p->data + p->at, p->data + p->end))
        return parser_fail(p, "a string holds half of a surrogate pair "
                              "(\"\\ud800\" to \"\\udfff\"); write both");
    if (memchr(text, '\0', len))
        return parser_fail(p, "a string holds a NUL character (\"\\u0000\"); "
                              "leave it out");
    return 1;
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
    struct json_parser *p = ctx;
    struct json *node;

    parser_token(p);
    if (!parser_check_text(p, text, len))
        return 0;
    node = parser_add(p, JSON_STRING);
    node->text = arena_text(p->doc->arena, text, len);
    node->text_len = (uint32_t)len;
    return 1;
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
    struct json_parser *p = ctx;

    parser_token(p);
    if (!parser_check_text(p, text, len))
        return 0;
    p->key = arena_text(p->doc->arena, text, len);
    p->key_len = (uint32_t)len;
    p->key_line = p->line;
    p->key_col = p->col;
    return 1;
}

static int parser_open(struct json_parser *p, enum json_kind kind)
{
    struct json *node;

    parser_token(p);
    if (p->depth == JSON_DEPTH_MAX)
        return parser_fail(p,
                           "lists and objects are nested too deep (more than "
                           "%d levels); nest less",
                           JSON_DEPTH_MAX);
    node = parser_add(p, kind);
    p->levels[p->depth].node = node;
    p->levels[p->depth].last = NULL;
    p->depth++;
    return 1;
}

static int on_object(void *ctx)
{
    return parser_open(ctx, JSON_OBJECT);
}

static int on_array(void *ctx)
{
    return parser_open(ctx, JSON_ARRAY);
}

static int on_array_end(void *ctx)
{
    struct json_parser *p = ctx;

    parser_token(p);
    p->depth--;
    return 1;
}

/*
 * Move line and col back to the second key. The parser does not need them after
 * this error.
 */
static int parser_fail_twice(struct json_parser *p, const struct json *first,
                             const struct json *second)
{
    p->line = second->key_line;
    p->col = second->key_col;
    return parser_fail(p,
                       "the key \"%.64s\" stands twice (first in line %u, "
                       "column %u); remove one",
                       second->key, first->key_line, first->key_col);
}

static int on_object_end(void *ctx)
{
    struct json_parser *p = ctx;
    struct json *node = p->levels[p->depth - 1].node;
    const struct json *first, *second;

    parser_token(p);
    p->depth--;
    if (node->count >= JSON_INDEX_MIN)
        node->index = arena_alloc(p->doc->arena,
                                  json_index_bytes(node->count));
    if (json_index_fill(node, &first, &second))
        return 1;
    return parser_fail_twice(p, first, second);
}

static const yajl_callbacks parser_callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

/* yajl's one-line reason without its "parse error: " and line end. */
static void parser_reason(struct json_parser *p, char *out, size_t size)
{
    unsigned char *text = yajl_get_error(p->yajl, 0, NULL, 0);
    const char *from = (const char *)text;
    const char *colon = strstr(from, "error: ");
    size_t len;

    if (colon)
        from = colon + strlen("error: ");
    len = strcspn(from, "\n");
    if (len >= size)
        len = size - 1;
    memcpy(out, from, len);
    out[len] = '\0';
    if (len > 0 && out[len - 1] == '.')
        out[len - 1] = '\0';
    yajl_free_error(p->yajl, text);
}

/* The text at the parser's place: the rest of the word, cut short. */
static void parser_seen(const struct json_parser *p, char out[32])
{
    size_t n = 0;

    for (size_t i = p->at; i < p->len && n < 24; i++) {
        if (n > 0 && parser_is_gap(p->data[i]))
            break;
        out[n++] = p->data[i];
    }
    while (n > 0 && p->at + n < p->len &&
           ((unsigned char)p->data[p->at + n] & 0xc0) == 0x80)
        n--;
    out[n] = '\0';
}

/* Report the error that yajl found. */
static void parser_syntax(struct json_parser *p)
{
    size_t end = yajl_get_bytes_consumed(p->yajl);
    char reason[160], seen[32];

    parser_reason(p, reason, sizeof(reason));
    if (end == 0)
        end = 1;
    if (end > p->len)
        end = p->len;
    if (end <= p->end)
        end = p->end + 1;
    parser_locate(p, end);
    if (strstr(reason, "inside string") || strstr(reason, "inside a string"))
        parser_walk(p, end < p->len ? end : p->len - 1);
    parser_seen(p, seen);
    if (strstr(reason, "trailing garbage"))
        parser_fail(p,
                    "something follows the end of the document (%s); remove "
                    "it",
                    seen);
    else
        parser_fail(p, "not json, %s (%s); fix it here", reason, seen);
}

/* yajl ignores an incomplete token after the end of the text. */
static void parser_check_rest(struct json_parser *p)
{
    size_t at = p->end;
    char seen[32];

    while (at < p->len && g_ascii_isspace(p->data[at]))
        at++;
    if (at >= p->len)
        return;
    parser_walk(p, at);
    parser_seen(p, seen);
    parser_fail(p, "something follows the end of the document (%s); remove it",
                seen);
}

static int parser_run(struct json_parser *p)
{
    const unsigned char *data = (const unsigned char *)p->data;
    yajl_status status = yajl_parse(p->yajl, data, p->len);

    if (status == yajl_status_error) {
        parser_syntax(p);
    } else if (status == yajl_status_ok &&
               (p->depth > 0 || !p->doc->root ||
                yajl_complete_parse(p->yajl) != yajl_status_ok)) {
        parser_walk(p, p->len - 1);
        parser_fail(p, "the file ends too early (inside %s); complete it",
                    p->depth == 0
                        ? "a value"
                        : json_kind_name(p->levels[p->depth - 1].node->kind));
    } else if (status == yajl_status_ok) {
        parser_check_rest(p);
    }
    return p->code;
}

/* yajl accepts these two as blanks; JSON does not allow them. */
static const char *parser_find_blank(const struct json_parser *p)
{
    for (size_t i = 0; i < p->len; i++)
        if (p->data[i] == '\v' || p->data[i] == '\f')
            return p->data + i;
    return NULL;
}

/* Refuse what cannot be JSON text, before yajl reads it. */
static int parser_check_bytes(struct json_parser *p)
{
    const char *bad = NULL, *blank = parser_find_blank(p);
    const char *nul = memchr(p->data, '\0', p->len);
    size_t text = 0;

    while (text < p->len && g_ascii_isspace(p->data[text]))
        text++;
    if (text == p->len) {
        parser_fail(p,
                    "the file is empty (%zu bytes); write a json object into "
                    "it",
                    p->len);
    } else if (p->len >= 3 && !memcmp(p->data, "\xef\xbb\xbf", 3)) {
        parser_fail(p, "the file starts with a byte order mark (ef bb bf); "
                       "save it as utf-8 without one");
    } else if (nul) {
        parser_walk(p, (size_t)(nul - p->data));
        parser_fail(p, "not text (a NUL byte); save it as utf-8");
    } else if (!g_utf8_validate(p->data, (gssize)p->len, &bad)) {
        parser_walk(p, (size_t)(bad - p->data));
        parser_fail(p, "not utf-8 (byte 0x%02x); save it as utf-8",
                    (unsigned)(unsigned char)*bad);
    } else if (blank) {
        parser_walk(p, (size_t)(blank - p->data));
        parser_fail(p,
                    "not json, a control character (byte 0x%02x); remove it",
                    (unsigned)(unsigned char)*blank);
    }
    return p->code;
}

int json_parse(const char *data, size_t len, const char *name,
               struct json_doc **ret, struct ob_err *err)
{
    struct json_parser *p = g_new0(struct json_parser, 1);
    /* After a number at the very end, yajl would wait for more digits. */
    char *copy = g_malloc(len + 1);
    int code;

    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = ' ';
    p->doc = g_new0(struct json_doc, 1);
    p->doc->arena = arena_new(0);
    p->doc->name = g_strdup(name);
    p->err = err;
    p->data = copy;
    p->len = len;
    p->line = p->col = 1;
    if (parser_check_bytes(p) == 0) {
        p->len = len + 1;
        p->yajl = yajl_alloc(&parser_callbacks, NULL, p);
        parser_run(p);
        yajl_free(p->yajl);
    }
    code = p->code;
    if (code == 0)
        *ret = p->doc;
    else
        json_free(p->doc);
    g_free(copy);
    g_free(p);
    return code;
}

int json_load(const char *path, enum file_gate gate, size_t limit,
              struct json_doc **ret_doc, struct ob_err *err)
{
    char *data;
    size_t len;
    int ret = file_read(path, gate, limit ? limit : JSON_LIMIT_BYTES, &data,
                        &len, err);

    if (ret < 0)
        return ret;
    ret = json_parse(data, len, path, ret_doc, err);
    free(data);
    return ret;
}

const char *json_kind_name(enum json_kind kind)
{
    switch (kind) {
    case JSON_NULL: return "null";
    case JSON_BOOL: return "true or false";
    case JSON_NUMBER: return "a number";
    case JSON_STRING: return "a string";
    case JSON_ARRAY: return "a list";
    default: return "an object";
    }
}

void json_free(struct json_doc *doc)
{
    if (!doc)
        return;
    arena_free(doc->arena);
    g_free(doc->name);
    g_free(doc);
}

const struct json *json_root(const struct json_doc *doc)
{
    return doc->root;
}

const char *json_name(const struct json_doc *doc)
{
    return doc->name;
}
