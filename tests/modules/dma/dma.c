/* SPDX-License-Identifier: MIT */
/*
 * A device that moves memory, of no use but to tests: what it is told to do by
 * GO, it does at once. COUNT is in bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <outboard/outboard.h>

enum { DMA_SRC = 0x00, DMA_SRC_HI = 0x04, DMA_DST = 0x08, DMA_DST_HI = 0x0c,
       DMA_COUNT = 0x10, DMA_VALUE = 0x14, DMA_GO = 0x18, DMA_STATUS = 0x1c,
       DMA_SUM = 0x20, DMA_AT = 0x28, DMA_AT_HI = 0x2c };
/*
 * COPY from SRC to DST; READ SRC, its sum to SUM; FILL words of DST with VALUE;
 * POKE: FILL, write VALUE to the word at AT (which may move memory), FILL with
 * ~VALUE, READ; CRASH: FILL, and end; EACH: FILL word by word.
 */
enum { GO_COPY = 1, GO_READ, GO_FILL, GO_POKE, GO_CRASH, GO_EACH };
enum { BUFFER_BYTES = 65536, FAULT = 1 };

struct dma {
    uint32_t src, src_hi, dst, dst_hi, count, value, status, sum, at, at_hi;
    const struct ob_link *bus;
    uint8_t buffer[BUFFER_BYTES];
};

static uint64_t wide(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

static void get(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    if (ob_mem_read(dev, d->bus, wide(d->src, d->src_hi), d->buffer, d->count))
        d->status = FAULT;
}

static void put(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    if (ob_mem_write(dev, d->bus, wide(d->dst, d->dst_hi), d->buffer,
                     d->count))
        d->status = FAULT;
}

static void sum(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    get(dev);
    d->sum = 0;
    for (uint32_t n = 0; n < d->count && !d->status; n++)
        d->sum = d->sum * 31 + d->buffer[n];
}

static void fill(struct ob_dev *dev, uint32_t value)
{
    struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n + 4 <= BUFFER_BYTES; n += 4)
        memcpy(d->buffer + n, &value, 4);
    put(dev);
}

static void each(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);
    uint64_t at = wide(d->dst, d->dst_hi);

    for (uint32_t n = 0; n < d->count; n += 4)
        if (ob_mem_write(dev, d->bus, at + n, &d->value, 4))
            d->status = FAULT;
}

static void poke(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    fill(dev, d->value);
    if (ob_mem_write(dev, NULL, wide(d->at, d->at_hi), &d->value, 4))
        d->status = FAULT;
    fill(dev, ~d->value);
    sum(dev);
}

static void go_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    d->status = d->count > BUFFER_BYTES ? FAULT : 0;
    if (d->status)
        return;
    if (w->raw == GO_COPY) {
        get(dev);
        if (!d->status)
            put(dev);
    } else if (w->raw == GO_READ) {
        sum(dev);
    } else if (w->raw == GO_FILL) {
        fill(dev, d->value);
    } else if (w->raw == GO_POKE) {
        poke(dev);
    } else if (w->raw == GO_EACH) {
        each(dev);
    } else if (w->raw == GO_CRASH) {
        fill(dev, d->value);
        abort();
    }
}

static const struct ob_reg regs[] = {
    { OB_REG32("SRC", DMA_SRC, struct dma, src) },
    { OB_REG32("SRC_HI", DMA_SRC_HI, struct dma, src_hi) },
    { OB_REG32("DST", DMA_DST, struct dma, dst) },
    { OB_REG32("DST_HI", DMA_DST_HI, struct dma, dst_hi) },
    { OB_REG32("COUNT", DMA_COUNT, struct dma, count) },
    { OB_REG32("VALUE", DMA_VALUE, struct dma, value) },
    { OB_REG32_HOOKED("GO", DMA_GO), .access = OB_WO, .on_write = go_write },
    { OB_REG32("STATUS", DMA_STATUS, struct dma, status), .access = OB_RO },
    { OB_REG32("SUM", DMA_SUM, struct dma, sum), .access = OB_RO },
    { OB_REG32("AT", DMA_AT, struct dma, at) },
    { OB_REG32("AT_HI", DMA_AT_HI, struct dma, at_hi) },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
};
static const struct ob_prop props[] = {
    { OB_PROP_LINK_AT("bus", struct dma, bus), .desc = "memory it moves" },
};
OB_DEVICE(dma_type, "test-dma", struct dma, "moves memory",
          .props = OB_ARRAY(props), .regions = OB_ARRAY(regions));
OB_MODULE("dma", "1", "MIT", &dma_type);
