/* SPDX-License-Identifier: MIT */
/*
 * What a live device asks of its host, asked of QEMU. Whatever may lead to
 * other models, and back to this process, waits until QEMU has done it, so
 * that all happens in the order that it would in one process.
 */
#include "runner/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void post(struct runner_device *d, struct ipc_msg m,
                 const void *payload)
{
    struct runner *h = d->host;

    m.dev = d->number;
    m.depth = h->open;
    runner_put(h, &m, payload);
}

/* Send, and serve QEMU's own requests until its answer comes. */
static struct ipc_msg ask(struct runner_device *d, struct ipc_msg m,
                          const void *payload, void *ret, uint32_t count)
{
    struct runner *h = d->host;
    struct ipc_msg in;
    void *bytes;

    if (h->open > IPC_DEPTH_MAX)
        runner_end();
    post(d, m, payload);
    m.depth = h->open++;
    for (;;) {
        if (ipc_conn_take(&h->conn, &in, &bytes, NULL))
            runner_end();
        if (in.kind == IPC_DONE)
            break;
        runner_request(h, &in, bytes);
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

static void port_irq_set(void *port, uint32_t n, bool level)
{
    ask(port, (struct ipc_msg){ .kind = IPC_IRQ, .a = n, .y = level },
        NULL, NULL, 0);
}

static void port_output_set(void *port, uint32_t group, uint32_t n,
                            int32_t level)
{
    ask(port, (struct ipc_msg){ .kind = IPC_OUTPUT, .a = group, .b = n,
                                 .y = (uint32_t)level }, NULL, NULL, 0);
}

static uint64_t port_now_ns(void *port)
{
    return ((struct runner_device *)port)->host->now_ns;
}

static void port_timer_arm(void *port, uint32_t n, uint64_t deadline_ns)
{
    post(port, (struct ipc_msg){ .kind = IPC_TIMER_ARM, .a = n,
                                  .x = deadline_ns }, NULL);
}

static void port_timer_cancel(void *port, uint32_t n)
{
    if (!((struct runner_device *)port)->ending)
        post(port, (struct ipc_msg){ .kind = IPC_TIMER_CANCEL, .a = n },
             NULL);
}

void runner_clocks_forget(struct runner_device *d)
{
    for (uint32_t n = 0; n < d->type->clocks.count; n++)
        d->hz[n] = RUNNER_HZ_UNKNOWN;
}

static uint64_t port_clock_hz(void *port, uint32_t n)
{
    struct runner_device *d = port;

    if (d->hz[n] == RUNNER_HZ_UNKNOWN)
        d->hz[n] = ask(d, (struct ipc_msg){ .kind = IPC_CLOCK_HZ, .a = n },
                       NULL, NULL, 0).y;
    return d->hz[n];
}

static void port_clock_drive(void *port, uint32_t n, uint64_t hz)
{
    struct runner_device *d = port;

    d->hz[n] = RUNNER_HZ_UNKNOWN;
    ask(d, (struct ipc_msg){ .kind = IPC_CLOCK_DRIVE, .a = n, .x = hz },
        NULL, NULL, 0);
}

static void port_chr_send(void *port, uint32_t n, const uint8_t *bytes,
                          uint32_t count)
{
    for (uint32_t done = 0, some; done < count; done += some) {
        struct ipc_msg m = { .kind = IPC_CHR_SEND, .a = n };

        some = m.bytes = MIN(count - done, IPC_PAYLOAD_MAX);
        ask(port, m, bytes + done, NULL, 0);
    }
}

static void port_chr_ready(void *port, uint32_t n)
{
    ask(port, (struct ipc_msg){ .kind = IPC_CHR_READY, .a = n }, NULL, NULL,
        0);
}

/* Targets of links are 1 + the property's index: see runner/serve.c. */
static uint32_t link_number(void *target)
{
    return (uint32_t)(uintptr_t)target;
}

static int mem_piece(struct runner_device *d, uint32_t link, uint64_t addr,
                     uint8_t *bytes, uint32_t count, bool write)
{
    struct ipc_msg m = {
        .kind = write ? IPC_MEM_WRITE : IPC_MEM_READ, .a = link, .b = count,
        .x = addr,
    };

    m.bytes = write ? count : 0;
    return ask(d, m, write ? bytes : NULL, write ? NULL : bytes,
               write ? 0 : count)
        .status;
}

static int port_mem_rw(void *port, void *target, uint64_t addr, void *bytes,
                       uint64_t count, bool write)
{
    uint64_t done = 0;
    int ret = 0;

    if (runner_memory_rw(port, link_number(target), addr, bytes, count, write))
        return 0;
    while (!ret && done < count) {
        uint32_t some = (uint32_t)MIN(count - done, (uint64_t)IPC_PAYLOAD_MAX);

        ret = mem_piece(port, link_number(target), addr + done,
                        (uint8_t *)bytes + done, some, write);
        done += some;
    }
    return ret ? -EFAULT : 0;
}

static int port_link_rw(void *port, void *target, uint32_t region,
                        uint64_t offset, uint32_t bytes, uint64_t *value,
                        bool write)
{
    struct ipc_msg m = {
        .kind = write ? IPC_LINK_WRITE : IPC_LINK_READ,
        .a = link_number(target), .b = bytes, .c = region, .x = offset,
        .y = write ? *value : 0,
    };

    m = ask(port, m, NULL, NULL, 0);
    if (m.status)
        return -EFAULT;
    if (!write)
        *value = m.y;
    return 0;
}

static void port_random(void *port, void *bytes, uint32_t count)
{
    uint8_t *out = bytes;

    for (uint32_t done = 0, some; done < count; done += some) {
        some = MIN(count - done, IPC_PAYLOAD_MAX);
        ask(port, (struct ipc_msg){ .kind = IPC_RANDOM, .b = some }, NULL,
            out + done, some);
    }
}

static void port_machine_request(void *port, uint32_t request)
{
    post(port, (struct ipc_msg){ .kind = IPC_MACHINE, .a = request }, NULL);
}

static bool port_log_wanted(void *port, uint32_t kind)
{
    return kind == HOST_LOG_FIRST ||
           ((struct runner_device *)port)->host->wanted & IPC_WANTED(kind);
}

/* QEMU's side puts the part's name in front itself. */
static void port_log(void *port, uint32_t kind, const char *line)
{
    struct runner_device *d = port;
    size_t skip = strlen(d->prefix);
    /* QEMU's side finds the first line about a feature by itself. */
    struct ipc_msg m = {
        .kind = IPC_LOG, .a = kind == HOST_LOG_FIRST ? OB_LOG_UNIMPL : kind,
    };

    if (!strncmp(line, d->prefix, skip))
        line += skip;
    m.bytes = (uint32_t)MIN(strlen(line), (size_t)IPC_TEXT_MAX);
    post(d, m, line);
}

static uint8_t *port_direct_memory(void *port, uint32_t region, uint64_t at,
                                   uint64_t bytes)
{
    return runner_page_memory(port, region, at, bytes);
}

const struct host_ops runner_host_ops = {
    .irq_set = port_irq_set, .output_set = port_output_set,
    .now_ns = port_now_ns, .timer_arm = port_timer_arm,
    .timer_cancel = port_timer_cancel, .clock_hz = port_clock_hz,
    .clock_drive = port_clock_drive, .chr_send = port_chr_send,
    .chr_ready = port_chr_ready, .mem_rw = port_mem_rw,
    .link_rw = port_link_rw, .random = port_random,
    .machine_request = port_machine_request, .log = port_log,
    .log_wanted = port_log_wanted, .direct_memory = port_direct_memory,
};
