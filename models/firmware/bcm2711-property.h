/* SPDX-License-Identifier: MIT */
/* The state and the functions that the files of the property shim share. */
#ifndef BCM2711_PROPERTY_H
#define BCM2711_PROPERTY_H

#include <outboard/outboard.h>

#define PROPERTY_ADDRESS 0xfffffff0u    /* of a message; the rest: channel */

enum { PROPERTY_WORD = 4, PROPERTY_MSG_MAX = 16384, PROPERTY_TAGS_MAX = 128 };
enum { CLOCK_SLOTS = 16, EXP_LINES = 8, EXP_WORDS = 6 };

struct property {
    const struct ob_link *target, *fb, *dma, *copy; /* properties */
    uint64_t copy_at, serial;                       /* properties */
    uint32_t address;                       /* of the last message */
    uint32_t fb_level, fb_busy;             /* its line; serves a message */
    uint32_t rates[CLOCK_SLOTS];            /* Hz, as in clocks[] */
    uint32_t lines[EXP_LINES * EXP_WORDS];  /* expander, line by line */
};

/* A tag of a message. Its value is a copy in the guest's byte order. */
struct property_tag {
    uint32_t id, room;              /* room: bytes for the value */
    uint8_t *value;
};

/* Word `n` of the tag's value; 0 if the tag has no room for it. */
static inline uint32_t property_get(const struct property_tag *t, uint32_t n)
{
    if ((n + 1) * PROPERTY_WORD > t->room)
        return 0;
    return (uint32_t)ob_get_le(t->value + n * PROPERTY_WORD, PROPERTY_WORD);
}

/* If the tag has no room for a word, drop the word, as the firmware does. */
static inline void property_put(struct property_tag *t, uint32_t n,
                                uint32_t word)
{
    if ((n + 1) * PROPERTY_WORD <= t->room)
        ob_put_le(t->value + n * PROPERTY_WORD, PROPERTY_WORD, word);
}

struct property_message {
    uint64_t at;                    /* its address for the guest */
    uint32_t count;                 /* tags */
    bool is_bad;
    bool refused[PROPERTY_TAGS_MAX];        /* tags with a wrong value */
    uint32_t tags[PROPERTY_TAGS_MAX];       /* offsets in bytes[] */
    uint8_t bytes[PROPERTY_MSG_MAX];
};

/* Is the range at `at` of the VideoCore's bus memory, without peripherals? */
bool property_is_memory(uint64_t at, uint64_t bytes);

/* Returns `depth` if a display can have it, otherwise the default. */
uint32_t property_checked_depth(struct ob_dev *dev, uint32_t depth);

/* Copy the message at m->at, once, and find its tags; 0 tags if it is bad. */
void property_read_message(struct ob_dev *dev, struct property_message *m);

/* Make the message for QEMU's part, at copy_at. */
void property_copy_message(struct ob_dev *dev, struct property_message *m);

/* Read the part's answers, then answer the tags of the shim. */
void property_take_answers(struct ob_dev *dev, struct property_message *m);

/* Write the answers to the guest's message. */
void property_write_answers(struct ob_dev *dev, struct property_message *m);

/* Answer a tag in place. Returns the answer's bytes; -1: not for the shim. */
int64_t property_answer(struct ob_dev *dev, struct property_tag *t);

/* Reset what the tags have stored. */
void property_reset_tags(struct ob_dev *dev);

#endif
