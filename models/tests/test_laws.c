/* SPDX-License-Identifier: MIT */
/* Unit tests: all types of the library obey the laws of laws.h. */
#include "laws.h"

#include <stdio.h>

#include "models.h"

static const struct ob_device_type *const rp2040_types[] = {
    &rp2040_atomic_type, &rp2040_bootrom_type, &rp2040_clocks_type,
    &rp2040_dma_type, &rp2040_io_bank0_type, &rp2040_pads_type,
    &rp2040_pll_type, &rp2040_pwm_type, &rp2040_resets_type,
    &rp2040_rosc_type, &rp2040_rtc_type, &rp2040_sio_type,
    &rp2040_system_type, &rp2040_timer_type, &rp2040_watchdog_type,
    &rp2040_xosc_type,
};
const struct ob_module laws_module = FAKES_MODULE("rp2040", rp2040_types);

/* --- types that need a part behind them ----------------------------------- */

static struct ob_bench_dev *with_target(struct ob_bench *b, const char *type,
                                        const char *id)
{
    struct ob_bench_dev *d = ob_bench_dev_new(b, type, id), *part;
    char name[32];

    snprintf(name, sizeof(name), "%s-part", id);
    part = ob_bench_make(b, "fake-part", name, NULL);
    assert_int_equal(ob_bench_link(d, "target", part), 0);
    assert_int_equal(ob_bench_create(d), 0);
    return d;
}

static struct ob_bench_dev *aux_make(struct ob_bench *b, const char *id)
{
    return with_target(b, "bcm2711-aux-shim", id);
}

static struct ob_bench_dev *gpio_make(struct ob_bench *b, const char *id)
{
    return with_target(b, "bcm2711-gpio-shim", id);
}

static struct ob_bench_dev *otg_make(struct ob_bench *b, const char *id)
{
    return with_target(b, "bcm2711-otg-shim", id);
}

static struct ob_bench_dev *property_make(struct ob_bench *b, const char *id)
{
    struct ob_bench_dev *d = ob_bench_dev_new(b, "bcm2711-property-shim", id);
    struct ob_bench_bus *copies = ob_bench_bus_new(b);
    char name[32];

    (void)ob_bench_ram(copies, 0x7c000000, 0x10000);
    for (unsigned n = 0; n < 2; n++) {
        const char *link = n == 0 ? "target" : "fb";

        snprintf(name, sizeof(name), "%s-%s", id, link);
        assert_non_null(ob_bench_make(b, "fake-part", name, NULL));
        assert_int_equal(ob_bench_set(d, link, name), 0);
    }
    assert_int_equal(ob_bench_link_bus(d, "copy-mr", copies), 0);
    assert_int_equal(ob_bench_create(d), 0);
    return d;
}

/* The VideoCore's bus is empty: each read is an error. */
static struct ob_bench_dev *pi_dma_make(struct ob_bench *b, const char *id)
{
    struct ob_bench_dev *d = ob_bench_dev_new(b, "bcm2711-dma", id);

    assert_int_equal(ob_bench_link_bus(d, "dma-mr", ob_bench_bus_new(b)), 0);
    assert_int_equal(ob_bench_create(d), 0);
    return d;
}

/* Windows in front of plain memory. */
static struct ob_bench_dev *atomic_make(struct ob_bench *b, const char *id)
{
    struct ob_bench_dev *d = ob_bench_dev_new(b, "rp2040-atomic", id);
    struct ob_bench_bus *apb = ob_bench_bus_new(b);
    struct ob_bench_bus *ahb = ob_bench_bus_new(b);

    (void)ob_bench_ram(apb, 0, 0x1000);
    (void)ob_bench_ram(ahb, 0, 0x1000);
    assert_int_equal(ob_bench_link_bus(d, "apb", apb), 0);
    assert_int_equal(ob_bench_link_bus(d, "ahb", ahb), 0);
    assert_int_equal(ob_bench_create(d), 0);
    return d;
}

/* --- registers whose write is an action ----------------------------------- */

#define REG(name, reason) { (name), 0, 0, (reason) }
static const struct law_exception clocks_actions[] = {
    REG("FC0_SRC", "a write measures"), { 0 },
};
static const struct law_exception dma_actions[] = {
    REG("CTRL_TRIG", "a write triggers"),
    REG("AL1_TRANS_COUNT_TRIG", "a write triggers"),
    REG("AL2_WRITE_ADDR_TRIG", "a write triggers"),
    REG("AL3_READ_ADDR_TRIG", "a write triggers"),
    REG("SNIFF_DATA", "OUT_REV and OUT_INV change what a read returns"), { 0 },
};
static const struct law_exception uart_actions[] = {
    REG("DR", "a write sends"), { 0 },
};
static const struct law_exception pwm_actions[] = {
    REG("CTR", "a write sets the count, and its fraction to 0"), { 0 },
};
static const struct law_exception sio_actions[] = {
    REG("DIV_OPERAND", "a write divides"),
    REG("DIV_QUOTIENT", "a write sets DIRTY, a read clears it"),
    REG("DIV_REMAINDER", "a write sets DIRTY"),
    REG("SPINLOCK", "a read takes the lock, a write frees it"), { 0 },
};
static const struct law_exception timer_actions[] = {
    REG("ALARM", "a write arms the alarm"), { 0 },
};
static const struct law_exception xosc_actions[] = {
    REG("COUNT", "a write starts the count"),
    REG("CTRL", "an unknown ENABLE code sets BADWRITE"), { 0 },
};

static const struct law_subject subjects[] = {
    { &arm_pl011_type, NULL, uart_actions, NULL, 0 },
    { &arm_spin_table_type, NULL, NULL, NULL, 0 },
    { &bcm2711_asb_type, NULL, NULL, NULL, 0 },
    { &bcm2711_aux_shim_type, aux_make, NULL, "target=a", 0 },
    { &bcm2711_avs_monitor_type, NULL, NULL, NULL, 0 },
    { &bcm2711_dma_type, pi_dma_make, NULL, NULL, 0 },
    { &bcm2711_gpio_shim_type, gpio_make, NULL, "target=a", 0 },
    { &bcm2711_otg_shim_type, otg_make, NULL, "target=a", 0 },
    { &bcm2711_property_shim_type, property_make, NULL,
      "target=a,fb=b", 0 },
    { &bcm2711_rng200_type, NULL, NULL, NULL, 0 },
    { &google_goldfish_tty_be_type, NULL, NULL, NULL, 0 },
    { &google_goldfish_tty_type, NULL, NULL, NULL, 0 },
    { &outboard_at24c_type, NULL, NULL, NULL, 0 },
    { &outboard_tmp105_type, NULL, NULL, NULL, 0 },
    { &riscv_aclint_type, NULL, NULL, NULL, 0 },
    { &rp2040_atomic_type, atomic_make, NULL, NULL, 0 },
    { &rp2040_bootrom_type, NULL, NULL, NULL, 0 },
    { &rp2040_clocks_type, NULL, clocks_actions, NULL, 0x40008000 },
    { &rp2040_dma_type, NULL, dma_actions, NULL, 0x50000000 },
    { &rp2040_io_bank0_type, NULL, NULL, NULL, 0x40014000 },
    { &rp2040_pads_type, NULL, NULL, NULL, 0x4001c000 },
    { &rp2040_pll_type, NULL, NULL, NULL, 0x40028000 },
    { &rp2040_pwm_type, NULL, pwm_actions, NULL, 0x40050000 },
    { &rp2040_resets_type, NULL, NULL, NULL, 0x4000c000 },
    { &rp2040_rosc_type, NULL, NULL, NULL, 0x40060000 },
    { &rp2040_rtc_type, NULL, NULL, NULL, 0x4005c000 },
    { &rp2040_sio_type, NULL, sio_actions, NULL, 0 },
    { &rp2040_system_type, NULL, NULL, NULL, 0 },
    { &rp2040_timer_type, NULL, timer_actions, NULL, 0x40054000 },
    { &rp2040_watchdog_type, NULL, NULL, NULL, 0x40058000 },
    { &rp2040_xosc_type, NULL, xosc_actions, NULL, 0x40024000 },
};
enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

/* --- the tests: each law for each type ------------------------------------ */

static void test_write_back_changes_nothing(void **state)
{
    laws_write_back(*state);
}

static void test_windows_change_no_other_bit(void **state)
{
    laws_windows(*state);
}

static void test_laws_of_the_bench_hold(void **state)
{
    laws_of_the_bench(*state);
}

static const struct {
    const char *name;
    void (*test)(void **state);
} laws[] = {
    { "write_back_changes_nothing", test_write_back_changes_nothing },
    { "windows_change_no_other_bit", test_windows_change_no_other_bit },
    { "laws_of_the_bench_hold", test_laws_of_the_bench_hold },
};
enum { LAWS = sizeof(laws) / sizeof(laws[0]) };

int main(void)
{
    static char names[SUBJECTS * LAWS][80];
    struct CMUnitTest tests[SUBJECTS * LAWS] = { { 0 } };

    for (uint32_t n = 0; n < SUBJECTS * LAWS; n++) {
        snprintf(names[n], sizeof(names[n]), "test_%s_%s",
                 subjects[n / LAWS].type->name, laws[n % LAWS].name);
        tests[n].name = names[n];
        tests[n].test_func = laws[n % LAWS].test;
        tests[n].initial_state = (void *)(uintptr_t)&subjects[n / LAWS];
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
