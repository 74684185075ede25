/* SPDX-License-Identifier: MIT */
/*
 * A test's device for every target: one region of each endianness that keeps
 * what is written as memory would, and tells the value that the model saw;
 * DMA, an interrupt, a console and an end.
 */
#include <outboard/outboard.h>

OB_MODINFO("name", "order");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "x86_64,m68k,aarch64,riscv64");
OB_MODINFO("objs", "order-probe");

enum { LITTLE, BIG };
enum { SEEN, DMA_AT, DMA_BYTES, DMA_TURN, LINE, CHAR, END };
enum { CELLS = 16, DMA_MAX = 64 };

struct probe {
    uint8_t cells[2][CELLS];
    uint32_t seen;                  /* last value written, as the model's */
    uint32_t dma_at, dma_bytes;
    uint32_t line;
};

static uint8_t *cell(struct ob_dev *dev, int which, uint64_t offset,
                     uint32_t bytes, uint32_t n)
{
    struct probe *p = ob_state(dev);
    uint64_t at = which == BIG ? offset + bytes - 1 - n : offset + n;

    return &p->cells[which][at % CELLS];
}

static uint64_t cells_read(struct ob_dev *dev, int which, uint64_t offset,
                           uint32_t bytes)
{
    uint64_t value = 0;

    for (uint32_t n = 0; n < bytes; n++)
        value |= (uint64_t)*cell(dev, which, offset, bytes, n) << (8 * n);
    return value;
}

static void cells_write(struct ob_dev *dev, int which, uint64_t offset,
                        uint64_t value, uint32_t bytes)
{
    ((struct probe *)ob_state(dev))->seen = (uint32_t)value;
    for (uint32_t n = 0; n < bytes; n++)
        *cell(dev, which, offset, bytes, n) = (uint8_t)(value >> (8 * n));
}

static uint64_t little_read(struct ob_dev *dev, uint64_t offset,
                            uint32_t bytes)
{
    return cells_read(dev, LITTLE, offset, bytes);
}

static void little_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                         uint32_t bytes)
{
    cells_write(dev, LITTLE, offset, value, bytes);
}

static uint64_t big_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    return cells_read(dev, BIG, offset, bytes);
}

static void big_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                      uint32_t bytes)
{
    cells_write(dev, BIG, offset, value, bytes);
}

/* Turn the bytes in the guest's memory end for end. */
static void turn_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);
    uint32_t n = p->dma_bytes <= DMA_MAX ? p->dma_bytes : DMA_MAX;
    uint8_t in[DMA_MAX], out[DMA_MAX];

    (void)w;
    if (ob_mem_read(dev, NULL, p->dma_at, in, n) < 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        out[i] = in[n - 1 - i];
    ob_mem_write(dev, NULL, p->dma_at, out, n);
}

static void line_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_irq_set(dev, 0, w->value & 1);
}

static void char_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    uint8_t byte = (uint8_t)w->raw;

    ob_chr_send(dev, 0, &byte, 1);
}

static void end_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    ob_machine_request(dev, OB_MACHINE_POWEROFF);
}

static const struct ob_reg port_regs[] = {
    { OB_REG32(probe, "SEEN", 4 * SEEN, seen) },
    { OB_REG32(probe, "DMA_AT", 4 * DMA_AT, dma_at) },
    { OB_REG32(probe, "DMA_BYTES", 4 * DMA_BYTES, dma_bytes) },
    { .name = "DMA_TURN", .offset = 4 * DMA_TURN, .bytes = 4,
      .state = OB_NO_STATE, .on_write = turn_write },
    { OB_REG32(probe, "LINE", 4 * LINE, line), .on_write = line_write },
    { .name = "CHAR", .offset = 4 * CHAR, .bytes = 4, .state = OB_NO_STATE,
      .on_write = char_write },
    { .name = "END", .offset = 4 * END, .bytes = 4, .state = OB_NO_STATE,
      .on_write = end_write },
};

static const struct ob_region regions[] = {
    { .name = "port", .bytes = 0x100, .regs = OB_ARRAY(port_regs) },
    { .name = "little", .bytes = CELLS, .read = little_read,
      .write = little_write },
    { .name = "big", .bytes = CELLS, .flags = OB_REGION_BIG_ENDIAN,
      .read = big_read, .write = big_write },
};
static const struct ob_irq irqs[] = { { "irq" } };
static const struct ob_chardev chardevs[] = { { .name = "chardev" } };
static const struct ob_saved saved[] = {
    OB_SAVED_ARRAY(probe, cells[0]),
    OB_SAVED_ARRAY(probe, cells[1]),
};

static const struct ob_device_type probe_type = {
    .size = sizeof(probe_type),
    .name = "order-probe",
    .desc = "a test's device of both endians",
    .state_bytes = sizeof(struct probe),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(regions),
    .irqs = OB_ARRAY(irqs),
    .chardevs = OB_ARRAY(chardevs),
    .saved = OB_ARRAY(saved),
};
static const struct ob_device_type *const types[] = { &probe_type };

OB_MODULE = { OB_MODULE_HEAD("order", "1.0", "MIT"), OB_DEVICES(types) };
