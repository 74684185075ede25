/* SPDX-License-Identifier: MIT */
/* Checks and compares names, and finds the nearest one. */
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#include <glib.h>

enum { COMPARE_BYTES = 64 };

static unsigned str_min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static size_t str_clip(const char *s)
{
    return strnlen(s, COMPARE_BYTES);
}

static bool str_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment needs only three rows of the usual table. */
unsigned str_distance(const char *a, const char *b)
{
    unsigned rows[3][COMPARE_BYTES + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    size_t na = str_clip(a), nb = str_clip(b);

    for (size_t j = 0; j <= nb; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned *spare = before;

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned cost = str_same(a[i - 1], b[j - 1]) ? 0 : 1;

            row[j] = str_min(last[j - 1] + cost,
                             str_min(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && str_same(a[i - 1], b[j - 2]) &&
                str_same(a[i - 2], b[j - 1]))
                row[j] = str_min(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = spare;
    }
    return last[nb];
}

/* The largest distance at which a name may still be what the user meant. */
static unsigned str_reach(const char *name)
{
    unsigned len = (unsigned)str_clip(name);

    if (len < 4)
        return 1;
    return len < 9 ? 2 : len / 3;
}

void str_near_offer(struct str_near *near, const char *candidate)
{
    unsigned distance = str_distance(near->name, candidate);

    if (distance > str_reach(near->name) || distance >= strlen(candidate))
        return;
    if (near->best && near->distance <= distance)
        return;
    near->best = candidate;
    near->distance = distance;
}

const char *str_nearest(const char *name, const char *const names[])
{
    struct str_near near = { .name = name };

    for (; names && *names; names++)
        str_near_offer(&near, *names);
    return near.best;
}

bool str_in(const char *name, const char *const names[])
{
    for (; names && *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

size_t str_count(const char *const names[])
{
    size_t n = 0;

    while (names && names[n])
        n++;
    return n;
}

static bool str_is_alnum(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
           (ch >= 'A' && ch <= 'Z');
}

/* Check for alphanumerics and `more`; the first character is not '.' or '-'. */
static const char *str_flaw(const char *name, const char *more)
{
    if (!*name)
        return "is empty";
    if (*name == '.')
        return "starts with a dot";
    if (*name == '-')
        return "starts with a dash";
    for (size_t i = 0; name[i]; i++) {
        if (i >= STR_IDENT_MAX)
            return "is longer than 128 characters";
        if (name[i] == '/')
            return "holds a slash";
        if (!str_is_alnum(name[i]) && !strchr(more, name[i]))
            return strchr(more, '+') ? "holds a character that is not one of "
                                       "A-Z a-z 0-9 . _ + -"
                                     : "holds a character that is not one of "
                                       "A-Z a-z 0-9 . _ -";
    }
    return NULL;
}

const char *str_ident_flaw(const char *name)
{
    return str_flaw(name, "._+-");
}

const char *str_type_flaw(const char *name)
{
    if (*name == '0')
        return "starts with a 0";
    if (*name == '_')
        return "starts with an underscore";
    return str_flaw(name, "._-");
}

size_t str_shown_bytes(const char *at)
{
    gunichar ch;

    if ((unsigned char)*at < 0x80)
        return (unsigned char)*at >= 0x20 && *at != 0x7f;
    ch = g_utf8_get_char_validated(at, -1);
    if (ch >= (gunichar)-2 || !g_unichar_isprint(ch) ||
        g_unichar_type(ch) == G_UNICODE_LINE_SEPARATOR ||
        g_unichar_type(ch) == G_UNICODE_PARAGRAPH_SEPARATOR)
        return 0;
    return (size_t)(g_utf8_next_char(at) - at);
}

char *str_take_item(const char **at)
{
    GString *item = g_string_new(NULL);
    const char *p = *at;

    for (; *p && (*p != ',' || p[1] == ','); p++) {
        if (*p == ',')
            p++;
        g_string_append_c(item, *p);
    }
    *at = *p ? p + 1 : NULL;
    return g_string_free(item, FALSE);
}
