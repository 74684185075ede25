/* SPDX-License-Identifier: MIT */
/*
 * A model of the control of the BCM2711's asynchronous AXI bridges. Source:
 * Linux's driver bcm2835-power. The chip has two: "asb" at 0xfe00a000 and
 * "rpivid_asb" at 0xfec11000.
 *
 * Not modelled: the bridges. The model acknowledges a stop at once.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { ASB_VERSION = 0x00, ASB_CTRL = 0x04, ASB_ID = 0x20 };

enum { CTRL_REQ_STOP = 1u << 0, CTRL_ACK = 1u << 1, CTRL_EMPTY = 1u << 2 };
enum { BRIDGES = 7, ID_BRDG = 0x62726467, PASSWORD = 0x5a };

struct asb {
    uint32_t ctrl[BRIDGES];         /* CPR; V3D, ISP, H264: slave, master */
};

/* A write without the password in the top byte has no effect. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct asb *a = ob_state(dev);
    bool stop = w->raw & CTRL_REQ_STOP;

    if (w->raw >> 24 != PASSWORD) {
        a->ctrl[w->index] = (uint32_t)w->old;
        ob_log(dev, OB_LOG_GUEST, "CTRL[%u] written without the password",
               (unsigned)w->index);
        return;
    }
    a->ctrl[w->index] = stop ? CTRL_REQ_STOP | CTRL_ACK | CTRL_EMPTY : 0;
}

static const struct ob_field ctrl_fields[] = {
    { .name = "REQ_STOP", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "STATUS", .lsb = 1, .bits = 3, .access = OB_RO },
    { .name = "PASSWORD", .lsb = 24, .bits = 8, .access = OB_WO },
};
static const struct ob_reg asb_regs[] = {
    { .name = "VERSION", .offset = ASB_VERSION, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE },
    { OB_REG32(asb, "CTRL", ASB_CTRL, ctrl), .count = BRIDGES,
      OB_FIELDS(ctrl_fields), .on_write = ctrl_write },
    { .name = "AXI_BRDG_ID", .offset = ASB_ID, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .reset = ID_BRDG },
};

static const struct ob_region asb_regions[] = {
    { .name = "regs", .bytes = 0x24, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(asb_regs) },
};

const struct ob_device_type bcm2711_asb_type = {
    .size = sizeof(bcm2711_asb_type),
    .name = "bcm2711-asb",
    .desc = "BCM2711 asynchronous AXI bridge control",
    .state_bytes = sizeof(struct asb),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(asb_regions),
};
