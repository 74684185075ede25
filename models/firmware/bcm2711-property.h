/* SPDX-License-Identifier: MIT */
/* What the files of the property shim share: its state, and a tag. */
#ifndef BCM2711_PROPERTY_H
#define BCM2711_PROPERTY_H

#include <outboard/outboard.h>

#define PROPERTY_ADDRESS 0xfffffff0u    /* a message's; the rest: channel */

enum { PROPERTY_WORD = 4, PROPERTY_MSG_MAX = 16384, PROPERTY_TAGS_MAX = 128 };
enum { CLOCK_SLOTS = 16, EXP_LINES = 8, EXP_WORDS = 6 };

struct property {
    const struct ob_link *target, *fb, *dma, *copy; /* properties */
    uint64_t copy_at, serial;                       /* properties */
    uint32_t address;                       /* the last message's */
    uint32_t fb_level, fb_busy;             /* the fb's line; in a message */
    uint32_t rates[CLOCK_SLOTS];            /* Hz, as in clocks[] */
    uint32_t lines[EXP_LINES][EXP_WORDS];   /* expander */
};

/* A tag of a message: its value is a copy in guest byte order. */
struct property_tag {
    uint32_t id, room;              /* room: bytes of the value */
    uint8_t *value;
};

static inline uint32_t property_get(const struct property_tag *t, uint32_t n)
{
    const uint8_t *p = t->value + n * PROPERTY_WORD;

    return (n + 1) * PROPERTY_WORD > t->room
               ? 0
               : p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Words that the tag has no room for are left out, as the firmware does. */
static inline void property_put(struct property_tag *t, uint32_t n,
                                uint32_t word)
{
    if ((n + 1) * PROPERTY_WORD > t->room)
        return;
    for (unsigned i = 0; i < PROPERTY_WORD; i++)
        t->value[n * PROPERTY_WORD + i] = (uint8_t)(word >> 8 * i);
}

struct property_message {
    uint64_t at;                    /* where the guest has it */
    uint32_t count;                 /* tags */
    bool is_bad;
    bool refused[PROPERTY_TAGS_MAX];        /* tags whose value is wrong */
    uint32_t tags[PROPERTY_TAGS_MAX];       /* their offsets in bytes[] */
    uint8_t bytes[PROPERTY_MSG_MAX];
};

/* Is there only memory, and no peripheral, at `at` of the VideoCore's bus? */
bool property_is_memory(uint64_t at, uint64_t bytes);

/* `depth` if a display can have it, otherwise the default. */
uint32_t property_checked_depth(struct ob_dev *dev, uint32_t depth);

/* Copy the message at m->at, once, and find its tags; none if it is bad. */
void property_read_message(struct ob_dev *dev, struct property_message *m);

/* Make the message that QEMU's part gets, at copy_at. */
void property_copy_message(struct ob_dev *dev, struct property_message *m);

/* Take the part's answers, and answer the tags that are the shim's. */
void property_take_answers(struct ob_dev *dev, struct property_message *m);

/* Give the guest the answers. */
void property_write_answers(struct ob_dev *dev, struct property_message *m);

/* Answer a tag in place: the bytes of the answer, or -1: not one of ours. */
int64_t property_answer(struct ob_dev *dev, struct property_tag *t);

/* What the tags remember, as at power-on. */
void property_reset_tags(struct ob_dev *dev);

#endif
