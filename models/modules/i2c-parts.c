/* SPDX-License-Identifier: MIT */
/* The module "i2c-parts": small parts on an I2C bus. */
#include <outboard/outboard.h>

#include "models.h"

/* QEMU has I2C buses for these. */
OB_MODINFO("arch", "arm,aarch64,i386,x86_64,riscv32,riscv64,ppc,ppc64");
OB_MODINFO("arch", "mips,mipsel,mips64,mips64el");

OB_DEVICE_CATEGORY("outboard-tmp105", MISC);
OB_DEVICE_CATEGORY("outboard-at24c", STORAGE);

OB_MODULE("i2c-parts", "0.1", "MIT", &outboard_at24c_type,
          &outboard_tmp105_type);
