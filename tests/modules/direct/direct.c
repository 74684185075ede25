/* SPDX-License-Identifier: MIT */
/*
 * A model for tests whose registers the guest reads as memory: a page of
 * registers beside one that is read as ever, a big-endian region that is
 * nothing else, and a region of functions.
 */
#define OB_ABI_NEEDS 1

#include <stdlib.h>

#include <outboard/outboard.h>

OB_MODINFO("name", "direct");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "test-direct");

struct direct {
    uint32_t reads, tick_ns;
    uint32_t count, scratch, echo, level, row[16];
    uint32_t word, fn;
    const struct ob_link *peer;
};

enum { REGS, BIG, FN };
enum { FN_PAGE = 0x1000, FN_VALUE = FN_PAGE + 0x10 };

/* --- the page that is read as ever ---------------------------------------- */

static uint64_t reads_read(struct ob_dev *dev, uint32_t index, uint64_t v)
{
    struct direct *s = ob_state(dev);

    (void)index;
    s->reads++;
    return v;
}

static void tick_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value)
        ob_timer_arm(dev, 0, ob_now_ns(dev) + w->value);
    else
        ob_timer_cancel(dev, 0);
}

/* ECHO is what the part at the other end of the link shows there. */
static void peer_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct direct *s = ob_state(dev);
    uint64_t v = 0;

    if (s->peer)
        ob_link_read(dev, s->peer, REGS, w->raw, 4, &v);
    s->echo = (uint32_t)v;
}

static void die_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)dev;
    (void)w;
    abort();
}

static void tell_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_log(dev, OB_LOG_GUEST, "told %u", (unsigned)w->raw);
    ob_machine_request(dev, OB_MACHINE_POWEROFF);
}

/* --- pages that are read as memory ---------------------------------------- */

static void scratch_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct direct *s = ob_state(dev);

    s->echo = ~(uint32_t)w->value;
}

static uint64_t fn_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    struct direct *s = ob_state(dev);

    (void)bytes;
    return offset == FN_VALUE ? s->fn : 0;
}

static void fn_put(struct ob_dev *dev)
{
    struct direct *s = ob_state(dev);

    ob_direct_set(dev, FN, FN_VALUE, s->fn, 4);
}

static void fn_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                     uint32_t bytes)
{
    struct direct *s = ob_state(dev);

    (void)bytes;
    if (offset != FN_VALUE)
        return;
    s->fn = (uint32_t)value;
    fn_put(dev);
}

static void ticked(struct ob_dev *dev)
{
    struct direct *s = ob_state(dev);

    s->count++;
    ob_timer_arm(dev, 0, ob_now_ns(dev) + s->tick_ns);
}

static void in_changed(struct ob_dev *dev, uint32_t n, int32_t level)
{
    struct direct *s = ob_state(dev);

    (void)n;
    s->level = (uint32_t)level;
}

static void reset(struct ob_dev *dev)
{
    struct direct *s = ob_state(dev);

    s->fn = 0xf00;
    fn_put(dev);
}

static int restored(struct ob_dev *dev)
{
    fn_put(dev);
    return 0;
}

/* --- what there is -------------------------------------------------------- */

#define PLAIN_PAGE  0x0000
#define DIRECT_PAGE 0x1000

static const struct ob_reg regs[] = {
    { OB_REG32(direct, "READS", PLAIN_PAGE + 0, reads), .access = OB_RO,
      .on_read = reads_read },
    { OB_REG32(direct, "TICK", PLAIN_PAGE + 4, tick_ns),
      .on_write = tick_write },
    { .name = "PEER", .offset = PLAIN_PAGE + 8, .bytes = 4,
      .state = OB_NO_STATE, .access = OB_WO, .on_write = peer_write },
    { .name = "DIE", .offset = PLAIN_PAGE + 12, .bytes = 4,
      .state = OB_NO_STATE, .access = OB_WO, .on_write = die_write },
    { .name = "TELL", .offset = PLAIN_PAGE + 16, .bytes = 4,
      .state = OB_NO_STATE, .access = OB_WO, .on_write = tell_write },
    { OB_REG32(direct, "COUNT", DIRECT_PAGE + 0, count), .access = OB_RO,
      .flags = OB_REG_DIRECT },
    { OB_REG32(direct, "SCRATCH", DIRECT_PAGE + 4, scratch), .reset = 0x5a,
      .flags = OB_REG_DIRECT, .on_write = scratch_write },
    { OB_REG32(direct, "ECHO", DIRECT_PAGE + 8, echo), .access = OB_RO,
      .flags = OB_REG_DIRECT },
    { OB_REG32(direct, "LEVEL", DIRECT_PAGE + 12, level), .access = OB_RO,
      .flags = OB_REG_DIRECT },
    { OB_REG32(direct, "ROW", DIRECT_PAGE + 0x40, row), .count = 16,
      .flags = OB_REG_DIRECT },
};
static const struct ob_reg big_regs[] = {
    { OB_REG32(direct, "WORD", 4, word), .flags = OB_REG_DIRECT },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x2000, .access_min = 1, .access_max = 4,
      .regs = OB_ARRAY(regs) },
    { .name = "big", .bytes = 0x1000, .flags = OB_REGION_BIG_ENDIAN,
      .regs = OB_ARRAY(big_regs) },
    { .name = "fn", .bytes = 0x2000, .access_min = 4, .access_max = 4,
      .read = fn_read, .write = fn_write, .direct_at = FN_PAGE,
      .direct_bytes = 0x1000 },
};
static const struct ob_gpio inputs[] = { { "in", 1, 0, in_changed } };
static const struct ob_timer timers[] = { { "tick", ticked } };
static const struct ob_prop props[] = {
    { .name = "peer", .type = OB_PROP_LINK,
      .offset = offsetof(struct direct, peer) },
};
static const struct ob_saved saved[] = { OB_SAVED(direct, fn) };
static const struct ob_device_type type = {
    .size = sizeof(type), .name = "test-direct",
    .desc = "registers that are read as memory",
    .state_bytes = sizeof(struct direct), .state_version = 1,
    .state_oldest = 1, .props = OB_ARRAY(props), .regions = OB_ARRAY(regions),
    .inputs = OB_ARRAY(inputs), .timers = OB_ARRAY(timers),
    .saved = OB_ARRAY(saved), .reset = reset, .restored = restored,
};
static const struct ob_device_type *const types[] = { &type };

OB_MODULE = { OB_MODULE_HEAD("direct", "1.0", "MIT"), OB_DEVICES(types) };
