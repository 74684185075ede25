/* SPDX-License-Identifier: MIT */
/*
 * Serves the guest's accesses to a device's regions: declared registers
 * through a direct table, all other offsets through the model's two functions.
 *
 * The table is cut into cells of the largest power of two that no register
 * straddles. Each cell leads to the register element that lies in it. A plain
 * read has the register's own size, no hook, and clears no bit. It takes a
 * lookup, a load and two bit operations, because QEMU's dispatch waits for it.
 */
#include "device/core.h"

#include <string.h>

/* --- compiling ------------------------------------------------------------ */

static void bits_add(struct device_reg *r, unsigned access, uint64_t bits)
{
    switch (access) {
    case OB_W1C: r->w1c |= bits; break;
    case OB_W1S: r->w1s |= bits; break;
    case OB_RC: r->rc |= bits; break;
    case OB_RO: r->ro |= bits; break;
    case OB_WO:
        r->keep &= ~bits;
        r->take |= bits;
        break;
    default: r->take |= bits;
    }
}

static void reg_compile(struct device_reg *r, const struct decl_reg *decl)
{
    uint64_t all = device_mask(decl->bytes), in_fields = 0;

    memset(r, 0, sizeof(*r));
    r->decl = *decl;
    r->keep = all;
    for (uint32_t n = 0; n < decl->fields.count; n++) {
        const struct ob_field *f = &decl->fields.at[n];

        in_fields |= f->mask;
        bits_add(r, f->access, f->mask);
    }
    if (!decl->fields.count)
        bits_add(r, decl->access, all);
    else
        r->none = all & ~in_fields;
    r->keep &= ~r->none;
    r->force = decl->reset & r->none;
    device_store((uint8_t *)&r->fixed, decl->bytes, decl->reset);
}

static bool size_taken(const struct device_region *r, uint64_t offset,
                       unsigned bytes)
{
    return bytes >= r->valid[0] && bytes <= r->valid[1] &&
           !(bytes & (bytes - 1)) && (r->unaligned || !(offset & (bytes - 1)));
}

static bool fn_takes(const struct device_region *r, uint64_t offset,
                     unsigned bytes)
{
    return bytes >= r->impl[0] && bytes <= r->impl[1] &&
           !(bytes & (bytes - 1)) && (r->unaligned || !(offset & (bytes - 1)));
}

static void slot_fill(struct device_region *r, struct device_slot *s,
                      struct device_reg *reg, uint32_t index)
{
    const struct decl_reg *decl = &reg->decl;
    bool simple = !decl->on_read && !reg->rc && !(decl->flags & OB_REG_UNIMPL);

    s->reg = reg;
    s->index = index;
    s->bytes = decl->bytes;
    s->offset = decl->offset + index * decl->step;
    s->stored = decl->stored;
    s->value = s->stored ? r->d->state + decl->state +
                               (size_t)index * decl->state_step
                         : (uint8_t *)&reg->fixed;
    s->keep = reg->keep;
    s->force = reg->force;
    s->direct = size_taken(r, s->offset, s->bytes);
    s->plain = simple && s->direct;
}

static void slot_enter(struct device_region *r, struct device_slot *s)
{
    uint64_t first = s->offset >> r->shift;
    uint64_t last = ((uint64_t)s->offset + s->bytes - 1) >> r->shift;

    for (uint64_t c = first; c <= last; c++) {
        struct device_slot ***page = &r->pages[c / DEVICE_PAGE_CELLS];

        if (!*page)
            *page = g_new0(struct device_slot *, DEVICE_PAGE_CELLS);
        (*page)[c % DEVICE_PAGE_CELLS] = s;
    }
}

/* Set the cell size and the number of elements; the last register's end. */
static uint64_t region_measure(struct device_region *r,
                               const struct decl_region *decl)
{
    uint64_t ends = 0, low_bits = 8;

    for (uint32_t n = 0; n < decl->regs.count; n++) {
        const struct decl_reg *g = &decl->regs.at[n];
        uint64_t end = decl_reg_end(g);

        r->n_slots += g->count;
        ends = MAX(ends, end);
        low_bits |= g->offset | g->bytes;
        if (g->count > 1)
            low_bits |= g->step;
    }
    r->shift = (unsigned)__builtin_ctzll(low_bits);
    return ends;
}

static void region_table_make(struct device_region *r,
                              const struct decl_region *decl)
{
    uint64_t ends = region_measure(r, decl);
    uint64_t cells = (ends + (1u << r->shift) - 1) >> r->shift;
    struct device_slot *s;

    r->n_regs = decl->regs.count;
    r->n_pages = (uint32_t)((cells + DEVICE_PAGE_CELLS - 1) /
                            DEVICE_PAGE_CELLS);
    r->pages = g_new0(struct device_slot **, r->n_pages);
    r->regs = g_new0(struct device_reg, r->n_regs);
    r->slots = s = g_new0(struct device_slot, r->n_slots);
    for (uint32_t n = 0; n < r->n_regs; n++) {
        reg_compile(&r->regs[n], &decl->regs.at[n]);
        for (uint32_t i = 0; i < r->regs[n].decl.count; i++, s++) {
            slot_fill(r, s, &r->regs[n], i);
            slot_enter(r, s);
        }
    }
    r->n_cells = cells;
}

void device_region_close(struct device_region *r)
{
    r->n_cells = r->fn_sizes = 0;
    r->hot.bytes = UINT64_MAX;
}

void device_regions_compile(struct device *d)
{
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        const struct decl_region *decl = &d->type->regions.at[n];
        struct device_region *r = &d->regions[n];

        if (decl->regs.count)
            region_table_make(r, decl);
        r->on_read = decl->on_read;
        r->on_write = decl->on_write;
        for (unsigned bytes = 1; bytes <= 8; bytes *= 2)
            if (!decl->regs.count && size_taken(r, 0, bytes) &&
                fn_takes(r, 0, bytes))
                r->fn_sizes |= (uint16_t)(1u << bytes);
    }
}

void device_regions_reset(struct device *d)
{
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        struct device_region *r = &d->regions[n];

        for (uint32_t i = 0; i < r->n_slots; i++) {
            struct device_slot *s = &r->slots[i];

            if (s->stored)
                device_store(s->value, s->bytes, s->reg->decl.reset);
        }
    }
}

void device_regions_free(struct device *d)
{
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        struct device_region *r = &d->regions[n];

        for (uint32_t p = 0; p < r->n_pages; p++)
            g_free(r->pages[p]);
        g_free(r->pages);
        g_free(r->regs);
        g_free(r->slots);
    }
    g_free(d->regions);
}

bool device_region_takes(const struct device_region *r, uint64_t offset,
                         unsigned bytes)
{
    return offset < r->bytes && bytes <= r->bytes - offset &&
           size_taken(r, offset, bytes);
}

/* --- one register --------------------------------------------------------- */

/*
 * The shift to `n` bytes at `sub` of a value of `width` bytes. A value counts
 * from bit 0 in both byte orders.
 */
static unsigned lane(const struct device_region *r, unsigned width,
                     unsigned sub, unsigned n)
{
    return 8 * (r->big ? width - sub - n : sub);
}

static void reg_name(const struct device_slot *s, char buf[160])
{
    if (s->reg->decl.count > 1)
        g_snprintf(buf, 160, "%s[%u]", s->reg->decl.name, s->index);
    else
        g_snprintf(buf, 160, "%s", s->reg->decl.name);
}

static __attribute__((noinline, cold)) void reg_log(
    struct device_region *r, const struct device_slot *s, bool write,
    uint64_t value)
{
    char name[160];

    if (!device_unimpl_wanted(r->d))
        return;
    reg_name(s, name);
    if (write)
        device_unimplf(r->d, "write 0x%" PRIx64 " to %s: not implemented",
                       value, name);
    else
        device_unimplf(r->d, "read of %s: not implemented", name);
}

static __attribute__((noinline, cold)) void reg_log_bits(
    struct device_region *r, const struct device_slot *s, uint64_t value,
    uint64_t reserved, uint64_t readonly)
{
    char name[160];

    if (!device_log_wanted(r->d, OB_LOG_GUEST))
        return;
    reg_name(s, name);
    if (reserved)
        device_logf(r->d, OB_LOG_GUEST,
                    "write 0x%" PRIx64 " to %s: bits 0x%" PRIx64
                    " are reserved",
                    value, name, reserved);
    if (readonly)
        device_logf(r->d, OB_LOG_GUEST,
                    "write 0x%" PRIx64 " to %s: bits 0x%" PRIx64
                    " are read-only",
                    value, name, readonly);
}

bool device_register(const struct device *d, uintptr_t at, char *text,
                     unsigned size)
{
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        const struct device_region *r = &d->regions[n];
        uintptr_t first = (uintptr_t)r->slots;
        char name[160];

        if (r->n_slots == 0 || at < first ||
            at >= first + r->n_slots * sizeof(struct device_slot) ||
            (at - first) % sizeof(struct device_slot) != 0)
            continue;
        reg_name((const struct device_slot *)at, name);
        g_snprintf(text, size, "register \"%s\"", name);
        return true;
    }
    return false;
}

static uint64_t reg_ask(struct device_region *r, const struct device_slot *s,
                        uint64_t stored, uint64_t mask)
{
    const struct decl_reg *decl = &s->reg->decl;
    struct ob_reg_read read = {
        .size = sizeof(read), .index = s->index, .tag = decl->tag,
        .region = r->index, .mask = mask, .stored = stored,
    };

    return decl->on_read(&r->d->dev, &read);
}

/* Read the whole register; `mask` has the bits that the guest reads. */
static uint64_t reg_read(struct device_region *r, const struct device_slot *s,
                         uint64_t mask)
{
    const struct device_reg *reg = s->reg;
    uint64_t stored = device_load(s->value, s->bytes), seen = stored;
    uint64_t clear = stored & reg->rc & mask;

    if (reg->decl.flags & OB_REG_UNIMPL)
        reg_log(r, s, false, 0);
    if (reg->decl.on_read)
        seen = reg_ask(r, s, stored, mask);
    /* The hook may have stored another value: clear bits of that one. */
    if (clear && s->stored)
        device_store(s->value, s->bytes,
                     device_load(s->value, s->bytes) & ~clear);
    return (seen & s->keep) | s->force;
}

/* Log a write that would change bits which it may not change. */
static void reg_complain(struct device_region *r, const struct device_slot *s,
                         uint64_t old, uint64_t raw, uint64_t mask)
{
    const struct device_reg *reg = s->reg;
    uint64_t reserved = (raw ^ reg->decl.reset) & reg->none & mask;
    uint64_t readonly = (raw ^ old) & reg->ro & mask;

    /* The core cannot call a read hook here: it may have side effects. */
    if (reg->decl.on_read)
        readonly = reg->ro == device_mask(s->bytes) ? reg->ro & mask : 0;
    if (__builtin_expect(reserved | readonly, 0))
        reg_log_bits(r, s, raw, reserved, readonly);
}

/* The struct is only for a hook: most writes just store. */
static void reg_report(struct device_region *r, const struct device_slot *s,
                       uint64_t old, uint64_t value, uint64_t raw,
                       uint64_t mask)
{
    const struct decl_reg *decl = &s->reg->decl;
    struct ob_reg_write w = {
        .size = sizeof(w), .index = s->index, .tag = decl->tag,
        .region = r->index, .mask = mask, .old = old, .value = value,
        .raw = raw,
    };

    decl->on_write(&r->d->dev, &w);
}

static void reg_write(struct device_region *r, const struct device_slot *s,
                      uint64_t raw, uint64_t mask)
{
    const struct device_reg *reg = s->reg;
    uint64_t old = device_load(s->value, s->bytes), take = reg->take & mask;
    uint64_t value = (old & ~take) | (raw & take);

    value &= ~(raw & reg->w1c);
    value |= raw & reg->w1s;
    if (reg->decl.flags & OB_REG_UNIMPL)
        reg_log(r, s, true, raw);
    if ((reg->none | reg->ro) & mask)
        reg_complain(r, s, old, raw, mask);
    if (s->stored)
        device_store(s->value, s->bytes, value);
    if (reg->decl.on_write)
        reg_report(r, s, old, value, raw, mask);
}

/* --- the model's functions ------------------------------------------------ */

static __attribute__((noinline, cold)) void unserved_log(
    struct device_region *r, uint64_t offset, unsigned bytes, bool write,
    uint64_t value)
{
    /* No log shows a gap in a page that the guest reads as memory. */
    if (r->d->reading || !device_log_wanted(r->d, HOST_LOG_HOLE))
        return;
    if (write)
        device_logf(r->d, HOST_LOG_HOLE,
                    "write 0x%" PRIx64 " to 0x%" PRIx64
                    " of %s, %u bytes: not implemented",
                    value, offset, r->name, bytes);
    else
        device_logf(r->d, HOST_LOG_HOLE,
                    "read of 0x%" PRIx64 " of %s, %u "
                    "bytes: not implemented",
                    offset, r->name, bytes);
}

/*
 * The next call of a model's function for `left` bytes from `offset`: sets the
 * offset and the size of the call, and how many of those bytes it covers.
 */
static void fn_piece(const struct device_region *r, uint64_t offset,
                     unsigned left, uint64_t *ret_at, unsigned *ret_size,
                     unsigned *ret_covered)
{
    unsigned size = r->impl[1];

    if (fn_takes(r, offset, left)) {
        *ret_at = offset;
        *ret_size = *ret_covered = left;
        return;
    }
    while (size > r->impl[0] && (size > left || (offset & (size - 1))))
        size /= 2;
    *ret_at = offset & ~(uint64_t)(size - 1);
    *ret_size = size;
    *ret_covered = MIN(left, size - (unsigned)(offset - *ret_at));
}

static uint64_t fn_read(struct device_region *r, uint64_t offset,
                        unsigned bytes)
{
    uint64_t ret = 0, at, v;
    unsigned size, n;

    if (!r->on_read) {
        unserved_log(r, offset, bytes, false, 0);
        return 0;
    }
    for (unsigned done = 0; done < bytes; done += n) {
        fn_piece(r, offset + done, bytes - done, &at, &size, &n);
        v = r->on_read(&r->d->dev, r->index, at, size);
        v >>= lane(r, size, (unsigned)(offset + done - at), n);
        ret |= (v & device_mask(n)) << lane(r, bytes, done, n);
    }
    return ret;
}

static void fn_write(struct device_region *r, uint64_t offset, uint64_t value,
                     unsigned bytes)
{
    uint64_t at, v;
    unsigned size, n;

    if (!r->on_write) {
        unserved_log(r, offset, bytes, true, value);
        return;
    }
    for (unsigned done = 0; done < bytes; done += n) {
        fn_piece(r, offset + done, bytes - done, &at, &size, &n);
        v = (value >> lane(r, bytes, done, n)) & device_mask(n);
        v <<= lane(r, size, (unsigned)(offset + done - at), n);
        r->on_write(&r->d->dev, r->index, at, v, size);
    }
}

/* --- accesses ------------------------------------------------------------- */

static inline struct device_slot *slot_at(const struct device_region *r,
                                          uint64_t offset)
{
    uint64_t cell = offset >> r->shift;
    struct device_slot **page;

    if (cell >= r->n_cells)
        return NULL;
    page = r->pages[cell / DEVICE_PAGE_CELLS];
    return page ? page[cell % DEVICE_PAGE_CELLS] : NULL;
}

bool device_region_name(const struct device_region *r, uint64_t offset,
                        char ret[160])
{
    const struct device_slot *s = slot_at(r, offset);

    if (s)
        reg_name(s, ret);
    return s;
}

/* Bytes from `offset`, at most `left`, before the next register starts. */
static unsigned gap_bytes(const struct device_region *r, uint64_t offset,
                          unsigned left)
{
    unsigned n = 1;

    while (n < left && !slot_at(r, offset + n))
        n++;
    return n;
}

/* Log and refuse what the region does not take. */
static bool access_refused(struct device_region *r, uint64_t offset,
                           unsigned bytes, bool write)
{
    const char *why = NULL;
    const char *verb = write ? "write" : "read";

    if (r->d->phase != DEVICE_LIVE)
        return true;
    if (!bytes || bytes > 8 || offset >= r->bytes || bytes > r->bytes - offset)
        why = "is past the region's end";
    else if (bytes < r->valid[0] || bytes > r->valid[1] ||
             (bytes & (bytes - 1)))
        why = "is of a size that the region does not take";
    else if (!r->unaligned && (offset & (bytes - 1)))
        why = "is not aligned";
    if (__builtin_expect(why && device_log_wanted(r->d, OB_LOG_GUEST), 0))
        device_logf(r->d, OB_LOG_GUEST,
                    "%s of %u bytes at 0x%" PRIx64 " of %s: %s", verb, bytes,
                    offset, r->name, why);
    return why;
}

uint64_t device_region_ask(struct device_region *r, uint64_t offset,
                           unsigned bytes)
{
    uint64_t ret = 0, v;
    unsigned n;

    for (unsigned done = 0; done < bytes; done += n) {
        uint64_t at = offset + done;
        const struct device_slot *s = slot_at(r, at);
        unsigned sub;

        if (!s) {
            n = gap_bytes(r, at, bytes - done);
            v = fn_read(r, at, n);
        } else {
            sub = (unsigned)(at - s->offset);
            n = MIN(bytes - done, s->bytes - sub);
            v = reg_read(r, s, device_mask(n) << lane(r, s->bytes, sub, n));
            v = (v >> lane(r, s->bytes, sub, n)) & device_mask(n);
        }
        ret |= v << lane(r, bytes, done, n);
    }
    return ret;
}

static uint64_t region_read(struct device_region *r, uint64_t offset,
                            unsigned bytes)
{
    uint64_t ret;

    if (r->n_windows && r->d->phase == DEVICE_LIVE &&
        device_direct_read(r, offset, bytes, &ret))
        return ret;
    if (access_refused(r, offset, bytes, false))
        return 0;
    ret = r->d->model->read(r->d, (uint32_t)(r - r->d->regions), offset,
                            bytes);
    device_direct_sync(r->d);
    return ret & device_mask(bytes);
}

/* The functions serve all of the region, and take this access as it is. */
static inline bool fn_direct(const struct device_region *r, uint64_t offset,
                             unsigned bytes)
{
    return bytes <= 8 && (r->fn_sizes >> bytes & 1) && offset < r->bytes &&
           bytes <= r->bytes - offset &&
           (r->unaligned || !(offset & (bytes - 1)));
}

static void hot_set(struct device_region *r, const struct device_slot *s)
{
    r->hot = (struct device_hot){ s->offset, s->bytes, s->value, s->keep,
                               s->force };
}

uint64_t device_region_read(void *region, uint64_t offset, unsigned bytes)
{
    struct device_region *r = region;
    const struct device_slot *s;
    uint64_t ret;

    if (__builtin_expect(r->hot.offset == offset && r->hot.bytes == bytes, 1))
        return (device_load(r->hot.value, bytes) & r->hot.keep) | r->hot.force;
    s = slot_at(r, offset);
    if (s && s->bytes == bytes && s->offset == offset && s->plain) {
        hot_set(r, s);
        return (device_load(s->value, bytes) & s->keep) | s->force;
    }
    if (!r->on_read || !fn_direct(r, offset, bytes))
        return region_read(r, offset, bytes);
    ret = r->on_read(&r->d->dev, r->index, offset, bytes) & device_mask(bytes);
    device_direct_sync(r->d);
    return ret;
}

void device_region_put(struct device_region *r, uint64_t offset,
                       uint64_t value, unsigned bytes)
{
    uint64_t v;
    unsigned n;

    for (unsigned done = 0; done < bytes; done += n) {
        uint64_t at = offset + done;
        const struct device_slot *s = slot_at(r, at);
        unsigned sub, shift;

        n = s ? MIN(bytes - done, s->bytes - (unsigned)(at - s->offset))
              : gap_bytes(r, at, bytes - done);
        v = (value >> lane(r, bytes, done, n)) & device_mask(n);
        if (!s) {
            fn_write(r, at, v, n);
            continue;
        }
        sub = (unsigned)(at - s->offset);
        shift = lane(r, s->bytes, sub, n);
        reg_write(r, s, v << shift, device_mask(n) << shift);
    }
}

void device_region_write(void *region, uint64_t offset, uint64_t value,
                         unsigned bytes)
{
    struct device_region *r = region;
    const struct device_slot *s = slot_at(r, offset);

    if (s && s->bytes == bytes && s->offset == offset && s->direct)
        reg_write(r, s, value & device_mask(bytes), device_mask(bytes));
    else if (r->on_write && fn_direct(r, offset, bytes))
        r->on_write(&r->d->dev, r->index, offset, value & device_mask(bytes),
                    bytes);
    else if (!access_refused(r, offset, bytes, true))
        r->d->model->write(r->d, (uint32_t)(r - r->d->regions), offset, value,
                           bytes);
    device_direct_sync(r->d);
}

uint64_t device_region_read_checked(void *region, uint64_t offset,
                                    unsigned bytes)
{
    struct device_region *r = region;
    struct device *d = r->d;
    uint64_t page;

    if (d->phase != DEVICE_LIVE || !d->model->verify || d->reading ||
        !device_direct_read(r, offset, bytes, &page))
        return device_region_read(r, offset, bytes);
    if (device_region_takes(r, offset, bytes))
        d->model->verify(d, (uint32_t)(r - d->regions), offset, bytes, page);
    return page;
}
