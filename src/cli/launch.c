/* SPDX-License-Identifier: MIT */
/*
 * Executes QEMU in this process, with the bridge, the session and its
 * environment.
 */
#include "cli/launch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/path.h"

#define PRELOAD_ENV "LD_PRELOAD"
#define BRIDGE_FILE "lib/outboard/outboard-bridge.so"

extern char **environ;

static int bridge_find(const struct cli *cli, char **ret_text,
                       struct ob_err *err)
{
    char *path;
    int ret = 0;

    if (!cli->prefix)
        return err_set(err, -ENOENT,
                       "outboard cannot tell where it is installed (no "
                       "/proc/self/exe); mount /proc");
    path = g_build_filename(cli->prefix, BRIDGE_FILE, NULL);
    if (access(path, R_OK) < 0)
        ret = err_set(err, -ENOENT,
                      "%s: the library that goes into QEMU is not there (%s); "
                      "install Outboard again",
                      path, strerror(errno));
    else if (strpbrk(path, ": \t\n"))
        ret = err_set(err, -EINVAL,
                      "%s: LD_PRELOAD cannot take a path with a blank or a "
                      "colon; install Outboard somewhere else",
                      path);
    if (ret < 0)
        g_free(path);
    else
        *ret_text = path;
    return ret;
}

/*
 * A program that gains rights ignores LD_PRELOAD: QEMU would run without what
 * the user added, and without a message.
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

static int session_make(const struct cli *cli, const struct session *s,
                        struct launch *l, struct ob_err *err)
{
    char *bridge = NULL;
    int ret = rights_check(l->qemu, err);

    if (ret == 0)
        ret = bridge_find(cli, &bridge, err);
    if (ret < 0)
        return ret;
    l->preload = preload_make(bridge);
    return session_memfd(s, &l->session_fd, err);
}

int launch_make(const struct cli *cli, const struct qemu *qemu,
                const GPtrArray *args, const struct session *s,
                struct launch *ret_launch, struct ob_err *err)
{
    struct launch l = { .qemu = qemu, .session_fd = -1 };
    int ret = 0;
    guint i;

    l.argv = g_new0(char *, args->len + 2);
    l.argv[0] = g_strdup(qemu->argv0);
    for (i = 0; i < args->len; i++)
        l.argv[i + 1] = g_strdup(args->pdata[i]);
    if (s)
        ret = session_make(cli, s, &l, err);
    if (ret < 0)
        launch_clear(&l);
    else
        *ret_launch = l;
    return ret;
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

static void boards_print(const struct registry *registry)
{
    struct registry_board *const *boards;
    uint32_t i, n;

    boards = registry_boards(registry, &n);
    for (i = 0; i < n; i++)
        printf("# board %s (%s, %s)\n", boards[i]->head.name,
               origin_text(boards[i]->origin),
               boards[i]->path ? boards[i]->path
                               : boards[i]->module->info.path);
}

static void modules_print(const struct registry *registry)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    modules = registry_modules(registry, &n);
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

static void wishes_print(const struct session *s)
{
    static const char *const from[SESSION_SOURCES] = {
        [SESSION_FROM_ALL] = "--isolate=all",
        [SESSION_FROM_FILE] = "-add_modinfo",
        [SESSION_FROM_NAME] = "--isolate",
    };

    for (guint i = 0; i < s->wishes->len; i++) {
        const struct session_wish *wish = &g_array_index(
            s->wishes, struct session_wish, i);

        printf("# isolation %s: %s%s%s\n", from[wish->source],
               modinfo_isolation_text(wish->place), *wish->module ? " " : "",
               wish->module);
    }
}

static void texts_print(const char *head, const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++)
        printf("# %s %s\n", head, (const char *)texts->pdata[i]);
}

static void session_print(const struct session *s)
{
    if (s->start_dir)
        printf("# started in %s\n", s->start_dir);
    texts_print("looks for modules in", s->module_dirs);
    if (s->verbose)
        puts("# verbose");
    texts_print("native QEMU module opened at once:", s->native_files);
    for (guint i = 0; i < s->options->len; i++) {
        const struct session_option *option = &g_array_index(
            s->options, struct session_option, i);

        printf("# option -%s %s\n", option->group, option->value);
    }
    wishes_print(s);
    texts_print("parts in a process of their own: board", s->isolated_boards);
    if (s->qemu)
        printf("# native QEMU modules have to fit %s (%s)\n", s->qemu,
               s->qemu_stamp ? s->qemu_stamp : "no stamp");
    if (s->time_limited)
        printf("# time limit %" PRIu64 " ns\n", s->time_limit_ns);
}

void launch_print(const struct launch *l, const struct session *s)
{
    const char *arch;

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
    if (!s) {
        puts("# nothing external: plain QEMU");
        return;
    }
    arch = registry_arch(s->registry);
    printf("# target %s\n", arch ? arch : "unknown");
    boards_print(s->registry);
    modules_print(s->registry);
    session_print(s);
}
