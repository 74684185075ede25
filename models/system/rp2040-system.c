/* SPDX-License-Identifier: MIT */
/*
 * A model of the chip's system registers: RP2040 Datasheet, 2.20 (SYSINFO),
 * 2.21 (SYSCFG), 2.13 (PSM), 2.10 and 2.12.8 (VREG_AND_CHIP_RESET), 2.22
 * (TBMAN). The chip has revision B2.
 *
 * Not modelled, with a warning: the effect of power, voltage, debug and NMI
 * settings, which are kept; and WDSEL. A watchdog resets the whole machine.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { SYSINFO_CHIP_ID = 0x00, SYSINFO_PLATFORM = 0x04, SYSINFO_GITREF = 0x10,
       SYSCFG_NMI = 0x00, SYSCFG_CONFIG = 0x08, SYSCFG_BYPASS = 0x0c,
       SYSCFG_DBGFORCE = 0x14, SYSCFG_POWERDOWN = 0x18, PSM_FRCE_ON = 0x00,
       PSM_FRCE_OFF = 0x04, PSM_WDSEL = 0x08, PSM_DONE = 0x0c,
       VREG_VREG = 0x00, VREG_BOD = 0x04, VREG_CHIP_RESET = 0x08,
       TBMAN_PLATFORM = 0x00 };
enum { CHIP_ID_B2 = 0x20002927, PLATFORM_ASIC = 0x2, TBMAN_ASIC = 0x5,
       CONFIG_HALTED = 0x3, CONFIG_RESET = 0x10000000, BYPASS_PINS = 0x3fffffff,
       DBGFORCE_SWDO0 = 0x1, DBGFORCE_PROC0 = 0xe, DBGFORCE_SWDO1 = 0x10,
       DBGFORCE_PROC1 = 0xe0, DBGFORCE_RESET = 0x66,
       POWERDOWN_MEMORIES = 0xff };
#define CONFIG_DAP_INSTID 0xff000000u
enum { PSM_BLOCKS = 0x1ffff, PSM_OSCILLATORS = 0x3, VREG_EN = 0x1,
       VREG_HIZ = 0x2, VREG_VSEL = 0xf0, VREG_ROK = 0x1000,
       VREG_RESET = 0xb0 | VREG_ROK | VREG_EN, BOD_RESET = 0x91,
       HAD_POR = 0x100, HAD_RUN = 0x10000, HAD_PSM_RESTART = 0x100000,
       PSM_RESTART_FLAG = 0x1000000 };

/* Settings without an effect: the tags of their registers. */
enum { NMI, CONFIG, DBGFORCE, POWERDOWN, FRCE_OFF };

struct chip {
    uint32_t nmi[2], config, bypass[2], dbgforce, powerdown;    /* SYSCFG */
    uint32_t force_on, force_off, wdsel;                        /* PSM */
    uint32_t vreg, bod, chip_reset;
};

/* The model keeps the setting, but it has no effect: warn. */
static void setting_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    static const char *const names[] = {
        [NMI] = "PROC0_NMI_MASK, PROC1_NMI_MASK", [CONFIG] = "PROC_CONFIG",
        [DBGFORCE] = "DBGFORCE", [POWERDOWN] = "MEMPOWERDOWN",
        [FRCE_OFF] = "FRCE_OFF",
    };

    if (w->value != w->old)
        ob_log(dev, OB_LOG_UNIMPL, "%s has no effect", names[w->tag]);
}

/* 2.13: the SDK selects all blocks except the oscillators: do not warn. */
static void wdsel_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if ((w->value | PSM_OSCILLATORS) != PSM_BLOCKS)
        ob_log(dev, OB_LOG_UNIMPL, "WDSEL: a watchdog resets everything");
}

/* 2.13: FRCE_ON takes precedence over FRCE_OFF; all other blocks are on. */
static uint64_t done_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct chip *c = ob_state(dev);

    return (~c->force_off | c->force_on) & PSM_BLOCKS;
}

/* On the chip this program would switch its own power off. */
static void vreg_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (!(w->value & VREG_EN) || w->value & VREG_HIZ)
        ob_log(dev, OB_LOG_UNIMPL, "VREG: the chip stays powered");
}

static const struct ob_reg sysinfo_regs[] = {
    { OB_REG32_CONST("CHIP_ID", SYSINFO_CHIP_ID, CHIP_ID_B2),
      .hints = OB_REG_DIRECT },
    { OB_REG32_CONST("PLATFORM", SYSINFO_PLATFORM, PLATFORM_ASIC),
      .hints = OB_REG_DIRECT },
    { OB_REG32_CONST("GITREF", SYSINFO_GITREF, 0), .hints = OB_REG_DIRECT },
};

static const struct ob_field config_fields[] = {
    OB_BITS("PROC_HALTED", CONFIG_HALTED, OB_RO),
    OB_BITS("DAP_INSTID", CONFIG_DAP_INSTID, OB_RW),
};
static const struct ob_field bypass_fields[] = {
    OB_BITS("PINS", BYPASS_PINS, OB_RW),
};
static const struct ob_field dbgforce_fields[] = {
    OB_BITS("PROC0_SWDO", DBGFORCE_SWDO0, OB_RO),
    OB_BITS("PROC0", DBGFORCE_PROC0, OB_RW),
    OB_BITS("PROC1_SWDO", DBGFORCE_SWDO1, OB_RO),
    OB_BITS("PROC1", DBGFORCE_PROC1, OB_RW),
};
static const struct ob_field powerdown_fields[] = {
    OB_BITS("MEMORIES", POWERDOWN_MEMORIES, OB_RW),
};
static const struct ob_reg syscfg_regs[] = {
    { OB_REG32_ARRAY("PROC_NMI_MASK", SYSCFG_NMI, struct chip, nmi),
      .tag = NMI, .on_write = setting_write },
    { OB_REG32("PROC_CONFIG", SYSCFG_CONFIG, struct chip, config),
      .fields = OB_ARRAY(config_fields), .reset = CONFIG_RESET, .tag = CONFIG,
      .on_write = setting_write },
    { OB_REG32_ARRAY("PROC_IN_SYNC_BYPASS", SYSCFG_BYPASS, struct chip,
                     bypass), .fields = OB_ARRAY(bypass_fields) },
    { OB_REG32("DBGFORCE", SYSCFG_DBGFORCE, struct chip, dbgforce),
      .fields = OB_ARRAY(dbgforce_fields), .reset = DBGFORCE_RESET,
      .tag = DBGFORCE, .on_write = setting_write },
    { OB_REG32("MEMPOWERDOWN", SYSCFG_POWERDOWN, struct chip, powerdown),
      .fields = OB_ARRAY(powerdown_fields), .tag = POWERDOWN,
      .on_write = setting_write },
};

static const struct ob_field psm_fields[] = {
    OB_BITS("BLOCKS", PSM_BLOCKS, OB_RW),
};
static const struct ob_reg psm_regs[] = {
    { OB_REG32("FRCE_ON", PSM_FRCE_ON, struct chip, force_on),
      .fields = OB_ARRAY(psm_fields) },
    { OB_REG32("FRCE_OFF", PSM_FRCE_OFF, struct chip, force_off),
      .fields = OB_ARRAY(psm_fields), .tag = FRCE_OFF,
      .on_write = setting_write },
    { OB_REG32("WDSEL", PSM_WDSEL, struct chip, wdsel),
      .fields = OB_ARRAY(psm_fields), .on_write = wdsel_write },
    { OB_REG32_HOOKED("DONE", PSM_DONE), .access = OB_RO,
      .on_read = done_read },
};

static const struct ob_field vreg_fields[] = {
    OB_BITS("EN", VREG_EN, OB_RW), OB_BITS("HIZ", VREG_HIZ, OB_RW),
    OB_BITS("VSEL", VREG_VSEL, OB_RW), OB_BITS("ROK", VREG_ROK, OB_RO),
};
static const struct ob_field chip_reset_fields[] = {
    OB_BITS("HAD_POR", HAD_POR, OB_RO), OB_BITS("HAD_RUN", HAD_RUN, OB_RO),
    OB_BITS("HAD_PSM_RESTART", HAD_PSM_RESTART, OB_RO),
    OB_BITS("PSM_RESTART_FLAG", PSM_RESTART_FLAG, OB_W1C),
};
static const struct ob_reg vreg_regs[] = {
    { OB_REG32("VREG", VREG_VREG, struct chip, vreg),
      .fields = OB_ARRAY(vreg_fields), .reset = VREG_RESET,
      .on_write = vreg_write },
    { OB_REG32("BOD", VREG_BOD, struct chip, bod), .reset = BOD_RESET },
    { OB_REG32("CHIP_RESET", VREG_CHIP_RESET, struct chip, chip_reset),
      .fields = OB_ARRAY(chip_reset_fields), .reset = HAD_POR },
};

static const struct ob_reg tbman_regs[] = {
    { OB_REG32_CONST("PLATFORM", TBMAN_PLATFORM, TBMAN_ASIC),
      .hints = OB_REG_DIRECT },
};

static const struct ob_region chip_regions[] = {
    { .name = "sysinfo", .bytes = 0x1000, .regs = OB_ARRAY(sysinfo_regs) },
    { .name = "syscfg", .bytes = 0x1000, .regs = OB_ARRAY(syscfg_regs) },
    { .name = "psm", .bytes = 0x1000, .regs = OB_ARRAY(psm_regs) },
    { .name = "vreg", .bytes = 0x1000, .regs = OB_ARRAY(vreg_regs) },
    { .name = "tbman", .bytes = 0x1000, .regs = OB_ARRAY(tbman_regs) },
};

OB_DEVICE(rp2040_system_type, "rp2040-system", struct chip,
          "RP2040 system information, configuration and power",
          .regions = OB_ARRAY(chip_regions));
