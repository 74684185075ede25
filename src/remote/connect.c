/* SPDX-License-Identifier: MIT */
/* Greets a process, and reads the descriptions of its types. */
#include "remote/remote_int.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An interpreter loads many files before it can greet. */
#define PROGRAM_START_NS UINT64_C(30000000000)

/* As messages have it: 0 means without a limit. */
static uint64_t limit_of(const struct remote_setup *s)
{
    if (s->limit_ns == REMOTE_NO_LIMIT)
        return 0;
    return s->limit_ns ? s->limit_ns : IPC_LIMIT_NS;
}

/* `theirs` is the process's end of the socket for memory. */
static int greet(const struct remote_setup *s, int memory, int theirs,
                 struct ipc_hello *ret_hello, struct ob_err *err)
{
    struct ipc_hello hello = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(hello), .slots = IPC_SLOTS,
        .memory_bytes = s->memory_bytes,
    };
    uint64_t limit = limit_of(s);
    int fds[3] = { memory, theirs, s->module };
    unsigned n_fds = 0;
    int sent, ret;

    g_strlcpy(hello.name, s->name, sizeof(hello.name));
    g_strlcpy(hello.text, s->path, sizeof(hello.text));
    sent = ipc_hello_send(s->sock, &hello, fds, s->module < 0 ? 2 : 3, NULL);
    ipc_memory_greeted(memory);
    /*
     * A process that could not start has sent the reason and may have ended.
     * So its answer counts more than a greeting that could not be sent.
     */
    if (s->module < 0 && limit)
        limit = MAX(limit, PROGRAM_START_NS);
    ret = ipc_hello_take(s->sock, ret_hello, fds, 0, &n_fds, limit, err);
    if (!ret && ret_hello->status)
        return err_set(err,
                       ret_hello->status < 0 ? ret_hello->status : -EPROTO,
                       "%s", ret_hello->text);
    return ret || !sent
               ? ret
               : err_set(err, sent,
                         "closed the connection during the handshake");
}

static int memory_sock_new(struct remote *r, int *ret_theirs,
                           struct ob_err *err)
{
    int socks[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
        return err_set(err, -errno, "no socket for memory (%s)",
                       strerror(errno));
    r->memory_sock = socks[0];
    *ret_theirs = socks[1];
    return 0;
}

/*
 * On failure this closes s->sock; on success the connection owns it. The
 * mapping keeps the memory, so its descriptor is closed in both cases.
 */
int remote_connect(struct remote *r, const struct remote_setup *s,
                   uint32_t *ret_types, struct ob_err *err)
{
    struct ipc_hello answer;
    int memory, theirs = -1, ret = ipc_memory_new(IPC_SLOTS, &memory, err);

    if (!ret) {
        ret = memory_sock_new(r, &theirs, err);
        if (!ret) {
            ret = greet(s, memory, theirs, &answer, err);
            close(theirs);
        }
        if (!ret)
            ret = ipc_conn_open(&r->conn, memory, IPC_SLOTS, s->sock,
                                IPC_TO_QEMU, err);
        close(memory);
    }
    if (ret) {
        close(s->sock);
        return ret;
    }
    r->conn.wait.limit_ns = limit_of(s);
    *ret_types = answer.types;
    return 0;
}

/*
 * DESCRIBE answers with the size only, because a description may be longer
 * than one message.
 */
GByteArray *remote_describe(struct remote *r, uint32_t n, uint64_t most)
{
    struct ipc_msg m = IPC_MSG(describe, .type = n), answer;

    if (remote_call(r, NULL, &m, NULL, &answer, NULL))
        return NULL;
    return remote_fetch(r, ipc_describe_result_of(&answer).total, most);
}
