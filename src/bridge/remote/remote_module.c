/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts the processes of remote modules, and opens the modules in them. */
#include "bridge/remote/remote_module_int.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "bridge/memory/ram.h"
#include "bridge/process/callbacks.h"
#include "bridge/process/report.h"
#include "bridge/process/session.h"
#include "remote/launcher.h"

#define RUNNER_FILE "outboard-runner"
enum { ASKED_BYTES = 192 };

static struct launcher *launcher;
/* struct registry_module * -> struct remote_module * */
static GHashTable *running;

static const struct remote_module_events *events;

void remote_module_listen(const struct remote_module_events *e)
{
    events = e;
}

/* --- the launcher --------------------------------------------------------- */

/*
 * May a module be remote? If the user named a module whose JSON has no licence,
 * its section has the licence, and the bridge reads that when it opens the
 * module.
 */
static bool may_be_remote(const struct session *s)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    if (s->isolated_boards->len > 0)
        return true;
    modules = registry_modules(s->registry, &n);
    for (i = 0; i < n; i++) {
        if (loader_is_remote(s, modules[i], NULL, ISOLATION_NONE, NULL) ||
            (!modules[i]->info.license &&
             modules[i]->origin != REGISTRY_INSTALLED))
            return true;
    }
    return false;
}

int remote_module_start(const char *library, struct ob_err *err)
{
    char *dir, *path;
    int ret;

    if (!may_be_remote(bridge_session()))
        return 0;
    dir = g_path_get_dirname(library);
    path = g_build_filename(dir, RUNNER_FILE, NULL);
    ret = launcher_new(path, &launcher, err);
    g_free(path);
    g_free(dir);
    return ret;
}

/* --- processes ------------------------------------------------------------ */

const char *remote_module_fate(struct remote_module *f)
{
    const char *fate = launcher_fate(launcher, f->pid);

    launcher_kill(launcher, f->pid);
    return fate;
}

struct remote_module *remote_module_of(const struct device *d)
{
    struct remote *r = remote_of(d);
    GHashTableIter i;
    void *f;

    if (!r)
        return NULL;
    g_hash_table_iter_init(&i, running);
    while (g_hash_table_iter_next(&i, NULL, &f))
        if (((struct remote_module *)f)->remote == r)
            return f;
    return NULL;
}

/* The time limit that the user allows, as in remote/remote.h. */
static uint64_t limit_ns(void)
{
    const struct session *s = bridge_session();

    if (!s->time_limited)
        return 0;
    return s->time_limit_ns ? s->time_limit_ns : REMOTE_NO_LIMIT;
}

/* The user's environment, without the variables that are for QEMU only. */
static char **program_environment(void)
{
    char **envp = path_privileged() ? g_new0(char *, 1) : g_get_environ();

    envp = g_environ_unsetenv(envp, "LD_PRELOAD");
    if (!g_environ_getenv(envp, "PATH"))
        envp = g_environ_setenv(envp, "PATH", "/usr/local/bin:/usr/bin:/bin",
                                true);
    return envp;
}

/*
 * The process did not start to serve: report how it ended, and make sure that
 * it has ended.
 */
static int remote_module_refused(struct remote_module *f, int code,
                                 struct ob_err *err)
{
    const char *fate = code == -EPIPE ? launcher_fate(launcher, f->pid) : NULL;
    char *text = g_strdup(err->text);

    launcher_kill(launcher, f->pid);
    if (fate) {
        err_clear(err);
        err_set(err, code, "%s, %s", text, fate);
    }
    g_free(text);
    return code;
}

/*
 * Start a module that is a program: it speaks the same protocol and has no code
 * of ours.
 */
static int program_new(struct remote_module *f, int *ret_sock,
                       struct ob_err *err)
{
    const char *const *words = f->module->info.command;
    guint n = g_strv_length((char **)words);
    const char **argv = g_new0(const char *, n + 1);
    char **envp = program_environment();
    int ret;

    memcpy(argv, words, n * sizeof(*argv));
    argv[0] = f->path;
    ret = launcher_program(launcher, argv, (const char *const *)envp, ret_sock,
                           &f->pid, err);
    g_strfreev(envp);
    g_free(argv);
    return ret;
}

static int process_new(struct remote_module *f, int *ret_sock,
                       struct ob_err *err)
{
    if (!launcher)
        return err_set(err, -ENOTSUP,
                       "%s: has to run in a process of its own, which was not "
                       "foreseen; put its \"license\" into its modinfo file "
                       "('outboard modinfo' does)",
                       f->path);
    return f->module_fd < 0
               ? program_new(f, ret_sock, err)
               : launcher_process(launcher, ret_sock, &f->pid, err);
}

static void landlock_note(void)
{
    static bool told;

    if (!told && loader_landlock() == 0)
        report_note("%s", LOADER_NO_LANDLOCK);
    told = true;
}

int remote_module_connect(struct remote_module *f, struct ob_err *err)
{
    struct remote_setup setup = {
        .module = f->module_fd, .name = f->module->info.name, .path = f->path,
        .limit_ns = limit_ns(), .memory_bytes = ram_most(),
        .gone = events->lost, .wake = events->wake,
        .turn = events->turn, .opaque = f,
    };
    int ret = process_new(f, &setup.sock, err);

    if (ret < 0)
        return ret;
    ret = !f->remote ? remote_open(&setup, &f->remote, err)
                     : remote_reopen(f->remote, &setup, err);
    if (ret < 0)
        return remote_module_refused(f, ret, err);
    /* The bridge does not confine a program. */
    if (f->module_fd >= 0)
        landlock_note();
    return 0;
}

static void asked_tell(void *opaque, struct device *d)
{
    uint64_t posted, asked = remote_asked(d, &posted);

    (void)opaque;
    report_note("%s (%s): asked %" PRIu64 " times, %" PRIu64 " writes posted",
                device_id(d), device_type(d)->name, asked, posted);
}

/*
 * Print the number of requests, for users who search for the part that
 * isolation slows down.
 */
static void counts_tell(void)
{
    GHashTableIter it;
    gpointer f;

    g_hash_table_iter_init(&it, running);
    while (g_hash_table_iter_next(&it, NULL, &f))
        remote_each(((struct remote_module *)f)->remote, asked_tell, NULL);
}

/* The first process starts, so from here on there are requests to count. */
static void running_begin(void)
{
    running = g_hash_table_new(NULL, NULL);
    if (bridge_session()->verbose)
        atexit(counts_tell);
}

/* `gate` is NULL for a program at `path`. */
static int remote_module_begin(struct registry_module *im,
                               const struct loader_gate *gate,
                               const char *path, struct ob_err *err)
{
    struct remote_module *f = g_new0(struct remote_module, 1);
    int ret;

    f->module = im;
    f->path = g_strdup(path);
    if (gate)
        f->license = g_strdup(gate->section.info->modules[0].license);
    f->started_us = g_get_monotonic_time();
    /*
     * Keep the descriptor for a restart: the file is opened and checked only
     * once.
     */
    f->module_fd = gate ? fcntl(gate->fd, F_DUPFD_CLOEXEC, 0) : -1;
    ret = gate && f->module_fd < 0
              ? err_set(err, -errno, "%s: no descriptor for it (%s)", path,
                        strerror(errno))
              : remote_module_connect(f, err);
    if (ret < 0) {
        if (f->module_fd >= 0)
            close(f->module_fd);
        g_free(f->license);
        g_free(f->path);
        g_free(f);
        return ret;
    }
    if (!running)
        running_begin();
    g_hash_table_insert(running, im, f);
    return 0;
}

/*
 * Pass the module through the gates, and start it if it must be remote. Returns
 * 1, 0 (it runs in QEMU's process) or -errno.
 */
static int remote_module_try(struct loader *l, struct registry_module *im,
                             enum modinfo_isolation where, struct ob_err *err)
{
    const struct session *s = bridge_session();
    struct loader_gate gate;
    char *path;
    int ret;

    if (im->info.command) {
        ret = loader_program(l, im, &path, err);
        if (ret < 0)
            return ret;
        ret = remote_module_begin(im, NULL, path, err);
        g_free(path);
        return ret < 0 ? ret : 1;
    }
    if (im->info.license && !loader_is_remote(s, im, NULL, where, NULL))
        return 0;
    ret = loader_gate(l, im, &gate, err);
    if (ret < 0)
        return ret;
    if (loader_is_remote(s, im, gate.section.info->modules[0].license, where,
                         NULL)) {
        ret = remote_module_begin(im, &gate, gate.path, err);
        ret = ret < 0 ? ret : 1;
    }
    loader_gate_clear(&gate);
    return ret;
}

/* The last module of the list is the one that the user asked for. */
static void keep_last(void *opaque, const char *text)
{
    g_strlcpy(opaque, text, ASKED_BYTES);
}

bool remote_module_waits_for_ever(char *text, size_t size)
{
    char asked[ASKED_BYTES] = "";
    GHashTableIter it;
    gpointer value;

    if (!running)
        return false;
    g_hash_table_iter_init(&it, running);
    while (g_hash_table_iter_next(&it, NULL, &value)) {
        const struct remote_module *f = value;

        if (remote_idle(f->remote) || remote_limit_ns(f->remote) != 0)
            continue;
        remote_last(f->remote, keep_last, asked);
        snprintf(text, size,
                 "%s: the process of module \"%s\" does not answer (asked: "
                 "%s), and --time-limit=0 makes QEMU wait",
                 f->path, f->module->info.short_name, asked);
        return true;
    }
    return false;
}

bool remote_module_any(void)
{
    return running;
}

int remote_module_check_in_process(struct loader *l,
                                   struct registry_module *im,
                                   struct ob_err *err)
{
    struct loader_gate gate;
    int ret;

    if (im->info.command)
        return err_set(err, -EPERM,
                       "module \"%s\" is a program, which runs in a process "
                       "of its own; leave \"isolation\" out",
                       im->info.short_name);
    ret = loader_gate(l, im, &gate, err);
    if (ret < 0)
        return ret;
    ret = loader_check_in_process(im->info.short_name,
                                  gate.section.info->modules[0].license,
                                  gate.path, err);
    loader_gate_clear(&gate);
    return ret;
}

int remote_module_open(struct loader *l, struct registry_module *im,
                       enum modinfo_isolation where,
                       struct remote **ret_module, struct ob_err *err)
{
    struct remote_module *f = running ? g_hash_table_lookup(running, im)
                                      : NULL;
    int ret = 1;

    if (f && !loader_is_remote(bridge_session(), im, f->license, where, NULL))
        return 0;
    if (!f) {
        ret = remote_module_try(l, im, where, err);
        if (ret <= 0)
            return ret;
        f = g_hash_table_lookup(running, im);
    }
    *ret_module = f->remote;
    return 1;
}
