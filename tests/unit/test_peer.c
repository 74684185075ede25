/* SPDX-License-Identifier: MIT */
/* A model in another language, that knows docs/ipc.md and nothing of ours. */
#include <poll.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <outboard/ext/draft/i2c-bench.h>

#include "remote/remote.h"
#include "remote_types.h"

enum { A = 0, B = 4, SUM = 8, BUTTON = 12 };

static char *program, *i2c_program;

struct peer {
    pid_t pid;
    struct remote *remote;
    struct ob_bench *bench;
    struct ob_bench_dev *dev;
};

static pid_t program_start(char *path, int sock)
{
    char *argv[] = { path, NULL };
    posix_spawn_file_actions_t actions;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, sock, 3);
    assert_int_equal(posix_spawn(&pid, path, &actions, NULL, argv, environ),
                     0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static struct peer peer_open(char *path, const char *type)
{
    struct remote_setup setup = {
        .module = -1, .name = "peer", .path = path,
        .limit_ns = UINT64_C(30000000000),
    };
    struct ob_err err = { 0 };
    struct peer p;
    int socks[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
    assert_true(dup2(socks[1], 20) == 20);
    close(socks[1]);
    p.pid = program_start(path, 20);
    close(20);
    setup.sock = socks[0];
    if (remote_open(&setup, &p.remote, &err))
        fail_msg("%s", err.text);
    p.bench = ob_bench_new();
    assert_int_equal(isolated_types(p.bench, p.remote), 0);
    p.dev = ob_bench_make(p.bench, type, "one", NULL);
    assert_non_null(p.dev);
    return p;
}

static struct peer peer_new(void)
{
    return peer_open(program, "py-adder");
}

/* It ends by itself once the socket closes. */
static void peer_free(struct peer *p)
{
    int status;

    assert_int_equal(ob_bench_free(p->bench), 0);
    assert_null(remote_gone(p->remote));
    remote_free(p->remote);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    assert_int_equal(status, 0);
}

static void test_peer_serves_registers(void **state)
{
    struct peer p = peer_new();

    (void)state;
    for (uint32_t n = 0; n < 500; n++) {
        ob_bench_write32(p.dev, 0, A, n);
        ob_bench_write32(p.dev, 0, B, 3 * n);
        assert_int_equal(ob_bench_read32(p.dev, 0, SUM), 4 * n);
    }
    peer_free(&p);
}

static void test_peer_raises_its_line(void **state)
{
    struct peer p = peer_new();

    (void)state;
    ob_bench_write32(p.dev, 0, A, 0xffffffff);
    assert_false(ob_bench_irq(p.dev, 0, 0));
    ob_bench_write32(p.dev, 0, B, 1);
    assert_true(ob_bench_irq(p.dev, 0, 0));
    assert_int_equal(ob_bench_read32(p.dev, 0, SUM), 0);
    ob_bench_reset(p.dev);
    assert_false(ob_bench_irq(p.dev, 0, 0));
    peer_free(&p);
}

/* No host asks it anything until its line is up. */
static void test_peer_raises_a_line_by_itself(void **state)
{
    struct peer p = peer_new();
    struct pollfd rung = { .fd = remote_sock(p.remote),
                           .events = POLLIN };

    (void)state;
    assert_int_equal(ob_bench_read32(p.dev, 0, BUTTON), 0);
    assert_int_equal(kill(p.pid, SIGUSR1), 0);
    assert_int_equal(poll(&rung, 1, 60000), 1);
    assert_false(ob_bench_irq(p.dev, 1, 0));
    remote_check(p.remote);
    assert_true(ob_bench_irq(p.dev, 1, 0));
    assert_int_equal(ob_bench_read32(p.dev, 0, BUTTON), 1);
    ob_bench_write32(p.dev, 0, BUTTON, 0);
    assert_false(ob_bench_irq(p.dev, 1, 0));
    peer_free(&p);
}

static void test_peer_saves_and_restores(void **state)
{
    struct peer p = peer_new();
    size_t count;
    uint8_t *saved;

    (void)state;
    ob_bench_write32(p.dev, 0, A, 40);
    ob_bench_write32(p.dev, 0, B, 2);
    saved = ob_bench_save(p.dev, &count);
    ob_bench_reset(p.dev);
    assert_int_equal(ob_bench_read32(p.dev, 0, SUM), 0);
    assert_int_equal(ob_bench_restore(p.dev, saved, count), 0);
    assert_int_equal(ob_bench_read32(p.dev, 0, SUM), 42);
    assert_int_equal(ob_bench_restore(p.dev, saved, count - 1), OB_E_INVALID);
    assert_string_equal(ob_bench_error(p.bench),
                        "py-adder: saved state is not two numbers and a "
                        "button");
    free(saved);
    peer_free(&p);
}

/* It is handed memory, which it neither asked for nor takes. */
static void test_peer_passes_over_memory(void **state)
{
    struct peer p = peer_new();
    struct host_memory m = { 0, memfd_create("test", MFD_ALLOW_SEALING), 4096,
                            false };
    struct ob_err err = { 0 };
    uint32_t number, count = 0;

    (void)state;
    assert_int_equal(ftruncate(m.fd, 4096), 0);
    do {
        m.id = host_memory_id();
    } while (!remote_memory(p.remote, &m, &number, &err) && ++count);
    /* As far as its socket takes them, and no further. */
    assert_true(count > 8);
    if (err.code == -EAGAIN)
        assert_string_equal(err.text, "the process takes no memory (Resource "
                                      "temporarily unavailable)");
    else
        assert_int_equal(err.code, -ENOSPC);
    ob_bench_write32(p.dev, 0, A, 40);
    ob_bench_write32(p.dev, 0, B, 2);
    assert_int_equal(ob_bench_read32(p.dev, 0, SUM), 42);
    close(m.fd);
    peer_free(&p);
}

static uint32_t temperature_read(struct peer *p)
{
    uint8_t reg = 0, bytes[3];

    assert_int_equal(ob_bench_i2c_transfer(p->dev, &reg, 1, bytes, 3), 1);
    assert_int_equal(bytes[2], 0xff);
    return (uint32_t)(bytes[0] << 8 | bytes[1]);
}

static void test_peer_on_i2c_serves_transfers(void **state)
{
    struct peer p = peer_open(i2c_program, "py-sensor");
    size_t count;
    uint8_t *saved;

    (void)state;
    assert_int_equal(ob_bench_i2c_address(p.dev), 0x49);
    assert_int_equal(temperature_read(&p), 0x1900);
    assert_int_equal(ob_bench_set(p.dev, "temperature", "-500"), 0);
    assert_int_equal(temperature_read(&p), 0xff80);
    saved = ob_bench_save(p.dev, &count);
    assert_int_equal(ob_bench_set(p.dev, "temperature", "30000"), 0);
    ob_bench_reset(p.dev);
    assert_int_equal(temperature_read(&p), 0x1e00);
    assert_int_equal(ob_bench_restore(p.dev, saved, count), 0);
    assert_int_equal(temperature_read(&p), 0xff80);
    assert_int_equal((int64_t)device_prop_get(p.dev->device, 0), -500);
    free(saved);
    peer_free(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peer_serves_registers),
        cmocka_unit_test(test_peer_raises_its_line),
        cmocka_unit_test(test_peer_raises_a_line_by_itself),
        cmocka_unit_test(test_peer_saves_and_restores),
        cmocka_unit_test(test_peer_passes_over_memory),
        cmocka_unit_test(test_peer_on_i2c_serves_transfers),
    };

    if (argc != 3)
        return 1;
    program = argv[1];
    i2c_program = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
