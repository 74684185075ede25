/* SPDX-License-Identifier: MIT */
/* Numbers, texts and device types, packed and unpacked: every byte of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipc/pack.h"

#include "given_back.h"

enum { ITEMS_MAX = 4096, SPANS_MAX = 256, PAGES_MAX = 4096 };

static struct arena *arena;
static GByteArray *block;

static int set_up(void **state)
{
    arena = arena_new(0);
    block = g_byte_array_new();
    return given_back_start(state);
}

static int tear_down(void **state)
{
    arena_free(arena);
    g_byte_array_free(block, TRUE);
    return given_back_check(state);
}

static struct ipc_reader reader(void)
{
    return ipc_reader_of(block, arena);
}

/* --- numbers and texts ---------------------------------------------------- */

static void test_number_of_each_size_is_little_endian(void **state)
{
    (void)state;
    for (unsigned bytes = 1; bytes <= 8; bytes++) {
        struct ipc_reader r;

        g_byte_array_set_size(block, 0);
        ipc_pack(block, bytes, UINT64_C(0x8877665544332211));
        assert_int_equal(block->len, bytes);
        for (unsigned n = 0; n < bytes; n++)
            assert_int_equal(block->data[n], 0x11 * (n + 1));
        r = reader();
        assert_true(ipc_unpack(&r, bytes) == UINT64_C(0x8877665544332211)
                                                     << (64 - 8 * bytes) >>
                                                 (64 - 8 * bytes));
        assert_false(r.bad);
        assert_ptr_equal(r.at, r.end);
    }
}

static void test_number_cut_short_is_bad_for_good(void **state)
{
    (void)state;
    ipc_pack(block, 8, UINT64_MAX);
    for (unsigned bytes = 1; bytes <= 8; bytes++) {
        struct ipc_reader r = reader();

        r.end = r.at + bytes - 1;
        assert_true(ipc_unpack(&r, bytes) == 0);
        assert_true(r.bad);
        r.end = r.at + 8;
        assert_true(ipc_unpack(&r, 1) == 0);
        assert_true(r.bad);
    }
}

static void test_empty_block_is_read_as_bad(void **state)
{
    struct ipc_reader r = reader();

    (void)state;
    assert_false(r.bad);
    assert_ptr_equal(r.at, r.end);
    assert_true(ipc_unpack(&r, 1) == 0);
    assert_true(r.bad);
}

static void test_count_at_its_limit_is_taken_and_above_is_bad(void **state)
{
    struct ipc_reader r;

    (void)state;
    ipc_pack(block, 4, 7);
    r = reader();
    assert_int_equal(ipc_unpack_count(&r, 7), 7);
    assert_false(r.bad);
    r = reader();
    assert_int_equal(ipc_unpack_count(&r, 6), 0);
    assert_true(r.bad);
}

static void text_crosses(const char *text, size_t len)
{
    struct ipc_reader r;
    const char *seen;

    g_byte_array_set_size(block, 0);
    ipc_pack_text(block, text);
    ipc_pack(block, 1, 0x5a);
    assert_int_equal(block->len, 2 + len + 1);
    r = reader();
    seen = ipc_unpack_text(&r);
    assert_int_equal(!seen, !text);
    if (text)
        assert_int_equal(strlen(seen), len);
    if (text)
        assert_memory_equal(seen, text, len);
    assert_int_equal(ipc_unpack(&r, 1), 0x5a);
    assert_false(r.bad);
}

/* Whatever is behind a text is read from the right place. */
static void test_text_of_each_length_crosses(void **state)
{
    char *text = malloc(0x10010);

    (void)state;
    memset(text, 'x', 0x10010);
    text_crosses(NULL, 0);
    text[0x1000f] = '\0';
    for (size_t len = 0; len < 20; len++)
        text_crosses(text + 0x1000f - len, len);
    text_crosses(text + 0x1000f - 300, 300);
    text_crosses(text + 0x1000f - 0xfffe, 0xfffe);
    /* 0xffff says that it has no list: what is longer is cut. */
    text_crosses(text + 0x1000f - 0xffff, 0xfffe);
    text_crosses(text, 0xfffe);
    free(text);
}

static void test_text_cut_short_or_with_nul_is_bad(void **state)
{
    struct ipc_reader r;

    (void)state;
    ipc_pack_text(block, "four");
    for (unsigned len = 0; len < block->len; len++) {
        r = reader();
        r.end = r.at + len;
        assert_null(ipc_unpack_text(&r));
        assert_true(r.bad);
    }
    for (unsigned n = 2; n < 6; n++) {
        uint8_t kept = block->data[n];

        block->data[n] = 0;
        r = reader();
        assert_null(ipc_unpack_text(&r));
        assert_true(r.bad);
        block->data[n] = kept;
    }
    r = reader();
    assert_string_equal(ipc_unpack_text(&r), "four");
    assert_false(r.bad);
}

/* --- a type of everything ------------------------------------------------- */

static void on_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)dev;
}

static const char *const choices[] = { "slow", "fast", NULL };

static const struct ob_prop props[] = {
    { .name = "depth", .desc = "bytes", .type = OB_PROP_UINT, .bytes = 4,
      .def = 8, .min = 1, .max = UINT64_C(0x1122334455667788) },
    { .name = "mode", .type = OB_PROP_ENUM, .flags = OB_PROP_REQUIRED,
      .def = 1, .choices = choices },
    /* Not an ENUM: it has no list. */
    { .name = "label", .type = OB_PROP_STRING, .def_text = "none",
      .choices = choices },
};

/* Where a write only stores: [0, 8), [0x10, 0x12) and [0x14, 0x16). */
static const struct ob_reg regs[] = {
    { OB_REG16_HOOKED("SPREAD", 0x10), .count = 2, .step = 4 },
    { .name = "HIGH", .offset = 4, .bytes = 4, .state = 5 },
    { .name = "LOW", .offset = 0, .bytes = 4, .state = 1 },
    { .name = "HOOK", .offset = 8, .bytes = 4, .state = 9,
      .on_write = on_write },
    { OB_REG32_HOOKED("UNIMPL", 12), .flags = OB_REG_UNIMPL },
};

static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x20, .flags = OB_REGION_BIG_ENDIAN,
      .access_min = 1, .access_max = 8, .regs = OB_ARRAY(regs) },
    { .name = "window", .bytes = UINT64_C(0x100000000) },
};

static const struct ob_irq irqs[] = { { .name = "rx" }, { .name = "tx" } };
static const struct ob_gpio inputs[] = { { .name = "pins", .count = 32 } };
static const struct ob_gpio outputs[] = { { .name = "leds", .count = 3 } };
static const struct ob_clock clocks[] = {
    { .name = "bus", .direction = OB_CLOCK_IN },
    { .name = "pll", .direction = OB_CLOCK_OUT },
};
static const struct ob_timer timers[] = { { .name = "tick", .count = 2 } };
static const struct ob_timer one_timer[] = { { .name = "tick" } };
static const struct ob_chardev chardevs[] = { { .name = "serial" } };

static const struct ob_device_type everything = {
    .size = sizeof(everything), .name = "acme-all", .desc = "all there is",
    .state_bytes = 64,
    .props = OB_ARRAY(props), .regions = OB_ARRAY(regions),
    .irqs = OB_ARRAY(irqs), .inputs = OB_ARRAY(inputs),
    .outputs = OB_ARRAY(outputs), .clocks = OB_ARRAY(clocks),
    .timers = OB_ARRAY(timers), .chardevs = OB_ARRAY(chardevs),
};

/* As docs/ipc.md has it: n numbers of so many bytes, "..." a text. */
static void by_hand(GByteArray *out)
{
#define N(bytes, value) ipc_pack(out, bytes, value)
#define T(text) ipc_pack_text(out, text)
#define ITEM(...)                                                             \
    do {                                                                      \
        guint begin = out->len;                                               \
                                                                              \
        N(4, 0), __VA_ARGS__;                                                 \
        out->data[begin] = (uint8_t)(out->len - begin - 4);                   \
    } while (0)
    N(4, 0x5457424f), N(4, 3), T("acme-all"), T("all there is");
    N(4, 3);
    ITEM(T("depth"), T("bytes"), N(4, 2), N(4, 0), N(4, 4), N(8, 8), N(8, 1),
         N(8, UINT64_C(0x1122334455667788)), T(NULL), N(4, 0));
    ITEM(T("mode"), T(NULL), N(4, 6), N(4, 1), N(4, 0), N(8, 1), N(8, 0),
         N(8, 0), T(NULL), N(4, 2), T("slow"), T("fast"));
    ITEM(T("label"), T(NULL), N(4, 4), N(4, 0), N(4, 0), N(8, 0), N(8, 0),
         N(8, 0), T("none"), N(4, 0));
    N(4, 2);
    ITEM(T("regs"), N(8, 0x20), N(4, OB_REGION_BIG_ENDIAN), N(1, 1), N(1, 8),
         N(4, 3), N(8, 0), N(8, 8), N(8, 0x10), N(8, 2), N(8, 0x14), N(8, 2),
         N(4, 0));
    ITEM(T("window"), N(8, UINT64_C(0x100000000)), N(4, 0), N(1, 0), N(1, 0),
         N(4, 0), N(4, 0));
    N(4, 2);
    ITEM(T("rx"), N(4, 0));
    ITEM(T("tx"), N(4, 1));
    N(4, 1);
    ITEM(T("pins"), N(4, 32));
    N(4, 1);
    ITEM(T("leds"), N(4, 3));
    N(4, 2);
    ITEM(T("bus"), N(4, 0), N(4, OB_CLOCK_IN));
    ITEM(T("pll"), N(4, 1), N(4, OB_CLOCK_OUT));
    N(4, 2);
    ITEM(T("tick0"), N(4, 0));
    ITEM(T("tick1"), N(4, 0));
    N(4, 1);
    ITEM(T("serial"), N(4, 0));
    N(4, 0);
#undef ITEM
#undef N
#undef T
}

/* Each of the groups of a list, as the gate numbers and names them. */
#define PLACES(list, type)                                                    \
    do {                                                                      \
        const struct type *from = t->list.items;                              \
        GArray *all = g_array_new(FALSE, TRUE, sizeof(*decl->list.at));       \
                                                                              \
        for (uint32_t i = 0; i < t->list.count; i++)                          \
            for (uint32_t n = 0; n < MAX(from[i].count, 1); n++) {            \
                g_array_set_size(all, all->len + 1);                          \
                memcpy(all->data + (all->len - 1) * sizeof(*decl->list.at),   \
                       &(struct decl_irq){                                    \
                           from[i].count > 1                                  \
                               ? text_of(from[i].name, n)                     \
                               : from[i].name, i, n },                        \
                       sizeof(struct decl_irq));                              \
            }                                                                 \
        decl->list.count = all->len;                                          \
        decl->list.at = arena_zeros(arena, all->len + 1,                      \
                                    sizeof(*decl->list.at));                  \
        if (all->len)                                                         \
            memcpy((void *)(uintptr_t)decl->list.at, all->data,               \
                   all->len * sizeof(*decl->list.at));                        \
        g_array_free(all, TRUE);                                              \
    } while (0)

static const char *text_of(const char *name, uint32_t n)
{
    char *text = g_strdup_printf("%s%u", name, n);
    const char *kept = arena_strdup(arena, text);

    g_free(text);
    return kept;
}

static void reg_of(const struct ob_reg *from, struct decl_reg *to)
{
    *to = (struct decl_reg){
        .name = from->name, .offset = from->offset,
        .bytes = (uint8_t)from->bytes, .flags = from->flags,
        .hints = from->hints, .count = MAX(from->count, 1),
        .step = from->step ? from->step : from->bytes,
        .stored = from->state, .state = from->state - 1,
        .state_step = from->bytes, .on_write = from->on_write,
    };
}

/*
 * The declaration of `t`, whose lists have this build's items; without the
 * gate, so that it may say what the gate refuses. In the arena.
 */
static struct device_decl *decl_of(const struct ob_device_type *t)
{
    struct device_decl *decl = arena_zeros(arena, 1, sizeof(*decl));
    struct decl_region *to = arena_zeros(arena, t->regions.count + 1,
                                         sizeof(*to));
    const struct ob_region *r = t->regions.items;

    decl->name = t->name;
    decl->desc = t->desc;
    decl->props.at = t->props.items;
    decl->props.count = t->props.count;
    decl->inputs.at = t->inputs.items;
    decl->inputs.count = t->inputs.count;
    decl->outputs.at = t->outputs.items;
    decl->outputs.count = t->outputs.count;
    PLACES(irqs, ob_irq);
    PLACES(timers, ob_timer);
    PLACES(chardevs, ob_chardev);
    PLACES(clocks, ob_clock);
    for (uint32_t n = 0; n < t->clocks.count; n++)
        ((struct decl_clock *)decl->clocks.at)[n].direction =
            ((const struct ob_clock *)t->clocks.items)[n].direction;
    decl->regions.at = to;
    decl->regions.count = t->regions.count;
    for (uint32_t n = 0; n < t->regions.count; n++) {
        struct decl_reg *g = arena_zeros(arena, r[n].regs.count + 1,
                                         sizeof(*g));

        to[n] = (struct decl_region){
            .name = r[n].name, .bytes = r[n].bytes, .flags = r[n].flags,
            .access_min = r[n].access_min, .access_max = r[n].access_max,
            .regs = { g, r[n].regs.count },
        };
        for (uint32_t i = 0; i < r[n].regs.count; i++)
            reg_of(&((const struct ob_reg *)r[n].regs.items)[i], &g[i]);
    }
    return decl;
}

static void pages_set(struct device_decl *decl, uint32_t region,
                      const struct device_pages *pages, uint32_t count)
{
    struct decl_region *r = (struct decl_region *)&decl->regions.at[region];

    r->pages.at = pages;
    r->pages.count = count;
}

static int unpack(struct ipc_reader *r, struct device_decl *ret,
                  const struct ipc_posts **ret_posts, struct ob_err *err)
{
    memset(ret, 0, sizeof(*ret));
    ret->arena = arena;
    return ipc_unpack_type(r, ret, ret_posts, err);
}

static void test_type_is_packed_as_documented(void **state)
{
    GByteArray *want = g_byte_array_new();

    (void)state;
    by_hand(want);
    ipc_pack_type(block, decl_of(&everything));
    assert_int_equal(block->len, want->len);
    assert_memory_equal(block->data, want->data, want->len);
    g_byte_array_free(want, TRUE);
}

static void same_text(const char *a, const char *b)
{
    assert_int_equal(!a, !b);
    if (a)
        assert_string_equal(a, b);
}

static void same_props(const struct device_decl *t)
{
    const struct ob_prop *p = t->props.at;

    assert_int_equal(t->props.count, 3);
    for (uint32_t n = 0; n < 3; n++, p++) {
        same_text(p->name, props[n].name);
        same_text(p->desc, props[n].desc);
        same_text(p->def_text, props[n].def_text);
        assert_int_equal(p->type, props[n].type);
        assert_int_equal(p->flags, props[n].flags);
        assert_int_equal(p->bytes, props[n].bytes);
        assert_true(p->def == props[n].def && p->min == props[n].min &&
                    p->max == props[n].max);
        assert_int_equal(p->offset, 8 * n);
    }
    p = t->props.at;
    assert_null(p[0].choices[0]);
    assert_string_equal(p[1].choices[0], "slow");
    assert_string_equal(p[1].choices[1], "fast");
    assert_null(p[1].choices[2]);
    assert_null(p[2].choices[0]);
}

static void same_regions(const struct device_decl *t,
                         const struct ipc_posts *posts)
{
    const struct decl_region *g = t->regions.at;

    assert_int_equal(t->regions.count, 2);
    for (uint32_t n = 0; n < 2; n++, g++) {
        same_text(g->name, regions[n].name);
        assert_true(g->bytes == regions[n].bytes);
        assert_int_equal(g->flags, regions[n].flags);
        assert_int_equal(g->access_min, regions[n].access_min);
        assert_int_equal(g->access_max, regions[n].access_max);
        assert_int_equal(g->regs.count, 0);
        assert_int_equal(g->pages.count, 0);
    }
    assert_int_equal(posts[0].count, 3);
    assert_int_equal(posts[0].at[1].offset, 0x10);
    assert_int_equal(posts[0].at[1].bytes, 2);
    assert_int_equal(posts[1].count, 0);
}

/* Items of which the name comes first, as all have it. */
static void same_names(const void *items, uint32_t count, size_t bytes,
                       const struct ob_array *want)
{
    assert_int_equal(count, want->count);
    for (uint32_t n = 0; n < count; n++)
        same_text(*(const char **)((char *)items + n * bytes),
                  *(const char **)((char *)want->items + n * want->stride));
}

static void same_rest(const struct device_decl *t)
{
    same_names(DECL_NAMES(t->irqs), &everything.irqs);
    same_names(DECL_NAMES(t->inputs), &everything.inputs);
    same_names(DECL_NAMES(t->outputs), &everything.outputs);
    same_names(DECL_NAMES(t->clocks), &everything.clocks);
    assert_int_equal(t->timers.count, 2);
    assert_string_equal(t->timers.at[0].name, "tick0");
    assert_string_equal(t->timers.at[1].name, "tick1");
    assert_int_equal(t->timers.at[1].item, 0);
    same_names(DECL_NAMES(t->chardevs), &everything.chardevs);
    assert_int_equal(t->inputs.at[0].count, 32);
    assert_int_equal(t->outputs.at[0].count, 3);
    assert_int_equal(t->clocks.at[0].direction, OB_CLOCK_IN);
    assert_int_equal(t->clocks.at[1].direction, OB_CLOCK_OUT);
    /* No code crosses, and none is put in its place. */
    assert_null(t->timers.at[0].expired);
    assert_null(t->chardevs.at[0].room);
    assert_null(t->chardevs.at[0].receive);
    assert_null(t->chardevs.at[0].event);
}

static void test_type_crosses_whole(void **state)
{
    const struct ipc_posts *posts;
    struct device_decl t;
    struct ipc_reader r;

    (void)state;
    by_hand(block);
    r = reader();
    assert_int_equal(unpack(&r, &t, &posts, NULL), 0);
    assert_ptr_equal(r.at, r.end);
    assert_string_equal(t.name, "acme-all");
    assert_string_equal(t.desc, "all there is");
    assert_int_equal(t.state_bytes, 24);
    assert_null(t.create);
    same_props(&t);
    same_regions(&t, posts);
    same_rest(&t);
}

static void type_is_bad(unsigned len)
{
    /* Memory of its own: the sanitizer sees what is read past its end. */
    uint8_t *copy = len ? malloc(len) : NULL;
    GByteArray part = { copy, len };
    struct ob_err err = { 0 };
    const struct ipc_posts *posts;
    struct ipc_reader r;
    struct device_decl t;

    if (len)
        memcpy(copy, block->data, len);
    r = ipc_reader_of(&part, arena);
    assert_int_equal(unpack(&r, &t, &posts, &err), -EPROTO);
    assert_int_equal(err.code, -EPROTO);
    assert_string_equal(err.text, "a type's description is cut short or "
                                  "damaged");
    free(copy);
}

static void test_type_cut_anywhere_is_refused(void **state)
{
    (void)state;
    by_hand(block);
    for (unsigned len = 0; len < block->len; len++)
        type_is_bad(len);
}

static void test_type_of_other_magic_or_format_is_refused(void **state)
{
    (void)state;
    by_hand(block);
    for (unsigned n = 0; n < 8; n++) {
        block->data[n] ^= 1;
        type_is_bad(block->len);
        block->data[n] ^= 1;
    }
}

/* --- bounds --------------------------------------------------------------- */

static bool decl_crosses(const struct device_decl *decl,
                         struct device_decl *ret)
{
    const struct ipc_posts *posts;
    struct ipc_reader r;

    g_byte_array_set_size(block, 0);
    ipc_pack_type(block, decl);
    r = reader();
    return !unpack(&r, ret, &posts, NULL);
}

/* Does a type cross that has these items, all alike, in one list? */
static bool crosses(size_t list, const void *item, uint32_t stride,
                    uint32_t count)
{
    struct ob_device_type type = { .size = sizeof(type), .name = "t" };
    struct ob_array *at = (struct ob_array *)(void *)((char *)&type + list);
    char *items = g_malloc((size_t)count * stride);
    struct device_decl t;
    uint32_t sum;
    bool ret;

    for (uint32_t n = 0; n < count; n++)
        memcpy(items + (size_t)n * stride, item, stride);
    *at = (struct ob_array){ items, count, stride };
    ret = decl_crosses(decl_of(&type), &t);
    sum = t.props.count + t.regions.count + t.irqs.count + t.inputs.count +
          t.outputs.count + t.clocks.count + t.timers.count + t.chardevs.count;
    if (ret)
        assert_int_equal(sum, count);
    g_free(items);
    return ret;
}

static void test_list_at_its_limit_crosses_and_above_is_refused(void **state)
{
    static const struct {
        size_t list;
        const void *item;
        uint32_t stride;
    } lists[] = {
#define LIST(name, array)                                                     \
    { offsetof(struct ob_device_type, name), array, sizeof((array)[0]) }
        LIST(props, props),      LIST(regions, &regions[1]),
        LIST(irqs, irqs),        LIST(inputs, inputs),
        LIST(outputs, outputs),  LIST(clocks, clocks),
        LIST(timers, one_timer), LIST(chardevs, chardevs),
#undef LIST
    };

    (void)state;
    for (size_t n = 0; n < G_N_ELEMENTS(lists); n++) {
        assert_true(
            crosses(lists[n].list, lists[n].item, lists[n].stride, ITEMS_MAX));
        assert_false(crosses(lists[n].list, lists[n].item, lists[n].stride,
                             ITEMS_MAX + 1));
    }
}

static void test_choices_at_their_limit_cross_and_above_are_refused(void **s)
{
    struct ob_prop p = { .name = "mode", .type = OB_PROP_ENUM };
    const char **many = g_new0(const char *, ITEMS_MAX + 2);

    (void)s;
    for (uint32_t n = 0; n < ITEMS_MAX; n++)
        many[n] = "x";
    p.choices = many;
    assert_true(
        crosses(offsetof(struct ob_device_type, props), &p, sizeof(p), 1));
    many[ITEMS_MAX] = "x";
    assert_false(
        crosses(offsetof(struct ob_device_type, props), &p, sizeof(p), 1));
    g_free(many);
}

static void test_pages_at_their_limit_cross_and_above_are_refused(void **s)
{
    const struct ob_device_type type = {
        .name = "t", .regions = { &regions[1], 1, sizeof(regions[1]) },
    };
    struct device_pages *pages = g_new0(struct device_pages, PAGES_MAX + 1);
    struct device_decl *decl = decl_of(&type), t;

    (void)s;
    for (uint32_t n = 0; n <= PAGES_MAX; n++)
        pages[n] = (struct device_pages){ 0x2000u * n, 0x1000 };
    pages_set(decl, 0, pages, PAGES_MAX);
    assert_true(decl_crosses(decl, &t));
    assert_int_equal(t.regions.at[0].pages.count, PAGES_MAX);
    assert_true(t.regions.at[0].pages.at[3].at == 0x6000);
    pages_set(decl, 0, pages, PAGES_MAX + 1);
    assert_false(decl_crosses(decl, &t));
    g_free(pages);
}

/* --- where a write only stores -------------------------------------------- */

static const struct device_pages page_one = { 0x1000, 0x1000 };

/*
 * The spans that a region of these registers has on the other side, where
 * `pages` (NULL: none) are read as memory.
 */
static uint32_t spans_of(const struct ob_reg *list, uint32_t count,
                         const struct device_pages *pages,
                         const struct ipc_span **ret)
{
    const struct ob_region region = {
        .name = "r", .bytes = 0x100000, .regs = { list, count, sizeof(*list) },
    };
    const struct ob_device_type type = {
        .name = "t", .regions = { &region, 1, sizeof(region) },
    };
    struct device_decl *decl = decl_of(&type), t;
    const struct ipc_posts *posts;
    struct ipc_reader r;

    pages_set(decl, 0, pages, pages != NULL);
    g_byte_array_set_size(block, 0);
    ipc_pack_type(block, decl);
    r = reader();
    assert_int_equal(unpack(&r, &t, &posts, NULL), 0);
    *ret = posts[0].at;
    return posts[0].count;
}

static void test_spans_that_touch_are_joined(void **state)
{
    static const struct ob_reg list[] = {
        { .offset = 12, .bytes = 4 },
        { .offset = 4, .bytes = 4 },
        { .offset = 0x21, .bytes = 1, .count = 3 },
        { .offset = 8, .bytes = 4 },
        { .offset = 17, .bytes = 1 },
    };
    const struct ipc_span *s;

    (void)state;
    assert_int_equal(spans_of(list, 5, NULL, &s), 3);
    assert_int_equal(s[0].offset, 4);
    assert_int_equal(s[0].bytes, 12);
    assert_int_equal(s[1].offset, 17);
    assert_int_equal(s[1].bytes, 1);
    assert_int_equal(s[2].offset, 0x21);
    assert_int_equal(s[2].bytes, 3);
}

/* More than travel: those that are left out are not posted, no more. */
static void test_spans_above_their_limit_are_left_out(void **state)
{
    struct ob_reg g = { .bytes = 1, .step = 2 };
    const struct ipc_span *s;

    (void)state;
    for (uint32_t n = SPANS_MAX - 1; n <= SPANS_MAX + 1; n++) {
        g.count = n;
        assert_int_equal(spans_of(&g, 1, NULL, &s), MIN(n, SPANS_MAX));
        assert_int_equal(s[SPANS_MAX - 2].offset, 2 * (SPANS_MAX - 2));
    }
}

/* Is a write to `g` posted, where `shown` is read as memory? */
static bool posted(struct ob_reg g, struct ob_reg shown)
{
    struct ob_reg list[] = { shown, g };
    const struct ipc_span *s;
    uint32_t n = spans_of(list, 2, &page_one, &s);

    for (uint32_t i = 0; i < n; i++)
        if (s[i].offset <= g.offset && g.offset < s[i].offset + s[i].bytes)
            return true;
    return false;
}

static void test_write_that_shows_in_a_page_is_not_posted(void **state)
{
    const struct ob_reg page = { .offset = 0x1010, .bytes = 4, .count = 2,
                                 .state = 0x11 };
    /* The place of a register, and whether a write there may be posted. */
    static const struct {
        uint32_t offset, bytes, state;
        bool want;
    } rows[] = {
        { 0, 4, 1, true },
        { 0, 4, 0xd, true },
        { 0, 4, 0xe, false },
        { 0, 4, 0x11, false },
        { 0, 4, 0x15, false },
        { 0, 1, 0x18, false },
        { 0, 1, 0x19, true },
        { 0, 8, 0x9, true },
        { 0, 8, 0xa, false },
        { 0, 4, 0, true },
        /* In the page itself, and at its edges. */
        { 0xffc, 4, 0, true },
        { 0x1000, 4, 0, false },
        { 0x1ffc, 4, 0, false },
        { 0x2000, 4, 0, true },
        { 0xffc, 8, 0x41, false },
    };

    (void)state;
    for (size_t n = 0; n < G_N_ELEMENTS(rows); n++) {
        struct ob_reg g = { .offset = rows[n].offset,
                            .bytes = (uint16_t)rows[n].bytes,
                            .state = rows[n].state };

        if (posted(g, page) != rows[n].want)
            fail_msg("row %zu: %s", n, rows[n].want ? "kept" : "posted");
    }
}

/* The elements of one that is spread out reach past the page's begin. */
static void test_spread_register_that_reaches_a_page_is_not_posted(void **s)
{
    struct ob_reg high = { .offset = 0x4000, .bytes = 4, .state = 0x81 };
    struct ob_reg g = { .offset = 0xf00, .bytes = 4, .count = 3, .step = 0x7e,
                        .state = 1 };

    (void)s;
    assert_true(posted(g, high));        /* its last byte is 0xfff */
    g.step = 0x80;
    assert_false(posted(g, high));
}

/* What is stored in one region may be read as memory in another. */
static void test_write_that_shows_in_another_region_is_not_posted(void **st)
{
    const struct ob_reg first[] = {
        { .offset = 0, .bytes = 4, .state = 0x11 },
        { .offset = 8, .bytes = 4, .state = 0x15 },
    };
    const struct ob_reg second[] = {
        { .offset = 0x1000, .bytes = 4, .state = 0x15 },
        { .offset = 0x20, .bytes = 4, .state = 0x21 },
    };
    const struct ob_region two[] = {
        { .name = "a", .bytes = 0x3000, .regs = OB_ARRAY(first) },
        { .name = "b", .bytes = 0x3000, .regs = OB_ARRAY(second) },
    };
    const struct ob_device_type type = {
        .name = "t", .regions = OB_ARRAY(two),
    };
    struct device_decl *decl = decl_of(&type), t;
    const struct ipc_posts *posts;
    struct ipc_reader r;

    (void)st;
    pages_set(decl, 1, &page_one, 1);
    g_byte_array_set_size(block, 0);
    ipc_pack_type(block, decl);
    r = reader();
    assert_int_equal(unpack(&r, &t, &posts, NULL), 0);
    assert_int_equal(posts[0].count, 1);
    assert_int_equal(posts[0].at[0].offset, 0);
    assert_int_equal(posts[1].count, 1);
    assert_int_equal(posts[1].at[0].offset, 0x20);
}

#define TYPE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TYPE_TEST(test_number_of_each_size_is_little_endian),
        TYPE_TEST(test_number_cut_short_is_bad_for_good),
        TYPE_TEST(test_empty_block_is_read_as_bad),
        TYPE_TEST(test_count_at_its_limit_is_taken_and_above_is_bad),
        TYPE_TEST(test_text_of_each_length_crosses),
        TYPE_TEST(test_text_cut_short_or_with_nul_is_bad),
        TYPE_TEST(test_type_is_packed_as_documented),
        TYPE_TEST(test_type_crosses_whole),
        TYPE_TEST(test_type_cut_anywhere_is_refused),
        TYPE_TEST(test_type_of_other_magic_or_format_is_refused),
        TYPE_TEST(test_list_at_its_limit_crosses_and_above_is_refused),
        TYPE_TEST(test_choices_at_their_limit_cross_and_above_are_refused),
        TYPE_TEST(test_pages_at_their_limit_cross_and_above_are_refused),
        TYPE_TEST(test_spans_that_touch_are_joined),
        TYPE_TEST(test_spans_above_their_limit_are_left_out),
        TYPE_TEST(test_write_that_shows_in_a_page_is_not_posted),
        TYPE_TEST(test_spread_register_that_reaches_a_page_is_not_posted),
        TYPE_TEST(test_write_that_shows_in_another_region_is_not_posted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
