/* SPDX-License-Identifier: MIT */
/*
 * The host operations of a runner: this file passes a device's calls to QEMU.
 * An operation that may lead to other models, and back to this process, waits
 * until QEMU has done it. So everything happens in the same order as in one
 * process.
 */
#include "runner/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/services.h"

static void host_irq_set(void *host, uint32_t n, bool level)
{
    runner_ask(host, IPC_MSG(irq, .line = n, .level = level), NULL, NULL, 0);
}

static void host_output_set(void *host, uint32_t group, uint32_t n,
                            int32_t level)
{
    runner_ask(host,
               IPC_MSG(output, .group = group, .line = n, .level = level),
               NULL, NULL, 0);
}

/* This needs no message: QEMU sends the time with each request and answer. */
static uint64_t host_now_ns(void *host)
{
    return ((struct runner_device *)host)->host->now_ns;
}

/* A timer's services call no other model, so they need no answer. */
static void host_timer_arm(void *host, uint32_t n, uint64_t deadline_ns)
{
    runner_post(host,
                IPC_MSG(timer_arm, .timer = n, .deadline_ns = deadline_ns),
                NULL);
}

/* QEMU has disarmed the timers of a device before it sends DESTROY. */
static void host_timer_cancel(void *host, uint32_t n)
{
    if (!((struct runner_device *)host)->ending)
        runner_post(host, IPC_MSG(timer_cancel, .timer = n), NULL);
}

void runner_clocks_forget(struct runner_device *d)
{
    for (uint32_t n = 0; n < d->type->clocks.count; n++)
        d->periods[n] = RUNNER_PERIOD_UNKNOWN;
}

/*
 * A model may need the period at each access, so the answer is kept until
 * QEMU reports a change.
 */
static uint64_t host_clock_period(void *host, uint32_t n)
{
    struct runner_device *d = host;

    if (d->periods[n] == RUNNER_PERIOD_UNKNOWN) {
        struct ipc_msg done = runner_ask(d, IPC_MSG(clock_period, .clock = n),
                                         NULL, NULL, 0);

        d->periods[n] = ipc_clock_period_result_of(&done).period;
    }
    return d->periods[n];
}

/* QEMU may refuse or round the frequency, so the runner asks for it again. */
static void host_clock_drive(void *host, uint32_t n, uint64_t period)
{
    struct runner_device *d = host;

    d->periods[n] = RUNNER_PERIOD_UNKNOWN;
    runner_ask(d, IPC_MSG(clock_drive, .clock = n, .period = period), NULL,
               NULL, 0);
}

static void host_chr_send(void *host, uint32_t n, const uint8_t *bytes,
                          uint32_t count)
{
    for (uint32_t done = 0, some; done < count; done += some) {
        struct ipc_msg m = IPC_MSG(chr_send, .chardev = n);

        some = m.bytes = MIN(count - done, IPC_PAYLOAD_MAX);
        runner_ask(host, m, bytes + done, NULL, 0);
    }
}

static void host_chr_ready(void *host, uint32_t n)
{
    runner_ask(host, IPC_MSG(chr_ready, .chardev = n), NULL, NULL, 0);
}

/* Targets of links are 1 + the property's index: see runner/serve.c. */
static uint32_t link_number(void *target)
{
    return (uint32_t)(uintptr_t)target;
}

static int mem_piece(struct runner_device *d, uint32_t link, uint64_t addr,
                     uint8_t *bytes, uint32_t count, bool write)
{
    struct ipc_msg m;

    if (!write) {
        m = IPC_MSG(mem_read, .link = link, .bytes = count, .address = addr);
        return runner_ask(d, m, NULL, bytes, count).status;
    }
    m = IPC_MSG(mem_write, .link = link, .address = addr);
    m.bytes = count;
    return runner_ask(d, m, bytes, NULL, 0).status;
}

/*
 * Addresses of other devices are not memory, and a map may be incomplete. So
 * QEMU does what the shared memory does not cover, in pieces that fit in a
 * message.
 */
static int host_mem_rw(void *host, void *target, uint64_t addr, void *bytes,
                       uint64_t count, bool write)
{
    uint64_t done = 0;
    int ret = 0;

    if (runner_memory_rw(host, link_number(target), addr, bytes, count, write))
        return 0;
    while (!ret && done < count) {
        uint32_t some = (uint32_t)MIN(count - done, (uint64_t)IPC_PAYLOAD_MAX);

        ret = mem_piece(host, link_number(target), addr + done,
                        (uint8_t *)bytes + done, some, write);
        done += some;
    }
    return ret ? -EFAULT : 0;
}

static int link_read(struct runner_device *d, uint32_t link, uint32_t region,
                     uint64_t offset, uint32_t bytes, uint64_t *ret)
{
    struct ipc_msg m = IPC_MSG(link_read, .link = link, .bytes = bytes,
                               .region = region, .offset = offset);

    m = runner_ask(d, m, NULL, NULL, 0);
    if (m.status)
        return -EFAULT;
    *ret = ipc_link_read_result_of(&m).value;
    return 0;
}

static int host_link_rw(void *host, void *target, uint32_t region,
                        uint64_t offset, uint32_t bytes, uint64_t *value,
                        bool write)
{
    uint32_t link = link_number(target);
    struct ipc_msg m;

    if (!write)
        return link_read(host, link, region, offset, bytes, value);
    m = IPC_MSG(link_write, .link = link, .bytes = bytes, .region = region,
                .offset = offset, .value = *value);
    return runner_ask(host, m, NULL, NULL, 0).status ? -EFAULT : 0;
}

static void host_random(void *host, void *bytes, uint32_t count)
{
    uint8_t *out = bytes;

    for (uint32_t done = 0, some; done < count; done += some) {
        some = MIN(count - done, IPC_PAYLOAD_MAX);
        runner_ask(host, IPC_MSG(random, .bytes = some), NULL, out + done,
                   some);
    }
}

/*
 * The machine acts after the present access, so there is nothing to wait for.
 */
static void host_machine_request(void *host, uint32_t request)
{
    runner_post(host, IPC_MSG(machine, .request = request), NULL);
}

static uint32_t host_logs_wanted(void *host)
{
    return ((struct runner_device *)host)->host->wanted |
           HOST_LOG_BIT(HOST_LOG_FIRST);
}

/* QEMU's side adds the part's name itself. */
static void host_log(void *host, uint32_t kind, const char *line)
{
    struct runner_device *d = host;
    size_t skip = strlen(d->prefix);
    /* QEMU's side finds the first line about a feature by itself. */
    struct ipc_msg m = IPC_MSG(
        log, .kind = kind == HOST_LOG_FIRST ? OB_LOG_UNIMPL : kind);

    if (!strncmp(line, d->prefix, skip))
        line += skip;
    m.bytes = (uint32_t)MIN(strlen(line), (size_t)IPC_TEXT_MAX);
    runner_post(d, m, line);
}

static uint8_t *host_direct_memory(void *host, uint32_t region, uint64_t at,
                                   uint64_t bytes)
{
    return runner_page_memory(host, region, at, bytes);
}

const struct host_ops runner_host_ops = {
    .irq_set = host_irq_set, .output_set = host_output_set,
    .now_ns = host_now_ns, .timer_arm = host_timer_arm,
    .timer_cancel = host_timer_cancel, .clock_period = host_clock_period,
    .clock_drive = host_clock_drive, .chr_send = host_chr_send,
    .chr_ready = host_chr_ready, .mem_rw = host_mem_rw,
    .link_rw = host_link_rw, .random = host_random,
    .machine_request = host_machine_request, .log = host_log,
    .logs_wanted = host_logs_wanted, .direct_memory = host_direct_memory,
};
