/* SPDX-License-Identifier: MIT */
/*
 * Atomic register access: RP2040 Datasheet, 2.1.2.
 *
 * Each peripheral has its registers four times, 4 KiB apart: for reading and
 * writing, and three times where a write toggles, sets or clears the bits
 * that are 1 in it. The peripherals themselves stand on buses of their own
 * (containers), with only the first of the four; these windows lie behind
 * them and pass on what no peripheral answered.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { APB = 0, AHB = 1 };              /* regions */
enum { APB_BYTES = 0x70000, AHB_BYTES = 0x500000 };
enum { OP_SHIFT = 12, OP_MASK = 3, OP_PLAIN = 0, OP_XOR = 1, OP_SET = 2,
       OP_CLR = 3 };

struct atomic {
    const struct ob_link *bus[2];       /* properties */
};

static uint64_t reg_offset(uint64_t offset)
{
    return offset & ~((uint64_t)OP_MASK << OP_SHIFT);
}

static uint32_t reg_op(uint64_t offset)
{
    return (uint32_t)(offset >> OP_SHIFT) & OP_MASK;
}

static void atomic_complain(struct ob_dev *dev, uint32_t bus, uint64_t offset)
{
    ob_log(dev, OB_LOG_UNIMPL, "nobody answers at 0x%llx of the %s bus",
           (unsigned long long)reg_offset(offset), bus == APB ? "APB" : "AHB");
}

/* The register's value; 0 and a line in the log where there is none. */
static bool atomic_get(struct ob_dev *dev, uint32_t bus, uint64_t offset,
                       uint32_t bytes, uint64_t *ret)
{
    struct atomic *a = ob_state(dev);
    uint8_t raw[4] = { 0 };

    *ret = 0;
    if (reg_op(offset) == OP_PLAIN ||
        ob_mem_read(dev, a->bus[bus], reg_offset(offset), raw, bytes)) {
        atomic_complain(dev, bus, offset);
        return false;
    }
    for (uint32_t i = 0; i < bytes; i++)
        *ret |= (uint64_t)raw[i] << 8 * i;
    return true;
}

static uint64_t combine(uint32_t op, uint64_t old, uint64_t value)
{
    switch (op) {
    case OP_XOR:
        return old ^ value;
    case OP_SET:
        return old | value;
    case OP_CLR:
        return old & ~value;
    default:
        return value;
    }
}

static void atomic_put(struct ob_dev *dev, uint32_t bus, uint64_t offset,
                       uint64_t value, uint32_t bytes)
{
    struct atomic *a = ob_state(dev);
    uint8_t raw[4];
    uint64_t old;

    if (!atomic_get(dev, bus, offset, bytes, &old))
        return;
    value = combine(reg_op(offset), old, value);
    for (uint32_t i = 0; i < bytes; i++)
        raw[i] = (uint8_t)(value >> 8 * i);
    (void)ob_mem_write(dev, a->bus[bus], reg_offset(offset), raw, bytes);
}

static uint64_t apb_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    uint64_t value;

    (void)atomic_get(dev, APB, offset, bytes, &value);
    return value;
}

static void apb_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                      uint32_t bytes)
{
    atomic_put(dev, APB, offset, value, bytes);
}

static uint64_t ahb_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    uint64_t value;

    (void)atomic_get(dev, AHB, offset, bytes, &value);
    return value;
}

static void ahb_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                      uint32_t bytes)
{
    atomic_put(dev, AHB, offset, value, bytes);
}

static const struct ob_prop atomic_props[] = {
    { .name = "apb", .desc = "the bus with the APB peripherals",
      .type = OB_PROP_LINK, .flags = OB_PROP_REQUIRED,
      .offset = offsetof(struct atomic, bus[APB]) },
    { .name = "ahb", .desc = "the bus with the AHB-Lite peripherals",
      .type = OB_PROP_LINK, .flags = OB_PROP_REQUIRED,
      .offset = offsetof(struct atomic, bus[AHB]) },
};
static const struct ob_region atomic_regions[] = {
    [APB] = { .name = "apb", .bytes = APB_BYTES, .read = apb_read,
              .write = apb_write },
    [AHB] = { .name = "ahb", .bytes = AHB_BYTES, .read = ahb_read,
              .write = ahb_write },
};

const struct ob_device_type rp2040_atomic_type = {
    .size = sizeof(rp2040_atomic_type),
    .name = "rp2040-atomic",
    .desc = "RP2040 registers' windows that toggle, set and clear bits",
    .state_bytes = sizeof(struct atomic),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(atomic_props),
    .regions = OB_ARRAY(atomic_regions),
};
