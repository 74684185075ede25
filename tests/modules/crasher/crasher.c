/* SPDX-License-Identifier: MIT */
/*
 * A device that dies when it is told to, in ways and at moments of the test's
 * choosing, and shows in its registers what it knows of the world. Every
 * number is what test_crash.py writes and reads.
 */
#include <stdlib.h>
#include <unistd.h>

#include <outboard/outboard.h>

enum { CRASHER_ID = 0x00, CRASHER_VALUE = 0x04, CRASHER_CRASH = 0x08,
       CRASHER_LEVELS = 0x0c, CRASHER_HZ = 0x10, CRASHER_ALARM = 0x14,
       CRASHER_FIRED = 0x18, CRASHER_IRQ = 0x1c, CRASHER_AT = 0x20,
       CRASHER_FORWARD = 0x24, CRASHER_FRAGILE = 0x28 };
enum { ID = 0x63727368, LINES = 4 };
enum { CRASH_SEGV = 1, CRASH_ABORT, CRASH_EXIT, CRASH_LOOP,
       CRASH_QUICK_EXIT };

struct crasher {
    uint32_t value, levels, fired, irq, at;
    uint32_t fragile;           /* n: an alarm crashes it in way n */
    uint32_t depth, in_reset;
    uint8_t lazy;
    const char *text;
    const struct ob_link *target;
};

static volatile int *volatile nowhere;
static volatile unsigned turns;

static void crash(uint32_t how)
{
    if (how == CRASH_SEGV)
        *nowhere = 1;
    else if (how == CRASH_ABORT)
        abort();
    else if (how == CRASH_EXIT)
        _exit(3);
    else if (how == CRASH_QUICK_EXIT)
        quick_exit(3);
    while (how == CRASH_LOOP)
        turns++;
}

static void crash_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    crash((uint32_t)w->raw);
}

static uint64_t hz_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return ob_clock_hz(dev, 0, 0);
}

static void alarm_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_timer_arm(dev, 0, 0, ob_now_ns(dev) + w->raw * 1000000);
}

static void alarm_fired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct crasher *c = ob_state(dev);

    crash(c->fragile);
    c->fired++;
}

static void irq_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct crasher *c = ob_state(dev);

    ob_irq_set(dev, 0, 0, c->irq & 1);
}

/* Region 0 of the linked part, at the offset that AT names. */
static uint64_t forward_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct crasher *c = ob_state(dev);
    uint64_t value = 0;

    if (!c->target || ob_link_read(dev, c->target, 0, c->at, 4, &value))
        return 0xdeadbeef;
    return value;
}

static void forward_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct crasher *c = ob_state(dev);

    if (c->target)
        ob_link_write(dev, c->target, 0, c->at, 4, w->raw);
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct crasher *c = ob_state(dev);

    c->levels = (c->levels & ~(1u << n)) | (uint32_t)(level != 0) << n;
}

static void crasher_reset(struct ob_dev *dev, uint32_t kind)
{
    struct crasher *c = ob_state(dev);

    if (c->in_reset)
        crash(c->in_reset);
    if (!c->lazy)
        ob_irq_set(dev, 0, 0, false);
}

static int32_t crasher_restored(struct ob_dev *dev)
{
    struct crasher *c = ob_state(dev);

    ob_irq_set(dev, 0, 0, c->irq & 1);
    return OB_OK;
}

static const struct ob_reg crasher_regs[] = {
    { OB_REG32_CONST("ID", CRASHER_ID, ID) },
    { OB_REG32("VALUE", CRASHER_VALUE, struct crasher, value), .reset = 0x5a },
    { OB_REG32_HOOKED("CRASH", CRASHER_CRASH), .access = OB_WO,
      .on_write = crash_write },
    { OB_REG32("LEVELS", CRASHER_LEVELS, struct crasher, levels),
      .access = OB_RO },
    { OB_REG32_HOOKED("HZ", CRASHER_HZ), .access = OB_RO, .on_read = hz_read },
    { OB_REG32_HOOKED("ALARM", CRASHER_ALARM), .access = OB_WO,
      .on_write = alarm_write },
    { OB_REG32("FIRED", CRASHER_FIRED, struct crasher, fired),
      .access = OB_RO },
    { OB_REG32("IRQ", CRASHER_IRQ, struct crasher, irq),
      .on_write = irq_write },
    { OB_REG32("AT", CRASHER_AT, struct crasher, at) },
    { OB_REG32_HOOKED("FORWARD", CRASHER_FORWARD), .on_read = forward_read,
      .on_write = forward_write },
    { OB_REG32("FRAGILE", CRASHER_FRAGILE, struct crasher, fragile) },
};
static const struct ob_region crasher_regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(crasher_regs) },
};
static const struct ob_prop crasher_props[] = {
    { OB_PROP_UINT_AT("depth", struct crasher, depth),
      .desc = "a small number", .def = 16 },
    { OB_PROP_UINT_AT("in-reset", struct crasher, in_reset),
      .desc = "how to crash in reset" },
    { OB_PROP_BOOL_AT("lazy", struct crasher, lazy),
      .desc = "reset leaves its line alone" },
    { OB_PROP_STRING_AT("label", struct crasher, text), .def_text = "none" },
    { OB_PROP_LINK_AT("target", struct crasher, target),
      .desc = "part to forward to" },
};
static const struct ob_irq crasher_irqs[] = { { .name = "out" } };
static const struct ob_gpio crasher_inputs[] = {
    { .name = "in", .count = LINES, .changed = in_changed },
};
static const struct ob_clock crasher_clocks[] = { { .name = "clk" } };
static const struct ob_timer crasher_timers[] = {
    { .name = "alarm", .expired = alarm_fired },
};

OB_DEVICE(crasher_type, "test-crasher", struct crasher,
          "dies when it is told to", .props = OB_ARRAY(crasher_props),
          .regions = OB_ARRAY(crasher_regions), .irqs = OB_ARRAY(crasher_irqs),
          .inputs = OB_ARRAY(crasher_inputs),
          .clocks = OB_ARRAY(crasher_clocks),
          .timers = OB_ARRAY(crasher_timers), .reset = crasher_reset,
          .restored = crasher_restored);
OB_MODULE("crasher", "1", "MIT", &crasher_type);
