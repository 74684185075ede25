/* SPDX-License-Identifier: MIT */
/*
 * A device type whose saved state has everything in it, for test_device_state.c
 * and fuzz_state.c. restored() checks an index, as a careful model does.
 */
#ifndef TESTS_STATE_DEV_H
#define TESTS_STATE_DEV_H

#include <outboard/outboard.h>

struct state_dev {
    uint32_t ctrl;
    uint64_t wide;
    uint16_t chan[3];
    uint8_t fifo[16];
    uint32_t head, later, restored;
    int32_t level;
    const char *label;
    uint32_t fired;
};

static void state_dev_in(struct ob_dev *dev, uint32_t input, uint32_t n,
                         int32_t level)
{
    struct state_dev *s = ob_state(dev);

    (void)n;
    s->level = level;
}

static void state_dev_tick(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct state_dev *s = ob_state(dev);

    s->fired++;
}

static void state_dev_ctrl(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_irq_set(dev, 0, 0, w->value & 1);
    if (w->value & 2)
        ob_timer_arm(dev, 1, 0, ob_now_ns(dev) + 100);
}

static int state_dev_restored(struct ob_dev *dev)
{
    struct state_dev *s = ob_state(dev);

    s->restored++;
    if (s->head >= sizeof(s->fifo))
        return ob_refuse(dev, "fifo head %u is past the 16 bytes", s->head);
    s->fifo[s->head] ^= 0;
    ob_irq_set(dev, 0, 0, s->ctrl & 1);
    return 0;
}

static const struct ob_field state_dev_fields[] = {
    OB_BITS("IRQ", 0x1, OB_RW),
    OB_BITS("RUN", 0x2, OB_RW),
};
static const struct ob_reg state_dev_regs[] = {
    { OB_REG32("CTRL", 0, struct state_dev, ctrl),
      .fields = OB_ARRAY(state_dev_fields), .reset = 0x80,
      .on_write = state_dev_ctrl },
    { OB_REG64("WIDE", 8, struct state_dev, wide) },
    { OB_REG16_ARRAY("CHAN", 0x10, struct state_dev, chan) },
    { OB_REG32_CONST("ID", 0x20, 7) },
};
static const struct ob_region state_dev_regions[] = {
    { .name = "regs", .bytes = 0x40, .access_min = 1, .access_max = 8,
      .regs = OB_ARRAY(state_dev_regs) },
};
static const struct ob_prop state_dev_props[] = {
    { OB_PROP_STRING_AT("label", struct state_dev, label), .def_text = "x" },
};
static const struct ob_saved state_dev_saved[] = {
    OB_SAVED_ARRAY(struct state_dev, fifo),
    OB_SAVED(struct state_dev, head),
    { .name = "later", .offset = offsetof(struct state_dev, later),
      .bytes = 4, .since = 3, .count = 1 },
};
static const struct ob_irq state_dev_irqs[] = { { .name = "irq" } };
static const struct ob_gpio state_dev_inputs[] = {
    { .name = "in", .count = 2, .changed = state_dev_in },
};
static const struct ob_timer state_dev_timers[] = {
    { .name = "tick", .expired = state_dev_tick }, { .name = "tock",
      .expired = state_dev_tick },
};

#define STATE_DEV_TYPE                                                        \
    .size = sizeof(struct ob_device_type), .name = "acme-state",              \
    .state_bytes = sizeof(struct state_dev), .state_version = 3,              \
    .state_oldest = 2, .props = OB_ARRAY(state_dev_props),                    \
    .regions = OB_ARRAY(state_dev_regions), .irqs = OB_ARRAY(state_dev_irqs), \
    .inputs = OB_ARRAY(state_dev_inputs),                                     \
    .timers = OB_ARRAY(state_dev_timers), .saved = OB_ARRAY(state_dev_saved), \
    .restored = state_dev_restored

#endif
