/* SPDX-License-Identifier: MIT */
/*
 * The engine of the BCM2711's DMA controller: it loads control blocks and moves
 * data. BCM2711 ARM Peripherals, 4.
 *
 * A channel makes steps. A step loads a control block, or moves a part of the
 * block's data. It takes virtual time. So a loop of blocks runs forever, as on
 * the chip, and neither the guest nor the monitor waits for it. bcm2711-dma.c
 * lists what is not modelled.
 */
#include "bcm2711-dma.h"

enum { BLOCK_BYTES = 32, BLOCK_SHIFT = 5, WORD = 4 };
enum { BLOCK_NS = 250, BYTES_A_NS = 1, REST_NS = 10000, LATEST_NS = 1000000 };
/* Limits: bytes in a piece, pieces in a step, steps of a channel in a call. */
enum { PIECE = 256, PIECES = 16, STEPS = 4 };

/* 4.2, TI. */
enum { TI_INTEN = 0x1, TI_TDMODE = 0x2, TI_DEST_INC = 0x10,
       TI_DEST_WIDTH = 0x20, TI_DEST_DREQ = 0x40, TI_DEST_IGNORE = 0x80,
       TI_SRC_INC = 0x100, TI_SRC_WIDTH = 0x200, TI_SRC_DREQ = 0x400,
       TI_SRC_IGNORE = 0x800, TI_PERMAP = 0x1f0000,
       TI_NOT_LITE = TI_TDMODE | TI_DEST_IGNORE | TI_SRC_IGNORE };
/* 4.5, TI of DMA4, and SRCI and DESTI: the high byte of the address. */
enum { WIDE_PERMAP = 0x3e00, WIDE_SRC_DREQ = 0x4000, WIDE_DEST_DREQ = 0x8000 };
enum { INFO_HIGH = 0xff, INFO_INC = 0x1000, INFO_SIZE = 0x6000,
       INFO_IGNORE = 0x8000, INFO_STRIDE_SHIFT = 16 };

struct transfer {
    struct dma_end from, to;
    uint32_t x, y;                  /* bytes left in this row, later rows */
};

void dma_update_irq(struct ob_dev *dev, uint32_t n)
{
    const struct dma *d = ob_state(dev);

    ob_irq_set(dev, IRQ, n, d->ch[n].cs & CS_INT);
}

/* --- control blocks ------------------------------------------------------- */

/* A guest that relies on pacing would lose data without notice. */
static void warn_of_pacing(struct ob_dev *dev, uint32_t n, uint32_t ti)
{
    bool wide = dma_is_wide(n);
    uint32_t dreq = wide ? WIDE_SRC_DREQ | WIDE_DEST_DREQ
                         : TI_SRC_DREQ | TI_DEST_DREQ;
    uint64_t from = ob_field_get(ti, wide ? WIDE_PERMAP : TI_PERMAP);

    if (from && ti & dreq)
        ob_log(dev, OB_LOG_UNIMPL, "channel %u does not wait for request %u",
               (unsigned)n, (unsigned)from);
}

/* 4.5: the words of a block of DMA4. */
static void store_wide(struct dma_channel *c, const uint32_t *words)
{
    c->ti = words[0];
    c->source = words[1];
    c->source_info = words[2];
    c->dest = words[3];
    c->dest_info = words[4];
    c->length = words[5] & LENGTH_LINEAR;
    c->next = words[6];
}

/* 4.2: the words of a block. Lite channels lack some bits. */
static void store_narrow(struct dma_channel *c, const uint32_t *words,
                         bool lite)
{
    c->ti = words[0] & ~(lite ? (uint32_t)TI_NOT_LITE : 0);
    c->source = words[1];
    c->dest = words[2];
    c->length = words[3] & (lite ? LENGTH_X : LENGTH_LINEAR);
    c->stride = lite ? 0 : words[4];
    c->next = words[5] & ~(BLOCK_BYTES - 1u);
}

static void load_block(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct dma_channel *c = &d->ch[n];
    uint8_t bytes[BLOCK_BYTES];
    uint32_t words[BLOCK_BYTES / WORD];
    uint64_t at = (uint64_t)c->block << (dma_is_wide(n) ? BLOCK_SHIFT : 0);

    c->told = 0;
    if (dma_read_bus(dev, n, at, bytes, sizeof(bytes))) {
        dma_fail_block(dev, n, at);
        return;
    }
    for (uint32_t i = 0; i < BLOCK_BYTES / WORD; i++)
        words[i] = (uint32_t)ob_get_le(bytes + i * WORD, WORD);
    c->loaded = 1;
    if (dma_is_wide(n))
        store_wide(c, words);
    else
        store_narrow(c, words, dma_is_lite(n));
    c->row = c->length & LENGTH_X;
    warn_of_pacing(dev, n, c->ti);
}

/* --- transfers ------------------------------------------------------------ */

/* 4.5: DMA4's addresses have 40 bits; the high 8 are in the info words. */
static struct dma_end decode_wide(uint32_t low, uint32_t info)
{
    return (struct dma_end){
        .at = (uint64_t)(info & INFO_HIGH) << 32 | low,
        .width = 4u << ob_field_get(info, INFO_SIZE),
        .stride = (int16_t)(info >> INFO_STRIDE_SHIFT),
        .inc = info & INFO_INC, .ignore = info & INFO_IGNORE,
    };
}

static void decode(const struct dma_channel *c, uint32_t n, struct transfer *t)
{
    uint32_t ti = c->ti;

    if (dma_is_wide(n)) {
        t->from = decode_wide(c->source, c->source_info);
        t->to = decode_wide(c->dest, c->dest_info);
    } else {
        t->from = (struct dma_end){ c->source, ti & TI_SRC_WIDTH ? 16 : 4,
                                    (int16_t)c->stride, ti & TI_SRC_INC,
                                    ti & TI_SRC_IGNORE };
        t->to = (struct dma_end){ c->dest, ti & TI_DEST_WIDTH ? 16 : 4,
                                  (int16_t)(c->stride >> 16), ti & TI_DEST_INC,
                                  ti & TI_DEST_IGNORE };
    }
    t->x = ti & TI_TDMODE ? c->length & LENGTH_X : c->length;
    t->y = ti & TI_TDMODE ? (uint32_t)ob_field_get(c->length, LENGTH_Y) : 0;
}

/* The registers show how far the transfer is, so write it back. */
static void encode(struct dma_channel *c, uint32_t n, const struct transfer *t)
{
    c->source = (uint32_t)t->from.at;
    c->dest = (uint32_t)t->to.at;
    c->length = t->x;
    if (c->ti & TI_TDMODE)
        c->length = (uint32_t)ob_field_set(t->x, LENGTH_Y, t->y);
    if (!dma_is_wide(n))
        return;
    c->source_info = (uint32_t)ob_field_set(c->source_info, INFO_HIGH,
                                            t->from.at >> 32);
    c->dest_info = (uint32_t)ob_field_set(c->dest_info, INFO_HIGH,
                                          t->to.at >> 32);
}

/*
 * The number of bytes to move at once. If the destination begins inside the
 * source, the copy repeats the bytes between the two, as single accesses would.
 */
static uint32_t piece(const struct transfer *t)
{
    const struct dma_end *from = &t->from, *to = &t->to;

    if ((!from->inc && !from->ignore) || (!to->inc && !to->ignore))
        return from->width > to->width ? from->width : to->width;
    if (!from->ignore && !to->ignore && to->at > from->at &&
        to->at - from->at < PIECE)
        return (uint32_t)(to->at - from->at);
    return PIECE;
}

static bool is_left(const struct dma_channel *c, uint32_t n)
{
    struct transfer t;

    decode(c, n, &t);
    return t.x || (t.y && c->row);
}

/* The virtual time that the channel's next step takes. */
static uint64_t step_ns(const struct dma_channel *c, uint32_t n)
{
    struct transfer t;
    uint32_t most;

    if (!c->loaded)
        return BLOCK_NS;
    decode(c, n, &t);
    most = PIECES * piece(&t);
    return (t.x < most ? t.x : most) / BYTES_A_NS;
}

/* 4.2, STRIDE: it is added to the address at the end of each row. */
static void advance(struct transfer *t, uint32_t count, uint32_t row)
{
    t->from.at += t->from.inc ? count : 0;
    t->to.at += t->to.inc ? count : 0;
    t->x -= count;
    if (t->x || !t->y)
        return;
    t->y--;
    t->x = row;
    t->from.at += (uint64_t)(int64_t)t->from.stride;
    t->to.at += (uint64_t)(int64_t)t->to.stride;
}

/* Store the new state first: the accesses may be to these registers. */
static void move_piece(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct dma_channel *c = &d->ch[n];
    struct transfer t, after;
    uint8_t bytes[PIECE] = { 0 };
    uint32_t count;

    decode(c, n, &t);
    count = piece(&t);
    count = t.x < count ? t.x : count;
    after = t;
    advance(&after, count, c->row);
    encode(c, n, &after);
    if (!t.from.ignore && dma_access(dev, n, &t.from, bytes, count, false))
        dma_fail_read(dev, n, t.from.at);
    else if (!t.to.ignore && dma_access(dev, n, &t.to, bytes, count, true))
        dma_fail_write(dev, n, t.to.at);
}

/* 4.2, CS: END is set after each block, INT only with INTEN. */
static void finish(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct dma_channel *c = &d->ch[n];

    c->cs |= CS_END | (c->ti & TI_INTEN ? CS_INT : 0);
    dma_skip_block(c);
    dma_update_irq(dev, n);
}

/* --- time ----------------------------------------------------------------- */

/* ENABLE has no bit for the VPU's channel. */
static bool runs(const struct dma *d, uint32_t n)
{
    const struct dma_channel *c = &d->ch[n];

    return c->cs & CS_ACTIVE && (c->loaded || c->block) &&
           (n == DMA_VPU || d->enable >> n & 1);
}

static void step(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct dma_channel *c = &d->ch[n];

    if (!c->loaded) {
        load_block(dev, n);
        return;
    }
    for (uint32_t i = 0; i < PIECES && is_left(c, n); i++) {
        move_piece(dev, n);
        if (!c->loaded || !runs(d, n))
            return;
    }
    if (!is_left(c, n))
        finish(dev, n);
}

void dma_schedule(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);
    uint64_t first = UINT64_MAX;

    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        struct dma_channel *c = &d->ch[n];
        bool was_scheduled = c->scheduled;

        c->scheduled = runs(d, n);
        if (!c->scheduled)
            continue;
        if (!was_scheduled)
            c->due = ob_now_ns(dev) + step_ns(c, n);
        first = c->due < first ? c->due : first;
    }
    if (first == UINT64_MAX)
        ob_timer_cancel(dev, STEP, 0);
    else
        ob_timer_arm(dev, STEP, 0, first > d->rest ? first : d->rest);
}

/* A channel that has more work pauses, so that virtual time passes. */
void dma_expired(struct ob_dev *dev, uint32_t timer, uint32_t index)
{
    struct dma *d = ob_state(dev);
    uint64_t now = ob_now_ns(dev);

    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        struct dma_channel *c = &d->ch[n];

        for (uint32_t i = 0; i < STEPS && runs(d, n) && c->due <= now; i++) {
            step(dev, n);
            c->due += step_ns(c, n);
        }
        if (runs(d, n) && c->due <= now) {
            c->due = now;
            d->rest = now + REST_NS;
        }
    }
    dma_schedule(dev);
}

void dma_restore_times(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);
    uint64_t latest = ob_now_ns(dev) + LATEST_NS;

    d->rest = d->rest > latest ? latest : d->rest;
    for (uint32_t n = 0; n < DMA_CHANNELS; n++)
        if (d->ch[n].due > latest)
            d->ch[n].due = latest;
}
