/* SPDX-License-Identifier: MIT */
/* Messages to QEMU, and requests that wait for QEMU's answer. */
#include "runner/runner.h"

#include <stdlib.h>
#include <string.h>

/*
 * QEMU must know what the model wrote by DMA before it acts on a message that
 * follows.
 */
void runner_put(struct runner *h, struct ipc_msg *msg, const void *payload)
{
    if (h->n_wrote)
        runner_wrote_tell(h);
    if (ipc_conn_put(&h->conn, msg, payload, NULL))
        runner_end();
}

void runner_post(struct runner_device *d, struct ipc_msg m,
                 const void *payload)
{
    struct runner *h = d->host;

    m.dev = d->number;
    m.depth = h->open;
    runner_put(h, &m, payload);
}

/*
 * Requests nest in both directions, and the side that asks waits
 * (docs/decisions/0004-the-asking-side-waits.md). The depth shows which
 * request an answer belongs to, and `count` is the room that `ret` has.
 */
struct ipc_msg runner_ask(struct runner_device *d, struct ipc_msg m,
                          const void *payload, void *ret, uint32_t count)
{
    struct runner *h = d->host;
    struct ipc_msg in;
    void *bytes;

    if (h->open > IPC_DEPTH_MAX)
        runner_end();
    runner_post(d, m, payload);
    m.depth = h->open++;
    for (;;) {
        if (ipc_conn_take(&h->conn, &in, &bytes, NULL))
            runner_end();
        if (in.kind == IPC_DONE)
            break;
        h->request(h, &in, bytes);
        free(bytes);
    }
    h->open--;
    if (in.depth != m.depth || (in.bytes && in.bytes != count))
        runner_end();
    h->now_ns = in.now_ns;
    if (in.bytes && ret)
        memcpy(ret, bytes, count);
    free(bytes);
    return in;
}
