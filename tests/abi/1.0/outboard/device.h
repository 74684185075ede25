/* SPDX-License-Identifier: MIT */
/*
 * A device type: what a model declares of itself, and the functions that the
 * host calls.
 *
 * A model declares; the host does the rest. Properties are parsed, checked
 * and stored in the model's state struct before create(); registers are
 * masked, logged and reset; state, timers and registers are saved and
 * restored. The state struct belongs to the host: `state_bytes` zeroed bytes,
 * aligned to 16, one per instance. A model keeps no mutable statics: two
 * instances must work side by side.
 *
 * Order of calls for one instance, all [machine lock held]:
 *   properties stored -> create -> reset -> { read, write, inputs, timers,
 *   clocks, characters, reset, saved state }* -> destroy
 */
#ifndef OUTBOARD_DEVICE_H
#define OUTBOARD_DEVICE_H

#include <outboard/abi.h>

OB_C_BEGIN

struct ob_host;
struct ob_region;
struct ob_reg;

/*
 * One instance, as a model sees it. Owned by the host, valid from create()
 * until destroy() has returned.
 */
struct ob_dev {
    const struct ob_host *host;     /* services, never NULL */
    void *state;                    /* the model's own struct */
    const char *id;                 /* the part's name, for messages */
};

/* --- properties -------------------------------------------------------- */

#define OB_PROP_BOOL   1u   /* stored as uint8_t, 0 or 1 */
#define OB_PROP_UINT   2u   /* stored in `bytes` 1, 2, 4 or 8 */
#define OB_PROP_SIZE   3u   /* bytes, "4 MiB" in a board: uint64_t */
#define OB_PROP_STRING 4u   /* const char *, host's until destroy, or NULL */
#define OB_PROP_LINK   5u   /* const struct ob_link *, host's; NULL if unset */
#define OB_PROP_ENUM   6u   /* uint32_t, index into `choices` */

#define OB_PROP_REQUIRED 1u /* flag: create is refused while it is unset */

/*
 * A typed property. The host writes its value to `state` + `offset` before
 * create(); afterwards it is fixed. Defaults apply where the user is silent.
 */
struct ob_prop {
    const char *name;               /* lower case, "fifo-depth" */
    const char *desc;               /* one line, for help; may be NULL */
    uint32_t type;                  /* OB_PROP_* */
    uint32_t flags;                 /* OB_PROP_REQUIRED or 0 */
    uint32_t offset;                /* into the state struct */
    uint32_t bytes;                 /* storage of a UINT; else 0 */
    uint64_t def;                   /* BOOL, UINT, SIZE, ENUM: default */
    uint64_t min, max;              /* UINT, SIZE: range; both 0: any */
    const char *def_text;           /* STRING: default; may be NULL */
    const char *const *choices;     /* ENUM: names, NULL at the end */
};

/* --- lines, clocks, timers ---------------------------------------------- */

/*
 * An interrupt output. Its number is its index in the list; `name` serves
 * boards ("uart0.irq.rx") and messages.
 */
struct ob_irq {
    const char *name;
};

/*
 * A named group of gpio lines, inputs or outputs. `changed` serves inputs:
 * line `n` of the group, 0 <= n < count, is now at `level` (a plain line: 0 or
 * 1; some controllers pass numbers). Called when it changes.
 * [machine lock held]
 */
struct ob_gpio {
    const char *name;
    uint32_t count;
    uint32_t reserved;
    void (*changed)(struct ob_dev *dev, uint32_t n, int32_t level);
};

/*
 * A clock. An input's `changed` (may be NULL) is called when its frequency
 * has changed; ob_clock_hz() tells it. Outputs are driven by ob_clock_drive().
 */
#define OB_CLOCK_IN  0u
#define OB_CLOCK_OUT 1u

struct ob_clock {
    const char *name;
    uint32_t direction;             /* OB_CLOCK_IN or OB_CLOCK_OUT */
    uint32_t reserved;
    void (*changed)(struct ob_dev *dev);
};

/*
 * A timer on the machine's virtual clock. One-shot: `expired` is called once
 * at or after the deadline, with the timer disarmed; it may arm it again. An
 * armed timer is saved and restored by the host.
 */
struct ob_timer {
    const char *name;
    void (*expired)(struct ob_dev *dev);
};

/* --- back ends ----------------------------------------------------------- */

/*
 * A character back end: a serial port's other side. The board or user joins
 * it to a host's terminal, socket, ... by the property `name` ("chardev").
 */
#define OB_CHR_OPENED 1u    /* the other side is there */
#define OB_CHR_CLOSED 2u    /* it is gone */
#define OB_CHR_BREAK  3u    /* it sent a break condition */

struct ob_chardev {
    const char *name;
    /* Bytes that can be taken now; 0 stops the flow until ob_chr_ready(). */
    uint32_t (*room)(struct ob_dev *dev);
    /* `count` bytes came in, never more than room() said. */
    void (*receive)(struct ob_dev *dev, const uint8_t *bytes, uint32_t count);
    /* OB_CHR_*; may be NULL. */
    void (*event)(struct ob_dev *dev, uint32_t event);
};

/* --- regions and registers ------------------------------------------------ */

#define OB_REGION_BIG_ENDIAN 1u /* else little endian */
#define OB_REGION_UNALIGNED  2u /* accesses need not be naturally aligned */

/*
 * A range of the bus that the part answers; a board maps it by its index.
 * Served by declared registers (`regs`, see regs.h), by two functions, or by
 * both: the functions then serve offsets that no register covers.
 *
 * An access of a size or alignment that the region does not take is answered
 * by the host (reads 0, logged as the guest's error).
 */
struct ob_region {
    const char *name;
    uint64_t bytes;                 /* 1 .. 2^32; reaches the end of its regs */
    uint32_t flags;                 /* OB_REGION_* */
    uint8_t access_min;             /* bytes a guest may use: 1, 2, 4, 8; */
    uint8_t access_max;             /*   0, 0 means 1 to 4 */
    uint8_t impl_min;               /* bytes that read() and write() take: */
    uint8_t impl_max;               /*   the host splits and joins; 0: same */
    struct ob_array regs;           /* of struct ob_reg */
    /*
     * `offset` is below the region's bytes, `bytes` 1, 2, 4 or 8. A value
     * counts from bit 0 whatever the endianness. NULL: reads 0 and ignores
     * writes, logged as unimplemented. [machine lock held]
     */
    uint64_t (*read)(struct ob_dev *dev, uint64_t offset, uint32_t bytes);
    void (*write)(struct ob_dev *dev, uint64_t offset, uint64_t value,
                  uint32_t bytes);
};

/* --- saved state ---------------------------------------------------------- */

/*
 * State that is saved with the machine: `count` elements of `bytes` (1, 2, 4,
 * 8: numbers, stored portably) at `offset` in the state struct. Registers
 * that have storage, armed timers and properties need no entry. Entries are
 * found again by name; one that an older snapshot lacks keeps its reset value
 * if `since` is above that snapshot's version.
 */
struct ob_saved {
    const char *name;
    uint32_t offset;
    uint16_t bytes;
    uint16_t since;                 /* first state_version with it; 0: all */
    uint32_t count;
    uint32_t reserved;
};

/* The member `m` of `struct s` as a saved entry; arrays are counted. */
#define OB_SAVED(s, m)                                                        \
    { #m, offsetof(struct s, m), sizeof(((struct s *)0)->m), 0, 1, 0 }
#define OB_SAVED_ARRAY(s, m)                                                  \
    { #m, offsetof(struct s, m), sizeof(((struct s *)0)->m[0]), 0,            \
      sizeof(((struct s *)0)->m) / sizeof(((struct s *)0)->m[0]), 0 }

/* --- the type ------------------------------------------------------------- */

/* A device type. Names are lower case: [a-z0-9._-], e.g. "acme-uart". */
struct ob_device_type {
    uint32_t size;                  /* sizeof(struct ob_device_type) */
    uint32_t flags;                 /* none defined: 0 */
    const char *name;
    const char *desc;               /* one line, for help; may be NULL */
    uint32_t state_bytes;           /* sizeof the model's state struct */
    uint16_t state_version;         /* of the saved state; start at 1 */
    uint16_t state_oldest;          /* oldest version that can be restored */
    struct ob_array props;          /* of struct ob_prop */
    struct ob_array regions;        /* of struct ob_region */
    struct ob_array irqs;           /* of struct ob_irq */
    struct ob_array inputs;         /* of struct ob_gpio */
    struct ob_array outputs;        /* of struct ob_gpio */
    struct ob_array clocks;         /* of struct ob_clock */
    struct ob_array timers;         /* of struct ob_timer */
    struct ob_array chardevs;       /* of struct ob_chardev */
    struct ob_array saved;          /* of struct ob_saved */
    /*
     * Properties are stored and links can be used. Return 0, or what ob_fail()
     * returns, after a call of it that says why: the part is then not made
     * and destroy() is not called. May be NULL. [create]
     */
    int (*create)(struct ob_dev *dev);
    /* Free what create() took. May be NULL. [machine lock held] */
    void (*destroy)(struct ob_dev *dev);
    /*
     * Power-on state. Declared registers have their reset values already and
     * all timers are disarmed. May be NULL. [machine lock held]
     */
    void (*reset)(struct ob_dev *dev);
    /*
     * State was restored: put derived things right (output lines are put out
     * again by the model, timers are armed already). Return 0, or what
     * ob_fail() returns to refuse an impossible state: a snapshot is hostile
     * input, so check every index in it. May be NULL. [machine lock held]
     */
    int (*restored)(struct ob_dev *dev);
};

OB_C_END

#endif
