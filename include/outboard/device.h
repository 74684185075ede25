/* SPDX-License-Identifier: MIT */
/*
 * This header declares the device type: what a model declares, and the
 * functions of the model that the host calls.
 *
 * The host does the rest. It parses and checks properties and stores them in
 * the model's state struct before create(). It applies the access rules of
 * registers, logs mistakes and resets the registers. It saves and restores
 * state, timers and registers.
 *
 * The host owns the state struct: `state_bytes` zeroed bytes, aligned to 16,
 * one struct for each instance. A model has no mutable static variables,
 * because two instances must work side by side.
 *
 * Order of the calls for one instance, all [machine lock held]:
 *   properties stored -> create -> reset -> { read, write, inputs, timers,
 *   clocks, characters, reset, saved state }* -> destroy
 *
 * abi.h explains the form of the comments and the marks in brackets. Names in
 * lists have at most 128 characters and are used once in their list.
 */
#ifndef OUTBOARD_DEVICE_H
#define OUTBOARD_DEVICE_H

#include <outboard/abi.h>

OB_C_BEGIN

struct ob_host;
struct ob_region;
struct ob_reg;

/*
 * One instance, as its model sees it. The host owns it. It is valid from
 * create() until destroy() returns. [since 1.0] [src/device]
 */
struct ob_dev {
    const struct ob_host *host;     /* services; never NULL */
    void *state;                    /* the model's state struct */
    const char *id;                 /* the part's name, for messages */
};

/* --- properties -------------------------------------------------------- */

#define OB_PROP_BOOL   1u   /* uint8_t, 0 or 1 */
#define OB_PROP_UINT   2u   /* unsigned, of `bytes` 1, 2, 4 or 8 */
#define OB_PROP_SIZE   3u   /* uint64_t, in bytes; "4 MiB" in a board */
#define OB_PROP_STRING 4u   /* const char *, owned by the host; NULL: unset */
#define OB_PROP_LINK   5u   /* const struct ob_link *, likewise; NULL: unset */
#define OB_PROP_ENUM   6u   /* uint32_t, an index into `choices` */

#define OB_PROP_REQUIRED 1u /* flag: the host refuses the part if it is unset */

/*
 * A property with a type. The host writes its value to `state` + `offset`
 * before create(). The value does not change afterwards. If the user sets no
 * value, the host stores the default. Pointers that the host stores are valid
 * until destroy() returns. [since 1.0] [src/device]
 */
struct ob_prop {
    const char *name;               /* lower case: "fifo-depth" */
    const char *desc;               /* one line for help, or NULL */
    uint32_t type;                  /* OB_PROP_* */
    uint32_t flags;                 /* OB_PROP_REQUIRED or 0 */
    uint32_t offset;                /* in the state struct, in bytes */
    uint32_t bytes;                 /* width of a UINT; otherwise 0 */
    uint64_t def;                   /* default of BOOL, UINT, SIZE and ENUM */
    uint64_t min, max;              /* range of UINT, SIZE; 0, 0: any value */
    const char *def_text;           /* default of a STRING, or NULL */
    const char *const *choices;     /* names of an ENUM, NULL at the end */
};

/* --- lines, clocks, timers ---------------------------------------------- */

/*
 * An interrupt output. Its number is its index in the list. Boards
 * ("uart0.irq.rx") and messages use the name. [since 1.0]
 */
struct ob_irq {
    const char *name;
};

/* A named group of gpio lines: inputs or outputs. [since 1.0] [src/device] */
struct ob_gpio {
    const char *name;
    uint32_t count;                 /* lines; 1 or more */
    uint32_t reserved;              /* 0 */
    /*
     * The level of an input line has changed. NULL in outputs; may be NULL in
     * inputs.
     *   dev    the instance
     *   n      the line in the group; 0 to count - 1
     *   level  the new level: 0 or 1; some controllers pass other numbers
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*changed)(struct ob_dev *dev, uint32_t n, int32_t level);
};

#define OB_CLOCK_IN  0u     /* the board drives it; ob_clock_hz() reads it */
#define OB_CLOCK_OUT 1u     /* the model drives it with ob_clock_drive() */

/* A clock input or output. [since 1.0] [src/device] */
struct ob_clock {
    const char *name;
    uint32_t direction;             /* OB_CLOCK_IN or OB_CLOCK_OUT */
    uint32_t reserved;              /* 0 */
    /*
     * The frequency of an input has changed. ob_clock_hz() returns the new
     * one. May be NULL.
     *   dev  the instance
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*changed)(struct ob_dev *dev);
};

/*
 * A timer on the machine's virtual clock. The host saves and restores an armed
 * timer. [since 1.0] [src/device]
 */
struct ob_timer {
    const char *name;
    /*
     * The deadline has come. The timer is disarmed and expires only once; this
     * function may arm it again.
     *   dev  the instance
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*expired)(struct ob_dev *dev);
};

/* --- backends ------------------------------------------------------------ */

#define OB_CHR_OPENED 1u    /* the other side has connected */
#define OB_CHR_CLOSED 2u    /* the other side has disconnected */
#define OB_CHR_BREAK  3u    /* the other side has sent a break condition */

/*
 * A character backend: the other side of a serial port. The board or the user
 * connects it to a terminal, a socket or a file of the host, by the property
 * `name` (usually "chardev"). room() and receive() are both set or both NULL.
 * [since 1.0] [src/device]
 */
struct ob_chardev {
    const char *name;
    /*
     * Returns how many bytes the device can receive now. 0 stops the flow
     * until the model calls ob_chr_ready().
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    uint32_t (*room)(struct ob_dev *dev);
    /*
     * Bytes have arrived.
     *   dev    the instance
     *   bytes  the bytes; valid until the function returns
     *   count  how many; never more than room() returned
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*receive)(struct ob_dev *dev, const uint8_t *bytes, uint32_t count);
    /*
     * The other side has changed. May be NULL.
     *   dev    the instance
     *   event  OB_CHR_*
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*event)(struct ob_dev *dev, uint32_t event);
};

/* --- regions and registers ------------------------------------------------ */

#define OB_REGION_BIG_ENDIAN 1u /* the region is big-endian, not little */
#define OB_REGION_UNALIGNED  2u /* accesses need no natural alignment */

/*
 * A range of bus addresses that the part answers. The board maps it by its
 * index or name. Declared registers (`regs`, see regs.h) serve it, or read()
 * and write(), or both. If both are there, the functions serve the offsets
 * that no register covers.
 *
 * If the region does not accept the size or alignment of an access, the host
 * answers it: a read returns 0, and the host logs the guest's mistake.
 * [since 1.0] [src/device]
 */
struct ob_region {
    const char *name;
    uint64_t bytes;                 /* size; 1 to 2^32; contains all regs */
    uint32_t flags;                 /* OB_REGION_*, or 0 */
    uint8_t access_min;             /* bytes in a guest's access: 1, 2, 4 or */
    uint8_t access_max;             /*   8; 0, 0 means 1 to 4 */
    uint8_t impl_min;               /* bytes in a call of read() or write(); */
    uint8_t impl_max;               /*   the host splits, joins; 0, 0: same */
    struct ob_array regs;           /* of struct ob_reg */
    /*
     * The guest reads an offset without a register. NULL: the read returns 0,
     * and the host logs it as not modelled.
     *   dev     the instance
     *   offset  in the region; below `bytes` of the region
     *   bytes   1, 2, 4 or 8, within impl_min and impl_max
     * Returns the value, from bit 0, in either endianness.
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    uint64_t (*read)(struct ob_dev *dev, uint64_t offset, uint32_t bytes);
    /*
     * The guest writes an offset without a register. NULL: the host ignores
     * the write and logs it as not modelled.
     *   dev, offset, bytes  as for read()
     *   value               from bit 0, in either endianness
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*write)(struct ob_dev *dev, uint64_t offset, uint64_t value,
                  uint32_t bytes);
#if OB_ABI_NEEDS >= 1
    /* --- since 1.1 --- */
    /*
     * Pages that the guest reads as memory: `direct_bytes` bytes from offset
     * `direct_at`, both multiples of 4096; 0 bytes mean none. For these pages,
     * read() must have no side effect. It returns what the model set last with
     * ob_direct_set(), and 0 before that. write() receives writes as usual. A
     * region with registers uses OB_REG_DIRECT instead (regs.h).
     */
    uint64_t direct_at, direct_bytes;
#endif
};

/* --- saved state ---------------------------------------------------------- */

/*
 * A member of the state struct that is saved with the machine. The host stores
 * numbers in a portable form. Registers with storage, armed timers and
 * properties need no entry. The host finds entries by name. If an older
 * snapshot lacks an entry and `since` is above that snapshot's version, the
 * member keeps its value after reset. [since 1.0] [src/device]
 */
struct ob_saved {
    const char *name;
    uint32_t offset;                /* in the state struct, in bytes */
    uint16_t bytes;                 /* of one element: 1, 2, 4 or 8 */
    uint16_t since;                 /* first state_version with it; 0: all */
    uint32_t count;                 /* elements; 1 or more */
    uint32_t reserved;              /* 0 */
};

/*
 * A saved entry for the member `m`, a number or an array of numbers, of
 * `struct s`. The entry's name is the member's name. [since 1.0]
 */
#define OB_SAVED(s, m)                                                        \
    { #m, offsetof(struct s, m), sizeof(((struct s *)0)->m), 0, 1, 0 }
#define OB_SAVED_ARRAY(s, m)                                                  \
    { #m, offsetof(struct s, m), sizeof(((struct s *)0)->m[0]), 0,            \
      sizeof(((struct s *)0)->m) / sizeof(((struct s *)0)->m[0]), 0 }

/* --- the type ------------------------------------------------------------- */

/*
 * A device type. The module owns it and all that it points to. The state
 * struct has at most 64 MiB, and the saved state at most 80 MiB.
 * [since 1.0] [src/device]
 */
struct ob_device_type {
    uint32_t size;                  /* sizeof(struct ob_device_type) */
    uint32_t flags;                 /* none defined: 0 */
    const char *name;               /* [a-z0-9._-], "acme-uart" */
    const char *desc;               /* one line for help, or NULL */
    uint32_t state_bytes;           /* sizeof the model's state struct */
    uint16_t state_version;         /* of the saved state; begins at 1 */
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
     * Prepare the instance. The properties are stored. The model may call only
     * the services that host.h allows here. May be NULL.
     *   dev  the instance
     * Returns 0, or what ob_fail() returned after the model called it with the
     * reason. Then the part is not made, and the host does not call destroy().
     * [create] [must not block] [since 1.0] [src/device calls it]
     */
    int (*create)(struct ob_dev *dev);
    /*
     * Free what create() allocated. The same services as in create() are
     * allowed. May be NULL.
     *   dev  the instance
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*destroy)(struct ob_dev *dev);
    /*
     * Enter the state after power-on. The registers already have their reset
     * values, and all timers are disarmed. Other members of the state struct
     * are unchanged. May be NULL.
     *   dev  the instance
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    void (*reset)(struct ob_dev *dev);
    /*
     * The state was restored from a snapshot, and its timers are armed.
     * Recompute derived state and drive the output lines again. Check each
     * index in the state, because a snapshot may be hostile. May be NULL.
     *   dev  the instance
     * Returns 0, or what ob_fail() returned, to refuse an impossible state.
     * Then the host restores the previous state.
     * [machine lock held] [must not block] [since 1.0] [src/device calls it]
     */
    int (*restored)(struct ob_dev *dev);
};

OB_C_END

#endif
