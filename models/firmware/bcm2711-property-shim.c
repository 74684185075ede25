/* SPDX-License-Identifier: MIT */
/*
 * A shim in front of QEMU's bcm2835-property and bcm2835-fb in the mailbox's
 * container: channels 8 and 1 of the mailbox. Source: the firmware wiki's
 * "Mailbox property interface" and "Mailbox framebuffer interface".
 *
 * QEMU's parts trust lengths that they read from a message. So the shim copies
 * a message once and checks it as a whole. The part gets a message that the
 * shim makes, in memory that no guest can write, with room after each tag,
 * because the part does not check the room. Then the shim copies the answer to
 * the guest's message.
 *
 * Not modelled: messages of more than 16 KiB up to their end tag.
 */
#include "bcm2711-property.h"
#include "models.h"

enum { BOX_DATA = 0x0, BOX_PENDING = 0x4, PART_REGION = 0,
       WORD = PROPERTY_WORD };
enum { IRQ_FB };                    /* irqs */
enum { IN_FB };                     /* inputs */

/* Channel 1: ten words. Three of them hold the part's answers. */
enum { FB_PITCH = 4, FB_DEPTH = 5, FB_BASE = 8, FB_SIZE = 9, FB_BYTES = 40,
       FB_COPY = 0xf000, COPY_AT = 0x7c000000 };

/* --- channel 8 ------------------------------------------------------------ */

static uint64_t part_read(struct ob_dev *dev, const struct ob_link *part,
                          uint64_t offset)
{
    uint64_t value = 0;

    if (part)
        ob_link_read(dev, part, PART_REGION, offset, WORD, &value);
    return value;
}

static void send_message(struct ob_dev *dev, uint32_t value)
{
    struct property *s = ob_state(dev);
    struct property_message m = { .at = value & PROPERTY_ADDRESS };

    property_read_message(dev, &m);
    property_copy_message(dev, &m);
    s->address = (uint32_t)m.at;
    ob_link_write(dev, s->target, PART_REGION, BOX_DATA, WORD,
                  s->copy_at | (value & ~PROPERTY_ADDRESS));
    property_take_answers(dev, &m);
    property_write_answers(dev, &m);
}

/* The mailbox gets the address that the guest knows. */
static uint64_t shim_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                          uint32_t bytes)
{
    const struct property *s = ob_state(dev);
    uint64_t value = part_read(dev, s->target, offset);

    return offset == BOX_DATA ? s->address | (value & ~PROPERTY_ADDRESS)
                              : value;
}

static bool is_busy(struct ob_dev *dev, const struct ob_link *part)
{
    if (!part_read(dev, part, BOX_PENDING))
        return false;
    ob_log(dev, OB_LOG_GUEST,
           "a message came before the last answer was read");
    return true;
}

static void shim_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes)
{
    struct property *s = ob_state(dev);

    if (offset == BOX_DATA && !is_busy(dev, s->target))
        send_message(dev, (uint32_t)value);
}

/* --- channel 1 ------------------------------------------------------------ */

/*
 * QEMU blocks accesses to bcm2835-fb while it serves one, and its line rises
 * during a message. So the mailbox sees the line only after the message.
 */
static void fb_update_irq(struct ob_dev *dev)
{
    const struct property *s = ob_state(dev);

    ob_irq_set(dev, IRQ_FB, 0, s->fb_level && !s->fb_busy);
}

static void fb_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct property *s = ob_state(dev);

    s->fb_level = level != 0;
    fb_update_irq(dev);
}

static void send_fb(struct ob_dev *dev, uint32_t value)
{
    struct property *s = ob_state(dev);
    uint64_t at = value & PROPERTY_ADDRESS, copy = s->copy_at + FB_COPY;
    uint8_t bytes[FB_BYTES];
    struct property_tag t = { 0, FB_BYTES, bytes };
    static const uint32_t answered[] = { FB_PITCH, FB_BASE, FB_SIZE };

    if (!property_is_memory(at, FB_BYTES) ||
        ob_mem_read(dev, s->dma, at, bytes, FB_BYTES)) {
        ob_log(dev, OB_LOG_GUEST, "the message at 0x%x: it is not in memory",
               (unsigned)at);
        return;
    }
    property_put(&t, FB_DEPTH,
                 property_checked_depth(dev, property_get(&t, FB_DEPTH)));
    ob_mem_write(dev, s->copy, copy, bytes, FB_BYTES);
    s->fb_busy = 1;
    ob_link_write(dev, s->fb, PART_REGION, BOX_DATA, WORD,
                  copy | (value & ~PROPERTY_ADDRESS));
    ob_mem_read(dev, s->copy, copy, bytes, FB_BYTES);
    for (uint32_t n = 0; n < sizeof(answered) / sizeof(answered[0]); n++)
        ob_mem_write(dev, s->dma, at + answered[n] * WORD,
                     bytes + answered[n] * WORD, WORD);
    s->fb_busy = 0;
    fb_update_irq(dev);
}

static uint64_t fb_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes)
{
    const struct property *s = ob_state(dev);

    return part_read(dev, s->fb, offset);
}

static void fb_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes)
{
    const struct property *s = ob_state(dev);

    if (s->fb && offset == BOX_DATA && !is_busy(dev, s->fb))
        send_fb(dev, (uint32_t)value);
}

/* --- the type ------------------------------------------------------------- */

static int32_t shim_create(struct ob_dev *dev)
{
    struct property *s = ob_state(dev);

    if (s->copy_at & ~PROPERTY_ADDRESS)
        return ob_refuse(dev, "copy-at is 0x%llx; use a multiple of 16",
                         (unsigned long long)s->copy_at);
    return OB_OK;
}

static void shim_reset(struct ob_dev *dev, uint32_t kind)
{
    struct property *s = ob_state(dev);

    s->address = s->fb_level = s->fb_busy = 0;
    fb_update_irq(dev);
    property_reset_tags(dev);
}

static int32_t shim_restored(struct ob_dev *dev)
{
    struct property *s = ob_state(dev);

    s->address &= PROPERTY_ADDRESS;
    s->fb_busy = 0;
    fb_update_irq(dev);
    return OB_OK;
}

static const struct ob_region shim_regions[] = {
    { .name = "box", .bytes = 0x10, .access_min = 4, .access_max = 4,
      .on_read = shim_read, .on_write = shim_write },
    { .name = "fb-box", .bytes = 0x10, .access_min = 4, .access_max = 4,
      .on_read = fb_read, .on_write = fb_write },
};
static const struct ob_prop shim_props[] = {
    { OB_PROP_LINK_AT("target", struct property, target),
      .desc = "the bcm2835-property to forward to",
      .flags = OB_PROP_REQUIRED },
    { OB_PROP_LINK_AT("fb", struct property, fb),
      .desc = "the bcm2835-fb to forward to" },
    { OB_PROP_LINK_AT("dma-mr", struct property, dma),
      .desc = "the bus that holds the messages" },
    { OB_PROP_LINK_AT("copy-mr", struct property, copy),
      .desc = "the bus on which both parts read copies",
      .flags = OB_PROP_REQUIRED },
    { OB_PROP_UINT_AT("copy-at", struct property, copy_at),
      .desc = "address of 64 KiB for the copies", .def = COPY_AT,
      .max = 0xffff0000 },
    { OB_PROP_UINT_AT("serial", struct property, serial),
      .desc = "the board's serial number", .def = 0x10000000c0dec0de },
};
static const struct ob_irq shim_irqs[] = {
    [IRQ_FB] = { .name = "fb" },
};
static const struct ob_gpio shim_inputs[] = {
    [IN_FB] = { .name = "fb-line", .changed = fb_changed },
};
static const struct ob_saved shim_saved[] = {
    OB_SAVED(struct property, address), OB_SAVED(struct property, fb_level),
    OB_SAVED_ARRAY(struct property, rates),
    OB_SAVED_ARRAY(struct property, lines),
};

OB_DEVICE(bcm2711_property_shim_type, "bcm2711-property-shim", struct property,
          "a Pi 4's firmware tags for bcm2835-property",
          .props = OB_ARRAY(shim_props), .regions = OB_ARRAY(shim_regions),
          .irqs = OB_ARRAY(shim_irqs), .inputs = OB_ARRAY(shim_inputs),
          .saved = OB_ARRAY(shim_saved), .create = shim_create,
          .reset = shim_reset, .restored = shim_restored);
