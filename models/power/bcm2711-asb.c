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

enum { CTRL_REQ_STOP = 0x1, CTRL_STATUS = 0xe, CTRL_ACK = 0x2,
       CTRL_EMPTY = 0x4 };
#define CTRL_PASSWORD 0xff000000u
enum { BRIDGES = 7, ID_BRDG = 0x62726467, PASSWORD = 0x5a };

struct asb {
    uint32_t ctrl[BRIDGES];         /* CPR; V3D, ISP, H264: slave, master */
};

/* A write without the password in the top byte has no effect. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct asb *a = ob_state(dev);
    bool stop = w->raw & CTRL_REQ_STOP;

    if (ob_field_get(w->raw, CTRL_PASSWORD) != PASSWORD) {
        a->ctrl[w->index] = (uint32_t)w->old;
        ob_log(dev, OB_LOG_GUEST, "CTRL[%u] written without the password",
               (unsigned)w->index);
        return;
    }
    a->ctrl[w->index] = stop ? CTRL_REQ_STOP | CTRL_ACK | CTRL_EMPTY : 0;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("REQ_STOP", CTRL_REQ_STOP, OB_RW),
    OB_BITS("STATUS", CTRL_STATUS, OB_RO),
    OB_BITS("PASSWORD", CTRL_PASSWORD, OB_WO),
};
static const struct ob_reg asb_regs[] = {
    { OB_REG32_CONST("VERSION", 0x00, 0) },
    { OB_REG32_ARRAY("CTRL", 0x04, struct asb, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .on_write = ctrl_write },
    { OB_REG32_CONST("AXI_BRDG_ID", 0x20, ID_BRDG) },
};

static const struct ob_region asb_regions[] = {
    { .name = "regs", .bytes = 0x24, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(asb_regs) },
};

OB_DEVICE(bcm2711_asb_type, "bcm2711-asb", struct asb,
          "BCM2711 asynchronous AXI bridge control",
          .regions = OB_ARRAY(asb_regions));
