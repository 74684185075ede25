/* SPDX-License-Identifier: MIT */
/* Makes a session and fills it. */
#include "session/session.h"

#include <string.h>

struct session *session_new(const char *arch)
{
    struct session *s = g_new0(struct session, 1);

    s->registry = registry_new(arch);
    s->arena = arena_new(64 * 1024);
    s->module_dirs = g_ptr_array_new();
    s->native_files = g_ptr_array_new();
    s->isolated_boards = g_ptr_array_new();
    s->options = g_array_new(FALSE, FALSE, sizeof(struct session_option));
    s->wishes = g_array_new(FALSE, FALSE, sizeof(struct session_wish));
    s->doctor_fd = -1;
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    registry_free(s->registry);
    g_ptr_array_free(s->module_dirs, TRUE);
    g_ptr_array_free(s->native_files, TRUE);
    g_ptr_array_free(s->isolated_boards, TRUE);
    g_array_free(s->options, TRUE);
    g_array_free(s->wishes, TRUE);
    arena_free(s->arena);
    g_free(s->buffer);
    g_free(s);
}

const char *session_text(struct session *s, const char *text)
{
    return arena_strdup(s->arena, text);
}

void session_add_module_dir(struct session *s, const char *dir)
{
    g_ptr_array_add(s->module_dirs, (gpointer)session_text(s, dir));
}

void session_add_native_file(struct session *s, const char *path)
{
    g_ptr_array_add(s->native_files, (gpointer)session_text(s, path));
}

void session_add_isolated_board(struct session *s, const char *board)
{
    g_ptr_array_add(s->isolated_boards, (gpointer)session_text(s, board));
}

void session_add_option(struct session *s, const char *group,
                        const char *value)
{
    struct session_option option = {
        session_text(s, group), session_text(s, value),
    };

    g_array_append_val(s->options, option);
}

void session_add_wish(struct session *s, enum session_source source,
                      const char *module, enum modinfo_isolation place)
{
    struct session_wish wish = {
        source, place,
        source == SESSION_FROM_ALL ? "" : session_text(s, module),
    };

    g_array_append_val(s->wishes, wish);
}

const struct session_wish *session_find_wish(const struct session *s,
                                             const char *module)
{
    const struct session_wish *best = NULL;

    for (guint i = 0; i < s->wishes->len; i++) {
        const struct session_wish *wish = &g_array_index(
            s->wishes, struct session_wish, i);

        if (wish->source != SESSION_FROM_ALL &&
            strcmp(wish->module, module) != 0)
            continue;
        if (!best || wish->source >= best->source)
            best = wish;
    }
    return best;
}
