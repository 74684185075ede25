/* SPDX-License-Identifier: MIT */
/* The bench and the fake part that the models' unit tests share. */
#include "fakes.h"

#include "models.h"

enum { FAKE_BOX = 0x0, FAKE_BUSY = 0x4, FAKE_BYTES = 0x1000 };

static uint64_t fake_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                          uint32_t bytes)
{
    struct fake *f = ob_state(dev);

    return offset == FAKE_BUSY ? f->busy : f->words[offset / 4];
}

static void fake_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes)
{
    struct fake *f = ob_state(dev);

    f->boxed += offset == FAKE_BOX;
    f->words[offset / 4] = (uint32_t)value;
}

static void fake_reset(struct ob_dev *dev, uint32_t kind)
{
    memset(ob_state(dev), 0, sizeof(struct fake));
}

static const struct ob_saved fake_saved[] = {
    OB_SAVED_ARRAY(struct fake, words), OB_SAVED(struct fake, boxed),
    OB_SAVED(struct fake, busy),
};
static const struct ob_region fake_regions[] = {
    { .name = "regs", .bytes = FAKE_BYTES, .access_min = 4, .access_max = 4,
      .on_read = fake_read, .on_write = fake_write },
};

static const struct ob_device_type fake_type = {
    .size = sizeof(fake_type), .state_bytes = sizeof(struct fake),
    .name = "fake-part", .regions = OB_ARRAY(fake_regions),
    .saved = OB_ARRAY(fake_saved), .reset = fake_reset,
};

static const struct ob_device_type *const fake_types[] = { &fake_type };
static const struct ob_device_type *const arm_boot_types[] = {
    &arm_spin_table_type,
};
static const struct ob_device_type *const arm_serial_types[] = {
    &arm_pl011_type,
};
static const struct ob_device_type *const bcm2711_types[] = {
    &bcm2711_asb_type, &bcm2711_aux_shim_type, &bcm2711_avs_monitor_type,
    &bcm2711_dma_type, &bcm2711_gpio_shim_type,
    &bcm2711_otg_shim_type, &bcm2711_property_shim_type,
    &bcm2711_rng200_type,
};
static const struct ob_device_type *const goldfish_types[] = {
    &google_goldfish_tty_type, &google_goldfish_tty_be_type,
};
static const struct ob_device_type *const i2c_parts_types[] = {
    &outboard_at24c_type, &outboard_tmp105_type,
};
static const struct ob_device_type *const riscv_types[] = {
    &riscv_aclint_type,
};

/* The types of the installed modules, except "rp2040". */
static const struct ob_module modules[] = {
    FAKES_MODULE("fakes", fake_types),
    FAKES_MODULE("arm-boot", arm_boot_types),
    FAKES_MODULE("arm-serial", arm_serial_types),
    FAKES_MODULE("bcm2711", bcm2711_types),
    FAKES_MODULE("goldfish", goldfish_types),
    FAKES_MODULE("i2c-parts", i2c_parts_types),
    FAKES_MODULE("riscv", riscv_types),
};

struct ob_bench *fakes_bench(void)
{
    struct ob_bench *b = ob_bench_new();

    for (size_t n = 0; n < sizeof(modules) / sizeof(*modules); n++)
        assert_int_equal(ob_bench_module(b, &modules[n]), 0);
    return b;
}

void fakes_restore(struct ob_bench_dev *dev)
{
    size_t count;
    uint8_t *saved = ob_bench_save(dev, &count);

    ob_bench_reset(dev);
    assert_int_equal(ob_bench_restore(dev, saved, count), 0);
    free(saved);
}

void fakes_end(struct ob_bench *b)
{
    assert_int_equal(ob_bench_free(b), 0);
}
