/* SPDX-License-Identifier: MIT */
/*
 * A model's process that does what it likes: greets, then answers and asks as
 * the input says. Whatever comes, this side stays whole, asks of its port only
 * what the type declares, and gives the process up with one line.
 */
#include "fuzz.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/declared.h"
#include "../unit/state_dev.h"
#include "remote/remote.h"
#include "ipc/conn.h"
#include "ipc/pack.h"

enum { STEP = 12, LIMIT_NS = 20000000 };

static const struct ob_device_type type = { STATE_DEV_TYPE };
/* The same, except for a page that the guest reads as memory. */
static struct ob_device_type paged_type = { STATE_DEV_TYPE };
static struct ob_region paged_region;

static const struct device_pages one_page = { 0x1000, 0x1000 };

static void type_pack(GByteArray *block)
{
    struct decl_region *region;
    struct device_decl *decl;

    paged_region = *(const struct ob_region *)type.regions.items;
    paged_region.bytes = 0x2000;
    paged_type.regions = (struct ob_array){ &paged_region, 1,
                                            sizeof(paged_region) };
    decl = declared(&paged_type);
    region = (struct decl_region *)decl->regions.at;
    region->pages.at = &one_page;
    region->pages.count = 1;
    ipc_pack_type(block, decl);
    device_decl_free(decl);
}

/* --- the hostile side ----------------------------------------------------- */

struct peer {
    struct ipc_conn conn;
    GByteArray *block;
    const uint8_t *data;
    size_t left;
    uint32_t answered;
    int sock;
};

static void honest(struct peer *p, const struct ipc_msg *in)
{
    struct ipc_msg out = { .kind = IPC_ANSWER, .depth = in->depth };
    const uint8_t *bytes = NULL;

    if (in->kind == IPC_DESCRIBE)
        out.x = p->block->len;
    if (in->kind == IPC_FETCH && in->x < p->block->len) {
        out.bytes = (uint32_t)(p->block->len - in->x);
        bytes = p->block->data + in->x;
    }
    ipc_conn_put(&p->conn, &out, bytes, NULL);
}

/* One message as the next bytes of the input have it; false at its end. */
static bool hostile(struct peer *p, const struct ipc_msg *in)
{
    static const uint8_t zeros[256];
    struct ipc_msg out = { .kind = IPC_ANSWER };
    const uint8_t *d = p->data;

    if (p->left < STEP)
        return false;
    p->data += STEP;
    p->left -= STEP;
    if (d[0] & 0x40)
        out.kind = (uint16_t)(64 + d[0] % 18);
    out.depth = (uint16_t)(in->depth + (out.kind == IPC_ANSWER ? 0 : 1) +
                           (d[1] == 0xff));
    out.dev = in->dev + (d[2] == 0xff);
    out.a = d[3] & 0x80 ? d[3] * 0x1010101u : d[3] & 3;
    out.b = d[4] & 0x80 ? d[4] * 0x1010101u : d[4];
    out.c = d[5];
    out.status = (int8_t)d[6];
    memcpy(&out.x, d + 4, 8);
    out.y = d[7] * UINT64_C(0x0101010101010101);
    out.bytes = d[8] & 1 ? d[9] : 0;
    return ipc_conn_put(&p->conn, &out, zeros, NULL) == 0;
}

static void *peer_run(void *opaque)
{
    struct peer *p = opaque;
    struct ipc_hello hello;
    struct ipc_msg in;
    void *payload;
    unsigned n = 0;
    int fds[2];

    if (ipc_hello_take(p->sock, &hello, fds, 2, &n, 0, NULL) || n != 2)
        abort();
    if (ipc_conn_open(&p->conn, fds[0], hello.slots, p->sock, IPC_TO_RUNNER,
                      NULL))
        abort();
    close(fds[0]);
    hello.types = 1;
    hello.text[0] = 0;
    ipc_hello_send(p->sock, &hello, NULL, 0, NULL);
    while (ipc_conn_take(&p->conn, &in, &payload, NULL) == 0) {
        free(payload);
        if (in.kind == IPC_MEMORY)
            continue;
        if (in.kind <= IPC_CREATE || in.kind == IPC_PAGE)
            honest(p, &in);
        else if (!hostile(p, &in))
            break;
    }
    ipc_conn_close(&p->conn);
    close(fds[1]);
    return NULL;
}

/* --- this side ------------------------------------------------------------ */

static _Alignas(4096) uint8_t page[4096];

static void irq_set(void *port, uint32_t n, bool level)
{
    (void)port;
    (void)level;
    if (n >= type.irqs.count)
        abort();
}

static void timer_arm(void *port, uint32_t n, uint64_t deadline_ns)
{
    (void)port;
    if (n >= type.timers.count || deadline_ns > INT64_MAX)
        abort();
}

static void timer_cancel(void *port, uint32_t n)
{
    (void)port;
    if (n >= type.timers.count)
        abort();
}

static uint64_t now_ns(void *port)
{
    (void)port;
    return 1;
}

static int mem_rw(void *port, void *target, uint64_t addr, void *bytes,
                  uint64_t count, bool write)
{
    (void)port;
    (void)addr;
    if (target || count > IPC_PAYLOAD_MAX)
        abort();
    if (!write)
        memset(bytes, 1, count);
    return 0;
}

static struct host_memory memory = { 1, -1, 65536, false };
static const struct host_range range = { 0x1000, 65536, &memory, 0, false };
static const struct host_map map = { &range, 1, 1 };

static const struct host_map *mem_map(void *port, void *target)
{
    (void)port;
    (void)target;
    return &map;
}

static void mem_wrote(void *port, void *target, uint64_t addr, uint64_t bytes)
{
    (void)port;
    if (target || !bytes || addr + (bytes - 1) < addr)
        abort();
}

static void random_fill(void *port, void *bytes, uint32_t count)
{
    (void)port;
    memset(bytes, 2, count);
}

static void machine_request(void *port, uint32_t request)
{
    (void)port;
    if (!request || request > OB_MACHINE_CRASHED)
        abort();
}

static void log_line(void *port, uint32_t kind, const char *line)
{
    (void)port;
    (void)kind;
    if (strchr(line, '\n'))
        abort();
}

static uint32_t logs_wanted(void *port)
{
    (void)port;
    return ~0u;
}

static uint8_t *direct_memory(void *port, uint32_t region, uint64_t at,
                              uint64_t bytes)
{
    (void)port;
    if (region || at != 0x1000 || bytes != 0x1000)
        abort();
    return page;
}

static const struct host_ops ops = {
    .irq_set = irq_set, .now_ns = now_ns, .timer_arm = timer_arm,
    .timer_cancel = timer_cancel, .mem_rw = mem_rw, .mem_map = mem_map,
    .mem_wrote = mem_wrote, .random = random_fill,
    .machine_request = machine_request, .log = log_line,
    .logs_wanted = logs_wanted, .direct_memory = direct_memory,
};

static void saved(struct device *d)
{
    GByteArray *block = device_save(d);

    if (block)
        g_byte_array_free(block, TRUE);
}

/* A peer at the other end of a new socket, which is this side's. */
static bool peer_start(struct peer *p, pthread_t *thread, int *ret_sock)
{
    int socks[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks))
        return false;
    p->sock = socks[1];
    *ret_sock = socks[0];
    if (pthread_create(thread, NULL, peer_run, p))
        abort();
    return true;
}

static bool wanted(void *opaque, struct device *d)
{
    (void)opaque;
    return remote_lost(d);
}

static void use(struct device *d)
{
    device_region_write(device_region(d, 0), 0, 3, 4);
    device_region_read(device_region(d, 0), 0, 4);
    device_region_read(device_region(d, 0), 0x1001, 8);
    device_input(d, 0, 0, 1);
    device_timer_expired(d, 1);
    saved(d);
}

/* What was given up is followed by another, with the rest of the input. */
static void restart(struct remote *r, struct device *d, struct peer *p,
                    pthread_t *thread)
{
    struct remote_setup setup = {
        .module = -1, .name = "x", .path = "x", .limit_ns = LIMIT_NS,
    };

    pthread_join(*thread, NULL);
    if (!peer_start(p, thread, &setup.sock))
        abort();
    if (remote_reopen(r, &setup, NULL) == 0 &&
        remote_restart(r, wanted, NULL, NULL) == 0)
        use(d);
    if (!remote_gone(r) != !remote_lost(d))
        abort();
}

static void drive(struct remote *r, struct peer *p, pthread_t *thread)
{
    struct device *d = device_new(remote_type(r, 0), "x", &ops, NULL);

    if (device_create(d, NULL) == 0) {
        device_reset(d, OB_RESET_COLD);
        use(d);
        device_restore(d, (const uint8_t *)"OBST", 4, NULL);
        if (remote_gone(r))
            restart(r, d, p, thread);
    }
    device_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peer p = { .data = data, .left = size };
    struct remote_setup setup = {
        .module = -1, .name = "x", .path = "x", .limit_ns = LIMIT_NS,
    };
    struct ob_err err = { 0 };
    struct remote *r;
    pthread_t thread;

    if (memory.fd < 0)
        memory.fd = memfd_create("fuzz", MFD_CLOEXEC);
    p.block = g_byte_array_new();
    type_pack(p.block);
    if (!peer_start(&p, &thread, &setup.sock))
        abort();
    if (remote_open(&setup, &r, &err) == 0) {
        drive(r, &p, &thread);
        if (remote_gone(r) &&
            (strchr(remote_gone(r), '\n') || page[0] != 0xff))
            abort();
        remote_free(r);
    }
    pthread_join(thread, NULL);
    g_byte_array_free(p.block, TRUE);
    return 0;
}
