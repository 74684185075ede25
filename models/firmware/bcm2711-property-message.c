/* SPDX-License-Identifier: MIT */
/*
 * The messages of the property channel: this file copies and checks a message,
 * and makes the message for QEMU's part. Source of the layout: the firmware
 * wiki's "Mailbox property interface".
 */
#include "bcm2711-property.h"

enum { WORD = PROPERTY_WORD };

/* A message: total bytes, code, tags; a tag: id, room, length, value. */
enum { MSG_CODE = 4, MSG_TAGS = 8 };
enum { TAG_ROOM = 4, TAG_LENGTH = 8, TAG_HEAD = 12, TAG_END = 0,
       TAG_SLACK = 128 };
#define MSG_BAD      0x80000001u
#define TAG_ANSWERED 0x80000000u    /* with the answer's length */

/* The bus has peripherals here; a message must not be among them. */
#define IO_AT  UINT64_C(0x7c000000)
#define IO_END UINT64_C(0x80000000)
#define BUS_END (UINT64_C(1) << 32)

enum { TAG_SET_DEPTH = 0x48005, TAG_SET_PALETTE = 0x4800b, COLOURS = 256,
       DEPTH_DEFAULT = 16 };

static uint32_t word_at(const struct property_message *m, uint32_t offset)
{
    return (uint32_t)ob_get_le(m->bytes + offset, WORD);
}

static void put_at(struct property_message *m, uint32_t offset, uint32_t word)
{
    ob_put_le(m->bytes + offset, WORD, word);
}

static struct property_tag tag_at(struct property_message *m, uint32_t offset)
{
    return (struct property_tag){
        .id = word_at(m, offset), .room = word_at(m, offset + TAG_ROOM),
        .value = m->bytes + offset + TAG_HEAD,
    };
}

/* The wiki: a value is padded to whole words. */
static uint32_t padded(uint32_t bytes)
{
    return (bytes + WORD - 1) & ~(WORD - 1u);
}

/* --- checks --------------------------------------------------------------- */

bool property_is_memory(uint64_t at, uint64_t bytes)
{
    return at + bytes <= BUS_END && (at + bytes <= IO_AT || at >= IO_END);
}

/* Find all tags in `total` bytes. Returns NULL, or the fault. */
static const char *find_tags(struct property_message *m, uint32_t total)
{
    uint32_t offset = MSG_TAGS;

    while (total - offset >= WORD && word_at(m, offset) != TAG_END) {
        struct property_tag t;

        if (total - offset < TAG_HEAD)
            return "a tag's header passes its end";
        t = tag_at(m, offset);
        if (t.room > total - offset - TAG_HEAD)
            return "a tag's value passes its end";
        if (m->count == PROPERTY_TAGS_MAX)
            return "it has too many tags";
        m->tags[m->count++] = offset;
        offset += TAG_HEAD + padded(t.room);
        if (offset > total)
            offset = total;
    }
    return total - offset < WORD && total == PROPERTY_MSG_MAX
               ? "it has no end tag in 16 KiB"
               : NULL;
}

/* Copy the message, once. Returns NULL, or the fault. */
static const char *copy_guests(struct ob_dev *dev, struct property_message *m)
{
    const struct property *s = ob_state(dev);
    uint32_t total;

    if (!property_is_memory(m->at, MSG_TAGS) ||
        ob_mem_read(dev, s->dma, m->at, m->bytes, MSG_TAGS))
        return "it is not in memory";
    total = word_at(m, 0);
    if (total < MSG_TAGS)
        return "it is shorter than its header";
    if (!property_is_memory(m->at, total))
        return "its end is not in memory";
    total = total > PROPERTY_MSG_MAX ? PROPERTY_MSG_MAX : total;
    if (ob_mem_read(dev, s->dma, m->at, m->bytes, total))
        return "its end is not in memory";
    return find_tags(m, total);
}

/* A bad message has no tags, so QEMU's part has nothing to trust. */
void property_read_message(struct ob_dev *dev, struct property_message *m)
{
    const char *wrong = copy_guests(dev, m);

    m->is_bad = wrong != NULL;
    if (!wrong)
        return;
    m->count = 0;
    ob_log(dev, OB_LOG_GUEST, "the message at 0x%x: %s", (unsigned)m->at,
           wrong);
}

/* QEMU's part accepts any depth, so the picture's size can overflow. */
uint32_t property_checked_depth(struct ob_dev *dev, uint32_t depth)
{
    if (depth == 8 || depth == 16 || depth == 24 || depth == 32)
        return depth;
    ob_log(dev, OB_LOG_GUEST, "a display cannot have a depth of %u bits",
           (unsigned)depth);
    return DEPTH_DEFAULT;
}

/*
 * Does the palette fit into 256 colours and into the tag? QEMU before 7.2.14
 * and 9.1 sets count - first colours, modulo 2^32. So `first` must not be above
 * `count` either.
 */
static bool check_palette(struct ob_dev *dev, struct property_tag *t)
{
    uint32_t first = property_get(t, 0), count = property_get(t, 1);

    if (count && first < COLOURS && count <= COLOURS - first &&
        first <= count && t->room >= (2 + count) * WORD)
        return true;
    ob_log(dev, OB_LOG_GUEST, "a palette cannot have %u colours from %u on",
           (unsigned)count, (unsigned)first);
    property_put(t, 0, 0);
    property_put(t, 1, 0);
    return false;
}

static bool check_value(struct ob_dev *dev, struct property_tag *t)
{
    if (t->id == TAG_SET_DEPTH)
        property_put(t, 0, property_checked_depth(dev, property_get(t, 0)));
    return t->id != TAG_SET_PALETTE || check_palette(dev, t);
}

/* --- the copy ------------------------------------------------------------- */

static uint32_t slot_bytes(const struct property_tag *t)
{
    uint32_t room = padded(t->room);

    return room < TAG_SLACK ? TAG_SLACK : room;
}

/* Copy one tag to `at` of the copy: the words of its value, then zeros. */
static void copy_tag(struct ob_dev *dev, struct property_message *m,
                     uint32_t offset, uint64_t at)
{
    static const uint8_t zeros[TAG_SLACK];
    const struct property *s = ob_state(dev);
    struct property_tag t = tag_at(m, offset);
    uint32_t slot = slot_bytes(&t), whole = t.room & ~(WORD - 1u);
    uint8_t head[TAG_HEAD] = { 0 };

    ob_put_le(head, WORD, t.id);
    ob_put_le(head + TAG_ROOM, WORD, slot);
    ob_mem_write(dev, s->copy, at, head, TAG_HEAD);
    ob_mem_write(dev, s->copy, at + TAG_HEAD, t.value, whole);
    ob_mem_write(dev, s->copy, at + TAG_HEAD + whole, zeros, slot - whole);
}

void property_copy_message(struct ob_dev *dev, struct property_message *m)
{
    const struct property *s = ob_state(dev);
    uint64_t at = s->copy_at + MSG_TAGS;

    for (uint32_t n = 0; n < m->count; n++) {
        struct property_tag t = tag_at(m, m->tags[n]);

        m->refused[n] = !check_value(dev, &t);
        copy_tag(dev, m, m->tags[n], at);
        at += TAG_HEAD + slot_bytes(&t);
    }
    ob_mem_write_le(dev, s->copy, at, WORD, TAG_END);
    /* Two words: the total bytes, and the code 0 of a request. */
    ob_mem_write_le(dev, s->copy, s->copy_at, MSG_TAGS,
                    at + WORD - s->copy_at);
}

static void answer_tags(struct ob_dev *dev, struct property_message *m)
{
    for (uint32_t n = 0; n < m->count; n++) {
        struct property_tag t = tag_at(m, m->tags[n]);
        int64_t bytes = property_answer(dev, &t);

        if (bytes >= 0)
            put_at(m, m->tags[n] + TAG_LENGTH, TAG_ANSWERED | (uint32_t)bytes);
        if (m->refused[n])
            property_put(&t, 0, 1);
    }
}

/* Copy the part's answers into the message's bytes. */
void property_take_answers(struct ob_dev *dev, struct property_message *m)
{
    const struct property *s = ob_state(dev);
    uint64_t at = s->copy_at + MSG_TAGS;

    ob_mem_read(dev, s->copy, s->copy_at + MSG_CODE, m->bytes + MSG_CODE,
                WORD);
    for (uint32_t n = 0; n < m->count; n++) {
        struct property_tag t = tag_at(m, m->tags[n]);

        ob_mem_read(dev, s->copy, at + TAG_LENGTH,
                    m->bytes + m->tags[n] + TAG_LENGTH, WORD + t.room);
        at += TAG_HEAD + slot_bytes(&t);
    }
    if (m->is_bad)
        put_at(m, MSG_CODE, MSG_BAD);
    answer_tags(dev, m);
}

/* Write the code last, because the guest waits for it. */
void property_write_answers(struct ob_dev *dev, struct property_message *m)
{
    const struct property *s = ob_state(dev);

    for (uint32_t n = 0; n < m->count; n++) {
        struct property_tag t = tag_at(m, m->tags[n]);
        uint32_t at = m->tags[n] + TAG_LENGTH;
        uint32_t bytes = word_at(m, at) & ~TAG_ANSWERED;

        bytes = bytes > t.room ? t.room : bytes;
        ob_mem_write(dev, s->dma, m->at + at, m->bytes + at, WORD + bytes);
    }
    if (property_is_memory(m->at, MSG_TAGS))
        ob_mem_write(dev, s->dma, m->at + MSG_CODE, m->bytes + MSG_CODE, WORD);
}
