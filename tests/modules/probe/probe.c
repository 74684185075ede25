/* SPDX-License-Identifier: MIT */
/*
 * A device of no use but to the tests of the bridge: a register for each
 * service that a host gives. Every number is what test_device.py reads.
 */
#include <outboard/outboard.h>

enum { PROBE_ID = 0x00, PROBE_SCRATCH = 0x04, PROBE_IRQ = 0x08,
       PROBE_EDGES = 0x0c, PROBE_LEVEL = 0x10, PROBE_HZ = 0x14,
       PROBE_DMA_AT = 0x18, PROBE_DMA_GET = 0x1c, PROBE_DMA_PUT = 0x20,
       PROBE_FORWARD = 0x24, PROBE_FIRED = 0x28, PROBE_ALARM = 0x2c,
       PROBE_CHAR = 0x30, PROBE_ASK = 0x34, PROBE_RANDOM = 0x38,
       PROBE_OUT = 0x3c, PROBE_SEND = 0x40 };
enum { ID = 0x70726f62, REFUSED = 0xdead, LINES = 4 };

struct probe {
    uint32_t scratch, irq, dma_at, edges, level, fired, last_char;
    uint32_t depth;
    uint64_t size;
    uint32_t mode;
    uint8_t flag;
    const char *text;
    const struct ob_link *target, *bus;
    uint8_t wide[16];
};

static void irq_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_irq_set(dev, 0, 0, w->value & 1);
    ob_irq_set(dev, 1, 0, w->value & 2);
}

static uint64_t hz_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return ob_clock_hz(dev, 0, 0);
}

static uint64_t dma_get(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct probe *p = ob_state(dev);
    uint32_t word = 0;

    if (ob_mem_read(dev, p->bus, p->dma_at, &word, sizeof(word)))
        return 0xffffffff;
    return word;
}

static void dma_put(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);
    uint32_t word = (uint32_t)w->raw;

    if (ob_mem_write(dev, p->bus, p->dma_at, &word, sizeof(word)))
        p->dma_at = 0xffffffff;
}

/* Region 0 of the linked part, at the offset that DMA_AT names. */
static uint64_t forward_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct probe *p = ob_state(dev);
    uint64_t value = 0;

    if (!p->target || ob_link_read(dev, p->target, 0, p->dma_at, 4, &value))
        return 0xffffffff;
    return value;
}

static void forward_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);

    if (p->target)
        ob_link_write(dev, p->target, 0, p->dma_at, 4, w->raw);
}

static void alarm_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_timer_arm(dev, 0, 0, ob_now_ns(dev) + w->raw * 1000000);
}

static void alarm_fired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct probe *p = ob_state(dev);

    p->fired++;
}

static void char_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    uint8_t byte = (uint8_t)w->raw;

    ob_chr_send(dev, 0, 0, &byte, 1);
}

static uint32_t char_room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    return 1;
}

static void char_receive(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                         const uint8_t *bytes, uint32_t count)
{
    struct probe *p = ob_state(dev);

    p->last_char = bytes[count - 1];
}

static void ask_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_machine_request(dev, (uint32_t)w->raw);
}

static uint64_t random_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    uint32_t word;

    ob_random(dev, &word, sizeof(word));
    return word;
}

static void out_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_log(dev, OB_LOG_TRACE, "puts out %u", (unsigned)w->raw);
    for (uint32_t n = 0; n < LINES; n++)
        ob_output_set(dev, 0, n, w->raw >> n & 1);
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct probe *p = ob_state(dev);

    p->edges++;
    p->level = (p->level & ~(1u << n)) | (uint32_t)(level != 0) << n;
}

/* Bytes as they are stored, so that a test sees the order they came in. */
static uint64_t wide_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                          uint32_t bytes)
{
    struct probe *p = ob_state(dev);
    uint64_t value = 0;

    for (uint32_t i = 0; i < bytes; i++)
        value = value << 8 | p->wide[(offset + i) % sizeof(p->wide)];
    return value;
}

static void wide_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes)
{
    struct probe *p = ob_state(dev);

    for (uint32_t i = 0; i < bytes; i++)
        p->wide[(offset + i) % sizeof(p->wide)] =
            (uint8_t)(value >> 8 * (bytes - 1 - i));
}

static int32_t probe_create(struct ob_dev *dev)
{
    struct probe *p = ob_state(dev);

    if (p->depth == 13)
        return ob_refuse(dev, "depth 13 brings bad luck; use another");
    return OB_OK;
}

static void probe_reset(struct ob_dev *dev, uint32_t kind)
{
    struct probe *p = ob_state(dev);

    p->edges = p->level = p->fired = p->last_char = 0;
}

static int32_t probe_restored(struct ob_dev *dev)
{
    struct probe *p = ob_state(dev);

    if (p->scratch == REFUSED)
        return ob_refuse(dev, "SCRATCH cannot be 0xdead");
    return OB_OK;
}

static const struct ob_reg probe_regs[] = {
    { OB_REG32_CONST("ID", PROBE_ID, ID) },
    { OB_REG32("SCRATCH", PROBE_SCRATCH, struct probe, scratch),
      .reset = 0x5a },
    { OB_REG32("IRQ", PROBE_IRQ, struct probe, irq), .on_write = irq_write },
    { OB_REG32("EDGES", PROBE_EDGES, struct probe, edges), .access = OB_RO },
    { OB_REG32("LEVEL", PROBE_LEVEL, struct probe, level), .access = OB_RO },
    { OB_REG32_HOOKED("HZ", PROBE_HZ), .access = OB_RO, .on_read = hz_read },
    { OB_REG32("DMA_AT", PROBE_DMA_AT, struct probe, dma_at) },
    { OB_REG32_HOOKED("DMA_GET", PROBE_DMA_GET), .access = OB_RO,
      .on_read = dma_get },
    { OB_REG32_HOOKED("DMA_PUT", PROBE_DMA_PUT), .access = OB_WO,
      .on_write = dma_put },
    { OB_REG32_HOOKED("FORWARD", PROBE_FORWARD), .on_read = forward_read,
      .on_write = forward_write },
    { OB_REG32("FIRED", PROBE_FIRED, struct probe, fired), .access = OB_RO },
    { OB_REG32_HOOKED("ALARM", PROBE_ALARM), .access = OB_WO,
      .on_write = alarm_write },
    { OB_REG32("CHAR", PROBE_CHAR, struct probe, last_char), .access = OB_RO },
    { OB_REG32_HOOKED("SEND", PROBE_SEND), .access = OB_WO,
      .on_write = char_write },
    { OB_REG32_HOOKED("ASK", PROBE_ASK), .access = OB_WO,
      .on_write = ask_write },
    { OB_REG32_HOOKED("RANDOM", PROBE_RANDOM), .access = OB_RO,
      .on_read = random_read },
    { OB_REG32_HOOKED("OUT", PROBE_OUT), .access = OB_WO,
      .on_write = out_write },
};

static const struct ob_region probe_regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(probe_regs) },
    { .name = "big", .bytes = 0x10, .flags = OB_REGION_BIG_ENDIAN,
      .access_min = 1, .access_max = 8, .on_read = wide_read,
      .on_write = wide_write },
    { .name = "bytes", .bytes = 0x10, .access_min = 1, .access_max = 4,
      .impl_min = 1, .impl_max = 1, .on_read = wide_read,
      .on_write = wide_write },
};

static const char *const probe_modes[] = { "slow", "fast", NULL };
static const struct ob_prop probe_props[] = {
    { OB_PROP_UINT_AT("depth", struct probe, depth), .desc = "a small number",
      .def = 16, .min = 1, .max = 64 },
    { OB_PROP_SIZE_AT("room", struct probe, size), .desc = "a size",
      .def = 4096 },
    { OB_PROP_BOOL_AT("flag", struct probe, flag), .def = 1 },
    { OB_PROP_STRING_AT("label", struct probe, text), .def_text = "none" },
    { OB_PROP_ENUM_AT("mode", struct probe, mode), .desc = "how fast",
      .choices = probe_modes },
    { OB_PROP_LINK_AT("target", struct probe, target),
      .desc = "part to forward to" },
    { OB_PROP_LINK_AT("bus", struct probe, bus), .desc = "memory for DMA" },
};
static const struct ob_irq probe_irqs[] = {
    { .name = "first" }, { .name = "second" },
};
static const struct ob_gpio probe_inputs[] = {
    { .name = "in", .count = LINES, .changed = in_changed },
};
static const struct ob_gpio probe_outputs[] = {
    { .name = "out", .count = LINES },
};
static const struct ob_clock probe_clocks[] = { { .name = "clk" } };
static const struct ob_timer probe_timers[] = {
    { .name = "alarm", .expired = alarm_fired },
};
static const struct ob_chardev probe_chardevs[] = {
    { .name = "chardev", .room = char_room, .receive = char_receive },
};
static const struct ob_saved probe_saved[] = {
    OB_SAVED_ARRAY(struct probe, wide),
};

OB_DEVICE(probe_type, "test-probe", struct probe,
          "a register for each service of a host",
          .props = OB_ARRAY(probe_props), .regions = OB_ARRAY(probe_regions),
          .irqs = OB_ARRAY(probe_irqs), .inputs = OB_ARRAY(probe_inputs),
          .outputs = OB_ARRAY(probe_outputs), .clocks = OB_ARRAY(probe_clocks),
          .timers = OB_ARRAY(probe_timers),
          .chardevs = OB_ARRAY(probe_chardevs), .saved = OB_ARRAY(probe_saved),
          .create = probe_create, .reset = probe_reset,
          .restored = probe_restored);
OB_MODULE("probe", "1", "MIT", &probe_type);
