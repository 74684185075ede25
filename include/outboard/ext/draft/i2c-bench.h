/* SPDX-License-Identifier: MIT */
/*
 * This header declares what a test of a part on an I2C bus needs: the bench is
 * the bus's controller. See i2c-target.h and bench.h.
 *
 *     uint8_t at = 0, temperature[2];
 *
 *     assert(ob_bench_i2c_transfer(dev, &at, 1, temperature, 2) == 1);
 *
 * Rules for every function, besides those of bench.h
 * - `dev` is a device whose type has the extension OB_I2C_TARGET. Another
 *   device is the test's mistake.
 * - [test's thread] [no block] [since 0.1] [src/bench]
 */
#ifndef OUTBOARD_EXT_DRAFT_I2C_BENCH_H
#define OUTBOARD_EXT_DRAFT_I2C_BENCH_H

#include <outboard/bench.h>
#include <outboard/ext/draft/i2c-target.h>

OB_C_BEGIN

/*
 * Start a transfer, or start again without a stop.
 *   direction  OB_I2C_WRITE or OB_I2C_READ
 * Returns whether the part acknowledges its address.
 */
bool ob_bench_i2c_start(struct ob_bench_dev *dev, uint32_t direction);
/* Send `byte`. Returns whether the part acknowledges it. */
bool ob_bench_i2c_write(struct ob_bench_dev *dev, uint8_t byte);
/* Receive a byte. Returns it. */
uint8_t ob_bench_i2c_read(struct ob_bench_dev *dev);
/* End the transfer. */
void ob_bench_i2c_stop(struct ob_bench_dev *dev);

/*
 * A whole transfer, as drivers make it: send bytes, start again, receive bytes,
 * stop. Each half is left out if its count is 0.
 *   sent, n_sent          the bytes to send
 *   received, n_received  buffer for the bytes to receive; the test owns it
 * Returns how many of the sent bytes the part acknowledged. If it does not
 * acknowledge its address or a byte, the transfer stops there, and the buffer
 * is filled with 0xff.
 */
uint32_t ob_bench_i2c_transfer(struct ob_bench_dev *dev, const void *sent,
                               uint32_t n_sent, void *received,
                               uint32_t n_received);

/* Returns the address that the type states, 1 to 0x7f; 0: none. */
uint32_t ob_bench_i2c_address(const struct ob_bench_dev *dev);

OB_C_END

#endif
