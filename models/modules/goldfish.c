/* SPDX-License-Identifier: MIT */
/* The module "goldfish": parts of the platform of the Android emulator. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("arch", "m68k,mips,mipsel,mips64,mips64el");
OB_DEVICE_CATEGORY("google-goldfish-tty", INPUT);
OB_DEVICE_CATEGORY("google-goldfish-tty-be", INPUT);

static const struct ob_device_type *const devices[] = {
    &google_goldfish_tty_type, &google_goldfish_tty_be_type,
};

OB_MODULE_WITH("goldfish", "0.1", "MIT",
               .desc = "the Android emulator's platform",
               .devices = OB_ARRAY(devices));
