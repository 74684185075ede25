/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of the ACME models on the test bench, without QEMU and firmware.
 * Only the tests move the clock, so all of them take milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <outboard/bench.h>

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

/* The offsets of the registers, from the manual. */
enum { UART_DATA = 0x00, UART_STAT = 0x04, UART_CTRL = 0x08,
    UART_BAUD = 0x0c };
enum { TIMER_LOAD = 0x00, TIMER_VALUE = 0x04, TIMER_CTRL = 0x08,
       TIMER_STAT = 0x0c };
enum { GPIO_DIR = 0x00, GPIO_OUT = 0x04, GPIO_SET = 0x08, GPIO_CLR = 0x0c,
       GPIO_TOGGLE = 0x10, GPIO_IN = 0x14, GPIO_RISE = 0x18, GPIO_FALL = 0x1c,
       GPIO_STAT = 0x20 };
enum { POWER_CTRL = 0x00, POWER_CAUSE = 0x04 };

#define MHZ 1000000ull
#define MS  1000000ull
#define US  1000ull

struct setup {
    struct ob_bench *bench;
    struct ob_bench_dev *dev;
};

static struct setup set_up(const char *type, const char *props)
{
    struct setup s = { ob_bench_new(), NULL };

    if (ob_bench_module(s.bench, &outboard_module) == 0)
        s.dev = ob_bench_make(s.bench, type, "dut", props);
    if (!s.dev) {
        fprintf(stderr, "%s\n", ob_bench_error(s.bench));
        exit(1);
    }
    if (ob_bench_index(s.dev, OB_BENCH_CLOCKS, "clk") == 0)
        ob_bench_clock_set(s.dev, 0, 0, 16 * MHZ);
    return s;
}

/* End the test. It fails if a model has called a service wrongly. */
static void tear_down(struct setup s)
{
    CHECK(ob_bench_free(s.bench) == 0);
}

static uint32_t get(struct setup s, uint64_t offset)
{
    return ob_bench_read32(s.dev, 0, offset);
}

static void put(struct setup s, uint64_t offset, uint32_t value)
{
    ob_bench_write32(s.dev, 0, offset, value);
}

/* Save the state, change all of it, restore it. */
static void save_reset_restore(struct setup s)
{
    size_t count;
    uint8_t *saved = ob_bench_save(s.dev, &count);

    ob_bench_reset(s.dev);
    CHECK(ob_bench_restore(s.dev, saved, count) == 0);
    free(saved);
}

/* --- uart ----------------------------------------------------------------- */

/* 16 MHz / 16 / BAUD 10 = 100,000 bit/s: a frame takes 100 us. */
static struct setup set_up_uart(const char *props, uint32_t ctrl)
{
    struct setup s = set_up("acme-uart", props);

    put(s, UART_BAUD, 10);
    put(s, UART_CTRL, ctrl);
    return s;
}

static void test_uart_data_written_is_sent_after_frame(void)
{
    struct setup s = set_up_uart(NULL, 1);

    put(s, UART_DATA, 'A');
    CHECK(!(get(s, UART_STAT) & 2));
    ob_bench_step(s.bench, 99 * US);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "") == 0);
    ob_bench_step(s.bench, 1 * US);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "A") == 0);
    CHECK(get(s, UART_STAT) == 2);
    tear_down(s);
}

static void test_uart_disabled_sends_nothing(void)
{
    struct setup s = set_up_uart(NULL, 0);

    put(s, UART_DATA, 'A');
    ob_bench_step(s.bench, 10 * MS);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "") == 0);
    put(s, UART_CTRL, 1);
    ob_bench_step(s.bench, 10 * MS);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "A") == 0);
    tear_down(s);
}

static void test_uart_clock_stopped_stands_still(void)
{
    struct setup s = set_up_uart(NULL, 1);

    ob_bench_clock_set(s.dev, 0, 0, 0);
    put(s, UART_DATA, 'A');
    ob_bench_step(s.bench, 10 * MS);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "") == 0);
    ob_bench_clock_set(s.dev, 0, 0, 16 * MHZ);
    ob_bench_step(s.bench, 10 * MS);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "A") == 0);
    tear_down(s);
}

static void test_uart_fifo_full_drops_and_logs(void)
{
    struct setup s = set_up_uart("fifo-depth=2", 1);

    put(s, UART_DATA, 'A');
    put(s, UART_DATA, 'B');
    CHECK(get(s, UART_STAT) & 4);
    put(s, UART_DATA, 'C');
    CHECK(ob_bench_log_has(s.bench, "DATA written while the FIFO is full"));
    ob_bench_step(s.bench, 10 * MS);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "AB") == 0);
    tear_down(s);
}

static void test_uart_received_interrupts_until_read(void)
{
    struct setup s = set_up_uart(NULL, 1 | 1 << 4);

    CHECK(ob_bench_chr_feed(s.dev, 0, 0, "hi", 2) == 0);
    CHECK(ob_bench_irq(s.dev, 0, 0));
    CHECK(get(s, UART_DATA) == 'h' && ob_bench_irq(s.dev, 0, 0));
    CHECK(get(s, UART_DATA) == 'i' && !ob_bench_irq(s.dev, 0, 0));
    CHECK(get(s, UART_DATA) == 0);
    CHECK(ob_bench_log_has(s.bench, "receive FIFO is empty"));
    tear_down(s);
}

static void test_uart_receive_full_holds_the_sender(void)
{
    struct setup s = set_up_uart("fifo-depth=4", 1);

    CHECK(ob_bench_chr_feed(s.dev, 0, 0, "abcdef", 6) == 2);
    for (const char *c = "abcdef"; *c; c++)
        CHECK(get(s, UART_DATA) == (uint32_t)*c);
    CHECK(ob_bench_chr_waiting(s.dev, 0, 0) == 0);
    tear_down(s);
}

static void test_uart_break_interrupts_until_cleared(void)
{
    struct setup s = set_up_uart(NULL, 1 | 1 << 6);

    ob_bench_chr_event(s.dev, 0, 0, OB_CHR_BREAK);
    CHECK(get(s, UART_STAT) & 1 << 8 && ob_bench_irq(s.dev, 0, 0));
    put(s, UART_STAT, 1 << 8);
    CHECK(!(get(s, UART_STAT) & 1 << 8) && !ob_bench_irq(s.dev, 0, 0));
    tear_down(s);
}

static void test_uart_restored_goes_on(void)
{
    struct setup s = set_up_uart(NULL, 1 | 1 << 4);

    put(s, UART_DATA, 'A');
    put(s, UART_DATA, 'B');
    CHECK(ob_bench_chr_feed(s.dev, 0, 0, "x", 1) == 0);
    ob_bench_step(s.bench, 150 * US);
    save_reset_restore(s);
    CHECK(ob_bench_irq(s.dev, 0, 0) && get(s, UART_DATA) == 'x');
    ob_bench_step(s.bench, 50 * US);
    CHECK(strcmp(ob_bench_chr_sent(s.dev, 0, 0, NULL), "AB") == 0);
    tear_down(s);
}

static void test_uart_depth_zero_is_refused(void)
{
    struct ob_bench *b = ob_bench_new();

    CHECK(ob_bench_module(b, &outboard_module) == 0);
    CHECK(!ob_bench_make(b, "acme-uart", "dut", "fifo-depth=0"));
    CHECK(strstr(ob_bench_error(b), "fifo-depth"));
    CHECK(ob_bench_free(b) == 0);
}

/* --- timer ---------------------------------------------------------------- */

/* 16 MHz / (PSC 15 + 1) = 1 MHz: LOAD 999 gives 1 ms. */
enum { TIMER_ON = 1 | 2 | 15 << 8, TIMER_ONCE = TIMER_ON | 4 };

static struct setup set_up_timer(uint32_t ctrl)
{
    struct setup s = set_up("acme-timer", NULL);

    put(s, TIMER_LOAD, 999);
    put(s, TIMER_CTRL, ctrl);
    return s;
}

static void test_timer_period_over_interrupts(void)
{
    struct setup s = set_up_timer(TIMER_ON);

    ob_bench_step(s.bench, 1 * MS - 1);
    CHECK(!ob_bench_irq(s.dev, 0, 0));
    ob_bench_step(s.bench, 1);
    CHECK(ob_bench_irq(s.dev, 0, 0) && get(s, TIMER_STAT) == 1);
    put(s, TIMER_STAT, 1);
    CHECK(!ob_bench_irq(s.dev, 0, 0) && get(s, TIMER_STAT) == 0);
    tear_down(s);
}

static void test_timer_tick_not_cleared_sets_miss(void)
{
    struct setup s = set_up_timer(TIMER_ON);

    ob_bench_step(s.bench, 2 * MS);
    CHECK(get(s, TIMER_STAT) == 3);
    tear_down(s);
}

static void test_timer_interrupt_disabled_latches(void)
{
    struct setup s = set_up_timer(TIMER_ON & ~2);

    ob_bench_step(s.bench, 1 * MS);
    CHECK(get(s, TIMER_STAT) == 1 && !ob_bench_irq(s.dev, 0, 0));
    put(s, TIMER_CTRL, TIMER_ON);
    CHECK(ob_bench_irq(s.dev, 0, 0));
    tear_down(s);
}

static void test_timer_value_counts_down(void)
{
    struct setup s = set_up_timer(TIMER_ON);

    CHECK(get(s, TIMER_VALUE) == 999);
    ob_bench_step(s.bench, 400 * US);
    CHECK(get(s, TIMER_VALUE) == 599);
    put(s, TIMER_CTRL, 0);
    ob_bench_step(s.bench, 400 * US);
    CHECK(get(s, TIMER_VALUE) == 599);
    tear_down(s);
}

static void test_timer_oneshot_stops_and_starts_over(void)
{
    struct setup s = set_up_timer(TIMER_ONCE);

    ob_bench_step(s.bench, 10 * MS);
    CHECK(get(s, TIMER_STAT) == 1 && !(get(s, TIMER_CTRL) & 1));
    CHECK(ob_bench_next_deadline(s.bench) == UINT64_MAX);
    put(s, TIMER_CTRL, TIMER_ONCE);
    CHECK(get(s, TIMER_VALUE) == 999);
    tear_down(s);
}

static void test_timer_clock_halved_takes_twice_as_long(void)
{
    struct setup s = set_up_timer(TIMER_ON);

    ob_bench_step(s.bench, 500 * US);
    ob_bench_clock_set(s.dev, 0, 0, 8 * MHZ);
    ob_bench_step(s.bench, 998 * US);
    CHECK(get(s, TIMER_STAT) == 0);
    ob_bench_step(s.bench, 2 * US);
    CHECK(get(s, TIMER_STAT) == 1);
    tear_down(s);
}

static void test_timer_load_zero_is_slowed_down(void)
{
    struct setup s = set_up_timer(TIMER_ON);

    put(s, TIMER_LOAD, 0);
    put(s, TIMER_CTRL, 1 | 2);
    ob_bench_step(s.bench, 0);
    CHECK(ob_bench_next_deadline(s.bench) >= ob_bench_now(s.bench) + US);
    tear_down(s);
}

static void test_timer_restored_goes_on(void)
{
    struct setup s = set_up_timer(TIMER_ON);

    ob_bench_step(s.bench, 400 * US);
    save_reset_restore(s);
    CHECK(get(s, TIMER_VALUE) == 599);
    ob_bench_step(s.bench, 600 * US);
    CHECK(ob_bench_irq(s.dev, 0, 0));
    tear_down(s);
}

/* --- gpio ----------------------------------------------------------------- */

static void test_gpio_set_clr_toggle_drive_outputs(void)
{
    struct setup s = set_up("acme-gpio", NULL);

    put(s, GPIO_DIR, 0x0f);
    put(s, GPIO_SET, 0x05);
    CHECK(ob_bench_output(s.dev, 0, 0) == 1);
    put(s, GPIO_CLR, 0x01);
    CHECK(ob_bench_output(s.dev, 0, 0) == 0);
    put(s, GPIO_TOGGLE, 0x06);
    CHECK(get(s, GPIO_OUT) == 0x02 && get(s, GPIO_IN) == 0x02);
    CHECK(ob_bench_output(s.dev, 0, 1) == 1);
    CHECK(ob_bench_output(s.dev, 0, 2) == 0);
    tear_down(s);
}

static void test_gpio_input_pin_drives_nothing(void)
{
    struct setup s = set_up("acme-gpio", NULL);

    put(s, GPIO_SET, 0xffff);
    CHECK(ob_bench_output(s.dev, 0, 3) == 0 && get(s, GPIO_IN) == 0);
    put(s, GPIO_DIR, 0x08);
    CHECK(ob_bench_output(s.dev, 0, 3) == 1 && get(s, GPIO_IN) == 0x08);
    put(s, GPIO_CLR, 0x08);
    ob_bench_input(s.dev, 0, 3, 1);
    CHECK(get(s, GPIO_IN) == 0);
    tear_down(s);
}

static void test_gpio_chosen_edges_interrupt(void)
{
    struct setup s = set_up("acme-gpio", NULL);

    put(s, GPIO_RISE, 1 << 4);
    put(s, GPIO_FALL, 1 << 5);
    ob_bench_input(s.dev, 0, 5, 1);
    CHECK(!ob_bench_irq(s.dev, 0, 0));
    ob_bench_input(s.dev, 0, 4, 1);
    CHECK(ob_bench_irq(s.dev, 0, 0) && get(s, GPIO_STAT) == 1 << 4);
    put(s, GPIO_STAT, 1 << 4);
    CHECK(!ob_bench_irq(s.dev, 0, 0));
    ob_bench_input(s.dev, 0, 5, 0);
    CHECK(get(s, GPIO_STAT) == 1 << 5);
    tear_down(s);
}

static void test_gpio_jumper_brings_edges_back(void)
{
    struct setup s = set_up("acme-gpio", NULL);

    ob_bench_wire(s.dev, 0, 8, s.dev, 0, 9);
    put(s, GPIO_DIR, 1 << 8);
    put(s, GPIO_RISE, 1 << 9);
    put(s, GPIO_TOGGLE, 1 << 8);
    CHECK(get(s, GPIO_IN) == (1 << 8 | 1 << 9));
    CHECK(get(s, GPIO_STAT) == 1 << 9);
    tear_down(s);
}

static void test_gpio_restored_drives_outputs(void)
{
    struct setup s = set_up("acme-gpio", NULL);

    put(s, GPIO_DIR, 0x01);
    put(s, GPIO_SET, 0x01);
    ob_bench_input(s.dev, 0, 7, 1);
    save_reset_restore(s);
    CHECK(ob_bench_output(s.dev, 0, 0) == 1 && get(s, GPIO_IN) == 0x81);
    tear_down(s);
}

/* --- power ---------------------------------------------------------------- */

static void test_power_commands_ask_the_machine(void)
{
    struct setup s = set_up("acme-power", NULL);

    CHECK(get(s, POWER_CAUSE) == 1);
    put(s, POWER_CTRL, 0x5e7ab007);
    CHECK(ob_bench_request_take(s.bench) == OB_MACHINE_RESET);
    ob_bench_reset(s.dev);
    CHECK(get(s, POWER_CAUSE) == 2);
    ob_bench_reset(s.dev);
    CHECK(get(s, POWER_CAUSE) == 1);
    put(s, POWER_CTRL, 0x0ff00ff0);
    CHECK(ob_bench_request_take(s.bench) == OB_MACHINE_POWEROFF);
    tear_down(s);
}

static void test_power_other_values_do_nothing(void)
{
    struct setup s = set_up("acme-power", NULL);

    put(s, POWER_CTRL, 0x12345678);
    CHECK(ob_bench_request_take(s.bench) == 0);
    CHECK(ob_bench_log_has(s.bench, "0x12345678 is not a command"));
    tear_down(s);
}

/* The bench prints the laws that a type breaks. */
static void test_each_type_obeys_the_laws(void)
{
    static const char *const types[] = { "acme-uart", "acme-timer",
                                         "acme-gpio", "acme-power" };

    for (unsigned n = 0; n < sizeof(types) / sizeof(types[0]); n++) {
        struct setup s = set_up(types[n], NULL);

        CHECK(ob_bench_check(s.bench, types[n], NULL, NULL) == 0);
        tear_down(s);
    }
}

#define TEST(name) { #name, test_##name }
static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    TEST(uart_data_written_is_sent_after_frame),
    TEST(uart_disabled_sends_nothing),
    TEST(uart_clock_stopped_stands_still),
    TEST(uart_fifo_full_drops_and_logs),
    TEST(uart_received_interrupts_until_read),
    TEST(uart_receive_full_holds_the_sender),
    TEST(uart_break_interrupts_until_cleared),
    TEST(uart_restored_goes_on),
    TEST(uart_depth_zero_is_refused),
    TEST(timer_period_over_interrupts),
    TEST(timer_tick_not_cleared_sets_miss),
    TEST(timer_interrupt_disabled_latches),
    TEST(timer_value_counts_down),
    TEST(timer_oneshot_stops_and_starts_over),
    TEST(timer_clock_halved_takes_twice_as_long),
    TEST(timer_load_zero_is_slowed_down),
    TEST(timer_restored_goes_on),
    TEST(gpio_set_clr_toggle_drive_outputs),
    TEST(gpio_input_pin_drives_nothing),
    TEST(gpio_chosen_edges_interrupt),
    TEST(gpio_jumper_brings_edges_back),
    TEST(gpio_restored_drives_outputs),
    TEST(power_commands_ask_the_machine),
    TEST(power_other_values_do_nothing),
    TEST(each_type_obeys_the_laws),
};

int main(void)
{
    unsigned count = sizeof(tests) / sizeof(tests[0]);

    for (unsigned n = 0; n < count; n++) {
        fprintf(stderr, "%s\n", tests[n].name);
        tests[n].run();
    }
    printf("%u tests passed\n", count);
    return 0;
}
