/* SPDX-License-Identifier: MIT */
/* Writes JSON text, indented by two. */
#include "base/json_write.h"

#include <glib.h>
#include <string.h>

enum { WRITE_DEPTH_MAX = 64 };

struct json_writer {
    GString *out;
    unsigned depth;
    bool filled[WRITE_DEPTH_MAX + 1];   /* this depth has a member already */
    char close[WRITE_DEPTH_MAX + 1];    /* the bracket that closes this depth */
};

struct json_writer *json_writer_new(void)
{
    struct json_writer *w = g_new0(struct json_writer, 1);

    w->out = g_string_new(NULL);
    return w;
}

static void writer_newline(struct json_writer *w)
{
    g_string_append_c(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        g_string_append(w->out, "  ");
}

static void writer_escape(GString *out, unsigned char ch)
{
    switch (ch) {
    case '"':
    case '\\':
        g_string_append_c(out, '\\');
        g_string_append_c(out, (char)ch);
        break;
    case '\n': g_string_append(out, "\\n"); break;
    case '\t': g_string_append(out, "\\t"); break;
    default:
        if (ch < 0x20 || ch == 0x7f)
            g_string_append_printf(out, "\\u%04x", ch);
        else
            g_string_append_c(out, (char)ch);
    }
}

static void writer_text(struct json_writer *w, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);

    g_string_append_c(w->out, '"');
    for (const char *at = valid; *at; at++)
        writer_escape(w->out, (unsigned char)*at);
    g_string_append_c(w->out, '"');
    g_free(valid);
}

/* Write what comes before every value: comma, line break, key. */
static void writer_begin(struct json_writer *w, const char *key)
{
    if (w->filled[w->depth])
        g_string_append_c(w->out, ',');
    if (w->depth > 0)
        writer_newline(w);
    w->filled[w->depth] = true;
    if (key) {
        writer_text(w, key);
        g_string_append(w->out, ": ");
    }
}

static void writer_open(struct json_writer *w, const char *key, char open,
                        char close)
{
    g_assert(w->depth < WRITE_DEPTH_MAX);
    writer_begin(w, key);
    g_string_append_c(w->out, open);
    w->depth++;
    w->filled[w->depth] = false;
    w->close[w->depth] = close;
}

void json_put_object(struct json_writer *w, const char *key)
{
    writer_open(w, key, '{', '}');
}

void json_put_list(struct json_writer *w, const char *key)
{
    writer_open(w, key, '[', ']');
}

void json_put_end(struct json_writer *w)
{
    bool filled = w->filled[w->depth];
    char close = w->close[w->depth];

    g_assert(w->depth > 0);
    w->depth--;
    if (filled)
        writer_newline(w);
    g_string_append_c(w->out, close);
}

void json_put_str(struct json_writer *w, const char *key, const char *text)
{
    writer_begin(w, key);
    if (text)
        writer_text(w, text);
    else
        g_string_append(w->out, "null");
}

void json_put_u64(struct json_writer *w, const char *key, uint64_t value)
{
    writer_begin(w, key);
    g_string_append_printf(w->out, "%" G_GUINT64_FORMAT, value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    writer_begin(w, key);
    g_string_append(w->out, value ? "true" : "false");
}

void json_put_strs(struct json_writer *w, const char *key,
                   const char *const *list)
{
    writer_begin(w, key);
    g_string_append_c(w->out, '[');
    for (size_t i = 0; list && list[i]; i++) {
        if (i > 0)
            g_string_append(w->out, ", ");
        writer_text(w, list[i]);
    }
    g_string_append_c(w->out, ']');
}

char *json_writer_done(struct json_writer *w)
{
    char *text;

    while (w->depth > 0)
        json_put_end(w);
    g_string_append_c(w->out, '\n');
    text = g_string_free(w->out, FALSE);
    g_free(w);
    return text;
}
