/* SPDX-License-Identifier: MIT */
/*
 * A second, naive reading of the register rules (include/outboard/regs.h): one
 * byte and one bit at a time, by search, with no table. What it says is
 * compared with the core's registers, by test_device_regs.c and by fuzz_regs.c.
 * Knows no hooks.
 */
#ifndef TESTS_REGS_REF_H
#define TESTS_REGS_REF_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/device.h"

enum { REF_REGS = 12, REF_FIELDS = 6, REF_STATE = 2048, REF_BYTES = 512 };
enum { REF_OUTSIDE = 100 };         /* a bit in no field */

/* A type with one region, the live device, and the reference's values. */
struct ref {
    struct ob_device_type type;
    struct device_decl *decl;
    struct ob_region region;
    struct ob_reg regs[REF_REGS];
    struct ob_field fields[REF_REGS][REF_FIELDS];
    char names[REF_REGS][16];
    char field_names[REF_FIELDS][16];
    struct device *d;
    struct host_ops ops;
    uint8_t values[REF_STATE];      /* as the state struct should be */
    uint32_t lines, want_lines;     /* of guest's errors */
    uint32_t state_used;
};

static void ref_log(void *port, uint32_t kind, const char *line)
{
    struct ref *r = port;

    (void)line;
    r->lines += kind == OB_LOG_GUEST;
}

static uint32_t ref_logs_wanted(void *port)
{
    (void)port;
    return ~0u;
}

static inline void ref_init(struct ref *r, uint32_t flags)
{
    memset(r, 0, sizeof(*r));
    r->region.name = "r";
    r->region.bytes = REF_BYTES;
    r->region.flags = flags;
    r->region.access_min = 1;
    r->region.access_max = 8;
    r->type.size = sizeof(r->type);
    r->type.name = "ref";
    r->type.state_bytes = REF_STATE;
    r->type.state_version = r->type.state_oldest = 1;
    r->ops.log = ref_log;
    r->ops.logs_wanted = ref_logs_wanted;
    for (int n = 0; n < REF_FIELDS; n++)
        snprintf(r->field_names[n], sizeof(r->field_names[n]), "f%d", n);
}

/* Add a register; its state follows the previous one's. */
static inline struct ob_reg *ref_add(struct ref *r, uint32_t offset,
                                     uint16_t bytes, uint8_t access,
                                     uint64_t reset)
{
    uint32_t n = r->region.regs.count++;
    struct ob_reg *g = &r->regs[n];

    snprintf(r->names[n], sizeof(r->names[n]), "R%u", n);
    g->name = r->names[n];
    g->offset = offset;
    g->bytes = bytes;
    g->access = access;
    g->reset = reset;
    g->fields.items = r->fields[n];
    g->fields.stride = sizeof(r->fields[n][0]);
    g->state = r->state_used + 1;
    r->state_used += 8;
    return g;
}

static inline void ref_field(struct ref *r, struct ob_reg *g, uint8_t lsb,
                             uint8_t bits, uint8_t access)
{
    struct ob_field *f = &r->fields[g - r->regs][g->fields.count];

    f->name = r->field_names[g->fields.count++];
    f->mask = (~UINT64_C(0) >> (64 - bits)) << lsb;
    f->access = access;
    g->access = 0;
}

static uint32_t ref_count(const struct ob_reg *g)
{
    return g->count ? g->count : 1;
}

static uint8_t *ref_byte(struct ref *r, const struct ob_reg *g, uint32_t i,
                         unsigned significance)
{
    /* The state struct holds numbers of this machine. */
    unsigned at = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
                      ? significance
                      : g->bytes - 1u - significance;

    return &r->values[g->state - 1 + i * g->bytes + at];
}

static inline void ref_reset(struct ref *r)
{
    for (uint32_t n = 0; n < r->region.regs.count; n++)
        for (uint32_t i = 0; i < ref_count(&r->regs[n]); i++)
            for (unsigned b = 0; b < r->regs[n].bytes; b++)
                *ref_byte(r, &r->regs[n], i,
                          b) = (uint8_t)(r->regs[n].reset >> (8 * b));
}

/* Make the live device. Returns what the gate says. */
static inline int ref_start(struct ref *r, struct ob_err *err)
{
    int ret;

    r->region.regs.items = r->regs;
    r->region.regs.stride = sizeof(r->regs[0]);
    r->type.regions.items = &r->region;
    r->type.regions.count = 1;
    r->type.regions.stride = sizeof(r->region);
    ret = device_decl_new(&r->type, &local_model_ops, &r->decl, err);
    if (ret)
        return ret;
    r->d = device_new(r->decl, "x", &r->ops, r);
    ret = device_create(r->d, err);
    if (ret)
        return ret;
    device_reset(r->d, OB_RESET_COLD);
    ref_reset(r);
    return 0;
}

static inline void ref_end(struct ref *r)
{
    device_free(r->d);
    device_decl_free(r->decl);
    r->d = NULL;
    r->decl = NULL;
}

/* --- the rules ------------------------------------------------------------ */

static bool ref_taken(const struct ref *r, uint64_t offset, unsigned bytes)
{
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
        return false;
    if (bytes < r->region.access_min || bytes > r->region.access_max)
        return false;
    if (!(r->region.flags & OB_REGION_UNALIGNED) && offset % bytes)
        return false;
    return offset + bytes <= r->region.bytes;
}

/* The register that has the byte at `offset`; NULL: none. */
static struct ob_reg *ref_find(struct ref *r, uint64_t offset,
                               uint32_t *ret_element, unsigned *ret_byte)
{
    for (uint32_t n = 0; n < r->region.regs.count; n++) {
        struct ob_reg *g = &r->regs[n];
        uint32_t step = g->step ? g->step : g->bytes;

        for (uint32_t i = 0; i < ref_count(g); i++) {
            uint64_t start = g->offset + (uint64_t)i * step;

            if (offset < start || offset >= start + g->bytes)
                continue;
            *ret_element = i;
            *ret_byte = (unsigned)(offset - start);
            return g;
        }
    }
    return NULL;
}

static unsigned ref_access(const struct ob_reg *g, unsigned bit)
{
    const struct ob_field *f = g->fields.items;

    if (!g->fields.count)
        return g->access;
    for (uint32_t n = 0; n < g->fields.count; n++)
        if (f[n].mask >> bit & 1)
            return f[n].access;
    return REF_OUTSIDE;
}

/* Which byte of a value of `width` bytes the one at place `at` is. */
static unsigned ref_rank(const struct ref *r, unsigned width, unsigned at)
{
    return r->region.flags & OB_REGION_BIG_ENDIAN ? width - 1 - at : at;
}

static uint8_t ref_read_byte(struct ref *r, uint64_t offset)
{
    uint32_t i;
    unsigned at;
    struct ob_reg *g = ref_find(r, offset, &i, &at);
    uint8_t *stored, seen = 0;

    if (!g)
        return 0;
    at = ref_rank(r, g->bytes, at);
    stored = ref_byte(r, g, i, at);
    for (unsigned b = 0; b < 8; b++) {
        uint8_t one = (uint8_t)(1u << b);

        switch (ref_access(g, 8 * at + b)) {
        case OB_WO: break;
        case REF_OUTSIDE:
            if (g->reset >> (8 * at + b) & 1)
                seen |= one;
            break;
        case OB_RC:
            seen |= *stored & one;
            *stored &= (uint8_t)~one;
            break;
        default: seen |= *stored & one;
        }
    }
    return seen;
}

static inline uint64_t ref_read(struct ref *r, uint64_t offset, unsigned bytes)
{
    uint64_t value = 0;

    if (!ref_taken(r, offset, bytes)) {
        r->want_lines++;
        return 0;
    }
    for (unsigned n = 0; n < bytes; n++)
        value |= (uint64_t)ref_read_byte(r, offset + n)
                 << (8 * ref_rank(r, bytes, n));
    return value;
}

/* One bit written; returns 1: a reserved bit changed, 2: a read-only one. */
static unsigned ref_write_bit(const struct ob_reg *g, uint8_t *stored,
                              unsigned bit, bool one)
{
    uint8_t mask = (uint8_t)(1u << bit % 8);
    bool was = *stored & mask, now = was;

    switch (ref_access(g, bit)) {
    case OB_RW:
    case OB_WO: now = one; break;
    case OB_W1C: now = was && !one; break;
    case OB_W1S: now = was || one; break;
    case OB_RO: return one != was ? 2 : 0;
    case REF_OUTSIDE: return one != (g->reset >> bit & 1) ? 1 : 0;
    default: break;
    }
    *stored = (uint8_t)(now ? *stored | mask : *stored & ~mask);
    return 0;
}

static inline void ref_write(struct ref *r, uint64_t offset, uint64_t value,
                             unsigned bytes)
{
    struct ob_reg *before = NULL;
    uint32_t i, i_before = 0;
    unsigned wrong = 0;

    if (!ref_taken(r, offset, bytes)) {
        r->want_lines++;
        return;
    }
    for (unsigned n = 0; n < bytes; n++) {
        unsigned at;
        struct ob_reg *g = ref_find(r, offset + n, &i, &at);
        uint8_t byte = (uint8_t)(value >> (8 * ref_rank(r, bytes, n)));

        /* A line for each register and kind of mistake, not for each bit. */
        if (g != before || i != i_before) {
            r->want_lines += (wrong & 1) + (wrong >> 1);
            wrong = 0;
        }
        before = g;
        i_before = i;
        if (!g)
            continue;
        at = ref_rank(r, g->bytes, at);
        for (unsigned b = 0; b < 8; b++)
            wrong |= ref_write_bit(g, ref_byte(r, g, i, at), 8 * at + b,
                                   byte >> b & 1);
    }
    r->want_lines += (wrong & 1) + (wrong >> 1);
}

/* One access to both. NULL if they agree, else what they differ in. */
static inline const char *ref_compare(struct ref *r, bool write,
                                      uint64_t offset, uint64_t value,
                                      unsigned bytes)
{
    struct device_region *live = device_region(r->d, 0);

    if (write) {
        device_region_write(live, offset, value, bytes);
        ref_write(r, offset, value, bytes);
    } else if (device_region_read(live, offset, bytes) !=
               ref_read(r, offset, bytes)) {
        return "the value read";
    }
    if (memcmp(device_state(r->d), r->values, REF_STATE))
        return "the stored values";
    return r->lines != r->want_lines ? "the lines logged" : NULL;
}

/* --- any type, from any bytes --------------------------------------------- */

struct ref_bytes {
    const uint8_t *at, *end;
};

static uint32_t ref_take(struct ref_bytes *b, uint32_t below)
{
    return b->at < b->end ? *b->at++ % below : 0;
}

static uint64_t ref_take64(struct ref_bytes *b)
{
    uint64_t v = 0;

    for (int n = 0; n < 8; n++)
        v = v << 8 | ref_take(b, 256);
    return v;
}

static void ref_gen_fields(struct ref *r, struct ob_reg *g,
                           struct ref_bytes *b)
{
    uint32_t n = ref_take(b, REF_FIELDS + 1), lsb = 0;

    for (; n; n--) {
        uint32_t bits;

        lsb += ref_take(b, 9);
        if (lsb >= 8u * g->bytes)
            return;
        bits = 1 + ref_take(b, 8u * g->bytes - lsb);
        ref_field(r, g, (uint8_t)lsb, (uint8_t)bits,
                  (uint8_t)ref_take(b, OB_WO + 1));
        lsb += bits;
    }
}

/* Fill `r` with a valid type made of the bytes; ref_start() follows. */
static inline void ref_generate(struct ref *r, struct ref_bytes *b)
{
    uint32_t place = 0, regs;

    ref_init(r, ref_take(b, 4));
    r->region.access_min = (uint8_t)(1u << ref_take(b, 2));
    r->region.access_max = (uint8_t)(r->region.access_min << ref_take(b, 3));
    regs = 1 + ref_take(b, REF_REGS);
    for (; regs; regs--) {
        uint16_t bytes = (uint16_t)(1u << ref_take(b, 4));
        uint32_t count = ref_take(b, 4), room;
        struct ob_reg *g;

        place += ref_take(b, 2) ? ref_take(b, 12) : 0;
        if (!(r->region.flags & OB_REGION_UNALIGNED) && ref_take(b, 4))
            place = (place + bytes - 1u) & ~(bytes - 1u);
        g = ref_add(r, place, bytes, (uint8_t)ref_take(b, OB_WO + 1),
                    ref_take64(b) & (~UINT64_C(0) >> (64 - 8 * bytes)));
        g->count = count;
        g->step = ref_take(b, 2) ? bytes + ref_take(b, 6) : 0;
        room = ref_count(g) * (g->step ? g->step : bytes);
        r->state_used = g->state + ref_count(g) * bytes;
        place += room;
        ref_gen_fields(r, g, b);
    }
}

#endif
