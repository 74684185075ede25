/* SPDX-License-Identifier: MIT */
/* Run modules in processes of their own, for the unit tests. */
#include "isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct launcher *launcher;
static pid_t reader;            /* of what the launcher's processes print */
static bool reported;           /* a sanitizer found a fault in one of them */

static void end(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static const char *setting(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        end(name);
    return value;
}

/* A warning says that a model's memory is used up (EVIL_MEMORY). */
static bool is_report(const char *line)
{
    return (strstr(line, "Sanitizer") || strstr(line, "runtime error: ")) &&
           !strstr(line, "WARNING: ");
}

/* Show what comes until all writers have ended; exit 1 if it has a report. */
static void reader_run(int from) __attribute__((noreturn));

static void reader_run(int from)
{
    FILE *file = fdopen(from, "r");
    bool found = false;
    char line[4096];

    while (file && fgets(line, sizeof(line), file)) {
        found |= is_report(line);
        fprintf(stderr, "outboard-runner: %s", line);
    }
    _exit(!file || found);
}

/*
 * Start the launcher with a pipe as its standard error. Only there can its
 * processes report, as they can open no file. Another process reads the pipe,
 * so a report is shown even if this program ends first.
 */
static void launcher_start(void)
{
    int own = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10), ends[2], ret;
    struct ob_err err = { 0 };

    if (own < 0 || pipe2(ends, O_CLOEXEC) < 0 || (reader = fork()) < 0)
        end("no reader for the launcher");
    if (!reader) {
        close(ends[1]);
        reader_run(ends[0]);
    }
    close(ends[0]);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    ret = launcher_new(setting("OB_HOST"), &launcher, &err);
    dup2(own, STDERR_FILENO);
    close(own);
    if (ret)
        end(err.text);
}

static void launcher_end(void)
{
    int status = 0;

    if (!launcher)
        return;
    launcher_free(launcher);
    launcher = NULL;
    waitpid(reader, &status, 0);
    reported |= status != 0;
}

/*
 * The launcher may report when it ends, which is after the last test, and
 * cmocka ignores how a group's teardown ends. So the program's own end fails.
 */
static void reports_check(void)
{
    launcher_end();
    if (!reported)
        return;
    fprintf(stderr, "a sanitizer found a fault in outboard-runner, above\n");
    fflush(NULL);
    _exit(1);
}

struct launcher *isolated_launcher(void)
{
    static bool checked;

    if (!checked && atexit(reports_check))
        end("atexit");
    checked = true;
    if (!launcher)
        launcher_start();
    return launcher;
}

int isolated_start(void **state)
{
    /* Not close-on-exec: no process may have it, see EVIL_FDS. */
    int stray = fcntl(STDERR_FILENO, F_DUPFD, 50);

    (void)state;
    isolated_launcher();
    close(stray);
    return stray < 0;
}

int isolated_end(void **state)
{
    (void)state;
    launcher_end();
    return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : -1;
}

struct isolated isolated_open(const char *path, const char *name,
                              uint64_t limit_ns)
{
    struct remote_setup setup = {
        .module = open(path, O_RDONLY | O_CLOEXEC), .name = name,
        .path = path, .limit_ns = limit_ns,
    };
    struct isolated ret;
    struct ob_err err = { 0 };

    if (launcher_process(isolated_launcher(), &setup.sock, &ret.pid, &err))
        end(err.text);
    if (remote_open(&setup, &ret.remote, &err)) {
        const char *fate = launcher_fate(launcher, ret.pid);

        fprintf(stderr, "its fate: %s\n", fate ? fate : "not known");
        end(err.text);
    }
    close(setup.module);
    return ret;
}

/* The file of module `name` among those of $OB_MODULE; g_free()d, or NULL. */
static char *module_path(const char *name)
{
    char **paths = g_strsplit(setting("OB_MODULE"), ":", 0), *found = NULL;
    char *file = g_strconcat(name, ".so", NULL);

    for (char **path = paths; *path && !found; path++) {
        char *base = g_path_get_basename(*path);

        if (!strcmp(base, file))
            found = g_strdup(*path);
        g_free(base);
    }
    g_free(file);
    g_strfreev(paths);
    return found;
}

int isolated_module(struct ob_bench *b, const struct ob_module *m)
{
    static GHashTable *running;     /* name -> struct remote * */
    struct remote *r;
    char *path = module_path(m->name);

    /* What a test adds itself, such as fakes, stays with it. */
    if (!path)
        return ob_bench_module(b, m);
    if (!running)
        running = g_hash_table_new(g_str_hash, g_str_equal);
    r = g_hash_table_lookup(running, m->name);
    if (!r) {
        r = isolated_open(path, m->name, 0).remote;
        g_hash_table_insert(running, (void *)m->name, r);
    }
    g_free(path);
    return isolated_types(b, r);
}
