/* SPDX-License-Identifier: MIT */
/* Unit tests of the RP2040's DMA, PWM and real-time clock. */
#include "fakes.h"

#include "models.h"

static const struct ob_device_type *const devices[] = {
    &rp2040_dma_type, &rp2040_pwm_type, &rp2040_rtc_type,
};
static const struct ob_module module = FAKES_MODULE("rp2040", devices);

enum { SYS_HZ = 100000000, RAM_AT = 0x20000000, CYCLE_NS = 10, US = 1000 };
enum { READ = 0x0, WRITE = 0x4, COUNT = 0x8, CTRL = 0xc };
enum { EN = 1, WORDS = 2 << 2, HALVES = 1 << 2, INCR = 3 << 4,
       ALWAYS = 0x3f << 15, QUIET = 1 << 21, BSWAP = 1 << 22 };
#define CHAIN(n) ((uint32_t)(n) << 11)

static struct ob_bench_dev *part(const char *type, struct ob_bench **ret_b)
{
    struct ob_bench_dev *d;

    *ret_b = fakes_bench();
    assert_int_equal(ob_bench_module(*ret_b, &module), 0);
    d = ob_bench_make(*ret_b, type, "d", NULL);
    assert_non_null(d);
    ob_bench_clock_set(d, 0, 0, SYS_HZ);
    return d;
}

static uint8_t *ram(struct ob_bench *b)
{
    uint8_t *bytes = ob_bench_ram(ob_bench_system(b), RAM_AT, 0x1000);

    for (int i = 0; i < 0x100; i++)
        bytes[i] = (uint8_t)i;
    return bytes;
}

/* Prepare channel `n`: `count` transfers from RAM + `from` to RAM + `to`. */
static void channel(struct ob_bench_dev *d, uint32_t n, uint32_t from,
                    uint32_t to, uint32_t count)
{
    ob_bench_write32(d, 0, n * 0x40 + READ, RAM_AT + from);
    ob_bench_write32(d, 0, n * 0x40 + WRITE, RAM_AT + to);
    ob_bench_write32(d, 0, n * 0x40 + COUNT, count);
}

static void test_dma_copies_in_its_time_and_interrupts(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);
    uint8_t *bytes = ram(b);

    ob_bench_write32(d, 0, 0x404, 1);
    channel(d, 0, 0, 0x800, 64);
    ob_bench_write32(d, 0, CTRL, EN | WORDS | INCR | ALWAYS);
    assert_int_equal(ob_bench_read32(d, 0, CTRL) >> 24 & 1, 1);
    ob_bench_step(b, 64 * CYCLE_NS - 1);
    assert_false(ob_bench_irq(d, 0, 0));
    fakes_restore(d);
    ob_bench_step(b, 1);
    assert_true(ob_bench_irq(d, 0, 0));
    assert_memory_equal(bytes + 0x800, bytes, 256);
    assert_int_equal(ob_bench_read32(d, 0, READ), RAM_AT + 256);
    assert_int_equal(ob_bench_read32(d, 0, COUNT), 0);
    ob_bench_write32(d, 0, 0x40c, 1);
    assert_false(ob_bench_irq(d, 0, 0));
    assert_int_equal(ob_bench_log_count(b), 0);
    fakes_end(b);
}

static void test_dma_swaps_bytes_of_halves(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);
    uint8_t *bytes = ram(b);

    channel(d, 3, 0x10, 0x800, 2);
    ob_bench_write32(d, 0, 3 * 0x40 + CTRL,
                     EN | HALVES | INCR | ALWAYS | BSWAP | CHAIN(3));
    ob_bench_step(b, 1 * US);
    assert_memory_equal(bytes + 0x800, "\x11\x10\x13\x12", 4);
    fakes_end(b);
}

static void test_dma_ring_wraps_reads(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);
    uint8_t *bytes = ram(b);

    channel(d, 0, 0x22, 0x800, 4);
    ob_bench_write32(d, 0, CTRL, EN | INCR | ALWAYS | 2 << 6);
    ob_bench_step(b, 1 * US);
    assert_memory_equal(bytes + 0x800, "\x22\x23\x20\x21", 4);
    fakes_end(b);
}

/*
 * Returns the sum of "123456789". Channel 2 moves it in items of `size`, with
 * CALC `calc`, the flags `out` and the first sum `seed`.
 */
static uint32_t sniffed(uint32_t calc, uint32_t out, uint32_t seed,
                        uint32_t size, uint32_t ctrl)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);
    uint8_t *bytes = ram(b);
    uint32_t sum;

    memcpy(bytes, "123456789\0\0\0", 12);
    ob_bench_write32(d, 0, 0x434, 1 | 2 << 1 | calc << 5 | out);
    ob_bench_write32(d, 0, 0x438, seed);
    channel(d, 2, 0, 0x800, size ? 8 >> size : 9);
    ob_bench_write32(d, 0, 2 * 0x40 + CTRL,
                     EN | size << 2 | INCR | ALWAYS | CHAIN(2) | ctrl);
    ob_bench_step(b, 1 * US);
    sum = ob_bench_read32(d, 0, 0x438);
    fakes_restore(d);
    assert_int_equal(ob_bench_read32(d, 0, 0x438), sum);
    fakes_end(b);
    return sum;
}

enum { SNIFF = 1 << 23, OUT_REV = 1 << 10, OUT_INV = 1 << 11,
       SNIFF_BSWAP = 1 << 9, ONES = -1 };

/* The check values of the CRC catalogue, and of zlib's crc32(). */
static void test_sniff_gives_known_sums_of_bytes(void **state)
{
    assert_int_equal(sniffed(0, OUT_INV, ONES, 0, SNIFF), 0xfc891918);
    assert_int_equal(sniffed(1, OUT_REV | OUT_INV, ONES, 0, SNIFF),
                     0xcbf43926);
    assert_int_equal(sniffed(2, 0, 0xffff, 0, SNIFF), 0x29b1);
    assert_int_equal(sniffed(2, 0, 0, 0, SNIFF), 0x31c3);
    assert_int_equal(sniffed(3, OUT_REV, 0, 0, SNIFF) >> 16, 0x2189);
    assert_int_equal(sniffed(14, 0, 0, 0, SNIFF), 1);
    assert_int_equal(sniffed(15, 0, 7, 0, SNIFF), 0x1dd + 7);
}

/* With BSWAP, a word counts as its bytes in the order of memory. */
static void test_sniff_takes_words_and_their_byte_order(void **state)
{
    uint32_t bytes = 0x9ae0daaf;        /* zlib.crc32(b"12345678") */

    assert_int_equal(sniffed(1, OUT_REV | OUT_INV, ONES, 2, SNIFF), bytes);
    assert_int_equal(
        sniffed(1, OUT_REV | OUT_INV, ONES, 2, SNIFF | BSWAP),
        sniffed(1, OUT_REV | OUT_INV | SNIFF_BSWAP, ONES, 2, SNIFF));
    assert_int_equal(
        sniffed(1, OUT_REV | OUT_INV | SNIFF_BSWAP, ONES, 2, SNIFF | BSWAP),
        bytes);
    assert_int_equal(sniffed(15, 0, 0, 2, SNIFF), 0x34333231 + 0x38373635);
}

static void test_sniff_sees_only_what_is_enabled(void **state)
{
    assert_int_equal(sniffed(15, 0, 5, 0, 0), 5);
    assert_int_equal(sniffed(15, 1 << 1, 5, 0, SNIFF), 5);
}

static void test_sniff_reserved_sum_is_told(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);

    (void)ram(b);
    ob_bench_write32(d, 0, 0x434, 1 | 4 << 5);
    channel(d, 0, 0, 0x800, 1);
    ob_bench_write32(d, 0, CTRL, EN | INCR | ALWAYS | SNIFF);
    ob_bench_step(b, 1 * US);
    assert_true(ob_bench_log_has(b, "SNIFF_CTRL: CALC is reserved"));
    fakes_end(b);
}

static void test_dma_chain_starts_the_next(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);
    uint8_t *bytes = ram(b);

    channel(d, 5, 0, 0x900, 1);
    ob_bench_write32(d, 0, 5 * 0x40 + 0x10,
                     EN | WORDS | INCR | ALWAYS | CHAIN(5));
    channel(d, 0, 4, 0x800, 1);
    ob_bench_write32(d, 0, CTRL,
                     EN | WORDS | INCR | ALWAYS | QUIET | CHAIN(5));
    ob_bench_step(b, 1 * US);
    assert_memory_equal(bytes + 0x800, bytes + 4, 4);
    assert_memory_equal(bytes + 0x900, bytes, 4);
    assert_int_equal(ob_bench_read32(d, 0, 0x400), 1 << 5);
    fakes_end(b);
}

/* Control blocks: a channel writes the registers of another one. */
static void test_dma_writes_its_own_registers(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);
    uint8_t *bytes = ram(b);
    const uint32_t from = RAM_AT + 0x40;

    assert_int_equal(ob_bench_map(ob_bench_system(b), 0x50000000, d, 0), 0);
    memcpy(bytes + 0x200, &from, 4);
    channel(d, 1, 0, 0xa00, 1);
    ob_bench_write32(d, 0, 0x50, EN | WORDS | INCR | ALWAYS | CHAIN(1));
    channel(d, 0, 0x200, 0, 1);
    ob_bench_write32(d, 0, WRITE, 0x5000007c);
    ob_bench_write32(d, 0, CTRL, EN | WORDS | ALWAYS);
    ob_bench_step(b, 1 * US);
    assert_memory_equal(bytes + 0xa00, bytes + 0x40, 4);
    fakes_end(b);
}

/* 2.5.2.1: where each alias has a register, in the order of the first. */
static const uint8_t aliases[4][4] = {
    { 0x00, 0x04, 0x08, 0x0c }, { 0x14, 0x18, 0x1c, 0x10 },
    { 0x28, 0x2c, 0x24, 0x20 }, { 0x3c, 0x34, 0x38, 0x30 },
};

static void test_dma_aliases_reach_the_same_registers(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);

    for (uint32_t from = 0; from < 4; from++)
        for (uint32_t to = 0; to < 4; to++)
            for (uint32_t r = 0; r < 4; r++) {
                uint32_t at = 11 * 0x40, value = 16 * from + to * 2 + 0x100;

                ob_bench_write32(d, 0, at + aliases[from][r], value);
                assert_int_equal(ob_bench_read32(d, 0, at + aliases[to][r]),
                                 value);
                assert_int_equal(ob_bench_read32(d, 0, aliases[to][r]), 0);
            }
    assert_int_equal(ob_bench_log_count(b), 0);
    fakes_end(b);
}

static void test_dma_last_register_of_an_alias_starts(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);

    ob_bench_write32(d, 0, 0x10, EN | WORDS | ALWAYS);
    for (uint32_t at = 0; at < 0x40; at += 4) {
        bool is_ctrl = at == 0x0c || at % 0x10 == 0;

        if (at)
            ob_bench_write32(d, 0, at, is_ctrl ? EN | WORDS | ALWAYS : 4);
        assert_int_equal(ob_bench_read32(d, 0, CTRL) >> 24 & 1,
                         at % 0x10 == 0x0c);
        ob_bench_write32(d, 0, 0x444, 1);
    }
    fakes_end(b);
}

static void test_dma_running_channel_keeps_its_count(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);

    channel(d, 2, 0, 0x800, 9);
    ob_bench_write32(d, 0, 2 * 0x40 + CTRL, EN | WORDS | ALWAYS);
    ob_bench_write32(d, 0, 2 * 0x40 + COUNT, 5);
    assert_int_equal(ob_bench_read32(d, 0, 2 * 0x40 + COUNT), 9);
    assert_int_equal(ob_bench_read32(d, 0, 2 * 0x40 + 0x804), 9);
    ob_bench_write32(d, 0, 0x444, 1 << 2);
    ob_bench_write32(d, 0, 2 * 0x40 + COUNT, 5);
    assert_int_equal(ob_bench_read32(d, 0, 2 * 0x40 + COUNT), 5);
    assert_int_equal(ob_bench_read32(d, 0, 2 * 0x40 + 0x804), 5);
    fakes_end(b);
}

static void test_dma_null_trigger_interrupts_when_quiet(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);

    ob_bench_write32(d, 0, 0x10, EN | ALWAYS | QUIET);
    ob_bench_write32(d, 0, 0x3c, 0);
    assert_int_equal(ob_bench_read32(d, 0, 0x400), 1);
    assert_int_equal(ob_bench_read32(d, 0, CTRL) >> 24 & 1, 0);
    fakes_end(b);
}

static void test_dma_nowhere_sets_error_bits(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);

    channel(d, 0, 0, 0x800, 1);
    ob_bench_write32(d, 0, CTRL, EN | WORDS | ALWAYS);
    ob_bench_step(b, 1 * US);
    assert_int_equal(ob_bench_read32(d, 0, CTRL) >> 29, 3);
    ob_bench_write32(d, 0, 0x10, 3u << 29);
    assert_int_equal(ob_bench_read32(d, 0, CTRL) >> 29, 0);
    fakes_end(b);
}

static void test_dma_abort_stops_and_pacing_is_logged(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-dma", &b);
    uint8_t *bytes = ram(b);

    channel(d, 0, 0, 0x800, 4);
    ob_bench_write32(d, 0, CTRL, EN | WORDS | INCR | 20 << 15);
    assert_true(ob_bench_log_has(b, "channel 0 does not wait for request 20"));
    ob_bench_write32(d, 0, 0x444, 1);
    assert_int_equal(ob_bench_read32(d, 0, 0x444), 0);
    ob_bench_step(b, 1 * US);
    assert_int_equal(bytes[0x801], 0);
    assert_int_equal(ob_bench_read32(d, 0, 0x400), 0);
    fakes_end(b);
}

/* --- PWM ------------------------------------------------------------------ */

enum { CSR = 0x00, DIV = 0x04, CTR = 0x08, TOP = 0x10, STEP = 0x14 };

static void test_pwm_wraps_and_interrupts(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-pwm", &b);

    ob_bench_write32(d, 0, 0xa8, 1 << 2);
    ob_bench_write32(d, 0, 2 * STEP + DIV, 10 << 4);
    ob_bench_write32(d, 0, 2 * STEP + TOP, 99);
    ob_bench_write32(d, 0, 2 * STEP + CSR, 1);
    ob_bench_step(b, 5050);
    assert_int_equal(ob_bench_read32(d, 0, 2 * STEP + CTR), 50);
    ob_bench_step(b, 4949);
    assert_false(ob_bench_irq(d, 0, 0));
    fakes_restore(d);
    ob_bench_step(b, 1);
    assert_true(ob_bench_irq(d, 0, 0));
    assert_int_equal(ob_bench_read32(d, 0, 0xb0), 1 << 2);
    ob_bench_write32(d, 0, 0xa4, 1 << 2);
    assert_false(ob_bench_irq(d, 0, 0));
    ob_bench_step(b, 10 * US);
    assert_true(ob_bench_irq(d, 0, 0));
    fakes_end(b);
}

static void test_pwm_phase_correct_counts_down_again(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-pwm", &b);

    ob_bench_write32(d, 0, TOP, 100);
    ob_bench_write32(d, 0, DIV, 100 << 4);
    ob_bench_write32(d, 0, CSR, 3);
    ob_bench_step(b, 120 * US);
    assert_int_equal(ob_bench_read32(d, 0, CTR), 80);
    ob_bench_step(b, 79 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0xa4), 0);
    ob_bench_step(b, 1 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0xa4), 1);
    fakes_end(b);
}

static void test_pwm_enables_all_at_once(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-pwm", &b);

    ob_bench_write32(d, 0, 0xa0, 0x81);
    assert_int_equal(ob_bench_read32(d, 0, CSR) & 1, 1);
    assert_int_equal(ob_bench_read32(d, 0, 7 * STEP + CSR) & 1, 1);
    assert_int_equal(ob_bench_read32(d, 0, 0xa0), 0x81);
    ob_bench_write32(d, 0, CSR, 0);
    assert_int_equal(ob_bench_read32(d, 0, 0xa0), 0x80);
    fakes_end(b);
}

static void test_pwm_set_counter_stands_while_off(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-pwm", &b);

    ob_bench_write32(d, 0, TOP, 100);
    ob_bench_write32(d, 0, CTR, 1234);
    ob_bench_step(b, 100 * US);
    assert_int_equal(ob_bench_read32(d, 0, CTR), 1234);
    ob_bench_write32(d, 0, CSR, 1 | 1 << 4);
    assert_true(ob_bench_log_has(b, "slice 0 counts its input B"));
    fakes_end(b);
}

/* The slice wraps at most once in a microsecond. */
static void test_pwm_shortest_period_is_bounded(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = part("rp2040-pwm", &b);

    ob_bench_write32(d, 0, TOP, 0);
    ob_bench_write32(d, 0, CSR, 1);
    assert_int_equal(ob_bench_next_deadline(b), ob_bench_now(b) + 1 * US);
    fakes_end(b);
}

/* --- real-time clock ------------------------------------------------------ */

enum { SETUP_0 = 0x04, SETUP_1 = 0x08, RTC_CTRL = 0x0c, MATCH_0 = 0x10,
       MATCH_1 = 0x14, RTC_1 = 0x18, RTC_0 = 0x1c, RTC_INTE = 0x24 };
#define DATE(y, m, d) ((uint32_t)(y) << 12 | (m) << 8 | (d))
#define TIME(w, h, m, s) ((uint32_t)(w) << 24 | (h) << 16 | (m) << 8 | (s))
#define SECOND_NS UINT64_C(1000000000)

/* Make a clock that runs from this date and time. */
static struct ob_bench_dev *rtc(struct ob_bench **ret_b, uint32_t date,
                                uint32_t time)
{
    struct ob_bench_dev *d = part("rp2040-rtc", ret_b);

    ob_bench_clock_set(d, 0, 0, 46875);
    ob_bench_write32(d, 0, 0, 46874);
    ob_bench_write32(d, 0, SETUP_0, date);
    ob_bench_write32(d, 0, SETUP_1, time);
    ob_bench_write32(d, 0, RTC_CTRL, 1 << 4);
    assert_int_equal(ob_bench_read32(d, 0, RTC_CTRL), 0);
    ob_bench_write32(d, 0, RTC_CTRL, 1);
    assert_int_equal(ob_bench_read32(d, 0, RTC_CTRL), 3);
    return d;
}

static void assert_date(struct ob_bench_dev *d, uint32_t date, uint32_t time)
{
    assert_int_equal(ob_bench_read32(d, 0, RTC_0), time);
    assert_int_equal(ob_bench_read32(d, 0, RTC_1), date);
}

static void test_rtc_new_year_carries_everything(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = rtc(&b, DATE(2023, 12, 31), TIME(0, 23, 59, 59));

    ob_bench_step(b, SECOND_NS - 1);
    assert_date(d, DATE(2023, 12, 31), TIME(0, 23, 59, 59));
    fakes_restore(d);
    ob_bench_step(b, 1);
    assert_date(d, DATE(2024, 1, 1), TIME(1, 0, 0, 0));
    ob_bench_step(b, 61 * SECOND_NS);
    assert_date(d, DATE(2024, 1, 1), TIME(1, 0, 1, 1));
    fakes_end(b);
}

static void test_rtc_leap_day_comes_unless_forbidden(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = rtc(&b, DATE(2024, 2, 28), TIME(3, 23, 59, 59));

    ob_bench_step(b, SECOND_NS);
    assert_date(d, DATE(2024, 2, 29), TIME(4, 0, 0, 0));
    ob_bench_write32(d, 0, RTC_CTRL, 1 << 8 | 1 << 4);
    ob_bench_write32(d, 0, RTC_CTRL, 1 << 8 | 1);
    ob_bench_step(b, SECOND_NS);
    assert_date(d, DATE(2024, 3, 1), TIME(4, 0, 0, 0));
    fakes_end(b);
}

static void test_rtc_high_word_is_held(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = rtc(&b, DATE(2023, 6, 30), TIME(5, 23, 59, 59));

    assert_int_equal(ob_bench_read32(d, 0, RTC_0), TIME(5, 23, 59, 59));
    ob_bench_step(b, SECOND_NS);
    assert_int_equal(ob_bench_read32(d, 0, RTC_1), DATE(2023, 6, 30));
    assert_date(d, DATE(2023, 7, 1), TIME(6, 0, 0, 0));
    fakes_end(b);
}

static void test_rtc_match_interrupts_while_it_lasts(void **state)
{
    struct ob_bench *b;
    struct ob_bench_dev *d = rtc(&b, DATE(2023, 6, 30), TIME(5, 1, 2, 3));

    ob_bench_write32(d, 0, RTC_INTE, 1);
    ob_bench_write32(d, 0, MATCH_1, 1u << 28 | 5);
    ob_bench_write32(d, 0, MATCH_0, 1 << 28);
    assert_int_equal(ob_bench_read32(d, 0, MATCH_0) >> 28, 3);
    ob_bench_step(b, SECOND_NS);
    assert_false(ob_bench_irq(d, 0, 0));
    ob_bench_step(b, SECOND_NS);
    assert_true(ob_bench_irq(d, 0, 0));
    ob_bench_write32(d, 0, MATCH_0, 0);
    assert_false(ob_bench_irq(d, 0, 0));
    fakes_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dma_copies_in_its_time_and_interrupts),
        cmocka_unit_test(test_dma_swaps_bytes_of_halves),
        cmocka_unit_test(test_dma_ring_wraps_reads),
        cmocka_unit_test(test_sniff_gives_known_sums_of_bytes),
        cmocka_unit_test(test_sniff_takes_words_and_their_byte_order),
        cmocka_unit_test(test_sniff_sees_only_what_is_enabled),
        cmocka_unit_test(test_sniff_reserved_sum_is_told),
        cmocka_unit_test(test_dma_chain_starts_the_next),
        cmocka_unit_test(test_dma_writes_its_own_registers),
        cmocka_unit_test(test_dma_aliases_reach_the_same_registers),
        cmocka_unit_test(test_dma_last_register_of_an_alias_starts),
        cmocka_unit_test(test_dma_running_channel_keeps_its_count),
        cmocka_unit_test(test_dma_null_trigger_interrupts_when_quiet),
        cmocka_unit_test(test_dma_nowhere_sets_error_bits),
        cmocka_unit_test(test_dma_abort_stops_and_pacing_is_logged),
        cmocka_unit_test(test_pwm_wraps_and_interrupts),
        cmocka_unit_test(test_pwm_phase_correct_counts_down_again),
        cmocka_unit_test(test_pwm_enables_all_at_once),
        cmocka_unit_test(test_pwm_set_counter_stands_while_off),
        cmocka_unit_test(test_pwm_shortest_period_is_bounded),
        cmocka_unit_test(test_rtc_new_year_carries_everything),
        cmocka_unit_test(test_rtc_leap_day_comes_unless_forbidden),
        cmocka_unit_test(test_rtc_high_word_is_held),
        cmocka_unit_test(test_rtc_match_interrupts_while_it_lasts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
