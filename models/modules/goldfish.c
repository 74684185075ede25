/* SPDX-License-Identifier: MIT */
/* The module "goldfish": parts of the platform of the Android emulator. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("name", "goldfish");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "m68k,mips,mipsel,mips64,mips64el");
OB_MODINFO("objs", "google-goldfish-tty,google-goldfish-tty-be");
OB_MODINFO("desc.google-goldfish-tty", "Goldfish UART, little-endian");
OB_MODINFO("desc.google-goldfish-tty-be", "Goldfish UART, big-endian");

static const struct ob_device_type *const devices[] = {
    &google_goldfish_tty_type, &google_goldfish_tty_be_type,
};

OB_MODULE = {
    OB_MODULE_HEAD("goldfish", "0.1", "MIT"),
    .desc = "the Android emulator's platform",
    OB_DEVICES(devices),
};
