/* SPDX-License-Identifier: MIT */
/* Calls of a device's extensions, for hosts. All calls [machine lock held]. */
#ifndef DEVICE_EXT_CALL_H
#define DEVICE_EXT_CALL_H

#include "device/decl/ext.h"
#include "device/device.h"

/*
 * Call extension `n` of a device: OB_OK or an error of the extension's.
 * OB_E_INVALID if the device is not live or has no such extension.
 */
int32_t ext_call(struct device *d, uint32_t n, struct ext_call *call);

/* A call whose arguments and results are one number of 32 bits each. */
int32_t ext_call_u32(struct device *d, uint32_t n, uint32_t function,
                     uint32_t argument, uint32_t *ret_result);

#endif
