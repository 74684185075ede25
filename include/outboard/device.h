/* SPDX-License-Identifier: MIT */
/*
 * This header declares the device type: what a model declares, and the
 * functions of the model that the host calls.
 *
 * Each list of a type has items. An item of a list of lines, timers, clocks or
 * backends can stand for several equal ones: `count`. Services and functions
 * then take two numbers: the index of the item in its list, and `n`, 0 to
 * count - 1. The host names one of several by the item's name and `n`:
 * "alarm2".
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
#include <outboard/modinfo.h>
#include <outboard/regs.h>

OB_C_BEGIN

struct ob_host;

/*
 * One instance, as its model sees it. The host owns it. It is valid from
 * create() until destroy() returns. [since 0.1] [src/device]
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
#define OB_PROP_INT    7u   /* signed, of `bytes` 1, 2, 4 or 8 */

#define OB_PROP_REQUIRED 1u /* flag: the host refuses the part if it is unset */
/*
 * Flag: the user may set the property while the machine runs. For BOOL, UINT,
 * SIZE, ENUM and INT. Its value is part of the saved state, and is restored
 * before restored() is called.
 */
#define OB_PROP_LIVE     2u

/*
 * A property with a type. The host writes its value to the state struct before
 * create(). Unless it is OB_PROP_LIVE, the value does not change afterwards. If
 * the user sets no value, the host stores the default. Pointers that the host
 * stores are valid until destroy() returns. The initialisers below fill in the
 * first members. [since 0.1] [src/device]
 */
struct ob_prop {
    const char *name;               /* [a-z0-9-]: "fifo-depth" */
    const char *desc;               /* one line for help, or NULL */
    uint32_t type;                  /* OB_PROP_* */
    uint32_t flags;                 /* OB_PROP_REQUIRED, OB_PROP_LIVE or 0 */
    uint32_t offset;                /* in the state struct, in bytes */
    uint32_t bytes;                 /* width of a UINT or INT; otherwise 0 */
    /*
     * The default, and the range of UINT, SIZE and INT (0, 0: any value). Those
     * of an INT are negative numbers as C converts them: -55000.
     */
    uint64_t def;
    uint64_t min, max;
    const char *def_text;           /* default of a STRING, or NULL */
    const char *const *choices;     /* names of an ENUM, NULL at the end */
    /*
     * The user has set the property while the machine runs, and the new value
     * is stored. NULL unless the property is OB_PROP_LIVE; may be NULL.
     *   dev   the instance
     *   prop  the property's index in `props`
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*changed)(struct ob_dev *dev, uint32_t prop);
};

#ifndef __cplusplus

/*
 * Initialisers: the first members of a property. The author writes the braces,
 * and adds the description, the default and the range after it.
 *   label   the property's name, [a-z0-9-]
 *   type    the state struct: struct uart
 *   member  the member that receives the value. Its type is uint8_t for BOOL,
 *           a uint8_t to uint64_t for UINT, an int8_t to int64_t for INT,
 *           uint64_t for SIZE, uint32_t for ENUM, and a pointer for STRING and
 *           LINK.
 * The compiler refuses a member of another width. [since 0.1]
 */
#define OB_PROP_BOOL_AT(label, type, member)                                  \
    OB_PROP_(label, OB_PROP_BOOL, type, member, 1)
#define OB_PROP_UINT_AT(label, type, member)                                  \
    OB_PROP_(label, OB_PROP_UINT, type, member, OB_SIZEOF_(type, member)),    \
    .bytes = OB_SIZEOF_(type, member)
#define OB_PROP_INT_AT(label, type, member)                                   \
    OB_PROP_(label, OB_PROP_INT, type, member, OB_SIZEOF_(type, member)),     \
    .bytes = OB_SIZEOF_(type, member)
#define OB_PROP_SIZE_AT(label, type, member)                                  \
    OB_PROP_(label, OB_PROP_SIZE, type, member, 8)
#define OB_PROP_STRING_AT(label, type, member)                                \
    OB_PROP_(label, OB_PROP_STRING, type, member, 8)
#define OB_PROP_LINK_AT(label, type, member)                                  \
    OB_PROP_(label, OB_PROP_LINK, type, member, 8)
#define OB_PROP_ENUM_AT(label, type, member)                                  \
    OB_PROP_(label, OB_PROP_ENUM, type, member, 4)

#endif

#define OB_PROP_(label, kind, struct_type, member, n)                         \
    .name = (label), .type = (kind),                                          \
    .offset = (uint32_t)offsetof(struct_type, member) +                       \
              OB_REQUIRE_(OB_SIZEOF_(struct_type, member) == (n),             \
                          the_member_is_not_as_wide_as_the_property)

/* --- lines, clocks, timers ---------------------------------------------- */

/* A group of equal interrupt outputs. [since 0.1] [src/device] */
struct ob_irq {
    const char *name;
    uint32_t count;                 /* lines; 0 and 1 mean one */
    uint32_t reserved;              /* 0 */
};

/* A group of equal gpio lines: inputs or outputs. [since 0.1] [src/device] */
struct ob_gpio {
    const char *name;
    uint32_t count;                 /* lines; 0 and 1 mean one */
    uint32_t reserved;              /* 0 */
    /*
     * The level of an input line has changed. NULL in outputs; may be NULL in
     * inputs.
     *   dev    the instance
     *   input  the group's index in `inputs`
     *   n      the line in the group; 0 to count - 1
     *   level  the new level: 0 or 1; some controllers pass other numbers
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*changed)(struct ob_dev *dev, uint32_t input, uint32_t n,
                    int32_t level);
};

#define OB_CLOCK_IN  0u     /* the board drives it; ob_clock_hz() reads it */
#define OB_CLOCK_OUT 1u     /* the model drives it with ob_clock_drive() */

/* A group of equal clock inputs or outputs. [since 0.1] [src/device] */
struct ob_clock {
    const char *name;
    uint32_t direction;             /* OB_CLOCK_IN or OB_CLOCK_OUT */
    uint32_t count;                 /* clocks; 0 and 1 mean one */
    /*
     * The frequency of an input has changed. ob_clock_hz() returns the new
     * one. May be NULL.
     *   dev    the instance
     *   clock  the group's index in `clocks`
     *   n      the clock in the group; 0 to count - 1
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*changed)(struct ob_dev *dev, uint32_t clock, uint32_t n);
};

/*
 * A group of equal timers on the machine's virtual clock. The host saves and
 * restores an armed timer. [since 0.1] [src/device]
 */
struct ob_timer {
    const char *name;
    uint32_t count;                 /* timers; 0 and 1 mean one */
    uint32_t reserved;              /* 0 */
    /*
     * The deadline has come. The timer is disarmed and expires only once; this
     * function may arm it again.
     *   dev    the instance
     *   timer  the group's index in `timers`
     *   n      the timer in the group; 0 to count - 1
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*expired)(struct ob_dev *dev, uint32_t timer, uint32_t n);
};

/* --- backends ------------------------------------------------------------ */

#define OB_CHR_OPENED 1u    /* the other side has connected */
#define OB_CHR_CLOSED 2u    /* the other side has disconnected */
#define OB_CHR_BREAK  3u    /* the other side has sent a break condition */

/*
 * A group of equal character backends: the other sides of serial ports. The
 * board or the user connects each to a terminal, a socket or a file of the
 * host, by the property `name` (usually "chardev"; "chardev0" and so on if
 * there are several). room() and receive() are both set or both NULL.
 * [since 0.1] [src/device]
 */
struct ob_chardev {
    const char *name;
    uint32_t count;                 /* backends; 0 and 1 mean one */
    uint32_t reserved;              /* 0 */
    /*
     * Returns how many bytes the device can receive now. 0 stops the flow
     * until the model calls ob_chr_ready().
     *   dev      the instance
     *   chardev  the group's index in `chardevs`
     *   n        the backend in the group; 0 to count - 1
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    uint32_t (*room)(struct ob_dev *dev, uint32_t chardev, uint32_t n);
    /*
     * Bytes have arrived.
     *   dev, chardev, n  as for room()
     *   bytes            the bytes; valid until the function returns
     *   count            how many; never more than room() returned
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*receive)(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                    const uint8_t *bytes, uint32_t count);
    /*
     * The other side has changed. May be NULL.
     *   dev, chardev, n  as for room()
     *   event            OB_CHR_*
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*event)(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                  uint32_t event);
};

/* --- regions -------------------------------------------------------------- */

#define OB_REGION_BIG_ENDIAN 1u /* the region is big-endian, not little */
#define OB_REGION_UNALIGNED  2u /* accesses need no natural alignment */

/*
 * A range of bus addresses that the part answers. The board maps it by its
 * index or name. Declared registers (`regs`, see regs.h) serve it, or on_read()
 * and on_write(), or both. If both are there, the functions serve the offsets
 * that no register covers.
 *
 * If the region does not accept the size or alignment of an access, the host
 * answers it: a read returns 0, and the host logs the guest's mistake.
 * [since 0.1] [src/device]
 */
struct ob_region {
    const char *name;
    uint64_t bytes;                 /* size; 1 to 2^32; contains all regs */
    uint32_t flags;                 /* OB_REGION_*, or 0 */
    uint32_t hints;                 /* none defined: 0 */
    uint8_t access_min;             /* bytes in a guest's access: 1, 2, 4 or */
    uint8_t access_max;             /*   8; 0, 0 means 1 to 4 */
    uint8_t impl_min;               /* bytes in a call of the functions; the */
    uint8_t impl_max;               /*   host splits, joins; 0, 0: same */
    uint32_t reserved;              /* 0 */
    struct ob_array regs;           /* of struct ob_reg */
    /*
     * The guest reads an offset without a register. NULL: the read returns 0,
     * and the host logs it as not modelled.
     *   dev     the instance
     *   region  the region's index in `regions`
     *   offset  in the region; below `bytes` of the region
     *   bytes   1, 2, 4 or 8, within impl_min and impl_max
     * Returns the value, from bit 0, in either endianness.
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    uint64_t (*on_read)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes);
    /*
     * The guest writes an offset without a register. NULL: the host ignores
     * the write and logs it as not modelled.
     *   dev, region, offset, bytes  as for on_read()
     *   value                       from bit 0, in either endianness
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*on_write)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes);
    /*
     * Pages that the guest reads as memory: `direct_bytes` bytes from offset
     * `direct_at`, both multiples of 4096; 0 bytes mean none. For these pages,
     * on_read() must have no side effect. It returns what the model set last
     * with ob_direct_set(), and 0 before that. on_write() receives writes as
     * usual. A region with registers uses OB_REG_DIRECT instead (regs.h).
     */
    uint64_t direct_at, direct_bytes;
};

/* --- saved state ---------------------------------------------------------- */

/*
 * A member of the state struct that is saved with the machine. The host stores
 * numbers in a portable form. Registers with storage, armed timers and
 * properties need no entry. The host finds entries by name. If an older
 * snapshot lacks an entry and `since` is above that snapshot's version, the
 * member keeps its value after reset. [since 0.1] [src/device]
 */
struct ob_saved {
    const char *name;               /* in the snapshot; never change it */
    /*
     * The name that older versions of the model used, or NULL. So a renamed
     * entry still finds its value.
     */
    const char *was;
    uint32_t offset;                /* in the state struct, in bytes */
    uint16_t bytes;                 /* of one element: 1, 2, 4 or 8 */
    uint16_t since;                 /* first state_version with it; 0: all */
    uint32_t count;                 /* elements; 1 or more */
    uint32_t step;                  /* bytes between elements; 0: `bytes` */
};

#ifndef __cplusplus

/*
 * Initialisers: the first members of a saved entry. The author writes the
 * braces, and may add `.was` and `.since` after it.
 *   label   the entry's name in snapshots
 *   type    the state struct: struct uart
 *   member  OB_SAVE: a number; OB_SAVE_ARRAY: an array of numbers. The compiler
 *           refuses an array in OB_SAVE.
 * OB_SAVE_EACH is for a number in each struct of the C array `array`.
 * [since 0.1]
 */
#define OB_SAVE(label, type, member)                                          \
    .name = (label),                                                          \
    .offset = (uint32_t)offsetof(type, member) + OB_SCALAR_(type, member),    \
    .bytes = OB_SIZEOF_(type, member), .count = 1
#define OB_SAVE_ARRAY(label, type, member)                                    \
    .name = (label),                                                          \
    .offset = (uint32_t)offsetof(type, member) +                              \
              OB_SCALAR_(type, member[0]),                                    \
    .bytes = OB_SIZEOF_(type, member[0]),                                     \
    .count = OB_SIZEOF_(type, member) / OB_SIZEOF_(type, member[0])
#define OB_SAVE_EACH(label, type, array, member)                              \
    .name = (label),                                                          \
    .offset = (uint32_t)offsetof(type, array[0].member) +                     \
              OB_SCALAR_(type, array[0].member),                              \
    .bytes = OB_SIZEOF_(type, array[0].member),                               \
    .count = OB_SIZEOF_(type, array) / OB_SIZEOF_(type, array[0]),            \
    .step = OB_SIZEOF_(type, array[0])

/*
 * Saved entries, complete with braces, that are named like the member. A
 * member that is renamed later needs OB_SAVE() with its old name.
 * [since 0.1]
 */
#define OB_SAVED(type, member)       { OB_SAVE(#member, type, member) }
#define OB_SAVED_ARRAY(type, member) { OB_SAVE_ARRAY(#member, type, member) }
#define OB_SAVED_EACH(type, array, member)                                    \
    { OB_SAVE_EACH(#array "." #member, type, array, member) }

/* 0 if the member is a number: the compiler can add 0.0 to no other. */
#define OB_SCALAR_(type, member)                                              \
    (0u * (uint32_t)sizeof(((type *)0)->member + 0.0))

#endif

/* --- the type ------------------------------------------------------------- */

/* Why a device is reset. */
#define OB_RESET_COLD     0u    /* power-on, or the machine's reset */
#define OB_RESET_WATCHDOG 1u    /* a watchdog asked for it */
#define OB_RESET_SOFTWARE 2u    /* the guest's software asked for it */

/*
 * A device type. The module owns it and all that it points to. The state
 * struct has at most 64 MiB, and the saved state at most 80 MiB.
 * [since 0.1] [src/device]
 */
struct ob_device_type {
    uint32_t size;                  /* sizeof(struct ob_device_type) */
    uint32_t flags;                 /* none defined: 0 */
    uint32_t hints;                 /* none defined: 0 */
    uint32_t state_bytes;           /* sizeof the model's state struct */
    const char *name;               /* [a-z0-9._-], "acme-uart" */
    const char *desc;               /* one line for help, or NULL */
    uint16_t state_version;         /* of the saved state; 0 means 1 */
    uint16_t state_oldest;          /* oldest that can be restored; 0: 1 */
    uint32_t reserved;              /* 0 */
    struct ob_array props;          /* of struct ob_prop */
    struct ob_array regions;        /* of struct ob_region */
    struct ob_array irqs;           /* of struct ob_irq */
    struct ob_array inputs;         /* of struct ob_gpio */
    struct ob_array outputs;        /* of struct ob_gpio */
    struct ob_array clocks;         /* of struct ob_clock */
    struct ob_array timers;         /* of struct ob_timer */
    struct ob_array chardevs;       /* of struct ob_chardev */
    struct ob_array saved;          /* of struct ob_saved */
    struct ob_array extensions;     /* of struct ob_extension */
    /*
     * Prepare the instance. The properties are stored. The model may call only
     * the services that host.h allows here. May be NULL.
     *   dev  the instance
     * Returns OB_OK, or what ob_refuse() returned after the model called it
     * with the reason. Then the part is not made, and the host does not call
     * destroy().
     * [create] [must not block] [since 0.1] [src/device calls it]
     */
    int32_t (*create)(struct ob_dev *dev);
    /*
     * Free what create() allocated. The same services as in create() are
     * allowed. May be NULL.
     *   dev  the instance
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*destroy)(struct ob_dev *dev);
    /*
     * Enter the state after a reset. The registers already have their reset
     * values, and all timers are disarmed. Other members of the state struct
     * are unchanged. Other parts of the board may not be reset yet. May be
     * NULL.
     *   dev   the instance
     *   kind  OB_RESET_*: why. Kinds that a model does not know count as
     *         OB_RESET_COLD.
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    void (*reset)(struct ob_dev *dev, uint32_t kind);
    /*
     * The state was restored from a snapshot, and its timers are armed.
     * Recompute derived state and drive the output lines again. Check each
     * index in the state, because a snapshot may be hostile. May be NULL.
     *   dev  the instance
     * Returns OB_OK, or what ob_refuse() returned, to refuse an impossible
     * state. Then the host restores the previous state.
     * [machine lock held] [must not block] [since 0.1] [src/device calls it]
     */
    int32_t (*restored)(struct ob_dev *dev);
};

#ifndef __cplusplus

/*
 * Define a device type and state it in the module's modinfo. Use it at file
 * level, once for each type.
 *   variable  the name of the variable: const struct ob_device_type. All files
 *             of the module can use it; the module does not export it.
 *   label     the type's name; a string literal
 *   type      the state struct: struct uart
 *   text      one line for help; a string literal
 *   ...       the other members of the type: .regions = OB_ARRAY(regions)
 * [since 0.1]
 */
#define OB_DEVICE(variable, label, type, text, ...)                           \
    OB_MODINFO("objs", label);                                                \
    OB_MODINFO("desc." label, text);                                          \
    OB_HIDDEN_ const struct ob_device_type variable = {                       \
        .size = sizeof(struct ob_device_type),                                \
        .state_bytes = sizeof(type), .name = label, .desc = text,             \
        __VA_ARGS__                                                           \
    }

#endif

/* Categories under which hosts list types. QEMU has the same. [since 0.1] */
#define OB_CATEGORY_BRIDGE   "bridge"   /* controllers, bridges, hubs */
#define OB_CATEGORY_USB      "usb"
#define OB_CATEGORY_STORAGE  "storage"
#define OB_CATEGORY_NETWORK  "network"
#define OB_CATEGORY_INPUT    "input"    /* serial ports too */
#define OB_CATEGORY_DISPLAY  "display"
#define OB_CATEGORY_SOUND    "sound"
#define OB_CATEGORY_MISC     "misc"
#define OB_CATEGORY_CPU      "cpu"
#define OB_CATEGORY_WATCHDOG "watchdog"

/*
 * State the category of a device type in the module's modinfo. Use it at file
 * level:
 *
 *     OB_DEVICE_CATEGORY("acme-uart", INPUT);
 *
 *   label     the type's name; a string literal
 *   category  the end of one of the names above; the compiler refuses others
 * [since 0.1]
 */
#define OB_DEVICE_CATEGORY(label, category)                                   \
    OB_MODINFO("category." label, OB_CATEGORY_##category)

OB_C_END

#endif
