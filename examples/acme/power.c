/* SPDX-License-Identifier: MIT */
/*
 * A model of the power controller: ACME DevKit manual, chapter 5 (manual.md).
 *
 * Not modelled: the time that a power-off or a reset takes.
 */
#include "acme.h"

enum { CTRL_OFF = 0x0ff00ff0, CTRL_RESET = 0x5e7ab007 };
enum { CAUSE_POWER_ON = 0x1, CAUSE_SOFTWARE = 0x2 };

struct power {
    uint32_t cause;                 /* register */
    uint32_t by_software;           /* this part requested the next reset */
};

/* 5.1: only these words have an effect. */
static void ctrl_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct power *p = ob_state(dev);

    if (w->raw == CTRL_OFF) {
        ob_machine_request(dev, OB_MACHINE_POWEROFF);
    } else if (w->raw == CTRL_RESET) {
        p->by_software = 1;
        ob_machine_request(dev, OB_MACHINE_RESET);
    } else {
        ob_log(dev, OB_LOG_GUEST, "CTRL: 0x%08x is not a command",
               (unsigned)w->raw);
    }
}

/*
 * 5.2: a software reset sets another cause than all others. The request takes
 * effect later, so the model remembers it in a member that a reset keeps.
 */
static void power_reset(struct ob_dev *dev, uint32_t kind)
{
    struct power *p = ob_state(dev);

    p->cause = p->by_software ? CAUSE_SOFTWARE : CAUSE_POWER_ON;
    p->by_software = 0;
}

static const struct ob_reg regs[] = {
    { OB_REG32_HOOKED("CTRL", 0x00), .access = OB_WO,
      .on_write = ctrl_written },
    { OB_REG32("CAUSE", 0x04, struct power, cause), .access = OB_RO },
};

/* 5.1: CTRL accepts only whole words. */
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x400, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(regs) },
};
static const struct ob_saved saved[] = {
    OB_SAVED(struct power, by_software),
};

OB_DEVICE(acme_power_type, "acme-power", struct power,
          "ACME power controller: power-off and reset",
          .regions = OB_ARRAY(regions), .saved = OB_ARRAY(saved),
          .reset = power_reset);
