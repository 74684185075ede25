/* SPDX-License-Identifier: MIT */
/*
 * A vfio-user server for the benchmark: a PCI device with one BAR of plain
 * registers. Each access is a request and an answer over the UNIX socket.
 * Source: the protocol's specification (QEMU's docs/interop/vfio-user.rst). The
 * server serves one client and ends with it. Not implemented: interrupts, DMA,
 * BARs that the client maps.
 *
 *     vfio_user_server SOCKET
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum command {
    VERSION = 1, DMA_MAP, DMA_UNMAP, GET_INFO, GET_REGION_INFO,
    GET_REGION_IO_FDS, GET_IRQ_INFO, SET_IRQS, REGION_READ, REGION_WRITE,
    DEVICE_RESET = 13,
};
enum { REPLY = 1, NO_REPLY = 1 << 4, FAILED = 1 << 5 };
enum { DEVICE_RESETS = 1 << 0, DEVICE_PCI = 1 << 1 };
enum { REGION_READS = 1 << 0, REGION_WRITES = 1 << 1 };
enum { REGION_BAR0 = 0, REGION_CONFIG = 7, REGIONS = 9, IRQS = 5 };
enum { BAR_BYTES = 4096, CONFIG_BYTES = 256, BODY_MAX = 65536 };
/* Free for experiments. The guest's program looks for them. */
enum { VENDOR = 0x1234, DEVICE = 0x0b0b, CLASS_OTHER = 0xff };

struct header {
    uint16_t id, command;
    uint32_t bytes, flags, error;
};
struct device_info {
    uint32_t argsz, flags, regions, irqs;
};
struct region_info {
    uint32_t argsz, flags, index, cap_offset;
    uint64_t size, offset;
};
struct irq_info {
    uint32_t argsz, flags, index, count;
};
struct access {
    uint64_t offset;
    uint32_t region, count;
};

_Static_assert(sizeof(struct header) == 16, "fixed");
_Static_assert(sizeof(struct region_info) == 32, "fixed");
_Static_assert(sizeof(struct access) == 16, "fixed");

struct server {
    int sock;
    uint8_t bar[BAR_BYTES];
    uint8_t config[CONFIG_BYTES];
};

/* A request, and then its answer; both payloads are in `body`. */
struct message {
    struct header head;
    uint8_t body[BODY_MAX];
    uint32_t body_bytes;
};

/* --- the socket ----------------------------------------------------------- */

static bool read_all(int sock, void *to, size_t count)
{
    uint8_t *at = to;
    ssize_t n;

    for (; count; at += n, count -= (size_t)n) {
        n = read(sock, at, count);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            return false;
    }
    return true;
}

static bool write_all(int sock, const void *from, size_t count)
{
    const uint8_t *at = from;
    ssize_t n;

    for (; count; at += n, count -= (size_t)n) {
        n = write(sock, at, count);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            return false;
    }
    return true;
}

/* The kernel drops the descriptors that come with DMA_MAP. */
static bool message_take(struct server *s, struct message *m)
{
    if (!read_all(s->sock, &m->head, sizeof(m->head)) ||
        m->head.bytes < sizeof(m->head) ||
        m->head.bytes - sizeof(m->head) > BODY_MAX)
        return false;
    m->body_bytes = m->head.bytes - (uint32_t)sizeof(m->head);
    return read_all(s->sock, m->body, m->body_bytes);
}

/* `code` is 0 or an errno. With an errno, send only the header. */
static bool message_answer(struct server *s, struct message *m, int code)
{
    if (m->head.flags & NO_REPLY)
        return true;
    if (code)
        m->body_bytes = 0;
    m->head.flags = REPLY | (code ? FAILED : 0);
    m->head.error = (uint32_t)code;
    m->head.bytes = (uint32_t)sizeof(m->head) + m->body_bytes;
    return write_all(s->sock, &m->head, sizeof(m->head) + m->body_bytes);
}

_Static_assert(offsetof(struct message, body) == sizeof(struct header),
               "head and body go out in one write");

/* --- commands ------------------------------------------------------------- */

static int version_answer(struct message *m)
{
    static const char capabilities[] = "{\"capabilities\":{}}";

    if (m->body_bytes < 4)
        return EINVAL;
    /* Keep the version (2 + 2 bytes) that the client proposed. */
    memcpy(m->body + 4, capabilities, sizeof(capabilities));
    m->body_bytes = 4 + sizeof(capabilities);
    return 0;
}

static int info_answer(struct message *m)
{
    const struct device_info info = {
        .argsz = sizeof(info), .flags = DEVICE_PCI | DEVICE_RESETS,
        .regions = REGIONS, .irqs = IRQS,
    };

    memcpy(m->body, &info, sizeof(info));
    m->body_bytes = sizeof(info);
    return 0;
}

static uint8_t *region_memory(struct server *s, uint32_t index,
                              uint64_t *ret_bytes)
{
    *ret_bytes = index == REGION_BAR0     ? BAR_BYTES
                 : index == REGION_CONFIG ? CONFIG_BYTES
                                          : 0;
    return index == REGION_CONFIG ? s->config : s->bar;
}

static int region_info_answer(struct server *s, struct message *m)
{
    struct region_info info;

    if (m->body_bytes < sizeof(info))
        return EINVAL;
    memcpy(&info, m->body, sizeof(info));
    if (info.index >= REGIONS)
        return EINVAL;
    region_memory(s, info.index, &info.size);
    info.argsz = sizeof(info);
    info.flags = info.size ? REGION_READS | REGION_WRITES : 0;
    info.cap_offset = 0;
    info.offset = 0;
    memcpy(m->body, &info, sizeof(info));
    m->body_bytes = sizeof(info);
    return 0;
}

static int irq_info_answer(struct message *m)
{
    struct irq_info info;

    if (m->body_bytes < sizeof(info))
        return EINVAL;
    memcpy(&info, m->body, sizeof(info));
    if (info.index >= IRQS)
        return EINVAL;
    info.argsz = sizeof(info);
    info.flags = info.count = 0;
    memcpy(m->body, &info, sizeof(info));
    m->body_bytes = sizeof(info);
    return 0;
}

static int access_answer(struct server *s, struct message *m, bool write)
{
    struct access a;
    uint64_t bytes;
    uint8_t *memory;

    if (m->body_bytes < sizeof(a))
        return EINVAL;
    memcpy(&a, m->body, sizeof(a));
    memory = region_memory(s, a.region, &bytes);
    if (a.offset > bytes || a.count > bytes - a.offset)
        return EINVAL;
    if (write) {
        if (m->body_bytes - sizeof(a) < a.count)
            return EINVAL;
        memcpy(memory + a.offset, m->body + sizeof(a), a.count);
        m->body_bytes = sizeof(a);
    } else {
        memcpy(m->body + sizeof(a), memory + a.offset, a.count);
        m->body_bytes = (uint32_t)sizeof(a) + a.count;
    }
    return 0;
}

static int command_answer(struct server *s, struct message *m)
{
    switch (m->head.command) {
    case VERSION: return version_answer(m);
    case GET_INFO: return info_answer(m);
    case GET_REGION_INFO: return region_info_answer(s, m);
    case GET_IRQ_INFO: return irq_info_answer(m);
    case REGION_READ:
    case REGION_WRITE:
        return access_answer(s, m, m->head.command == REGION_WRITE);
    case DMA_UNMAP: /* answer with the request's body */ return 0;
    case DMA_MAP:
    case SET_IRQS:
    case DEVICE_RESET: m->body_bytes = 0; return 0;
    default: return EOPNOTSUPP;
    }
}

/* --- life ----------------------------------------------------------------- */

static void config_fill(uint8_t *config)
{
    config[0] = VENDOR & 0xff;
    config[1] = VENDOR >> 8;
    config[2] = DEVICE & 0xff;
    config[3] = DEVICE >> 8;
    config[11] = CLASS_OTHER;
}

/* Wait for the first client at `path`. Returns its socket, or -1. */
static int client_wait(const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int client, sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (sock < 0 || strlen(path) >= sizeof(name.sun_path))
        return -1;
    strcpy(name.sun_path, path);
    if (bind(sock, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
        listen(sock, 1) < 0)
        return -1;
    puts("listening");
    fflush(stdout);
    client = accept(sock, NULL, NULL);
    close(sock);
    return client;
}

int main(int argc, char **argv)
{
    static struct server s;
    static struct message m;

    if (argc != 2) {
        fprintf(stderr, "usage: vfio_user_server SOCKET\n");
        return 1;
    }
    config_fill(s.config);
    s.sock = client_wait(argv[1]);
    if (s.sock < 0) {
        perror(argv[1]);
        return 1;
    }
    while (message_take(&s, &m))
        if (!message_answer(&s, &m, command_answer(&s, &m)))
            break;
    close(s.sock);
    return 0;
}
