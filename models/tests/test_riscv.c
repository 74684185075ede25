/* SPDX-License-Identifier: MIT */
/* Unit tests of the ACLINT: software interrupts and timers of harts. */
#include "fakes.h"

enum { MSWI, MTIMER };                  /* regions */
enum { SOFTWARE, TIMER };               /* outputs */
enum { MTIME = 0x7ff8 };

static void test_aclint_msip_is_one_line_for_each_hart(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", "harts=4");

    ob_bench_write32(d, MSWI, 4 * 3, 0xffffffff);
    assert_int_equal(ob_bench_output(d, SOFTWARE, 3), 1);
    assert_int_equal(ob_bench_output(d, SOFTWARE, 2), 0);
    assert_int_equal(ob_bench_read32(d, MSWI, 4 * 3), 1);
    ob_bench_write32(d, MSWI, 4 * 3, 0xfffffffe);
    assert_int_equal(ob_bench_output(d, SOFTWARE, 3), 0);
    fakes_end(b);
}

static void test_aclint_hart_that_is_not_there_has_no_registers(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", "harts=2");

    ob_bench_write32(d, MSWI, 4 * 2, 1);
    ob_bench_write64(d, MTIMER, 8 * 2, 1);
    assert_int_equal(ob_bench_read32(d, MSWI, 4 * 2), 0);
    assert_int_equal(ob_bench_read64(d, MTIMER, 8 * 2), 0);
    assert_int_equal(ob_bench_output(d, SOFTWARE, 2), 0);
    fakes_end(b);
}

static void test_aclint_time_counts_in_hz_and_in_halves(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", "hz=32768");

    ob_bench_step(b, 2500000000u);
    assert_int_equal(ob_bench_read64(d, MTIMER, MTIME), 81920);
    ob_bench_write32(d, MTIMER, MTIME + 4, 7);
    assert_int_equal(ob_bench_read32(d, MTIMER, MTIME), 81920);
    assert_int_equal(ob_bench_read32(d, MTIMER, MTIME + 4), 7);
    fakes_end(b);
}

static void test_aclint_timer_is_due_to_the_nanosecond(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d",
                                           "harts=2,hz=32768");

    ob_bench_write64(d, MTIMER, 8, 3);
    ob_bench_step(b, 91552);                /* 3 / 32768 s: 91552.7 ns */
    assert_int_equal(ob_bench_output(d, TIMER, 1), 0);
    ob_bench_step(b, 1);
    assert_int_equal(ob_bench_output(d, TIMER, 1), 1);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 0);
    fakes_end(b);
}

static void test_aclint_earliest_of_several_comes_first(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", "harts=3");

    ob_bench_write64(d, MTIMER, 0, 1000);
    ob_bench_write64(d, MTIMER, 8, 10);
    ob_bench_write64(d, MTIMER, 16, 100);
    ob_bench_step(b, 1000);
    assert_int_equal(ob_bench_output(d, TIMER, 1), 1);
    ob_bench_step(b, 9000);
    assert_int_equal(ob_bench_output(d, TIMER, 2), 1);
    ob_bench_write64(d, MTIMER, 8, UINT64_MAX);
    assert_int_equal(ob_bench_output(d, TIMER, 1), 0);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 0);
    ob_bench_step(b, 90000);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 1);
    fakes_end(b);
}

static void test_aclint_time_set_past_compare_is_due_at_once(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", NULL);

    ob_bench_write64(d, MTIMER, 0, 1u << 30);
    ob_bench_write64(d, MTIMER, MTIME, 1u << 30);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 1);
    fakes_end(b);
}

static void test_aclint_late_compare_never_overflows(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", NULL);

    ob_bench_write64(d, MTIMER, 0, UINT64_MAX - 1);
    ob_bench_step(b, 1000000000u);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 0);
    fakes_end(b);
}

static void test_aclint_reset_restarts_time_and_lowers_lines(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", NULL);

    ob_bench_step(b, 5000);
    ob_bench_write32(d, MSWI, 0, 1);
    ob_bench_write64(d, MTIMER, 0, 1);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 1);
    ob_bench_reset(d);
    assert_int_equal(ob_bench_read64(d, MTIMER, MTIME), 0);
    assert_int_equal(ob_bench_output(d, SOFTWARE, 0), 0);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 0);
    fakes_end(b);
}

static void test_aclint_restored_continues_its_count(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "riscv-aclint", "d", NULL);

    ob_bench_write32(d, MSWI, 0, 1);
    ob_bench_write64(d, MTIMER, 0, 100);
    ob_bench_step(b, 5000);
    fakes_restore(d);
    assert_int_equal(ob_bench_output(d, SOFTWARE, 0), 1);
    assert_int_equal(ob_bench_read64(d, MTIMER, MTIME), 50);
    ob_bench_step(b, 5000);
    assert_int_equal(ob_bench_output(d, TIMER, 0), 1);
    fakes_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aclint_msip_is_one_line_for_each_hart),
        cmocka_unit_test(test_aclint_hart_that_is_not_there_has_no_registers),
        cmocka_unit_test(test_aclint_time_counts_in_hz_and_in_halves),
        cmocka_unit_test(test_aclint_timer_is_due_to_the_nanosecond),
        cmocka_unit_test(test_aclint_earliest_of_several_comes_first),
        cmocka_unit_test(test_aclint_time_set_past_compare_is_due_at_once),
        cmocka_unit_test(test_aclint_late_compare_never_overflows),
        cmocka_unit_test(test_aclint_reset_restarts_time_and_lowers_lines),
        cmocka_unit_test(test_aclint_restored_continues_its_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
