/* SPDX-License-Identifier: MIT */
/* Unit tests of the BCM2711's parts, its small shims, and the spin table. */
#include "fakes.h"

/* --- rng200 --------------------------------------------------------------- */

enum { RNG_CTRL = 0x00, RNG_SOFT_RESET = 0x04, RNG_TOTAL = 0x0c,
       RNG_THRESHOLD = 0x10, RNG_STATUS = 0x18, RNG_ENABLE = 0x1c,
       RNG_DATA = 0x20, RNG_COUNT = 0x24 };

static void test_rng_disabled_has_nothing(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-rng200", "d", NULL);

    assert_int_equal(ob_bench_read32(d, 0, RNG_COUNT) & 0xff, 0);
    assert_int_equal(ob_bench_read32(d, 0, RNG_DATA), 0);
    fakes_end(b);
}

static void test_rng_enabled_gives_differing_words(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-rng200", "d", NULL);
    uint32_t first;

    ob_bench_write32(d, 0, RNG_CTRL, 1);
    assert_int_not_equal(ob_bench_read32(d, 0, RNG_COUNT) & 0xff, 0);
    assert_true(ob_bench_read32(d, 0, RNG_TOTAL) > 16);
    first = ob_bench_read32(d, 0, RNG_DATA);
    assert_int_not_equal(first, ob_bench_read32(d, 0, RNG_DATA));
    assert_int_equal(ob_bench_log_count(b), 0);
    fakes_end(b);
}

static void test_rng_threshold_met_interrupts(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-rng200", "d", NULL);

    ob_bench_write32(d, 0, RNG_THRESHOLD, 513);
    ob_bench_write32(d, 0, RNG_ENABLE, 1);
    ob_bench_write32(d, 0, RNG_CTRL, 1);
    assert_false(ob_bench_irq(d, 0, 0));
    ob_bench_read32(d, 0, RNG_DATA);
    assert_true(ob_bench_irq(d, 0, 0));
    fakes_restore(d);
    assert_true(ob_bench_irq(d, 0, 0));
    ob_bench_write32(d, 0, RNG_THRESHOLD, 0xffffffff);
    ob_bench_write32(d, 0, RNG_STATUS, 0xffffffff);
    assert_false(ob_bench_irq(d, 0, 0));
    fakes_end(b);
}

static void test_rng_soft_reset_held_stops(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-rng200", "d", NULL);

    ob_bench_write32(d, 0, RNG_CTRL, 1);
    ob_bench_write32(d, 0, RNG_SOFT_RESET, 1);
    assert_int_equal(ob_bench_read32(d, 0, RNG_COUNT) & 0xff, 0);
    assert_int_equal(ob_bench_read32(d, 0, RNG_TOTAL), 0);
    ob_bench_write32(d, 0, RNG_SOFT_RESET, 0);
    assert_int_not_equal(ob_bench_read32(d, 0, RNG_COUNT) & 0xff, 0);
    fakes_end(b);
}

/* --- avs monitor ---------------------------------------------------------- */

/* Compute as Linux does: valid bits, then slope and offset. */
static int avs_millic(struct ob_bench_dev *d)
{
    uint32_t value = ob_bench_read32(d, 0, 0x200);

    assert_int_equal(value & 0x10400, 0x10400);
    return 410040 - 487 * (int)(value & 0x3ff);
}

static void test_avs_temperature_is_property(void **state)
{
    struct ob_bench *b = fakes_bench();
    const char *const type = "bcm2711-avs-monitor";

    assert_in_range(avs_millic(ob_bench_make(b, type, "a", NULL)), 45000 - 244,
                    45000 + 244);
    assert_in_range(
        avs_millic(ob_bench_make(b, type, "b", "temperature=80000")),
        80000 - 244, 80000 + 244);
    fakes_end(b);
}

static void test_avs_temperature_impossible_is_refused(void **state)
{
    struct ob_bench *b = fakes_bench();

    assert_null(
        ob_bench_make(b, "bcm2711-avs-monitor", "d", "temperature=125001"));
    assert_non_null(strstr(ob_bench_error(b), "temperature"));
    fakes_end(b);
}

/* --- asb ------------------------------------------------------------------ */

enum { ASB_V3D_M = 0x0c, ASB_ID = 0x20 };

static void test_asb_identifies_itself(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-asb", "d", NULL);

    assert_int_equal(ob_bench_read32(d, 0, ASB_ID), 0x62726467);
    fakes_end(b);
}

static void test_asb_stop_is_acknowledged(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-asb", "d", NULL);

    ob_bench_write32(d, 0, ASB_V3D_M, 0x5a000001);
    assert_int_equal(ob_bench_read32(d, 0, ASB_V3D_M) & 3, 3);
    /* Linux writes the value that it has read, with the bit cleared. */
    ob_bench_write32(d, 0, ASB_V3D_M, 0x5a000000);
    assert_int_equal(ob_bench_read32(d, 0, ASB_V3D_M) & 3, 0);
    fakes_end(b);
}

static void test_asb_without_password_changes_nothing(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-asb", "d", NULL);

    ob_bench_write32(d, 0, ASB_V3D_M, 1);
    assert_int_equal(ob_bench_read32(d, 0, ASB_V3D_M), 0);
    assert_true(ob_bench_log_has(b, "without the password"));
    fakes_end(b);
}

/* --- aux shim ------------------------------------------------------------- */

enum { MU_IO = 0x40, MU_IER = 0x44, MU_LCR = 0x4c, MU_SCRATCH = 0x5c,
       MU_BAUD = 0x68 };

static void test_aux_divisor_stays_out_of_ier(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *behind = ob_bench_make(b, "fake-part", "aux", NULL);
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-aux-shim", "d",
                                           "target=aux");

    ob_bench_write32(d, 0, MU_LCR, 0x83);
    ob_bench_write32(d, 0, MU_IO, 0x62);
    ob_bench_write32(d, 0, MU_IER, 0x02);
    assert_int_equal(ob_bench_read32(behind, 0, MU_IO), 0);
    assert_int_equal(ob_bench_read32(behind, 0, MU_IER), 0);
    assert_int_equal(ob_bench_read32(d, 0, MU_BAUD), 0x262);
    assert_int_equal(ob_bench_read32(d, 0, MU_IO), 0x62);
    assert_int_equal(ob_bench_read32(d, 0, MU_IER), 0x02);
    fakes_end(b);
}

static void test_aux_other_accesses_are_passed_on(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *behind = ob_bench_make(b, "fake-part", "aux", NULL);
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-aux-shim", "d",
                                           "target=aux");

    ob_bench_write32(d, 0, MU_LCR, 0x03);
    ob_bench_write32(d, 0, MU_IO, 'A');
    ob_bench_write32(d, 0, MU_SCRATCH, 0x5a);
    assert_int_equal(ob_bench_read32(behind, 0, MU_IO), 'A');
    assert_int_equal(ob_bench_read32(behind, 0, MU_SCRATCH), 0);
    fakes_restore(d);
    assert_int_equal(ob_bench_read32(d, 0, MU_SCRATCH), 0x5a);
    assert_int_equal(ob_bench_read32(d, 0, MU_LCR), 0x03);
    fakes_end(b);
}

/* Linux's 8250 driver accesses bytes; QEMU's part has only words. */
static void test_aux_bytes_reach_target_as_words(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *behind = ob_bench_make(b, "fake-part", "aux", NULL);
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-aux-shim", "d",
                                           "target=aux");

    ob_bench_write8(d, 0, MU_IO, 'A');
    assert_int_equal(ob_bench_read32(behind, 0, MU_IO), 'A');
    ob_bench_write32(behind, 0, 0x64, 0x12345678);
    assert_int_equal(ob_bench_read8(d, 0, 0x64), 0x78);
    assert_int_equal(ob_bench_read16(d, 0, 0x66), 0x1234);
    ob_bench_write8(d, 0, MU_LCR, 0x83);
    ob_bench_write8(d, 0, MU_IO, 0x62);
    ob_bench_write8(d, 0, MU_IER, 0x02);
    assert_int_equal(ob_bench_read32(d, 0, MU_BAUD), 0x262);
    assert_int_equal(ob_bench_read32(behind, 0, MU_IO), 'A');
    assert_int_equal(ob_bench_log_count(b), 0);
    fakes_end(b);
}

static void test_aux_without_target_is_refused(void **state)
{
    struct ob_bench *b = fakes_bench();

    assert_null(ob_bench_make(b, "bcm2711-aux-shim", "d", NULL));
    assert_non_null(strstr(ob_bench_error(b), "target"));
    fakes_end(b);
}

/* --- gpio shim ------------------------------------------------------------ */

static void test_gpio_pulls_keep_their_settings(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *behind = ob_bench_make(b, "fake-part", "g", NULL);
    struct ob_bench_dev *d = ob_bench_make(b, "bcm2711-gpio-shim", "d",
                                           "target=g");

    assert_int_equal(ob_bench_read32(d, 0, 0xe4), 0xaaa95555);
    ob_bench_write32(d, 0, 0xf0, 0x12345);
    fakes_restore(d);
    assert_int_equal(ob_bench_read32(d, 0, 0xf0), 0x12345);
    assert_int_equal(ob_bench_read32(behind, 0, 0xf0), 0);
    ob_bench_write32(d, 0, 0x1c, 4);
    assert_int_equal(ob_bench_read32(behind, 0, 0x1c), 4);
    assert_int_equal(ob_bench_read32(d, 0, 0x1c), 4);
    fakes_end(b);
}

/* --- spin table ----------------------------------------------------------- */

static void test_spin_slot_written_powers_its_cpu(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "arm-spin-table", "d", NULL);

    ob_bench_write64(d, 0, 16, 0x80000);
    assert_int_equal(ob_bench_output(d, 0, 1), 0);
    assert_int_equal(ob_bench_output(d, 0, 2), 1);
    assert_int_equal(ob_bench_read64(d, 0, 16), 0x80000);
    fakes_restore(d);
    assert_int_equal(ob_bench_output(d, 0, 2), 1);
    ob_bench_reset(d);
    assert_int_equal(ob_bench_output(d, 0, 2), 0);
    assert_int_equal(ob_bench_read64(d, 0, 16), 0);
    fakes_end(b);
}

static void test_spin_slot_written_in_halves_keeps_both(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "arm-spin-table", "d", NULL);

    ob_bench_write32(d, 0, 12, 0x1);
    ob_bench_write32(d, 0, 8, 0x80000);
    assert_int_equal(ob_bench_read64(d, 0, 8), 0x100080000);
    assert_int_equal(ob_bench_output_changes(d, 0, 1), 1);
    fakes_end(b);
}

static void test_spin_slot_without_cpu_is_refused(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = ob_bench_make(b, "arm-spin-table", "d", "cpus=2");

    ob_bench_write64(d, 0, 16, 0x80000);
    assert_int_equal(ob_bench_output(d, 0, 2), 0);
    assert_int_equal(ob_bench_read64(d, 0, 16), 0);
    assert_true(ob_bench_log_has(b, "SLOT[2] written, there are 2 CPUs"));
    fakes_end(b);
}

static void test_spin_restored_slot_without_cpu_is_refused(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *four = ob_bench_make(b, "arm-spin-table", "a", NULL);
    struct ob_bench_dev *two = ob_bench_make(b, "arm-spin-table", "b",
                                             "cpus=2");
    size_t count;
    uint8_t *saved;

    ob_bench_write64(four, 0, 24, 0x80000);
    saved = ob_bench_save(four, &count);
    assert_int_not_equal(ob_bench_restore(two, saved, count), 0);
    assert_non_null(strstr(ob_bench_error(b), "saved slot 3 is used"));
    free(saved);
    fakes_end(b);
}

static void test_otg_words_alone_get_through(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d;
    struct fake *behind;

    behind = ob_bench_state(ob_bench_make(b, "fake-part", "otg", NULL));
    d = ob_bench_make(b, "bcm2711-otg-shim", "d", "target=otg");
    ob_bench_write32(d, 0, 0x40, 0x12345678);
    assert_int_equal(behind->words[0x10], 0x12345678);
    assert_int_equal(ob_bench_read32(d, 0, 0x40), 0x12345678);
    ob_bench_write8(d, 0, 0x41, 0xff);
    ob_bench_write16(d, 0, 0x42, 0xffff);
    assert_int_equal(ob_bench_read8(d, 0, 0x41), 0);
    assert_int_equal(behind->words[0x10], 0x12345678);
    fakes_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rng_disabled_has_nothing),
        cmocka_unit_test(test_rng_enabled_gives_differing_words),
        cmocka_unit_test(test_rng_threshold_met_interrupts),
        cmocka_unit_test(test_rng_soft_reset_held_stops),
        cmocka_unit_test(test_avs_temperature_is_property),
        cmocka_unit_test(test_avs_temperature_impossible_is_refused),
        cmocka_unit_test(test_asb_identifies_itself),
        cmocka_unit_test(test_asb_stop_is_acknowledged),
        cmocka_unit_test(test_asb_without_password_changes_nothing),
        cmocka_unit_test(test_aux_divisor_stays_out_of_ier),
        cmocka_unit_test(test_aux_other_accesses_are_passed_on),
        cmocka_unit_test(test_aux_bytes_reach_target_as_words),
        cmocka_unit_test(test_aux_without_target_is_refused),
        cmocka_unit_test(test_gpio_pulls_keep_their_settings),
        cmocka_unit_test(test_spin_slot_written_powers_its_cpu),
        cmocka_unit_test(test_spin_slot_written_in_halves_keeps_both),
        cmocka_unit_test(test_spin_slot_without_cpu_is_refused),
        cmocka_unit_test(test_spin_restored_slot_without_cpu_is_refused),
        cmocka_unit_test(test_otg_words_alone_get_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
