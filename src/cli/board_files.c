/* SPDX-License-Identifier: MIT */
#include "cli/board_files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/path.h"
#include "board/plan.h"
#include "cli/discover.h"

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
    int r = 0;

    if (!below && access(path, F_OK) == 0)
        r = err_set(err, -EPERM,
                    "%s: leads out of the directory of the file that names it "
                    "(%s); put the board file there",
                    path, dir);
    g_free(dir);
    g_free(home);
    g_free(own);
    return r;
}

/* Is there a target that both are for? */
static int arch_check(const struct board_head *head,
                      const struct modinfo *info, const char *path,
                      struct ob_err *err)
{
    char *board, *module;
    int r = 0;

    for (const char *const *arch = head->arch; *arch; arch++)
        if (modinfo_arch_fits(info->arch, *arch))
            return 0;
    if (!*head->arch || !*info->arch)
        return 0;
    board = g_strjoinv(", ", (char **)head->arch);
    module = g_strjoinv(", ", (char **)info->arch);
    r = err_set(err, -EINVAL,
                "%s: is for %s, and the module for %s; fix \"arch\"", path,
                board, module);
    g_free(board);
    g_free(module);
    return r;
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

static int file_add(struct registry *ix, const struct modinfo *info,
                    const struct board_head *named, const char *path,
                    enum registry_origin origin, struct ob_err *err)
{
    struct board_head *head = NULL;
    struct json_doc *doc = NULL;
    int r = tree_check(path, info->path, err);

    if (r == 0)
        r = json_load(path, FILE_TRUSTED, 0, &doc, err);
    if (r == 0 && !discover_is_board(doc))
        r = err_set(err, -EINVAL,
                    "%s: is no board file (no \"outboard\": 1 in it); name "
                    "one",
                    path);
    if (r == 0)
        r = board_head_read(doc, &head, err);
    if (r == 0)
        r = head_check(head, named->name, info, path, err);
    if (r == 0) {
        registry_add_board(ix, head, path, origin);
        discover_note_parts(ix, doc, head->name);
    }
    board_head_free(head);
    json_free(doc);
    return r;
}

static int prefix_place(struct ob_err *err, int r, const struct modinfo *info,
                        const char *name)
{
    if (info->line)
        return err_prefix(err, r, "%s:%u:%u: board \"%s\"", info->path,
                          info->line, info->col, name);
    return err_prefix(err, r, "%s: board \"%s\"", info->path, name);
}

int board_files_add(struct registry *ix, const struct modinfo *info,
                    enum registry_origin origin, struct ob_err *err)
{
    const char *target = registry_arch(ix);
    int r = 0;

    if (target && !modinfo_arch_fits(info->arch, target))
        return 0;
    for (uint32_t i = 0; i < info->n_boards && r == 0; i++) {
        const struct board_head *named = &info->boards[i];
        char *path;

        if (!named->file)
            continue;
        path = path_beside(info->path, named->file);
        r = file_add(ix, info, named, path, origin, err);
        g_free(path);
        if (r < 0)
            prefix_place(err, r, info, named->name);
    }
    return r;
}
