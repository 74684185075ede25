/* SPDX-License-Identifier: MIT */
/* Unit tests of the BCM2711's DMA controller. */
#include "fakes.h"

enum { RAM_AT = 0x1000, RAM_BYTES = 0x8000, DMA_AT = 0x7e007000 };
enum { CS = 0x00, BLOCK = 0x04, SOURCE = 0x0c, DEST = 0x10, LENGTH = 0x14,
       NEXT = 0x1c, DEBUG = 0x20, STATUS = 0xfe0, ENABLE = 0xff0 };
enum { WIDE_DEBUG = 0x0c, WIDE_SRC = 0x14, WIDE_LEN = 0x24 };
enum { ACTIVE = 1, END = 2, INT = 4, DREQ = 8, PAUSED = 16, ERROR = 0x100 };
enum { INTEN = 1, TDMODE = 2, DEST_INC = 1 << 4, DEST_WIDE = 1 << 5,
       DEST_DREQ = 1 << 6, DEST_IGNORE = 1 << 7, SRC_INC = 1 << 8,
       SRC_IGNORE = 1 << 11, COPY = DEST_INC | SRC_INC };
enum { BLOCKS = 0x1000, FROM = 0x2000, TO = 0x4000, WIDE_INC = 1 << 12 };
enum { US = 1000 };

struct setup {
    struct ob_bench *b;
    struct ob_bench_dev *d;
    uint8_t *ram;               /* at RAM_AT, on both buses */
    struct ob_bench_bus *vc;
};

/* The VideoCore has a bus of its own; DMA4 uses the system's bus. */
static struct setup set_up(bool wide)
{
    struct setup s = { .b = fakes_bench() };

    s.vc = ob_bench_bus_new(s.b);
    s.ram = ob_bench_ram(wide ? ob_bench_system(s.b) : s.vc, RAM_AT,
                         RAM_BYTES);
    s.d = ob_bench_dev_new(s.b, "bcm2711-dma", "dma");
    assert_int_equal(ob_bench_link_bus(s.d, "dma-mr", s.vc), 0);
    assert_int_equal(ob_bench_create(s.d), 0);
    for (int i = 0; i < 0x1000; i++)
        s.ram[FROM - RAM_AT + i] = (uint8_t)(i * 7 + 1);
    return s;
}

static uint8_t *at(struct setup s, uint32_t address)
{
    return s.ram + address - RAM_AT;
}

static void put(struct setup s, uint32_t address, const uint32_t *words,
                unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        ob_put_le(at(s, address) + 4 * n, 4, words[n]);
}

#define PUT(s, address, ...)                                                  \
    put(s, address, (const uint32_t[]){ __VA_ARGS__ },                        \
        sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static uint32_t reg(struct setup s, uint32_t channel, uint32_t offset)
{
    return ob_bench_read32(s.d, 0, channel * 0x100 + offset);
}

static void set(struct setup s, uint32_t channel, uint32_t offset,
                uint32_t value)
{
    ob_bench_write32(s.d, 0, channel * 0x100 + offset, value);
}

static void start(struct setup s, uint32_t channel, uint32_t block)
{
    set(s, channel, BLOCK, block);
    set(s, channel, CS, ACTIVE);
}

static void test_dma_copies_in_its_time_and_interrupts(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, INTEN | COPY, FROM, TO, 1000, 0, 0);
    start(s, 0, BLOCKS);
    assert_int_equal(reg(s, 0, CS), ACTIVE | DREQ);
    ob_bench_step(s.b, 250 + 999);
    assert_int_equal(reg(s, 0, CS), ACTIVE | DREQ);
    ob_bench_step(s.b, 1);
    assert_int_equal(reg(s, 0, CS), END | INT | DREQ | PAUSED);
    assert_memory_equal(at(s, TO), at(s, FROM), 1000);
    assert_int_equal(*at(s, TO + 1000), 0);
    assert_true(ob_bench_irq(s.d, 0, 0));
    assert_int_equal(ob_bench_read32(s.d, 0, STATUS), 1);
    assert_int_equal(reg(s, 0, BLOCK), 0);
    assert_int_equal(reg(s, 0, SOURCE), FROM + 1000);
    assert_int_equal(reg(s, 0, LENGTH), 0);
    set(s, 0, CS, INT);
    assert_false(ob_bench_irq(s.d, 0, 0));
    assert_int_equal(reg(s, 0, CS), END | DREQ | PAUSED);
    assert_int_equal(ob_bench_log_count(s.b), 0);
    fakes_end(s.b);
}

static void test_dma_every_channel_interrupts_its_line(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, INTEN | COPY, FROM, TO, 4, 0, 0);
    for (uint32_t n = 0; n < 11; n++) {
        start(s, n, BLOCKS);
        ob_bench_step(s.b, 1 * US);
        assert_true(ob_bench_irq(s.d, 0, n));
        assert_int_equal(ob_bench_read32(s.d, 0, STATUS), (2u << n) - 1);
    }
    ob_bench_write32(s.d, 1, BLOCK, BLOCKS);
    ob_bench_write32(s.d, 1, CS, ACTIVE);
    ob_bench_step(s.b, 1 * US);
    assert_true(ob_bench_irq(s.d, 0, 15));
    assert_int_equal(ob_bench_read32(s.d, 0, STATUS), 0x87ff);
    assert_int_equal(ob_bench_read32(s.d, 1, DEBUG), 0x4000f00);
    fakes_end(s.b);
}

static void test_dma_blocks_follow_each_other(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, COPY, FROM, TO, 3, 0, BLOCKS + 0x20);
    PUT(s, BLOCKS + 0x20, INTEN | COPY, FROM + 0x80, TO + 0x101, 17, 0, 0);
    start(s, 3, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_memory_equal(at(s, TO), at(s, FROM), 3);
    assert_int_equal(*at(s, TO + 3), 0);
    assert_memory_equal(at(s, TO + 0x101), at(s, FROM + 0x80), 17);
    assert_int_equal(ob_bench_irq_rises(s.d, 0, 3), 1);
    fakes_end(s.b);
}

/* A loop of blocks runs forever, as on the chip, and can be stopped. */
static void test_dma_loop_runs_until_it_is_stopped(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, 0, 0, 0, 0, 0, BLOCKS);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 100 * US);
    assert_int_equal(reg(s, 0, CS), ACTIVE | END | DREQ);
    assert_int_equal(reg(s, 0, BLOCK), BLOCKS);
    set(s, 0, CS, 0);
    assert_int_equal(ob_bench_next_deadline(s.b), UINT64_MAX);
    assert_int_equal(reg(s, 0, CS), END | DREQ | PAUSED);
    set(s, 0, CS, ACTIVE | END);
    ob_bench_step(s.b, 100 * US);
    set(s, 0, CS, 1u << 31);
    assert_int_equal(reg(s, 0, CS), DREQ | PAUSED);
    assert_int_equal(reg(s, 0, BLOCK), 0);
    assert_int_equal(ob_bench_next_deadline(s.b), UINT64_MAX);
    fakes_end(s.b);
}

static void test_dma_loop_leaves_by_next_block_when_paused(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, COPY, FROM, TO, 4096, 0, BLOCKS);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 500);
    set(s, 0, CS, 0);
    set(s, 0, NEXT, 0);
    set(s, 0, CS, ACTIVE | 1u << 30);
    assert_int_equal(reg(s, 0, CS), DREQ | PAUSED);
    assert_int_equal(reg(s, 0, BLOCK), 0);
    fakes_end(s.b);
}

static void test_dma_abort_continues_with_next_block(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, COPY, FROM, TO, 4096, 0, BLOCKS + 0x20);
    PUT(s, BLOCKS + 0x20, COPY, FROM, TO + 0x2000, 8, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 500);
    set(s, 0, CS, ACTIVE | 1u << 30);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(*at(s, TO), 0);
    assert_memory_equal(at(s, TO + 0x2000), at(s, FROM), 8);
    fakes_end(s.b);
}

static void test_dma_pause_keeps_what_is_left(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, COPY, FROM, TO, 0x2000, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 5 * US);
    set(s, 0, CS, 0);
    assert_int_equal(reg(s, 0, LENGTH), 0x1000);
    ob_bench_step(s.b, 50 * US);
    assert_int_equal(reg(s, 0, LENGTH), 0x1000);
    set(s, 0, CS, ACTIVE);
    ob_bench_step(s.b, 50 * US);
    assert_memory_equal(at(s, TO), at(s, FROM), 0x1000);
    assert_int_equal(reg(s, 0, CS), END | DREQ | PAUSED);
    fakes_end(s.b);
}

/* Saved in the middle of a row of a 2D transfer, and restored. */
static void test_dma_saved_transfer_continues(void **state)
{
    struct setup s = set_up(false);
    size_t count;
    uint8_t *saved;

    PUT(s, BLOCKS, INTEN | TDMODE | COPY, FROM, TO, 3 << 16 | 0x200,
        0x100u << 16 | 0xfe00, 0);
    start(s, 2, BLOCKS);
    ob_bench_step(s.b, 250);
    saved = ob_bench_save(s.d, &count);
    ob_bench_reset(s.d);
    assert_int_equal(ob_bench_next_deadline(s.b), UINT64_MAX);
    assert_int_equal(ob_bench_restore(s.d, saved, count), 0);
    free(saved);
    assert_int_equal(reg(s, 2, LENGTH), 3 << 16 | 0x200);
    ob_bench_step(s.b, 50 * US);
    for (uint32_t row = 0; row < 4; row++)
        assert_memory_equal(at(s, TO + row * 0x300), at(s, FROM), 0x200);
    assert_int_equal(*at(s, TO + 0x200), 0);
    assert_true(ob_bench_irq(s.d, 0, 2));
    fakes_end(s.b);
}

static void test_dma_lite_channel_has_short_lengths_alone(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, TDMODE | SRC_IGNORE | DEST_IGNORE | COPY, FROM, TO,
        7 << 16 | 0x20, 0x100010, 0);
    start(s, 7, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_memory_equal(at(s, TO), at(s, FROM), 0x20);
    assert_int_equal(*at(s, TO + 0x20), 0);
    assert_int_equal(reg(s, 7, 0x18), 0);
    assert_int_equal(reg(s, 7, DEBUG), 0x14000700);
    fakes_end(s.b);
}

static void test_dma_source_ignored_fills_with_zeros(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, SRC_IGNORE | DEST_INC, 0xdead0000, FROM + 1, 600, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(*at(s, FROM), 1);
    assert_int_equal(*at(s, FROM + 1), 0);
    assert_int_equal(*at(s, FROM + 600), 0);
    assert_int_equal(*at(s, FROM + 601), (uint8_t)(601 * 7 + 1));
    assert_int_equal(ob_bench_log_count(s.b), 0);
    fakes_end(s.b);
}

static void test_dma_destination_ignored_only_reads(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, SRC_INC | DEST_IGNORE, FROM, 0xdead0000, 600, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 0, CS), END | DREQ | PAUSED);
    assert_int_equal(reg(s, 0, SOURCE), FROM + 600);
    assert_int_equal(ob_bench_log_count(s.b), 0);
    fakes_end(s.b);
}

/* A FIFO: the address is fixed, and the block gives the width. */
static void test_dma_fixed_address_takes_words(void **state)
{
    struct setup s = set_up(false);
    struct ob_bench_dev *fifo = ob_bench_make(s.b, "fake-part", "f", NULL);
    struct fake *f = ob_bench_state(fifo);

    assert_int_equal(ob_bench_map(s.vc, 0x7e200000, fifo, 0), 0);
    PUT(s, BLOCKS, SRC_INC, FROM, 0x7e200000, 40, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(f->boxed, 10);
    PUT(s, BLOCKS, SRC_INC | DEST_WIDE, FROM, 0x7e200000, 32, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(f->boxed, 12);
    assert_memory_equal(&f->words[3], at(s, FROM + 28), 4);
    fakes_end(s.b);
}

static void test_dma_overlapping_copy_repeats(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, COPY, FROM, FROM + 4, 64, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    for (int i = 0; i < 64; i += 4)
        assert_memory_equal(at(s, FROM + 4 + i), at(s, FROM), 4);
    fakes_end(s.b);
}

static void test_dma_pacing_is_logged(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, COPY | DEST_DREQ | 11 << 16, FROM, TO, 4, 0, 0);
    start(s, 4, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_true(
        ob_bench_log_has(s.b, "channel 4 does not wait for request 11"));
    fakes_end(s.b);
}

static void test_dma_block_nowhere_is_an_error(void **state)
{
    struct setup s = set_up(false);

    start(s, 0, 0x40000000);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 0, CS), ERROR | DREQ | PAUSED);
    assert_int_equal(reg(s, 0, DEBUG) & 7, 4);
    assert_true(ob_bench_log_has(
        s.b, "channel 0: reading the control block at 0x40000000 fails"));
    set(s, 0, DEBUG, 4);
    assert_int_equal(reg(s, 0, CS), DREQ | PAUSED);
    fakes_end(s.b);
}

static void test_dma_data_nowhere_is_an_error_once(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, COPY, 0x40000000, TO, 0x1000, 0, BLOCKS + 0x20);
    PUT(s, BLOCKS + 0x20, COPY, FROM, 0x50000000, 0x1000, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 20 * US);
    assert_int_equal(reg(s, 0, CS), END | ERROR | DREQ | PAUSED);
    assert_true(ob_bench_log_has(s.b, "reading 0x40000000 fails"));
    assert_true(ob_bench_log_has(s.b, "writing 0x50000000 fails"));
    assert_int_equal(ob_bench_log_count(s.b), 2);
    fakes_end(s.b);
}

/* The longest possible block: the timer moves a part of it at a time. */
static void test_dma_longest_block_can_be_reset(void **state)
{
    struct setup s = set_up(false);

    PUT(s, BLOCKS, TDMODE | COPY, FROM, TO, 0x3fffffff, 0xffff0000, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 100 * US);
    assert_int_equal(reg(s, 0, CS) & ACTIVE, ACTIVE);
    set(s, 0, CS, 1u << 31);
    PUT(s, BLOCKS, TDMODE | COPY, FROM, TO, 0x3fff0000, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 1 * US);
    assert_int_equal(reg(s, 0, CS) & (ACTIVE | END), END);
    fakes_end(s.b);
}

/* A block that writes the channel's own registers: reset while it runs. */
static void test_dma_resets_itself_by_its_registers(void **state)
{
    struct setup s = set_up(false);

    assert_int_equal(ob_bench_map(s.vc, DMA_AT, s.d, 0), 0);
    PUT(s, FROM, 1u << 31);
    PUT(s, BLOCKS, INTEN, FROM, DMA_AT + CS, 64, 0, BLOCKS);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 0, CS), DREQ | PAUSED);
    assert_int_equal(ob_bench_next_deadline(s.b), UINT64_MAX);
    fakes_end(s.b);
}

static void test_dma_starts_another_channel_by_its_registers(void **state)
{
    struct setup s = set_up(false);

    assert_int_equal(ob_bench_map(s.vc, DMA_AT, s.d, 0), 0);
    PUT(s, FROM, ACTIVE, BLOCKS + 0x20);
    PUT(s, BLOCKS, COPY, FROM, DMA_AT + 0x500 + CS, 8, 0, 0);
    PUT(s, BLOCKS + 0x20, COPY, FROM, TO, 4, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 5, CS), END | DREQ | PAUSED);
    assert_memory_equal(at(s, TO), at(s, FROM), 4);
    fakes_end(s.b);
}

static void test_dma_disabled_channel_waits(void **state)
{
    struct setup s = set_up(false);

    assert_int_equal(ob_bench_read32(s.d, 0, ENABLE), 0x7fff);
    ob_bench_write32(s.d, 0, ENABLE, 0x7ffe);
    PUT(s, BLOCKS, COPY, FROM, TO, 4, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 0, CS), ACTIVE | DREQ);
    ob_bench_write32(s.d, 0, ENABLE, 1);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 0, CS), END | DREQ | PAUSED);
    fakes_end(s.b);
}

/* The page in ENABLE maps any 1 GiB of SDRAM to the bus's upper quarter. */
static void test_dma_page_chooses_sdram(void **state)
{
    struct setup s = set_up(false);
    uint8_t *high = ob_bench_ram(ob_bench_system(s.b), 0x140000000, 0x1000);

    memset(high, 0x5a, 0x1000);
    ob_bench_write32(s.d, 0, ENABLE, 5u << 24 | 0x7fff);
    PUT(s, BLOCKS, COPY, 0xc0000000, TO, 16, 0, 0);
    start(s, 0, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_memory_equal(at(s, TO), high, 16);
    start(s, 8, BLOCKS);
    ob_bench_step(s.b, 10 * US);
    assert_true(ob_bench_log_has(s.b, "channel 8: reading 0xc0000000 fails"));
    fakes_end(s.b);
}

/* --- DMA4 ----------------------------------------------------------------- */

static void test_dma4_copies_above_4_gib(void **state)
{
    struct setup s = set_up(true);
    uint8_t *high = ob_bench_ram(ob_bench_system(s.b), 0x180000000, 0x1000);

    PUT(s, BLOCKS, INTEN, FROM, WIDE_INC, 0x80000010, 1 | WIDE_INC, 1000, 0);
    start(s, 11, BLOCKS >> 5);
    assert_int_equal(reg(s, 11, CS), 0x1000000 | ACTIVE | DREQ);
    ob_bench_step(s.b, 10 * US);
    assert_memory_equal(high + 0x10, at(s, FROM), 1000);
    assert_int_equal(reg(s, 11, CS), INT | END | DREQ | 3 << 4);
    assert_int_equal(reg(s, 11, WIDE_SRC), FROM + 1000);
    assert_true(ob_bench_irq(s.d, 0, 11));
    assert_int_equal(ob_bench_read32(s.d, 0, STATUS), 1 << 11);
    assert_int_equal(reg(s, 11, WIDE_DEBUG), 0x1b000400);
    fakes_end(s.b);
}

static void test_dma4_two_dimensions_and_chain(void **state)
{
    struct setup s = set_up(true);

    PUT(s, BLOCKS, TDMODE, FROM, WIDE_INC | 0x10u << 16, TO,
        WIDE_INC | 0xfff0u << 16, 1 << 16 | 0x20, (BLOCKS + 0x20) >> 5);
    PUT(s, BLOCKS + 0x20, 0, FROM, WIDE_INC, TO + 0x800, WIDE_INC, 4, 0);
    start(s, 14, BLOCKS >> 5);
    ob_bench_step(s.b, 10 * US);
    assert_memory_equal(at(s, TO), at(s, FROM), 0x10);
    assert_memory_equal(at(s, TO + 0x10), at(s, FROM + 0x30), 0x20);
    assert_memory_equal(at(s, TO + 0x800), at(s, FROM), 4);
    fakes_end(s.b);
}

/* 1.2: for DMA4, peripherals are at 4_7c00_0000; SDRAM is at their place. */
static void test_dma4_peripherals_have_high_addresses(void **state)
{
    struct setup s = set_up(true);
    struct ob_bench_dev *part = ob_bench_make(s.b, "fake-part", "f", NULL);
    struct fake *f = ob_bench_state(part);

    assert_int_equal(ob_bench_map(ob_bench_system(s.b), 0xfe200000, part, 0),
                     0);
    PUT(s, BLOCKS, 0, FROM, WIDE_INC, 0x7e200000, 4, 64, 0);
    start(s, 12, BLOCKS >> 5);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(f->boxed, 16);
    PUT(s, BLOCKS, 0, FROM, WIDE_INC, 0xfe200000, 0, 64, 0);
    start(s, 12, BLOCKS >> 5);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(f->boxed, 16);
    assert_int_equal(reg(s, 12, WIDE_DEBUG) & 15, 1);
    fakes_end(s.b);
}

static void test_dma4_error_aborts_or_halts(void **state)
{
    struct setup s = set_up(true);

    PUT(s, BLOCKS, 0, 0, 1 | WIDE_INC, TO, WIDE_INC, 64, (BLOCKS + 0x20) >> 5);
    PUT(s, BLOCKS + 0x20, 0, FROM, WIDE_INC, TO, WIDE_INC, 4, 0);
    start(s, 13, BLOCKS >> 5);
    ob_bench_step(s.b, 10 * US);
    assert_memory_equal(at(s, TO), at(s, FROM), 4);
    assert_int_equal(reg(s, 13, CS), 1 << 10 | END | DREQ | 3 << 4);
    assert_int_equal(reg(s, 13, WIDE_DEBUG) & 15, 4);
    assert_int_equal(reg(s, 13, WIDE_DEBUG) & 15, 0);
    set(s, 13, WIDE_DEBUG, 3 << 8);
    set(s, 13, CS, END);
    start(s, 13, BLOCKS >> 5);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 13, CS), 1 << 10 | INT | DREQ | 3 << 4);
    assert_int_equal(reg(s, 13, BLOCK), BLOCKS >> 5);
    fakes_end(s.b);
}

static void test_dma4_block_nowhere_is_an_error(void **state)
{
    struct setup s = set_up(true);

    start(s, 11, 0xffffffff);
    ob_bench_step(s.b, 10 * US);
    assert_int_equal(reg(s, 11, WIDE_DEBUG) & 15, 8);
    assert_int_equal(reg(s, 11, CS) & ACTIVE, 0);
    fakes_end(s.b);
}

static void test_dma4_halt_stops_a_loop(void **state)
{
    struct setup s = set_up(true);

    PUT(s, BLOCKS, 0, FROM, WIDE_INC, TO, WIDE_INC, 0x1000, BLOCKS >> 5);
    start(s, 11, BLOCKS >> 5);
    ob_bench_step(s.b, 100 * US);
    set(s, 11, CS, ACTIVE | 1u << 31);
    assert_int_equal(reg(s, 11, CS) & (1 << 24 | ACTIVE), 0);
    assert_int_equal(reg(s, 11, WIDE_LEN), 0);
    assert_int_equal(ob_bench_next_deadline(s.b), UINT64_MAX);
    set(s, 11, CS, ACTIVE);
    set(s, 11, WIDE_DEBUG, 1 << 23);
    assert_int_equal(reg(s, 11, BLOCK), 0);
    assert_int_equal(reg(s, 11, WIDE_DEBUG), 0x1b000400);
    fakes_end(s.b);
}

/* --- laws ----------------------------------------------------------------- */

/* With any register values: no mistake, and each timer call returns. */
static void test_dma_random_registers_are_survived(void **state)
{
    struct setup s = set_up(false);
    uint32_t seed = 1;

    assert_int_equal(ob_bench_map(s.vc, DMA_AT, s.d, 0), 0);
    ob_bench_log_clear(s.b);
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t offset, value;

        seed = seed * 1664525 + 1013904223;
        offset = seed >> 8 & 0xf2c;
        seed = seed * 1664525 + 1013904223;
        value = i % 3 ? seed : RAM_AT + (seed >> 8) % RAM_BYTES;
        ob_bench_write32(s.d, 0, offset, value);
        put(s, RAM_AT + (seed >> 4) % (RAM_BYTES - 4), &seed, 1);
        if (i % 8 == 0)
            ob_bench_step(s.b, 5 * US);
    }
    fakes_end(s.b);
}

static void test_dma_writing_back_changes_nothing(void **state)
{
    struct setup s = set_up(false);

    for (uint32_t offset = 0; offset < 0x1000; offset += 4) {
        uint32_t value = ob_bench_read32(s.d, 0, offset);

        ob_bench_write32(s.d, 0, offset, value);
        assert_int_equal(ob_bench_read32(s.d, 0, offset), value);
    }
    fakes_end(s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dma_copies_in_its_time_and_interrupts),
        cmocka_unit_test(test_dma_every_channel_interrupts_its_line),
        cmocka_unit_test(test_dma_blocks_follow_each_other),
        cmocka_unit_test(test_dma_loop_runs_until_it_is_stopped),
        cmocka_unit_test(test_dma_loop_leaves_by_next_block_when_paused),
        cmocka_unit_test(test_dma_abort_continues_with_next_block),
        cmocka_unit_test(test_dma_pause_keeps_what_is_left),
        cmocka_unit_test(test_dma_saved_transfer_continues),
        cmocka_unit_test(test_dma_lite_channel_has_short_lengths_alone),
        cmocka_unit_test(test_dma_source_ignored_fills_with_zeros),
        cmocka_unit_test(test_dma_destination_ignored_only_reads),
        cmocka_unit_test(test_dma_fixed_address_takes_words),
        cmocka_unit_test(test_dma_overlapping_copy_repeats),
        cmocka_unit_test(test_dma_pacing_is_logged),
        cmocka_unit_test(test_dma_block_nowhere_is_an_error),
        cmocka_unit_test(test_dma_data_nowhere_is_an_error_once),
        cmocka_unit_test(test_dma_longest_block_can_be_reset),
        cmocka_unit_test(test_dma_resets_itself_by_its_registers),
        cmocka_unit_test(test_dma_starts_another_channel_by_its_registers),
        cmocka_unit_test(test_dma_disabled_channel_waits),
        cmocka_unit_test(test_dma_page_chooses_sdram),
        cmocka_unit_test(test_dma4_copies_above_4_gib),
        cmocka_unit_test(test_dma4_two_dimensions_and_chain),
        cmocka_unit_test(test_dma4_peripherals_have_high_addresses),
        cmocka_unit_test(test_dma4_error_aborts_or_halts),
        cmocka_unit_test(test_dma4_block_nowhere_is_an_error),
        cmocka_unit_test(test_dma4_halt_stops_a_loop),
        cmocka_unit_test(test_dma_random_registers_are_survived),
        cmocka_unit_test(test_dma_writing_back_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
