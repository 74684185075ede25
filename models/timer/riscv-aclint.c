/* SPDX-License-Identifier: MIT */
/*
 * A model of the ACLINT for up to eight harts: RISC-V Advanced Core Local
 * Interruptor Specification 1.0, chapters 2 (MTIMER) and 3 (MSWI). If a board
 * maps the two regions one after the other, they are SiFive's CLINT: MSWI at 0,
 * MTIMECMP at 0x4000, MTIME at 0xbff8.
 *
 * Not modelled: the CSR `time`, which traps to M mode, where firmware reads
 * MTIME, as on many real chips; supervisor software interrupts (SSWI).
 */
#include <outboard/outboard.h>

#include "models.h"

enum { HARTS_MAX = 8, MSWI_BYTES = 0x4000, MTIMER_BYTES = 0x8000 };
enum { MTIME_AT = 0x7ff8 };
enum { SOFTWARE, TIMER };           /* outputs */
enum { NEXT };                      /* timers */

struct aclint {
    uint32_t msip[HARTS_MAX];       /* registers */
    uint64_t mtimecmp[HARTS_MAX];
    uint64_t start;                 /* MTIME is its count minus this */
    uint32_t harts;                 /* properties */
    uint64_t hz;
};

static uint64_t count_now(struct ob_dev *dev)
{
    const struct aclint *a = ob_state(dev);

    return ob_ns_to_ticks(ob_now_ns(dev), a->hz);
}

static uint64_t mtime(struct ob_dev *dev)
{
    const struct aclint *a = ob_state(dev);

    return count_now(dev) - a->start;
}

/* Chapter 2.1: pending while MTIME >= MTIMECMP, both unsigned. */
static void timer_update(struct ob_dev *dev)
{
    const struct aclint *a = ob_state(dev);
    uint64_t now = mtime(dev), next = UINT64_MAX, count, ns;

    for (uint32_t n = 0; n < a->harts; n++) {
        bool due = now >= a->mtimecmp[n];

        ob_output_set(dev, TIMER, n, due);
        if (!due && a->mtimecmp[n] - now < next)
            next = a->mtimecmp[n] - now;
    }
    /* A later time than the machine can run needs no timer. */
    count = count_now(dev) + next;
    ns = count < next ? UINT64_MAX : ob_ticks_to_ns(count, a->hz);
    if (ns > INT64_MAX)
        ob_timer_cancel(dev, NEXT, 0);
    else
        ob_timer_arm(dev, NEXT, 0, ns);
}

static void timer_expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    timer_update(dev);
}

static void software_update(struct ob_dev *dev)
{
    const struct aclint *a = ob_state(dev);

    for (uint32_t n = 0; n < a->harts; n++)
        ob_output_set(dev, SOFTWARE, n, a->msip[n]);
}

static uint64_t mswi_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                          uint32_t bytes)
{
    const struct aclint *a = ob_state(dev);

    return offset / 4 < a->harts ? a->msip[offset / 4] : 0;
}

/* Chapter 3: only bit 0 of MSIP is writable. */
static void mswi_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes)
{
    struct aclint *a = ob_state(dev);
    uint64_t n = offset / 4;

    if (n >= a->harts)
        return;
    a->msip[n] = value & 1;
    ob_output_set(dev, SOFTWARE, (uint32_t)n, a->msip[n]);
}

/* 32-bit harts access the 64-bit registers in halves. */
static uint64_t mtimer_read(struct ob_dev *dev, uint32_t region,
                            uint64_t offset, uint32_t bytes)
{
    const struct aclint *a = ob_state(dev);
    uint64_t value = 0;

    if (offset >= MTIME_AT)
        value = mtime(dev);
    else if (offset / 8 < a->harts)
        value = a->mtimecmp[offset / 8];
    value >>= 8 * (offset % 8);
    return bytes == 4 ? (uint32_t)value : value;
}

/* `old` with the half, or the whole, that the guest writes. */
static uint64_t merge(uint64_t old, uint64_t offset, uint64_t value,
                      uint32_t bytes)
{
    uint64_t mask = bytes == 8 ? UINT64_MAX
                               : (uint64_t)UINT32_MAX << 8 * (offset % 8);

    return (old & ~mask) | (value << 8 * (offset % 8) & mask);
}

static void mtimer_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                         uint64_t value, uint32_t bytes)
{
    struct aclint *a = ob_state(dev);
    uint64_t n = offset / 8;

    if (offset >= MTIME_AT)
        a->start = count_now(dev) - merge(mtime(dev), offset, value, bytes);
    else if (n < a->harts)
        a->mtimecmp[n] = merge(a->mtimecmp[n], offset, value, bytes);
    else
        return;
    timer_update(dev);
}

/* 2.3: MTIME starts at 0. MTIMECMP is undefined; here no timer is pending. */
static void aclint_reset(struct ob_dev *dev, uint32_t kind)
{
    struct aclint *a = ob_state(dev);

    a->start = count_now(dev);
    for (uint32_t n = 0; n < HARTS_MAX; n++) {
        a->msip[n] = 0;
        a->mtimecmp[n] = UINT64_MAX;
    }
    software_update(dev);
    timer_update(dev);
}

static int32_t aclint_restored(struct ob_dev *dev)
{
    software_update(dev);
    timer_update(dev);
    return OB_OK;
}

static const struct ob_region regions[] = {
    { .name = "mswi", .bytes = MSWI_BYTES, .access_min = 4, .access_max = 4,
      .on_read = mswi_read, .on_write = mswi_write },
    { .name = "mtimer", .bytes = MTIMER_BYTES, .access_min = 4,
      .access_max = 8, .on_read = mtimer_read, .on_write = mtimer_write },
};
static const struct ob_gpio outputs[] = {
    [SOFTWARE] = { .name = "software", .count = HARTS_MAX },
    [TIMER] = { .name = "timer", .count = HARTS_MAX },
};
static const struct ob_timer timers[] = {
    [NEXT] = { .name = "next", .expired = timer_expired },
};
static const struct ob_prop props[] = {
    { OB_PROP_UINT_AT("harts", struct aclint, harts),
      .desc = "number of harts", .def = 1, .min = 1, .max = HARTS_MAX },
    { OB_PROP_UINT_AT("hz", struct aclint, hz),
      .desc = "ticks of MTIME in a second", .def = 10000000, .min = 1000,
      .max = OB_NS_PER_S },
};
static const struct ob_saved saved[] = {
    OB_SAVED_ARRAY(struct aclint, msip),
    OB_SAVED_ARRAY(struct aclint, mtimecmp),
    OB_SAVED(struct aclint, start),
};

OB_DEVICE(riscv_aclint_type, "riscv-aclint", struct aclint,
          "ACLINT: software interrupts and timers", .props = OB_ARRAY(props),
          .regions = OB_ARRAY(regions), .outputs = OB_ARRAY(outputs),
          .timers = OB_ARRAY(timers), .saved = OB_ARRAY(saved),
          .reset = aclint_reset, .restored = aclint_restored);
