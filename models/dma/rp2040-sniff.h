/* SPDX-License-Identifier: MIT */
/*
 * The checksum of the RP2040's DMA ("sniff hardware"): RP2040 Datasheet,
 * 2.5.5.2, and the registers SNIFF_CTRL and SNIFF_DATA in 2.5.7.
 */
#ifndef MODELS_DMA_RP2040_SNIFF_H
#define MODELS_DMA_RP2040_SNIFF_H

#include <stdbool.h>
#include <stdint.h>

/* 2.5.7: the bits of SNIFF_CTRL. */
enum { SNIFF_EN = 0x1, SNIFF_DMACH = 0x1e, SNIFF_CALC = 0x1e0,
       SNIFF_BSWAP = 0x200, SNIFF_OUT_REV = 0x400, SNIFF_OUT_INV = 0x800 };

/* Is the checksum of SNIFF_CTRL `ctrl` enabled for channel `n`? */
bool sniff_sees(uint32_t ctrl, uint32_t n);

/*
 * Add one transfer of 1, 2 or 4 bytes to `sum`. Returns false if CALC is
 * reserved; `sum` is then unchanged.
 */
bool sniff_add(uint32_t ctrl, uint32_t *sum, uint32_t data, uint32_t bytes);

/*
 * BSWAP of a channel and of SNIFF_CTRL: the low `bytes` bytes of `value` in
 * reverse order. `bytes` is 1 to 4.
 */
uint32_t sniff_swapped(uint32_t value, uint32_t bytes);

/* The value that the guest reads if the sum is `sum`. */
uint32_t sniff_result(uint32_t ctrl, uint32_t sum);

#endif
