/* SPDX-License-Identifier: MIT */
/*
 * Passes levels, frequencies and characters from one device on the bench to
 * another. Characters may wait for room.
 */
#include "bench/bench_int.h"

#include <errno.h>
#include <string.h>

bool bench_index_ok(const struct ob_bench_dev *dev, const char *call,
                    uint32_t n, uint32_t count)
{
    if (n < count)
        return true;
    bench_mistake(dev->bench,
                  "%s %s: %s: the test's index %u is past the %u declared",
                  dev->type->name, dev->id, call, n, count);
    return false;
}

int32_t bench_result(int ret)
{
    switch (ret) {
    case 0: return OB_OK;
    case -EFAULT: return OB_E_FAULT;
    case -EEXIST: return OB_E_EXISTS;
    case -ENOENT: return OB_E_NOT_FOUND;
    case -ENOTSUP: return OB_E_NOT_SUPPORTED;
    case -EINVAL:
    case -EBUSY:
    case -ERANGE: return OB_E_INVALID;
    default: return OB_E_ENDED;
    }
}

/*
 * Which one of a group the test means: sets its number in the flat list. False:
 * the test's mistake, and counted.
 */
bool bench_one(const struct ob_bench_dev *dev, const char *call,
               const struct decl_groups *groups, uint32_t item, uint32_t *n)
{
    uint32_t first;

    if (!bench_index_ok(dev, call, item, groups->count))
        return false;
    first = groups->first[item];
    if (!bench_index_ok(dev, call, *n, groups->first[item + 1] - first))
        return false;
    *n += first;
    return true;
}

void bench_clock_put(struct ob_bench_dev *dev, uint32_t n, uint64_t period)
{
    const struct decl_clock *c = &dev->type->clocks.at[n];

    if (c->direction != OB_CLOCK_IN) {
        bench_mistake(dev->bench, "%s %s: clock_set: clock %s is an output",
                      dev->type->name, dev->id, c->name);
        return;
    }
    if (dev->clocks[n] == period)
        return;
    dev->clocks[n] = period;
    device_clock_changed(dev->device, n);
}

void ob_bench_clock_set(struct ob_bench_dev *dev, uint32_t clock, uint32_t n,
                        uint64_t hz)
{
    if (bench_one(dev, "clock_set", &dev->type->clock_groups, clock, &n))
        bench_clock_put(dev, n, ob_period_of_hz(hz));
}

void bench_wires_pass(struct ob_bench_dev *dev, enum bench_wire_kind kind,
                      uint32_t group, uint32_t n, int32_t level)
{
    for (guint i = 0; i < dev->wires->len; i++) {
        struct bench_wire w = g_array_index(dev->wires, struct bench_wire, i);

        if (w.kind != kind || w.group != group || w.n != n)
            continue;
        if (kind == BENCH_WIRE_CLOCK)
            bench_clock_put(w.to, w.to_n, dev->clocks[n]);
        else
            device_input(w.to->device, w.to_group, w.to_n, level);
    }
}

void bench_chr_pump(struct ob_bench_dev *dev, uint32_t n)
{
    struct bench_chr *c = &dev->chrs[n];

    /* The device may say ready from within its receive(). */
    if (c->pumping)
        return;
    c->pumping = true;
    while (c->waiting->len) {
        uint32_t count = MIN(device_chr_room(dev->device, n), c->waiting->len);
        uint8_t *bytes;

        if (!count)
            break;
        bytes = g_malloc(count);
        memcpy(bytes, c->waiting->data, count);
        g_byte_array_remove_range(c->waiting, 0, count);
        device_chr_receive(dev->device, n, bytes, count);
        g_free(bytes);
    }
    c->pumping = false;
}
