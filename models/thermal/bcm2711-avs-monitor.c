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

enum { AVS_TEMP = 0x200 };
enum { TEMP_VALID = 1u << 16 | 1u << 10, TEMP_DATA = 0x3ff };

/* thermal-zones/cpu-thermal/coefficients: m°C = OFFSET - SLOPE * data */
enum { OFFSET_MILLIC = 410040, SLOPE_MILLIC = 487 };
enum { DEFAULT_MILLIC = 45000, MAX_MILLIC = 125000 };

struct avs {
    uint32_t millic;                /* property temperature */
};

/* The sensor's code for the nearest temperature. */
static uint64_t temp_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct avs *a = ob_state(dev);

    (void)index, (void)stored;
    return TEMP_VALID |
           ((OFFSET_MILLIC - a->millic + SLOPE_MILLIC / 2) / SLOPE_MILLIC &
            TEMP_DATA);
}

static const struct ob_reg avs_regs[] = {
    { .name = "RO_TEMP_STATUS", .offset = AVS_TEMP, .bytes = 4,
      .access = OB_RO, .state = OB_NO_STATE, .on_read = temp_read },
};

static const struct ob_region avs_regions[] = {
    { .name = "regs", .bytes = 0xf00, .regs = OB_ARRAY(avs_regs) },
};
static const struct ob_prop avs_props[] = {
    { .name = "temperature", .desc = "of the chip, in thousandths of 1 °C",
      .type = OB_PROP_UINT, .offset = offsetof(struct avs, millic),
      .bytes = 4, .def = DEFAULT_MILLIC, .min = 0, .max = MAX_MILLIC },
};

const struct ob_device_type bcm2711_avs_monitor_type = {
    .size = sizeof(bcm2711_avs_monitor_type),
    .name = "bcm2711-avs-monitor",
    .desc = "BCM2711 AVS monitor: the temperature sensor",
    .state_bytes = sizeof(struct avs),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(avs_props),
    .regions = OB_ARRAY(avs_regions),
};
