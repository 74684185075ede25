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
       SYSCFG_DBGFORCE = 0x14, SYSCFG_POWERDOWN = 0x18, PSM_ON = 0x00,
       PSM_OFF = 0x04, PSM_WDSEL = 0x08, PSM_DONE = 0x0c, VREG_VREG = 0x00,
       VREG_BOD = 0x04, VREG_CHIP_RESET = 0x08, TBMAN_PLATFORM = 0x00 };
enum { CHIP_ID_B2 = 0x20002927, PLATFORM_ASIC = 1u << 1,
       TBMAN_ASIC = 0x5, HAD_POR = 1u << 8, VREG_EN = 1u << 0,
       VREG_HIZ = 1u << 1, VREG_OK = 1u << 12, WDSEL_OSCILLATORS = 3,
       PSM_BLOCKS = 17, PSM_MASK = (1u << PSM_BLOCKS) - 1 };

struct chip {
    uint32_t nmi[2], config, bypass[2], dbgforce, powerdown;    /* SYSCFG */
    uint32_t force_on, force_off, wdsel;                        /* PSM */
    uint32_t vreg, bod, chip_reset;
};

/* The model keeps the setting, but it has no effect: warn. */
static void setting_write(struct ob_dev *dev, const struct ob_reg_write *w,
                          const char *what)
{
    if (w->value != w->old)
        ob_log(dev, OB_LOG_UNIMPL, "%s has no effect", what);
}

#define SETTING(hook, what)                                                   \
    static void hook(struct ob_dev *dev, const struct ob_reg_write *w)        \
    {                                                                         \
        setting_write(dev, w, what);                                          \
    }
SETTING(nmi_write, "PROC0_NMI_MASK, PROC1_NMI_MASK")
SETTING(config_write, "PROC_CONFIG")
SETTING(dbgforce_write, "DBGFORCE")
SETTING(powerdown_write, "MEMPOWERDOWN")
SETTING(off_write, "FRCE_OFF")

/* 2.13: the SDK selects all blocks except the oscillators: do not warn. */
static void wdsel_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if ((w->value | WDSEL_OSCILLATORS) != PSM_MASK)
        ob_log(dev, OB_LOG_UNIMPL, "WDSEL: a watchdog resets everything");
}

/* On the chip this program would switch its own power off. */
static void vreg_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (!(w->value & VREG_EN) || w->value & VREG_HIZ)
        ob_log(dev, OB_LOG_UNIMPL, "VREG: the chip stays powered");
}

/* 2.13: FRCE_ON takes precedence over FRCE_OFF; all other blocks are on. */
static uint64_t done_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct chip *c = ob_state(dev);

    (void)index, (void)stored;
    return (~c->force_off | c->force_on) & PSM_MASK;
}

static const struct ob_field psm_fields[] = {
    { .name = "BLOCKS", .lsb = 0, .bits = PSM_BLOCKS, .access = OB_RW },
};
static const struct ob_field config_fields[] = {
    { .name = "PROC_HALTED", .lsb = 0, .bits = 2, .access = OB_RO },
    { .name = "DAP_INSTID", .lsb = 24, .bits = 8, .access = OB_RW },
};
static const struct ob_field bypass_fields[] = {
    { .name = "PINS", .lsb = 0, .bits = 30, .access = OB_RW },
};
static const struct ob_field dbgforce_fields[] = {
    { .name = "PROC0_SWDO", .lsb = 0, .bits = 1, .access = OB_RO },
    { .name = "PROC0", .lsb = 1, .bits = 3, .access = OB_RW },
    { .name = "PROC1_SWDO", .lsb = 4, .bits = 1, .access = OB_RO },
    { .name = "PROC1", .lsb = 5, .bits = 3, .access = OB_RW },
};
static const struct ob_field powerdown_fields[] = {
    { .name = "MEMORIES", .lsb = 0, .bits = 8, .access = OB_RW },
};
static const struct ob_field reset_fields[] = {
    { .name = "HAD_POR", .lsb = 8, .bits = 1, .access = OB_RO },
    { .name = "HAD_RUN", .lsb = 16, .bits = 1, .access = OB_RO },
    { .name = "HAD_PSM_RESTART", .lsb = 20, .bits = 1, .access = OB_RO },
    { .name = "PSM_RESTART_FLAG", .lsb = 24, .bits = 1, .access = OB_W1C },
};
static const struct ob_field vreg_fields[] = {
    { .name = "EN", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "HIZ", .lsb = 1, .bits = 1, .access = OB_RW },
    { .name = "VSEL", .lsb = 4, .bits = 4, .access = OB_RW },
    { .name = "ROK", .lsb = 12, .bits = 1, .access = OB_RO },
};

#define CONSTANT(label, at, value)                                            \
    { .name = (label), .offset = (at), .bytes = 4, .access = OB_RO,           \
      .flags = OB_REG_DIRECT, .state = OB_NO_STATE, .reset = (value) }
static const struct ob_reg sysinfo_regs[] = {
    CONSTANT("CHIP_ID", SYSINFO_CHIP_ID, CHIP_ID_B2),
    CONSTANT("PLATFORM", SYSINFO_PLATFORM, PLATFORM_ASIC),
    CONSTANT("GITREF", SYSINFO_GITREF, 0),
};
static const struct ob_reg syscfg_regs[] = {
    { OB_REG32(chip, "PROC_NMI_MASK", SYSCFG_NMI, nmi), .count = 2,
      .on_write = nmi_write },
    { OB_REG32(chip, "PROC_CONFIG", SYSCFG_CONFIG, config),
      OB_FIELDS(config_fields), .reset = 0x10000000,
      .on_write = config_write },
    { OB_REG32(chip, "PROC_IN_SYNC_BYPASS", SYSCFG_BYPASS, bypass),
      .count = 2, OB_FIELDS(bypass_fields) },
    { OB_REG32(chip, "DBGFORCE", SYSCFG_DBGFORCE, dbgforce),
      OB_FIELDS(dbgforce_fields), .reset = 0x66,
      .on_write = dbgforce_write },
    { OB_REG32(chip, "MEMPOWERDOWN", SYSCFG_POWERDOWN, powerdown),
      OB_FIELDS(powerdown_fields), .on_write = powerdown_write },
};
static const struct ob_reg psm_regs[] = {
    { OB_REG32(chip, "FRCE_ON", PSM_ON, force_on), OB_FIELDS(psm_fields) },
    { OB_REG32(chip, "FRCE_OFF", PSM_OFF, force_off), OB_FIELDS(psm_fields),
      .on_write = off_write },
    { OB_REG32(chip, "WDSEL", PSM_WDSEL, wdsel), OB_FIELDS(psm_fields),
      .on_write = wdsel_write },
    { .name = "DONE", .offset = PSM_DONE, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = done_read },
};
static const struct ob_reg vreg_regs[] = {
    { OB_REG32(chip, "VREG", VREG_VREG, vreg), OB_FIELDS(vreg_fields),
      .reset = 0xb1 | VREG_OK, .on_write = vreg_write },
    { OB_REG32(chip, "BOD", VREG_BOD, bod), .reset = 0x91 },
    { OB_REG32(chip, "CHIP_RESET", VREG_CHIP_RESET, chip_reset),
      OB_FIELDS(reset_fields), .reset = HAD_POR },
};
static const struct ob_reg tbman_regs[] = {
    CONSTANT("PLATFORM", TBMAN_PLATFORM, TBMAN_ASIC),
};
static const struct ob_region chip_regions[] = {
    { .name = "sysinfo", .bytes = 0x1000, .regs = OB_ARRAY(sysinfo_regs) },
    { .name = "syscfg", .bytes = 0x1000, .regs = OB_ARRAY(syscfg_regs) },
    { .name = "psm", .bytes = 0x1000, .regs = OB_ARRAY(psm_regs) },
    { .name = "vreg", .bytes = 0x1000, .regs = OB_ARRAY(vreg_regs) },
    { .name = "tbman", .bytes = 0x1000, .regs = OB_ARRAY(tbman_regs) },
};

const struct ob_device_type rp2040_system_type = {
    .size = sizeof(rp2040_system_type),
    .name = "rp2040-system",
    .desc = "RP2040 system information, configuration and power",
    .state_bytes = sizeof(struct chip),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(chip_regions),
};
