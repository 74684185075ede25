/* SPDX-License-Identifier: MIT */
/* Finds mapped ranges that overlap. */
#include "board/overlap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "board/reader.h"

static int span_compare(const void *left, const void *right)
{
    const struct board_span *a = left, *b = right;

    if (a->container != b->container)
        return a->container < b->container ? -1 : 1;
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    return a->place.col < b->place.col ? -1 : a->place.col > b->place.col;
}

/* The later range in the file is the one to report. */
static int span_refuse(const struct board_span *a, const struct board_span *b,
                       struct ob_err *err)
{
    const struct board_span *one = a, *other = b;
    char where[80];

    if (a->place.line < b->place.line ||
        (a->place.line == b->place.line && a->place.col < b->place.col)) {
        one = b;
        other = a;
    }
    if (a->at == b->at)
        snprintf(where, sizeof(where), "both at 0x%llx",
                 (unsigned long long)a->at);
    else
        snprintf(where, sizeof(where), "0x%llx is in 0x%llx to 0x%llx",
                 (unsigned long long)b->at, (unsigned long long)a->at,
                 (unsigned long long)(a->at + a->bytes - 1));
    return err_set(err, -EINVAL,
                   "%s:%u:%u: \"%s\" overlaps \"%s\" (%s); move one, or give "
                   "one another \"priority\"",
                   one->place.file, one->place.line, one->place.col, one->name,
                   other->name, where);
}

int board_check_spans(struct board_span *spans, uint32_t count,
                      struct ob_err *err)
{
    const struct board_span *wide = spans;      /* ends last so far */

    if (count == 0)
        return 0;
    qsort(spans, count, sizeof(*spans), span_compare);
    for (uint32_t n = 1; n < count; n++) {
        const struct board_span *span = &spans[n];
        bool same = span->container == wide->container &&
                    span->priority == wide->priority;

        if (same && span->at - wide->at < wide->bytes)
            return span_refuse(wide, span, err);
        /* Last bytes are compared, not ends: an end may be 2^64. */
        if (!same || span->at + span->bytes - 1 > wide->at + wide->bytes - 1)
            wide = span;
    }
    return 0;
}

static void spans_add_regions(GArray *spans, const struct board_reader *r)
{
    for (uint32_t n = 0; n < r->regions->len; n++) {
        const struct plan_region *region = BOARD_ITEM(struct plan_region,
                                                      r->regions, n);
        struct board_span span = {
            region->container, region->priority, region->at, region->bytes,
            region->name, region->place,
        };

        if (region->container != PLAN_NONE)
            g_array_append_val(spans, span);
    }
}

/* Only the host knows the size of a part's regions: at least one byte. */
static void spans_add_parts(GArray *spans, const struct board_reader *r)
{
    for (uint32_t n = 0; n < r->parts->len; n++) {
        const struct plan_part *part = BOARD_ITEM(struct plan_part, r->parts,
                                                  n);

        for (uint32_t k = 0; k < part->map_count; k++) {
            const struct plan_map *map = &part->maps[k];
            struct board_span span = {
                map->container, map->priority, map->at, 1, part->name,
                map->place,
            };

            g_array_append_val(spans, span);
        }
    }
}

int board_check_maps(struct board_reader *r)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct board_span));
    int ret;

    spans_add_regions(spans, r);
    spans_add_parts(spans, r);
    ret = board_check_spans((struct board_span *)(void *)spans->data,
                            spans->len, r->err);
    g_array_free(spans, TRUE);
    return ret;
}
