/* SPDX-License-Identifier: MIT */
/*
 * A model for tests whose registers the guest reads as memory: a page of
 * registers beside one that is read as ever, a big-endian region that is
 * nothing else, and a region of functions.
 */
#include <stdlib.h>

#include <outboard/outboard.h>

struct direct {
    uint32_t reads, tick_ns;
    uint32_t count, scratch, echo, level, row[16];
    uint32_t word, fn;
    const struct ob_link *peer;
};

enum { REGS, BIG, FN };
enum { FN_PAGE = 0x1000, FN_VALUE = FN_PAGE + 0x10 };

/* --- the page that is read as ever ---------------------------------------- */

static uint64_t reads_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct direct *s = ob_state(dev);

    s->reads++;
    return r->stored;
}

static void tick_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value)
        ob_timer_arm(dev, 0, 0, ob_now_ns(dev) + w->value);
    else
        ob_timer_cancel(dev, 0, 0);
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

static uint64_t fn_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes)
{
    struct direct *s = ob_state(dev);

    return offset == FN_VALUE ? s->fn : 0;
}

static void fn_put(struct ob_dev *dev)
{
    struct direct *s = ob_state(dev);

    ob_direct_set(dev, FN, FN_VALUE, s->fn, 4);
}

static void fn_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes)
{
    struct direct *s = ob_state(dev);

    if (offset != FN_VALUE)
        return;
    s->fn = (uint32_t)value;
    fn_put(dev);
}

static void ticked(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct direct *s = ob_state(dev);

    s->count++;
    ob_timer_arm(dev, 0, 0, ob_now_ns(dev) + s->tick_ns);
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct direct *s = ob_state(dev);

    s->level = (uint32_t)level;
}

static void reset(struct ob_dev *dev, uint32_t kind)
{
    struct direct *s = ob_state(dev);

    s->fn = 0xf00;
    fn_put(dev);
}

static int32_t restored(struct ob_dev *dev)
{
    fn_put(dev);
    return OB_OK;
}

/* --- what there is -------------------------------------------------------- */

#define PLAIN_PAGE  0x0000
#define DIRECT_PAGE 0x1000

static const struct ob_reg regs[] = {
    { OB_REG32("READS", PLAIN_PAGE + 0, struct direct, reads),
      .access = OB_RO, .on_read = reads_read },
    { OB_REG32("TICK", PLAIN_PAGE + 4, struct direct, tick_ns),
      .on_write = tick_write },
    { OB_REG32_HOOKED("PEER", PLAIN_PAGE + 8), .access = OB_WO,
      .on_write = peer_write },
    { OB_REG32_HOOKED("DIE", PLAIN_PAGE + 12), .access = OB_WO,
      .on_write = die_write },
    { OB_REG32_HOOKED("TELL", PLAIN_PAGE + 16), .access = OB_WO,
      .on_write = tell_write },
    { OB_REG32("COUNT", DIRECT_PAGE + 0, struct direct, count),
      .access = OB_RO, .hints = OB_REG_DIRECT },
    { OB_REG32("SCRATCH", DIRECT_PAGE + 4, struct direct, scratch),
      .reset = 0x5a, .hints = OB_REG_DIRECT, .on_write = scratch_write },
    { OB_REG32("ECHO", DIRECT_PAGE + 8, struct direct, echo), .access = OB_RO,
      .hints = OB_REG_DIRECT },
    { OB_REG32("LEVEL", DIRECT_PAGE + 12, struct direct, level),
      .access = OB_RO, .hints = OB_REG_DIRECT },
    { OB_REG32_ARRAY("ROW", DIRECT_PAGE + 0x40, struct direct, row),
      .hints = OB_REG_DIRECT },
};
static const struct ob_reg big_regs[] = {
    { OB_REG32("WORD", 4, struct direct, word), .hints = OB_REG_DIRECT },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x2000, .access_min = 1, .access_max = 4,
      .regs = OB_ARRAY(regs) },
    { .name = "big", .bytes = 0x1000, .flags = OB_REGION_BIG_ENDIAN,
      .regs = OB_ARRAY(big_regs) },
    { .name = "fn", .bytes = 0x2000, .access_min = 4, .access_max = 4,
      .on_read = fn_read, .on_write = fn_write, .direct_at = FN_PAGE,
      .direct_bytes = 0x1000 },
};
static const struct ob_gpio inputs[] = {
    { .name = "in", .changed = in_changed },
};
static const struct ob_timer timers[] = {
    { .name = "tick", .expired = ticked },
};
static const struct ob_prop props[] = {
    { OB_PROP_LINK_AT("peer", struct direct, peer) },
};
static const struct ob_saved saved[] = { OB_SAVED(struct direct, fn) };
OB_DEVICE(type, "test-direct", struct direct,
          "registers that are read as memory", .props = OB_ARRAY(props),
          .regions = OB_ARRAY(regions), .inputs = OB_ARRAY(inputs),
          .timers = OB_ARRAY(timers), .saved = OB_ARRAY(saved), .reset = reset,
          .restored = restored);
OB_MODULE("direct", "1.0", "MIT", &type);
