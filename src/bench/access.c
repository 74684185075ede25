/* SPDX-License-Identifier: MIT */
/* The calls by which a test uses a device and reads its state. */
#include "bench/bench_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SAME_TIME_MAX = 100000 };    /* timers at one instant: a loop */

/* Line `n` of group `group` of a list of gpio groups is there. */
static bool line_ok(const struct ob_bench_dev *dev, const char *call,
                    const struct decl_gpios *groups, uint32_t group,
                    uint32_t n)
{
    return bench_index_ok(dev, call, group, groups->count) &&
           bench_index_ok(dev, call, n, groups->at[group].count);
}

void *ob_bench_state(struct ob_bench_dev *dev)
{
    return device_state(dev->device);
}

/* --- registers ------------------------------------------------------------ */

uint64_t ob_bench_read(struct ob_bench_dev *dev, uint32_t region,
                       uint64_t offset, uint32_t bytes)
{
    if (!bench_index_ok(dev, "read", region, dev->type->regions.count))
        return 0;
    return device_region_read_checked(dev->regions[region], offset, bytes);
}

void ob_bench_write(struct ob_bench_dev *dev, uint32_t region, uint64_t offset,
                    uint64_t value, uint32_t bytes)
{
    if (bench_index_ok(dev, "write", region, dev->type->regions.count))
        device_region_write(dev->regions[region], offset, value, bytes);
}

/* --- lines ---------------------------------------------------------------- */

bool ob_bench_irq(const struct ob_bench_dev *dev, uint32_t irq, uint32_t n)
{
    return bench_one(dev, "irq", &dev->type->irq_groups, irq, &n) &&
           dev->irqs[n].level;
}

uint32_t ob_bench_irq_rises(const struct ob_bench_dev *dev, uint32_t irq,
                            uint32_t n)
{
    if (!bench_one(dev, "irq_rises", &dev->type->irq_groups, irq, &n))
        return 0;
    return dev->irqs[n].rises;
}

int32_t ob_bench_output(const struct ob_bench_dev *dev, uint32_t group,
                        uint32_t n)
{
    if (!line_ok(dev, "output", &dev->type->outputs, group, n))
        return 0;
    return dev->outputs[group][n].level;
}

uint32_t ob_bench_output_changes(const struct ob_bench_dev *dev,
                                 uint32_t group, uint32_t n)
{
    if (!line_ok(dev, "output_changes", &dev->type->outputs, group, n))
        return 0;
    return dev->outputs[group][n].changes;
}

void ob_bench_input(struct ob_bench_dev *dev, uint32_t group, uint32_t n,
                    int32_t level)
{
    if (line_ok(dev, "input", &dev->type->inputs, group, n))
        device_input(dev->device, group, n, level);
}

static void wire_add(struct ob_bench_dev *from, enum bench_wire_kind kind,
                     uint32_t group, uint32_t n, struct ob_bench_dev *to,
                     uint32_t to_group, uint32_t to_n)
{
    struct bench_wire w = { kind, group, n, to, to_group, to_n };

    g_array_append_val(from->wires, w);
}

void ob_bench_wire(struct ob_bench_dev *from, uint32_t group, uint32_t n,
                   struct ob_bench_dev *to, uint32_t to_group, uint32_t to_n)
{
    if (!line_ok(from, "wire", &from->type->outputs, group, n) ||
        !line_ok(to, "wire", &to->type->inputs, to_group, to_n))
        return;
    wire_add(from, BENCH_WIRE_OUTPUT, group, n, to, to_group, to_n);
    device_input(to->device, to_group, to_n, from->outputs[group][n].level);
}

void ob_bench_wire_irq(struct ob_bench_dev *from, uint32_t irq, uint32_t n,
                       struct ob_bench_dev *to, uint32_t to_group,
                       uint32_t to_n)
{
    if (!bench_one(from, "wire_irq", &from->type->irq_groups, irq, &n) ||
        !line_ok(to, "wire_irq", &to->type->inputs, to_group, to_n))
        return;
    wire_add(from, BENCH_WIRE_IRQ, 0, n, to, to_group, to_n);
    device_input(to->device, to_group, to_n, from->irqs[n].level);
}

/* --- time ----------------------------------------------------------------- */

uint64_t ob_bench_now(const struct ob_bench *b)
{
    return b->now;
}

/* The timer that expires next, or NULL; sets its device. */
static struct bench_timer *timer_next(const struct ob_bench *b,
                                      struct ob_bench_dev **ret_dev)
{
    struct bench_timer *best = NULL;

    for (guint i = 0; i < b->devs->len; i++) {
        struct ob_bench_dev *dev = b->devs->pdata[i];

        for (uint32_t n = 0; n < dev->type->timers.count; n++) {
            struct bench_timer *t = &dev->timers[n];

            if (t->deadline == UINT64_MAX ||
                (best &&
                 (t->deadline > best->deadline ||
                  (t->deadline == best->deadline && t->turn > best->turn))))
                continue;
            best = t;
            *ret_dev = dev;
        }
    }
    return best;
}

uint64_t ob_bench_next_deadline(const struct ob_bench *b)
{
    struct ob_bench_dev *dev;
    struct bench_timer *t = timer_next(b, &dev);

    return t ? t->deadline : UINT64_MAX;
}

/* Let the next timer that is due by `end` expire; false: no timer is due. */
static bool timer_expire(struct ob_bench *b, uint64_t end, uint32_t *same_time)
{
    struct ob_bench_dev *dev;
    struct bench_timer *t = timer_next(b, &dev);

    if (!t || t->deadline > end)
        return false;
    if (t->deadline > b->now) {
        b->now = t->deadline;
        *same_time = 0;
    }
    if (++*same_time > SAME_TIME_MAX) {
        bench_mistake(b, "%s %s: timers are armed for the present without end",
                      dev->type->name, dev->id);
        return false;
    }
    t->deadline = UINT64_MAX;
    t->expired++;
    device_timer_expired(dev->device, (uint32_t)(t - dev->timers));
    return true;
}

void ob_bench_step(struct ob_bench *b, uint64_t ns)
{
    uint64_t end = b->now + ns;
    uint32_t same_time = 0;

    if (b->stepping) {
        bench_mistake(b, "bench: a step within a step; take one at a time");
        return;
    }
    if (end < b->now)
        end = UINT64_MAX - 1;
    b->stepping = true;
    while (timer_expire(b, end, &same_time))
        ;
    b->stepping = false;
    b->now = end;
}

uint64_t ob_bench_clock_hz(const struct ob_bench_dev *dev, uint32_t clock,
                           uint32_t n)
{
    if (!bench_one(dev, "clock_hz", &dev->type->clock_groups, clock, &n))
        return 0;
    return ob_hz_of_period(dev->clocks[n]);
}

void ob_bench_wire_clock(struct ob_bench_dev *from, uint32_t clock, uint32_t n,
                         struct ob_bench_dev *to, uint32_t to_clock,
                         uint32_t to_n)
{
    if (!bench_one(from, "wire_clock", &from->type->clock_groups, clock, &n) ||
        !bench_one(to, "wire_clock", &to->type->clock_groups, to_clock, &to_n))
        return;
    wire_add(from, BENCH_WIRE_CLOCK, 0, n, to, 0, to_n);
    bench_clock_put(to, to_n, from->clocks[n]);
}

/* --- characters ----------------------------------------------------------- */

uint32_t ob_bench_chr_feed(struct ob_bench_dev *dev, uint32_t chardev,
                           uint32_t n, const void *bytes, uint32_t count)
{
    if (!bench_one(dev, "chr_feed", &dev->type->chardev_groups, chardev, &n))
        return count;
    g_byte_array_append(dev->chrs[n].waiting, bytes, count);
    bench_chr_pump(dev, n);
    return dev->chrs[n].waiting->len;
}

uint32_t ob_bench_chr_waiting(const struct ob_bench_dev *dev, uint32_t chardev,
                              uint32_t n)
{
    if (!bench_one(dev, "chr_waiting", &dev->type->chardev_groups, chardev,
                   &n))
        return 0;
    return dev->chrs[n].waiting->len;
}

void ob_bench_chr_event(struct ob_bench_dev *dev, uint32_t chardev, uint32_t n,
                        uint32_t event)
{
    if (bench_one(dev, "chr_event", &dev->type->chardev_groups, chardev, &n))
        device_chr_event(dev->device, n, event);
}

const char *ob_bench_chr_sent(const struct ob_bench_dev *dev, uint32_t chardev,
                              uint32_t n, uint32_t *ret_count)
{
    const GByteArray *sent;

    if (ret_count)
        *ret_count = 0;
    if (!bench_one(dev, "chr_sent", &dev->type->chardev_groups, chardev, &n))
        return "";
    sent = dev->chrs[n].sent;
    if (ret_count)
        *ret_count = sent->len - 1;
    return (const char *)sent->data;
}

void bench_chr_clear(struct ob_bench_dev *dev, uint32_t n)
{
    g_byte_array_set_size(dev->chrs[n].sent, 0);
    g_byte_array_append(dev->chrs[n].sent, (const uint8_t *)"", 1);
}

void ob_bench_chr_clear(struct ob_bench_dev *dev, uint32_t chardev, uint32_t n)
{
    if (bench_one(dev, "chr_clear", &dev->type->chardev_groups, chardev, &n))
        bench_chr_clear(dev, n);
}

/* --- saved state ---------------------------------------------------------- */

uint8_t *ob_bench_save(struct ob_bench_dev *dev, size_t *ret_count)
{
    GByteArray *block = device_save(dev->device);
    /* The caller has free(), and maybe no GLib. */
    uint8_t *bytes = block ? malloc(block->len + 1) : NULL;

    if (bytes)
        memcpy(bytes, block->data, block->len);
    *ret_count = bytes ? block->len : 0;
    if (block)
        g_byte_array_free(block, TRUE);
    return bytes;
}

int32_t ob_bench_restore(struct ob_bench_dev *dev, const void *bytes,
                         size_t count)
{
    err_clear(&dev->bench->err);
    return bench_result(
        device_restore(dev->device, bytes, count, &dev->bench->err));
}
