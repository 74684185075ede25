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

static uint64_t id_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    (void)dev, (void)n, (void)stored;
    return ID;
}

static void crash_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)dev;
    crash((uint32_t)w->raw);
}

static uint64_t hz_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    (void)n, (void)stored;
    return ob_clock_hz(dev, 0);
}

static void alarm_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_timer_arm(dev, 0, ob_now_ns(dev) + w->raw * 1000000);
}

static void alarm_fired(struct ob_dev *dev)
{
    struct crasher *c = ob_state(dev);

    crash(c->fragile);
    c->fired++;
}

static void irq_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct crasher *c = ob_state(dev);

    ob_irq_set(dev, 0, c->irq & 1);
    (void)w;
}

/* Region 0 of the linked part, at the offset that AT names. */
static uint64_t forward_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    struct crasher *c = ob_state(dev);
    uint64_t value = 0;

    (void)n, (void)stored;
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

static void in_changed(struct ob_dev *dev, uint32_t n, int32_t level)
{
    struct crasher *c = ob_state(dev);

    c->levels = (c->levels & ~(1u << n)) | (uint32_t)(level != 0) << n;
}

static void crasher_reset(struct ob_dev *dev)
{
    struct crasher *c = ob_state(dev);

    if (c->in_reset)
        crash(c->in_reset);
    if (!c->lazy)
        ob_irq_set(dev, 0, false);
}

static int crasher_restored(struct ob_dev *dev)
{
    struct crasher *c = ob_state(dev);

    ob_irq_set(dev, 0, c->irq & 1);
    return 0;
}

#define HOOK(label, where) .name = (label), .offset = (where), .bytes = 4, \
    .state = OB_NO_STATE

static const struct ob_reg crasher_regs[] = {
    { HOOK("ID", CRASHER_ID), .access = OB_RO, .on_read = id_read },
    { OB_REG32(crasher, "VALUE", CRASHER_VALUE, value), .reset = 0x5a },
    { HOOK("CRASH", CRASHER_CRASH), .access = OB_WO,
      .on_write = crash_write },
    { OB_REG32(crasher, "LEVELS", CRASHER_LEVELS, levels), .access = OB_RO },
    { HOOK("HZ", CRASHER_HZ), .access = OB_RO, .on_read = hz_read },
    { HOOK("ALARM", CRASHER_ALARM), .access = OB_WO,
      .on_write = alarm_write },
    { OB_REG32(crasher, "FIRED", CRASHER_FIRED, fired), .access = OB_RO },
    { OB_REG32(crasher, "IRQ", CRASHER_IRQ, irq), .on_write = irq_write },
    { OB_REG32(crasher, "AT", CRASHER_AT, at) },
    { HOOK("FORWARD", CRASHER_FORWARD), .on_read = forward_read,
      .on_write = forward_write },
    { OB_REG32(crasher, "FRAGILE", CRASHER_FRAGILE, fragile) },
};
static const struct ob_region crasher_regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(crasher_regs) },
};
static const struct ob_prop crasher_props[] = {
    { .name = "depth", .desc = "a small number", .type = OB_PROP_UINT,
      .bytes = 4, .def = 16, .offset = offsetof(struct crasher, depth) },
    { .name = "in-reset", .desc = "how to crash in reset",
      .type = OB_PROP_UINT, .bytes = 4,
      .offset = offsetof(struct crasher, in_reset) },
    { .name = "lazy", .desc = "reset leaves its line alone",
      .type = OB_PROP_BOOL, .offset = offsetof(struct crasher, lazy) },
    { .name = "label", .type = OB_PROP_STRING, .def_text = "none",
      .offset = offsetof(struct crasher, text) },
    { .name = "target", .desc = "part to forward to", .type = OB_PROP_LINK,
      .offset = offsetof(struct crasher, target) },
};
static const struct ob_irq crasher_irqs[] = { { "out" } };
static const struct ob_gpio crasher_inputs[] = {
    { .name = "in", .count = LINES, .changed = in_changed },
};
static const struct ob_clock crasher_clocks[] = { { .name = "clk" } };
static const struct ob_timer crasher_timers[] = { { "alarm", alarm_fired } };

static const struct ob_device_type crasher_type = {
    .size = sizeof(crasher_type),
    .name = "test-crasher",
    .desc = "dies when it is told to",
    .state_bytes = sizeof(struct crasher),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(crasher_props),
    .regions = OB_ARRAY(crasher_regions),
    .irqs = OB_ARRAY(crasher_irqs),
    .inputs = OB_ARRAY(crasher_inputs),
    .clocks = OB_ARRAY(crasher_clocks),
    .timers = OB_ARRAY(crasher_timers),
    .reset = crasher_reset,
    .restored = crasher_restored,
};

static const struct ob_device_type *const crasher_types[] = {
    &crasher_type,
};

OB_MODINFO("name", "crasher");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "test-crasher");

OB_MODULE = {
    OB_MODULE_HEAD("crasher", "1", "MIT"),
    OB_DEVICES(crasher_types),
};
