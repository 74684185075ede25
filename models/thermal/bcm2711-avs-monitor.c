/* SPDX-License-Identifier: MIT */
/*
 * A model of the temperature sensor in the BCM2711's AVS monitor. Source:
 * Linux's driver bcm2711_thermal; slope and offset are from the Pi 4's device
 * tree.
 *
 * Not modelled: voltages, ring oscillators and other sensors of the block.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { TEMP_VALID = 0x10400, TEMP_DATA = 0x3ff };

/* thermal-zones/cpu-thermal/coefficients: m°C = OFFSET - SLOPE * data */
enum { OFFSET_MILLIC = 410040, SLOPE_MILLIC = 487 };
enum { DEFAULT_MILLIC = 45000, MAX_MILLIC = 125000 };

struct avs {
    uint32_t millic;                /* property temperature */
};

/* The sensor's code for the nearest temperature. */
static uint64_t temp_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct avs *a = ob_state(dev);
    uint32_t below = OFFSET_MILLIC - a->millic;

    return TEMP_VALID |
           ((below + SLOPE_MILLIC / 2) / SLOPE_MILLIC & TEMP_DATA);
}

static const struct ob_reg avs_regs[] = {
    { OB_REG32_HOOKED("RO_TEMP_STATUS", 0x200), .access = OB_RO,
      .on_read = temp_read },
};

static const struct ob_region avs_regions[] = {
    { .name = "regs", .bytes = 0xf00, .regs = OB_ARRAY(avs_regs) },
};
static const struct ob_prop avs_props[] = {
    { OB_PROP_UINT_AT("temperature", struct avs, millic),
      .desc = "of the chip, in thousandths of 1 °C", .def = DEFAULT_MILLIC,
      .max = MAX_MILLIC },
};

OB_DEVICE(bcm2711_avs_monitor_type, "bcm2711-avs-monitor", struct avs,
          "BCM2711 AVS monitor: the temperature sensor",
          .props = OB_ARRAY(avs_props), .regions = OB_ARRAY(avs_regions));
