/* SPDX-License-Identifier: MIT */
/*
 * Pages that the guest reads as memory, of a model in a process of its own:
 * the same as here, whatever is done to both.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "isolated.h"
#include "given_back.h"

/* As tests/modules/direct/direct.c has them. */
enum { REGS, BIG, FN, REGIONS };
enum { READS = 0x00, TICK = 0x04, DIE = 0x0c,
       SCRATCH = 0x1004, ROW = 0x1040, FN_VALUE = 0x1010 };

static const char *path;

struct both {
    struct ob_bench *bench[2];
    struct ob_bench_dev *dev[2];
    struct isolated i;
};

static struct both both_new(uint32_t lines)
{
    struct both b = { .i = isolated_open(path, "direct", 0) };

    for (int n = 0; n < 2; n++) {
        b.bench[n] = ob_bench_new();
        ob_bench_log_want(b.bench[n], lines);
    }
    assert_int_equal(ob_bench_load(b.bench[0], path), 0);
    assert_int_equal(isolated_types(b.bench[1], b.i.remote), 0);
    for (int n = 0; n < 2; n++) {
        b.dev[n] = ob_bench_make(b.bench[n], "test-direct", "dut", NULL);
        assert_non_null(b.dev[n]);
    }
    return b;
}

static void both_free(struct both *b)
{
    for (int n = 0; n < 2; n++)
        assert_int_equal(ob_bench_free(b->bench[n]), 0);
    remote_free(b->i.remote);
}

/* Into the middle of the registers, of the pages, or past them. */
static uint64_t offset_of(uint32_t r)
{
    static const uint64_t near[] = { 0, 0x1000, 0x1040, 0xff8, 0x1ff8 };
    uint64_t offset = near[(r >> 4) % 5] + (r >> 8 & 0x1c) + (r >> 13 & 3);

    return offset - offset % (r & 0x8000 ? 4 : 1);
}

static void both_do(struct both *b, uint32_t r)
{
    uint32_t region = (r >> 16) % REGIONS, bytes = 1u << (r >> 18 & 3);
    uint64_t at = offset_of(r), got[2] = { 0, 0 };

    for (int n = 0; n < 2; n++) {
        struct ob_bench_dev *d = b->dev[n];

        if ((r & 15) < 6)
            got[n] = ob_bench_read(d, region, at, bytes);
        else if ((r & 15) < 11 && (region != REGS || at >= 0x100))
            ob_bench_write(d, region, at, r >> 20, bytes);
        else if ((r & 15) == 11)
            ob_bench_write32(d, REGS, TICK, (r >> 20) * 8);
        else if ((r & 15) == 12)
            ob_bench_step(b->bench[n], r >> 18);
        else if ((r & 15) == 13)
            ob_bench_input(d, 0, 0, r >> 20 & 7);
        else if (r >> 22 < 100)
            ob_bench_reset(d);
    }
    if (got[0] != got[1])
        print_error("region %u, %u bytes at 0x%llx\n", region, bytes,
                    (unsigned long long)at);
    assert_int_equal(got[0], got[1]);
}

/* All of what the guest could read, page by page. */
static void both_same(struct both *b)
{
    for (uint32_t region = 0; region < REGIONS; region++)
        for (uint64_t at = region == BIG ? 0 : 0x1000;
             at < (region == BIG ? 0x100u : 0x1100u); at += 4)
            assert_int_equal(ob_bench_read32(b->dev[0], region, at),
                             ob_bench_read32(b->dev[1], region, at));
}

static void both_run(uint32_t lines)
{
    struct both b = both_new(lines);
    uint64_t seed = 7;

    for (int n = 0; n < 8000; n++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        both_do(&b, (uint32_t)(seed >> 32));
        if (n % 100 == 0)
            both_same(&b);
    }
    assert_int_equal(ob_bench_log_count(b.bench[0]),
                     ob_bench_log_count(b.bench[1]));
    for (uint32_t n = 0; n < ob_bench_log_count(b.bench[0]); n++)
        assert_string_equal(ob_bench_log_line(b.bench[0], n),
                            ob_bench_log_line(b.bench[1], n));
    both_free(&b);
}

static void test_pages_do_the_same(void **state)
{
    (void)state;
    both_run(~0u);
}

/* Without lines, what may be posted is. */
static void test_pages_do_the_same_with_posted_writes(void **state)
{
    (void)state;
    both_run(0);
}

static void test_pages_come_back_with_the_state(void **state)
{
    struct both b = both_new(0);
    size_t count;
    uint8_t *saved;

    (void)state;
    ob_bench_write32(b.dev[0], REGS, ROW, 5);
    ob_bench_write32(b.dev[0], FN, FN_VALUE, 6);
    saved = ob_bench_save(b.dev[0], &count);
    assert_int_equal(ob_bench_restore(b.dev[1], saved, count), 0);
    assert_int_equal(ob_bench_read32(b.dev[1], REGS, ROW), 5);
    assert_int_equal(ob_bench_read32(b.dev[1], FN, FN_VALUE), 6);
    free(saved);
    both_free(&b);
}

/* Reads of pages take no message: they go on when no process can answer. */
static void test_pages_are_read_without_the_process(void **state)
{
    struct both b = both_new(0);

    (void)state;
    ob_bench_write32(b.dev[1], REGS, SCRATCH, 5);
    kill(b.i.pid, SIGSTOP);
    for (int n = 0; n < 100; n++)
        assert_int_equal(ob_bench_read32(b.dev[1], REGS, SCRATCH), 5);
    kill(b.i.pid, SIGCONT);
    ob_bench_read32(b.dev[1], REGS, READS);
    assert_null(remote_gone(b.i.remote));
    both_free(&b);
}

static void test_pages_read_all_ones_when_the_process_is_gone(void **state)
{
    struct both b = both_new(0);

    (void)state;
    ob_bench_write32(b.dev[1], REGS, SCRATCH, 5);
    ob_bench_write32(b.dev[1], REGS, DIE, 1);
    assert_non_null(remote_gone(b.i.remote));
    assert_int_equal(ob_bench_read32(b.dev[1], REGS, SCRATCH), 0xffffffff);
    assert_int_equal(ob_bench_read16(b.dev[1], FN, FN_VALUE), 0xffff);
    assert_int_equal(ob_bench_read32(b.dev[1], BIG, 4), 0xffffffff);
    both_free(&b);
}

/* --- a new process -------------------------------------------------------- */

/* A processor that polls a register all the time. */
struct poller {
    struct ob_bench_dev *dev;
    pthread_t thread;
    atomic_uint polls, wrong;
    atomic_bool stop;
};

static void *poller_run(void *opaque)
{
    struct poller *p = opaque;

    while (!p->stop) {
        uint32_t v = ob_bench_read32(p->dev, REGS, SCRATCH);

        p->wrong += v != 5 && v != 0xffffffff && v != 0x5a;
        p->polls++;
    }
    return NULL;
}

static bool all_wanted(void *opaque, struct device *d)
{
    (void)opaque;
    (void)d;
    return true;
}

static void restart(struct isolated *i)
{
    struct remote_setup setup = {
        .module = open(path, O_RDONLY | O_CLOEXEC), .name = "direct",
        .path = path,
    };
    struct ob_err err = { 0 };

    assert_int_equal(
        launcher_process(isolated_launcher(), &setup.sock, &i->pid, &err), 0);
    assert_int_equal(remote_reopen(i->remote, &setup, &err), 0);
    close(setup.module);
    assert_int_equal(remote_restart(i->remote, all_wanted, NULL, &err), 0);
}

/* Between all ones and the registers after reset there is nothing to see. */
static void test_pages_of_a_new_process_are_seen_after_its_reset(void **state)
{
    struct both b = both_new(0);
    struct poller p = { .dev = b.dev[1] };

    (void)state;
    ob_bench_write32(b.dev[1], REGS, SCRATCH, 5);
    assert_int_equal(pthread_create(&p.thread, NULL, poller_run, &p), 0);
    while (!p.polls)
        sched_yield();
    for (int n = 0; n < 10; n++) {
        ob_bench_write32(b.dev[1], REGS, DIE, 1);
        restart(&b.i);
        assert_int_equal(ob_bench_read32(b.dev[1], REGS, SCRATCH), 0x5a);
    }
    p.stop = true;
    pthread_join(p.thread, NULL);
    assert_int_equal(p.wrong, 0);
    both_free(&b);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_pages_do_the_same),
        UNIT_TEST(test_pages_do_the_same_with_posted_writes),
        UNIT_TEST(test_pages_come_back_with_the_state),
        UNIT_TEST(test_pages_are_read_without_the_process),
        UNIT_TEST(test_pages_read_all_ones_when_the_process_is_gone),
        UNIT_TEST(
            test_pages_of_a_new_process_are_seen_after_its_reset),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: %s direct.so\n", argv[0]);
        return 1;
    }
    path = argv[1];
    return cmocka_run_group_tests(tests, isolated_start, isolated_end);
}
