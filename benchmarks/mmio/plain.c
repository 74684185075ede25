/* SPDX-License-Identifier: MIT */
/*
 * A model for the benchmark that shows the cost of simple isolation. For each
 * access, it sends a request to another process over a UNIX socket, and blocks
 * until the answer arrives. No real model should do this.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <outboard/outboard.h>

struct plain {
    uint32_t sock_plus_1;   /* 0: no socket yet */
};

struct request {
    uint64_t offset, value;
    uint32_t bytes, write;
};

/* The other process: answer with the last value written, until QEMU ends. */
static void __attribute__((noreturn)) answer_all(int sock)
{
    struct request r;
    uint64_t value = 1;

    while (read(sock, &r, sizeof(r)) == sizeof(r)) {
        if (r.write)
            value = r.value;
        r.value = value;
        if (write(sock, &r, sizeof(r)) != sizeof(r))
            break;
    }
    _exit(0);
}

static int32_t plain_create(struct ob_dev *dev)
{
    struct plain *p = ob_state(dev);
    int socks[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
        return ob_refuse(dev, "no socket");
    pid = fork();
    if (pid < 0)
        return ob_refuse(dev, "no process");
    close(socks[pid ? 1 : 0]);
    if (!pid)
        answer_all(socks[1]);
    p->sock_plus_1 = (uint32_t)socks[0] + 1;
    return OB_OK;
}

static uint64_t turn(struct ob_dev *dev, struct request r)
{
    struct plain *p = ob_state(dev);
    int sock = (int)p->sock_plus_1 - 1;

    if (write(sock, &r, sizeof(r)) != sizeof(r) ||
        read(sock, &r, sizeof(r)) != sizeof(r))
        return ~UINT64_C(0);
    return r.value;
}

static uint64_t plain_read(struct ob_dev *dev, uint32_t region,
                           uint64_t offset, uint32_t bytes)
{
    return turn(dev, (struct request){ offset, 0, bytes, 0 });
}

static void plain_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint64_t value, uint32_t bytes)
{
    turn(dev, (struct request){ offset, value, bytes, 1 });
}

static const struct ob_region plain_regions[] = {
    { .name = "registers", .bytes = 0x1000, .access_min = 4, .access_max = 4,
      .on_read = plain_read, .on_write = plain_write },
};

OB_DEVICE(plain_type, "bench-plain", struct plain,
          "blocking socket, for the benchmark",
          .regions = OB_ARRAY(plain_regions), .create = plain_create);
OB_MODULE("plain", "1.0", "MIT", &plain_type);
