/* SPDX-License-Identifier: MIT */
/* Unit tests of Arm's PL011. */
#include "fakes.h"

enum { DR = 0x00, RSR = 0x04, FR = 0x18, IBRD = 0x24, FBRD = 0x28,
       LCR = 0x2c, CR = 0x30, IFLS = 0x34, IMSC = 0x38, RIS = 0x3c,
       MIS = 0x40, ICR = 0x44, DMACR = 0x48, ID = 0xfe0 };
enum { RX = 0x10, TX = 0x20, RT = 0x40, BE = 0x200, OE = 0x400, FEN = 0x10 };
enum { RXFE = 0x10, RXFF = 0x40, TXFE = 0x80, ON = 0x301, LBE = 0x80 };
enum { IRQ, IRQ_RX, IRQ_TX, IRQ_RT, IRQ_MODEM, IRQ_ERROR };
/* 48 MHz / (26 + 3/64) / 16 is 115200 Hz; 32 bits take 278 us. */
enum { HZ = 48000000, TIMEOUT_NS = 278000 };

static struct ob_bench_dev *uart(const char *props, struct ob_bench **ret_b)
{
    struct ob_bench_dev *d;

    *ret_b = fakes_bench();
    d = ob_bench_make(*ret_b, "arm-pl011", "u", props);
    assert_non_null(d);
    ob_bench_clock_set(d, 0, 0, HZ);
    ob_bench_write32(d, 0, IBRD, 26);
    ob_bench_write32(d, 0, FBRD, 3);
    ob_bench_write32(d, 0, LCR, 0x60 | FEN);
    ob_bench_write32(d, 0, CR, ON);
    return d;
}

static void test_pl011_sends_and_interrupts(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, IMSC, TX);
    assert_false(ob_bench_irq(d, IRQ, 0));
    ob_bench_write8(d, 0, DR, 'h');
    ob_bench_write32(d, 0, DR, 'i');
    assert_string_equal(ob_bench_chr_sent(d, 0, 0, NULL), "hi");
    assert_int_equal(ob_bench_read32(d, 0, FR), TXFE | RXFE);
    assert_true(ob_bench_irq(d, IRQ, 0));
    assert_true(ob_bench_irq(d, IRQ_TX, 0));
    ob_bench_write32(d, 0, ICR, TX);
    assert_false(ob_bench_irq(d, IRQ, 0));
    assert_int_equal(ob_bench_log_count(b), 0);
    fakes_end(b);
}

static void test_pl011_trigger_level_interrupts(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, IMSC, RX);
    ob_bench_chr_feed(d, 0, 0, "1234567", 7);
    assert_false(ob_bench_irq(d, IRQ_RX, 0));
    ob_bench_chr_feed(d, 0, 0, "8", 1);
    assert_true(ob_bench_irq(d, IRQ_RX, 0));
    assert_int_equal(ob_bench_read32(d, 0, DR), '1');
    assert_false(ob_bench_irq(d, IRQ_RX, 0));
    fakes_end(b);
}

/* Fewer characters than the trigger level: the timeout interrupts. */
static void test_pl011_timeout_interrupts_for_few(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, IMSC, RT);
    ob_bench_chr_feed(d, 0, 0, "ab", 2);
    ob_bench_step(b, TIMEOUT_NS - 1000);
    fakes_restore(d);
    assert_false(ob_bench_irq(d, IRQ, 0));
    ob_bench_step(b, 2000);
    assert_true(ob_bench_irq(d, IRQ, 0));
    assert_int_equal(ob_bench_read32(d, 0, MIS), RT);
    assert_int_equal(ob_bench_read32(d, 0, DR), 'a');
    assert_true(ob_bench_irq(d, IRQ, 0));
    assert_int_equal(ob_bench_read32(d, 0, DR), 'b');
    assert_false(ob_bench_irq(d, IRQ, 0));
    assert_int_equal(ob_bench_read32(d, 0, FR), TXFE | RXFE);
    fakes_end(b);
}

static void test_pl011_full_fifo_stops_the_flow(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart("revision=2", &b);

    assert_int_equal(ob_bench_chr_feed(d, 0, 0, "0123456789abcdefg", 17), 1);
    assert_int_equal(ob_bench_read32(d, 0, FR), TXFE | RXFF);
    assert_int_equal(ob_bench_read32(d, 0, DR), '0');
    assert_int_equal(ob_bench_chr_waiting(d, 0, 0), 0);
    for (const char *c = "123456789abcdefg"; *c; c++)
        assert_int_equal(ob_bench_read32(d, 0, DR), *c);
    fakes_end(b);
}

static void test_pl011_revision_3_has_32_characters(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart("revision=3", &b);

    assert_int_equal(ob_bench_read32(d, 0, ID + 8), 0x34);
    assert_int_equal(
        ob_bench_chr_feed(d, 0, 0, "0123456789abcdef0123456789abcdef!", 33),
        1);
    ob_bench_write32(d, 0, LCR, 0x60);
    assert_int_equal(ob_bench_read32(d, 0, FR), TXFE | RXFF);
    assert_int_equal(ob_bench_read32(d, 0, DR), '!');
    fakes_end(b);
}

static void test_pl011_receiver_off_takes_nothing(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, CR, 0x101);
    assert_int_equal(ob_bench_chr_feed(d, 0, 0, "a", 1), 1);
    ob_bench_write32(d, 0, CR, ON);
    assert_int_equal(ob_bench_read32(d, 0, DR), 'a');
    fakes_end(b);
}

static void test_pl011_loopback_overruns(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, CR, ON | LBE | 0x800);
    assert_int_equal(ob_bench_read32(d, 0, FR) & 0x107, 1);
    assert_int_equal(ob_bench_read32(d, 0, RIS), 2);
    for (int i = 0; i < 40; i++)
        ob_bench_write32(d, 0, DR, 'A' + i);
    assert_int_equal(ob_bench_read32(d, 0, RIS) & OE, OE);
    for (int i = 0; i < 15; i++)
        assert_int_equal(ob_bench_read32(d, 0, DR), 'A' + i);
    assert_int_equal(ob_bench_read32(d, 0, DR), 'P' | 0x800);
    assert_int_equal(ob_bench_read32(d, 0, RSR), 8);
    ob_bench_write32(d, 0, RSR, 0xff);
    assert_int_equal(ob_bench_read32(d, 0, RSR), 0);
    assert_string_equal(ob_bench_chr_sent(d, 0, 0, NULL), "");
    fakes_end(b);
}

/* Any number of breaks: QEMU 7.2's part wrote beyond its FIFO. */
static void test_pl011_breaks_overrun(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    for (int i = 0; i < 100; i++)
        ob_bench_chr_event(d, 0, 0, OB_CHR_BREAK);
    assert_int_equal(ob_bench_read32(d, 0, RIS), OE | BE | RX);
    assert_int_equal(ob_bench_read32(d, 0, DR), 0x400);
    fakes_end(b);
}

/* A divisor of 0, and the largest: IBRD has 16 bits, FBRD 6. */
static void test_pl011_any_divisor_is_survived(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, FBRD, 0);
    ob_bench_write32(d, 0, IBRD, 0x40000000);
    assert_int_equal(ob_bench_read32(d, 0, IBRD), 0);
    ob_bench_chr_feed(d, 0, 0, "a", 1);
    ob_bench_step(b, TIMEOUT_NS);
    assert_int_equal(ob_bench_read32(d, 0, RIS), RT);
    ob_bench_write32(d, 0, IBRD, 0xffffffff);
    ob_bench_write32(d, 0, FBRD, 0xffffffff);
    assert_int_equal(ob_bench_read32(d, 0, IBRD), 0xffff);
    assert_int_equal(ob_bench_read32(d, 0, FBRD), 0x3f);
    ob_bench_clock_set(d, 0, 0, 1);
    ob_bench_chr_feed(d, 0, 0, "a", 1);
    assert_true(ob_bench_next_deadline(b) <= ob_bench_now(b) + 1000000000);
    fakes_end(b);
}

static void test_pl011_disabled_sends_with_a_log_line(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, CR, 0x300);
    ob_bench_write32(d, 0, DR, 'x');
    ob_bench_write32(d, 0, DR, 'y');
    assert_string_equal(ob_bench_chr_sent(d, 0, 0, NULL), "xy");
    assert_true(ob_bench_log_has(b, "sends, but is not enabled"));
    assert_int_equal(ob_bench_log_count(b), 1);
    fakes_end(b);
}

static void test_pl011_missing_features_are_logged(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = uart(NULL, &b);

    ob_bench_write32(d, 0, LCR, 0x71);
    assert_true(ob_bench_log_has(b, "breaks are not sent"));
    ob_bench_write32(d, 0, DMACR, 3);       /* drivers do this: no warning */
    assert_false(ob_bench_log_has(b, "DMA"));
    assert_int_equal(ob_bench_read32(d, 0, DMACR), 3);
    fakes_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pl011_sends_and_interrupts),
        cmocka_unit_test(test_pl011_trigger_level_interrupts),
        cmocka_unit_test(test_pl011_timeout_interrupts_for_few),
        cmocka_unit_test(test_pl011_full_fifo_stops_the_flow),
        cmocka_unit_test(test_pl011_revision_3_has_32_characters),
        cmocka_unit_test(test_pl011_receiver_off_takes_nothing),
        cmocka_unit_test(test_pl011_loopback_overruns),
        cmocka_unit_test(test_pl011_breaks_overrun),
        cmocka_unit_test(test_pl011_any_divisor_is_survived),
        cmocka_unit_test(test_pl011_disabled_sends_with_a_log_line),
        cmocka_unit_test(test_pl011_missing_features_are_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
