/* SPDX-License-Identifier: MIT */
/*
 * Holds the device types of a module to the laws of the test bench, one process
 * for each (src/runner/check.c).
 */
#include "cli/check_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "ipc/conn.h"

/* How often the limit of one call is the limit of a whole check. */
enum { LIMITS = 12 };
/* The process ends itself. The command waits a little longer. */
#define GRACE_NS (UINT64_C(2) * OB_NS_PER_S)

struct run {
    struct launcher *launcher;
    const struct registry_module *m;
    const struct loader_gate *gate;
    const char *wanted;             /* a type, or NULL: all */
    uint64_t limit_ns;              /* of one type; 0: none */
    uint32_t broken;                /* lines so far, of all types */
};

/* What one process has sent. */
struct answers {
    char type[IPC_TEXT_MAX];        /* "": it did not say */
    char doing[IPC_TEXT_MAX];       /* before its end, or "" */
    bool ended;                     /* it has said all */
    bool last;                      /* no type has that number */
};

static void line(struct run *r, const char *text)
{
    struct ob_err one = { 0 };

    r->broken++;
    err_set(&one, -EINVAL, "%s: %s", r->gate->path, text);
    cli_note(one.text);
}

/* --- one process ---------------------------------------------------------- */

static int ask(const struct run *r, int sock, uint32_t number,
               struct ob_err *err)
{
    struct ipc_hello hello = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(hello), .slots = IPC_SLOTS, .types = number,
        .memory_bytes = r->limit_ns,
    };
    int fd = r->gate->fd, ret;

    g_strlcpy(hello.name, r->m->info.name, sizeof(hello.name));
    g_strlcpy(hello.text, r->gate->path, sizeof(hello.text));
    ret = ipc_hello_send(sock, &hello, &fd, 1, NULL);
    return ret ? err_set(err, ret, "%s: the process for it is gone",
                         r->gate->path)
               : 0;
}

/* Take one greeting. False: it was the last. */
static bool answer_take(struct run *r, int sock, struct answers *a,
                        struct ob_err *err)
{
    uint64_t limit = r->limit_ns ? r->limit_ns + GRACE_NS : 0;
    struct ob_err gone = { 0 };
    struct ipc_hello hello;
    unsigned n_fds = 0;

    if (ipc_hello_take(sock, &hello, NULL, 0, &n_fds, limit, &gone))
        return false;
    if (hello.status < 0) {
        a->ended = true;
        err_set(err, hello.status, "%s", hello.text);
        return false;
    }
    if (hello.status == IPC_CHECK_TYPE)
        g_strlcpy(a->type, hello.text, sizeof(a->type));
    else if (hello.status == IPC_CHECK_LINE)
        line(r, hello.text);
    else if (hello.status == IPC_CHECK_DOING)
        g_strlcpy(a->doing, hello.text, sizeof(a->doing));
    else
        a->ended = true;
    a->last = a->ended && !*a->type;
    return !a->ended &&
           (!*a->type || !r->wanted || strcmp(a->type, r->wanted) == 0);
}

/* The model has crashed, or hangs. */
static void end_line(struct run *r, int pid, const struct answers *a)
{
    const char *fate = launcher_fate(r->launcher, pid);
    GString *text = g_string_new(*a->type ? a->type : "a type");

    g_string_append(text, ": process: ");
    if (!fate || strstr(fate, "Alarm"))
        g_string_append_printf(text, "does not end within %g s",
                               (double)r->limit_ns / (double)OB_NS_PER_S);
    else
        g_string_append(text, fate);
    if (*a->doing)
        g_string_append_printf(text, ", during %s", a->doing);
    line(r, text->str);
    g_string_free(text, TRUE);
}

/* Type `number` of the module. *ret_last: no type has that number. */
static int type_run(struct run *r, uint32_t number, bool *ret_last,
                    struct ob_err *err)
{
    struct answers a = { .type = "" };
    uint32_t before = r->broken;
    int sock, pid, ret = launcher_process(r->launcher, &sock, &pid, err);

    if (ret < 0)
        return ret;
    ret = ask(r, sock, number, err);
    while (ret == 0 && answer_take(r, sock, &a, err))
        ;
    ret = ret ? ret : err->code;
    if (ret == 0 && !a.ended && (!r->wanted || !strcmp(a.type, r->wanted)))
        end_line(r, pid, &a);
    else if (ret == 0 && a.ended && !a.last && r->broken == before)
        printf("%s: good, type %s\n", r->gate->path, a.type);
    *ret_last = a.last;
    close(sock);
    launcher_kill(r->launcher, pid);
    return ret;
}

int check_run(struct describer *d, const struct registry_module *m,
              const struct loader_gate *gate, const char *type,
              uint64_t limit_ns, struct ob_err *err)
{
    struct run r = {
        .m = m, .gate = gate, .wanted = type, .limit_ns = LIMITS * limit_ns,
    };
    int ret = describer_launcher(d, &r.launcher, err);
    bool last = false;

    for (uint32_t n = 0; ret == 0 && !last; n++)
        ret = type_run(&r, n, &last, err);
    return ret == 0 && r.broken ? -EINVAL : ret;
}
