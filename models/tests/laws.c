/* SPDX-License-Identifier: MIT */
/*
 * The laws of laws.h: each one makes devices of a type, brings them into many
 * states with repeatable random accesses, and checks what must hold.
 */
#include "laws.h"

#include <stdio.h>

enum { RUNS = 24, WRITES = 60, HZ = 12000000, STEP_NS = 4096,
       TABLE_BYTES = 0x1000 };

/* The state of a law while it tests one type. */
struct law {
    const struct law_subject *s;
    struct ob_bench *b;
    struct ob_bench_dev *d;
    uint64_t seed;
};

/* --- chance --------------------------------------------------------------- */

static uint32_t chance(struct law *l)
{
    l->seed = l->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(l->seed >> 33) ^ (uint32_t)(l->seed >> 20);
}

static uint32_t chance_below(struct law *l, uint64_t n)
{
    return n ? (uint32_t)(chance(l) % n) : 0;
}

/* Few bits, all, none or any: such values reach most states. */
static uint64_t chance_value(struct law *l)
{
    uint64_t any = (uint64_t)chance(l) << 32 | chance(l);

    switch (chance_below(l, 6)) {
    case 0: return 0;
    case 1: return UINT64_MAX;
    case 2: return UINT64_C(1) << chance_below(l, 32);
    case 3: return any & chance(l) & chance(l);
    case 4: return chance_below(l, 256);
    default: return any;
    }
}

/* --- the declaration ------------------------------------------------------ */

static const void *item(const struct ob_array *list, uint32_t n)
{
    return (const char *)list->items + (size_t)n * list->stride;
}

static const struct ob_region *region_of(const struct law *l, uint32_t n)
{
    return item(&l->s->type->regions, n);
}

/* The number of equal lines, clocks or registers that an item stands for. */
static uint32_t times(uint32_t count)
{
    return count ? count : 1;
}

static uint32_t reg_at(const struct ob_reg *g, uint32_t index)
{
    return g->offset + index * (g->step ? g->step : g->bytes);
}

/* Bits of `g` whose access is `access`. */
static uint64_t reg_bits(const struct ob_reg *g, unsigned access)
{
    uint64_t bits = 0;

    for (uint32_t n = 0; n < g->fields.count; n++) {
        const struct ob_field *f = item(&g->fields, n);

        bits |= f->access == access ? f->mask : 0;
    }
    if (!g->fields.count && g->access == access)
        bits = ~UINT64_C(0) >> (64 - 8 * g->bytes);
    return bits;
}

static bool takes(const struct ob_region *r, uint64_t offset, uint32_t bytes)
{
    uint32_t least = r->access_min ? r->access_min : 1;
    uint32_t most = r->access_max ? r->access_max : 4;

    return bytes >= least && bytes <= most && offset % bytes == 0 &&
           offset + bytes <= r->bytes;
}

static bool is_exception(const struct law *l, const char *reg, uint64_t offset)
{
    const struct law_exception *e = l->s->exceptions;

    for (; e && e->why; e++)
        if (e->reg ? reg && !strcmp(e->reg, reg)
                   : !reg && (offset & e->mask) == e->at)
            return true;
    return false;
}

/* --- one device ----------------------------------------------------------- */

static struct ob_bench_dev *device(struct law *l, const char *id)
{
    struct ob_bench_dev *d = l->s->make ? l->s->make(l->b, id)
                                        : ob_bench_make(l->b, l->s->type->name,
                                                        id, NULL);

    if (!d)
        fail_msg("%s", ob_bench_error(l->b));
    for (uint32_t n = 0; n < l->s->type->clocks.count; n++) {
        const struct ob_clock *c = item(&l->s->type->clocks, n);

        for (uint32_t i = 0;
             c->direction == OB_CLOCK_IN && i < times(c->count); i++)
            ob_bench_clock_set(d, n, i, HZ);
    }
    return d;
}

static void law_begin(struct law *l, const struct law_subject *s,
                      uint64_t seed)
{
    *l = (struct law){ .s = s, .b = fakes_bench(), .seed = seed };
    assert_int_equal(ob_bench_module(l->b, &laws_module), 0);
    (void)ob_bench_ram(ob_bench_system(l->b), 0, 0x10000);
    l->d = device(l, "d");
}

static void law_end(struct law *l)
{
    if (ob_bench_free(l->b) != 0)
        fail_msg("%s: made mistakes, see above", l->s->type->name);
}

/* An offset in a region, mostly that of a register. */
static uint64_t place(struct law *l, const struct ob_region *r)
{
    const struct ob_reg *g;

    if (!r->regs.count || (r->on_read && chance_below(l, 2)))
        return chance_below(l,
                            r->bytes < TABLE_BYTES ? r->bytes : TABLE_BYTES) &
               ~7u;
    g = item(&r->regs, chance_below(l, r->regs.count));
    return reg_at(g, chance_below(l, times(g->count)));
}

static void input_any(struct law *l)
{
    const struct ob_array *groups = &l->s->type->inputs;
    uint32_t group = chance_below(l, groups->count);
    const struct ob_gpio *g = item(groups, group);

    ob_bench_input(l->d, group, chance_below(l, times(g->count)),
                   (int32_t)chance_below(l, 2));
}

/* Do what a guest may do: writes of all sizes, time, input lines. */
static void guest_acts(struct law *l)
{
    uint32_t writes = chance_below(l, WRITES);

    for (uint32_t n = 0; n < writes; n++) {
        uint32_t region = chance_below(l, l->s->type->regions.count);

        if (l->s->type->inputs.count && !chance_below(l, 8))
            input_any(l);
        if (!chance_below(l, 4))
            ob_bench_step(l->b, chance_below(l, STEP_NS));
        if (l->s->type->regions.count)
            ob_bench_write(l->d, region, place(l, region_of(l, region)),
                           chance_value(l), chance_below(l, 4) ? 4 : 8);
    }
    ob_bench_step(l->b, 0);
}

/* The saved state; fails if it differs from `before`, which it frees. */
static void same_state(struct law *l, struct ob_bench_dev *d, uint8_t *before,
                       size_t count, const char *what)
{
    size_t now_count, at = 0;
    uint8_t *now = ob_bench_save(d, &now_count);

    assert_int_equal(now_count, count);
    while (at < count && now[at] == before[at])
        at++;
    if (at < count)
        fail_msg("%s: %s: state differs at byte %zu of %zu (0x%02x, 0x%02x)",
                 l->s->type->name, what, at, count, before[at], now[at]);
    free(now);
    free(before);
}

/* --- writing back --------------------------------------------------------- */

static void write_back(struct law *l, uint32_t region, uint64_t offset,
                       uint32_t bytes, uint64_t flip, const char *name)
{
    uint64_t seen = ob_bench_read(l->d, region, offset, bytes);
    uint8_t *before;
    char what[160];
    size_t count;

    before = ob_bench_save(l->d, &count);
    snprintf(what, sizeof(what),
             "%s at 0x%llx, %u bytes: read 0x%llx, written back 0x%llx", name,
             (unsigned long long)offset, (unsigned)bytes,
             (unsigned long long)seen, (unsigned long long)(seen ^ flip));
    ob_bench_write(l->d, region, offset, seen ^ flip, bytes);
    same_state(l, l->d, before, count, what);
}

static void reg_write_back(struct law *l, uint32_t region,
                           const struct ob_reg *g, uint32_t index)
{
    uint64_t at = reg_at(g, index), cleared = reg_bits(g, OB_W1C);
    uint64_t seen = ob_bench_read(l->d, region, at, g->bytes);

    /* Writing 1 to a flag clears it, so use the flags as they are. */
    write_back(l, region, at, g->bytes, seen & cleared, g->name);
    write_back(l, region, at, g->bytes, (seen & cleared) | reg_bits(g, OB_RO),
               g->name);
    if (cleared)
        return;
    for (uint32_t n = 0; n < g->bytes; n++)
        if (takes(region_of(l, region), at + n, 1))
            write_back(l, region, at + n, 1, 0, g->name);
}

static void regs_write_back(struct law *l, uint32_t region)
{
    const struct ob_region *r = region_of(l, region);

    for (uint32_t n = 0; n < r->regs.count; n++) {
        const struct ob_reg *g = item(&r->regs, n);

        for (uint32_t i = 0; i < times(g->count); i++)
            if (!is_exception(l, g->name, reg_at(g, i)) && !reg_bits(g, OB_WO))
                reg_write_back(l, region, g, i);
    }
}

static void functions_write_back(struct law *l, uint32_t region)
{
    const struct ob_region *r = region_of(l, region);
    uint64_t end = r->bytes < TABLE_BYTES ? r->bytes : TABLE_BYTES;

    if (!r->on_read)
        return;
    for (uint64_t at = 0; at < end; at += 4)
        if (takes(r, at, 4) && !is_exception(l, NULL, at))
            write_back(l, region, at, 4, 0, r->name);
}

void laws_write_back(const struct law_subject *s)
{
    for (uint64_t run = 0; run < RUNS; run++) {
        struct law l;

        law_begin(&l, s, run);
        guest_acts(&l);
        for (uint32_t n = 0; n < s->type->regions.count; n++) {
            regs_write_back(&l, n);
            functions_write_back(&l, n);
        }
        law_end(&l);
    }
}

/* --- an RP2040's windows -------------------------------------------------- */

enum { APB = 0x40000000, AHB = 0x50000000, WINDOW = 0x1000 };

static struct ob_bench_dev *windows_make(struct law *l)
{
    struct ob_bench_dev *d = ob_bench_dev_new(l->b, "rp2040-atomic", "atomic");
    struct ob_bench_bus *apb = ob_bench_bus_new(l->b);
    struct ob_bench_bus *ahb = ob_bench_bus_new(l->b);
    bool is_ahb = l->s->at >= AHB;

    assert_int_equal(ob_bench_map(is_ahb ? ahb : apb,
                                  l->s->at - (is_ahb ? AHB : APB), l->d, 0),
                     0);
    assert_int_equal(ob_bench_link_bus(d, "apb", apb), 0);
    assert_int_equal(ob_bench_link_bus(d, "ahb", ahb), 0);
    assert_int_equal(ob_bench_create(d), 0);
    return d;
}

static void window_write(struct law *l, struct ob_bench_dev *atomic,
                         uint32_t offset, const char *name)
{
    bool is_ahb = l->s->at >= AHB;
    uint64_t at = l->s->at - (is_ahb ? AHB : APB) + offset;
    char what[80];
    size_t count;

    snprintf(what, sizeof(what), "%s: 0 written to a window", name);
    /* Do the side effect of a read now, before the comparison. */
    (void)ob_bench_read32(l->d, 0, offset);
    for (uint32_t n = 1; n <= 3; n++) {
        uint8_t *before = ob_bench_save(l->d, &count);

        ob_bench_write32(atomic, is_ahb, at + n * WINDOW, 0);
        same_state(l, l->d, before, count, what);
    }
}

void laws_windows(const struct law_subject *s)
{
    const struct ob_region *r = item(&s->type->regions, 0);

    for (uint64_t run = 0; s->at && run < RUNS; run++) {
        struct ob_bench_dev *atomic;
        struct law l;

        law_begin(&l, s, run);
        atomic = windows_make(&l);
        guest_acts(&l);
        for (uint32_t n = 0; n < r->regs.count; n++) {
            const struct ob_reg *g = item(&r->regs, n);

            for (uint32_t i = 0; i < times(g->count); i++)
                if (!is_exception(&l, g->name, reg_at(g, i)) &&
                    !reg_bits(g, OB_WO))
                    window_write(&l, atomic, reg_at(g, i), g->name);
        }
        for (uint32_t at = 0; r->on_read && at < r->bytes; at += 4)
            if (!is_exception(&l, NULL, at))
                window_write(&l, atomic, at, r->name);
        law_end(&l);
    }
}

/* --- the bench's laws ----------------------------------------------------- */

void laws_of_the_bench(const struct law_subject *s)
{
    struct ob_bench *b = fakes_bench();

    assert_int_equal(ob_bench_module(b, &laws_module), 0);
    assert_non_null(ob_bench_make(b, "fake-part", "a", NULL));
    assert_non_null(ob_bench_make(b, "fake-part", "b", NULL));
    if (ob_bench_check(b, s->type->name, s->props, NULL))
        fail_msg("%s", ob_bench_check_line(b, 0));
    fakes_end(b);
}
