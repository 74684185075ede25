/* SPDX-License-Identifier: MIT */
/*
 * `outboard doctor`: starts each QEMU with the bridge in doctor mode and shows
 * the bridge's report (bridge/entry/doctor.h describes its form).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/launch.h"
#include "cli/qemu.h"
#include "loader/loader.h"

enum {
    TIMEOUT_MS = 30000,
    REPORT_MAX = 1 << 20,       /* bytes */
};

static const char help[] =
    "usage: outboard doctor [--json] [QEMU...]\n"
    "\n"
    "Starts each QEMU, or every qemu-system-* on PATH, and runs the bridge's\n"
    "self-check in it. Shows the result. Exit status 0: external boards work\n"
    "in all of them. A QEMU that exports nothing (built for microvm) counts\n"
    "only if you name it.\n"
    "  --json        print JSON\n";

/* What the machine is run with: nothing that needs a terminal or a file. */
static const char *const doctor_args[] = {
    "-M", "outboard-doctor", "-display", "none", "-nodefaults", "-serial",
    "none", "-monitor", "none", "-S",
};

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read `fd` to its end; false if that takes until `deadline_ms`. */
static bool report_read(int fd, long deadline_ms, GString *ret_text)
{
    char chunk[4096];

    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        long left = deadline_ms - now_ms();
        ssize_t n;

        if (left <= 0 || poll(&p, 1, (int)left) == 0)
            return false;
        n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        if (ret_text->len < REPORT_MAX)
            g_string_append_len(ret_text, chunk, n);
    }
}

/* In the child: quiet, no terminal, then QEMU. */
static void child_run(const struct launch *launch)
{
    struct ob_err err = { 0 };
    int null = open("/dev/null", O_RDWR);

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    launch_exec(launch, &err);
    _exit(127);
}

/* Wait for the child until the deadline, then end it. Its wait status. */
static int child_end(pid_t pid, bool in_time)
{
    int status = -1;

    if (!in_time)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static int no_report(const struct qemu *q, bool in_time, int status,
                     struct ob_err *err)
{
    if (!in_time)
        return err_set(err, -ETIMEDOUT,
                       "%s: no report within %d s; start it by hand to see "
                       "what it waits for",
                       q->path, TIMEOUT_MS / 1000);
    if (WIFSIGNALED(status))
        return err_set(err, -EIO,
                       "%s: ended without a report (signal %d, %s); this QEMU "
                       "is not fit for external boards",
                       q->path, WTERMSIG(status), strsignal(WTERMSIG(status)));
    return err_set(err, -EIO,
                   "%s: ended without a report (status %d); see what outboard "
                   "%s -M help says",
                   q->path, WEXITSTATUS(status), q->path);
}

/* Run QEMU with `fds` as the pipe of the report; *ret is the report. */
static int doctor_child(const struct qemu *q, const struct launch *launch,
                        int fds[2], GString *ret_text, struct ob_err *err)
{
    bool in_time;
    pid_t pid;
    int status;

    pid = fork();
    if (pid < 0)
        return err_set(err, -errno,
                       "doctor: cannot fork (%s); end some processes",
                       strerror(errno));
    if (pid == 0)
        child_run(launch);
    close(fds[1]);
    fds[1] = -1;
    in_time = report_read(fds[0], now_ms() + TIMEOUT_MS, ret_text);
    status = child_end(pid, in_time);
    return in_time && ret_text->len > 0 ? 0
                                        : no_report(q, in_time, status, err);
}

static int doctor_launch(const struct cli *cli, const struct qemu *q,
                         int fds[2], GString *ret_text, struct ob_err *err)
{
    struct session *s = session_new(cli->arch ? cli->arch : q->arch);
    GPtrArray *args = g_ptr_array_new();
    struct launch launch;
    size_t i;
    int ret;

    for (i = 0; i < G_N_ELEMENTS(doctor_args); i++)
        g_ptr_array_add(args, (char *)doctor_args[i]);
    s->doctor_fd = fds[1];
    registry_finish(s->registry, NULL, NULL);
    ret = launch_make(cli, q, args, s, &launch, err);
    if (ret == 0) {
        ret = doctor_child(q, &launch, fds, ret_text, err);
        launch_clear(&launch);
    }
    g_ptr_array_free(args, TRUE);
    session_free(s);
    return ret;
}

/* The report of `q`, as text; *ret is the caller's (g_free). */
static int report_get(const struct cli *cli, const struct qemu *q,
                      char **ret_text, struct ob_err *err)
{
    GString *text;
    int fds[2], r;

    if (q->kind == QEMU_BARE)
        return err_set(err, -ENOTSUP,
                       "%s: exports none of QEMU's functions (built for "
                       "microvm alone), so nothing external can be added to "
                       "it; use another",
                       q->path);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_set(err, -errno,
                       "doctor: no pipe (%s); raise the limit of open files",
                       strerror(errno));
    fcntl(fds[1], F_SETFD, 0);
    text = g_string_new(NULL);
    r = doctor_launch(cli, q, fds, text, err);
    close(fds[0]);
    if (fds[1] >= 0)
        close(fds[1]);
    *ret_text = g_string_free(text, r < 0);
    return r;
}

static const char *text_of(const struct json *root, const char *key)
{
    const struct json *node = json_get(root, key);

    return node && node->text ? node->text : "";
}

/* The rows of one table; "-" is what the check did not come to. */
static void rows_print(const struct json *rows)
{
    if (!rows)
        return;
    JSON_EACH (row, rows) {
        const struct json *value = json_get(row, "value");

        printf("  %-44s %10s  %s\n", text_of(row, "name"),
               value && value->kind != JSON_NULL ? text_of(row, "value") : "-",
               text_of(row, "how"));
    }
}

static void table_print(const struct json *root)
{
    const struct json *symbols = json_get(root, "symbols");

    printf("  %s\n  %s of %s symbols bound, self-check %s us (%s us of "
           "processor time), live check %s\n",
           text_of(root, "qemu"), text_of(symbols, "bound"),
           text_of(symbols, "all"), text_of(root, "us"),
           text_of(root, "cpu_us"),
           json_get(root, "live") && json_get(root, "live")->boolean
               ? "done"
               : "not done");
    rows_print(json_get(root, "layout"));
    rows_print(json_get(root, "checks"));
}

/* Show a report that was parsed; its "ok". */
static int report_show(const struct qemu *q, const struct json *root,
                       bool table, struct ob_err *err)
{
    const struct json *ok = json_get(root, "ok");

    if (!ok || ok->kind != JSON_BOOL)
        return err_set(err, -EPROTO,
                       "%s: the report makes no sense; install Outboard again",
                       q->path);
    if (table) {
        printf("%s\n", q->path);
        table_print(root);
    }
    if (!ok->boolean)
        return err_set(err, -EIO, "%s: %s", q->path, text_of(root, "error"));
    printf("%s: external boards work\n", q->path);
    return 0;
}

static int qemu_examine(const struct cli *cli, const struct qemu *q, bool json,
                        bool table, struct ob_err *err)
{
    struct json_doc *doc;
    const struct json *ok;
    char *text = NULL;
    int ret = report_get(cli, q, &text, err);

    if (ret == 0)
        ret = json_parse(text, strlen(text), "doctor's report", &doc, err);
    if (ret == 0 && json) {
        fputs(text, stdout);
        ok = json_get(json_root(doc), "ok");
        ret = ok && ok->boolean ? 0 : -EIO;
        json_free(doc);
    } else if (ret == 0) {
        ret = report_show(q, json_root(doc), table, err);
        json_free(doc);
    }
    g_free(text);
    return ret;
}

static int name_examine(const struct cli *cli, const char *name, bool named,
                        bool json, bool table)
{
    struct ob_err err = { 0 };
    struct qemu *q = NULL;
    int ret = qemu_find(name, &q, &err);

    if (ret == 0)
        ret = qemu_examine(cli, q, json, table, &err);
    if (err.text[0] != '\0')
        cli_note(err.text);
    if (ret < 0 && !named && q && q->kind == QEMU_BARE)
        ret = 0;
    qemu_free(q);
    return ret;
}

/* The first line: a user copies the whole output into a report of a fault. */
static void host_print(void)
{
    struct utsname host;

    printf("outboard %s", OB_VERSION);
    if (uname(&host) == 0)
        printf(", %s %s, %s", host.sysname, host.release, host.machine);
    putchar('\n');
}

static int all_examine(const struct cli *cli, bool json, struct ob_err *err)
{
    GPtrArray *found = qemu_list();
    int status = EXIT_SUCCESS;
    guint i;

    if (found->len == 0) {
        err_set(err, -ENOENT,
                "doctor: no qemu-system-* on PATH; install one (Debian: "
                "qemu-system-arm, ...) or name it");
        status = EXIT_FAILURE;
    }
    for (i = 0; i < found->len; i++) {
        if (name_examine(cli, found->pdata[i], false, json, false) < 0)
            status = EXIT_FAILURE;
    }
    g_ptr_array_free(found, TRUE);
    return status;
}

int verb_doctor(const struct cli *cli, int argc, char **argv,
                struct ob_err *err)
{
    bool json = false;
    const struct cli_option options[] = {
        { "--json", NULL, &json }, { NULL, NULL, NULL },
    };
    int i, status = EXIT_SUCCESS,
           n = cli_options(argc, argv, options, help, err);

    if (n <= 0)
        return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (!json)
        host_print();
    if (!json && loader_landlock() == 0)
        cli_note(LOADER_NO_LANDLOCK);
    if (n == 1)
        return all_examine(cli, json, err);
    for (i = 1; i < n; i++) {
        if (name_examine(cli, argv[i], true, json, n == 2) < 0)
            status = EXIT_FAILURE;
    }
    return status;
}
