/* SPDX-License-Identifier: MIT */
#include "cli/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/path.h"
#include "cli/discover.h"

#define PRELOAD_ENV "LD_PRELOAD"
#define SESSION_ENV "OUTBOARD_SESSION"
#define BRIDGE_FILE "lib/outboard/outboard-bridge.so"

static int bridge_find(const struct cli *cli, char **ret, struct ob_err *err)
{
    char *path;
    int r = 0;

    if (!cli->prefix)
        return err_set(err, -ENOENT,
                       "outboard cannot tell where it is installed (no "
                       "/proc/self/exe); mount /proc");
    path = g_build_filename(cli->prefix, BRIDGE_FILE, NULL);
    if (access(path, R_OK) < 0)
        r = err_set(err, -ENOENT,
                    "%s: the library that goes into QEMU is not there (%s); "
                    "install Outboard again",
                    path, strerror(errno));
    else if (strpbrk(path, ": \t\n"))
        r = err_set(err, -EINVAL,
                    "%s: LD_PRELOAD cannot take a path with a blank or a "
                    "colon; install Outboard somewhere else",
                    path);
    if (r < 0)
        g_free(path);
    else
        *ret = path;
    return r;
}

/*
 * Where rights are gained, the dynamic linker takes no bridge along: QEMU
 * would run without what was added, and nobody would be told.
 */
static int rights_check(const struct qemu *qemu, struct ob_err *err)
{
    struct stat st;

    if (getuid() != geteuid() || getgid() != getegid())
        return err_set(err, -EPERM,
                       "outboard runs with another's rights (uid %u, gid %u; "
                       "yours are %u, %u), where nothing may be added to "
                       "QEMU; run it with your own",
                       (unsigned)geteuid(), (unsigned)getegid(),
                       (unsigned)getuid(), (unsigned)getgid());
    if (stat(qemu->path, &st) < 0)
        return 0;       /* exec says why */
    if (st.st_mode & (S_ISUID | S_ISGID))
        return err_set(err, -EPERM,
                       "%s: runs with its owner's rights (mode %04o), where "
                       "nothing may be added to it; use one without",
                       qemu->path, (unsigned)(st.st_mode & 07777));
    if (getxattr(qemu->path, "security.capability", NULL, 0) > 0)
        return err_set(err, -EPERM,
                       "%s: runs with capabilities (see getcap %s), where "
                       "nothing may be added to it; use one without",
                       qemu->path, qemu->path);
    return 0;
}

static char *preload_make(char *bridge)
{
    const char *users = path_privileged() ? NULL : getenv(PRELOAD_ENV);
    char *value = users && *users ? g_strconcat(bridge, ":", users, NULL)
                                  : g_strdup(bridge);

    g_free(bridge);
    return value;
}

static int session_make(const struct cli *cli, const struct registry *ix,
                        struct launch *l, struct ob_err *err)
{
    char *bridge = NULL;
    int r = rights_check(l->qemu, err);

    if (r == 0)
        r = bridge_find(cli, &bridge, err);
    if (r < 0)
        return r;
    l->preload = preload_make(bridge);
    return registry_memfd(ix, &l->session_fd, err);
}

int launch_make(const struct cli *cli, const struct qemu *qemu,
                const GPtrArray *args, const struct registry *ix,
                struct launch *ret, struct ob_err *err)
{
    struct launch l = { .qemu = qemu, .session_fd = -1 };
    int r = 0;
    guint i;

    l.argv = g_new0(char *, args->len + 2);
    l.argv[0] = g_strdup(qemu->argv0);
    for (i = 0; i < args->len; i++)
        l.argv[i + 1] = g_strdup(args->pdata[i]);
    if (ix)
        r = session_make(cli, ix, &l, err);
    if (r < 0)
        launch_clear(&l);
    else
        *ret = l;
    return r;
}

void launch_clear(struct launch *l)
{
    g_strfreev(l->argv);
    g_free(l->preload);
    if (l->session_fd >= 0)
        close(l->session_fd);
    memset(l, 0, sizeof(*l));
    l->session_fd = -1;
}

int launch_exec(const struct launch *l, struct ob_err *err)
{
    char number[16];

    if (l->session_fd >= 0) {
        snprintf(number, sizeof(number), "%d", l->session_fd);
        setenv(SESSION_ENV, number, 1);
        setenv(PRELOAD_ENV, l->preload, 1);
    } else {
        unsetenv(SESSION_ENV);
    }
    execve(l->qemu->path, l->argv, environ);
    return err_set(err, -errno,
                   "%s: cannot be run (%s); start it without outboard to see "
                   "why",
                   l->qemu->path, strerror(errno));
}

/* As a shell takes it; what needs no quotes gets none. */
static void word_print(const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";
    char *quoted;

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, stdout);
        return;
    }
    quoted = g_shell_quote(word);
    fputs(quoted, stdout);
    g_free(quoted);
}

static const char *origin_text(enum registry_origin origin)
{
    return origin == REGISTRY_INSTALLED   ? "installed"
           : origin == REGISTRY_ANNOUNCED ? "announced"
                                          : "named";
}

static void list_print(const char *head, const char *const *list)
{
    char *text;

    if (!list[0])
        return;
    text = g_strjoinv(", ", (char **)list);
    printf("; %s %s", head, text);
    g_free(text);
}

static void boards_print(const struct registry *ix)
{
    struct registry_board *const *boards;
    uint32_t i, n;

    boards = registry_boards(ix, &n);
    for (i = 0; i < n; i++)
        printf("# board %s (%s, %s)\n", boards[i]->head.name,
               origin_text(boards[i]->origin),
               boards[i]->path ? boards[i]->path
                               : boards[i]->module->info.path);
}

static void modules_print(const struct registry *ix)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    modules = registry_modules(ix, &n);
    for (i = 0; i < n; i++) {
        const struct registry_module *m = modules[i];

        printf("# module %s (%s, %s), opened %s", m->info.short_name,
               origin_text(m->origin), m->info.path,
               m->origin == REGISTRY_NAMED ? "at once" : "when needed");
        list_print("types", m->info.objs);
        list_print("needs", m->info.deps);
        list_print("options", m->info.opts);
        putchar('\n');
    }
}

static void notes_print(const struct registry *ix)
{
    const struct registry_note *notes;
    uint32_t i, n;

    notes = registry_notes(ix, &n);
    for (i = 0; i < n; i++)
        printf("# note %s: %s\n", notes[i].key, notes[i].value);
}

void launch_print(const struct launch *l, const struct registry *ix)
{
    if (l->session_fd >= 0) {
        printf(SESSION_ENV "=%d " PRELOAD_ENV "=", l->session_fd);
        word_print(l->preload);
        putchar(' ');
    }
    word_print(l->qemu->path);
    for (char **word = l->argv + 1; *word; word++) {
        putchar(' ');
        word_print(*word);
    }
    putchar('\n');
    if (!ix) {
        puts("# nothing external: plain QEMU");
        return;
    }
    printf("# target %s\n", registry_arch(ix) ? registry_arch(ix) : "unknown");
    boards_print(ix);
    modules_print(ix);
    notes_print(ix);
}
