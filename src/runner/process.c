/* SPDX-License-Identifier: MIT */
/*
 * A fresh process becomes the runner of one module: greeting, confinement, the
 * module's code, and then QEMU's requests.
 */
#include "runner/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "loader/loader.h"

/*
 * The runner checks the module's types for its own core. QEMU checks the
 * descriptions again, because it does not trust this process.
 */
static int types_take(struct runner *h, const struct ob_module *m,
                      const char *path, struct ob_err *err)
{
    h->types = g_new0(struct device_decl *, m->devices.count);
    for (; h->n_types < m->devices.count; h->n_types++)
        if (device_decl_new(list_pointer(&m->devices, h->n_types),
                            &local_model_ops, &h->types[h->n_types], err))
            return err_prefix(err, -EINVAL, "%s", path);
    return 0;
}

/*
 * The order is the protection. The gate reads the file before its code can
 * run, libraries open while files can be opened, and the filter is there
 * before the linker runs the module's constructors.
 */
static int module_open(struct runner *h, const struct ipc_hello *hello,
                       const struct confine *c, struct ob_err *err)
{
    const struct ob_module *module;
    struct section section;
    int ret = loader_gate_fd(c->module, hello->text, &section, err);

    if (ret)
        return ret;
    ret = libraries_open(section.names.needed, err);
    if (!ret)
        ret = confine_before(c, err);
    if (!ret)
        ret = loader_open_fd(c->module, &section, hello->name, hello->text,
                             &module, err);
    if (!ret)
        ret = types_take(h, module, hello->text, err);
    section_clear(&section);
    return ret;
}

/* The answer goes out before the last filter: afterwards nothing is sent. */
static int answer(int sock, const struct runner *h, const struct ob_err *err)
{
    struct ipc_hello out = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(out), .slots = IPC_SLOTS, .status = err->code,
    };

    if (!err->code)
        out.types = h->n_types;
    else
        g_strlcpy(out.text, err->text, sizeof(out.text));
    return ipc_hello_send(sock, &out, NULL, 0, NULL);
}

/*
 * The greeting of `outboard check --run` has the module's descriptor only. It
 * has the type's number as `types`, and the time limit as `memory_bytes`.
 */
static void check(struct runner *h, int sock, int module,
                  const struct ipc_hello *hello) __attribute__((noreturn));

static void check(struct runner *h, int sock, int module,
                  const struct ipc_hello *hello)
{
    struct confine c = { .sock = sock, .memory_sock = -1, .module = module };
    struct ob_err err = { 0 };

    runner_check_limit(hello->memory_bytes);
    if (module_open(h, hello, &c, &err) == 0)
        runner_check(h, sock, hello->types);
    (void)answer(sock, h, &err);
    _exit(1);
}

/*
 * A refusal goes to QEMU as the answer. The process then ends by _exit(), so
 * that no exit handler or destructor of the module runs.
 */
void runner_process(int sock)
{
    struct runner h = {
        .devices = g_ptr_array_new(), .stored = g_byte_array_new(),
        .fetched = g_byte_array_new(),
        .memories = g_array_new(FALSE, TRUE, sizeof(struct runner_memory)),
        .pages = g_array_new(FALSE, TRUE, sizeof(struct runner_page)),
    };
    struct confine c = { .sock = sock };
    struct ipc_hello hello;
    struct ob_err err = { 0 };
    unsigned n_fds = 0;
    int fds[3], rc;

    rc = ipc_hello_take(sock, &hello, fds, 3, &n_fds, IPC_LIMIT_NS, &err);
    if (!rc && n_fds == 1)
        check(&h, sock, fds[0], &hello);
    if (!rc && n_fds != 3)
        rc = err_set(&err, -EPROTO,
                     "%u descriptors came where three are needed", n_fds);
    if (!rc)
        rc = ipc_conn_open(&h.conn, fds[0], hello.slots, sock, IPC_TO_RUNNER,
                           &err);
    h.conn.wait.limit_ns = 0;
    if (!rc) {
        /*
         * Once it is confined, any event of the socket ends the process. So
         * the last event of the greeting has to be over.
         */
        ipc_conn_greeted(&h.conn);
        h.memory_sock = c.memory_sock = fds[1];
        c.module = fds[2];
        c.memory_bytes = hello.memory_bytes;
        rc = module_open(&h, &hello, &c, &err);
    }
    if (answer(sock, &h, &err) || rc || confine_after(&err))
        _exit(1);
    runner_serve(&h);
}
