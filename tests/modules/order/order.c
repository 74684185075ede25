/* SPDX-License-Identifier: MIT */
/*
 * A test's device for every target: one region of each endianness that keeps
 * what is written as memory would, and tells the value that the model saw;
 * DMA, an interrupt, a console and an end.
 */
#include <outboard/outboard.h>

OB_MODINFO("arch", "x86_64,m68k,aarch64,riscv64");

enum { PORT, LITTLE, BIG };              /* the regions */
enum { SEEN, DMA_AT, DMA_BYTES, DMA_TURN, LINE, CHAR, END };
enum { CELLS = 16, DMA_MAX = 64 };

struct probe {
    uint8_t cells[2][CELLS];
    uint32_t seen;                  /* last value written, as the model's */
    uint32_t dma_at, dma_bytes;
    uint32_t line;
};

/* Where byte n of an access lies, byte 0 being the least significant one. */
static uint8_t *cell(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint32_t bytes, uint32_t n)
{
    struct probe *p = ob_state(dev);
    uint64_t at = region == BIG ? offset + bytes - 1 - n : offset + n;

    return &p->cells[region == BIG][at % CELLS];
}

static uint64_t cells_read(struct ob_dev *dev, uint32_t region,
                           uint64_t offset, uint32_t bytes)
{
    uint64_t value = 0;

    for (uint32_t n = 0; n < bytes; n++)
        value |= (uint64_t)*cell(dev, region, offset, bytes, n) << (8 * n);
    return value;
}

static void cells_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint64_t value, uint32_t bytes)
{
    struct probe *p = ob_state(dev);

    p->seen = (uint32_t)value;
    for (uint32_t n = 0; n < bytes; n++)
        *cell(dev, region, offset, bytes, n) = (uint8_t)(value >> (8 * n));
}

/* Turn the bytes in the guest's memory end for end. */
static void turn_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);
    uint32_t n = p->dma_bytes <= DMA_MAX ? p->dma_bytes : DMA_MAX;
    uint8_t in[DMA_MAX], out[DMA_MAX];

    if (ob_mem_read(dev, NULL, p->dma_at, in, n) < 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        out[i] = in[n - 1 - i];
    ob_mem_write(dev, NULL, p->dma_at, out, n);
}

static void line_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_irq_set(dev, 0, 0, w->value & 1);
}

static void char_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    uint8_t byte = (uint8_t)w->raw;

    ob_chr_send(dev, 0, 0, &byte, 1);
}

static void end_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_machine_request(dev, OB_MACHINE_POWEROFF);
}

static const struct ob_reg port_regs[] = {
    { OB_REG32("SEEN", 4 * SEEN, struct probe, seen) },
    { OB_REG32("DMA_AT", 4 * DMA_AT, struct probe, dma_at) },
    { OB_REG32("DMA_BYTES", 4 * DMA_BYTES, struct probe, dma_bytes) },
    { OB_REG32_HOOKED("DMA_TURN", 4 * DMA_TURN), .on_write = turn_write },
    { OB_REG32("LINE", 4 * LINE, struct probe, line), .on_write = line_write },
    { OB_REG32_HOOKED("CHAR", 4 * CHAR), .on_write = char_write },
    { OB_REG32_HOOKED("END", 4 * END), .on_write = end_write },
};

static const struct ob_region regions[] = {
    [PORT] = { .name = "port", .bytes = 0x100, .regs = OB_ARRAY(port_regs) },
    [LITTLE] = { .name = "little", .bytes = CELLS, .on_read = cells_read,
                 .on_write = cells_write },
    [BIG] = { .name = "big", .bytes = CELLS, .flags = OB_REGION_BIG_ENDIAN,
              .on_read = cells_read, .on_write = cells_write },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_chardev chardevs[] = { { .name = "chardev" } };
static const struct ob_saved saved[] = {
    OB_SAVED_ARRAY(struct probe, cells[0]),
    OB_SAVED_ARRAY(struct probe, cells[1]),
};

OB_DEVICE(probe_type, "order-probe", struct probe,
          "a test's device of both endians", .regions = OB_ARRAY(regions),
          .irqs = OB_ARRAY(irqs), .chardevs = OB_ARRAY(chardevs),
          .saved = OB_ARRAY(saved));
OB_MODULE("order", "1.0", "MIT", &probe_type);
