/* SPDX-License-Identifier: MIT */
/* The bench's own promises: modules, buses, wires, time, logs, randomness. */
#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <outboard/bench.h>

/* A model that copies memory by DMA and tells when its timers expire. */
struct mover {
    uint32_t from, to, count, go, result, seen;
    const struct ob_link *bus;
    uint8_t random[8];
    char order[8];
    uint32_t n_order;
};

static void mover_go(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct mover *m = ob_state(dev);
    uint8_t buf[64];

    if (w->value == 2) {
        ob_random(dev, m->random, sizeof(m->random));
        return;
    }
    if (w->value == 3) {
        ob_log(dev, OB_LOG_TRACE, "traced %d", 3);
        ob_log(dev, OB_LOG_GUEST, "odd\x1b[31m");
        return;
    }
    if (m->count > sizeof(buf))
        m->count = sizeof(buf);
    m->result = (uint32_t)ob_mem_read(dev, m->bus, m->from, buf, m->count);
    if (!m->result)
        m->result = (uint32_t)ob_mem_write(dev, m->bus, m->to, buf, m->count);
    ob_irq_set(dev, 0, 0, true);
    ob_chr_send(dev, 0, 0, (const uint8_t *)"done\n", 5);
}

static void mover_arm(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_timer_arm(dev, w->index, 0, w->value);
}

static void order_add(struct ob_dev *dev, char c)
{
    struct mover *m = ob_state(dev);

    if (m->n_order < sizeof(m->order) - 1)
        m->order[m->n_order++] = c;
}

static void expire_a(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    order_add(dev, 'a');
}

static void expire_b(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    order_add(dev, 'b');
}

static void mover_in(struct ob_dev *dev, uint32_t input, uint32_t n,
                     int32_t level)
{
    order_add(dev, (char)((level ? 'A' : 'a') + n));
}

static const struct ob_reg mover_regs[] = {
    { OB_REG32("FROM", 0x0, struct mover, from) },
    { OB_REG32("TO", 0x4, struct mover, to) },
    { OB_REG32("COUNT", 0x8, struct mover, count) },
    { OB_REG32("GO", 0xc, struct mover, go), .on_write = mover_go },
    { OB_REG32_HOOKED("ARM", 0x10), .count = 2, .on_write = mover_arm },
};
static const struct ob_reg be_regs[] = {
    { OB_REG32("SEEN", 0, struct mover, seen) },
};
static const struct ob_region mover_regions[] = {
    { .name = "regs", .bytes = 0x40, .regs = OB_ARRAY(mover_regs) },
    { .name = "be", .bytes = 0x10, .flags = OB_REGION_BIG_ENDIAN,
      .regs = OB_ARRAY(be_regs) },
};
static const struct ob_prop mover_props[] = {
    { OB_PROP_LINK_AT("bus", struct mover, bus) },
};
static const struct ob_irq mover_irqs[] = { { .name = "done" } };
static const struct ob_gpio mover_inputs[] = {
    { .name = "in", .count = 2, .changed = mover_in },
};
static const struct ob_timer mover_timers[] = {
    { .name = "a", .expired = expire_a }, { .name = "b", .expired = expire_b },
};
static const struct ob_chardev mover_chardevs[] = { { .name = "chardev" } };
static const struct ob_device_type mover_type = {
    .size = sizeof(mover_type), .name = "acme-mover",
    .state_bytes = sizeof(struct mover), .state_version = 1,
    .state_oldest = 1, .props = OB_ARRAY(mover_props),
    .regions = OB_ARRAY(mover_regions), .irqs = OB_ARRAY(mover_irqs),
    .inputs = OB_ARRAY(mover_inputs), .timers = OB_ARRAY(mover_timers),
    .chardevs = OB_ARRAY(mover_chardevs),
};
static const struct ob_device_type *const types[] = { &mover_type };
static const struct ob_module module = {
    OB_MODULE_HEAD("acme", "1", "MIT"), .devices = OB_ARRAY(types),
};

static struct ob_bench *b;
static struct ob_bench_dev *d;
static struct mover *m;

static int set_up(void **unused)
{
    (void)unused;
    b = ob_bench_new();
    ob_bench_strict(b, false);
    if (ob_bench_module(b, &module))
        return -1;
    d = ob_bench_make(b, "acme-mover", "m", NULL);
    m = ob_bench_state(d);
    return d ? 0 : -1;
}

static int tear_down(void **unused)
{
    (void)unused;
    return b && ob_bench_free(b) ? -1 : 0;
}

static void go(uint32_t from, uint32_t to, uint32_t count)
{
    ob_bench_write32(d, 0, 0x0, from);
    ob_bench_write32(d, 0, 0x4, to);
    ob_bench_write32(d, 0, 0x8, count);
    ob_bench_write32(d, 0, 0xc, 1);
}

/* --- modules -------------------------------------------------------------- */

static void test_module_flaws_are_told(void **unused)
{
    struct ob_module bad = module;

    (void)unused;
    bad.size = 8;
    assert_int_equal(ob_bench_module(b, &bad), OB_E_INVALID);
    assert_string_equal(ob_bench_error(b),
                        "module: its struct has 8 bytes, at least 80 "
                        "expected; define it with OB_MODULE()");
    bad = module;
    bad.abi_minor = 9;
    assert_int_equal(ob_bench_module(b, &bad), OB_E_INVALID);
    assert_string_equal(ob_bench_error(b),
                        "module acme: needs ABI 0.9 and this bench has 0.1; "
                        "build both with the same SDK");
    bad = module;
    bad.license = NULL;
    assert_int_equal(ob_bench_module(b, &bad), OB_E_INVALID);
    assert_string_equal(ob_bench_error(b),
                        "module acme: names no licence; give OB_MODULE() an "
                        "SPDX expression");
    assert_int_equal(ob_bench_module(b, &module), OB_E_EXISTS);
    assert_string_equal(ob_bench_error(b),
                        "module acme: type acme-mover is known already; "
                        "announce each once");
}

static void test_make_after_a_refused_module_tells_why(void **unused)
{
    struct ob_device_type odd = mover_type;
    const struct ob_device_type *const list[] = { &odd };
    struct ob_module bad = module;

    (void)unused;
    odd.name = "acme-odd";
    odd.flags = 1;
    bad.devices = (struct ob_array)OB_ARRAY(list);
    assert_int_equal(ob_bench_module(b, &bad), OB_E_INVALID);
    assert_null(ob_bench_make(b, "acme-odd", "x", NULL));
    assert_string_equal(ob_bench_error(b),
                        "type acme-odd: no module has it, as one was refused: "
                        "type acme-odd: flags 0x1 are unknown; use 0");
}

static void test_load_of_no_module_is_told(void **unused)
{
    char text[512];
    Dl_info libc;

    (void)unused;
    assert_int_equal(ob_bench_load(b, "no-such-file.so"), OB_E_NOT_FOUND);
    assert_non_null(strstr(ob_bench_error(b), "no-such-file.so: cannot be "
                                              "loaded ("));
    /* The C library is loadable, and no module. */
    assert_true(dladdr((void *)gnu_get_libc_version, &libc));
    assert_int_equal(ob_bench_load(b, libc.dli_fname), OB_E_NOT_FOUND);
    snprintf(text, sizeof(text),
             "%s: exports no outboard_module; declare it with OB_MODULE",
             libc.dli_fname);
    assert_string_equal(ob_bench_error(b), text);
}

static void test_make_of_unknown_type_names_the_nearest(void **unused)
{
    (void)unused;
    assert_null(ob_bench_make(b, "acme-mvoer", "x", NULL));
    assert_string_equal(ob_bench_error(b), "type acme-mvoer: no module has "
                                           "it; did you mean \"acme-mover\"?");
    assert_null(ob_bench_make(b, "virtio-net", "x", NULL));
    assert_string_equal(ob_bench_error(b), "type virtio-net: no module has "
                                           "it; announce its module first");
    assert_null(ob_bench_make(b, "acme-mover", "m", NULL));
    assert_string_equal(ob_bench_error(b), "device m: the name is taken; "
                                           "choose another");
}

static void test_index_finds_names(void **unused)
{
    (void)unused;
    assert_int_equal(ob_bench_index(d, OB_BENCH_REGIONS, "be"), 1);
    assert_int_equal(ob_bench_index(d, OB_BENCH_TIMERS, "b"), 1);
    assert_int_equal(ob_bench_index(d, OB_BENCH_IRQS, "none"), UINT32_MAX);
    assert_int_equal(ob_bench_index(d, 99, "b"), UINT32_MAX);
}

/* --- memory --------------------------------------------------------------- */

static void test_dma_copies_across_adjoining_ram(void **unused)
{
    uint8_t *low = ob_bench_ram(ob_bench_system(b), 0x1000, 0x10);
    uint8_t *high = ob_bench_ram(ob_bench_system(b), 0x1010, 0x10);

    (void)unused;
    memcpy(low + 12, "wxyz", 4);
    memcpy(high, "ABCD", 4);
    go(0x100c, 0x1018, 8);
    assert_int_equal(m->result, 0);
    assert_memory_equal(high + 8, "wxyzABCD", 8);
    assert_true(ob_bench_irq(d, 0, 0));
    assert_string_equal(ob_bench_chr_sent(d, 0, 0, NULL), "done\n");
}

static void test_dma_where_nothing_is_faults(void **unused)
{
    (void)unused;
    ob_bench_ram(ob_bench_system(b), 0x1000, 0x10);
    go(0x1008, 0x1000, 16);
    assert_int_equal((int32_t)m->result, OB_E_FAULT);
    go(0x1000, 0x2000, 4);
    assert_int_equal((int32_t)m->result, OB_E_FAULT);
}

static void test_dma_through_a_bus_of_its_own(void **unused)
{
    struct ob_bench_bus *bus = ob_bench_bus_new(b);
    uint8_t *ram = ob_bench_ram(bus, 0x0, 0x100);

    (void)unused;
    d = ob_bench_dev_new(b, "acme-mover", "n");
    assert_int_equal(ob_bench_link_bus(d, "bus", bus), 0);
    assert_int_equal(ob_bench_create(d), 0);
    m = ob_bench_state(d);
    memcpy(ram, "hello", 5);
    go(0, 0x80, 5);
    assert_memory_equal(ram + 0x80, "hello", 5);
}

static void test_dma_reaches_a_device_in_its_byte_order(void **unused)
{
    uint8_t *ram = ob_bench_ram(ob_bench_system(b), 0x1000, 0x10);

    (void)unused;
    assert_int_equal(ob_bench_map(ob_bench_system(b), 0x2000, d, 1), 0);
    memcpy(ram, "\x11\x22\x33\x44", 4);
    go(0x1000, 0x2000, 4);
    assert_int_equal(m->seen, 0x11223344);
    go(0x2000, 0x1008, 4);
    assert_memory_equal(ram + 8, "\x11\x22\x33\x44", 4);
}

static void test_maps_that_overlap_are_refused(void **unused)
{
    struct ob_bench_bus *bus = ob_bench_system(b);

    (void)unused;
    assert_non_null(ob_bench_ram(bus, 0x1000, 0x100));
    assert_null(ob_bench_ram(bus, 0x0ff8, 0x10));
    assert_string_equal(ob_bench_error(b),
                        "bus: 0x10 bytes at 0xff8 overlap what is at 0x1000; "
                        "choose another place");
    assert_null(ob_bench_ram(bus, 0x1080, 1));
    assert_int_equal(ob_bench_map(bus, 0x10f8, d, 0), OB_E_EXISTS);
    assert_null(ob_bench_ram(bus, UINT64_MAX, 2));
    assert_non_null(ob_bench_ram(bus, UINT64_MAX, 1));
}

/* --- wires and time ------------------------------------------------------- */

static void test_wire_from_an_irq_reaches_the_input(void **unused)
{
    struct ob_bench_dev *to = ob_bench_make(b, "acme-mover", "to", NULL);
    struct mover *t = ob_bench_state(to);

    (void)unused;
    ob_bench_wire_irq(d, 0, 0, to, 0, 1);
    go(0, 0, 0);
    assert_string_equal(t->order, "B");
    ob_bench_dev_free(to);
    /* The wire is gone with its end. */
    ob_bench_reset(d);
}

static void test_step_fires_in_deadline_order(void **unused)
{
    (void)unused;
    ob_bench_write32(d, 0, 0x10, 200);
    ob_bench_write32(d, 0, 0x14, 100);
    ob_bench_step(b, 99);
    assert_string_equal(m->order, "");
    ob_bench_step(b, 1000);
    assert_string_equal(m->order, "ba");
    assert_int_equal(ob_bench_now(b), 1099);
}

static void test_step_fires_equal_deadlines_as_armed(void **unused)
{
    (void)unused;
    ob_bench_write32(d, 0, 0x14, 100);
    ob_bench_write32(d, 0, 0x10, 100);
    ob_bench_step(b, 100);
    assert_string_equal(m->order, "ba");
}

/* --- logs, randomness, mistakes ------------------------------------------- */

static void test_log_keeps_wanted_lines_clean(void **unused)
{
    (void)unused;
    ob_bench_write32(d, 0, 0xc, 3);
    assert_int_equal(ob_bench_log_count(b), 1);
    assert_string_equal(ob_bench_log_line(b, 0), "acme-mover m: odd?[31m");
    assert_string_equal(ob_bench_log_line(b, 7), "");
    ob_bench_log_clear(b);
    ob_bench_log_want(b, 1u << OB_LOG_TRACE);
    ob_bench_write32(d, 0, 0xc, 3);
    assert_int_equal(ob_bench_log_count(b), 1);
    assert_true(ob_bench_log_has(b, "traced 3"));
}

static void test_random_repeats_and_seeds_differ(void **unused)
{
    uint8_t first[8];

    (void)unused;
    ob_bench_seed(b, 0);
    ob_bench_write32(d, 0, 0xc, 2);
    memcpy(first, m->random, 8);
    ob_bench_write32(d, 0, 0xc, 2);
    assert_memory_not_equal(first, m->random, 8);
    ob_bench_seed(b, 0);
    ob_bench_write32(d, 0, 0xc, 2);
    assert_memory_equal(first, m->random, 8);
    ob_bench_seed(b, 1);
    ob_bench_write32(d, 0, 0xc, 2);
    assert_memory_not_equal(first, m->random, 8);
}

static void test_tests_own_mistakes_count(void **unused)
{
    struct ob_bench *mine = b;

    (void)unused;
    assert_int_equal(ob_bench_read32(d, 5, 0), 0);
    ob_bench_input(d, 0, 2, 1);
    ob_bench_clock_set(d, 0, 0, 1);
    assert_false(ob_bench_irq(d, 1, 0));
    assert_string_equal(ob_bench_log_line(b, 0),
                        "acme-mover m: read: the test's index 5 is past the 2 "
                        "declared");
    b = NULL;
    assert_int_equal(ob_bench_free(mine), 4);
}

static void test_strict_prints_mistakes(void **unused)
{
    struct ob_bench *mine = b;
    char line[128] = "";
    FILE *out = tmpfile();
    int saved = dup(2);

    (void)unused;
    fflush(stderr);
    dup2(fileno(out), 2);
    ob_bench_strict(b, true);
    ob_bench_read32(d, 5, 0);
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    rewind(out);
    assert_non_null(fgets(line, sizeof(line), out));
    fclose(out);
    assert_string_equal(line, "mistake: acme-mover m: read: the test's index "
                              "5 is past the 2 declared\n");
    b = NULL;
    assert_int_equal(ob_bench_free(mine), 1);
}

static void test_free_of_null_is_fine(void **unused)
{
    (void)unused;
    assert_int_equal(ob_bench_free(NULL), 0);
    ob_bench_dev_free(NULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_module_flaws_are_told),
        T(test_make_after_a_refused_module_tells_why),
        T(test_load_of_no_module_is_told),
        T(test_make_of_unknown_type_names_the_nearest),
        T(test_index_finds_names),
        T(test_dma_copies_across_adjoining_ram),
        T(test_dma_where_nothing_is_faults),
        T(test_dma_through_a_bus_of_its_own),
        T(test_dma_reaches_a_device_in_its_byte_order),
        T(test_maps_that_overlap_are_refused),
        T(test_wire_from_an_irq_reaches_the_input),
        T(test_step_fires_in_deadline_order),
        T(test_step_fires_equal_deadlines_as_armed),
        T(test_log_keeps_wanted_lines_clean),
        T(test_random_repeats_and_seeds_differ),
        T(test_tests_own_mistakes_count),
        T(test_strict_prints_mistakes),
        T(test_free_of_null_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
