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

enum { TI_INTEN = 1u << 0, TI_TDMODE = 1u << 1,
       TI_DEST_INC = 1u << 4, TI_DEST_WIDTH = 1u << 5, TI_DEST_DREQ = 1u << 6,
       TI_DEST_IGNORE = 1u << 7, TI_SRC_INC = 1u << 8, TI_SRC_WIDTH = 1u << 9,
       TI_SRC_DREQ = 1u << 10, TI_SRC_IGNORE = 1u << 11, TI_PERMAP_SHIFT = 16,
       TI_PERMAP_MASK = 31,
       TI_NOT_LITE = TI_TDMODE | TI_DEST_IGNORE | TI_SRC_IGNORE };
enum { WIDE_PERMAP_SHIFT = 9, WIDE_SRC_DREQ = 1u << 14,
       WIDE_DEST_DREQ = 1u << 15, INFO_HIGH = 0xff, INFO_INC = 1u << 12,
       INFO_SIZE_SHIFT = 13, INFO_SIZE_MASK = 3, INFO_IGNORE = 1u << 15,
       INFO_STRIDE_SHIFT = 16 };
enum { LENGTH_X = 0xffff, LENGTH_Y_SHIFT = 16, LENGTH_Y = 0x3fff,
       LENGTH_LINEAR = 0x3fffffff };

struct transfer {
    struct dma_end from, to;
    uint32_t x, y;                  /* bytes left in this row, later rows */
};

void dma_update_irq(struct ob_dev *dev, uint32_t n)
{
    const struct dma *d = ob_state(dev);

    ob_irq_set(dev, n, d->cs[n] & CS_INT);
}

/* --- control blocks ------------------------------------------------------- */

static uint32_t word(const uint8_t *bytes, uint32_t n)
{
    const uint8_t *p = bytes + n * WORD;

    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A guest that relies on pacing would lose data without notice. */
static void warn_of_pacing(struct ob_dev *dev, uint32_t n)
{
    const struct dma *d = ob_state(dev);
    bool wide = dma_is_wide(n);
    uint32_t dreq = wide ? WIDE_SRC_DREQ | WIDE_DEST_DREQ
                         : TI_SRC_DREQ | TI_DEST_DREQ;
    uint32_t shift = wide ? WIDE_PERMAP_SHIFT : TI_PERMAP_SHIFT;
    uint32_t from = d->ti[n] >> shift & TI_PERMAP_MASK;

    if (from && d->ti[n] & dreq)
        ob_log(dev, OB_LOG_UNIMPL, "channel %u does not wait for request %u",
               (unsigned)n, (unsigned)from);
}

/* 4.2, 4.5: the words of a block. Lite channels lack some bits. */
static void store_block(struct dma *d, uint32_t n, const uint8_t *bytes)
{
    uint32_t i = 0;

    d->ti[n] = word(bytes, i++);
    if (dma_is_lite(n))
        d->ti[n] &= ~(uint32_t)TI_NOT_LITE;
    d->source[n] = word(bytes, i++);
    if (dma_is_wide(n))
        d->source_info[n - DMA_WIDE] = word(bytes, i++);
    d->dest[n] = word(bytes, i++);
    if (dma_is_wide(n))
        d->dest_info[n - DMA_WIDE] = word(bytes, i++);
    d->length[n] = word(bytes, i++);
    d->length[n] &= dma_is_lite(n) ? LENGTH_X : LENGTH_LINEAR;
    if (!dma_is_wide(n))
        d->stride[n] = dma_is_lite(n) ? 0 : word(bytes, i++);
    d->next[n] = word(bytes, dma_is_wide(n) ? 6 : 5);
    if (!dma_is_wide(n))
        d->next[n] &= ~(BLOCK_BYTES - 1u);
    d->row[n] = d->length[n] & LENGTH_X;
}

static void load_block(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    uint8_t bytes[BLOCK_BYTES];
    uint64_t at = d->block[n];

    if (dma_is_wide(n))
        at <<= BLOCK_SHIFT;
    d->told &= ~(1u << n);
    if (dma_read_bus(dev, n, at, bytes, sizeof(bytes))) {
        dma_fail_block(dev, n, at);
        return;
    }
    d->loaded |= 1u << n;
    store_block(d, n, bytes);
    warn_of_pacing(dev, n);
}

/* --- transfers ------------------------------------------------------------ */

/* 4.5: DMA4's addresses have 40 bits; the high 8 are in the info words. */
static void decode_wide(const struct dma *d, uint32_t n, struct transfer *t)
{
    uint32_t info[2] = { d->source_info[n - DMA_WIDE],
                         d->dest_info[n - DMA_WIDE] };
    uint32_t low[2] = { d->source[n], d->dest[n] };
    struct dma_end *ends[2] = { &t->from, &t->to };

    for (int i = 0; i < 2; i++)
        *ends[i] = (struct dma_end){
            .at = (uint64_t)(info[i] & INFO_HIGH) << 32 | low[i],
            .width = 4u << (info[i] >> INFO_SIZE_SHIFT & INFO_SIZE_MASK),
            .stride = (int16_t)(info[i] >> INFO_STRIDE_SHIFT),
            .inc = info[i] & INFO_INC, .ignore = info[i] & INFO_IGNORE };
}

static void decode(const struct dma *d, uint32_t n, struct transfer *t)
{
    uint32_t ti = d->ti[n], length = d->length[n];

    if (dma_is_wide(n)) {
        decode_wide(d, n, t);
    } else {
        t->from = (struct dma_end){ d->source[n], ti & TI_SRC_WIDTH ? 16 : 4,
                                (int16_t)d->stride[n], ti & TI_SRC_INC,
                                ti & TI_SRC_IGNORE };
        t->to = (struct dma_end){ d->dest[n], ti & TI_DEST_WIDTH ? 16 : 4,
                              (int16_t)(d->stride[n] >> 16), ti & TI_DEST_INC,
                              ti & TI_DEST_IGNORE };
    }
    t->x = ti & TI_TDMODE ? length & LENGTH_X : length;
    t->y = ti & TI_TDMODE ? length >> LENGTH_Y_SHIFT & LENGTH_Y : 0;
}

/* The registers show how far the transfer is, so write it back. */
static void encode(struct dma *d, uint32_t n, const struct transfer *t)
{
    d->source[n] = (uint32_t)t->from.at;
    d->dest[n] = (uint32_t)t->to.at;
    d->length[n] = d->ti[n] & TI_TDMODE ? t->y << LENGTH_Y_SHIFT | t->x : t->x;
    if (!dma_is_wide(n))
        return;
    n -= DMA_WIDE;
    d->source_info[n] &= ~(uint32_t)INFO_HIGH;
    d->source_info[n] |= (uint32_t)(t->from.at >> 32) & INFO_HIGH;
    d->dest_info[n] &= ~(uint32_t)INFO_HIGH;
    d->dest_info[n] |= (uint32_t)(t->to.at >> 32) & INFO_HIGH;
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

static bool is_left(const struct dma *d, uint32_t n)
{
    struct transfer t;

    decode(d, n, &t);
    return t.x || (t.y && d->row[n]);
}

/* The virtual time that the channel's next step takes. */
static uint64_t step_ns(const struct dma *d, uint32_t n)
{
    struct transfer t;
    uint32_t most;

    if (!(d->loaded >> n & 1))
        return BLOCK_NS;
    decode(d, n, &t);
    most = PIECES * piece(&t);
    return (t.x < most ? t.x : most) / BYTES_A_NS;
}

/* 4.2, STRIDE: it is added to the address at the end of each row. */
static void advance(const struct dma *d, uint32_t n, struct transfer *t,
                    uint32_t count)
{
    t->from.at += t->from.inc ? count : 0;
    t->to.at += t->to.inc ? count : 0;
    t->x -= count;
    if (t->x || !t->y)
        return;
    t->y--;
    t->x = d->row[n];
    t->from.at += (uint64_t)(int64_t)t->from.stride;
    t->to.at += (uint64_t)(int64_t)t->to.stride;
}

/* Store the new state first: the accesses may be to these registers. */
static void move_piece(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct transfer t, after;
    uint8_t bytes[PIECE] = { 0 };
    uint32_t count;

    decode(d, n, &t);
    count = piece(&t);
    count = t.x < count ? t.x : count;
    after = t;
    advance(d, n, &after, count);
    encode(d, n, &after);
    if (!t.from.ignore && dma_access(dev, n, &t.from, bytes, count, false))
        dma_fail_read(dev, n, t.from.at);
    else if (!t.to.ignore && dma_access(dev, n, &t.to, bytes, count, true))
        dma_fail_write(dev, n, t.to.at);
}

/* 4.2, CS: END is set after each block, INT only with INTEN. */
static void finish(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);

    d->cs[n] |= CS_END | (d->ti[n] & TI_INTEN ? CS_INT : 0);
    dma_skip_block(dev, n);
    dma_update_irq(dev, n);
}

/* --- time ----------------------------------------------------------------- */

/* ENABLE has no bit for the VPU's channel. */
static bool runs(const struct dma *d, uint32_t n)
{
    return d->cs[n] & CS_ACTIVE && (d->loaded >> n & 1 || d->block[n]) &&
           (n == DMA_VPU || d->enable >> n & 1);
}

static void step(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);

    if (!(d->loaded >> n & 1)) {
        load_block(dev, n);
        return;
    }
    for (uint32_t i = 0; i < PIECES && is_left(d, n); i++) {
        move_piece(dev, n);
        if (!(d->loaded >> n & 1) || !runs(d, n))
            return;
    }
    if (!is_left(d, n))
        finish(dev, n);
}

void dma_schedule(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);
    uint64_t first = UINT64_MAX;

    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        if (!runs(d, n)) {
            d->scheduled &= ~(1u << n);
            continue;
        }
        if (!(d->scheduled >> n & 1))
            d->due[n] = ob_now_ns(dev) + step_ns(d, n);
        d->scheduled |= 1u << n;
        first = d->due[n] < first ? d->due[n] : first;
    }
    if (first == UINT64_MAX)
        ob_timer_cancel(dev, 0);
    else
        ob_timer_arm(dev, 0, first > d->rest ? first : d->rest);
}

/* A channel that has more work pauses, so that virtual time passes. */
void dma_expired(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);
    uint64_t now = ob_now_ns(dev);

    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        for (uint32_t i = 0; i < STEPS && runs(d, n) && d->due[n] <= now;
             i++) {
            step(dev, n);
            d->due[n] += step_ns(d, n);
        }
        if (runs(d, n) && d->due[n] <= now) {
            d->due[n] = now;
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
        d->due[n] = d->due[n] > latest ? latest : d->due[n];
}
