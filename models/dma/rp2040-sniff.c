/* SPDX-License-Identifier: MIT */
/*
 * The checksum of the RP2040's DMA: RP2040 Datasheet, 2.5.5.2. The functions
 * have no state: SNIFF_CTRL and the sum are parameters.
 */
#include "rp2040-sniff.h"

#include <outboard/bits.h>

enum { CALC_CRC32 = 0, CALC_CRC32R = 1, CALC_CRC16 = 2, CALC_CRC16R = 3,
       CALC_EVEN = 14, CALC_SUM = 15 };
/* The generator polynomials, most significant bit first. */
enum { CRC32_POLY = 0x04c11db7, CRC16_POLY = 0x1021 };

bool sniff_sees(uint32_t ctrl, uint32_t n)
{
    return ctrl & SNIFF_EN && ob_field_get(ctrl, SNIFF_DMACH) == n;
}

/* The low `bits` bits of `value` in reverse order. */
static uint32_t reversed(uint32_t value, uint32_t bits)
{
    uint32_t ret = 0;

    for (uint32_t i = 0; i < bits; i++)
        ret |= (value >> i & 1) << (bits - 1 - i);
    return ret;
}

uint32_t sniff_swapped(uint32_t value, uint32_t bytes)
{
    uint8_t swapped[4];

    ob_put_le(swapped, bytes, value);
    return (uint32_t)ob_get_be(swapped, bytes);
}

/* Add `bits` bits of data, the most significant first. */
static uint32_t crc32(uint32_t sum, uint32_t data, uint32_t bits)
{
    for (uint32_t left = bits; left > 0; left--) {
        uint32_t out = sum >> 31 ^ (data >> (left - 1) & 1);

        sum = sum << 1 ^ (out ? CRC32_POLY : 0);
    }
    return sum;
}

static uint32_t crc16(uint32_t sum, uint32_t data, uint32_t bits)
{
    for (uint32_t left = bits; left > 0; left--) {
        uint32_t out = (sum >> 15 ^ data >> (left - 1)) & 1;

        sum = (sum << 1 ^ (out ? CRC16_POLY : 0)) & 0xffff;
    }
    return sum;
}

/* 1 if `value` has an odd number of bits that are 1. */
static uint32_t parity(uint32_t value)
{
    for (uint32_t shift = 16; shift; shift /= 2)
        value ^= value >> shift;
    return value & 1;
}

/* The codes CRC32R and CRC16R take the bits of an item in reverse order. */
bool sniff_add(uint32_t ctrl, uint32_t *sum, uint32_t data, uint32_t bytes)
{
    uint32_t bits = 8 * bytes;

    if (ctrl & SNIFF_BSWAP)
        data = sniff_swapped(data, bytes);
    switch (ob_field_get(ctrl, SNIFF_CALC)) {
    case CALC_CRC32: *sum = crc32(*sum, data, bits); return true;
    case CALC_CRC32R:
        *sum = crc32(*sum, reversed(data, bits), bits);
        return true;
    case CALC_CRC16: *sum = crc16(*sum, data, bits); return true;
    case CALC_CRC16R:
        *sum = crc16(*sum, reversed(data, bits), bits);
        return true;
    case CALC_EVEN: *sum ^= parity(data); return true;
    case CALC_SUM: *sum += data; return true;
    default: return false;
    }
}

uint32_t sniff_result(uint32_t ctrl, uint32_t sum)
{
    if (ctrl & SNIFF_OUT_REV)
        sum = reversed(sum, 32);
    return ctrl & SNIFF_OUT_INV ? ~sum : sum;
}
