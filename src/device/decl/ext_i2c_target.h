/* SPDX-License-Identifier: MIT */
/* The kind "ob.i2c-target/0", and the numbers of its calls. */
#ifndef DEVICE_DECL_EXT_I2C_TARGET_H
#define DEVICE_DECL_EXT_I2C_TARGET_H

#include "device/decl/ext.h"

enum { I2C_TARGET_START, I2C_TARGET_WRITE, I2C_TARGET_READ, I2C_TARGET_STOP,
       I2C_TARGET_CALLS };

extern const struct ext_kind ext_i2c_target;

#endif
