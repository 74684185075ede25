/* SPDX-License-Identifier: MIT */
/*
 * The bus accesses of the BCM2711's DMA controller, and what a channel sees at
 * an address: BCM2711 ARM Peripherals, 1.2 (the maps) and 4.
 */
#include "bcm2711-dma.h"

/*
 * 1.2: the ARM sees peripherals in place of the last 64 MiB of SDRAM below
 * 4 GiB. DMA4 sees the whole SDRAM, and the peripherals at a higher address.
 * The last 8 MiB, with the interrupt controller, are local to the ARM: no
 * channel sees them.
 */
#define ARM_IO      0xfc000000u
#define WIDE_IO     UINT64_C(0x47c000000)
#define IO_BYTES    0x04000000u
#define WIDE_BYTES  0x03800000u
#define PAGE_WINDOW 0xc0000000u
#define PAGE_MASK   0x3fffffffu

/* Is `at` SDRAM at its own address? No: only the ARM sees something there. */
static bool route_sdram(uint64_t at)
{
    return at < ARM_IO || at >= (uint64_t)ARM_IO + IO_BYTES;
}

/* The bus and the address that the channel accesses; false: nothing. */
static bool route(const struct dma *d, uint32_t n, uint64_t *at,
                  const struct ob_link **via)
{
    uint64_t page = ob_field_get(d->enable, dma_is_lite(n) ? ENABLE_PAGELITE
                                                           : ENABLE_PAGE);

    *via = NULL;
    if (dma_is_wide(n)) {
        if (*at < WIDE_IO || *at >= WIDE_IO + WIDE_BYTES)
            return route_sdram(*at);
        *at = *at - WIDE_IO + ARM_IO;
        return true;
    }
    /* 4.2, ENABLE: the upper quarter is the page's 1 GiB of SDRAM. */
    if (page && n != DMA_VPU && *at >= PAGE_WINDOW) {
        *at = page << 30 | (*at & PAGE_MASK);
        return route_sdram(*at);
    }
    *via = d->bus;
    return true;
}

static int bus_access(struct ob_dev *dev, uint32_t n, uint64_t at,
                      uint8_t *bytes, uint32_t count, bool is_write)
{
    const struct ob_link *via;

    if (!route(ob_state(dev), n, &at, &via))
        return -1;
    return is_write ? ob_mem_write(dev, via, at, bytes, count)
                    : ob_mem_read(dev, via, at, bytes, count);
}

int dma_read_bus(struct ob_dev *dev, uint32_t n, uint64_t at, uint8_t *bytes,
                 uint32_t count)
{
    return bus_access(dev, n, at, bytes, count, false);
}

int dma_access(struct ob_dev *dev, uint32_t n, const struct dma_end *e,
               uint8_t *bytes, uint32_t count, bool is_write)
{
    int failed = 0;

    if (e->inc)
        return bus_access(dev, n, e->at, bytes, count, is_write);
    for (uint32_t done = 0; done < count && !failed; done += e->width) {
        uint32_t left = count - done;

        failed = bus_access(dev, n, e->at, bytes + done,
                            left < e->width ? left : e->width, is_write);
    }
    return failed;
}
