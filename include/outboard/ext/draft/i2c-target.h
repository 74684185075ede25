/* SPDX-License-Identifier: MIT */
/*
 * This header declares the extension "ob.i2c-target/0": a part on an I2C bus
 * that a controller addresses. Such a part has no regions and no interrupt
 * outputs: it talks by transfers and by gpio lines.
 *
 *     static const struct ob_i2c_target target = {
 *         .size = sizeof(target), .address = 0x48, .on_start = target_start,
 *         .on_write = target_write, .on_read = target_read,
 *     };
 *     static const struct ob_extension extensions[] = {
 *         OB_EXT(OB_I2C_TARGET, target, OB_EXT_NEEDED),
 *     };
 *
 * A transfer is: on_start(), then on_write() or on_read() for each byte, then
 * on_stop(). A repeated start calls on_start() again without on_stop(). The
 * bus compares the address; the model sees only transfers that are meant for
 * it. Draft: it may change until it becomes "ob.i2c-target/1".
 *
 * abi.h explains the form of the comments and the marks in brackets.
 */
#ifndef OUTBOARD_EXT_DRAFT_I2C_TARGET_H
#define OUTBOARD_EXT_DRAFT_I2C_TARGET_H

#include <outboard/device.h>

OB_C_BEGIN

#define OB_I2C_TARGET "ob.i2c-target/0"

/* The direction of a transfer. */
#define OB_I2C_WRITE 0u     /* the controller sends */
#define OB_I2C_READ  1u     /* the controller receives */

/* The extension's struct. The module owns it. [since 0.1] [src/device] */
struct ob_i2c_target {
    uint32_t size;                  /* sizeof(struct ob_i2c_target) */
    /*
     * The 7-bit address on the bus if the board or the user states no other: 1
     * to 0x7f. 0: they have to state one.
     */
    uint32_t address;
    /*
     * A transfer begins, or goes on after a repeated start. May be NULL: the
     * part answers.
     *   dev        the instance
     *   direction  OB_I2C_WRITE or OB_I2C_READ
     * Returns OB_OK to acknowledge the address, or OB_E_INVALID not to.
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    int32_t (*on_start)(struct ob_dev *dev, uint32_t direction);
    /*
     * The controller has sent a byte. NULL: the part does not acknowledge it.
     *   dev   the instance
     *   byte  0 to 255
     * Returns OB_OK to acknowledge it, or OB_E_INVALID not to.
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    int32_t (*on_write)(struct ob_dev *dev, uint32_t byte);
    /*
     * The controller wants a byte. NULL: it reads 255, as from an idle bus.
     *   dev  the instance
     * Returns the byte, 0 to 255.
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    uint32_t (*on_read)(struct ob_dev *dev);
    /*
     * The transfer has ended. May be NULL.
     *   dev  the instance
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*on_stop)(struct ob_dev *dev);
};

/*
 * State in modinfo that a type is on an I2C bus and needs the extension. Use it
 * at file level, beside OB_DEVICE().
 *   label  the type's name; a string literal
 * [since 0.1]
 */
#define OB_I2C_TARGET_INFO(label)                                             \
    OB_MODINFO("bus." label, "i2c");                                          \
    OB_MODINFO("needs." label, OB_I2C_TARGET)

OB_C_END

#endif
