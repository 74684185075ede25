/* SPDX-License-Identifier: MIT */
/* How one side of a connection waits: src/ipc/wait.c. */
#include "ipc/wait.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "given_back.h"

/* What is waited for: it is there after `after` looks. */
struct thing {
    int looks, after;
    long look_ns;               /* each look takes so long */
};

static int thing_ready(void *opaque)
{
    struct thing *t = opaque;
    struct timespec time = { 0, t->look_ns };

    if (t->look_ns)
        nanosleep(&time, NULL);
    return ++t->looks > t->after;
}

static int thing_never(void *opaque)
{
    (void)opaque;
    return 0;
}

struct side {
    struct ipc_wait w;
    uint32_t word, cpu, peer_cpu;
    int peer;
};

static void side_open(struct side *s)
{
    int socks[2];

    memset(s, 0, sizeof(*s));
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
    ipc_wait_init(&s->w);
    s->w.sock = socks[0];
    s->peer = socks[1];
    s->w.cpu = &s->cpu;
    s->w.peer_cpu = &s->peer_cpu;
    s->w.slice_max_ns = 16000000;
    s->w.limit_ns = 1;
}

static void side_close(struct side *s)
{
    close(s->w.sock);
    close(s->peer);
}

static void test_wait_over_at_the_first_looks_does_not_yield(void **state)
{
    struct thing t = { .after = 3 };
    struct side s;

    (void)state;
    side_open(&s);
    s.w.spin_max_ns = s.w.spin_ns = 50000;
    assert_int_equal(ipc_wait_awake(&s.w, thing_ready, &t), 1);
    assert_int_equal(t.looks, 4);
    assert_false(s.w.yields_first);
    assert_int_equal(s.w.waits, 0);
    side_close(&s);
}

/*
 * An answer that a yield brought makes the next wait yield sooner. An answer
 * that a look finds ends that again.
 */
static void test_wait_over_after_a_yield_yields_sooner_next(void **state)
{
    struct thing late = { .after = 60 }, soon = { .after = 20 };
    struct thing at_once = { .after = 0 };
    struct side s;

    (void)state;
    side_open(&s);
    s.w.spin_max_ns = s.w.spin_ns = 50000;
    s.w.yield_backoff = 48;
    assert_int_equal(ipc_wait_awake(&s.w, thing_ready, &late), 1);
    assert_int_equal(late.looks, 61);
    assert_true(s.w.yields_first);
    assert_int_equal(s.w.yield_backoff, 0);
    s.w.yield_pause = 5;
    assert_int_equal(ipc_wait_awake(&s.w, thing_ready, &soon), 1);
    assert_int_equal(soon.looks, 21);
    assert_int_equal(s.w.yield_pause, 4);
    assert_int_equal(ipc_wait_awake(&s.w, thing_ready, &at_once), 1);
    assert_false(s.w.yields_first);
    side_close(&s);
}

/* A long yield: the pauses are 16, 48, 112, ... and 4096 at most. */
static void test_yield_that_takes_long_is_not_tried_for_a_while(void **state)
{
    static const uint32_t pauses[] = { 16, 48, 112, 240, 496, 1008, 2032,
                                       4080, 4096, 4096 };
    struct thing slow = { .after = 100000, .look_ns = 60000 };
    struct side s;

    (void)state;
    side_open(&s);
    s.w.spin_max_ns = 0;
    for (size_t n = 0; n < sizeof(pauses) / sizeof(*pauses); n++) {
        assert_int_equal(ipc_wait_awake(&s.w, thing_ready, &slow), 0);
        assert_int_equal(slow.looks, n + 1);
        assert_int_equal(s.w.yield_pause, pauses[n]);
        assert_false(s.w.yields_first);
        s.w.yield_pause = 0;
    }
    side_close(&s);
}

static void test_wait_on_one_core_only_yields(void **state)
{
    struct thing t = { .after = 1000 };
    struct side s;

    (void)state;
    side_open(&s);
    s.w.spin_max_ns = s.w.spin_ns = 0;
    assert_int_equal(ipc_wait_awake(&s.w, thing_ready, &t), 0);
    /* Four yields; fewer if the machine is busy and one took long. */
    assert_in_range(t.looks, 1, 4);
    side_close(&s);
}

static void sleep_in_vain(struct side *s)
{
    struct ob_err err = { 0 };

    assert_int_equal(ipc_wait_asleep(&s->w, &s->word, thing_never, NULL, &err),
                     -ETIMEDOUT);
    assert_string_equal(err.text, "the process at the other end does nothing "
                                  "for 1e-09 s");
    assert_int_equal(s->word, 0);
}

/* The thread stays where it is, so that both seem to share a processor. */
static void here_only(cpu_set_t *ret_before)
{
    cpu_set_t here;

    assert_int_equal(sched_getaffinity(0, sizeof(here), ret_before), 0);
    CPU_ZERO(&here);
    CPU_SET((unsigned)sched_getcpu(), &here);
    assert_int_equal(sched_setaffinity(0, sizeof(here), &here), 0);
}

static void together_sleep(struct side *s, int times)
{
    for (int n = 0; n < times; n++) {
        s->peer_cpu = (uint32_t)sched_getcpu() + 1;
        sleep_in_vain(s);
    }
}

/*
 * Sixteen sleeps in a row on the peer's processor: the thread moves if it may
 * use others, and may use all of them afterwards.
 */
static void test_sleeps_beside_the_peer_move_the_thread(void **state)
{
    cpu_set_t before, after;
    struct side s;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    side_open(&s);
    s.w.spin_max_ns = 50000;
    s.w.may_move = true;
    for (int n = 0; n < 200 && !s.w.moves; n++)
        together_sleep(&s, 1);
    assert_int_equal(s.w.moves, CPU_COUNT(&before) > 1);
    assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
    side_close(&s);
}

static void test_thread_that_may_use_one_processor_does_not_move(void **state)
{
    cpu_set_t before;
    struct side s;

    (void)state;
    here_only(&before);
    side_open(&s);
    s.w.spin_max_ns = 50000;
    s.w.may_move = true;
    together_sleep(&s, 20);
    assert_int_equal(s.w.moves, 0);
    assert_int_equal(s.w.together, 4);
    assert_int_equal(s.cpu, s.peer_cpu);
    side_close(&s);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

/* QEMU's threads never move, and a peer that says nothing moves no thread. */
static void test_sleeps_of_qemu_or_beside_a_silent_peer_stay(void **state)
{
    struct side s;

    (void)state;
    side_open(&s);
    s.w.spin_max_ns = 50000;
    together_sleep(&s, 20);
    assert_int_equal(s.w.moves, 0);
    s.w.may_move = true;
    s.peer_cpu = 0;
    for (int n = 0; n < 20; n++)
        sleep_in_vain(&s);
    assert_int_equal(s.w.moves, 0);
    assert_int_equal(s.w.together, 0);
    side_close(&s);
}

static void test_peer_that_closes_ends_the_sleep(void **state)
{
    struct ob_err err = { 0 };
    struct side s;

    (void)state;
    side_open(&s);
    s.w.limit_ns = 0;
    close(s.peer);
    assert_true(ipc_wait_peer_closed(&s.w));
    assert_int_equal(ipc_wait_asleep(&s.w, &s.word, thing_never, NULL, &err),
                     -EPIPE);
    assert_string_equal(err.text, "the process at the other end is gone");
    s.peer = dup(s.w.sock);
    side_close(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        UNIT_TEST(test_wait_over_at_the_first_looks_does_not_yield),
        UNIT_TEST(test_wait_over_after_a_yield_yields_sooner_next),
        UNIT_TEST(test_yield_that_takes_long_is_not_tried_for_a_while),
        UNIT_TEST(test_wait_on_one_core_only_yields),
        UNIT_TEST(test_sleeps_beside_the_peer_move_the_thread),
        UNIT_TEST(test_thread_that_may_use_one_processor_does_not_move),
        UNIT_TEST(test_sleeps_of_qemu_or_beside_a_silent_peer_stay),
        UNIT_TEST(test_peer_that_closes_ends_the_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
