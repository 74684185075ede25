/* SPDX-License-Identifier: MIT */
/*
 * `outboard new`: copies the files of PREFIX/share/outboard/new. It replaces
 * @NAME@ in the files, and NAME in their file names, by the module's name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/cli.h"

#define TEMPLATE_DIR "share/outboard/new"

enum { TEMPLATE_MAX = 1 << 16, NAME_MAX_CHARS = 40 };

static const char help[] =
    "usage: outboard new NAME [DIR]\n"
    "\n"
    "Makes a new module NAME in the directory DIR (default: NAME): a model,\n"
    "its unit test, a board and a Makefile. NAME is lower case, for example\n"
    "acme or acme-uart. The command does not replace existing files.\n"
    "\n"
    "    outboard new acme && cd acme && make test\n";

/* Source in TEMPLATE_DIR and what it is called in the new directory. */
static const struct {
    const char *source, *name;
} templates[] = {
    { "model.c", "NAME.c" },
    { "test.c", "test_NAME.c" },
    { "board.json", "NAME-board.json" },
    { "makefile", "Makefile" },
    { "readme.md", "README.md" },
};

static int name_check(const char *name, struct ob_err *err)
{
    size_t i, n = strlen(name);

    if (n == 0 || n > NAME_MAX_CHARS || !g_ascii_islower(name[0]))
        goto bad;
    for (i = 0; i < n; i++) {
        if (!g_ascii_islower(name[i]) && !g_ascii_isdigit(name[i]) &&
            name[i] != '-')
            goto bad;
    }
    return 0;
bad:
    return err_set(err, -EINVAL,
                   "new: \"%.60s\" cannot name a module; use 1 to %d of a-z, "
                   "0-9 and -, a letter first",
                   name, NAME_MAX_CHARS);
}

/* `text` with every `from` replaced; frees `text`. */
static char *replace(char *text, const char *from, const char *to)
{
    char **pieces = g_strsplit(text, from, -1);
    char *joined = g_strjoinv(to, pieces);

    g_strfreev(pieces);
    g_free(text);
    return joined;
}

static int file_write(const char *path, const char *text, struct ob_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    size_t len = strlen(text);
    int ret = 0;

    if (fd < 0)
        return err_set(err, -errno, "%s: %s; name another directory", path,
                       errno == EEXIST ? "is there already" : strerror(errno));
    if (write(fd, text, len) != (ssize_t)len)
        ret = err_set(err, -EIO, "%s: cannot be written (%s); make room", path,
                      strerror(errno));
    close(fd);
    return ret;
}

static int template_copy(const struct cli *cli, unsigned n, const char *dir,
                         const char *name, struct ob_err *err)
{
    char *from = g_build_filename(cli->prefix ? cli->prefix : "/",
                                  TEMPLATE_DIR, templates[n].source, NULL);
    char *base = replace(g_strdup(templates[n].name), "NAME", name);
    char *to = g_build_filename(dir, base, NULL);
    char *text = NULL, *filled;
    size_t len;
    int ret = file_read(from, FILE_ANY, TEMPLATE_MAX, &text, &len, err);

    if (ret == 0) {
        filled = replace(g_strdup(text), "@NAME@", name);
        ret = file_write(to, filled, err);
        g_free(filled);
    }
    if (ret == 0)
        puts(to);
    free(text);
    g_free(from);
    g_free(base);
    g_free(to);
    return ret;
}

/* All or nothing: look before anything is written. */
static int target_check(const char *dir, const char *name, struct ob_err *err)
{
    unsigned n;
    int ret = 0;

    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return err_set(err, -errno, "%s: %s; name another directory", dir,
                       strerror(errno));
    for (n = 0; n < G_N_ELEMENTS(templates) && ret == 0; n++) {
        char *base = replace(g_strdup(templates[n].name), "NAME", name);
        char *path = g_build_filename(dir, base, NULL);

        if (access(path, F_OK) == 0)
            ret = err_set(err, -EEXIST,
                          "%s: is there already; name another directory",
                          path);
        g_free(base);
        g_free(path);
    }
    return ret;
}

static int module_new(const struct cli *cli, const char *name, const char *dir,
                      struct ob_err *err)
{
    unsigned n;
    int ret = name_check(name, err);

    if (ret == 0)
        ret = target_check(dir, name, err);
    for (n = 0; n < G_N_ELEMENTS(templates) && ret == 0; n++)
        ret = template_copy(cli, n, dir, name, err);
    return ret;
}

int verb_new(const struct cli *cli, int argc, char **argv, struct ob_err *err)
{
    static const struct cli_option none[] = { { NULL, NULL, NULL } };
    int ret, n = cli_options(argc, argv, none, help, err);

    if (n <= 0)
        return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (n < 2 || n > 3)
        ret = err_set(err, -EINVAL,
                      "new: a name and at most one directory are wanted (%d "
                      "words given); see outboard new --help",
                      n - 1);
    else
        ret = module_new(cli, argv[1], n == 3 ? argv[2] : argv[1], err);
    return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
