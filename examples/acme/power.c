/* SPDX-License-Identifier: MIT */
/*
 * A model of the power controller: ACME DevKit manual, chapter 5 (manual.md).
 *
 * Not modelled: the time that a power-off or a reset takes.
 */
#include <outboard/outboard.h>

#include "acme.h"

enum { POWER_CTRL = 0x00, POWER_CAUSE = 0x04 };

/* 5.1: only these words have an effect. */
enum { CTRL_OFF = 0x0ff00ff0, CTRL_RESET = 0x5e7ab007 };
enum { CAUSE_POWER_ON = 1u << 0, CAUSE_SOFTWARE = 1u << 1 };

struct power {
    uint32_t cause;                 /* register */
    uint32_t by_software;           /* this part requested the next reset */
};

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct power *p = ob_state(dev);

    switch (w->raw) {
    case CTRL_OFF: ob_machine_request(dev, OB_MACHINE_POWEROFF); break;
    case CTRL_RESET:
        p->by_software = 1;
        ob_machine_request(dev, OB_MACHINE_RESET);
        break;
    default:
        ob_log(dev, OB_LOG_GUEST, "CTRL: 0x%08x is not a command",
               (unsigned)w->raw);
    }
}

/*
 * 5.2: a software reset sets another cause than all others. The request takes
 * effect later, so the model remembers it in a member that a reset keeps.
 */
static void power_reset(struct ob_dev *dev)
{
    struct power *p = ob_state(dev);

    p->cause = p->by_software ? CAUSE_SOFTWARE : CAUSE_POWER_ON;
    p->by_software = 0;
}

static const struct ob_reg power_regs[] = {
    { .name = "CTRL", .offset = POWER_CTRL, .bytes = 4, .access = OB_WO,
      .state = OB_NO_STATE, .on_write = ctrl_write },
    { OB_REG32(power, "CAUSE", POWER_CAUSE, cause), .access = OB_RO },
};

/* 5.1: CTRL accepts only whole words. */
static const struct ob_region power_regions[] = {
    { .name = "regs", .bytes = 0x400, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(power_regs) },
};
static const struct ob_saved power_saved[] = { OB_SAVED(power, by_software) };

const struct ob_device_type acme_power_type = {
    .size = sizeof(acme_power_type),
    .name = "acme-power",
    .desc = "ACME power controller: power-off and reset",
    .state_bytes = sizeof(struct power),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(power_regions),
    .saved = OB_ARRAY(power_saved),
    .reset = power_reset,
};
