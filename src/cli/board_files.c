/* SPDX-License-Identifier: MIT */
/* Adds the board files that modinfo names. */
#include "cli/board_files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/path.h"
#include "board/plan.h"

bool board_file_is(const struct json_doc *doc)
{
    const struct json *mark = json_get(json_root(doc), "outboard");

    return mark && mark->kind == JSON_NUMBER;
}

void board_file_note_parts(struct session *s, const struct json_doc *doc,
                           const char *name)
{
    const struct json *parts = json_get(json_root(doc), "parts");
    const char *where;

    if (!parts || parts->kind != JSON_OBJECT)
        return;
    JSON_EACH (part, parts) {
        const struct json *isolation = part->kind == JSON_OBJECT
                                           ? json_get(part, "isolation")
                                           : NULL;

        if (isolation && json_str(isolation, &where, NULL) == 0 &&
            modinfo_isolation_find(where) != ISOLATION_IN_PROCESS) {
            session_add_isolated_board(s, name);
            return;
        }
    }
}

/* `file` beside `beside`; a bare name if that is one. */
static char *path_beside(const char *beside, const char *file)
{
    const char *slash = strrchr(beside, '/');

    return g_strdup_printf("%.*s%s", slash ? (int)(slash - beside) + 1 : 0,
                           beside, file);
}

/* Links may lead anywhere: where they end counts. One that is missing is
 * told of when it is opened. */
static int tree_check(const char *path, const char *beside, struct ob_err *err)
{
    char *dir = g_path_get_dirname(beside), *home = path_dir(beside);
    char *own = path_prefix(beside, 0);
    bool below = (home && path_below(path, home)) ||
                 (own && path_below(path, own));
    int ret = 0;

    if (!below && access(path, F_OK) == 0)
        ret = err_set(
            err, -EPERM,
            "%s: leads out of the directory of the file that names it "
            "(%s); put the board file there",
            path, dir);
    g_free(dir);
    g_free(home);
    g_free(own);
    return ret;
}

/* Is there a target that both are for? */
static int arch_check(const struct board_head *head,
                      const struct modinfo *info, const char *path,
                      struct ob_err *err)
{
    char *board, *module;
    int ret = 0;

    for (const char *const *arch = head->arch; *arch; arch++)
        if (modinfo_arch_fits(info->arch, *arch))
            return 0;
    if (!*head->arch || !*info->arch)
        return 0;
    board = g_strjoinv(", ", (char **)head->arch);
    module = g_strjoinv(", ", (char **)info->arch);
    ret = err_set(err, -EINVAL,
                  "%s: is for %s, and the module for %s; correct \"arch\"",
                  path, board, module);
    g_free(board);
    g_free(module);
    return ret;
}

static int head_check(const struct board_head *head, const char *name,
                      const struct modinfo *info, const char *path,
                      struct ob_err *err)
{
    if (strcmp(head->name, name) != 0)
        return err_set(err, -EINVAL,
                       "%s: is the board \"%s\"; call it the same in both",
                       path, head->name);
    return arch_check(head, info, path, err);
}

static int file_add(struct session *s, const struct modinfo *info,
                    const struct board_head *named, const char *path,
                    enum registry_origin origin, struct ob_err *err)
{
    struct board_head *head = NULL;
    struct json_doc *doc = NULL;
    int ret = tree_check(path, info->path, err);

    if (ret == 0)
        ret = json_load(path, FILE_TRUSTED, 0, &doc, err);
    if (ret == 0 && !board_file_is(doc))
        ret = err_set(
            err, -EINVAL,
            "%s: is not a board file (no \"outboard\": 1 in it); name "
            "one",
            path);
    if (ret == 0)
        ret = board_head_read(doc, &head, err);
    if (ret == 0)
        ret = head_check(head, named->name, info, path, err);
    if (ret == 0) {
        registry_add_board(s->registry, head, path, origin);
        board_file_note_parts(s, doc, head->name);
    }
    board_head_free(head);
    json_free(doc);
    return ret;
}

static int prefix_place(struct ob_err *err, int ret,
                        const struct modinfo *info, const char *name)
{
    if (info->line)
        return err_prefix(err, ret, "%s:%u:%u: board \"%s\"", info->path,
                          info->line, info->col, name);
    return err_prefix(err, ret, "%s: board \"%s\"", info->path, name);
}

int board_files_add(struct session *s, const struct modinfo *info,
                    enum registry_origin origin, struct ob_err *err)
{
    const char *target = registry_arch(s->registry);
    int ret = 0;

    if (target && !modinfo_arch_fits(info->arch, target))
        return 0;
    for (uint32_t i = 0; i < info->n_boards && ret == 0; i++) {
        const struct board_head *named = &info->boards[i];
        char *path;

        if (!named->file)
            continue;
        path = path_beside(info->path, named->file);
        ret = file_add(s, info, named, path, origin, err);
        g_free(path);
        if (ret < 0)
            prefix_place(err, ret, info, named->name);
    }
    return ret;
}
