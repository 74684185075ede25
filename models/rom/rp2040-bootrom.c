/* SPDX-License-Identifier: MIT */
/*
 * A model of the boot ROM: RP2040 Datasheet, 2.8.3. Its tables and functions
 * are Outboard's own, with the codes of the real ROM. They copy, fill and count
 * bits. rp2040-bootrom.S is their source.
 *
 * The board starts the processor at the program's vector table and skips the
 * start in the ROM. At each reset the model writes the ROM into RAM. Not
 * modelled: the floating point library, flash programming (has no effect), USB
 * boot (stops the processor).
 */
#include <outboard/outboard.h>

#include "models.h"

enum { ROM_MAX = 16384 };

struct rom {
    uint64_t at;                        /* property */
};

/* Hosts are little-endian, as the guest is. */
static const uint16_t code[] = {
    0x2000, 0x2004, 0x00d5, 0x0000, 0x00d5, 0x0000, 0x00d5, 0x0000,
    0x754d, 0x0301, 0x001c, 0x005c, 0x005f, 0x0000, 0x3350, 0x0073,
    0x3352, 0x0085, 0x334c, 0x0095, 0x3354, 0x00a5, 0x534d, 0x00b5,
    0x3453, 0x00b5, 0x434d, 0x00c1, 0x3443, 0x00c1, 0x4255, 0x00d5,
    0x5444, 0x00d5, 0x4649, 0x00d3, 0x5845, 0x00d3, 0x4552, 0x00d3,
    0x5052, 0x00d3, 0x4346, 0x00d3, 0x5843, 0x00d3, 0x0000, 0x8802,
    0x8843, 0x3004, 0x428a, 0xd002, 0x2a00, 0xd1f8, 0x2300, 0x4618,
    0x4770, 0x2100, 0x2800, 0xd003, 0x1e42, 0x4010, 0x3101, 0xe7f9,
    0x4608, 0x4770, 0x2100, 0x2220, 0x0840, 0x4149, 0x3a01, 0xd1fb,
    0x4608, 0x4770, 0x2120, 0x2800, 0xd002, 0x3901, 0x0840, 0xe7fa,
    0x4608, 0x4770, 0x2120, 0x2800, 0xd002, 0x3901, 0x0040, 0xe7fa,
    0x4608, 0x4770, 0x2a00, 0xd002, 0x3a01, 0x5481, 0xd1fc, 0x4770,
    0xb510, 0x2300, 0x4293, 0xd003, 0x5ccc, 0x54c4, 0x3301, 0xe7f9,
    0xbd10, 0x4770, 0xbf30, 0xe7fd,
};
_Static_assert(sizeof(code) <= ROM_MAX, "the ROM has 16 KiB");

static void rom_reset(struct ob_dev *dev, uint32_t kind)
{
    const struct rom *r = ob_state(dev);

    if (ob_mem_write(dev, NULL, r->at, code, sizeof(code)))
        ob_log(dev, OB_LOG_GUEST,
               "the board has no memory for the ROM at 0x%llx",
               (unsigned long long)r->at);
}

static const struct ob_prop rom_props[] = {
    { OB_PROP_UINT_AT("address", struct rom, at),
      .desc = "address of the board's RAM for the ROM" },
};

OB_DEVICE(rp2040_bootrom_type, "rp2040-bootrom", struct rom,
          "RP2040 boot ROM's tables and functions",
          .props = OB_ARRAY(rom_props), .reset = rom_reset);
