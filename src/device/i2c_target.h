/* SPDX-License-Identifier: MIT */
/*
 * "ob.i2c-target/0" for hosts: a controller's transfers, as calls of the model.
 * All calls [machine lock held].
 */
#ifndef DEVICE_I2C_TARGET_H
#define DEVICE_I2C_TARGET_H

#include "device/ext_call.h"

/* Is `decl` a type on an I2C bus? */
bool i2c_target_is(const struct device_decl *decl);
/* Its address if no other is stated: 1 to 0x7f; 0: it has none. */
uint32_t i2c_target_address(const struct device_decl *decl);

/* OB_I2C_*: does the part acknowledge its address? */
bool i2c_target_start(struct device *d, uint32_t direction);
/* Does the part acknowledge the byte? */
bool i2c_target_write(struct device *d, uint8_t byte);
/* The byte that the part sends; 0xff from a part whose process has ended. */
uint8_t i2c_target_read(struct device *d);
void i2c_target_stop(struct device *d);

#endif
