/* SPDX-License-Identifier: MIT */
/*
 * Finds the pages of a region that the guest reads as memory. Only the
 * declaration decides (OB_REG_DIRECT, or a region's direct_at), so every host
 * finds the same pages.
 */
#include "device/decl/decl_int.h"

#include <errno.h>

enum { PAGE_OWN = 1, PAGE_SPOILT = 2,
       PAGES_MAX = DEVICE_REGS_END / DEVICE_PAGE };

/* What one page has in it: PAGE_*, and how many bytes are registers'. */
struct page {
    uint8_t bits;
    uint16_t covered;
};

static void page_reg(struct page *pages, const struct decl_reg *g)
{
    uint64_t at = g->offset;

    for (uint32_t n = 0; n < g->count; n++, at += g->step) {
        struct page *first = &pages[at / DEVICE_PAGE];
        struct page *last = &pages[(at + g->bytes - 1) / DEVICE_PAGE];

        if (!g->hints || first != last) {
            first->bits |= PAGE_SPOILT;
            last->bits |= PAGE_SPOILT;
        } else {
            first->bits |= PAGE_OWN;
            first->covered = (uint16_t)(first->covered + g->bytes);
        }
    }
}

/* Ranges beyond the bound are read access by access. */
static void pages_add(struct device_pages *out, uint32_t *count, uint64_t at)
{
    struct device_pages *last = *count ? &out[*count - 1] : NULL;

    if (last && last->at + last->bytes == at)
        last->bytes += DEVICE_PAGE;
    else if (*count < DEVICE_WINDOWS_MAX)
        out[(*count)++] = (struct device_pages){ at, DEVICE_PAGE };
}

static bool any_declared(const struct decl_region *r)
{
    bool any = r->direct_bytes != 0;

    for (uint32_t n = 0; n < r->regs.count && !any; n++)
        any = r->regs.at[n].hints;
    return any;
}

static uint32_t region_pages(const struct decl_region *r,
                             struct device_pages *out)
{
    struct page *pages = g_new0(struct page, PAGES_MAX + 1);
    uint32_t count = 0;

    for (uint32_t n = 0; n < r->regs.count; n++)
        page_reg(pages, &r->regs.at[n]);
    for (uint64_t p = 0; p < MIN(r->bytes / DEVICE_PAGE, PAGES_MAX); p++) {
        bool own = (pages[p].bits & PAGE_OWN) &&
                   (!r->on_read || pages[p].covered == DEVICE_PAGE);

        if (pages[p].bits & PAGE_SPOILT)
            continue;
        if (own || p * DEVICE_PAGE - r->direct_at < r->direct_bytes)
            pages_add(out, &count, p * DEVICE_PAGE);
    }
    g_free(pages);
    return count;
}

void decl_pages_find(struct device_decl *decl)
{
    struct decl_region *r = (struct decl_region *)decl->regions.at;

    for (uint32_t n = 0; n < decl->regions.count; n++, r++) {
        struct device_pages *out = arena_zeros(
            decl->arena, any_declared(r) ? DEVICE_WINDOWS_MAX : 1,
            sizeof(*out));

        r->pages.count = any_declared(r) ? region_pages(r, out) : 0;
        r->pages.at = out;
    }
}

/* --- what another process says -------------------------------------------- */

static int region_pages_take(const struct device_decl *decl,
                             const struct decl_region *r, struct ob_err *err)
{
    uint64_t next = 0;

    if (r->pages.count > DEVICE_WINDOWS_MAX)
        return err_set(err, -EPROTO,
                       "type %s: region %s: %u ranges of pages are read as "
                       "memory, where %u are the most",
                       decl->name, r->name, r->pages.count,
                       DEVICE_WINDOWS_MAX);
    for (uint32_t n = 0; n < r->pages.count; n++) {
        const struct device_pages *p = &r->pages.at[n];

        if (p->at % DEVICE_PAGE || p->bytes % DEVICE_PAGE || !p->bytes ||
            p->at < next || p->at > DEVICE_REGS_END ||
            p->bytes > DEVICE_REGS_END - p->at || p->at + p->bytes > r->bytes)
            return err_set(err, -EPROTO,
                           "type %s: region %s: 0x%" PRIx64
                           " bytes at 0x%" PRIx64 " cannot be read as memory",
                           decl->name, r->name, p->bytes, p->at);
        next = p->at + p->bytes;
    }
    return 0;
}

int decl_pages_take(const struct device_decl *decl, struct ob_err *err)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < decl->regions.count; i++) {
        const struct decl_region *r = &decl->regions.at[i];
        int ret = region_pages_take(decl, r, err);

        if (ret)
            return ret;
        for (uint32_t n = 0; n < r->pages.count; n++)
            bytes += r->pages.at[n].bytes;
    }
    if (bytes > DEVICE_REGS_END)
        return err_set(err, -EPROTO,
                       "type %s: 0x%" PRIx64 " bytes are read "
                       "as memory, where 0x%x are the most",
                       decl->name, bytes, DEVICE_REGS_END);
    return 0;
}
