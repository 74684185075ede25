/* SPDX-License-Identifier: MIT */
/*
 * One device under names that QEMU has too, for the tests of such types, and
 * under a name that only this module has. QEMU's loader can be created by
 * -device, pl031 only by boards, and virtio-gpu-pci is in a module of QEMU's.
 * or-irq is what a board takes for its or-gates.
 */
#include <outboard/outboard.h>

enum { CLASH_ID = 0x00, CLASH_SCRATCH = 0x04, CLASH_IRQ = 0x08,
       CLASH_LEVEL = 0x0c, CLASH_DEPTH = 0x10, CLASH_BYTES = 0x1000 };
enum { ID = 0x636c6173 };

struct clash {
    uint32_t scratch, irq, level, depth;
};

static void irq_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_irq_set(dev, 0, 0, w->value & 1);
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct clash *c = ob_state(dev);

    c->level = (uint32_t)level;
}

static uint64_t depth_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct clash *c = ob_state(dev);

    return c->depth;
}

static const struct ob_reg regs[] = {
    { OB_REG32_CONST("ID", CLASH_ID, ID) },
    { OB_REG32("SCRATCH", CLASH_SCRATCH, struct clash, scratch) },
    { OB_REG32("IRQ", CLASH_IRQ, struct clash, irq), .on_write = irq_write },
    { OB_REG32("LEVEL", CLASH_LEVEL, struct clash, level), .access = OB_RO },
    { OB_REG32_HOOKED("DEPTH", CLASH_DEPTH), .access = OB_RO,
      .on_read = depth_read },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = CLASH_BYTES, .regs = OB_ARRAY(regs) },
};
static const struct ob_prop props[] = {
    { OB_PROP_UINT_AT("depth", struct clash, depth), .desc = "a small number",
      .def = 16, .min = 1, .max = 64 },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_gpio inputs[] = {
    { .name = "in", .count = 1, .changed = in_changed },
};

#define TYPE(var, name)                                                      \
    OB_DEVICE(var, name, struct clash, "a module's type",                    \
              .props = OB_ARRAY(props), .regions = OB_ARRAY(regions),        \
              .irqs = OB_ARRAY(irqs), .inputs = OB_ARRAY(inputs))

TYPE(pl031, "pl031");
TYPE(or_irq, "or-irq");
TYPE(loader, "loader");
TYPE(gpu, "virtio-gpu-pci");
TYPE(only, "clash-only");
OB_MODINFO("opts", "clash");
OB_MODULE("clash", "1", "MIT", &pl031, &or_irq, &loader, &gpu, &only);
