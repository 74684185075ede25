/* SPDX-License-Identifier: MIT */
/* Unit tests of the Goldfish UART. */
#include "fakes.h"

enum { PUT = 0x00, READY = 0x04, CMD = 0x08, PTR = 0x10, LEN = 0x14,
       PTR_HIGH = 0x18, VERSION = 0x20 };
enum { DISABLE, ENABLE, WRITE, READ };
enum { RAM_AT = 0x10000, RAM_BYTES = 0x40000, AT_ONCE = 65536, FIFO = 128 };
/* The time for 64 KiB. */
enum { STEP_NS = AT_ONCE * 10 };

struct setup {
    struct ob_bench *b;
    struct ob_bench_dev *d;
    uint8_t *ram;
};

/* Buffers are on a bus of their own, or on the system's. */
static struct setup set_up(const char *type, bool own)
{
    struct setup s = { .b = fakes_bench() };
    struct ob_bench_bus *bus = own ? ob_bench_bus_new(s.b)
                                   : ob_bench_system(s.b);

    s.ram = ob_bench_ram(bus, RAM_AT, RAM_BYTES);
    s.d = ob_bench_dev_new(s.b, type, "tty");
    if (own)
        assert_int_equal(ob_bench_link_bus(s.d, "dma-mr", bus), 0);
    assert_int_equal(ob_bench_create(s.d), 0);
    return s;
}

static void set(struct setup s, uint32_t offset, uint32_t value)
{
    ob_bench_write32(s.d, 0, offset, value);
}

static void command(struct setup s, uint32_t what, uint32_t at, uint32_t bytes)
{
    set(s, PTR, at);
    set(s, LEN, bytes);
    set(s, CMD, what);
}

static uint32_t sent(struct setup s)
{
    uint32_t count;

    (void)ob_bench_chr_sent(s.d, 0, 0, &count);
    return count;
}

static void test_goldfish_sends_characters_and_buffers(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);

    set(s, PUT, 'h');
    ob_bench_write8(s.d, 0, PUT, 'i');
    ob_bench_write8(s.d, 0, PUT + 1, '!');
    memcpy(s.ram + 0xffe, " all", 4);
    command(s, WRITE, RAM_AT + 0xffe, 4);
    assert_string_equal(ob_bench_chr_sent(s.d, 0, 0, NULL), "hi all");
    assert_int_equal(ob_bench_read32(s.d, 0, VERSION), 1);
    assert_int_equal(ob_bench_log_count(s.b), 0);
    fakes_end(s.b);
}

static void test_goldfish_big_endian_has_its_bytes_the_other_way(void **state)
{
    struct setup s = set_up("google-goldfish-tty-be", false);

    ob_bench_write8(s.d, 0, PUT + 3, 'x');
    ob_bench_write8(s.d, 0, PUT, 'y');
    assert_string_equal(ob_bench_chr_sent(s.d, 0, 0, NULL), "x");
    ob_bench_chr_feed(s.d, 0, 0, "abc", 3);
    assert_int_equal(ob_bench_read8(s.d, 0, READY + 3), 3);
    fakes_end(s.b);
}

static void test_goldfish_received_bytes_interrupt_and_are_read(void **state)
{
    struct setup s = set_up("google-goldfish-tty-be", true);

    ob_bench_chr_feed(s.d, 0, 0, "hello", 5);
    assert_false(ob_bench_irq(s.d, 0, 0));
    set(s, CMD, ENABLE);
    assert_true(ob_bench_irq(s.d, 0, 0));
    command(s, READ, RAM_AT, 4);
    assert_memory_equal(s.ram, "hell\0", 5);
    assert_int_equal(ob_bench_read32(s.d, 0, READY), 1);
    set(s, CMD, DISABLE);
    assert_false(ob_bench_irq(s.d, 0, 0));
    set(s, CMD, ENABLE);
    fakes_restore(s.d);
    assert_true(ob_bench_irq(s.d, 0, 0));
    command(s, READ, RAM_AT + 4, 0xffffffff);
    assert_memory_equal(s.ram, "hello\0", 6);
    assert_false(ob_bench_irq(s.d, 0, 0));
    assert_int_equal(ob_bench_log_count(s.b), 0);
    fakes_end(s.b);
}

static void test_goldfish_full_fifo_stops_the_flow(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);
    uint8_t bytes[2 * FIFO + 1];

    for (uint32_t n = 0; n < sizeof(bytes); n++)
        bytes[n] = (uint8_t)(n * 7);
    assert_int_equal(ob_bench_chr_feed(s.d, 0, 0, bytes, sizeof(bytes)),
                     FIFO + 1);
    command(s, READ, RAM_AT, 100);
    assert_int_equal(ob_bench_chr_waiting(s.d, 0, 0), FIFO + 1 - 100);
    command(s, READ, RAM_AT + 100, FIFO);
    command(s, READ, RAM_AT + 100 + FIFO, FIFO);
    assert_memory_equal(s.ram, bytes, sizeof(bytes));
    assert_int_equal(ob_bench_read32(s.d, 0, READY), 0);
    fakes_end(s.b);
}

static void test_goldfish_reset_lets_the_flow_go_on(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);
    uint8_t bytes[FIFO + 1] = { 0 };

    assert_int_equal(ob_bench_chr_feed(s.d, 0, 0, bytes, sizeof(bytes)), 1);
    ob_bench_reset(s.d);
    assert_int_equal(ob_bench_chr_waiting(s.d, 0, 0), 0);
    assert_int_equal(ob_bench_read32(s.d, 0, READY), 1);
    fakes_end(s.b);
}

/* The part sends 64 KiB at once. A snapshot contains the rest. */
static void test_goldfish_long_buffer_continues_in_time(void **state)
{
    struct setup s = set_up("google-goldfish-tty", true);
    uint32_t bytes = 2 * AT_ONCE + 100, count;

    for (uint32_t n = 0; n < bytes; n++)
        s.ram[n] = (uint8_t)(n * 13 + n / 256);
    command(s, WRITE, RAM_AT, bytes);
    assert_int_equal(sent(s), AT_ONCE);
    ob_bench_step(s.b, STEP_NS - 1);
    assert_int_equal(sent(s), AT_ONCE);
    fakes_restore(s.d);
    ob_bench_step(s.b, 1);
    assert_int_equal(sent(s), 2 * AT_ONCE);
    ob_bench_step(s.b, STEP_NS);
    assert_memory_equal(ob_bench_chr_sent(s.d, 0, 0, &count), s.ram, bytes);
    assert_int_equal(count, bytes);
    assert_true(ob_bench_next_deadline(s.b) == UINT64_MAX);
    assert_int_equal(ob_bench_log_count(s.b), 0);
    fakes_end(s.b);
}

static void test_goldfish_second_buffer_meanwhile_is_ignored(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);

    command(s, WRITE, RAM_AT, AT_ONCE + 10);
    command(s, WRITE, RAM_AT, 1000);
    assert_true(ob_bench_log_has(s.b, "WRITE_BUFFER: 10 bytes of the buffer "
                                      "before are not sent yet; ignored"));
    ob_bench_step(s.b, STEP_NS);
    assert_int_equal(sent(s), AT_ONCE + 10);
    command(s, WRITE, RAM_AT, 1000);
    assert_int_equal(sent(s), AT_ONCE + 1010);
    fakes_end(s.b);
}

static void test_goldfish_reset_ends_a_long_buffer(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);

    command(s, WRITE, RAM_AT, 0x7fffffff);
    ob_bench_reset(s.d);
    ob_bench_step(s.b, STEP_NS);
    assert_int_equal(sent(s), AT_ONCE);
    assert_int_equal(ob_bench_log_count(s.b), 0);
    fakes_end(s.b);
}

/* QEMU's part treated lengths above 2 GiB as negative, and crashed. */
static void test_goldfish_any_length_stops_where_memory_ends(void **state)
{
    struct setup s = set_up("google-goldfish-tty", true);

    command(s, WRITE, 0, 0xe0000000);
    assert_true(ob_bench_log_has(
        s.b, "WRITE_BUFFER: reading memory at 0x0 fails; 3758096384 bytes "
             "are not sent"));
    ob_bench_log_clear(s.b);
    command(s, WRITE, RAM_AT + RAM_BYTES - 5000, 0xffffffff);
    assert_int_equal(sent(s), 5000);
    assert_true(ob_bench_log_has(s.b, "reading memory at 0x50000 fails; "
                                      "4294962295 bytes"));
    assert_true(ob_bench_next_deadline(s.b) == UINT64_MAX);
    fakes_end(s.b);
}

static void test_goldfish_pointer_may_end_at_the_last_address(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);

    set(s, PTR, 0xfffffff0);
    set(s, PTR_HIGH, 0xffffffff);
    set(s, LEN, 0xffffffff);
    set(s, CMD, WRITE);
    assert_true(ob_bench_log_has(s.b, "at 0xfffffffffffffff0 fails"));
    ob_bench_chr_feed(s.d, 0, 0, "0123456789abcdefg", 17);
    set(s, CMD, READ);
    assert_true(ob_bench_log_has(s.b,
                                 "READ_BUFFER: writing memory at "
                                 "0xfffffffffffffff0 fails; 17 characters are "
                                 "lost"));
    fakes_end(s.b);
}

/* A 32-bit driver does not write the upper half, so it must be 0. */
static void test_goldfish_low_pointer_clears_the_high_one(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);

    set(s, PTR_HIGH, 1);
    s.ram[0] = 'a';
    command(s, WRITE, RAM_AT, 1);
    assert_string_equal(ob_bench_chr_sent(s.d, 0, 0, NULL), "a");
    fakes_end(s.b);
}

/* Without "dma-mr" the buffer may be in these registers (command READ). */
static void test_goldfish_buffer_of_own_registers_is_survived(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);

    assert_int_equal(ob_bench_map(ob_bench_system(s.b), 0x1000, s.d, 0), 0);
    ob_bench_chr_feed(s.d, 0, 0, "\3\0\0\0\3\0\0\0\2\0\0\0", 12);
    command(s, READ, 0x1000 + CMD, 4);
    assert_int_equal(ob_bench_read32(s.d, 0, READY), 0);
    command(s, WRITE, 0x1000, 0x24);
    assert_true(sent(s) <= 0x48);
    fakes_end(s.b);
}

static void test_goldfish_unknown_command_is_logged(void **state)
{
    struct setup s = set_up("google-goldfish-tty", false);

    set(s, CMD, 4);
    assert_true(ob_bench_log_has(s.b, "command 0x4 is not known"));
    fakes_end(s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldfish_sends_characters_and_buffers),
        cmocka_unit_test(
            test_goldfish_big_endian_has_its_bytes_the_other_way),
        cmocka_unit_test(test_goldfish_received_bytes_interrupt_and_are_read),
        cmocka_unit_test(test_goldfish_full_fifo_stops_the_flow),
        cmocka_unit_test(test_goldfish_reset_lets_the_flow_go_on),
        cmocka_unit_test(test_goldfish_long_buffer_continues_in_time),
        cmocka_unit_test(test_goldfish_second_buffer_meanwhile_is_ignored),
        cmocka_unit_test(test_goldfish_reset_ends_a_long_buffer),
        cmocka_unit_test(test_goldfish_any_length_stops_where_memory_ends),
        cmocka_unit_test(test_goldfish_pointer_may_end_at_the_last_address),
        cmocka_unit_test(test_goldfish_low_pointer_clears_the_high_one),
        cmocka_unit_test(test_goldfish_buffer_of_own_registers_is_survived),
        cmocka_unit_test(test_goldfish_unknown_command_is_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
